//! Requests for content. Every field is validated while it is parsed, so a `TaskRequest` is always valid.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AgentRef, TargetName},
    kind::{TargetLength, TaskType},
    language::Language,
    model::ModelName,
    phase::{Phase, QualityPreference},
    printable,
    rule::{Hidden, RuleBroken, choice, text_field},
    url::PublicUrl,
    usd::MicroUsd,
};

text_field!(Topic, 3..=200, "must be 3 to 200 characters after trimming, without control or hidden characters");
text_field!(Tag, 1..=50, "must be 1 to 50 characters, without control or hidden characters");
text_field!(Audience, 1..=100, "must be 1 to 100 characters, without control or hidden characters");
text_field!(Keyword, 1..=50, "must be 1 to 50 characters, without control or hidden characters");

choice!(Style {
    Technical => "technical", Narrative => "narrative", Listicle => "listicle", Educational => "educational",
    ThoughtLeadership => "thought-leadership",
} default Technical);
choice!(Tone {
    Professional => "professional", Casual => "casual", Academic => "academic", Inspirational => "inspirational",
} default Professional);
choice!(
    /// `publish` takes effect only where the tenant's policy allows it.
    PublishMode { Draft => "draft", Publish => "publish" } default Draft
);

/// Who writes the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Generator {
    #[default]
    Internal,
    External,
}

/// At most `MAX` labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tag>")]
pub struct Labels<const MAX: usize>(Vec<Tag>);

impl<const MAX: usize> Labels<MAX> {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Tag::as_str)
    }
}

impl<const MAX: usize> TryFrom<Vec<Tag>> for Labels<MAX> {
    type Error = RuleBroken;
    fn try_from(labels: Vec<Tag>) -> Result<Self, RuleBroken> {
        match (labels.len() <= MAX, MAX) {
            (true, _) => Ok(Self(labels)),
            (false, 10) => Err(RuleBroken("must have at most 10 entries")),
            (false, _) => Err(RuleBroken("must have at most 5 entries")),
        }
    }
}

/// The names of at most ten targets, each once, in the order of the names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<TargetName>", into = "Vec<TargetName>")]
pub struct PublishTo(BTreeSet<TargetName>);

impl PublishTo {
    pub const MOST: usize = 10;

    pub fn iter(&self) -> impl Iterator<Item = &TargetName> {
        self.0.iter()
    }
}

impl FromIterator<TargetName> for PublishTo {
    fn from_iter<T: IntoIterator<Item = TargetName>>(names: T) -> Self {
        Self(names.into_iter().collect())
    }
}

impl TryFrom<Vec<TargetName>> for PublishTo {
    type Error = RuleBroken;
    fn try_from(names: Vec<TargetName>) -> Result<Self, RuleBroken> {
        if names.len() > Self::MOST {
            return Err(RuleBroken("must have at most 10 entries"));
        }
        Ok(Self(names.into_iter().collect()))
    }
}

impl From<PublishTo> for Vec<TargetName> {
    fn from(names: PublishTo) -> Self {
        names.0.into_iter().collect()
    }
}

crate::schema::scalar!(PublishTo, {
    let name = crate::schema::text().pattern(Some(TargetName::PATTERN)).build();
    crate::schema::list(name).max_items(Some(PublishTo::MOST))
});

/// The cost cap of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MicroUsd", into = "MicroUsd")]
pub struct CostCap(MicroUsd);

impl CostCap {
    pub const MOST_DOLLARS: u32 = 100;

    pub const fn amount(self) -> MicroUsd {
        self.0
    }
}

impl TryFrom<MicroUsd> for CostCap {
    type Error = RuleBroken;
    fn try_from(amount: MicroUsd) -> Result<Self, RuleBroken> {
        if amount <= MicroUsd::from_dollars(Self::MOST_DOLLARS) {
            Ok(Self(amount))
        } else {
            Err(RuleBroken("must be 0 to 100 dollars"))
        }
    }
}

impl From<CostCap> for MicroUsd {
    fn from(cap: CostCap) -> MicroUsd {
        cap.0
    }
}

/// The client's own notes, handed back as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Metadata(BTreeMap<String, String>);

impl TryFrom<BTreeMap<String, String>> for Metadata {
    type Error = RuleBroken;
    fn try_from(pairs: BTreeMap<String, String>) -> Result<Self, RuleBroken> {
        let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        if pairs.len() <= Self::MOST_PAIRS && bytes <= Self::MOST_BYTES {
            Ok(Self(pairs))
        } else {
            Err(RuleBroken("must have at most 20 pairs of strings and 2 KiB in all"))
        }
    }
}

#[cfg(feature = "schema")]
impl<const MAX: usize> utoipa::PartialSchema for Labels<MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use crate::schema::{list, text};
        let label = text().min_length(Some(Tag::MIN_CHARS)).max_length(Some(Tag::MAX_CHARS)).build();
        list(label).max_items(Some(MAX)).default(Some(serde_json::json!([]))).into()
    }
}

#[cfg(feature = "schema")]
impl<const MAX: usize> utoipa::ToSchema for Labels<MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Labels{MAX}").into()
    }
}

crate::schema::scalar!(
    CostCap,
    crate::schema::text()
        .pattern(Some(crate::usd::AMOUNT))
        .maximum(Some(CostCap::MOST_DOLLARS))
        .description(Some(format!(
            "Dollars, 0 to {}, as a decimal string with at most six decimals.",
            CostCap::MOST_DOLLARS
        )))
        .examples(["0.50"])
);

crate::schema::scalar!(
    Metadata,
    crate::schema::map(Metadata::MOST_PAIRS)
        .description(Some(format!("At most {} pairs and {} bytes in all.", Metadata::MOST_PAIRS, Metadata::MOST_BYTES)))
        .default(Some(serde_json::json!({})))
);

/// The body of `POST /api/content/tasks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TaskRequest))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct TaskRequest {
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "blog_post"))]
    pub task_type: TaskType,
    /// Counted after trimming, and only what is seen; no control and no hidden characters.
    #[cfg_attr(feature = "schema", schema(examples("How HTTP caching works")))]
    pub topic: Topic,
    /// What the text is to be written in. Without it: the tenant's (`PATCH /api/admin/settings`), else `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "technical"))]
    pub style: Style,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "professional"))]
    pub tone: Tone,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = 1500))]
    pub target_length: TargetLength,
    /// Each 1 to 50 characters.
    #[serde(default)]
    pub tags: Labels<10>,
    /// Each 1 to 50 characters.
    #[serde(default)]
    pub categories: Labels<5>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_audience: Option<Audience>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_keyword: Option<Keyword>,
    #[serde(default = "yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub generate_featured_image: bool,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "draft"))]
    pub publish_mode: PublishMode,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "balanced"))]
    pub quality_preference: QualityPreference,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    /// Keys: research, outline, draft, assess, refine, finalize.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models_by_phase: BTreeMap<Phase, ModelName>,
    /// Who does a phase, of those that `GET /api/agents` lists. Keys: outline, draft, assess, refine, finalize. Without an entry a phase
    /// is done by Galley's own rules alone. It changes nothing where no model writes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<Phase, AgentRef>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "internal"))]
    pub generator: Generator,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<PublicUrl>,
    /// The targets that the article is published to once it is live. Without it: those that the tenant's targets name for the type
    /// (`default_for`); an empty list is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish_to: Option<PublishTo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<CostCap>,
    /// Whether it is accepted although the tenant has nearly the same, where its settings refuse that (`near_duplicates`). Editors and
    /// admins say so. An answer tells it where it is so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_near_duplicate: bool,
    #[serde(default)]
    pub metadata: Metadata,
}

impl Metadata {
    pub const MOST_PAIRS: usize = 20;
    pub const MOST_BYTES: usize = 2048;

    fn hides(&self) -> impl Iterator<Item = Hidden> {
        const RULE: RuleBroken = RuleBroken("must have no control and no hidden characters");
        self.0.iter().filter_map(|(name, value)| match (printable::is_printable(name), printable::is_prose(value)) {
            (true, true) => None,
            (true, false) => Some(Hidden { field: format!("metadata.{name}"), rule: RULE }),
            (false, _) => Some(Hidden { field: "metadata".to_owned(), rule: RULE }),
        })
    }
}

impl TaskRequest {
    /// Every task has one since it is accepted; those of before were made in English.
    pub fn language(&self) -> Language {
        self.language.unwrap_or_default()
    }

    /// The fields with hidden characters or too few visible ones. Stored values may be older than these rules, so they are not
    /// checked when parsing; code that accepts a new request calls this.
    pub fn hides(&self) -> Vec<Hidden> {
        let labels = |name: &'static str, labels: &[Tag]| {
            let hidden = labels.iter().enumerate().map(move |(nth, tag)| (format!("{name}[{nth}]"), tag.hides()));
            hidden.collect::<Vec<_>>()
        };
        let lines = [
            ("topic", self.topic.hides()),
            ("target_audience", self.target_audience.as_ref().and_then(Audience::hides)),
            ("primary_keyword", self.primary_keyword.as_ref().and_then(Keyword::hides)),
            ("model", self.model.as_ref().and_then(ModelName::hides)),
        ];
        let lines = lines.into_iter().map(|(name, rule)| (name.to_owned(), rule));
        let models = self.models_by_phase.iter();
        lines
            .chain(labels("tags", &self.tags.0))
            .chain(labels("categories", &self.categories.0))
            .chain(models.map(|(phase, model)| (format!("models_by_phase.{}", phase.name()), model.hides())))
            .filter_map(|(field, rule)| rule.map(|rule| Hidden { field, rule }))
            .chain(self.metadata.hides())
            .collect()
    }
}

const fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(field: &str, value: Value) -> Result<TaskRequest, String> {
        let mut body = json!({"topic": "How HTTP caching works"});
        body[field] = value;
        serde_json::from_value(body).map_err(|error| error.to_string())
    }

    /// Parses and checks a request as the API does.
    fn with(field: &str, value: Value) -> Result<TaskRequest, String> {
        let request = read(field, value)?;
        match request.hides().first() {
            Some(hidden) => Err(format!("{}: {}", hidden.field, hidden.rule)),
            None => Ok(request),
        }
    }

    #[test]
    fn refuses_what_breaks_a_rule() {
        let long = "x".repeat(201);
        for (field, value) in [
            ("topic", json!("  ab  ")),
            ("topic", json!(long)),
            ("topic", json!("line\nbreak")),
            ("topic", json!("safe\u{202e}gpj.exe")),
            ("task_type", json!("poem")),
            ("style", json!("Technical")),
            ("language", json!("German")),
            ("language", json!("de_AT")),
            ("language", json!("und")),
            ("language", json!(["de"])),
            ("target_length", json!(199)),
            ("target_length", json!(5001)),
            ("target_length", json!("1500")),
            ("tags", json!(vec!["t"; 11])),
            ("tags", json!([""])),
            ("categories", json!(vec!["c"; 6])),
            ("target_audience", json!("a".repeat(101))),
            ("primary_keyword", json!("k".repeat(51))),
            ("generate_featured_image", json!("yes")),
            ("models_by_phase", json!({"sing": "m"})),
            ("agents", json!({"sing": "@house-style"})),
            ("agents", json!({"draft": "house-style"})),
            ("agents", json!({"draft": "@house-style:beta"})),
            ("generator", json!("ghost")),
            ("publish_to", json!(["Main Blog"])),
            ("publish_to", json!(vec!["blog"; 11])),
            ("publish_to", json!("blog")),
            ("callback_url", json!("http://example.com/hook")),
            ("callback_url", json!("https://localhost/hook")),
            ("callback_url", json!("https://127.0.0.1/hook")),
            ("callback_url", json!("https://[::1]/hook")),
            ("callback_url", json!("https://0x7f000001/hook")),
            ("callback_url", json!("https://user:pw@example.com/hook")),
            ("max_cost_usd", json!("100.000001")),
            ("max_cost_usd", json!(-1)),
            ("metadata", json!({"k": 1})),
            ("metadata", json!({"k": "v".repeat(2048)})),
            ("tenant", json!("other")),
            ("state", json!("published")),
        ] {
            assert!(with(field, value.clone()).is_err(), "{field}: {value}");
        }
    }

    #[test]
    fn the_smallest_request_gets_the_documented_defaults() {
        let request: TaskRequest = serde_json::from_value(json!({"topic": "  How HTTP caching works "})).unwrap();
        assert_eq!(request.topic.as_str(), "How HTTP caching works");
        assert_eq!(request.task_type, TaskType::BlogPost);
        assert_eq!(request.target_length.words(), 1500);
        assert!(request.generate_featured_image);
        assert_eq!(request.publish_mode, PublishMode::Draft);
        assert_eq!(request.generator, Generator::Internal);
    }

    #[test]
    fn what_hides_or_reorders_text_is_refused_in_every_line_alike() {
        for hidden in [
            "safe\u{202e}gpj.exe",
            "a\u{2066}bc\u{2069}",
            "abc \u{e0068}\u{e0069}",
            "ab\u{200b}c",
            "\u{200d}\u{200e}\u{fe0f}",
            "\u{3164}\u{3164}\u{3164}",
            "soft\u{ad}hyphen",
        ] {
            for field in ["topic", "target_audience", "primary_keyword", "model"] {
                assert!(with(field, json!(hidden)).is_err(), "{field}: {hidden:?}");
            }
            assert!(with("tags", json!(["a", hidden])).unwrap_err().starts_with("tags[1]: "));
            assert!(with("categories", json!([hidden])).is_err());
            assert!(
                with("models_by_phase", json!({"draft": hidden})).unwrap_err().starts_with("models_by_phase.draft")
            );
        }
        for legitimate in [
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200f} (2)",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} beats all",
        ] {
            assert!(with("topic", json!(legitimate)).is_ok() && with("tags", json!([legitimate])).is_ok());
        }
    }

    #[test]
    fn what_a_client_notes_hides_nothing_either() {
        assert!(with("metadata", json!({"a\u{202e}b": "x"})).unwrap_err().starts_with("metadata: "));
        assert!(with("metadata", json!({"note": "tag \u{e0068}"})).unwrap_err().starts_with("metadata.note: "));
        assert!(with("metadata", json!({"note": "bell\u{7}"})).is_err());
        assert!(with("metadata", json!({"note": "two\nlines", "none": ""})).is_ok());
    }

    #[test]
    fn what_was_stored_before_a_rule_is_still_read() {
        for old in ["safe\u{202e}gpj.exe", "soft\u{ad}hyphen", "\u{200d}\u{200d}\u{200d}"] {
            assert!(read("topic", json!(old)).is_ok() && read("metadata", json!({ "k": old })).is_ok());
        }
    }

    #[test]
    fn two_hundred_characters_of_four_bytes_are_a_topic() {
        assert!(with("topic", json!("🦀".repeat(200))).is_ok());
    }

    #[test]
    fn a_request_survives_storage() {
        let request = with("max_cost_usd", json!("0.50")).unwrap();
        let stored = serde_json::to_value(&request).unwrap();
        assert_eq!(serde_json::from_value::<TaskRequest>(stored).unwrap(), request);
    }
}
