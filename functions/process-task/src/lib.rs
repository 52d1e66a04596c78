//! Handles queue messages: runs a use case for each; the record is then done, delayed or sent to the dead-letter queue.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use galley_domain::{
    access::{acts::ActStore, keys::KeyStore, limits::LimitStore, people::PersonStore},
    generation::worker::{WebServices, WorkOutcome, WorkStore, Worker},
    intent::store::IntentStore,
    kernel::{clock::Clock, error::StoreError, ids::TaskId},
    models::ask::LanguageModel,
    operations::ended,
    outbox::{
        deliver::{CallbackSender, Deliverer, DeliveryStore},
        place::Placer,
        placement::PlacementStore,
        port::PublishingTarget,
        target::TargetStore,
    },
    plans::fire::Firing,
    privacy::{jobs::PrivacyStore, worker::PrivacyWorker},
    publishing::publish,
    queue::{
        message::{Kind, Message, Queue, RecordQueue},
        tries::{self, Begin, EndedStore},
    },
    schedule::store::ScheduleStore,
    secrets::store::Secrets,
    tenancy::history::HistoryStore,
    webhooks::{process::Processor, receive::ReceiptStore, source::SourceStore},
};
use galley_edge::{
    sqs::{self, Handled},
    telemetry::chain,
};
use jiff::Timestamp;

/// What this function runs on.
pub trait Deps {
    type Store: WorkStore
        + LimitStore
        + ReceiptStore
        + DeliveryStore
        + PlacementStore
        + TargetStore
        + EndedStore
        + HistoryStore
        + PrivacyStore
        + KeyStore
        + ActStore
        + PersonStore
        + SourceStore
        + ScheduleStore
        + IntentStore;
    type Queue: Queue;
    type Clock: Clock;
    type Models: LanguageModel;
    type Web: WebServices;
    type Records: RecordQueue;
    type Secrets: Secrets;
    type Sender: CallbackSender;
    type Target: PublishingTarget;
}

#[derive(Debug)]
#[expect(clippy::type_complexity, reason = "each use case names the parts that it needs")]
pub struct App<D: Deps> {
    pub worker: Worker<D::Store, D::Queue, D::Clock, D::Models, D::Web>,
    pub processor: Processor<D::Store, D::Queue, D::Clock>,
    pub deliverer: Deliverer<D::Store, D::Queue, D::Secrets, D::Clock, D::Sender>,
    pub placer: Placer<D::Store, D::Queue, D::Secrets, D::Clock, D::Target>,
    pub privacy: PrivacyWorker<D::Store, D::Queue, D::Clock>,
    pub firing: Firing<D::Store, D::Queue, D::Clock>,
    /// The queue that the batches come from.
    pub records: D::Records,
}

impl<D: Deps> App<D> {
    /// Handles one batch, all records under the same deadline.
    pub async fn handle(&self, event: SqsEvent, request_id: &str, deadline: Timestamp) -> SqsBatchResponse {
        sqs::batch(event, request_id, &self.records, &self.worker.clock, |message| self.one(message, deadline)).await
    }

    async fn one(&self, message: Message, deadline: Timestamp) -> Handled {
        if self.is_held(&message).await {
            return Handled::Done;
        }
        match tries::begin(&self.worker.store, &message).await {
            Ok(Begin::Work) => {}
            Ok(Begin::GiveUp { tries }) => return self.give_up(&message, tries).await,
            Ok(Begin::NothingToDo) => return Handled::Done,
            Err(error) => return retry(&message, &error),
        }
        let handled = match message.kind {
            Kind::Generate => self.generate(&message, deadline).await,
            Kind::Publish => self.publish(&message).await,
            Kind::Webhook => self.webhook(&message).await,
            Kind::Deliver => self.deliver(&message).await,
            Kind::Place => self.place(&message, deadline).await,
            Kind::Job => self.job(&message, deadline).await,
            Kind::Schedule => self.schedule(&message).await,
        };
        if matches!(handled, Handled::Retry { .. }) {
            tries::failed(&self.worker.store, &message).await;
        }
        handled
    }

    /// Whether its tenant is suspended: then it stays due, and the first sweep after that sends for it. It is no try. A generation says
    /// so on its task.
    async fn is_held(&self, message: &Message) -> bool {
        let waits = message.kind != Kind::Generate
            && Box::pin(self.worker.unless_held(message.kind, &message.tenant)).await.is_none();
        if waits {
            tracing::info!(id = %message.id, tenant = %message.tenant, "the tenant is suspended");
        }
        waits
    }

    async fn give_up(&self, message: &Message, tries: u32) -> Handled {
        let Worker { store, queue, clock, .. } = &self.worker;
        match ended::give_up(store, queue, clock, message, tries).await {
            Ok(()) => Handled::Done,
            Err(error) => retry(message, &error),
        }
    }

    async fn generate(&self, message: &Message, deadline: Timestamp) -> Handled {
        let Ok(id) = TaskId::new(message.id.clone()) else { return not_an_id(message) };
        match Box::pin(self.worker.generate(&message.tenant, &id, &message.trace_id, deadline)).await {
            Ok(WorkOutcome::RetryIn(after)) => Handled::Retry { after: Some(after) },
            Ok(outcome) => {
                report(&id, message, outcome);
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }

    async fn publish(&self, message: &Message) -> Handled {
        let Ok(id) = TaskId::new(message.id.clone()) else { return not_an_id(message) };
        let (store, clock) = (&self.worker.store, &self.worker.clock);
        match publish::publish_due(store, &self.worker.queue, clock, &message.tenant, &id, &message.trace_id).await {
            Ok(outcome) => {
                tracing::info!(task_id = %id, trace_id = %message.trace_id, ?outcome, "publish");
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }

    async fn webhook(&self, message: &Message) -> Handled {
        match self.processor.process(message).await {
            Ok(outcome) => {
                tracing::info!(id = %message.id, trace_id = %message.trace_id, ?outcome, "webhook");
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }

    async fn job(&self, message: &Message, deadline: Timestamp) -> Handled {
        match self.privacy.work(message, deadline).await {
            Ok(outcome) => {
                tracing::info!(id = %message.id, trace_id = %message.trace_id, ?outcome, "job");
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }

    async fn schedule(&self, message: &Message) -> Handled {
        // Boxed: the future is large, and most batches have none of it.
        match Box::pin(self.firing.fire(message)).await {
            Ok(outcome) => {
                tracing::info!(id = %message.id, tenant = %message.tenant, trace_id = %message.trace_id, ?outcome, "schedule");
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }

    async fn place(&self, message: &Message, deadline: Timestamp) -> Handled {
        // Boxed: the future is large, and most batches have none of it.
        match Box::pin(self.placer.place(message, deadline)).await {
            Ok(outcome) => {
                tracing::info!(id = %message.id, trace_id = %message.trace_id, ?outcome, "place");
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }

    async fn deliver(&self, message: &Message) -> Handled {
        match self.deliverer.deliver(message).await {
            Ok(outcome) => {
                tracing::info!(id = %message.id, trace_id = %message.trace_id, ?outcome, "deliver");
                Handled::Done
            }
            Err(error) => retry(message, &error),
        }
    }
}

fn report(id: &TaskId, message: &Message, outcome: WorkOutcome) {
    let (tenant, trace_id) = (&message.tenant, &message.trace_id);
    match outcome {
        WorkOutcome::NothingToDo(why) => tracing::warn!(task_id = %id, %tenant, %trace_id, why, "nothing to do"),
        WorkOutcome::LostLease => tracing::warn!(task_id = %id, %tenant, %trace_id, "the lease was lost"),
        outcome => tracing::info!(task_id = %id, %tenant, %trace_id, ?outcome, "generate"),
    }
}

/// Retries a failure that may pass; a write that the table refuses for good is not retried.
fn retry(message: &Message, error: &(dyn std::error::Error + 'static)) -> Handled {
    if StoreError::is_final(error) {
        tracing::error!(id = %message.id, trace_id = %message.trace_id, error = chain(error), "the message cannot be worked on");
        return Handled::Never { reason: "the table refuses what it leads to".to_owned() };
    }
    tracing::error!(id = %message.id, trace_id = %message.trace_id, error = chain(error), "the message will be retried");
    Handled::Retry { after: None }
}

fn not_an_id(message: &Message) -> Handled {
    Handled::Never { reason: format!("{} is not a task id", message.id) }
}
