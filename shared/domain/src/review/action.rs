//! What a person may decide, as the request bodies say it. Each field checks itself while it is read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::{
        allowance::{Allowance, Refused},
        limits::RateState,
        role::{Forbidden, Principal},
        route::Route,
    },
    content::{blockers::Blocker, clean::TooMuch, seo::Seo},
    idempotency::claim::{Claim, KeyReused},
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId, TraceId},
        printable,
        rule::{Hidden, RuleBroken, moment},
        url::PublicUrl,
    },
    task::{
        record::Task,
        revision::InvalidManuscript,
        state::{IllegalMove, TaskState},
    },
};

macro_rules! prose {
    ($(#[$doc:meta])* $name:ident, $min:literal ..= $max:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = RuleBroken;
            fn try_from(text: String) -> Result<Self, RuleBroken> {
                let text = text.trim();
                let fits = text.chars().count() <= $max && printable::seen_chars(text) >= $min;
                if fits && printable::is_prose(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(RuleBroken($rule))
                }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    };
}

prose!(
    /// Why a person decided so. After a request for changes it reaches the next draft.
    Feedback,
    10..=1000,
    "must be 10 to 1000 characters, without control or hidden characters"
);
prose!(Reason, 1..=1000, "must be 1 to 1000 characters, without control or hidden characters");

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// `false` rejects.
    pub approved: bool,
    pub human_feedback: Feedback,
    pub reviewer_id: Subject,
    #[serde(default)]
    pub revision: Option<u32>,
    #[serde(default)]
    pub featured_image_url: Option<PublicUrl>,
    #[serde(default, deserialize_with = "moment")]
    pub publish_at: Option<Timestamp>,
    #[serde(default)]
    pub override_blockers: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub human_feedback: Feedback,
    pub reviewer_id: Subject,
    #[serde(default)]
    pub revision: Option<u32>,
}

/// A new draft by a person: exactly one of `html` and `markdown`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub title: String,
    #[serde(default)]
    pub html: Option<String>,
    #[serde(default)]
    pub markdown: Option<String>,
    #[serde(default)]
    pub excerpt: Option<String>,
    #[serde(default)]
    pub seo: Option<Seo>,
}

impl Edit {
    /// The fields that hide something. The title and the excerpt are looked at with the text.
    pub fn hides(&self) -> Vec<Hidden> {
        self.seo.iter().flat_map(Seo::hides).collect()
    }
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// Back to an older revision of a live article.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Republish {
    pub revision: u32,
    pub reviewer_id: Subject,
    pub human_feedback: Feedback,
    #[serde(default)]
    pub override_blockers: bool,
}

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
            Self::Approve(_) | Self::Reject(_) | Self::Cancel(_) | Self::Retry(_) | Self::Unpublish(_) => None,
        }
    }

    /// Whether it takes back, in this state, what an editor has decided. Then the route's role is not enough.
    pub(super) const fn undoes_a_decision(&self, state: TaskState) -> bool {
        matches!((self, state), (Self::Cancel(_), TaskState::Approved))
    }

    /// Who says so, where the body names somebody.
    pub(super) const fn reviewer(&self) -> Option<&Subject> {
        match self {
            Self::Approve(body) => Some(&body.reviewer_id),
            Self::Reject(body) | Self::RequestChanges(body) => Some(&body.reviewer_id),
            Self::Republish(body) => Some(&body.reviewer_id),
            Self::Edit(_) | Self::Cancel(_) | Self::Retry(_) | Self::Unpublish(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Command {
    pub principal: Principal,
    pub task_id: TaskId,
    pub action: Action,
    /// The version the client has seen.
    pub if_match: Option<u64>,
    pub claim: Option<Claim>,
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
    #[error("the task is approved: only an editor may take that back")]
    UndoesADecision,
    #[error("the move is not allowed")]
    IllegalMove(#[from] IllegalMove),
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
