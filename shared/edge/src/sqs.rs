//! SQS batches. Each record succeeds or fails on its own: one bad message never takes its neighbours with it.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{FutureExt, future};
use galley_domain::{
    message::Message,
    ports::{Clock, RecordQueue},
};

/// What a handler made of one message.
#[derive(Debug)]
pub enum Handled {
    Done,
    /// May succeed later: after so long, or by the number of its deliveries.
    Retry {
        after: Option<Duration>,
    },
    /// Never can: it belongs in the dead-letter queue.
    Never {
        reason: String,
    },
}

/// Handles all records side by side and says which of them failed.
pub async fn batch<F, R>(event: SqsEvent, queue: &impl RecordQueue, clock: &impl Clock, handle: F) -> SqsBatchResponse
where
    F: Fn(Message) -> R,
    R: Future<Output = Handled>,
{
    let records = event.records.into_iter().map(|record| one(record, queue, clock, &handle));
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = future::join_all(records).await.into_iter().flatten().collect();
    response
}

/// Handles one record; `Some` when it is to be delivered again.
async fn one<F, R>(
    record: SqsMessage,
    queue: &impl RecordQueue,
    clock: &impl Clock,
    handle: &F,
) -> Option<BatchItemFailure>
where
    F: Fn(Message) -> R,
    R: Future<Output = Handled>,
{
    let id = record.message_id.clone().unwrap_or_default();
    let body = record.body.as_deref().unwrap_or_default();
    let handled = match Message::decode(body) {
        Ok(message) => AssertUnwindSafe(handle(message)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(message.id = %id, "the handler panicked");
            Handled::Retry { after: None }
        }),
        Err(error) => Handled::Never { reason: crate::telemetry::chain(&error) },
    };
    match handled {
        Handled::Done => None,
        Handled::Retry { after } => {
            let delay = after.unwrap_or_else(|| clock.pace().retry(receives(&record), clock.random()));
            if let Err(error) = queue.delay(record.receipt_handle.as_deref().unwrap_or_default(), delay).await {
                tracing::warn!(message.id = %id, error = crate::telemetry::chain(&error), "the record waits out its whole visibility");
            }
            Some(failed(id))
        }
        Handled::Never { reason } => {
            tracing::warn!(message.id = %id, reason, "the message can never succeed");
            match queue.bury(body, &reason).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::error!(message.id = %id, error = crate::telemetry::chain(&error), "the dead-letter queue did not take it");
                    Some(failed(id))
                }
            }
        }
    }
}

fn failed(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

/// How often the record has come already, this time included.
fn receives(record: &SqsMessage) -> u32 {
    record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}
