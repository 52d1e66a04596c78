//! Answers to admins and operators.

use std::collections::BTreeSet;

use galley_domain::{
    access::{
        acts::Actor,
        keys::StoredKey,
        people::{DisplayName, Person},
        role::Role,
    },
    kernel::{
        ids::{EndedId, GroupName, JobId, KeyId, SourceId, Subject, TenantId, TraceId},
        mask::Masked,
        usd::MicroUsd,
    },
    privacy::jobs::{Job, JobKind, JobStatus},
    queue::{
        dead_letters::DeadLetter,
        message::{Kind, Lane},
        tries::Ended,
    },
    signing::scheme::Scheme,
    tenancy::settings::{Limit, Overrides},
    webhooks::source::{Event, Source},
};
use jiff::{Timestamp, civil::Date};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// An API key, without its text.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Key))]
pub struct KeyView {
    /// The SHA-256 of the key.
    pub id: KeyId,
    /// How the key begins.
    pub prefix: String,
    pub tenant: TenantId,
    pub subject: Subject,
    pub role: Role,
    pub created_at: Timestamp,
    /// Who made it. Null: a deployment's first, or one of an older release.
    pub made_by: Option<Actor>,
    pub expires_at: Option<Timestamp>,
    /// The day (UTC), and no time: a use is written once a day.
    pub last_used: Option<Date>,
    pub revoked: bool,
}

impl From<StoredKey> for KeyView {
    fn from(key: StoredKey) -> Self {
        Self {
            id: key.id,
            prefix: key.prefix,
            tenant: key.principal.tenant,
            subject: key.principal.subject,
            role: key.principal.role,
            created_at: key.created_at,
            made_by: key.made_by,
            expires_at: key.expires_at,
            last_used: key.last_used,
            revoked: key.revoked,
        }
    }
}

/// The one answer that ever shows a key; or, for a repeat under its idempotency key, what that answer said besides.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MadeKey))]
pub struct MadeKeyView {
    #[serde(flatten)]
    about: KeyView,
    /// The key itself. It is not stored, so a replay leaves it out.
    #[serde(serialize_with = "maybe_exposed", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    key: Option<SecretString>,
    /// Whether an earlier answer has shown the key; this one does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    secret_shown: bool,
}

impl MadeKeyView {
    pub fn of(key: StoredKey, text: SecretString) -> Self {
        Self { about: key.into(), key: Some(text), secret_shown: false }
    }

    pub fn shown_before(key: StoredKey) -> Self {
        Self { about: key.into(), key: None, secret_shown: true }
    }
}

pub(super) fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// A webhook source, without its secret.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Source))]
pub struct SourceView {
    pub source: SourceId,
    pub scheme: Scheme,
    pub events: BTreeSet<Event>,
    pub may_auto_publish: bool,
    /// Where its webhooks go.
    pub path: String,
    pub created_at: Timestamp,
    pub created_by: Subject,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> Self {
        Self {
            path: source.name.path(),
            source: source.id().clone(),
            scheme: source.scheme,
            events: source.events,
            may_auto_publish: source.may_auto_publish,
            created_at: source.created_at,
            created_by: source.created_by,
        }
    }
}

/// Work that was tried too often without an end, and is abandoned.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Ended))]
pub struct EndedView {
    pub ended_id: EndedId,
    /// Of the message that would try it again.
    pub kind: Kind,
    pub tenant: TenantId,
    /// A task's, a webhook's, a delivery's or a job's.
    pub id: String,
    /// How often it was tried.
    pub tries: u32,
    pub ended_at: Timestamp,
    pub trace_id: TraceId,
}

impl From<Ended> for EndedView {
    fn from(Ended { id, message, tries, at }: Ended) -> Self {
        Self {
            ended_id: id,
            kind: message.kind,
            tenant: message.tenant,
            id: message.id,
            tries,
            ended_at: at,
            trace_id: message.trace_id,
        }
    }
}

/// A dead letter.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DeadLetter))]
pub struct LetterView {
    pub letter_id: Uuid,
    pub queue: Lane,
    /// What it says, without personal data, at most 2,000 characters.
    pub body: Masked,
    /// Why it was given up, where that is known.
    pub reason: Option<Masked>,
    pub sent_at: Option<Timestamp>,
    /// Whether it can be sent back. One that cannot be read would only come back: it can be discarded.
    pub can_be_redriven: bool,
}

impl LetterView {
    const MOST_CHARS: usize = 2000;

    pub fn of(queue: Lane, letter: &DeadLetter) -> Self {
        let body: String = letter.body.chars().take(Self::MOST_CHARS).collect();
        Self {
            letter_id: letter.id,
            queue,
            body: Masked::of(&body),
            reason: letter.reason.as_deref().map(Masked::of),
            sent_at: letter.sent_at,
            can_be_redriven: letter.message(queue).is_some(),
        }
    }
}

/// Dead letters of a queue. As the queue itself, it promises neither an order nor all of them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LetterList {
    pub data: Vec<LetterView>,
}

/// The one answer that ever shows this secret; or, for a repeat under its idempotency key, what that answer said besides.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SourceSecret))]
pub struct SourceSecretView {
    #[serde(flatten)]
    about: SourceView,
    /// The secret that the provider signs with. It is not shown again, so a replay leaves it out.
    #[serde(serialize_with = "maybe_exposed", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    secret: Option<SecretString>,
    /// Whether an earlier answer has shown the secret; this one does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    secret_shown: bool,
}

impl SourceSecretView {
    pub fn of(source: Source, secret: SecretString) -> Self {
        Self { about: source.into(), secret: Some(secret), secret_shown: false }
    }

    pub fn shown_before(source: Source) -> Self {
        Self { about: source.into(), secret: None, secret_shown: true }
    }
}

/// The secret that a tenant's events are signed with.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CallbackSecret))]
pub struct CallbackSecretView {
    /// `whsec_` and base64, as the libraries of Standard Webhooks take it.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub secret: SecretString,
    /// While a rotation is under way, events are signed with this one too.
    #[serde(serialize_with = "maybe_exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub previous: Option<SecretString>,
}

#[expect(clippy::ref_option, reason = "as serde calls it")]
pub(super) fn maybe_exposed<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

/// How much of each limit a caller has used.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Usage))]
pub struct UsageView {
    pub data: Vec<UsageLine>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageLine {
    /// The limit's name.
    pub limit: String,
    pub allowed: u32,
    pub used: u32,
    pub remaining: u32,
    pub resets_at: Timestamp,
}

impl UsageLine {
    pub const fn of(limit: String, allowed: u32, used: u32, resets_at: Timestamp) -> Self {
        Self { limit, allowed, used, remaining: allowed.saturating_sub(used), resets_at }
    }
}

/// A tenant's own limits; null means the usual one.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TenantLimits))]
pub struct TenantLimitsView {
    pub tenant: TenantId,
    pub create_per_minute: Option<Limit>,
    pub read_per_minute: Option<Limit>,
    pub bulk_per_minute: Option<Limit>,
    /// Of people who signed in.
    pub session_read_per_minute: Option<Limit>,
    pub decide_per_minute: Option<Limit>,
    pub edit_per_minute: Option<Limit>,
    pub admin_per_minute: Option<Limit>,
    pub estimate_per_minute: Option<Limit>,
    pub redeliver_per_minute: Option<Limit>,
    pub user_tasks_per_day: Option<Limit>,
    pub org_tasks_per_day: Option<Limit>,
    /// Dollars, as a decimal string.
    pub usd_per_task: Option<MicroUsd>,
    pub usd_per_day: Option<MicroUsd>,
    pub usd_per_month: Option<MicroUsd>,
    /// Of models without a price.
    pub tokens_per_day: Option<u64>,
}

impl TenantLimitsView {
    pub const fn of(tenant: TenantId, overrides: Overrides) -> Self {
        Self {
            tenant,
            create_per_minute: overrides.create_per_minute,
            read_per_minute: overrides.read_per_minute,
            bulk_per_minute: overrides.bulk_per_minute,
            session_read_per_minute: overrides.session_read_per_minute,
            decide_per_minute: overrides.decide_per_minute,
            edit_per_minute: overrides.edit_per_minute,
            admin_per_minute: overrides.admin_per_minute,
            estimate_per_minute: overrides.estimate_per_minute,
            redeliver_per_minute: overrides.redeliver_per_minute,
            user_tasks_per_day: overrides.user_tasks_per_day,
            org_tasks_per_day: overrides.org_tasks_per_day,
            usd_per_task: overrides.usd_per_task,
            usd_per_day: overrides.usd_per_day,
            usd_per_month: overrides.usd_per_month,
            tokens_per_day: overrides.tokens_per_day,
        }
    }
}

/// A person whom an admin has admitted.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Person))]
pub struct PersonView {
    pub subject: Subject,
    pub role: Role,
    /// What readers of their articles see.
    pub display_name: Option<DisplayName>,
    /// The groups that they are in.
    pub groups: BTreeSet<GroupName>,
    pub added_at: Timestamp,
    pub added_by: Subject,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { subject, tenant: _, role, display_name, groups, added_at, added_by } = person;
        Self { subject, role, display_name, groups, added_at, added_by }
    }
}

/// An export or erasure of a person's data.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Job))]
pub struct JobView {
    pub job_id: JobId,
    /// `export` or `erase`.
    pub kind: JobKind,
    /// After an erasure is done: the pseudonym.
    pub subject: Subject,
    pub requested_by: Subject,
    pub status: JobStatus,
    pub tasks: u64,
    /// For an export: the number of parts. For an erasure: of those that list the copies which stand on targets.
    pub parts: u32,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            status: job.status(),
            job_id: job.id,
            kind: job.kind,
            subject: job.subject,
            requested_by: job.requested_by,
            tasks: job.tasks,
            parts: job.parts,
            created_at: job.created_at,
            completed_at: job.completed_at,
        }
    }
}

/// A part of an export.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = JobPart))]
pub struct JobPartView {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<galley_domain::privacy::records::Record>))]
    pub records: serde_json::Value,
}

impl JobPartView {
    pub fn of(records: &str) -> Self {
        Self { records: serde_json::from_str(records).unwrap_or_default() }
    }
}
