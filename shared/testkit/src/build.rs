//! Builders: `a_task().by("ana").drafted()` says what the test needs and fills in the rest.

use std::collections::BTreeSet;

use galley_domain::{
    access::{
        acts::{ActKind, Acting, Credential},
        limits::DayQuota,
        role::{Principal, Role},
    },
    content::{blockers::Finish, markdown, quality::Score},
    kernel::{
        ids::{Generation, KeyId, Subject, TargetName, TaskId, TenantId, TraceId, uuid_v7},
        timings::Timings,
        url::PublicUrl,
    },
    outbox::{
        kinds::wordpress::{UserName, WordPress},
        target::{Target, TargetSettings},
    },
    task::{
        audit::{Actor, AuditEvent, Context},
        record::Task,
        request::TaskRequest,
        revision::{Author, Manuscript, Revision, Work},
        store::{Acceptance, Change},
    },
    tenancy::settings::Limits,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::prose;

pub fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

pub fn subject(name: &str) -> Subject {
    Subject::new(name).unwrap()
}

/// So many of everything a minute, and a day.
pub const fn limits(of_each: u32) -> Limits {
    Limits {
        create_per_minute: of_each,
        read_per_minute: of_each,
        session_read_per_minute: of_each,
        bulk_per_minute: of_each,
        decide_per_minute: of_each,
        edit_per_minute: of_each,
        admin_per_minute: of_each,
        estimate_per_minute: of_each,
        redeliver_per_minute: of_each,
        quota: DayQuota { user: of_each, organisation: of_each },
    }
}

pub fn trace() -> TraceId {
    TraceId::new("0af7651916cd43dd8448eb211c80319c").unwrap()
}

pub fn principal(role: Role) -> Principal {
    Principal { tenant: tenant("acme"), subject: subject("ana"), role }
}

/// `principal` at some act, with a key of theirs.
pub fn acting(principal: &Principal) -> Acting {
    let credential = Some(Credential::Key { key_id: KeyId::of("galley_of-whoever-acts") });
    Acting { principal: principal.clone(), credential, what: ActKind::KeyMade, trace_id: trace() }
}

/// Somebody of the operator's, at some act.
pub fn operating() -> Acting {
    acting(&Principal { tenant: tenant(TenantId::SYSTEM), subject: subject("opal"), role: Role::Admin })
}

pub fn request(fields: &Value) -> TaskRequest {
    let mut body = json!({"topic": "How HTTP caching works", "target_length": 200});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

/// Circumstances at `at`, with an event id of their own.
pub fn context(at: Timestamp) -> Context {
    let (event_id, timings) = (uuid::Uuid::now_v7(), Timings::default());
    Context { actor: Actor::Worker, at, event_id, trace_id: trace(), timings }
}

/// A task of the tenant `acme`, asked for by `ana`.
#[derive(Clone, Debug)]
pub struct TaskBuilder {
    tenant: TenantId,
    subject: Subject,
    fields: Value,
    at: Timestamp,
    number: u8,
}

pub fn a_task() -> TaskBuilder {
    TaskBuilder {
        tenant: tenant("acme"),
        subject: subject("ana"),
        fields: json!({}),
        at: "2026-11-20T12:00:00Z".parse().unwrap(),
        number: 0,
    }
}

impl TaskBuilder {
    #[must_use]
    pub fn of(mut self, name: &str) -> Self {
        self.tenant = tenant(name);
        self
    }

    #[must_use]
    pub fn by(mut self, name: &str) -> Self {
        self.subject = subject(name);
        self
    }

    #[must_use]
    pub fn asking(mut self, fields: Value) -> Self {
        self.fields = fields;
        self
    }

    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// Tells tasks of one test apart.
    #[must_use]
    pub const fn number(mut self, number: u8) -> Self {
        self.number = number;
        self
    }

    pub fn accepted(self) -> Acceptance {
        // Different for each tenant, number and time, and the same each time the test runs.
        let mut random = [self.number; 10];
        for (to, from) in random.iter_mut().skip(1).zip(self.tenant.as_str().bytes()) {
            *to = from;
        }
        let id = TaskId::from_uuid(uuid_v7(self.at, random));
        let (task, event) = Task::accept(id, self.tenant, self.subject, request(&self.fields), &context(self.at));
        Acceptance { task, event, claim: None, receipt: None, ran: None }
    }
}

pub fn revision(number: u32, title: &str, at: Timestamp) -> Revision {
    let manuscript = Manuscript {
        title: title.to_owned(),
        html: markdown::to_html(&prose::about("HTTP caching and how it works", 280, 0)).expect("prose is read"),
        excerpt: None,
        seo: None,
        featured_image: None,
        finish: Finish::Complete,
        author: Author::Outline,
        work: Work::default(),
    };
    Revision::assessed(number, manuscript, &request(&json!({})), Score::clamped(70), at).unwrap()
}

/// The change of a move, as the use cases write it.
pub fn change(before: &Task, (after, event): (Task, AuditEvent)) -> Change {
    Change::new(before.stamp(), after, vec![event])
}

/// A WordPress of the tenant `acme`, with a secret.
pub fn a_target(name: &str) -> Target {
    Target {
        name: TargetName::new(name).unwrap(),
        tenant: tenant("acme"),
        url: PublicUrl::try_from("https://blog.example.com".to_owned()).unwrap(),
        settings: TargetSettings::Wordpress(WordPress {
            username: UserName::try_from("editor".to_owned()).unwrap(),
            author: None,
        }),
        default_for: BTreeSet::new(),
        site: Generation::of([1; 32]),
        secret: Some(Generation::of([2; 32])),
        pause: None,
        failures: 0,
        version: 1,
        created_at: "2026-11-20T12:00:00Z".parse().unwrap(),
        created_by: subject("ana"),
    }
}
