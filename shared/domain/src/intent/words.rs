//! The words that the grammar knows, in lower case.

use galley_api::{
    kind::TaskType,
    task::{Style, Tone},
};

use crate::{
    intent::text::{Token, begins, lower},
    schedule::rule::Day,
};

const NUMBERS: [(&str, u32); 26] = [
    ("zero", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("hundred", 100),
    ("thousand", 1000),
];

/// A whole number, in digits or as a word.
pub(super) fn number(word: &str) -> Option<u32> {
    let digits = word.replace(',', "");
    if !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.parse().ok();
    }
    NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number)
}

/// Whether it looks like a number, whichever it is.
pub(super) fn is_like_a_number(word: &str) -> bool {
    word.trim_start_matches(['-', '+']).starts_with(|first: char| first.is_ascii_digit())
}

/// Numbers that are none.
pub(super) fn is_vague(word: &str) -> bool {
    ["some", "several", "few", "many", "couple", "dozen", "dozens", "lots", "various", "multiple"].contains(&word)
}

/// A day of the week, and whether it is said of each.
pub(super) fn weekday(word: &str) -> Option<(Day, bool)> {
    let day = match word.strip_suffix('s').filter(|word| word.ends_with("day")).unwrap_or(word) {
        "monday" | "mon" => Day::Monday,
        "tuesday" | "tue" => Day::Tuesday,
        "wednesday" | "wed" => Day::Wednesday,
        "thursday" | "thu" => Day::Thursday,
        "friday" | "fri" => Day::Friday,
        "saturday" | "sat" => Day::Saturday,
        "sunday" | "sun" => Day::Sunday,
        _ => return None,
    };
    Some((day, word.ends_with("days")))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) fn month(word: &str) -> Option<i8> {
    let of = |known: &str| known == word || (word.len() == 3 && known.starts_with(word));
    MONTHS.iter().position(|known| of(known)).and_then(|nth| i8::try_from(nth + 1).ok())
}

/// `15`, `15th`, `first`.
pub(super) fn day_of_month(word: &str) -> Option<i8> {
    let named = ["first", "second", "third"].iter().position(|name| *name == word);
    if let Some(nth) = named {
        return i8::try_from(nth + 1).ok();
    }
    let bare = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    bare.parse().ok().filter(|day| (1..=31).contains(day) && bare.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Year,
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "day" | "days" => Unit::Day,
        "week" | "weeks" => Unit::Week,
        "month" | "months" => Unit::Month,
        "year" | "years" => Unit::Year,
        _ => return None,
    })
}

const LANGUAGES: [(&str, &str); 33] = [
    ("arabic", "ar"),
    ("bulgarian", "bg"),
    ("catalan", "ca"),
    ("chinese", "zh"),
    ("croatian", "hr"),
    ("czech", "cs"),
    ("danish", "da"),
    ("dutch", "nl"),
    ("english", "en"),
    ("finnish", "fi"),
    ("french", "fr"),
    ("german", "de"),
    ("greek", "el"),
    ("hebrew", "he"),
    ("hindi", "hi"),
    ("hungarian", "hu"),
    ("indonesian", "id"),
    ("italian", "it"),
    ("japanese", "ja"),
    ("korean", "ko"),
    ("norwegian", "nb"),
    ("persian", "fa"),
    ("polish", "pl"),
    ("portuguese", "pt"),
    ("romanian", "ro"),
    ("russian", "ru"),
    ("serbian", "sr"),
    ("slovak", "sk"),
    ("spanish", "es"),
    ("swedish", "sv"),
    ("thai", "th"),
    ("turkish", "tr"),
    ("ukrainian", "uk"),
];

/// The tag of a language by its English name.
pub(super) fn language(word: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(name, _)| *name == word).map(|(_, tag)| *tag)
}

pub(super) fn tone(word: &str) -> Option<Tone> {
    Tone::from_name(word)
}

pub(super) fn style(word: &str) -> Option<Style> {
    Style::from_name(word)
}

/// What is asked for, and whether it is more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noun {
    pub(super) kind: TaskType,
    pub(super) plural: bool,
    pub(super) style: Option<Style>,
}

const NOUNS: [(&[&str], TaskType); 16] = [
    (&["social", "media", "post"], TaskType::SocialMedia),
    (&["social", "media", "thread"], TaskType::SocialMedia),
    (&["email", "newsletter"], TaskType::Newsletter),
    (&["social", "post"], TaskType::SocialMedia),
    (&["blog", "post"], TaskType::BlogPost),
    (&["blog", "article"], TaskType::BlogPost),
    (&["blog"], TaskType::BlogPost),
    (&["article"], TaskType::BlogPost),
    (&["listicle"], TaskType::BlogPost),
    (&["post"], TaskType::BlogPost),
    (&["thread"], TaskType::SocialMedia),
    (&["tweet"], TaskType::SocialMedia),
    (&["email"], TaskType::Email),
    (&["e-mail"], TaskType::Email),
    (&["mail"], TaskType::Email),
    (&["newsletter"], TaskType::Newsletter),
];

/// What is asked for at the beginning of `rest`, and in how many words. A type's own name asks for it, too.
pub(super) fn noun(rest: &[Token<'_>]) -> Option<(Noun, usize)> {
    let named = || {
        TaskType::ALL.iter().find_map(|kind| {
            let words: Vec<&str> = kind.name().split('_').collect();
            called(rest, &words, *kind)
        })
    };
    NOUNS.iter().find_map(|(words, kind)| called(rest, words, *kind)).or_else(named)
}

fn called(rest: &[Token<'_>], words: &[&str], kind: TaskType) -> Option<(Noun, usize)> {
    let (last, before) = words.split_last()?;
    let found = lower(rest, before.len());
    let plural = found.strip_suffix('s') == Some(*last);
    let style = (*last == "listicle").then_some(Style::Listicle);
    (begins(rest, before) && (plural || found == *last)).then_some((Noun { kind, plural, style }, words.len()))
}

/// Words of a request that say nothing of what is asked for.
pub(super) fn is_polite(word: &str) -> bool {
    const POLITE: [&str; 48] = [
        "please", "could", "can", "would", "will", "you", "i", "we", "us", "me", "want", "need", "like", "to", "write",
        "create", "make", "draft", "propose", "plan", "generate", "prepare", "produce", "give", "let", "let's", "have",
        "i'd", "we'd", "hi", "hello", "hey", "galley", "kindly", "thanks", "thank", "get", "set", "up", "do", "the",
        "our", "my", "new", "of", "and", "with", "then",
    ];
    POLITE.contains(&word)
}

/// Words that turn around what is said.
pub(super) fn is_negative(word: &str) -> bool {
    const NEGATIVE: [&str; 16] = [
        "no",
        "not",
        "don't",
        "dont",
        "never",
        "nothing",
        "none",
        "without",
        "stop",
        "cancel",
        "delete",
        "remove",
        "neither",
        "nor",
        "except",
        "unpublish",
    ];
    NEGATIVE.contains(&word) || word.ends_with("n't")
}

/// Words before a subject.
pub(super) fn leads_to_a_subject(word: &str) -> bool {
    ["about", "covering", "regarding", "explaining"].contains(&word)
}
