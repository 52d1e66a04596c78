//! A placement: one task's article on one target. It says what is wanted there, which changes of the task write, and what is known
//! of the copy there, which the worker writes. The worker brings the second to the first.
//! Invariant: the id of a copy is kept before the copy is made public, so that a copy that readers see is always known.

use std::{future::Future, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    content::slug::Slug,
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{Generation, TargetName, TaskId, TenantId, TraceId},
    },
    outbox::{
        again::{GRACE, after},
        port::RemoteId,
        trouble::{Effect, Trouble, Why},
    },
    queue::message::{Kind, Message},
    task::{
        audit::AuditEvent,
        record::{Approval, Task},
        request::PublishTo,
        state::{Article, Event},
    },
};

/// What is waited before each further try.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(12),
];
/// For so long nobody else tries, while one does. Longer than a function may run, and so long that what a dead try has sent has
/// taken effect, or never will, before anybody looks.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// What is waited at least after a call of which nobody knows what it did: so that the next look sees it.
const SETTLES: Duration = Duration::from_secs(30);
/// The longest that a target may ask to be left alone.
const LONGEST_REST: Duration = Duration::from_hours(24);
/// How often a target's wish for fewer requests is met before it counts as a try.
const PATIENCE: u32 = 50;
/// When what waits for a paused target is looked at again.
const HELD: SignedDuration = SignedDuration::from_mins(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub task: TaskId,
    pub tenant: TenantId,
    pub target: TargetName,
    pub wanted: Wanted,
    pub state: PlacementState,
    pub remote: Option<Remote>,
    pub hand_edits: HandEdits,
    /// Tries in all.
    pub attempts: u32,
    /// Tries since something else is wanted, or somebody asked for it again.
    pub counted: u32,
    /// How often the target asked for fewer requests since.
    pub rested: u32,
    pub last_error: Option<Why>,
    pub lease_until: Option<Timestamp>,
    /// When it is to be tried; for the sweeper, when to look.
    pub next_at: Option<Timestamp>,
    /// Rises with every write.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub trace_id: TraceId,
}

/// What is to stand on the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "article", rename_all = "snake_case")]
pub enum Wanted {
    Live {
        revision: u32,
        /// Of the revision, as it was approved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
        slug: Slug,
        published_at: Timestamp,
    },
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlacementState {
    /// It is to be tried.
    Pending,
    /// The target is paused; it waits for it.
    Held,
    /// What is wanted stands there.
    Placed,
    /// It is not there any more, or not for readers.
    Gone,
    /// Somebody changed the copy there; somebody has to say whose text it shall have.
    Conflict,
    /// Somebody said that it stays as it was changed there.
    Kept,
    /// Given up; it can be tried again on request.
    Failed,
}

/// What is known of the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// The site that it is on.
    pub site: Generation,
    pub id: RemoteId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub stage: Stage,
    /// As the target kept what we wrote last.
    pub fingerprint: String,
    /// Whether the target keeps texts as they are sent.
    #[serde(default)]
    pub fidelity: Fidelity,
    /// Of what is being written, while nobody knows the end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writing: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A draft of ours that was never public.
    Draft,
    Public,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    Same,
    #[default]
    Changed,
}

/// What becomes of what somebody changed on the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandEdits {
    /// It is a conflict.
    #[default]
    Respected,
    /// Somebody said that it may be overwritten, once.
    Overwritten,
}

/// What somebody wants to be done about a placement that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The copy gets the article's text, whatever was changed there.
    Overwrite,
    /// The copy stays as it was changed there.
    Keep,
}

impl Wanted {
    /// What an `event` of `task` wants of the targets, if anything.
    pub fn of(task: &Task, event: &AuditEvent) -> Option<Self> {
        let is = |known: Event| event.event == known.name();
        if is(Event::Unpublished { article: Article::Live }) {
            return Some(Self::Gone);
        }
        if !is(Event::Published) && !is(Event::Republished) {
            return None;
        }
        let live = task.live.as_ref()?;
        let approved = |approval: &&Approval| approval.revision == live.revision;
        let hash = task.approval.as_ref().filter(approved).map(|approval| approval.content_hash.clone());
        let (slug, published_at) = (live.slug.clone(), live.published_at);
        Some(Self::Live { revision: live.revision, hash, slug, published_at })
    }
}

/// What a try is to come to.
#[derive(Debug)]
pub(super) enum Begun {
    Try(Placement),
    /// Somebody else is at it.
    Busy(Duration),
    /// All tries were begun, and the last of them never ended.
    GivenUp(Placement),
    Nothing,
}

impl Placement {
    /// What a change that wants `wanted` leaves where nothing is known yet. The stores do the same over what is there.
    pub fn new(task: &Task, target: &TargetName, wanted: Wanted, at: Timestamp, trace_id: &TraceId) -> Self {
        Self {
            task: task.id.clone(),
            tenant: task.tenant.clone(),
            target: target.clone(),
            wanted,
            state: PlacementState::Pending,
            remote: None,
            hand_edits: HandEdits::Respected,
            attempts: 0,
            counted: 0,
            rested: 0,
            last_error: None,
            lease_until: None,
            next_at: Some(at),
            version: 1,
            created_at: at,
            updated_at: at,
            trace_id: trace_id.clone(),
        }
    }

    /// As a change of the task leaves it: something else is wanted, and what is known of the copy stays.
    #[must_use]
    pub fn wanting(self, wanted: Wanted, at: Timestamp, trace_id: &TraceId) -> Self {
        Self {
            wanted,
            state: PlacementState::Pending,
            hand_edits: HandEdits::Respected,
            counted: 0,
            rested: 0,
            next_at: Some(at),
            version: self.version + 1,
            updated_at: at,
            trace_id: trace_id.clone(),
            ..self
        }
    }

    /// All that a change of `task` with `events` writes, as if nothing were known yet.
    pub fn of(task: &Task, events: &[AuditEvent]) -> Vec<Self> {
        let wanting = |event| Wanted::of(task, event).map(|wanted| (event, wanted));
        let Some((event, wanted)) = events.iter().rev().find_map(wanting) else { return Vec::new() };
        let targets = task.request.publish_to.iter().flat_map(PublishTo::iter);
        targets.map(|target| Self::new(task, target, wanted.clone(), event.at, &event.trace_id)).collect()
    }

    /// When the sweeper looks: later than whoever is expected to act.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next_at.map(|at| at + GRACE)
    }

    pub fn message(&self) -> Message {
        Message::new(Kind::Place, self.tenant.clone(), format!("{}#{}", self.task, self.target), self.trace_id.clone())
    }

    fn written(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// The try is counted before it is made: one whose maker dies counts like any other.
    pub(super) fn begun(&self, now: Timestamp) -> Begun {
        let open = matches!(self.state, PlacementState::Pending | PlacementState::Held);
        if !open || self.next_at.is_none_or(|at| at > now) {
            return Begun::Nothing;
        }
        if let Some(until) = self.lease_until.filter(|until| *until > now) {
            return Begun::Busy(until.duration_since(now).unsigned_abs());
        }
        let next = self.written(now);
        if usize::try_from(self.counted).unwrap_or(usize::MAX) > RETRIES.len() {
            return Begun::GivenUp(next.resting(PlacementState::Failed, Some(Why::Interrupted)));
        }
        let until = now + LEASE;
        Begun::Try(Self {
            state: PlacementState::Pending,
            attempts: self.attempts + 1,
            counted: self.counted + 1,
            lease_until: Some(until),
            next_at: Some(until),
            ..next
        })
    }

    /// It waits until its target goes on. That uses none of its tries.
    pub(super) fn held(&self, now: Timestamp) -> Self {
        Self { state: PlacementState::Held, lease_until: None, next_at: Some(now + HELD), ..self.written(now) }
    }

    pub(super) fn resting(self, state: PlacementState, last_error: Option<Why>) -> Self {
        Self { state, last_error, lease_until: None, next_at: None, ..self }
    }

    /// To be tried at once: something else is wanted since its try began.
    pub(super) fn freed(&self, now: Timestamp) -> Self {
        Self { state: PlacementState::Pending, lease_until: None, next_at: Some(now), ..self.written(now) }
    }

    /// After a try that came to its end.
    pub(super) fn reached(&self, state: PlacementState, why: Option<Why>, now: Timestamp) -> Self {
        let next = self.written(now).resting(state, why);
        Self { hand_edits: HandEdits::Respected, ..next }
    }

    /// After a try that met with trouble; and how long to wait for the next.
    pub(super) fn troubled(&self, trouble: Trouble, now: Timestamp) -> (Self, Option<Duration>) {
        let next = self.written(now);
        if trouble.effect == Effect::Never {
            return (next.resting(PlacementState::Failed, Some(trouble.why)), None);
        }
        let rests = trouble.why == Why::RateLimited && self.rested < PATIENCE;
        let (counted, rested) =
            if rests { (self.counted.saturating_sub(1), self.rested + 1) } else { (self.counted, self.rested) };
        let nth = usize::try_from(self.counted).unwrap_or(usize::MAX).checked_sub(1);
        let Some(usual) = nth.and_then(|nth| RETRIES.get(nth)).copied().or(rests.then_some(LONGEST_REST)) else {
            return (next.resting(PlacementState::Failed, Some(trouble.why)), None);
        };
        let least = if trouble.effect == Effect::Unknown { SETTLES } else { Duration::ZERO };
        let asked = trouble.after.unwrap_or_default().min(LONGEST_REST);
        let wait = usual.max(least).max(asked);
        let next_at = Some(after(now, wait));
        let next = Self { counted, rested, last_error: Some(trouble.why), lease_until: None, next_at, ..next };
        (next, Some(wait))
    }

    /// Tried again on request. `None`: it is under way, or the resolution is for a conflict and there is none.
    pub fn again(&self, resolution: Option<Resolution>, now: Timestamp) -> Option<Self> {
        let tried = |hand_edits| Self {
            state: PlacementState::Pending,
            hand_edits,
            counted: 0,
            rested: 0,
            next_at: Some(now),
            ..self.written(now)
        };
        match (self.state, resolution) {
            (PlacementState::Conflict, Some(Resolution::Keep)) => {
                Some(self.written(now).resting(PlacementState::Kept, self.last_error))
            }
            (PlacementState::Conflict | PlacementState::Kept, Some(Resolution::Overwrite)) => {
                Some(tried(HandEdits::Overwritten))
            }
            (PlacementState::Failed | PlacementState::Held | PlacementState::Conflict, None) => {
                Some(tried(HandEdits::Respected))
            }
            _ => None,
        }
    }
}

/// The task and the target that a message names.
pub(super) fn parse_message_id(id: &str) -> Option<(TaskId, TargetName)> {
    let (task, target) = id.split_once('#')?;
    Some((TaskId::new(task).ok()?, TargetName::new(target).ok()?))
}

/// Placements. Changes of tasks write them with the task (`TaskStore::commit`).
pub trait PlacementStore: Send + Sync {
    fn placement(
        &self,
        task: &TaskId,
        target: &TargetName,
    ) -> impl Future<Output = Result<Option<Placement>, StoreError>> + Send;

    /// All of a task's, by target.
    fn placements(&self, task: &TaskId) -> impl Future<Output = Result<Vec<Placement>, StoreError>> + Send;

    /// Keeps a placement over the version that was read. `false`: it has changed.
    fn keep_placement(&self, placement: &Placement, over: u64)
    -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// As `keep_placement`, with the claim of the request that asks for it.
    fn replace_placement(
        &self,
        placement: &Placement,
        over: u64,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<bool, ClaimError>> + Send;
}
