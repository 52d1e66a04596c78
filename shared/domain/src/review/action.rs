//! What a person may decide, and what may come of it.

pub use galley_api::review::{Approve, Assign, Edit, Feedback, Note, Reason, Republish, Review, Schedule};

use crate::{
    access::{
        allowance::{Allowance, Refused},
        limits::RateState,
        role::{Forbidden, Principal},
        route::Route,
    },
    agents::cast::CastError,
    content::{blockers::Blocker, clean::TooMuch},
    idempotency::claim::{Claim, KeyReused},
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId, TraceId},
    },
    task::{
        record::Task,
        revision::InvalidManuscript,
        state::{IllegalMove, TaskState},
    },
    tenancy::settings::Policy,
};

#[derive(Clone, Debug)]
pub enum Action {
    Approve(Approve),
    Reject(Review),
    RequestChanges(Review),
    Edit(Edit),
    Cancel(Note),
    Retry(Note),
    Unpublish(Note),
    Republish(Republish),
    Schedule(Schedule),
}

impl Action {
    /// The route whose role this action needs, whichever way it came.
    pub const fn route(&self) -> Route {
        match self {
            Self::Approve(_) => Route::Approve,
            Self::Reject(_) => Route::Reject,
            Self::RequestChanges(_) => Route::RequestChanges,
            Self::Edit(_) => Route::EditDraft,
            Self::Cancel(_) => Route::Cancel,
            Self::Retry(_) => Route::Retry,
            Self::Unpublish(_) => Route::Unpublish,
            Self::Republish(_) => Route::Publish,
            Self::Schedule(_) => Route::Schedule,
        }
    }

    /// The revision that it is about, where that is not simply the newest. Beside a live article the newest may be one that
    /// was rejected or cancelled: what begins there begins from what is live.
    pub fn revision(&self, task: &Task) -> Option<u32> {
        match self {
            Self::Republish(body) => Some(body.revision),
            Self::RequestChanges(body) => {
                task.shown_revision().filter(|live| body.revision.is_none_or(|named| named == *live))
            }
            Self::Edit(_) => task.shown_revision(),
            Self::Approve(_)
            | Self::Reject(_)
            | Self::Cancel(_)
            | Self::Retry(_)
            | Self::Unpublish(_)
            | Self::Schedule(_) => None,
        }
    }

    /// Whether it makes a text live, or lets it become so.
    pub(super) const fn publishes(&self) -> bool {
        match self {
            Self::Approve(body) => body.approved,
            Self::Republish(_) => true,
            _ => false,
        }
    }

    /// Whether it takes back, in this state, what an editor has decided. Then the route's role is not enough.
    pub(super) const fn undoes_a_decision(&self, state: TaskState) -> bool {
        matches!((self, state), (Self::Cancel(_), TaskState::Approved))
    }

    /// Who says so, where the body names somebody.
    pub(super) const fn reviewer(&self) -> Option<&Subject> {
        match self {
            Self::Approve(body) => body.reviewer_id.as_ref(),
            Self::Reject(body) | Self::RequestChanges(body) => body.reviewer_id.as_ref(),
            Self::Republish(body) => body.reviewer_id.as_ref(),
            Self::Edit(_) | Self::Cancel(_) | Self::Retry(_) | Self::Unpublish(_) | Self::Schedule(_) => None,
        }
    }
}

/// The versions that the client has seen, of which the task's must be one. None may be: then the client has seen something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(pub Vec<u64>);

/// Who may approve a text, beside the role that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approver {
    Anyone,
    /// Four eyes: somebody else than whoever wrote it.
    NotTheWriter,
}

impl Approver {
    #[must_use]
    pub const fn of(policy: &Policy) -> Self {
        if policy.four_eyes { Self::NotTheWriter } else { Self::Anyone }
    }

    /// Whether four eyes are wanted, as the authorizer says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anyone => "off",
            Self::NotTheWriter => "on",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Anyone, Self::NotTheWriter].into_iter().find(|approver| approver.name() == name)
    }

    /// Whether one of these may not approve what `writer` wrote.
    pub(super) fn refuses(self, writer: Option<&Subject>, approving: &[&Subject]) -> bool {
        self == Self::NotTheWriter && writer.is_some_and(|writer| approving.contains(&writer))
    }
}

#[derive(Clone, Debug)]
pub struct Command {
    pub principal: Principal,
    pub task_id: TaskId,
    pub action: Action,
    /// `None`: whichever version it is.
    pub if_match: Option<Seen>,
    pub claim: Option<Claim>,
    pub approver: Approver,
    /// What it is counted in. What begins a generation takes a place of the day, as a creation does.
    pub allowance: Allowance,
    pub trace_id: TraceId,
}

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("too many requests in this minute")]
    RateLimited(RateState),
    #[error("the day's quota is used up")]
    QuotaExhausted { resets_in_s: u64 },
    #[error("the task does not exist")]
    NotFound,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("reviewer_id must be the caller's own subject, unless the caller is an admin")]
    NotTheReviewer,
    #[error("only an admin may override blockers")]
    OverrideNeedsAdmin,
    /// The tenant's setting.
    #[error("four_eyes: whoever wrote a revision may not approve it; somebody else has to")]
    OwnText,
    #[error("the task is approved: only an editor may take that back")]
    UndoesADecision,
    #[error("the move is not allowed")]
    IllegalMove(#[from] IllegalMove),
    /// Nobody would do the work that is asked for, and the text that is there would be given up for it.
    #[error(transparent)]
    AgentGone(CastError),
    /// Somebody else was faster.
    #[error("the task has changed meanwhile and is now {0}")]
    Conflict(TaskState),
    /// `If-Match` names another version.
    #[error("the task's version is {0}")]
    VersionMismatch(u64),
    #[error("the task has more than one revision: name one, or send If-Match")]
    RevisionUnnamed,
    #[error("the newest revision is {newest}")]
    RevisionOutdated { newest: u32 },
    #[error("the task has no revision {0}")]
    NoSuchRevision(u32),
    #[error("the draft may not be published as it is")]
    Blocked(Vec<Blocker>),
    #[error("the stored text needed cleaning; revision {revision} is to be decided on")]
    RevisionCleaned { revision: u32 },
    /// The stored text passes a bound of what is read.
    #[error("the stored text {0}: edit the draft")]
    Unreadable(TooMuch),
    #[error(transparent)]
    InvalidManuscript(#[from] InvalidManuscript),
    #[error("{}", InvalidManuscript::Empty)]
    Empty { field: &'static str },
    #[error("{field} {bound}")]
    TooMuch { field: &'static str, bound: TooMuch },
    #[error("exactly one of html and markdown is required")]
    AmbiguousContent,
    #[error("publish_at must lie in the future, at most a year ahead")]
    InvalidPublishAt,
    #[error("no free slug was found")]
    NoSlug,
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    #[error("a request with this idempotency key is still running")]
    InFlight,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for DecideError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::RateLimited(rate) => Self::RateLimited(rate),
            Refused::QuotaExhausted { resets_in_s } => Self::QuotaExhausted { resets_in_s },
            Refused::Store(error) => Self::Store(error),
        }
    }
}
