//! What a recorded webhook does: fill a task that waits for content, fail it, or create one. Its receipt ends in the
//! same write as its effect, so a second delivery of the message finds nothing to do.

use crate::{
    access::limits::{DayQuota, LimitStore},
    access::people::PersonStore,
    agents::store::AgentStore,
    content::{blockers::Finish, quality::Score, references},
    idempotency::receipt::{Receipt, ReceiptOutcome, parse_message_id},
    intake::create::{Command, CreateError, Created, Creator},
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{Subject, TaskId},
        printable,
    },
    outbox::announce,
    publishing::near::NearStore,
    queue::message::{Message, Queue},
    task::{
        audit::{Actor, Context},
        record::{Failure, Task},
        request::TaskRequest,
        revision::{Author, Manuscript, Revision, Work},
        store::{Change, CommitError, TaskStore},
    },
    tenancy::settings::{TaskDefaults, TenantStore},
    webhooks::{
        body::{Body, Content, Delivery, Incomplete, NO_REASON},
        receive::ReceiptStore,
    },
};

/// How often a task that changed under our hands is read again.
const TRIES: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookOutcome {
    Done(ReceiptOutcome),
    /// Processed before, or not known at all.
    NothingToDo,
}

#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("the task kept changing")]
    Contended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What processing needs: all that creating needs, for a webhook may create.
#[derive(Clone, Debug)]
pub struct Processor<S, Q, C> {
    pub creator: Creator<S, Q, C>,
    /// Of a tenant that has no other.
    pub quota: DayQuota,
}

impl<S, Q: Queue, C: Clock> Processor<S, Q, C>
where
    S: TaskStore + LimitStore + NearStore + ReceiptStore + TenantStore + AgentStore + PersonStore,
{
    /// Processes the receipt that `message` names.
    ///
    /// # Errors
    /// See `ProcessError`; the message may be delivered again.
    pub async fn process(&self, message: &Message) -> Result<WebhookOutcome, ProcessError> {
        let Some((key, id)) = parse_message_id(&message.id) else { return Ok(WebhookOutcome::NothingToDo) };
        let Some(receipt) = self.creator.store.receipt(&key, &id).await? else {
            return Ok(WebhookOutcome::NothingToDo);
        };
        if receipt.outcome != ReceiptOutcome::Received || receipt.tenant != message.tenant {
            return Ok(WebhookOutcome::NothingToDo);
        }
        match delivery(&receipt) {
            Err(refused) => self.finish(&receipt, ReceiptOutcome::Refused { reason: refused.to_string() }).await,
            Ok(Delivery::Unknown) => self.ignore(&receipt, "unknown event_type").await,
            Ok(Delivery::Requested { request }) => self.create(&receipt, *request).await,
            Ok(Delivery::Generated { task_id, content }) => {
                let bar = self.creator.store.settings(&receipt.tenant).await?.policy.quality_bar;
                self.change(&receipt, &task_id, |task, context| received(task, &content, &receipt, bar, context)).await
            }
            Ok(Delivery::Failed { task_id, message }) => {
                self.change(&receipt, &task_id, |task, context| failed(task, &message, context)).await
            }
        }
    }

    /// Applies `effect` to the task, if it is the source's tenant's and waits for content.
    async fn change(
        &self,
        receipt: &Receipt,
        id: &TaskId,
        effect: impl Fn(&Task, &Context) -> Result<Change, ReceiptOutcome>,
    ) -> Result<WebhookOutcome, ProcessError> {
        let store = &self.creator.store;
        for _ in 0..TRIES {
            let task = store.load(id).await?.map(|(task, _)| task).filter(|task| task.tenant == receipt.tenant);
            let Some(task) = task else { return self.ignore(receipt, "no such task").await };
            let mut change = match effect(&task, &self.context(receipt)) {
                Ok(change) => change,
                Err(outcome) => return self.finish(receipt, outcome).await,
            };
            let outcome = ReceiptOutcome::Processed { task_id: id.clone() };
            change.receipt = Some(receipt.done(outcome.clone()));
            let (next, events) = (change.task.clone(), change.events.clone());
            match store.commit(change).await {
                Ok(()) => {
                    announce::announce(&self.creator.queue, &next, &events).await;
                    return Ok(WebhookOutcome::Done(outcome));
                }
                Err(CommitError::AlreadyProcessed) => return Ok(WebhookOutcome::NothingToDo),
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(ProcessError::Contended)
    }

    async fn create(&self, receipt: &Receipt, request: TaskRequest) -> Result<WebhookOutcome, ProcessError> {
        let subject = Subject::of_source(&receipt.source);
        let settings = self.creator.store.settings(&receipt.tenant).await?;
        let command = Command {
            quota: settings.limits.quota(self.quota),
            defaults: TaskDefaults::of(settings),
            may_repeat: false,
            tenant: receipt.tenant.clone(),
            requested_by: subject.clone(),
            actor: Actor::Webhook { subject },
            request,
            claim: None,
            receipt: Some(receipt.clone()),
            ran: None,
            trace_id: receipt.trace_id.clone(),
        };
        let refused = match self.creator.create_unclaimed(command).await {
            Ok(Created::New(task)) => {
                return Ok(WebhookOutcome::Done(ReceiptOutcome::Processed { task_id: task.id }));
            }
            Ok(Created::Replay(_)) | Err(CreateError::AlreadyProcessed) => return Ok(WebhookOutcome::NothingToDo),
            Err(CreateError::Store(error)) => return Err(error.into()),
            Err(CreateError::InFlight) => return Err(ProcessError::Contended),
            Err(error) => error,
        };
        self.finish(receipt, ReceiptOutcome::Refused { reason: refused.to_string() }).await
    }

    async fn ignore(&self, receipt: &Receipt, reason: &str) -> Result<WebhookOutcome, ProcessError> {
        self.finish(receipt, ReceiptOutcome::ignored(reason)).await
    }

    async fn finish(&self, receipt: &Receipt, outcome: ReceiptOutcome) -> Result<WebhookOutcome, ProcessError> {
        match self.creator.store.finish(receipt.done(outcome.clone())).await {
            Ok(()) => Ok(WebhookOutcome::Done(outcome)),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => Ok(WebhookOutcome::NothingToDo),
        }
    }

    fn context(&self, receipt: &Receipt) -> Context {
        let actor = Actor::Webhook { subject: Subject::of_source(&receipt.source) };
        Context::now(&self.creator.clock, actor, &receipt.trace_id)
    }
}

/// The front has checked the body already; an older version of it may have checked less.
fn delivery(receipt: &Receipt) -> Result<Delivery, Incomplete> {
    let payload = receipt.payload.as_deref().unwrap_or_default();
    Body::kept(payload)?.delivery()
}

fn ignored(reason: impl Into<String>) -> ReceiptOutcome {
    ReceiptOutcome::Ignored { reason: reason.into() }
}

/// Received content is cleaned and assessed like any draft.
fn received(
    task: &Task,
    sent: &Content,
    receipt: &Receipt,
    bar: Score,
    context: &Context,
) -> Result<Change, ReceiptOutcome> {
    let read = sent.clean().map_err(|error| ReceiptOutcome::Refused { reason: error.to_string() })?;
    let dead_references = references::foreign(&read.html, &task.tenant);
    let manuscript = Manuscript {
        title: sent.title.clone(),
        html: read.html,
        excerpt: sent.excerpt.clone(),
        seo: None,
        featured_image: None,
        finish: Finish::Complete,
        author: Author::External { subject: Subject::of_source(&receipt.source) },
        work: Work { markdown: sent.markdown.clone(), cleaned: read.removed, dead_references, ..Work::default() },
    };
    let revision = Revision::assessed(task.revision + 1, manuscript, &task.request, bar, context.at)
        .map_err(|error| ReceiptOutcome::Refused { reason: Incomplete::from(error).to_string() })?;
    let (mut next, event) =
        task.content_received(&revision, context).map_err(|illegal| ignored(illegal.to_string()))?;
    next.quality_bar = Some(bar);
    let mut change = Change::new(task.stamp(), next, vec![event]);
    change.revision = Some(revision);
    Ok(change)
}

/// What the provider says of it, as it may be shown.
fn reason(message: &str) -> String {
    let said = printable::stripped(&message.chars().take(500).collect::<String>());
    if printable::shows(&said) { said } else { NO_REASON.to_owned() }
}

/// The provider gave up. Its failure, not Galley's: the quota keeps its count.
fn failed(task: &Task, message: &str, context: &Context) -> Result<Change, ReceiptOutcome> {
    if !task.awaits_content() {
        return Err(ignored("the task does not wait for content"));
    }
    let failure = Failure {
        code: "external_failed".to_owned(),
        message: reason(message),
        stage: task.progress.stage.clone(),
        attempt: task.attempt,
    };
    let (next, event) = task.gave_up(failure, context).map_err(|illegal| ignored(illegal.to_string()))?;
    Ok(Change::new(task.stamp(), next, vec![event]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_without_a_word_to_be_seen_is_told_as_one() {
        for nothing in ["", " ", "\0", "\u{200b}\u{202e}", "\u{200d}\u{fe0f}"] {
            assert_eq!(reason(nothing), NO_REASON, "{nothing:?}");
        }
        assert_eq!(reason("no\u{202e} ink"), "no ink");
    }
}
