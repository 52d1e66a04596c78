//! What search engines are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{printable, text};
use crate::generate::Display;

const TITLE_CHARS: usize = 60;
const DESCRIPTION_CHARS: usize = 160;
const KEYWORDS: usize = 10;

/// Words too common to be anyone's keyword.
const COMMON: [&str; 40] = [
    "about", "after", "also", "because", "before", "being", "between", "both", "could", "does", "each", "every",
    "from", "have", "into", "more", "most", "much", "only", "other", "over", "should", "some", "such", "than", "that",
    "their", "them", "then", "there", "these", "they", "this", "what", "when", "where", "which", "while", "with",
    "your",
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Seo {
    pub title: String,
    pub description: String,
    pub keywords: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Fields {
    title: String,
    description: String,
    #[serde(default)]
    keywords: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSeo {
    #[error("title must be 1 to 60 characters")]
    Title,
    #[error("description must be at most 160 characters")]
    Description,
    #[error("keywords must be at most 10, each 1 to 50 characters")]
    Keywords,
    #[error("title, description and keywords must have no control and no hidden characters")]
    Hidden,
}

impl TryFrom<Fields> for Seo {
    type Error = InvalidSeo;
    fn try_from(fields: Fields) -> Result<Self, InvalidSeo> {
        if !(1..=TITLE_CHARS).contains(&fields.title.chars().count()) {
            return Err(InvalidSeo::Title);
        }
        if fields.description.chars().count() > DESCRIPTION_CHARS {
            return Err(InvalidSeo::Description);
        }
        let fits = |keyword: &String| (1..=50).contains(&keyword.chars().count());
        if fields.keywords.len() > KEYWORDS || !fields.keywords.iter().all(fits) {
            return Err(InvalidSeo::Keywords);
        }
        Ok(Self { title: fields.title, description: fields.description, keywords: fields.keywords })
    }
}

impl Seo {
    /// The rule that it breaks, where something is hidden in it.
    pub fn hides(&self) -> Option<InvalidSeo> {
        let mut lines = [&self.title, &self.description].into_iter().chain(&self.keywords);
        (!lines.all(|line| printable::is_printable(line))).then_some(InvalidSeo::Hidden)
    }

    /// What a model proposes, within the limits, the client's keyword first. `None` when it proposes nothing.
    pub fn proposed(display: &Display, keyword: Option<&str>) -> Option<Self> {
        let title = text::excerpt(&printable::stripped_prose(&display.title), TITLE_CHARS);
        let mut keywords: Vec<String> = Vec::new();
        let proposed = keyword.into_iter().chain(display.keywords.iter().map(String::as_str));
        for word in proposed.map(|word| printable::stripped(word).trim().to_lowercase()) {
            if keywords.len() < KEYWORDS && (1..=50).contains(&word.chars().count()) && !keywords.contains(&word) {
                keywords.push(word);
            }
        }
        let description = text::excerpt(&printable::stripped_prose(&display.description), DESCRIPTION_CHARS);
        (!title.is_empty()).then_some(Self { title, description, keywords })
    }
}

/// The client's keyword and tags first, then the words that the text uses most.
pub fn derive(title: &str, plain: &str, keyword: Option<&str>, tags: &[String]) -> Seo {
    let mut keywords: Vec<String> = Vec::new();
    let given = keyword.into_iter().map(str::to_owned).chain(tags.iter().cloned());
    for word in given.map(|word| word.to_lowercase()).chain(frequent(plain)) {
        if keywords.len() < KEYWORDS && !keywords.contains(&word) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_by_name() {
        let read = |json: serde_json::Value| serde_json::from_value::<Seo>(json).map_err(|error| error.to_string());
        assert!(read(serde_json::json!({"title":"x".repeat(61),"description":""})).unwrap_err().contains("title"));
        assert!(
            read(serde_json::json!({"title":"x","description":"d".repeat(161)})).unwrap_err().contains("description")
        );
    }

    #[test]
    fn what_a_model_proposes_keeps_the_limits_too() {
        let display = Display {
            title: "word ".repeat(40),
            description: "word ".repeat(80),
            keywords: (0..20).map(|nth| format!("Word {nth}")).chain(["x".repeat(51)]).collect(),
            excerpt: String::new(),
        };
        let seo = Seo::proposed(&display, Some("Caching")).unwrap();
        assert!(seo.title.chars().count() <= 60 && seo.description.chars().count() <= 160);
        assert_eq!((seo.keywords.len(), seo.keywords[0].as_str()), (10, "caching"));
        assert_eq!(Seo::proposed(&Display { title: " ".to_owned(), ..display }, None), None);
    }

    #[test]
    fn what_is_derived_keeps_the_limits() {
        let seo = derive(&"title ".repeat(30), &"caching words repeated caching ".repeat(40), Some("Cache"), &[]);
        assert!(seo.title.chars().count() <= 60 && seo.description.chars().count() <= 160);
        assert_eq!(seo.keywords.first().map(String::as_str), Some("cache"));
        assert!(seo.keywords.contains(&"caching".to_owned()));
    }
}
