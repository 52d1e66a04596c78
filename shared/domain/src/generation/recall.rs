//! What was asked before within a tenant, and need not be paid for again: searches and photographs for an hour; and, where
//! the tenant's policy allows it, answers at temperature 0 for a day. Nothing here ever crosses tenants, and nothing
//! depends on it.

use jiff::SignedDuration;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    generation::{
        stages,
        worker::{LeasedTask, WebServices, WorkStore, Worker},
    },
    kernel::{clock::Clock, error::chain},
    metrics::{Metric, stats::Tally},
    models::ask::LanguageModel,
    queue::message::Queue,
};

pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is asked again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cached {
    /// Of a model, at temperature 0.
    Answer,
    Search,
    Photograph,
}

impl Cached {
    const fn kind(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Search => "search",
            Self::Photograph => "photograph",
        }
    }
}

/// Names a question by all that its answer depends on.
pub(super) fn key(parts: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(parts)?)))
}

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// An earlier answer, if it is still good. Counts whether there was one.
    pub(super) async fn recall<T: DeserializeOwned>(
        &self,
        leased: &LeasedTask<'_>,
        cached: Cached,
        key: &str,
    ) -> Option<T> {
        let (id, now) = (&leased.start.id, self.clock.now());
        let known = match self.store.recall(&leased.start.tenant, key, now).await {
            Ok(known) => known.and_then(|text| serde_json::from_str(&text).ok()),
            Err(error) => {
                tracing::warn!(task_id = %id, error = chain(&error), "the cache was not read");
                None
            }
        };
        let metric = if known.is_some() { Metric::CacheHits } else { Metric::CacheMisses };
        let tally = Tally::one(metric, &[cached.kind()]);
        tally.record();
        if let Err(error) = self.store.tally(&tally, id.as_str(), now).await {
            tracing::warn!(task_id = %id, error = chain(&error), "a look into the cache was not counted");
        }
        known
    }

    /// Keeps an answer for whoever of the tenant asks the same.
    pub(super) async fn remember(
        &self,
        leased: &LeasedTask<'_>,
        key: &str,
        value: &impl Serialize,
        good_for: SignedDuration,
    ) {
        let Ok(text) = serde_json::to_string(value) else { return };
        // What one item takes; whoever asks again pays again.
        if text.len() > stages::MOST_KEPT {
            return;
        }
        let until = self.clock.now() + good_for;
        if let Err(error) = self.store.remember(&leased.start.tenant, key, &text, until).await {
            tracing::warn!(task_id = %leased.start.id, error = chain(&error), "an answer was not kept for others");
        }
    }
}
