//! How requests of a route are sent: which headers it takes, whether a request may be repeated, and which wait while writes are held.

use super::{Function, Route};
use crate::role::Access::{Public, System};

impl Route {
    /// Whether `If-Match` is supported: by routes that change one task or one agent, which compare its version, and by what sets a flag.
    pub const fn takes_if_match(self) -> bool {
        let decides =
            matches!(self, Self::Approve | Self::Reject | Self::RequestChanges | Self::EditDraft | Self::Cancel);
        let moves = matches!(self, Self::Retry | Self::Schedule | Self::Unpublish | Self::Publish);
        let of_agents = matches!(
            self,
            Self::PatchAgent | Self::RemoveAgent | Self::MoveLabel | Self::MoveAlias | Self::RemoveAlias
        );
        decides || moves || of_agents || matches!(self, Self::SetFlag)
    }

    /// Whether `Idempotency-Key` is honoured: by every POST of a principal that makes or sends something. An estimate
    /// and a check make nothing, whoever has signed out is signed out, and of two tickets for a stream the one that was lost is
    /// over in thirty seconds, while a replay would not show it. What is taken of an intent is made once by the intent's own name.
    pub const fn takes_idempotency_key(self) -> bool {
        let posts = matches!(self.method().as_bytes(), b"POST");
        posts
            && !matches!(self.access(), Public)
            && !matches!(
                self,
                Self::Estimate | Self::CheckDraft | Self::SignOut | Self::StreamTicket | Self::ConfirmIntent
            )
    }

    /// Whether a request whose answer was lost may be sent once more: the second time has no second effect. A new draft is
    /// a new revision each time, and a patch says how things change. With its key, a POST gives its first answer again;
    /// without one, two of them store nothing, and what is taken of an intent is made once.
    pub const fn is_repeatable(self) -> bool {
        match self.method().as_bytes() {
            b"GET" | b"DELETE" => true,
            b"PUT" => !matches!(self, Self::EditDraft),
            b"POST" => {
                self.takes_idempotency_key() || matches!(self, Self::Estimate | Self::CheckDraft | Self::ConfirmIntent)
            }
            _ => false,
        }
    }

    /// Whether it is refused while operators hold writes: all that changes something, but what operators do, signing
    /// in and out, and what ends somebody's access. Reads go on, tickets to read by, and what stores nothing.
    pub const fn is_held_with_writes(self) -> bool {
        let reads = matches!(self.method().as_bytes(), b"GET")
            || matches!(self, Self::Estimate | Self::CheckDraft | Self::StreamTicket);
        let of_operators = matches!(self.access(), System);
        let of_sessions = matches!(self.function(), Function::Auth);
        let ends_access = matches!(self, Self::RevokeKey | Self::RevokeFeed | Self::RemovePerson);
        !(reads || of_operators || of_sessions || ends_access)
    }
}
