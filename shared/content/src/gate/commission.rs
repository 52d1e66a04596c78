//! What a writer was told, in other words than Galley's own: how long a text is to be, and what parts and which voice it is to have.

use std::collections::HashSet;

use super::{
    text::{Finding, Text},
    words::lower,
};
use crate::{blockers::Blocker, words::stands_alone};

/// So many of a commission's words stand close together, beside a length, and so many of them head a line of it: "Audience:". Advice on
/// a page names parts and a length, too, and has no such heads.
const LEAST_SIGNS: usize = 5;
const LEAST_HEADS: usize = 2;
/// A word of a commission may have so many letters behind it: those of its plural.
const LONGEST_ENDING: usize = 3;
/// How a length is given, behind a number.
const COUNTED: [&str; 11] =
    [" words", "-word", " wörter", " mots", " palabras", " parole", " palavras", " woorden", " słów", "字", " كلمة"];
/// What a commission names: who reads, in which voice, in which parts. A colon is written in one way, without a blank.
const NAMED: [&str; 80] = [
    "audience:",
    "readers:",
    "voice:",
    "tone:",
    "style:",
    "structure:",
    "layout:",
    "format:",
    "headline",
    "intro",
    "subsection",
    "subheading",
    "wrap-up",
    "keyword",
    "primary phrase",
    "call to action",
    "sentences brief",
    "zielgruppe:",
    "leser:",
    "tonfall:",
    "ton:",
    "stil:",
    "aufbau:",
    "überschrift",
    "einleitung",
    "fazit",
    "stichwort",
    "public:",
    "chapô",
    "intertitre",
    "mot-clé",
    "lecteurs:",
    "público:",
    "tono:",
    "estilo:",
    "estructura:",
    "titular",
    "introducción",
    "subtítulo",
    "palabra clave",
    "pubblico:",
    "stile:",
    "struttura:",
    "titolo",
    "introduzione",
    "sottotitol",
    "parola chiave",
    "tom:",
    "estrutura:",
    "título",
    "introdução",
    "palavra-chave",
    "doelgroep:",
    "toon:",
    "stijl:",
    "opbouw:",
    "inleiding",
    "tussenkop",
    "zoekwoord",
    "odbiorcy:",
    "styl:",
    "struktura:",
    "nagłówek",
    "wstęp",
    "śródtytuł",
    "słowo kluczowe",
    "受众:",
    "读者:",
    "语气",
    "结构:",
    "标题",
    "引言",
    "关键词",
    "読者:",
    "文体",
    "構成:",
    "見出し",
    "导语",
    "النبرة",
    "الجمهور",
];
/// Whoever writes of writing names all of it.
const ON_WRITING: [&str; 17] = [
    "writ", "article", "text", "brief", "outline", "content", "copy", "blog", "seo", "edit", "schreib", "rédac",
    "écri", "escrib", "scriv", "pisa", "写",
];

pub(super) fn leaked(text: &Text<'_>) -> Option<Finding> {
    let topic = lower(text.topic);
    if ON_WRITING.iter().any(|word| topic.contains(word)) {
        return None;
    }
    let blocks: Vec<(usize, String)> = text.prose().map(|(at, block)| (at, in_one_way(&block.text))).collect();
    let near = blocks.windows(3.min(blocks.len().max(1)));
    near.filter(|near| near.iter().any(|(_, block)| gives_length(block))).find_map(|near| {
        let said = near.iter().flat_map(|(_, block)| NAMED.iter().filter(|sign| names(block, sign)));
        let said: HashSet<&str> = said.copied().collect();
        // What is part of another was not said beside it.
        let is_own = |sign: &&&str| !said.iter().any(|other| other != *sign && other.contains(**sign));
        let signs: Vec<&&str> = said.iter().filter(is_own).collect();
        let heads = signs.iter().filter(|sign| sign.ends_with(':')).count();
        let (at, _) = near.iter().find(|(_, block)| gives_length(block))?;
        let quote = text.blocks.get(*at).map(|block| block.text.as_str()).unwrap_or_default();
        (signs.len() >= LEAST_SIGNS && heads >= LEAST_HEADS).then(|| text.finding(Blocker::BriefLeaked, *at, quote))
    })
}

/// In small letters, each colon without a blank before it.
fn in_one_way(block: &str) -> String {
    lower(block).replace('：', ":").replace(" :", ":").replace("\u{a0}:", ":").replace("\u{202f}:", ":")
}

/// Whether a block has a sign as a word: "ton:" is none of "Boston:", nor "intro" of "introducción".
fn names(block: &str, sign: &str) -> bool {
    let is_dense = sign.chars().all(|c| stands_alone(c) || c == ':');
    block.match_indices(sign).any(|(at, _)| {
        let (before, from) = block.split_at(at);
        let ending = from.chars().skip(sign.chars().count()).take_while(|c| c.is_alphabetic()).count();
        is_dense || (!before.ends_with(char::is_alphanumeric) && (sign.ends_with(':') || ending <= LONGEST_ENDING))
    })
}

/// Whether a number of words is given.
fn gives_length(block: &str) -> bool {
    COUNTED.iter().any(|unit| {
        let mut before = block.match_indices(unit).filter_map(|(at, _)| block.get(..at));
        before.any(|before| before.ends_with(|c: char| c.is_numeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tried::{BEES, found};
    use super::*;

    #[test]
    fn what_a_writer_was_told_is_held_back_in_each_language() {
        for told in [
            "Aim for about 900 words. Audience: hobby keepers. Voice: warm. Layout: a headline, an intro, four subsections.",
            "Etwa 900 Wörter. Zielgruppe: Anfänger. Tonfall: freundlich. Aufbau: Überschrift, Einleitung, vier Teile, Fazit.",
            "Environ 900 mots. Lecteurs : débutants. Ton : amical. Structure : chapô, introduction, quatre parties, mot-clé au début.",
            "Unas 900 palabras. Público: principiantes. Tono: cercano. Estructura: titular, introducción, cuatro partes.",
            "Circa 900 parole. Pubblico: principianti. Stile: semplice. Struttura: titolo, introduzione, parola chiave all'inizio.",
            "Cerca de 900 palavras. Público: iniciantes. Tom: próximo. Estrutura: título, introdução, palavra-chave no início.",
            "Ongeveer 900 woorden. Doelgroep: beginners. Toon: vriendelijk. Opbouw: inleiding, vier delen met een tussenkop.",
            "Około 900 słów. Odbiorcy: początkujący. Styl: prosty. Struktura: nagłówek, wstęp, cztery części.",
            "约900字。受众：初学者。语气亲切。结构：标题、引言、四个部分，关键词放在开头。",
        ] {
            let text = format!("{}\n\n{told}\n\n{}", BEES[..5].join(" "), BEES[5..].join(" "));
            assert_eq!(found("en", "How a keeper looks after a hive of bees", &text), [Blocker::BriefLeaked], "{told}");
        }
    }

    #[test]
    fn a_form_a_length_or_a_text_about_writing_is_no_commission() {
        let rules = "The contest wants 900 words. Audience: keepers. Format: paper.";
        let fields =
            "Audience: keepers. Voice: warm. Layout: open. Structure: wood. Format: large. The headline is painted.";
        for text in [rules, fields] {
            let text = format!("{}\n\n{text}", BEES.join(" "));
            assert_eq!(found("en", "How a keeper looks after a hive of bees", &text), []);
        }
        let brief =
            "A brief has 900 words. Audience: hobby keepers. Voice: warm. Layout: a headline, an intro, subsections.";
        assert!(!found("en", "How to write a brief", brief).contains(&Blocker::BriefLeaked));
    }

    #[test]
    fn advice_that_names_parts_and_a_length_is_let_through_in_each_language() {
        for said in [
            "Keep it under 300 words. Open with a headline, add a short intro, one subheading for each objection, the keyword once, and \
                close with a call to action.",
            "Bleiben Sie unter 300 Wörtern. Die Überschrift nennt den Nutzen, die Einleitung das Problem. Das Stichwort steht einmal da, \
                und ein Fazit mit Headline und Call to Action schließt ab. So macht es ein Imker aus Boston: kurz.",
            "Restez sous 300 mots. Un chapô, un intertitre par objection, le mot-clé une fois. Public : vos clients.",
            "No pases de 300 palabras: un titular, una introducción, un subtítulo por objeción y la palabra clave una vez.",
            "Non superare 300 parole: un titolo, un'introduzione, un sottotitolo per obiezione, la parola chiave una volta.",
            "Não passe de 300 palavras: um título, uma introdução, um subtítulo por objeção, a palavra-chave uma vez.",
            "Blijf onder 300 woorden: een headline, een inleiding, een tussenkop per bezwaar en het zoekwoord één keer.",
            "Zmieść się w 300 słów: nagłówek, wstęp, śródtytuł na każdą obiekcję, słowo kluczowe raz i headline.",
            "控制在300字以内：标题、引言、语气亲切，关键词出现一次，导语简短。",
        ] {
            let text = format!("{}\n\n{said}\n\n{}", BEES[..5].join(" "), BEES[5..].join(" "));
            assert_eq!(found("en", "How a landing page for a hive of bees sells", &text), [], "{said}");
        }
    }

    #[test]
    fn a_sign_is_a_whole_word_with_its_plural() {
        assert!(names("four subheadings, and", "subheading"));
        assert!(names("ton: amical", "ton:"));
        assert!(names("语气亲切", "语气"));
        for (block, sign) in [("boston: a walk", "ton:"), ("una introducción", "intro"), ("un subtítulo", "título")]
        {
            assert!(!names(block, sign), "{block}");
        }
    }
}
