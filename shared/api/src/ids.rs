//! Ids. Each is validated once, when it is parsed, and can be trusted afterwards.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The rule that an invalid id breaks. The message may be shown to a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(&'static str);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The regular expression that every one of them matches, and nothing else.
            pub const PATTERN: &'static str = $pattern;

            /// # Errors
            /// The rule, when `text` breaks it.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok(Self(text)) } else { Err(InvalidId($rule)) }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        $crate::schema::scalar!($name, $crate::schema::text().pattern(Some($name::PATTERN)));
    };
}

fn is_label(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

text_id!(
    /// `task_` and a `UUIDv7` in its simple lower-case form. Sorts by time of creation.
    TaskId,
    r"^task_[0-9a-f]{32}$",
    "must be task_ followed by 32 lower-case hexadecimal digits",
    |text| text.strip_prefix("task_").is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
);

text_id!(
    /// A customer of Galley. No request can see another tenant's data.
    TenantId,
    r"^[a-z0-9-]{1,64}$",
    "must be 1 to 64 of a-z, 0-9 and -",
    |text| (1..=64).contains(&text.len()) && is_label(text)
);

text_id!(
    /// A person or machine inside a tenant. Also the form of a `reviewer_id`.
    Subject,
    r"^[A-Za-z0-9._-]{2,100}$",
    "must be 2 to 100 of A-Z, a-z, 0-9, '.', '_' and '-'",
    |text| (2..=100).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
);

text_id!(
    /// What a tenant calls a source of webhooks.
    SourceId,
    r"^[a-z0-9-]{2,64}$",
    "must be 2 to 64 of a-z, 0-9 and -",
    |text| (2..=64).contains(&text.len()) && is_label(text)
);

text_id!(
    /// What a tenant calls a target of its articles.
    TargetName,
    r"^[a-z0-9-]{2,40}$",
    "must be 2 to 40 of a-z, 0-9 and -",
    |text| (2..=40).contains(&text.len()) && is_label(text)
);

text_id!(
    /// What somebody calls the place where they listen to events.
    ListenerName,
    r"^[a-z0-9-]{2,40}$",
    "must be 2 to 40 of a-z, 0-9 and -",
    |text| (2..=40).contains(&text.len()) && is_label(text)
);

text_id!(
    /// A random id, new whenever a webhook source or a target is created and for each of its secrets, so that data stored for one is never
    /// used for another of the same name.
    Generation,
    r"^src_[0-9a-f]{32}$",
    "must be src_ followed by 32 lower-case hexadecimal digits",
    is_generation
);

text_id!(
    /// The key of a source's receipts: its generation, or the name of a source made before generations were introduced.
    /// The two cannot collide: a name has no underscore.
    SourceKey,
    r"^(src_[0-9a-f]{32}|[a-z0-9-]{2,64})$",
    "must be a generation or a source's name",
    |text| is_generation(text) || SourceId::new(text).is_ok()
);

text_id!(
    /// Identifies an API key without revealing it: the SHA-256 of its text.
    KeyId,
    r"^[0-9a-f]{64}$",
    "must be 64 lower-case hexadecimal digits",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

text_id!(
    /// `job_` and a `UUIDv7` in its simple lower-case form.
    JobId,
    r"^job_[0-9a-f]{32}$",
    "must be job_ followed by 32 lower-case hexadecimal digits",
    |text| text.strip_prefix("job_").is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
);

text_id!(
    /// `sch_` and a `UUIDv7` in its simple lower-case form.
    ScheduleId,
    r"^sch_[0-9a-f]{32}$",
    "must be sch_ followed by 32 lower-case hexadecimal digits",
    |text| text.strip_prefix("sch_").is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
);

text_id!(
    /// `int_` and a `UUIDv7` in its simple lower-case form. Sorts by time of creation.
    IntentId,
    r"^int_[0-9a-f]{32}$",
    "must be int_ followed by 32 lower-case hexadecimal digits",
    |text| text.strip_prefix("int_").is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
);

text_id!(
    /// `com_` and a `UUIDv7` in its simple lower-case form. Sorts by time of creation.
    CommentId,
    r"^com_[0-9a-f]{32}$",
    "must be com_ followed by 32 lower-case hexadecimal digits",
    |text| text.strip_prefix("com_").is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
);

text_id!(
    /// `agt_` and a `UUIDv7` in its simple lower-case form. Sorts by time of creation; no two lives of a name share one.
    AgentId,
    r"^agt_[0-9a-f]{32}$",
    "must be agt_ followed by 32 lower-case hexadecimal digits",
    is_agent
);

text_id!(
    /// What tasks call an agent by, after an `@`. It can be moved to another agent.
    AgentAlias,
    r"^[a-z0-9-]{2,40}$",
    "must be 2 to 40 of a-z, 0-9 and -",
    |text| (2..=40).contains(&text.len()) && is_label(text)
);

text_id!(
    /// A group of a tenant's people, by its name.
    GroupName,
    r"^[a-z0-9-]{2,40}$",
    "must be 2 to 40 of a-z, 0-9 and -",
    |text| (2..=40).contains(&text.len()) && is_label(text)
);

text_id!(
    /// An agent as a request names it: `@` and an alias, or an id; after a colon the label of the prompt, `production` without one.
    AgentRef,
    r"^(@[a-z0-9-]{2,40}|agt_[0-9a-f]{32})(:(production|trial))?$",
    "must be @ and an alias, or an agent's id, and may end in :production or :trial",
    |text| {
        let (name, label) = text.split_once(':').map_or((text, None), |(name, label)| (name, Some(label)));
        let alias = name.strip_prefix('@').is_some_and(|alias| AgentAlias::new(alias).is_ok());
        (alias || is_agent(name)) && label.is_none_or(|label| matches!(label, "production" | "trial"))
    }
);

text_id!(
    /// Identifies a secret address of a calendar without revealing it: the SHA-256 of its secret.
    FeedId,
    r"^[0-9a-f]{64}$",
    "must be 64 lower-case hexadecimal digits",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

text_id!(
    /// Abandoned work, identified by the hash of its kind and id.
    EndedId,
    r"^[0-9a-f]{64}$",
    "must be 64 lower-case hexadecimal digits",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

text_id!(
    /// One session of a person, from signing in to signing out.
    SessionId,
    r"^[0-9a-f]{64}$",
    "must be 64 lower-case hexadecimal digits",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

text_id!(
    /// What a client sends as `Idempotency-Key`.
    IdempotencyKey,
    r"^[!-~]{1,255}$",
    "must be 1 to 255 visible ASCII characters",
    |text| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

text_id!(
    /// The provider's own id of a webhook, from signed bytes.
    WebhookId,
    r"^[!-~]{1,128}$",
    "must be 1 to 128 visible ASCII characters",
    |text| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
);

text_id!(
    /// Follows one request through every function: a W3C trace id, 32 lower-case hexadecimal digits.
    TraceId,
    r"^[0-9a-f]{32}$",
    "must be 32 lower-case hexadecimal digits",
    |text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

fn is_generation(text: &str) -> bool {
    text.strip_prefix("src_")
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

fn is_agent(text: &str) -> bool {
    text.strip_prefix("agt_")
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

impl AgentId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("agt_{}", uuid.simple()))
    }
}

impl AgentRef {
    /// Without its label.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(name, _)| name)
    }

    /// The alias that it names, if it names one.
    pub fn alias(&self) -> Option<&str> {
        self.name().strip_prefix('@')
    }

    /// The name of the label, if it has one.
    pub fn label(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, label)| label)
    }
}

impl Generation {
    pub fn of(random: [u8; 32]) -> Self {
        let hex = hex::encode(random);
        Self(format!("src_{}", hex.get(..32).unwrap_or_default()))
    }
}

impl SourceKey {
    pub fn of(source: &SourceId, generation: Option<&Generation>) -> Self {
        Self(generation.map_or_else(|| source.to_string(), Generation::to_string))
    }
}

impl JobId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("job_{}", uuid.simple()))
    }
}

impl ScheduleId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("sch_{}", uuid.simple()))
    }
}

impl IntentId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("int_{}", uuid.simple()))
    }
}

impl CommentId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("com_{}", uuid.simple()))
    }
}

impl TaskId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(format!("task_{}", uuid.simple()))
    }

    /// The task's shard out of `shards`; always the same for the same id.
    pub fn shard(&self, shards: u8) -> u8 {
        shard_of(&self.0, shards)
    }
}

impl EndedId {
    /// Always the same for the same work.
    pub fn of(kind: &str, id: &str) -> Self {
        Self(hex::encode(Sha256::digest(format!("{kind}/{id}"))))
    }
}

impl KeyId {
    /// The name of the key `text`.
    pub fn of(text: &str) -> Self {
        Self(hex::encode(Sha256::digest(text)))
    }
}

impl TenantId {
    /// The reserved tenant. It owns no content; its admins are the operators.
    pub const SYSTEM: &'static str = "system";

    pub fn is_system(&self) -> bool {
        self.0 == Self::SYSTEM
    }
}

impl Subject {
    /// The subject of tasks that a webhook source creates.
    pub fn of_source(source: &SourceId) -> Self {
        Self(format!("webhook-{source}"))
    }
}

impl TraceId {
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.simple().to_string())
    }
}

impl TraceId {
    /// W3C's header of a call within this trace (<https://www.w3.org/TR/trace-context/>).
    pub fn parent_of(&self, call: Uuid) -> String {
        format!("00-{}-{}-01", self.0, span_of(call))
    }
}

/// The span id for `id`: 16 hexadecimal digits of its random part.
pub fn span_of(id: Uuid) -> String {
    id.simple().to_string().split_off(16)
}

/// FNV-1a, because a stored shard must be the same across versions and machines.
pub fn shard_of(text: &str, shards: u8) -> u8 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    u8::try_from(hash % u64::from(shards.max(1))).unwrap_or(0)
}

/// A `UUIDv7` of `at`, its random part from `random`.
pub fn uuid_v7(at: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A `UUIDv7`-shaped id from a time and a number, where no random source is at hand.
pub fn uuid_from(unix_ms: u64, seed: u64) -> Uuid {
    let mut random = [0; 10];
    let mixed = seed.to_be_bytes();
    for (to, from) in random.iter_mut().zip(mixed.iter().cycle()) {
        *to = *from;
    }
    uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_names_that_break_their_rule() {
        assert!(TaskId::new("task_0190").is_err());
        assert!(TaskId::new("task_0190ABCDEF0123456789abcdef012345").is_err());
        assert!(TenantId::new("").is_err());
        assert!(TenantId::new("a#b").is_err());
        assert!(Subject::new("a").is_err());
        assert!(Subject::new("ana@example.com").is_err());
        assert!(IdempotencyKey::new("with space").is_err());
        assert!(IdempotencyKey::new("k".repeat(256)).is_err());
        assert!(SourceId::new("Stripe").is_err());
        for name in ["house-style", "@House", "@h", "@house-style:beta", "@house-style:", "agt_12", "@a:b:trial", "@"] {
            assert!(AgentRef::new(name).is_err(), "{name}");
        }
        assert!(Generation::new("src_12").is_err());
        assert!(SourceKey::new("src_12").is_err());
        assert!(SourceId::new(Generation::of([1; 32]).to_string()).is_err(), "no source is called like a generation");
    }

    #[test]
    fn a_task_id_made_from_a_uuid_is_a_task_id() {
        let id = TaskId::from_uuid(uuid_v7(Timestamp::UNIX_EPOCH, [7; 10]));
        assert_eq!(TaskId::new(id.to_string()), Ok(id));
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let at = |second| TaskId::from_uuid(uuid_v7(Timestamp::from_second(second).unwrap(), [0; 10]));
        assert!(at(1_700_000_000) < at(1_700_000_001));
    }

    #[test]
    fn shards_are_stable() {
        assert_eq!(shard_of("task_0", 8), shard_of("task_0", 8));
        assert!((0..200).map(|n| shard_of(&format!("t{n}"), 8)).collect::<std::collections::BTreeSet<_>>().len() == 8);
    }
}
