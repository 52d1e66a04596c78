//! Which writer there is, is known only at the start: a model where one is configured, the outline where none is.

use std::time::Duration;

use uuid::Uuid;

use super::{Draft, DraftBrief, GeneratorError, outline::OutlineWriter};
use crate::{ledger::Quote, ports::Writer};

#[derive(Clone, Debug)]
pub enum EitherWriter<M> {
    Model(M),
    Outline(OutlineWriter),
}

impl<M: Writer> Writer for EitherWriter<M> {
    fn identity(&self) -> String {
        match self {
            Self::Model(writer) => writer.identity(),
            Self::Outline(writer) => writer.identity(),
        }
    }

    fn time_limit(&self) -> Duration {
        match self {
            Self::Model(writer) => writer.time_limit(),
            Self::Outline(writer) => writer.time_limit(),
        }
    }

    fn quote(&self, brief: &DraftBrief) -> Result<Option<Quote>, GeneratorError> {
        match self {
            Self::Model(writer) => writer.quote(brief),
            Self::Outline(writer) => writer.quote(brief),
        }
    }

    async fn draft(&self, brief: &DraftBrief, call: Uuid) -> Result<Draft, GeneratorError> {
        match self {
            Self::Model(writer) => writer.draft(brief, call).await,
            Self::Outline(writer) => writer.draft(brief, call).await,
        }
    }
}
