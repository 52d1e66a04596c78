//! A task, its revisions and its events, as they read in answers.

use std::collections::BTreeMap;

use galley_domain::{
    agents::registry::AgentUsed,
    content::{
        blockers::Blocker,
        clean::Removal,
        gate::JudgesWord,
        kind::TaskType,
        parts::Parts,
        quality::{Quality, Score},
        references::Reference,
        removed::Removed,
        seo::Seo,
    },
    idempotency::claim::SavedResponse,
    kernel::{
        ids::{CommentId, Subject, TaskId},
        mask::Masked,
        usd::MicroUsd,
    },
    models::phase::{Phase, Routed},
    task::{
        audit::{Actor, AuditEvent},
        record::{Approval, Decision, Failure, Progress, Task},
        request::TaskRequest,
        revision::{Author, DraftScore, Image, Revision},
        state::TaskState,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::saved::to_json;

/// A task as it reads; lists leave `content` out.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Task))]
pub struct TaskView {
    pub task_id: TaskId,
    pub status: TaskState,
    /// Rises with every change that a reader can see, but for that of the `assignee`. The `ETag` has both.
    pub version: u64,
    #[serde(flatten)]
    pub request: TaskRequest,
    pub requested_by: Subject,
    /// Who is to see to it: a subject.
    pub assignee: Option<Subject>,
    pub progress: Progress,
    pub attempt: u32,
    /// The newest revision's number; 0 while there is none.
    pub revision: u32,
    /// Plain text: escape it where it is shown as HTML.
    pub title: Option<String>,
    /// Cleaned HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The posts of a thread, or the subject and the body of an e-mail, as plain text; an article has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: Option<String>,
    /// Null while there is no text, and where more than the quality bar keeps it from publication.
    pub quality_score: Option<Score>,
    pub quality: Option<Quality>,
    /// The blockers of the newest revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blockers: Option<Vec<BlockerView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_count: Option<u32>,
    /// What search engines are told; like the next two of the newest revision, and not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seo: Option<Seo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured_image: Option<Image>,
    /// The search results on the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<Reference>>,
    /// What cleaning took out of the newest revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleaned: Option<Vec<Removal>>,
    pub cost_usd: MicroUsd,
    pub cost_breakdown: BTreeMap<Phase, MicroUsd>,
    /// The model that last did each phase, and why not another.
    pub models: BTreeMap<Phase, Routed>,
    /// The agents that phases have in the newest round, and by which versions of their prompts. Those of `agents` are as the request names
    /// them; a revision says which of them did something for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub agents_used: BTreeMap<Phase, AgentUsed>,
    pub error: Option<Failure>,
    pub approval: Option<Approval>,
    pub published_url: Option<String>,
    /// The revision that is live; a newer one may wait for its decision, or was turned down.
    pub live_revision: Option<u32>,
    pub publish_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Blocker))]
pub struct BlockerView {
    pub code: Blocker,
    pub message: String,
    /// Where in the text it was found. Empty for what is no matter of a place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceView>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Evidence))]
pub struct EvidenceView {
    /// From the text, as plain text; empty where the whole text is meant.
    pub quote: String,
    /// The heading under which it is; empty before the first.
    pub place: String,
    /// What the model that judged the text says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgesWord>,
}

impl TaskView {
    /// As a list shows it.
    pub fn summary(task: &Task) -> Self {
        Self {
            task_id: task.id.clone(),
            status: task.state,
            version: task.version,
            request: TaskRequest { language: Some(task.request.language()), ..task.request.clone() },
            requested_by: task.requested_by.clone(),
            assignee: task.assignment.assignee.clone(),
            progress: task.progress.clone(),
            attempt: task.attempt,
            revision: task.revision,
            title: task.title.clone(),
            content: None,
            parts: None,
            excerpt: task.excerpt.clone(),
            quality_score: task.quality_score,
            quality: task.quality.clone(),
            blockers: None,
            suggestions: None,
            word_count: None,
            seo: None,
            featured_image: None,
            references: None,
            cleaned: None,
            cost_usd: task.cost_usd(),
            cost_breakdown: task
                .cost
                .iter()
                .filter(|(_, cost)| **cost > MicroUsd::ZERO)
                .map(|(p, c)| (*p, *c))
                .collect(),
            models: task.models.clone(),
            agents_used: task.agents.clone(),
            error: task.error.clone(),
            approval: task.approval.clone(),
            published_url: task.published_url(),
            live_revision: task.live.as_ref().map(|live| live.revision),
            publish_at: task.publish_at,
            created_at: task.created_at,
            updated_at: task.updated_at,
            started_at: task.started_at,
            completed_at: task.completed_at,
        }
    }

    /// With its newest revision.
    pub fn whole(task: &Task, draft: Option<&Revision>) -> Self {
        let mut view = Self::summary(task);
        if let Some(draft) = draft {
            view.content = Some(draft.html.clone());
            view.parts = Parts::of(task.request.task_type, &draft.title, &draft.html);
            view.blockers = Some(blockers(draft));
            view.suggestions = Some(draft.suggestions.clone());
            view.word_count = Some(draft.word_count);
            view.seo = Some(draft.seo.clone());
            view.featured_image.clone_from(&draft.featured_image);
            view.references = Some(draft.references.clone());
            view.cleaned = Some(draft.cleaned.clone());
        }
        view
    }
}

fn blockers(revision: &Revision) -> Vec<BlockerView> {
    let evidence = |blocker: Blocker| {
        let found = revision.findings.iter().filter(|finding| finding.blocker == blocker);
        found
            .map(|finding| EvidenceView {
                quote: finding.quote.clone(),
                place: finding.place.clone(),
                judge: finding.judge.clone(),
            })
            .collect()
    };
    let view = |code: &Blocker| BlockerView { code: *code, message: code.to_string(), evidence: evidence(*code) };
    revision.blockers.iter().map(view).collect()
}

/// The strong validator of a task: its version, and how often it was given to somebody.
pub fn etag(task: &Task) -> String {
    match task.assignment.number {
        0 => format!("\"{}\"", task.version),
        assigned => format!("\"{}.{assigned}\"", task.version),
    }
}

/// The strong validator of what has no version: a half of its bytes' SHA-256, which is more than enough to tell them apart.
pub fn etag_of(view: &impl Serialize) -> String {
    let digest = Sha256::digest(to_json(view));
    let half = digest.first_chunk::<16>().map_or(0, |half| u128::from_be_bytes(*half));
    format!("\"{half:032x}\"")
}

/// The answer to a create; a replay gives the same one.
pub fn created(task: &Task) -> SavedResponse {
    SavedResponse {
        status: 201,
        location: Some(format!("/api/content/tasks/{}", task.id)),
        etag: Some(etag(task)),
        body: to_json(&TaskView::summary(task)),
    }
}

/// The answer to a decision.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Decision))]
pub struct DecisionView {
    pub task_id: TaskId,
    pub approval_status: TaskState,
    pub published_url: Option<String>,
    pub approval_timestamp: Timestamp,
    pub reviewer_id: Subject,
    pub message: String,
}

/// The answer to approve, reject, request-changes and publish.
pub fn decided(task: &Task) -> SavedResponse {
    let Some(approval) = &task.approval else { return changed(task) };
    let message = match (approval.decision, task.state) {
        (Decision::Approved, TaskState::Approved) => "Approved; it will be published at its hour".to_owned(),
        (Decision::Approved, _) if !approval.overrode.is_empty() => {
            format!("Approved and published; overrode {}", approval.overrode.join(", "))
        }
        (Decision::Approved, _) => "Approved and published".to_owned(),
        (Decision::Rejected, TaskState::Published) => "Rejected; the live article stays as it is".to_owned(),
        (Decision::Rejected, _) => "Rejected".to_owned(),
        (Decision::ChangesRequested, _) => "Sent back for another draft".to_owned(),
    };
    let view = DecisionView {
        task_id: task.id.clone(),
        approval_status: task.state,
        published_url: task.published_url(),
        approval_timestamp: approval.at,
        reviewer_id: approval.reviewer_id.clone(),
        message,
    };
    SavedResponse { status: 200, location: None, etag: Some(etag(task)), body: to_json(&view) }
}

/// The answer to every other change: the task as it is now.
pub fn changed(task: &Task) -> SavedResponse {
    SavedResponse { status: 200, location: None, etag: Some(etag(task)), body: to_json(&TaskView::summary(task)) }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Event))]
pub struct EventView {
    pub event_id: uuid::Uuid,
    pub event: String,
    /// `kind` is person, operator, worker, sweeper or webhook; `subject` names a person or source.
    pub actor: Actor,
    pub from: Option<TaskState>,
    pub to: TaskState,
    pub reason: Option<Masked>,
    pub revision: Option<u32>,
    /// Of `assigned` and `unassigned`: who is to see to the task from then on, or was until then; of `mentioned`: who was.
    pub about: Option<Subject>,
    /// The comment that it is of.
    pub comment_id: Option<CommentId>,
    pub at: Timestamp,
    pub trace_id: String,
}

impl From<AuditEvent> for EventView {
    fn from(event: AuditEvent) -> Self {
        Self {
            event_id: event.id,
            event: event.event,
            actor: event.actor,
            from: event.from,
            to: event.to,
            reason: event.reason,
            revision: event.revision,
            about: event.about.map(|whom| whom.subject),
            comment_id: event.comment,
            at: event.at,
            trace_id: event.trace_id.to_string(),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Revision))]
pub struct RevisionView {
    pub revision: u32,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The posts of a thread, or the subject and the body of an e-mail, as plain text; an article has none. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub seo: Seo,
    pub featured_image: Option<Image>,
    /// Null where more than the quality bar keeps the text from publication.
    pub quality_score: Option<Score>,
    /// Each 0 to 100.
    pub quality: Quality,
    pub suggestions: Vec<String>,
    pub blockers: Vec<BlockerView>,
    pub word_count: u32,
    /// `kind` is outline, model, person, external or cleaner.
    pub author: Author,
    /// Whoever wrote the text, through what Galley has only cleaned and what a model wrote again: a subject. With a single revision alone,
    /// where the tenant wants four eyes and it is somebody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writer: Option<Subject>,
    /// The search results on the topic.
    pub references: Vec<Reference>,
    /// Every draft on the way to this text, with its scores.
    pub drafts: Vec<DraftScore>,
    /// The Markdown that the text was written in, where it was; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// What of the model's answer was no part of the text.
    pub removed: Vec<Removed>,
    /// What cleaning took out of the text.
    pub cleaned: Vec<Removal>,
    /// The agents that did something for this text, by phase, and by which versions of their prompts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<Phase, AgentUsed>,
    pub created_at: Timestamp,
}

impl RevisionView {
    pub fn whole(task_type: TaskType, revision: Revision) -> Self {
        let parts = Parts::of(task_type, &revision.title, &revision.html);
        let (content, markdown) = (Some(revision.html.clone()), revision.markdown.clone());
        Self { content, parts, markdown, ..Self::summary(revision) }
    }

    /// As a list shows it.
    pub fn summary(revision: Revision) -> Self {
        Self {
            revision: revision.number,
            blockers: blockers(&revision),
            quality_score: revision.shown_score(),
            title: revision.title,
            content: None,
            parts: None,
            excerpt: revision.excerpt,
            seo: revision.seo,
            featured_image: revision.featured_image,
            quality: revision.quality,
            suggestions: revision.suggestions,
            word_count: revision.word_count,
            author: revision.author,
            writer: None,
            references: revision.references,
            markdown: None,
            removed: revision.removed,
            cleaned: revision.cleaned,
            agents: revision.agents,
            drafts: revision.drafts,
            created_at: revision.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use galley_domain::content::gate::Finding;
    use galley_testkit::build::revision;

    use super::*;

    fn held_back(blockers: &[Blocker]) -> RevisionView {
        let finding = Finding {
            blocker: Blocker::Repetition,
            quote: "Again and again.".to_owned(),
            place: "The oven".to_owned(),
            judge: None,
        };
        let revision = Revision {
            blockers: blockers.to_vec(),
            findings: vec![finding],
            ..revision(1, "A title", Timestamp::UNIX_EPOCH)
        };
        RevisionView::summary(revision)
    }

    #[test]
    fn what_is_held_back_has_no_score_to_show_and_says_where() {
        let view = held_back(&[Blocker::BelowQualityBar, Blocker::Repetition]);
        assert_eq!(view.quality_score, None);
        let evidence: Vec<_> = view.blockers.iter().flat_map(|blocker| &blocker.evidence).collect();
        assert_eq!(
            evidence.iter().map(|one| (&*one.quote, &*one.place)).collect::<Vec<_>>(),
            [("Again and again.", "The oven")]
        );
    }

    #[test]
    fn a_score_that_is_too_low_is_shown() {
        assert!(held_back(&[]).quality_score.is_some());
        assert!(held_back(&[Blocker::BelowQualityBar]).quality_score.is_some());
    }
}
