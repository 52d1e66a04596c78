//! Polls a task and sends each version that it sees. Versions between two polls are skipped: the client
//! needs the current state.

use std::{future, sync::Arc, task::Poll, time::Duration};

use authorize::AuthorizerRequest;
use galley_domain::{
    access::{
        key_sets::KeySets,
        keys::KeyStore,
        role::Principal,
        sign_in::SessionStore,
        streams::{Holder, StreamSlot, StreamStore},
        tickets::Bearer,
    },
    kernel::{clock::Clock, ids::TenantId},
    secrets::store::Secrets,
    task::{record::Task, state::TaskState, store::TaskStore},
    tenancy::{flags::FlagStore, settings::TenantStore},
};
use galley_edge::{api::TaskView, telemetry::chain};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::streaming::Sender;
use serde_json::json;

use crate::app::{App, known};

/// A stream ends after this time; the client reconnects with `Last-Event-ID`.
pub(crate) const LASTS: SignedDuration = SignedDuration::from_mins(5);
/// Something is sent at least this often, so that no proxy closes an idle connection.
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(15);
/// How often the caller's access is checked again.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// The poll intervals: of a task that a worker has, and of one that waits for a person.
const WORKED_ON: Duration = Duration::from_secs(1);
const WAITING: Duration = Duration::from_secs(3);

/// Who listens, by what they have shown.
pub(crate) enum Who {
    ByCredential { principal: Principal, credential: AuthorizerRequest },
    ByTicket(Bearer),
}

impl Who {
    pub(crate) const fn tenant(&self) -> &TenantId {
        match self {
            Self::ByCredential { principal, .. } => &principal.tenant,
            Self::ByTicket(bearer) => &bearer.tenant,
        }
    }

    pub(crate) fn holder(&self) -> Holder {
        match self {
            Self::ByCredential { principal, .. } => Holder::of(principal),
            Self::ByTicket(bearer) => bearer.holder.clone(),
        }
    }
}

/// The listening client, and the stream slot that it holds.
pub(crate) struct Listener {
    pub(crate) who: Who,
    pub(crate) place: StreamSlot,
}

pub(crate) struct Follow<S, C, X, K> {
    pub(crate) app: Arc<App<S, C, X, K>>,
    pub(crate) listener: Listener,
    pub(crate) known: Option<u64>,
    /// Whether an event was sent.
    pub(crate) greeted: bool,
}

/// When the stream began, when it last sent something, and when access was last checked.
struct Since {
    began: Timestamp,
    spoke: Timestamp,
    allowed: Timestamp,
}

/// The client has disconnected.
struct Gone;

impl<S, C, X, K> Follow<S, C, X, K>
where
    S: TaskStore + KeyStore + TenantStore + SessionStore + StreamStore + FlagStore,
    C: Clock,
    X: Secrets,
    K: KeySets,
{
    pub(crate) async fn run(mut self, task: Task, mut to: Sender) {
        let began = self.app.clock.now();
        let ended = self.tell(task, began, &mut to).await;
        // If this fails, the slot expires by itself.
        if let Err(error) = self.app.store.close_stream(&self.listener.place).await {
            tracing::warn!(error = chain(&error), "a stream's slot was not released");
        }
        let duration_ms = u64::try_from(self.app.clock.now().duration_since(began).as_millis()).unwrap_or(0);
        tracing::info!(duration_ms, left = ended.is_err(), "the stream has ended");
    }

    async fn tell(&mut self, mut task: Task, began: Timestamp, to: &mut Sender) -> Result<(), Gone> {
        let mut since = Since { began, spoke: began, allowed: began };
        loop {
            if self.known != Some(task.version) {
                let event = event(&task);
                self.say(to, &event).await?;
                (self.known, since.spoke) = (Some(task.version), self.app.clock.now());
            }
            if let Some(reason) = self.over(&task, &mut since).await {
                return self.say(to, &end(reason)).await;
            }
            let now = self.app.clock.now();
            if now.duration_since(since.spoke) >= HEARTBEAT {
                send(to, ": still here\n\n").await?;
                since.spoke = now;
            }
            let moves = matches!(task.state, TaskState::Pending | TaskState::Generating | TaskState::Approved);
            self.app.clock.sleep(if moves { WORKED_ON } else { WAITING }).await;
            if is_gone(to).await {
                return Err(Gone);
            }
            match self.app.store.task(&task.id).await {
                Ok(Some(next)) => task = next,
                Ok(None) => return self.say(to, &end("over")).await,
                // The last known state still holds; the next poll may succeed.
                Err(error) => tracing::warn!(error = chain(&error), "the task could not be read"),
            }
        }
    }

    /// Sends an event. The first one says how long a client waits before it reconnects: some take a block without data for an
    /// event.
    async fn say(&mut self, to: &mut Sender, event: &str) -> Result<(), Gone> {
        let greeting = if std::mem::replace(&mut self.greeted, true) { "" } else { "retry: 1000\n" };
        send(to, &format!("{greeting}{event}")).await
    }

    /// Why the stream ends now, if it does.
    async fn over(&self, task: &Task, since: &mut Since) -> Option<&'static str> {
        if is_over(task.state) {
            return Some("over");
        }
        let now = self.app.clock.now();
        if now.duration_since(since.began) >= LASTS {
            return Some("time");
        }
        if now.duration_since(since.allowed) >= ASKED_AGAIN {
            if !self.still_allowed().await {
                return Some("forbidden");
            }
            since.allowed = now;
        }
        None
    }

    /// Whether the credential still identifies the same caller: a key may have been revoked, a session ended, a token have
    /// expired, a role changed. If the check cannot be made, the stream ends; the client reconnects.
    async fn still_allowed(&self) -> bool {
        let (credential, listening) = match &self.listener.who {
            Who::ByCredential { credential, principal } => (credential, principal),
            Who::ByTicket(bearer) => {
                let known = bearer.is_still_known(&self.app.store, self.app.clock.now()).await;
                let served = self.app.authorizer.serves(&bearer.tenant).await;
                return served
                    && known.unwrap_or_else(|error| {
                        tracing::warn!(error = chain(&error), "whoever has shown a ticket could not be looked up");
                        false
                    });
            }
        };
        match Box::pin(self.app.authorizer.handle(credential.clone())).await {
            Ok(answer) => known(answer, self.app.limits).is_some_and(|(principal, _)| principal == *listening),
            Err(_) => false,
        }
    }
}

/// Whether the task changes no more without a person.
pub(crate) const fn is_over(state: TaskState) -> bool {
    matches!(state, TaskState::Published | TaskState::Failed) || state.is_closed()
}

fn event(task: &Task) -> String {
    let data = serde_json::to_string(&TaskView::summary(task)).unwrap_or_default();
    format!("id: {}\nevent: task\ndata: {data}\n\n", task.version)
}

fn end(reason: &str) -> String {
    format!("event: end\ndata: {}\n\n", json!({"reason": reason}))
}

/// Whether the client has disconnected.
async fn is_gone(to: &mut Sender) -> bool {
    future::poll_fn(|context| Poll::Ready(matches!(to.poll_ready(context), Poll::Ready(Err(_))))).await
}

async fn send(to: &mut Sender, text: &str) -> Result<(), Gone> {
    to.send_data(text.to_owned().into()).await.map_err(|_| Gone)
}
