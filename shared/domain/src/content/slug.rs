//! The last part of an article's path.

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

const MAX: usize = 80;

/// 1 to 80 of a-z, 0-9 and -.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 80 of a-z, 0-9 and -")]
pub struct InvalidSlug;

impl Slug {
    /// The title in ASCII; `article` where nothing of it is left.
    pub fn from_title(title: &str) -> Self {
        let mut slug = String::new();
        for c in title.nfkd().filter(|c| !is_combining_mark(*c)) {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                'A'..='Z' => slug.push(c.to_ascii_lowercase()),
                'ß' => slug.push_str("ss"),
                'æ' | 'Æ' => slug.push_str("ae"),
                'ø' | 'Ø' => slug.push('o'),
                '\'' | '’' => {}
                _ if slug.ends_with('-') || slug.is_empty() => {}
                _ => slug.push('-'),
            }
        }
        slug.truncate(MAX);
        let slug = slug.trim_matches('-');
        Self(if slug.is_empty() { "article".to_owned() } else { slug.to_owned() })
    }

    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        let room = MAX.saturating_sub(suffix.len() + 1);
        let stem = self.0.get(..room.min(self.0.len())).unwrap_or(&self.0).trim_end_matches('-');
        Self(format!("{stem}-{suffix}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;
    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        let fits = (1..=MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text)) } else { Err(InvalidSlug) }
    }
}

impl std::str::FromStr for Slug {
    type Err = InvalidSlug;
    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        Self::try_from(text.to_owned())
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_slugs() {
        for (title, slug) in [
            ("How HTTP caching works", "how-http-caching-works"),
            ("  Ünïcode & Ærø: straße! ", "unicode-aero-strasse"),
            ("日本語", "article"),
            ("What's new?", "whats-new"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug);
        }
        assert!(Slug::from_title(&"long ".repeat(50)).as_str().len() <= 80);
    }

    #[test]
    fn a_suffix_fits_in() {
        let slug = Slug::from_title(&"x".repeat(200)).with_suffix("ab12");
        assert!(slug.as_str().len() <= 80 && slug.as_str().ends_with("-ab12"));
        assert_eq!(Slug::try_from(slug.as_str().to_owned()), Ok(slug));
    }
}
