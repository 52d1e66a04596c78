//! SQS batches. Each record succeeds or fails on its own: one bad message never takes its neighbours with it.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{FutureExt, future};
use galley_domain::{
    kernel::{clock::Clock, ids::TaskId},
    metrics::{self, Metric},
    queue::message::{Kind, Message, RecordQueue},
};
use jiff::Timestamp;
use tracing::Instrument;

use crate::telemetry::{self, chain};

/// The outcome of handling one message.
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

/// Handles all records concurrently and reports which failed. Redelivered records run one after the other: if one
/// of them crashes the process, the remaining ones have not been started.
pub async fn batch<F, R>(
    event: SqsEvent,
    request_id: &str,
    queue: &impl RecordQueue,
    clock: &impl Clock,
    handle: F,
) -> SqsBatchResponse
where
    F: Fn(Message) -> R,
    R: Future<Output = Handled>,
{
    let (again, fresh): (Vec<SqsMessage>, Vec<SqsMessage>) = event.records.into_iter().partition(is_suspect);
    let handle = &handle;
    let fresh = fresh.into_iter().map(|record| one(record, request_id, queue, clock, handle));
    let again = async {
        let mut failures = Vec::new();
        for record in again {
            failures.extend(one(record, request_id, queue, clock, handle).await);
        }
        failures
    };
    let (fresh, again) = future::join(future::join_all(fresh), again).await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = fresh.into_iter().flatten().chain(again).collect();
    telemetry::finished().await;
    response
}

/// Whether an earlier try may have crashed its process. Generations are exempt: they have a lease and count attempts.
fn is_suspect(record: &SqsMessage) -> bool {
    let is_generation = || {
        let message = Message::decode(record.body.as_deref().unwrap_or_default());
        message.is_ok_and(|message| message.kind == Kind::Generate)
    };
    receives(record) > 1 && !is_generation()
}

/// Handles one record; `Some` when it is to be delivered again.
async fn one<F, R>(
    record: SqsMessage,
    request_id: &str,
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
    let message = Message::decode(body);
    // A malformed message has no trace id.
    let trace = message.as_ref().map_or_else(|_| clock.trace_id(), |message| message.trace_id.clone());
    let span = telemetry::invocation(request_id, &trace);
    let kind = match &message {
        Ok(message) => {
            span.record("tenant", message.tenant.as_str());
            let is_task = matches!(message.kind, Kind::Generate | Kind::Publish);
            if let Some(id) = is_task.then(|| TaskId::new(message.id.clone()).ok()).flatten() {
                span.record("task_id", id.as_str());
            }
            message.kind.name()
        }
        Err(_) => "unknown",
    };
    let began = clock.now();
    let waited = age(&record, began);
    metrics::record(Metric::QueueAge, waited.as_secs_f64(), &[kind]);
    async {
        let handled = match message {
            Ok(message) => AssertUnwindSafe(handle(message)).catch_unwind().await.unwrap_or_else(|_| {
                tracing::error!(message_id = %id, "the handler panicked");
                Handled::Retry { after: None }
            }),
            Err(error) => Handled::Never { reason: chain(&error) },
        };
        let left = settle(handled, &record, body, queue, clock).await;
        let duration_ms = u64::try_from(clock.now().duration_since(began).as_millis()).unwrap_or(0);
        let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(kind, message_id = %id, receives = receives(&record), waited_ms, duration_ms, left, "handled");
        if left {
            metrics::count(Metric::Retries, &[kind]);
        }
        left
    }
    .instrument(span)
    .await
    .then(|| failed(id.clone()))
}

/// Completes a record according to its outcome. Returns whether it is to be delivered again.
async fn settle(
    handled: Handled,
    record: &SqsMessage,
    body: &str,
    queue: &impl RecordQueue,
    clock: &impl Clock,
) -> bool {
    match handled {
        Handled::Done => false,
        Handled::Retry { after } => {
            let delay = after.unwrap_or_else(|| clock.timings().retry(receives(record), clock.random()));
            if let Err(error) = queue.delay(record.receipt_handle.as_deref().unwrap_or_default(), delay).await {
                tracing::warn!(error = chain(&error), "the record waits out its whole visibility");
            }
            true
        }
        Handled::Never { reason } => {
            tracing::warn!(reason, "the message can never succeed");
            match queue.bury(body, &reason).await {
                Ok(()) => false,
                Err(error) => {
                    tracing::error!(error = chain(&error), "the dead-letter queue did not take it");
                    true
                }
            }
        }
    }
}

/// How long the record has been under way.
fn age(record: &SqsMessage, now: Timestamp) -> Duration {
    let sent = record.attributes.get("SentTimestamp").and_then(|ms| Timestamp::from_millisecond(ms.parse().ok()?).ok());
    sent.and_then(|sent| Duration::try_from(now.duration_since(sent)).ok()).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use galley_domain::kernel::ids::TenantId;
    use galley_testkit::{build::trace, clock::TestClock, fakes::MemoryQueue};

    use super::*;

    fn record(kind: Kind, nth: usize, receives: u32) -> SqsMessage {
        let message = Message::new(kind, TenantId::new("acme").unwrap(), format!("m{nth}"), trace());
        let mut record = SqsMessage::default();
        record.message_id = Some(nth.to_string());
        record.body = Some(serde_json::to_string(&message).unwrap());
        record.attributes = HashMap::from([("ApproximateReceiveCount".to_owned(), receives.to_string())]);
        record
    }

    /// How many of a batch were under way at once.
    async fn most_at_once(records: Vec<SqsMessage>) -> usize {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut event = SqsEvent::default();
        event.records = records;
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        batch(event, "r", &MemoryQueue::default(), &clock, |_| async {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Handled::Done
        })
        .await;
        most.into_inner()
    }

    #[tokio::test]
    async fn what_may_take_the_process_down_takes_no_neighbour_with_it() {
        let of = |kind, receives| (0..5).map(|nth| record(kind, nth, receives)).collect::<Vec<_>>();
        assert_eq!(most_at_once(of(Kind::Webhook, 2)).await, 1, "each may be the one that the others died with");
        assert_eq!(most_at_once(of(Kind::Webhook, 1)).await, 5);
        assert_eq!(most_at_once(of(Kind::Generate, 2)).await, 5, "these have leases");
    }
}
