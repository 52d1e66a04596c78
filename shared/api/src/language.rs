//! The language of a text, by its tag (BCP 47).

use std::{fmt, str::FromStr};

use icu_locale_core::subtags;
use serde::{Deserialize, Serialize};
use tinystr::TinyAsciiStr;

use crate::rule::RuleBroken;

/// A tag is at most so long (RFC 5646, section 4.4.1).
const LONGEST: usize = 35;
const RULE: RuleBroken = RuleBroken("must be a language tag of BCP 47 without extensions, such as de or pt-BR");

/// A language, with its script, region and variants where they are given: `de`, `zh-Hant`, `pt-BR`. Its form is checked, not its
/// registration; letters are written as RFC 5646 recommends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(TinyAsciiStr<LONGEST>);

impl Language {
    /// What a text is written in where nobody says otherwise.
    pub const ENGLISH: Self = Self(tinystr::tinystr!(35, "en"));

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without its script, region and variants.
    pub fn primary(&self) -> &str {
        self.as_str().split('-').next().unwrap_or_default()
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    LeftToRight,
    RightToLeft,
}

impl Direction {
    /// As HTML's `dir` says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// Scripts that are written from right to left (Unicode, `ScriptMetadata.txt`).
const FROM_RIGHT: [&str; 8] = ["Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Mand"];
/// Languages whose usual script is one of those (CLDR, `likelySubtags`).
const USUALLY_FROM_RIGHT: [&str; 20] = [
    "ar", "arc", "arz", "bal", "ckb", "dv", "fa", "glk", "he", "iw", "ks", "mzn", "nqo", "ps", "sd", "syr", "ug", "ur",
    "yi", "ji",
];

impl Language {
    /// Which way it is written: by its script, where the tag has one.
    pub fn direction(&self) -> Direction {
        let script = self
            .as_str()
            .split('-')
            .skip(1)
            .find(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
        let from_right = match script {
            Some(script) => FROM_RIGHT.contains(&script),
            None => USUALLY_FROM_RIGHT.contains(&self.primary()),
        };
        if from_right { Direction::RightToLeft } else { Direction::LeftToRight }
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl FromStr for Language {
    type Err = RuleBroken;
    fn from_str(tag: &str) -> Result<Self, RuleBroken> {
        if tag.len() > LONGEST {
            return Err(RULE);
        }
        let mut parts = tag.split('-').peekable();
        // Names of five letters and more are taken by the parser, and nobody has registered one.
        let language =
            parts.next().filter(|part| part.len() < 4).and_then(|part| part.parse::<subtags::Language>().ok());
        let language = language.filter(|language| !language.is_unknown()).ok_or(RULE)?;
        let script = next::<subtags::Script>(&mut parts);
        let region = next::<subtags::Region>(&mut parts);
        let variants: Vec<subtags::Variant> = std::iter::from_fn(|| next(&mut parts)).collect();
        let is_twice = |nth: usize, one: &subtags::Variant| variants.iter().take(nth).any(|before| before == one);
        if parts.next().is_some() || variants.iter().enumerate().any(|(nth, one)| is_twice(nth, one)) {
            return Err(RULE);
        }
        let mut written = language.as_str().to_owned();
        let rest = script.iter().map(subtags::Script::as_str).chain(region.iter().map(subtags::Region::as_str));
        for part in rest.chain(variants.iter().map(subtags::Variant::as_str)) {
            written.push('-');
            written.push_str(part);
        }
        written.parse().map(Self).map_err(|_| RULE)
    }
}

/// The next part of a tag, if it is one of these.
fn next<'a, T: FromStr>(parts: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Option<T> {
    let found = parts.peek()?.parse().ok()?;
    parts.next();
    Some(found)
}

impl TryFrom<String> for Language {
    type Error = RuleBroken;
    fn try_from(tag: String) -> Result<Self, RuleBroken> {
        tag.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.as_str().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

crate::schema::scalar!(
    Language,
    crate::schema::text()
        .min_length(Some(2))
        .max_length(Some(LONGEST))
        .pattern(Some(
            "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*$"
        ))
        .description(Some("A language tag of BCP 47, without extensions; not `und`."))
        .examples(["de", "pt-BR", "zh-Hant"])
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_runs_as_its_script_does() {
        for (tag, way) in [
            ("ar", "rtl"),
            ("he-IL", "rtl"),
            ("fa-AF", "rtl"),
            ("pa-Arab-PK", "rtl"),
            ("ur", "rtl"),
            ("az-Arab", "rtl"),
            ("ar-Latn", "ltr"),
            ("en", "ltr"),
            ("zh-Hant", "ltr"),
            ("pa", "ltr"),
            ("de-1996", "ltr"),
        ] {
            assert_eq!(tag.parse::<Language>().unwrap().direction().name(), way, "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_of_a_language_is_refused() {
        for tag in [
            "",
            "e",
            "english",
            "und",
            "und-Latn",
            "de_AT",
            "de-",
            "-de",
            "de AT",
            "x-mine",
            "de-u-co-phonebk",
            "d3",
            "zh-cmn-cmn-cmn",
            "en-abcdefghi",
            "sl-rozaj-rozaj",
            "日本語",
            "de\u{202e}",
            "en-aaaaa-bbbbb-ccccc-ddddd-eeeee-fffff",
        ] {
            assert_eq!(tag.parse::<Language>(), Err(RULE), "{tag}");
        }
    }

    #[test]
    fn a_tag_is_written_in_one_way() {
        for (tag, written, primary) in [
            ("DE", "de", "de"),
            ("pt-br", "pt-BR", "pt"),
            ("ZH-hANT-tw", "zh-Hant-TW", "zh"),
            ("es-419", "es-419", "es"),
            ("de-1996", "de-1996", "de"),
            ("gsw", "gsw", "gsw"),
        ] {
            let language: Language = tag.parse().unwrap();
            assert_eq!((language.as_str(), language.primary()), (written, primary));
            assert_eq!(serde_json::to_string(&language).unwrap(), format!("\"{written}\""));
        }
    }
}
