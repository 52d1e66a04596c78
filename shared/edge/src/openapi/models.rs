//! Shapes of what is told about models, their work and what it costs.
#![expect(dead_code, reason = "these types are read by a derive alone")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::schemas::{Call, Event, Quality, Revision};

#[derive(ToSchema)]
pub(super) struct Routed {
    #[schema(example = "openai/gpt-5-mini")]
    model: String,
    /// What the client asked for.
    asked: Option<String>,
    /// Why it is another.
    reason: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Reference {
    title: String,
    url: String,
    snippet: Option<String>,
    published: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Method {
    Pattern,
    Model,
    Hybrid,
}

#[derive(ToSchema)]
pub(super) struct DraftScore {
    /// 0 for the first draft, then one for each refinement.
    refinement: u8,
    model: String,
    /// The model that judged it, if one did.
    judge: Option<String>,
    method: Method,
    score: u8,
    #[schema(inline)]
    quality: Quality,
    /// `complete` or `truncated`.
    finish: String,
    /// Whether it became the revision.
    chosen: bool,
}

/// Where an article comes from.
#[derive(ToSchema)]
pub(super) struct Provenance {
    /// The newest; without its content.
    revision: Option<Revision>,
    models: BTreeMap<String, Routed>,
    cost_usd: String,
    /// What people did, the newest first.
    decisions: Vec<Event>,
    /// A page of the calls, the newest first.
    data: Vec<Call>,
    next_cursor: Option<String>,
}
