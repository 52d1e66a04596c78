//! What an export tells of somebody: records, each of one kind.

use std::collections::BTreeSet;

use galley_api::{schedule::ScheduleName, task::Topic};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::{
    access::{
        acts::{Act, ActKind, Named},
        keys::StoredKey,
        people::{DisplayName, Person},
        role::Role,
    },
    content::clean::Removal,
    intent::record::{Body, Intent, IntentText, Proposal},
    kernel::{
        ids::{CommentId, GroupName, IntentId, KeyId, ScheduleId, Subject, TargetName, TaskId, TenantId},
        mask::Masked,
    },
    outbox::{
        placement::{Placement, PlacementState, Remote},
        port::RemoteId,
    },
    schedule::{
        record::{Plan, Schedule},
        rule::Rule,
        template::Template,
    },
    task::{
        audit::{Actor, AuditEvent},
        comment::{Comment, CommentText},
        record::{Approval, Task},
        request::TaskRequest,
        revision::Revision,
        state::TaskState,
    },
    tenancy::history::TenantChange,
};

/// One of them, under its kind.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ExportRecord))]
#[serde(rename_all = "snake_case")]
pub enum Record {
    Person(PersonRecord),
    Key(KeyRecord),
    Change(ChangeRecord),
    Act(ActRecord),
    Schedule(Box<ScheduleRecord>),
    Intent(IntentRecord),
    Task(Box<TaskRecord>),
    Event(EventRecord),
    Comment(CommentRecord),
    Revision(RevisionRecord),
    /// Apart from its revision, so that each fits into a part.
    RevisionMarkdown(MarkdownRecord),
    /// What stands elsewhere. An erasure tells of these alone: somebody has to see to them there.
    RemoteCopy(RemoteCopyRecord),
}

/// That they may sign in.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PersonRecord {
    pub subject: Subject,
    pub role: Role,
    pub display_name: Option<DisplayName>,
    /// The groups that they are in.
    pub groups: BTreeSet<GroupName>,
    pub added_at: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KeyRecord {
    pub id: KeyId,
    pub prefix: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used: Option<Date>,
    pub revoked: bool,
}

/// A change of a tenant's limits or settings that they made.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChangeRecord {
    /// `limits` or `settings`.
    pub of: String,
    pub tenant: TenantId,
    pub at: Timestamp,
}

/// What they did as an admin, an editor of schedules or an operator; or what was done to them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ActRecord {
    pub what: ActKind,
    /// The id or the name of what it was done to.
    pub thing: String,
    pub tenant: TenantId,
    /// Whether it was theirs, not another's to them.
    pub own: bool,
    /// Why they did it, where they had to say so. Null where it is another's.
    pub why: Option<Masked>,
    pub at: Timestamp,
}

/// A schedule of theirs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScheduleRecord {
    pub schedule_id: ScheduleId,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub name: ScheduleName,
    pub rule: Rule,
    pub request: Template,
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub topics: Vec<Topic>,
    pub created_at: Timestamp,
}

/// What they asked for in a sentence, within a day.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct IntentRecord {
    pub intent_id: IntentId,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub text: IntentText,
    /// The bodies that were proposed.
    pub proposals: Vec<Body>,
    pub created_at: Timestamp,
}

/// A task that they asked for, decided on, or are to see to.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TaskRecord {
    pub task_id: TaskId,
    pub status: TaskState,
    pub created_at: Timestamp,
    /// Null where somebody else asked.
    pub request: Option<TaskRequest>,
    /// Null where somebody else decided.
    pub decision: Option<Approval>,
    /// Whether it is given to them.
    pub assigned: bool,
}

/// What they did with a task, or who gave it to them and took it back.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EventRecord {
    pub task_id: TaskId,
    pub event: String,
    /// Whether it was theirs, not another's about them.
    pub own: bool,
    /// Null where it is another's.
    pub reason: Option<Masked>,
    pub at: Timestamp,
}

/// What they said of a text, or that somebody mentioned them.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CommentRecord {
    pub task_id: TaskId,
    pub comment_id: CommentId,
    /// Whether it is theirs.
    pub own: bool,
    /// Null where it is another's.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub text: Option<CommentText>,
    pub created_at: Timestamp,
}

/// What they wrote.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RevisionRecord {
    pub task_id: TaskId,
    pub number: u32,
    pub title: String,
    pub html: String,
    pub cleaned: Vec<Removal>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MarkdownRecord {
    pub task_id: TaskId,
    pub number: u32,
    pub markdown: String,
}

/// A copy of a task's article on a target of the tenant's.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RemoteCopyRecord {
    pub task_id: TaskId,
    pub target: TargetName,
    /// The target's own id of it.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub remote_id: RemoteId,
    pub remote_url: Option<String>,
    pub status: PlacementState,
}

impl Record {
    /// `None`: nothing is known to stand there.
    pub(super) fn copy(placement: Placement) -> Option<Self> {
        let Placement { task: task_id, target, remote, state: status, .. } = placement;
        let Remote { id: remote_id, url: remote_url, .. } = remote?;
        Some(Self::RemoteCopy(RemoteCopyRecord { task_id, target, remote_id, remote_url, status }))
    }

    pub(super) fn person(Person { subject, role, display_name, groups, added_at, .. }: Person) -> Self {
        Self::Person(PersonRecord { subject, role, display_name, groups, added_at })
    }

    pub(super) fn key(key: StoredKey) -> Self {
        let StoredKey { id, prefix, created_at, expires_at, last_used, revoked, principal, .. } = key;
        Self::Key(KeyRecord { id, prefix, role: principal.role, created_at, expires_at, last_used, revoked })
    }

    pub(super) fn change(change: TenantChange) -> Self {
        let of = change.history().name().to_owned();
        Self::Change(ChangeRecord { of, tenant: change.tenant, at: change.at })
    }

    pub(super) fn act(Act { what, thing, tenant, why, at, .. }: Act, named: Named) -> Self {
        let own = named == Named::Actor;
        Self::Act(ActRecord { what, thing, tenant, own, why: why.filter(|_| own), at })
    }

    pub(super) fn schedule(Schedule { plan, request, topics, .. }: Schedule) -> Self {
        let Plan { id: schedule_id, name, rule, created_at, .. } = plan;
        Self::Schedule(Box::new(ScheduleRecord { schedule_id, name, rule, request, topics, created_at }))
    }

    pub(super) fn intent(Intent { id: intent_id, text, reading, created_at, .. }: Intent) -> Self {
        let proposals = reading.proposals.into_iter().map(|Proposal { body, .. }| body).collect();
        Self::Intent(IntentRecord { intent_id, text, proposals, created_at })
    }

    pub(super) fn task(task: &Task, subject: &Subject) -> Self {
        Self::Task(Box::new(TaskRecord {
            task_id: task.id.clone(),
            status: task.state,
            created_at: task.created_at,
            request: (task.requested_by == *subject).then(|| task.request.clone()),
            decision: task.approval.clone().filter(|approval| approval.reviewer_id == *subject),
            assigned: task.assignment.assignee.as_ref() == Some(subject),
        }))
    }

    /// `None`: it does not name them.
    pub(super) fn event(task: &TaskId, subject: &Subject, event: AuditEvent) -> Option<Self> {
        let own = matches!(&event.actor, Actor::Person { subject: who } if who == subject);
        let about = event.about.as_ref().is_some_and(|whom| whom.subject == *subject);
        let AuditEvent { event, reason, at, .. } = event;
        let reason = reason.filter(|_| own);
        (own || about).then(|| Self::Event(EventRecord { task_id: task.clone(), event, own, reason, at }))
    }

    /// `None`: it does not name them.
    pub(super) fn comment(task: &TaskId, subject: &Subject, comment: Comment) -> Option<Self> {
        let (own, mentioned) = (comment.author == *subject, comment.mentions().contains(subject));
        let ended = comment.resolved.as_ref().is_some_and(|resolved| resolved.by == *subject);
        let Comment { id: comment_id, text, created_at, .. } = comment;
        let text = text.filter(|_| own);
        let record = CommentRecord { task_id: task.clone(), comment_id, own, text, created_at };
        (own || mentioned || ended).then_some(Self::Comment(record))
    }

    /// The revision, and the Markdown that it was written in, if it was.
    pub(super) fn revision(task: &TaskId, revision: Revision) -> impl Iterator<Item = Self> {
        let Revision { number, title, html, cleaned, created_at, markdown, .. } = revision;
        let task_id = task.clone();
        let markdown = markdown.map(|markdown| MarkdownRecord { task_id: task_id.clone(), number, markdown });
        let written = RevisionRecord { task_id, number, title, html, cleaned, created_at };
        [Self::Revision(written)].into_iter().chain(markdown.map(Self::RevisionMarkdown))
    }
}
