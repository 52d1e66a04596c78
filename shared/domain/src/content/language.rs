//! A language by its tag.

/// The longest that a tag is (RFC 5646, section 4.4.1).
const LONGEST: usize = 35;

/// A tag of a language as RFC 5646 writes it: `de`, `zh-Hant`, `pt-BR`. Its form is checked, not its registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a tag of a language, such as de or pt-BR")]
pub struct InvalidLanguage;

impl Language {
    /// The language without its script and region, in small letters.
    pub fn primary(&self) -> String {
        self.0.split('-').next().unwrap_or_default().to_ascii_lowercase()
    }
}

impl std::str::FromStr for Language {
    type Err = InvalidLanguage;
    fn from_str(tag: &str) -> Result<Self, InvalidLanguage> {
        let is_part =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let fits = tag.len() <= LONGEST && tag.split('-').all(is_part);
        if fits { Ok(Self(tag.to_owned())) } else { Err(InvalidLanguage) }
    }
}
