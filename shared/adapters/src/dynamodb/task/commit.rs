//! Sends a transaction, and retries after conflicts with others.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use galley_domain::{kernel::error::StoreError, metrics::stats::Tally, task::store::CommitError};

use crate::dynamodb::{
    errors::unavailable,
    table::Table,
    task::{
        refusal::{Failure, failure},
        transaction::Transaction,
    },
};

/// How often a collision with another transaction is waited out.
const CONFLICT_RETRIES: usize = 6;
/// The first wait; each further one is twice as long.
const CONFLICT_WAIT: Duration = Duration::from_millis(25);

impl Table {
    /// `false`: something was not as it was read.
    pub(crate) async fn write(&self, transaction: Transaction<'_>) -> Result<bool, StoreError> {
        match self.transact(transaction).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale | CommitError::Contended) => Ok(false),
            Err(CommitError::Store(error)) => Err(error),
            Err(error) => Err(unavailable(error)),
        }
    }

    pub(crate) async fn transact(&self, mut transaction: Transaction<'_>) -> Result<(), CommitError> {
        if let Some(act) = &self.act {
            transaction.act(act)?;
        }
        let Transaction { parts, writes, tallies, .. } = transaction;
        // One token for all tries: if an answer was lost, the next try reports success and writes nothing again.
        let token = uuid::Uuid::now_v7().to_string();
        let backoff =
            ExponentialBuilder::default().with_min_delay(CONFLICT_WAIT).with_jitter().with_max_times(CONFLICT_RETRIES);
        let attempt = || async {
            let request = self.client.transact_write_items().set_transact_items(Some(writes.clone()));
            request.client_request_token(&token).send().await.map_err(|error| failure(&parts, error))
        };
        let sent = attempt.retry(backoff).when(|failure| matches!(failure, Failure::Conflict { .. })).await;
        if sent.is_ok() {
            tallies.iter().for_each(Tally::record);
        }
        sent.map(|_| ()).map_err(|failure| match failure {
            Failure::Conflict { on_claim: true } => CommitError::InFlight,
            Failure::Conflict { on_claim: false } => CommitError::Contended,
            Failure::Final(error) => error,
        })
    }
}
