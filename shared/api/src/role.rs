//! Who may ask for a route, and in which window a request of it is counted.

use serde::{Deserialize, Serialize};

/// Ordered: each role may do all that the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Author,
    Editor,
    Admin,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Author, Self::Editor, Self::Admin];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Author => "author",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a route asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// At least this role, and then only the caller's own tenant.
    Tenant(Role),
    /// An admin of the reserved tenant `system`.
    System,
}

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident $name:literal;)+) => {
        /// Requests of one class share a window. Each route has one, so that none is counted nowhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RateClass {
            $($(#[$doc])* $class,)+
        }

        impl RateClass {
            pub const ALL: &'static [Self] = &[$(Self::$class),+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$class => $name),+ }
            }
        }
    };
}

classes! {
    /// What begins a generation: a new task, another try, another draft.
    Create "create";
    Read "read";
    Bulk "bulk";
    Decide "decide";
    Edit "edit";
    /// What admins and operators ask, reading or writing.
    Admin "admin";
    /// Asks the providers whether they are there.
    Estimate "estimate";
    /// A request of Galley to somebody else's machine.
    Redeliver "redeliver";
    /// By source, not by principal: it has none.
    Webhook "webhook";
    /// Signing in, by where it comes from.
    Auth "auth";
    /// Nobody is known and nothing is counted: the gateway's throttle alone holds.
    Open "open";
}
