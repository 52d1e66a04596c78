//! An article's fields for search engines.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    printable,
    rule::{Hidden, RuleBroken},
};

pub const TITLE_RULE: RuleBroken = RuleBroken("must be 1 to 60 characters, without control or hidden characters");
pub const DESCRIPTION_RULE: RuleBroken =
    RuleBroken("must be at most 160 characters, without control or hidden characters");
const KEYWORDS_RULE: RuleBroken = RuleBroken("must be at most 10 keywords, each of 1 to 50 characters");
const KEYWORD_RULE: RuleBroken = RuleBroken("must be 1 to 50 characters, without control or hidden characters");

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(from = "Fields", deny_unknown_fields)]
pub struct Seo {
    #[cfg_attr(feature = "schema", schema(schema_with = shapes::title))]
    pub title: String,
    #[cfg_attr(feature = "schema", schema(schema_with = shapes::description))]
    pub description: String,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(schema_with = shapes::keywords))]
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

/// Checks a field against its rule while it is parsed, so that the error names the field.
fn fitting<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    rule: RuleBroken,
    fits: impl Fn(&T) -> bool,
) -> Result<T, D::Error> {
    let read = T::deserialize(deserializer)?;
    if fits(&read) { Ok(read) } else { Err(D::Error::custom(rule)) }
}

fn title<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    fitting(deserializer, TITLE_RULE, |title: &String| (1..=Seo::TITLE_CHARS).contains(&title.chars().count()))
}

fn description<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    fitting(deserializer, DESCRIPTION_RULE, |text: &String| text.chars().count() <= Seo::DESCRIPTION_CHARS)
}

fn keywords<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let fits = |keyword: &String| (1..=Seo::KEYWORD_CHARS).contains(&keyword.chars().count());
    fitting(deserializer, KEYWORDS_RULE, |words: &Vec<String>| words.len() <= Seo::KEYWORDS && words.iter().all(fits))
}

impl From<Fields> for Seo {
    fn from(Fields { title, description, keywords }: Fields) -> Self {
        Self { title, description, keywords }
    }
}

impl Seo {
    pub const TITLE_CHARS: usize = 60;
    pub const DESCRIPTION_CHARS: usize = 160;
    pub const KEYWORDS: usize = 10;
    pub const KEYWORD_CHARS: usize = 50;

    /// The fields with hidden characters or no visible ones. Stored values may be older than this rule.
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
}

#[cfg(feature = "schema")]
mod shapes {
    use utoipa::openapi::schema::{Array, Object};

    use super::Seo;
    use crate::schema::{list, text};

    pub(super) fn title() -> Object {
        text().min_length(Some(1)).max_length(Some(Seo::TITLE_CHARS)).build()
    }

    pub(super) fn description() -> Object {
        text().max_length(Some(Seo::DESCRIPTION_CHARS)).build()
    }

    pub(super) fn keywords() -> Array {
        let keyword = text().min_length(Some(1)).max_length(Some(Seo::KEYWORD_CHARS));
        list(keyword.build()).max_items(Some(Seo::KEYWORDS)).default(Some(serde_json::json!([]))).build()
    }
}
