//! Which writer there is, is known only at the start: a model where one is configured, the outline where none is.

use std::time::Duration;

use super::{Draft, DraftBrief, GeneratorError, outline::OutlineWriter};
use crate::ports::Writer;

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

    async fn draft(&self, brief: &DraftBrief) -> Result<Draft, GeneratorError> {
        match self {
            Self::Model(writer) => writer.draft(brief).await,
            Self::Outline(writer) => writer.draft(brief).await,
        }
    }
}
