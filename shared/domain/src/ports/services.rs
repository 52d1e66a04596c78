//! What is not the table: queues, secrets, models, other hosts, the clock.

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use super::BoxError;
use crate::{
    audit::Actor,
    content::references::Reference,
    deliver::Undelivered,
    generate::recipe::Search,
    ids::{Generation, TraceId},
    message::{Lane, Message},
    models::{Ask, Availability, ProviderError, Reply},
    money::MicroUsd,
    pace::Pace,
    request::PublicUrl,
    revision::Image,
    task::Context,
};

/// Carries what we send to hosts that clients name.
pub trait Courier: Send + Sync {
    /// Posts JSON to a public host and gives its status. Follows nothing, waits a bounded time.
    fn post(
        &self,
        url: &PublicUrl,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> impl Future<Output = Result<u16, Undelivered>> + Send;
}

/// The source of secrets: random bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// # Errors
    /// When the system gives none; then no secret may be made.
    fn secret(&self) -> Result<[u8; 32], BoxError>;
}

#[derive(Debug, thiserror::Error)]
#[error("the queue did not take the message")]
pub struct QueueError(#[source] pub BoxError);

pub trait Queue: Send + Sync {
    fn send(&self, message: &Message) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends a message that is to be seen after `delay`, at most fifteen minutes.
    fn send_after(&self, message: &Message, delay: Duration) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends many with few requests; an answer for each, in order.
    fn send_all(&self, messages: &[Message]) -> impl Future<Output = Vec<Result<(), QueueError>>> + Send;
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret does not exist")]
    Missing,
    #[error("the secret could not be read")]
    Unavailable(#[source] BoxError),
}

pub trait Secrets: Send + Sync {
    /// Every version of a secret that is in force, the newest first.
    fn active(&self, id: &str) -> impl Future<Output = Result<Vec<SecretString>, SecretError>> + Send;

    /// As `active`, but not from a cache older than what the caller has just seen fail.
    fn refreshed(&self, id: &str) -> impl Future<Output = Result<Vec<SecretString>, SecretError>> + Send;

    /// As `active`, of a secret whose `generation` is in force, or a newer one whose holder is not told of it yet. What is older
    /// is none: a store that is behind is `Unavailable`.
    fn of_generation(
        &self,
        id: &str,
        generation: &Generation,
    ) -> impl Future<Output = Result<Vec<SecretString>, SecretError>> + Send;
}

/// Where secrets are put.
pub trait Vault: Send + Sync {
    /// Puts the version of `generation`, made if need be; the one before stays in force until the next.
    fn rotate(
        &self,
        id: &str,
        secret: &SecretString,
        generation: &Generation,
    ) -> impl Future<Output = Result<(), SecretError>> + Send;

    /// As `rotate`, where no other version stays in force.
    fn replace(
        &self,
        id: &str,
        secret: &SecretString,
        generation: &Generation,
    ) -> impl Future<Output = Result<(), SecretError>> + Send;

    /// Removes a secret for good; one that is not there is removed already.
    fn discard(&self, id: &str) -> impl Future<Output = Result<(), SecretError>> + Send;
}

/// Where issuers of tokens publish their keys (RFC 7517).
pub trait KeySets: Send + Sync {
    /// The document at `url`, as text.
    fn key_set(&self, url: &str) -> impl Future<Output = Result<String, BoxError>> + Send;
}

/// The language models of all providers that are configured.
pub trait LanguageModel: Send + Sync {
    /// Whether any provider could be asked. Asks none.
    fn is_configured(&self) -> impl Future<Output = bool> + Send;

    /// Which providers are there, as far as that was found out within the last minutes. Empty: none is configured.
    fn survey(&self) -> impl Future<Output = Vec<Availability>> + Send;

    /// Asks once. Retries nothing: what was sent and then timed out may have been paid for, so the caller decides.
    fn ask(&self, ask: &Ask) -> impl Future<Output = Result<Reply, ProviderError>> + Send;
}

/// What a search found, and what the provider took for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub references: Vec<Reference>,
    pub cost: MicroUsd,
}

/// Finds what has been published on a topic.
pub trait Researcher: Send + Sync {
    /// What one search costs at most. `None`: nothing can be searched.
    fn price(&self) -> impl Future<Output = Option<MicroUsd>> + Send;

    fn search(&self, search: Search, query: &str) -> impl Future<Output = Result<Found, ProviderError>> + Send;
}

/// Finds photographs that may be used.
pub trait Photographs: Send + Sync {
    /// Whether there is somebody to ask. Asks nobody.
    fn can_be_asked(&self) -> impl Future<Output = bool> + Send;

    /// One that fits, landscape, with its licence. `None`: none fits.
    fn find(&self, query: &str) -> impl Future<Output = Result<Option<Image>, ProviderError>> + Send;
}

/// What is at the end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    Alive,
    /// The page, or the whole host, is not there.
    Dead,
    /// Nobody can say now.
    Unknown,
}

/// Follows links.
pub trait LinkChecker: Send + Sync {
    /// Looks at a public host; follows nothing, waits a bounded time.
    fn follow(&self, url: &str) -> impl Future<Output = LinkState> + Send;
}

/// Time and randomness.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    fn random(&self) -> [u8; 10];

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// How soon a silent worker's task is another's, and all that follows from it.
    fn pace(&self) -> Pace {
        Pace::default()
    }

    fn uuid(&self) -> Uuid {
        crate::ids::uuid_v7(self.now(), self.random())
    }

    fn trace_id(&self) -> TraceId {
        TraceId::from_uuid(self.uuid())
    }

    /// The circumstances of a move that `actor` makes now.
    fn context(&self, actor: Actor, trace_id: &TraceId) -> Context {
        let trace_id = trace_id.clone();
        Context { actor, at: self.now(), event_id: self.uuid(), trace_id, pace: self.pace() }
    }
}

/// The queue that a batch came from, for what a record needs beyond being done or failed.
pub trait RecordQueue: Send + Sync {
    /// Sends what can never succeed to the dead-letter queue, with the reason beside it.
    fn bury(&self, body: &str, reason: &str) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Has a record delivered again after `delay` rather than after the whole visibility.
    fn delay(&self, receipt_handle: &str, delay: Duration) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// One message of a dead-letter queue, received but not yet removed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub body: String,
    /// What removes it.
    pub handle: String,
}

/// The dead-letter queues, for whoever sends their messages back.
pub trait DeadLetters: Send + Sync {
    /// Up to ten letters, hidden from others for a while.
    fn receive(&self, lane: Lane) -> impl Future<Output = Result<Vec<DeadLetter>, QueueError>> + Send;

    fn remove(&self, lane: Lane, letter: &DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Shows a letter again that is to stay.
    fn leave(&self, lane: Lane, letter: &DeadLetter) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A version that is about to get calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub function: String,
    pub version: String,
}

/// What a hook of a deployment asks and says.
pub trait Deployments: Send + Sync {
    /// Which version a deployment is about.
    fn target(&self, deployment: &str) -> impl Future<Output = Result<Target, BoxError>> + Send;

    /// What a version answers to an event, as it stands.
    fn invoke(
        &self,
        target: &Target,
        event: &serde_json::Value,
    ) -> impl Future<Output = Result<String, BoxError>> + Send;

    /// Whether the deployment may go on.
    fn tell(&self, deployment: &str, hook: &str, may: bool) -> impl Future<Output = Result<(), BoxError>> + Send;
}
