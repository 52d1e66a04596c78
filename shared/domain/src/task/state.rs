//! The task's states and the moves between them. Does no I/O and reads no clock.
//! Invariant: a closed task never reopens.

use serde::{Deserialize, Serialize};

pub use galley_api::task::Generator;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    Pending,
    Generating,
    AwaitingApproval,
    Approved,
    Published,
    Rejected,
    Cancelled,
    Archived,
    Failed,
}

/// What happened to a task. Guards are inputs: whoever asks has looked at the lease, the attempts and the generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    Claimed { lease: Lease, generator: Generator },
    HandedOver,
    Drafted,
    ContentReceived { generator: Generator },
    AutoApproved,
    AttemptFailed { attempts: Attempts },
    GaveUp { article: Article },
    Approved,
    Rejected { article: Article },
    ChangesRequested,
    Edited,
    Cancelled { article: Article },
    Published,
    PublicationFailed,
    Republished,
    Unpublished { article: Article },
    Retried,
    Rescheduled,
}

/// Whether the task has an article that the public reads. What ends the work on another text leaves that article alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Article {
    None,
    Live,
}

/// Whether a worker may still be at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lease {
    Free,
    Held,
}

/// Whether another attempt is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attempts {
    Left,
    Exhausted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {from} cannot be {}", told(.event))]
pub struct IllegalMove {
    pub from: TaskState,
    pub event: &'static str,
}

fn told(event: &str) -> String {
    if event == "changes_requested" { "sent back for changes".to_owned() } else { event.replace('_', " ") }
}

impl TaskState {
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Generating,
        Self::AwaitingApproval,
        Self::Approved,
        Self::Published,
        Self::Rejected,
        Self::Cancelled,
        Self::Archived,
        Self::Failed,
    ];

    /// Those that somebody or something has still to do with. What is published is done, and there is no end of it.
    pub const OPEN: [Self; 5] = [Self::Pending, Self::Generating, Self::AwaitingApproval, Self::Approved, Self::Failed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Generating => "generating",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Archived => "archived",
            Self::Failed => "failed",
        }
    }

    /// Closed for good: nothing leads out.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled | Self::Archived)
    }

    /// Where `event` leads from here.
    ///
    /// # Errors
    /// `IllegalMove` for every pair that the design does not name.
    pub const fn next(self, event: Event) -> Result<Self, IllegalMove> {
        use TaskState as S;
        let to = match (self, event) {
            (S::Pending, Event::Claimed { generator: Generator::Internal, .. })
            | (
                S::Generating,
                Event::Claimed { lease: Lease::Free, generator: Generator::Internal } | Event::HandedOver,
            ) => S::Generating,

            (S::Generating, Event::Drafted)
            | (S::Pending, Event::ContentReceived { generator: Generator::External })
            | (S::Approved, Event::PublicationFailed)
            | (S::AwaitingApproval | S::Published, Event::Edited) => S::AwaitingApproval,

            (S::Generating, Event::AutoApproved)
            | (S::AwaitingApproval, Event::Approved)
            | (S::Approved, Event::Rescheduled) => S::Approved,

            (S::Generating, Event::AttemptFailed { attempts: Attempts::Left })
            | (S::AwaitingApproval | S::Published, Event::ChangesRequested)
            | (S::Failed, Event::Retried) => S::Pending,

            (S::Pending | S::Generating, Event::GaveUp { article: Article::None }) => S::Failed,
            (S::AwaitingApproval, Event::Rejected { article: Article::None }) => S::Rejected,
            (
                S::Pending | S::Generating | S::AwaitingApproval | S::Approved,
                Event::Cancelled { article: Article::None },
            ) => S::Cancelled,

            // The text that would have replaced the live article is given up; the article is not.
            (S::Pending | S::Generating, Event::GaveUp { article: Article::Live })
            | (S::AwaitingApproval, Event::Rejected { article: Article::Live })
            | (
                S::Pending | S::Generating | S::AwaitingApproval | S::Approved,
                Event::Cancelled { article: Article::Live },
            )
            | (S::Approved, Event::Published)
            | (S::Published, Event::Republished) => S::Published,

            // A live article can be taken down at once, whatever is done to its next text meanwhile.
            (S::Published, Event::Unpublished { .. })
            | (
                S::Pending | S::Generating | S::AwaitingApproval | S::Approved | S::Failed,
                Event::Unpublished { article: Article::Live },
            ) => S::Archived,

            _ => return Err(IllegalMove { from: self, event: event.name() }),
        };
        Ok(to)
    }
}

impl std::fmt::Display for TaskState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Event {
    /// The name under which the audit keeps it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claimed { .. } => "claimed",
            Self::HandedOver => "handed_over",
            Self::Drafted => "drafted",
            Self::ContentReceived { .. } => "content_received",
            Self::AutoApproved => "auto_approved",
            Self::AttemptFailed { .. } => "attempt_failed",
            Self::GaveUp { .. } => "gave_up",
            Self::Approved => "approved",
            Self::Rejected { .. } => "rejected",
            Self::ChangesRequested => "changes_requested",
            Self::Edited => "edited",
            Self::Cancelled { .. } => "cancelled",
            Self::Published => "published",
            Self::PublicationFailed => "publication_failed",
            Self::Republished => "republished",
            Self::Unpublished { .. } => "unpublished",
            Self::Retried => "retried",
            Self::Rescheduled => "rescheduled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 27] = [
        Event::Claimed { lease: Lease::Free, generator: Generator::Internal },
        Event::Claimed { lease: Lease::Held, generator: Generator::Internal },
        Event::Claimed { lease: Lease::Free, generator: Generator::External },
        Event::Claimed { lease: Lease::Held, generator: Generator::External },
        Event::HandedOver,
        Event::Drafted,
        Event::ContentReceived { generator: Generator::Internal },
        Event::ContentReceived { generator: Generator::External },
        Event::AutoApproved,
        Event::AttemptFailed { attempts: Attempts::Left },
        Event::AttemptFailed { attempts: Attempts::Exhausted },
        Event::GaveUp { article: Article::None },
        Event::GaveUp { article: Article::Live },
        Event::Approved,
        Event::Rejected { article: Article::None },
        Event::Rejected { article: Article::Live },
        Event::ChangesRequested,
        Event::Edited,
        Event::Cancelled { article: Article::None },
        Event::Cancelled { article: Article::Live },
        Event::Published,
        Event::PublicationFailed,
        Event::Republished,
        Event::Unpublished { article: Article::None },
        Event::Unpublished { article: Article::Live },
        Event::Retried,
        Event::Rescheduled,
    ];

    /// The design's table, written a second time and in another form: by state, the legal events and where they lead.
    const LEGAL: &[(TaskState, &[(Event, TaskState)])] = &[
        (
            TaskState::Pending,
            &[
                (Event::Claimed { lease: Lease::Free, generator: Generator::Internal }, TaskState::Generating),
                (Event::Claimed { lease: Lease::Held, generator: Generator::Internal }, TaskState::Generating),
                (Event::ContentReceived { generator: Generator::External }, TaskState::AwaitingApproval),
                (Event::GaveUp { article: Article::None }, TaskState::Failed),
                (Event::GaveUp { article: Article::Live }, TaskState::Published),
                (Event::Cancelled { article: Article::None }, TaskState::Cancelled),
                (Event::Cancelled { article: Article::Live }, TaskState::Published),
                (Event::Unpublished { article: Article::Live }, TaskState::Archived),
            ],
        ),
        (
            TaskState::Generating,
            &[
                (Event::Claimed { lease: Lease::Free, generator: Generator::Internal }, TaskState::Generating),
                (Event::HandedOver, TaskState::Generating),
                (Event::Drafted, TaskState::AwaitingApproval),
                (Event::AutoApproved, TaskState::Approved),
                (Event::AttemptFailed { attempts: Attempts::Left }, TaskState::Pending),
                (Event::GaveUp { article: Article::None }, TaskState::Failed),
                (Event::GaveUp { article: Article::Live }, TaskState::Published),
                (Event::Cancelled { article: Article::None }, TaskState::Cancelled),
                (Event::Cancelled { article: Article::Live }, TaskState::Published),
                (Event::Unpublished { article: Article::Live }, TaskState::Archived),
            ],
        ),
        (
            TaskState::AwaitingApproval,
            &[
                (Event::Approved, TaskState::Approved),
                (Event::Rejected { article: Article::None }, TaskState::Rejected),
                (Event::Rejected { article: Article::Live }, TaskState::Published),
                (Event::ChangesRequested, TaskState::Pending),
                (Event::Edited, TaskState::AwaitingApproval),
                (Event::Cancelled { article: Article::None }, TaskState::Cancelled),
                (Event::Cancelled { article: Article::Live }, TaskState::Published),
                (Event::Unpublished { article: Article::Live }, TaskState::Archived),
            ],
        ),
        (
            TaskState::Approved,
            &[
                (Event::Published, TaskState::Published),
                (Event::Rescheduled, TaskState::Approved),
                (Event::PublicationFailed, TaskState::AwaitingApproval),
                (Event::Cancelled { article: Article::None }, TaskState::Cancelled),
                (Event::Cancelled { article: Article::Live }, TaskState::Published),
                (Event::Unpublished { article: Article::Live }, TaskState::Archived),
            ],
        ),
        (
            TaskState::Published,
            &[
                (Event::Edited, TaskState::AwaitingApproval),
                (Event::ChangesRequested, TaskState::Pending),
                (Event::Republished, TaskState::Published),
                (Event::Unpublished { article: Article::None }, TaskState::Archived),
                (Event::Unpublished { article: Article::Live }, TaskState::Archived),
            ],
        ),
        (
            TaskState::Failed,
            &[
                (Event::Retried, TaskState::Pending),
                // Kept by an earlier release, which let a task fail beside its live article.
                (Event::Unpublished { article: Article::Live }, TaskState::Archived),
            ],
        ),
        (TaskState::Rejected, &[]),
        (TaskState::Cancelled, &[]),
        (TaskState::Archived, &[]),
    ];

    #[test]
    fn every_pair_leads_where_the_design_says_or_nowhere() {
        for (from, legal) in LEGAL {
            for event in EVENTS {
                let expected = legal.iter().find(|(known, _)| *known == event).map(|(_, to)| *to);
                assert_eq!(from.next(event).ok(), expected, "{from} on {event:?}");
            }
        }
        assert_eq!(LEGAL.len(), TaskState::ALL.len());
    }

    #[test]
    fn nothing_but_taking_it_down_ends_a_live_article() {
        let beside_one = |event: &&Event| match event {
            Event::GaveUp { article } | Event::Rejected { article } | Event::Cancelled { article } => {
                *article == Article::Live
            }
            Event::Unpublished { .. } => false,
            _ => true,
        };
        for state in TaskState::ALL {
            for event in EVENTS.iter().filter(beside_one) {
                let ends = state.next(*event).is_ok_and(|to| to.is_closed() || to == TaskState::Failed);
                assert!(!ends, "{state} on {event:?}");
            }
        }
    }

    #[test]
    fn a_closed_task_never_reopens() {
        for state in TaskState::ALL.into_iter().filter(|state| state.is_closed()) {
            assert!(EVENTS.into_iter().all(|event| state.next(event).is_err()));
        }
    }

    #[test]
    fn a_refused_move_is_told_in_words() {
        let refused = TaskState::Archived.next(Event::ChangesRequested).unwrap_err();
        assert_eq!(refused.to_string(), "a task that is archived cannot be sent back for changes");
    }

    #[test]
    fn a_state_is_stored_and_answered_by_its_name() {
        for state in TaskState::ALL {
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
            assert_eq!(serde_json::from_str::<TaskState>(&format!("\"{}\"", state.name())).unwrap(), state);
        }
        assert!(serde_json::from_str::<TaskState>("\"lost\"").is_err());
    }
}
