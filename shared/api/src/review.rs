//! Request bodies of people's decisions. Each field is validated while it is parsed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::Subject,
    rule::{Hidden, moment, prose},
    seo::Seo,
    url::PublicUrl,
};

prose!(
    /// The reason for a decision. After a request for changes, the writer of the next draft gets it.
    Feedback,
    10..=1000,
    "must be 10 to 1000 characters, without control or hidden characters"
);
prose!(Reason, 1..=1000, "must be 1 to 1000 characters, without control or hidden characters");

#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// `false` rejects.
    pub approved: bool,
    pub human_feedback: Feedback,
    /// The caller, who need not be named; only an admin may name somebody else.
    #[serde(default)]
    pub reviewer_id: Option<Subject>,
    /// Required, unless `If-Match` is sent, when the task has more than one revision.
    #[serde(default)]
    pub revision: Option<u32>,
    /// Becomes a revision of its own, which is then approved.
    #[serde(default)]
    pub featured_image_url: Option<PublicUrl>,
    #[serde(default, deserialize_with = "moment")]
    pub publish_at: Option<Timestamp>,
    /// Admins only; what was overridden is recorded.
    #[serde(default)]
    pub override_blockers: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub human_feedback: Feedback,
    /// The caller, who need not be named; only an admin may name somebody else.
    #[serde(default)]
    pub reviewer_id: Option<Subject>,
    #[serde(default)]
    pub revision: Option<u32>,
}

/// A new draft by a person: exactly one of `html` and `markdown`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Plain text: escape it where it is shown as HTML.
    #[cfg_attr(feature = "schema", schema(schema_with = title))]
    pub title: String,
    /// At most 200 KiB once it is cleaned.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub html: Option<String>,
    /// At most 200 KiB once it is HTML.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub markdown: Option<String>,
    /// Plain text: escape it where it is shown as HTML. Of a longer one than 300 characters, the beginning is kept.
    #[serde(default)]
    pub excerpt: Option<String>,
    #[serde(default)]
    pub seo: Option<Seo>,
}

impl Edit {
    pub const TITLE_MIN_CHARS: usize = 3;
    pub const TITLE_MAX_CHARS: usize = 200;

    /// The fields with hidden characters. Title and excerpt are checked later, with the text.
    pub fn hides(&self) -> Vec<Hidden> {
        self.seo.iter().flat_map(Seo::hides).collect()
    }
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Note {
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// Who is to see to a task.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The caller, or a person whom an admin has let in as editor or admin.
    pub assignee: Subject,
}

/// Another hour for what is approved.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// In the future, at most 366 days ahead. Without it: at once.
    #[serde(default, deserialize_with = "moment")]
    pub publish_at: Option<Timestamp>,
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// Back to an older revision of a live article.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Republish {
    pub revision: u32,
    /// The caller, who need not be named; only an admin may name somebody else.
    #[serde(default)]
    pub reviewer_id: Option<Subject>,
    pub human_feedback: Feedback,
    #[serde(default)]
    pub override_blockers: bool,
}

#[cfg(feature = "schema")]
fn title() -> utoipa::openapi::schema::Object {
    crate::schema::text().min_length(Some(Edit::TITLE_MIN_CHARS)).max_length(Some(Edit::TITLE_MAX_CHARS)).build()
}
