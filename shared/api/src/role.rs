//! Who may use a route, and the rate class that its requests are counted in.

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

/// The access that a route requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Public,
    /// At least this role, and only within the caller's own tenant.
    Tenant(Role),
    /// An admin of the reserved tenant `system`.
    System,
    /// Anybody of the tenant `system`. A role below admin may do this there, and nothing else: its key is one for a scraper.
    Scrape,
}

impl Access {
    /// Whether it is open to `role`, of the tenant `system` or of another. Whoever is of `system` and no admin there scrapes metrics,
    /// and does nothing else.
    pub fn admits(self, role: Role, is_of_system: bool) -> bool {
        let is_operator = is_of_system && role == Role::Admin;
        match self {
            Self::Public => true,
            Self::Tenant(least) => role >= least && (is_operator || !is_of_system),
            Self::System => is_operator,
            Self::Scrape => is_of_system,
        }
    }

    /// As the document says it, and a refusal.
    pub fn needs(self) -> String {
        match self {
            Self::Public => "Public.".to_owned(),
            Self::Tenant(Role::Viewer) => "Any role.".to_owned(),
            Self::Tenant(role) => format!("Role `{}` or higher.", role.name()),
            Self::Scrape => "Any role of the tenant `system`; below `admin` it may do nothing else.".to_owned(),
            Self::System => "Role `admin` of the tenant `system`.".to_owned(),
        }
    }
}

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident $name:literal $usual:expr;)+) => {
        /// Requests of one class share a window. Every route has a class, so that none is left uncounted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RateClass {
            $($(#[$doc])* $class,)+
        }

        impl RateClass {
            pub const ALL: &'static [Self] = &[$(Self::$class),+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$class => $name),+ }
            }

            /// How many requests a minute a deployment lets a principal do where it sets no other number. `None`: they are not counted.
            pub const fn usual_per_minute(self) -> Option<u32> {
                match self { $(Self::$class => $usual),+ }
            }
        }
    };
}

classes! {
    /// Starts a generation: a new task, a retry, another draft.
    Create "create" Some(5);
    /// Sessions have a window of their own for reads.
    Read "read" Some(30);
    Bulk "bulk" Some(2);
    Decide "decide" Some(60);
    Edit "edit" Some(60);
    /// Reads and writes of admins and operators.
    Admin "admin" Some(30);
    /// Checks whether the providers are available.
    Estimate "estimate" Some(30);
    /// Has Galley send a request to a third party's host.
    Redeliver "redeliver" Some(10);
    /// Counted by source, because a webhook has no principal.
    Webhook "webhook" Some(100);
    /// Calendars at secret addresses, counted by address.
    Feed "feed" Some(30);
    /// Signing in, counted by source address.
    Auth "auth" Some(10);
    /// The caller is unknown and nothing is counted: only the gateway's throttle applies.
    Open "open" None;
}
