//! What a draft leaves behind: breakers, answers, transcripts.

use std::collections::BTreeMap;

use galley_domain::{
    generation::{
        breaker::{Breaker, BreakerStore},
        services::AnswerStore,
        transcript::{Transcript, TranscriptStore},
    },
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
    },
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::memory::store::MemoryStore;

impl BreakerStore for MemoryStore {
    async fn breaker(&self, provider: &str) -> Result<(Breaker, u64), StoreError> {
        Ok(self.held().breakers.get(provider).cloned().unwrap_or_default())
    }

    async fn breakers(&self, providers: &[&str]) -> Result<BTreeMap<String, Breaker>, StoreError> {
        let held = self.held();
        let known = providers.iter().filter_map(|name| Some(((*name).to_owned(), held.breakers.get(*name)?.0.clone())));
        Ok(known.collect())
    }

    async fn keep_breaker(&self, provider: &str, breaker: &Breaker, over: u64) -> Result<bool, StoreError> {
        let mut held = self.held();
        let present = held.breakers.entry(provider.to_owned()).or_default();
        let as_read = present.1 == over;
        if as_read {
            *present = (breaker.clone(), over + 1);
        }
        Ok(as_read)
    }
}

impl AnswerStore for MemoryStore {
    async fn recall(&self, tenant: &TenantId, key: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
        let kept = self.held().answers.get(&(tenant.clone(), key.to_owned())).cloned();
        Ok(kept.filter(|(_, until)| *until > now).map(|(value, _)| value))
    }

    async fn remember(&self, tenant: &TenantId, key: &str, value: &str, until: Timestamp) -> Result<(), StoreError> {
        self.held().answers.insert((tenant.clone(), key.to_owned()), (value.to_owned(), until));
        Ok(())
    }
}

impl TranscriptStore for MemoryStore {
    async fn keep_transcript(
        &self,
        task: &TaskId,
        call: Uuid,
        transcript: &Transcript,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        self.held().transcripts.insert((task.clone(), call), transcript.clone());
        Ok(())
    }

    async fn transcript(&self, task: &TaskId, call: Uuid) -> Result<Option<Transcript>, StoreError> {
        Ok(self.held().transcripts.get(&(task.clone(), call)).cloned())
    }
}
