//! The last part of an article's path.

use serde::{Deserialize, Serialize};

use crate::{
    language::Language,
    latin::{self, Han},
};

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
        Self::in_language(title, None)
    }

    /// As `from_title`, spelt as `language` spells its letters in ASCII. Han is spelt as Chinese where it is that, and left
    /// out elsewhere: Japanese reads it otherwise.
    pub fn in_language(title: &str, language: Option<&Language>) -> Self {
        let han =
            if language.is_some_and(|language| language.primary() == "zh") { Han::AsChinese } else { Han::LeftOut };
        let slug = latin::spelt(title, language, han, MAX);
        Self(if slug.is_empty() { "article".to_owned() } else { slug })
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

/// Under which articles are read, by tenant and slug.
pub const ARTICLES: &str = "/api/content/published/";

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
    fn no_letter_is_lost_on_the_way_to_ascii() {
        for (title, slug) in [
            ("Łódź i żółw", "lodz-i-zolw"),
            ("Đà Nẵng đẹp", "da-nang-dep"),
            ("Đường đi", "duong-di"),
            ("Œuvre complète", "oeuvre-complete"),
            ("Þór og Ðísir", "thor-og-disir"),
            ("Işık ve ısı", "isik-ve-isi"),
            ("Ħal Għargħur", "hal-gharghur"),
            ("GROẞ", "gross"),
            ("Über Züge", "uber-zuge"),
            ("Привет, мир", "privet-mir"),
            ("Ｆｕｌｌ　ｗｉｄｔｈ 10⁶", "full-width-106"),
            ("🦀 only", "only"),
            ("日本語の記事2", "no-2"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug, "{title}");
        }
    }

    #[test]
    fn a_language_spells_its_letters_in_its_own_way() {
        for (tag, title, slug) in [
            ("de-AT", "Über Züge, Ämter und Öl", "ueber-zuege-aemter-und-oel"),
            ("nb", "Blåbær på øya", "blaabaer-paa-oeya"),
            ("sv", "Blåbär", "blabar"),
            ("zh-Hans", "缓存如何工作", "huan-cun-ru-he-gong-zuo"),
            ("ja", "日本語", "article"),
        ] {
            let language: Language = tag.parse().unwrap();
            assert_eq!(Slug::in_language(title, Some(&language)).as_str(), slug, "{title}");
        }
        assert!("not a tag".parse::<Language>().is_err() && "".parse::<Language>().is_err());
    }

    #[test]
    fn a_suffix_fits_in() {
        let slug = Slug::from_title(&"x".repeat(200)).with_suffix("ab12");
        assert!(slug.as_str().len() <= 80 && slug.as_str().ends_with("-ab12"));
        assert_eq!(Slug::try_from(slug.as_str().to_owned()), Ok(slug));
    }
}
