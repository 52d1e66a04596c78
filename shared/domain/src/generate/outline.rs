//! The writer that needs no model: the built-in outline. What it writes is marked as an outline and is held back from
//! publication by a blocker.

use std::time::Duration;

use uuid::Uuid;

use super::{Draft, DraftBrief, GeneratorError, Tokens};
use crate::{
    content::{
        blockers::Finish,
        outline::{self, Brief},
    },
    ledger::Quote,
    money::MicroUsd,
    ports::Writer,
    request::{Audience, Keyword},
    revision::Author,
};

#[derive(Clone, Copy, Debug, Default)]
pub struct OutlineWriter;

impl Writer for OutlineWriter {
    fn identity(&self) -> String {
        "outline/1".to_owned()
    }

    fn time_limit(&self) -> Duration {
        Duration::ZERO
    }

    fn quote(&self, _: &DraftBrief) -> Result<Option<Quote>, GeneratorError> {
        Ok(None)
    }

    async fn draft(&self, brief: &DraftBrief, _: Uuid) -> Result<Draft, GeneratorError> {
        let request = &brief.request;
        let tags: Vec<String> = request.tags.iter().map(str::to_owned).collect();
        let article = outline::outline(&Brief {
            topic: request.topic.as_str(),
            style: request.style.name(),
            tone: request.tone.name(),
            audience: request.target_audience.as_ref().map(Audience::as_str),
            keyword: request.primary_keyword.as_ref().map(Keyword::as_str),
            tags: &tags,
            target_length: request.target_length.words(),
            feedback: brief.feedback.as_deref(),
        });
        Ok(Draft {
            title: article.title,
            markdown: article.markdown,
            finish: Finish::Complete,
            author: Author::Outline,
            tokens: Tokens::default(),
            cost: MicroUsd::ZERO,
            response_sha256: String::new(),
            said: None,
        })
    }
}
