//! Events for whoever asked to be called back: written with the change of state that they tell of, sent signed, tried
//! again for half a day, and every try kept.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::kernel::paging::{Page, PageKey};
use crate::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{TaskId, TenantId, TraceId},
        url::PublicUrl,
    },
    outbox::{
        again::{self, GRACE, after},
        event::{Receiver, Told},
    },
    queue::{
        message::{Kind, Message, Queue},
        tries::{Ended, EndedStore, MOST_TRIES},
    },
    secrets::{
        key::MacKey,
        store::{SecretError, Secrets},
    },
    signing::scheme::Scheme,
    task::{audit::AuditEvent, record::Task},
};
use std::future::Future;

/// What is waited before each further try.
const RETRIES: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
];
/// For so long nobody else tries, while one does. Longer than a try may take.
const UNDER_WAY: SignedDuration = SignedDuration::from_secs(60);
/// What is kept of the tries; redelivery may add to them without end.
const KEPT_TRIES: usize = 50;

/// One event on its way to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The audit event's: the same event has the same id, however often it is sent.
    pub id: Uuid,
    pub task: TaskId,
    pub tenant: TenantId,
    pub url: PublicUrl,
    pub event_type: String,
    /// The bytes to send, the same at every try.
    pub body: String,
    pub state: DeliveryState,
    pub tries: Vec<Try>,
    /// How many tries were begun, those too that never ended: a redelivery begins anew.
    pub counted: usize,
    /// How often it could not be signed, and so was not sent: none of these is a try.
    pub unsigned: usize,
    /// Rises with every write.
    pub version: u64,
    pub created_at: Timestamp,
    /// When it is to be tried; for the sweeper, when to look.
    pub next_at: Option<Timestamp>,
    pub trace_id: TraceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Pending,
    Delivered,
    /// Given up; it can be sent again on request.
    Failed,
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    pub at: Timestamp,
    /// The receiver's answer, if there was one.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<Undelivered>,
    pub latency_ms: u64,
}

/// Why nothing came back. Says nothing of our inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Undelivered {
    #[error("the host's address is not public")]
    AddressNotPublic,
    #[error("the host has no address")]
    Unresolvable,
    #[error("no answer in time")]
    Timeout,
    #[error("no connection")]
    Unreachable,
    #[error("no try came to its end")]
    Interrupted,
    #[error("it could not be signed")]
    Unsigned,
}

/// What a delivery is to come to.
enum Begun {
    /// Under way until `UNDER_WAY` is over.
    Try(Delivery),
    /// All tries were begun, and the last of them never ended.
    GivenUp(Delivery),
}

impl Try {
    fn accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// 410: the receiver wants no more of it.
    fn is_final(&self) -> bool {
        self.status == Some(410)
    }
}

impl Delivery {
    /// The delivery that `event` of `task` makes, if its client asked for one and it is told of.
    pub fn of(task: &Task, event: &AuditEvent) -> Option<Self> {
        let Receiver::Called(url) = Receiver::of(task)? else { return None };
        let Told { event_type, body } = Told::of(task, event)?;
        Some(Self {
            id: event.id,
            task: task.id.clone(),
            tenant: task.tenant.clone(),
            url,
            event_type,
            body,
            state: DeliveryState::Pending,
            tries: Vec::new(),
            counted: 0,
            unsigned: 0,
            version: 1,
            created_at: event.at,
            next_at: Some(event.at),
            trace_id: event.trace_id.clone(),
        })
    }

    /// When the sweeper looks: later than whoever is expected to act.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next_at.map(|at| at + GRACE)
    }

    /// The id that the receiver sees.
    pub fn webhook_id(&self) -> String {
        event_id(self.id)
    }

    pub fn message(&self) -> Message {
        Message::new(Kind::Deliver, self.tenant.clone(), format!("{}#{}", self.task, self.id), self.trace_id.clone())
    }

    /// The try is counted before it is made: one whose maker dies counts like any other. `None` when it is not to be tried now.
    fn begun(&self, now: Timestamp) -> Option<Begun> {
        if self.state != DeliveryState::Pending || self.next_at.is_none_or(|at| at > now) {
            return None;
        }
        let next = Self { version: self.version + 1, ..self.clone() };
        if self.counted <= RETRIES.len() {
            return Some(Begun::Try(Self { next_at: Some(now + UNDER_WAY), counted: self.counted + 1, ..next }));
        }
        let mut next = Self { state: DeliveryState::Failed, next_at: None, ..next };
        next.log(Try { at: now, status: None, error: Some(Undelivered::Interrupted), latency_ms: 0 });
        Some(Begun::GivenUp(next))
    }

    /// There was no secret to sign it with, or none that may be read; and how long to wait for one. That uses none of the receiver's tries, for a secret
    /// may be a moment late; but it ends, as everything does.
    fn unsigned(&self, now: Timestamp) -> (Self, Option<Duration>) {
        let unsigned = self.unsigned + 1;
        let mut next = Self { unsigned, version: self.version + 1, ..self.clone() };
        if unsigned >= usize::try_from(MOST_TRIES).unwrap_or(usize::MAX) {
            (next.state, next.next_at) = (DeliveryState::Failed, None);
            next.log(Try { at: now, status: None, error: Some(Undelivered::Unsigned), latency_ms: 0 });
            return (next, None);
        }
        let wait = RETRIES.get(self.unsigned).or(RETRIES.last()).copied().unwrap_or_default();
        next.next_at = Some(after(now, wait));
        (next, Some(wait))
    }

    /// When it was given up without an answer of the receiver's: then it is listed, and kept as long as the list.
    pub fn given_up_at(&self) -> Option<Timestamp> {
        let last = self.tries.last().filter(|_| self.state == DeliveryState::Failed)?;
        matches!(last.error, Some(Undelivered::Interrupted | Undelivered::Unsigned)).then_some(last.at)
    }

    fn log(&mut self, tried: Try) {
        self.tries.push(tried);
        let surplus = self.tries.len().saturating_sub(KEPT_TRIES);
        self.tries.drain(..surplus);
    }

    /// After a try; and how long to wait for the next one.
    fn tried(mut self, tried: Try, now: Timestamp) -> (Self, Option<Duration>) {
        let wait = self
            .counted
            .checked_sub(1)
            .and_then(|nth| RETRIES.get(nth))
            .copied()
            .filter(|_| !tried.accepted() && !tried.is_final());
        self.state = match (tried.accepted(), wait) {
            (true, _) => DeliveryState::Delivered,
            (false, Some(_)) => DeliveryState::Pending,
            (false, None) => DeliveryState::Failed,
        };
        self.next_at = wait.map(|wait| after(now, wait));
        self.version += 1;
        self.log(tried);
        (self, wait)
    }

    /// Sent again on request; one that is still to be tried stays as it is.
    pub(super) fn again(&self, now: Timestamp) -> Option<Self> {
        let ended = self.state != DeliveryState::Pending;
        ended.then(|| Self {
            state: DeliveryState::Pending,
            counted: 0,
            unsigned: 0,
            next_at: Some(now),
            version: self.version + 1,
            ..self.clone()
        })
    }
}

/// The id of an event, as it is told.
pub fn event_id(id: Uuid) -> String {
    format!("evt_{}", id.simple())
}

/// The keys that a tenant's events are signed with, the newest first: one for each version in force of the one secret
/// behind them all, so that no tenant's key is kept anywhere.
///
/// # Errors
/// When the secret cannot be read.
pub async fn signing_keys(
    secrets: &impl Secrets,
    secret_id: &str,
    tenant: &TenantId,
) -> Result<Vec<SecretString>, SecretError> {
    let versions = MacKey::active(secrets, secret_id).await?;
    let key = |version: &MacKey| {
        let mut mac = Hmac::<Sha256>::new_from_slice(version.bytes()).ok()?;
        mac.update(b"callback/");
        mac.update(tenant.as_str().as_bytes());
        Some(Scheme::Standard.secret_of(mac.finalize().into_bytes().into()))
    };
    Ok(versions.iter().filter_map(key).collect())
}

#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the signing secret could not be read")]
    Secret(#[from] SecretError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Delivered,
    Failed,
    RetryIn(Duration),
    /// A duplicate, or nothing that is known.
    NothingToDo,
}

/// Sends what is to be sent.
#[derive(Clone, Debug)]
pub struct Deliverer<S, Q, X, C, P> {
    pub store: S,
    pub queue: Q,
    pub secrets: X,
    pub secret_id: String,
    pub clock: C,
    pub sender: P,
}

impl<S: DeliveryStore + EndedStore, Q: Queue, X: Secrets, C: Clock, P: CallbackSender> Deliverer<S, Q, X, C, P> {
    /// Makes one try at the delivery that `message` names.
    ///
    /// # Errors
    /// See `DeliverError`; the message may be delivered again.
    pub async fn deliver(&self, message: &Message) -> Result<DeliveryOutcome, DeliverError> {
        let Some((task, id)) = parse_message_id(&message.id) else { return Ok(DeliveryOutcome::NothingToDo) };
        let found = self.store.delivery(&task, id).await?;
        let Some(found) = found.filter(|found| found.tenant == message.tenant) else {
            return Ok(DeliveryOutcome::NothingToDo);
        };
        let begun = match found.begun(self.clock.now()) {
            None => return Ok(DeliveryOutcome::NothingToDo),
            Some(Begun::Try(begun)) => begun,
            Some(Begun::GivenUp(over)) => return self.give_up(&over, found.version).await,
        };
        let keys = match signing_keys(&self.secrets, &self.secret_id, &begun.tenant).await {
            Ok(keys) => keys,
            // What is away for a while comes back by itself; these two may never.
            Err(error @ (SecretError::Missing | SecretError::Refused(_))) => {
                return self.wait_for_secret(&found, &error).await;
            }
            Err(error) => return Err(error.into()),
        };
        // Whoever writes this first makes the try; a duplicate finds another version.
        if !self.store.keep_delivery(&begun, found.version).await? {
            return Ok(DeliveryOutcome::NothingToDo);
        }
        let tried = self.send(&begun, &keys).await;
        let version = begun.version;
        let (done, wait) = begun.tried(tried, self.clock.now());
        if !self.store.keep_delivery(&done, version).await? {
            tracing::warn!(delivery = %id, "a try took longer than it may, another has begun");
            return Ok(DeliveryOutcome::NothingToDo);
        }
        again::send_after(&self.queue, &done.message(), wait).await;
        Ok(match (done.state, wait) {
            (_, Some(wait)) => DeliveryOutcome::RetryIn(wait),
            (DeliveryState::Delivered, None) => DeliveryOutcome::Delivered,
            (_, None) => DeliveryOutcome::Failed,
        })
    }

    async fn wait_for_secret(&self, found: &Delivery, why: &SecretError) -> Result<DeliveryOutcome, DeliverError> {
        tracing::error!(delivery = %found.id, secret = self.secret_id, error = chain(why), "an event cannot be signed");
        let (next, wait) = found.unsigned(self.clock.now());
        let Some(wait) = wait else { return self.give_up(&next, found.version).await };
        if !self.store.keep_delivery(&next, found.version).await? {
            return Ok(DeliveryOutcome::NothingToDo);
        }
        again::send_after(&self.queue, &next.message(), Some(wait)).await;
        Ok(DeliveryOutcome::RetryIn(wait))
    }

    /// Listed first: what is given up is never unlisted.
    async fn give_up(&self, delivery: &Delivery, over: u64) -> Result<DeliveryOutcome, DeliverError> {
        let tries = u32::try_from(delivery.counted.max(delivery.unsigned)).unwrap_or(u32::MAX);
        let ended = Ended::of(&delivery.message(), tries, self.clock.now());
        self.store.keep_ended(&ended).await?;
        if self.store.keep_delivery(delivery, over).await? {
            tracing::error!(delivery = %delivery.id, tenant = %delivery.tenant, tries, "given up");
            return Ok(DeliveryOutcome::Failed);
        }
        // It was written meanwhile: perhaps by a duplicate that gave up too, perhaps by this write, whose answer was lost.
        let found = self.store.delivery(&delivery.task, delivery.id).await?;
        if found.is_none_or(|found| found.state != DeliveryState::Failed) {
            self.store.forget_ended(&ended.id).await?;
        }
        Ok(DeliveryOutcome::NothingToDo)
    }

    async fn send(&self, delivery: &Delivery, keys: &[SecretString]) -> Try {
        let at = self.clock.now();
        let headers = Scheme::sign_standard(keys, &delivery.webhook_id(), at, delivery.body.as_bytes());
        let sent = self.sender.post(&delivery.url, &headers, &delivery.body).await;
        let latency_ms = u64::try_from(self.clock.now().duration_since(at).as_millis()).unwrap_or(0);
        match sent {
            Ok(status) => Try { at, status: Some(status), error: None, latency_ms },
            Err(error) => Try { at, status: None, error: Some(error), latency_ms },
        }
    }
}

pub(super) fn parse_message_id(id: &str) -> Option<(TaskId, Uuid)> {
    let (task, delivery) = id.split_once('#')?;
    Some((TaskId::new(task).ok()?, delivery.parse().ok()?))
}

/// Events on their way out. They are written with the change that they tell of.
pub trait DeliveryStore: Send + Sync {
    fn delivery(&self, task: &TaskId, id: Uuid) -> impl Future<Output = Result<Option<Delivery>, StoreError>> + Send;

    /// A page of a task's deliveries, newest first.
    fn deliveries(
        &self,
        task: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Delivery>, StoreError>> + Send;

    /// Keeps a delivery over the version that was read. `false`: somebody else did.
    fn keep_delivery(&self, delivery: &Delivery, over: u64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// As `keep_delivery`, with the claim of the request that asks for it.
    fn redeliver(
        &self,
        delivery: &Delivery,
        over: u64,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<bool, ClaimError>> + Send;
}

/// Carries what we send to hosts that clients name.
pub trait CallbackSender: Send + Sync {
    /// Posts JSON to a public host and gives its status. Follows nothing, waits a bounded time.
    fn post(
        &self,
        url: &PublicUrl,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> impl Future<Output = Result<u16, Undelivered>> + Send;
}
