//! What search engines are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    content::{excerpt, text},
    kernel::{
        printable,
        rule::{Hidden, RuleBroken},
    },
};

const TITLE_CHARS: usize = 60;
const DESCRIPTION_CHARS: usize = 160;
const KEYWORDS: usize = 10;
const KEYWORD_CHARS: usize = 50;

const TITLE_RULE: RuleBroken = RuleBroken("must be 1 to 60 characters, without control or hidden characters");
const DESCRIPTION_RULE: RuleBroken = RuleBroken("must be at most 160 characters, without control or hidden characters");
const KEYWORDS_RULE: RuleBroken = RuleBroken("must be at most 10 keywords, each of 1 to 50 characters");
const KEYWORD_RULE: RuleBroken = RuleBroken("must be 1 to 50 characters, without control or hidden characters");

/// Words too common to be anyone's keyword.
const COMMON: [&str; 40] = [
    "about", "after", "also", "because", "before", "being", "between", "both", "could", "does", "each", "every",
    "from", "have", "into", "more", "most", "much", "only", "other", "over", "should", "some", "such", "than", "that",
    "their", "them", "then", "there", "these", "they", "this", "what", "when", "where", "which", "while", "with",
    "your",
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Fields")]
pub struct Seo {
    pub title: String,
    pub description: String,
    pub keywords: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Fields {
    #[serde(deserialize_with = "title")]
    title: String,
    #[serde(deserialize_with = "description")]
    description: String,
    #[serde(default, deserialize_with = "keywords")]
    keywords: Vec<String>,
}

/// Each field is held to its rule where it is read, so that an answer names it.
fn fitting<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    rule: RuleBroken,
    fits: impl Fn(&T) -> bool,
) -> Result<T, D::Error> {
    let read = T::deserialize(deserializer)?;
    if fits(&read) { Ok(read) } else { Err(D::Error::custom(rule)) }
}

fn title<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    fitting(deserializer, TITLE_RULE, |title: &String| (1..=TITLE_CHARS).contains(&title.chars().count()))
}

fn description<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    fitting(deserializer, DESCRIPTION_RULE, |text: &String| text.chars().count() <= DESCRIPTION_CHARS)
}

fn keywords<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let fits = |keyword: &String| (1..=KEYWORD_CHARS).contains(&keyword.chars().count());
    fitting(deserializer, KEYWORDS_RULE, |words: &Vec<String>| words.len() <= KEYWORDS && words.iter().all(fits))
}

impl From<Fields> for Seo {
    fn from(Fields { title, description, keywords }: Fields) -> Self {
        Self { title, description, keywords }
    }
}

impl Seo {
    /// The fields that hide something or show nothing. What is stored may be older than this rule.
    pub fn hides(&self) -> Vec<Hidden> {
        let is_seen = |text: &String| printable::is_printable(text) && printable::shows(text);
        let keywords = self.keywords.iter().enumerate().filter(|(_, word)| !is_seen(word));
        let broken = [
            (!is_seen(&self.title)).then(|| ("seo.title".to_owned(), TITLE_RULE)),
            (!printable::is_printable(&self.description)).then(|| ("seo.description".to_owned(), DESCRIPTION_RULE)),
        ];
        let broken = broken.into_iter().flatten();
        let keywords = keywords.map(|(nth, _)| (format!("seo.keywords[{nth}]"), KEYWORD_RULE));
        broken.chain(keywords).map(|(field, rule)| Hidden { field, rule }).collect()
    }

    /// What a model proposes, within the limits, the client's keyword first. `None` when it proposes nothing that can be
    /// shown; a description that cannot be is the beginning of the text.
    pub fn proposed(display: &Display, plain: &str, keyword: Option<&str>) -> Option<Self> {
        let title = text::excerpt(&excerpt::proposed(&display.title)?, TITLE_CHARS);
        let description = excerpt::proposed(&display.description);
        let description = text::excerpt(description.as_deref().unwrap_or(plain), DESCRIPTION_CHARS);
        let mut keywords: Vec<String> = Vec::new();
        let proposed = keyword.into_iter().chain(display.keywords.iter().map(String::as_str));
        for word in proposed.map(|word| printable::stripped(word).trim().to_lowercase()) {
            let fits = printable::shows(&word) && word.chars().count() <= KEYWORD_CHARS;
            if keywords.len() < KEYWORDS && fits && !keywords.contains(&word) {
                keywords.push(word);
            }
        }
        Some(Self { title, description, keywords })
    }
}

/// The client's keyword and tags first, then the words that the text uses most.
pub fn derive(title: &str, plain: &str, keyword: Option<&str>, tags: &[String]) -> Seo {
    let mut keywords: Vec<String> = Vec::new();
    let given = keyword.into_iter().chain(tags.iter().map(String::as_str));
    for word in given.map(|word| printable::stripped(word).trim().to_lowercase()).chain(frequent(plain)) {
        if keywords.len() < KEYWORDS && printable::shows(&word) && !keywords.contains(&word) {
            keywords.push(word);
        }
    }
    Seo { title: text::excerpt(title, TITLE_CHARS), description: text::excerpt(plain, DESCRIPTION_CHARS), keywords }
}

fn frequent(plain: &str) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in plain.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase) {
        if (4..=50).contains(&word.chars().count()) && !COMMON.contains(&word.as_str()) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut words: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.into_iter().map(|(word, _)| word).collect()
}

/// What is shown of a text where it is only named, as a model proposes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    pub title: String,
    pub description: String,
    pub keywords: Vec<String>,
    pub excerpt: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_by_its_rule() {
        let read = |json: serde_json::Value| serde_json::from_value::<Seo>(json).unwrap_err().to_string();
        let (long, longer) = ("x".repeat(61), "d".repeat(161));
        assert_eq!(read(serde_json::json!({"title": long, "description": ""})), TITLE_RULE.0);
        assert_eq!(read(serde_json::json!({"title": "x", "description": longer})), DESCRIPTION_RULE.0);
    }

    #[test]
    fn what_a_model_proposes_keeps_the_limits_too() {
        let display = Display {
            title: "word ".repeat(40),
            description: "word ".repeat(80),
            keywords: (0..20).map(|nth| format!("Word {nth}")).chain(["x".repeat(51)]).collect(),
            excerpt: String::new(),
        };
        let seo = Seo::proposed(&display, "Text.", Some("Caching")).unwrap();
        assert!(seo.title.chars().count() <= 60 && seo.description.chars().count() <= 160);
        assert_eq!((seo.keywords.len(), seo.keywords[0].as_str()), (10, "caching"));
        for nothing in [" ", "\u{200d}\u{fe0f}", &"<div>".repeat(1000)] {
            let of = |display: Display| Seo::proposed(&display, "The text.", None);
            assert_eq!(of(Display { title: nothing.to_owned(), ..display.clone() }), None);
            let seo = of(Display { description: nothing.to_owned(), ..display.clone() }).unwrap();
            assert_eq!(seo.description, "The text.");
        }
    }

    #[test]
    fn what_hides_in_a_field_is_told_with_the_field() {
        let seo = Seo {
            title: "\u{200d}\u{200d}".to_owned(),
            description: "a\u{202e}b".to_owned(),
            keywords: vec!["fine".to_owned(), "\u{ad}".to_owned()],
        };
        let fields: Vec<String> = seo.hides().into_iter().map(|hidden| hidden.field).collect();
        assert_eq!(fields, ["seo.title", "seo.description", "seo.keywords[1]"]);
    }

    #[test]
    fn what_is_derived_hides_nothing_that_was_stored_before() {
        let seo = derive("A\u{ad} title", "Text\u{202e}.", Some("soft\u{ad}hyphen"), &["\u{3164}".to_owned()]);
        assert_eq!((seo.hides(), seo.keywords), (vec![], vec!["softhyphen".to_owned()]));
    }

    #[test]
    fn what_is_derived_keeps_the_limits() {
        let seo = derive(&"title ".repeat(30), &"caching words repeated caching ".repeat(40), Some("Cache"), &[]);
        assert!(seo.title.chars().count() <= 60 && seo.description.chars().count() <= 160);
        assert_eq!(seo.keywords.first().map(String::as_str), Some("cache"));
        assert!(seo.keywords.contains(&"caching".to_owned()));
    }
}
