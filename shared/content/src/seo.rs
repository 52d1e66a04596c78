//! What search engines are shown.

use std::collections::BTreeMap;

pub use galley_api::seo::Seo;
use serde::{Deserialize, Serialize};

use galley_api::printable;

use crate::{excerpt, language::Language, stop_words, text, words};

/// What a model proposes, within the limits, the client's keyword first. `None` when it proposes nothing that can be
/// shown; a description that cannot be is the beginning of the text.
pub fn proposed(display: &Display, prose: &str, keyword: Option<&str>) -> Option<Seo> {
    let title = text::excerpt(&excerpt::proposed(&display.title)?, Seo::TITLE_CHARS);
    let description = excerpt::proposed(&display.description);
    let description = text::excerpt(description.as_deref().unwrap_or(prose), Seo::DESCRIPTION_CHARS);
    let mut keywords: Vec<String> = Vec::new();
    let proposed = keyword.into_iter().chain(display.keywords.iter().map(String::as_str));
    for word in proposed.map(|word| printable::stripped(word).trim().to_lowercase()) {
        let fits = printable::shows(&word) && word.chars().count() <= Seo::KEYWORD_CHARS;
        if keywords.len() < Seo::KEYWORDS && fits && !keywords.contains(&word) {
            keywords.push(word);
        }
    }
    Some(Seo { title, description, keywords })
}

/// The client's keyword and tags first, then the words that the text uses most; `excerpt` describes the text.
pub fn derive(
    title: &str,
    excerpt: &str,
    plain: &str,
    keyword: Option<&str>,
    tags: &[String],
    language: Language,
) -> Seo {
    let mut keywords: Vec<String> = Vec::new();
    let given = keyword.into_iter().chain(tags.iter().map(String::as_str));
    for word in given.map(|word| printable::stripped(word).trim().to_lowercase()).chain(frequent(plain, language)) {
        if keywords.len() < Seo::KEYWORDS && printable::shows(&word) && !keywords.contains(&word) {
            keywords.push(word);
        }
    }
    Seo {
        title: text::excerpt(title, Seo::TITLE_CHARS),
        description: text::excerpt(excerpt, Seo::DESCRIPTION_CHARS),
        keywords,
    }
}

/// The words that a text uses most, but those of every text. Without blanks nobody knows where a word ends.
fn frequent(plain: &str, language: Language) -> Vec<String> {
    let is_common = |word: &str| stop_words::has(language.primary(), word);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in words::words(plain).map(str::to_lowercase) {
        if (4..=50).contains(&word.chars().count()) && !is_common(&word) {
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
    use galley_api::seo::{DESCRIPTION_RULE, TITLE_RULE};

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
        let seo = proposed(&display, "Text.", Some("Caching")).unwrap();
        assert!(seo.title.chars().count() <= 60 && seo.description.chars().count() <= 160);
        assert_eq!((seo.keywords.len(), seo.keywords[0].as_str()), (10, "caching"));
        for nothing in [" ", "\u{200d}\u{fe0f}", &"<div>".repeat(1000)] {
            let of = |display: Display| proposed(&display, "The text.", None);
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
        let seo = derive(
            "A\u{ad} title",
            "Text\u{202e}.",
            "Text\u{202e}.",
            Some("soft\u{ad}hyphen"),
            &["\u{3164}".to_owned()],
            Language::ENGLISH,
        );
        assert_eq!((seo.hides(), seo.keywords), (vec![], vec!["softhyphen".to_owned()]));
    }

    #[test]
    fn what_is_derived_keeps_the_limits() {
        let seo = derive(
            &"title ".repeat(30),
            &"caching words repeated caching ".repeat(40),
            &"caching words repeated caching ".repeat(40),
            Some("Cache"),
            &[],
            Language::ENGLISH,
        );
        assert!(seo.title.chars().count() <= 60 && seo.description.chars().count() <= 160);
        assert_eq!(seo.keywords.first().map(String::as_str), Some("cache"));
        assert!(seo.keywords.contains(&"caching".to_owned()));
    }

    #[test]
    fn a_word_of_every_text_is_no_keyword_in_any_language() {
        for (language, text, keywords) in [
            (
                "de",
                "Der Cache wird nicht größer. Der Browser wird schneller, nicht der Cache. Browser werden immer",
                "browser cache",
            ),
            (
                "fr",
                "Le navigateur garde toujours une copie. Une copie reste toujours dans le navigateur",
                "copie navigateur",
            ),
            ("ar", "المتصفح يحتفظ دائما بنسخة، وهذه النسخة عند المتصفح كذلك كذلك", "المتصفح"),
            ("zh", "浏览器把响应放进缓存，缓存让浏览器更快。", ""),
        ] {
            let seo = derive("A title", "An excerpt.", text, None, &[], language.parse().unwrap());
            assert_eq!(seo.keywords.join(" "), keywords, "{language}");
        }
    }
}
