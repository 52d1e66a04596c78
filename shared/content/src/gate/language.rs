//! A text in another language than the one that was asked for.

use whatlang::Lang;

use super::{
    text::{Finding, Text},
    words::share,
};
use crate::{blockers::Blocker, words};

/// So many letters show their language; characters of Han and kana say more each.
const LEAST_LETTERS: usize = 250;
const LEAST_DENSE: usize = 80;
/// Of a text's letters, so many may be of another language: poems, cases, names.
const MOST_FOREIGN: f64 = 0.4;
/// A text is looked at in at most so many pieces.
const PIECES: usize = 6;
/// A piece need not be looked at further.
const MOST_OF_A_PIECE: usize = 1200;

/// Letters alone, in one line, and the block that they begin in.
struct Piece {
    at: usize,
    letters: usize,
    text: String,
}

pub(super) fn of_another(text: &Text<'_>) -> Option<Finding> {
    let asked = known(text.language.primary())?;
    let pieces = pieces(text);
    let all: usize = pieces.iter().map(|piece| piece.letters).sum();
    let (mut left, mut foreign) = (all, 0);
    let mut first = None;
    for piece in pieces {
        // What is left cannot be enough any more.
        if share(foreign + left, all) <= MOST_FOREIGN {
            return None;
        }
        left -= piece.letters;
        if spoken(&piece.text).is_some_and(|spoken| !is_as_good_as(asked, spoken)) {
            foreign += piece.letters;
            first = first.or(Some(piece.at));
        }
    }
    let at = first?;
    let quote = text.blocks.get(at).map(|block| block.text.as_str()).unwrap_or_default();
    (share(foreign, all) > MOST_FOREIGN).then(|| text.finding(Blocker::WrongLanguage, at, quote))
}

/// The text's own sentences, without quotations and code, in pieces that are long enough to show their language.
fn pieces(text: &Text<'_>) -> Vec<Piece> {
    let own =
        text.blocks.iter().enumerate().filter(|(_, block)| block.is_prose() && !block.is_quoted && !block.is_note);
    let own: Vec<(usize, &str, usize)> =
        own.map(|(at, block)| (at, block.outside_code.as_str(), letters(&block.outside_code))).collect();
    let all: usize = own.iter().map(|(_, _, letters)| letters).sum();
    let least = if own.iter().any(|(_, text, _)| words::is_dense(text)) { LEAST_DENSE } else { LEAST_LETTERS };
    let each = least.max(all / PIECES);
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, words, letters) in own {
        match pieces.last_mut().filter(|piece| piece.letters < each) {
            Some(piece) => {
                piece.letters += letters;
                if piece.text.len() < MOST_OF_A_PIECE {
                    piece.text.push(' ');
                    piece.text.push_str(words);
                }
            }
            None => pieces.push(Piece { at, letters, text: words.to_owned() }),
        }
    }
    pieces.retain(|piece| piece.letters >= least);
    pieces
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

/// What `text` is in, if that is sure.
fn spoken(text: &str) -> Option<Lang> {
    let text = text.get(..text.floor_char_boundary(2 * MOST_OF_A_PIECE)).unwrap_or(text);
    whatlang::detect(text).filter(whatlang::Info::is_reliable).map(|info| info.lang())
}

/// Whether what is taken for one may be the other: they share most of their words.
fn is_as_good_as(asked: Lang, spoken: Lang) -> bool {
    const ALIKE: [&[Lang]; 8] = [
        &[Lang::Dan, Lang::Nob, Lang::Swe],
        &[Lang::Spa, Lang::Cat],
        &[Lang::Ces, Lang::Slk],
        &[Lang::Hrv, Lang::Srp, Lang::Slv],
        &[Lang::Rus, Lang::Ukr, Lang::Bel, Lang::Bul, Lang::Mkd],
        &[Lang::Afr, Lang::Nld],
        &[Lang::Hin, Lang::Mar, Lang::Nep],
        &[Lang::Ind, Lang::Jav],
    ];
    asked == spoken || ALIKE.iter().any(|alike| alike.contains(&asked) && alike.contains(&spoken))
}

/// A language by the tag of its name (ISO 639-1), if its texts are told from others'.
fn known(primary: &str) -> Option<Lang> {
    let code = match primary {
        "af" => "afr",
        "ar" => "ara",
        "az" => "aze",
        "be" => "bel",
        "bg" => "bul",
        "bn" => "ben",
        "ca" => "cat",
        "cs" => "ces",
        "cy" => "cym",
        "da" => "dan",
        "de" => "deu",
        "el" => "ell",
        "en" => "eng",
        "eo" => "epo",
        "es" => "spa",
        "et" => "est",
        "fa" => "pes",
        "fi" => "fin",
        "fr" => "fra",
        "gu" => "guj",
        "he" => "heb",
        "hi" => "hin",
        "hr" => "hrv",
        "hu" => "hun",
        "hy" => "hye",
        "id" => "ind",
        "it" => "ita",
        "ja" => "jpn",
        "ka" => "kat",
        "ko" => "kor",
        "lt" => "lit",
        "lv" => "lav",
        "mk" => "mkd",
        "nb" | "no" => "nob",
        "nl" => "nld",
        "pl" => "pol",
        "pt" => "por",
        "ro" => "ron",
        "ru" => "rus",
        "sk" => "slk",
        "sl" => "slv",
        "sr" => "srp",
        "sv" => "swe",
        "ta" => "tam",
        "te" => "tel",
        "th" => "tha",
        "tl" => "tgl",
        "tr" => "tur",
        "uk" => "ukr",
        "ur" => "urd",
        "vi" => "vie",
        "zh" => "cmn",
        _ => return None,
    };
    Lang::from_code(code)
}
