//! Transcripts of calls, for tenants that keep them.

use galley_domain::{
    generation::transcript::{Transcript, TranscriptStore},
    kernel::{error::StoreError, ids::TaskId},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::dynamodb::{
    errors::unwritten,
    items::{self, ttl},
    keys,
    table::Table,
};

const KEPT_DAYS: i64 = 30;

impl TranscriptStore for Table {
    async fn keep_transcript(
        &self,
        task: &TaskId,
        call: Uuid,
        transcript: &Transcript,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = items::item_at(keys::transcript(task, call), "transcript", transcript)?;
        item.insert("ttl".into(), ttl(at, KEPT_DAYS));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unwritten)
    }

    async fn transcript(&self, task: &TaskId, call: Uuid) -> Result<Option<Transcript>, StoreError> {
        let found = self.get(keys::transcript(task, call)).await?;
        found.map(|item| items::from_item("transcript", item)).transpose()
    }
}
