//! Going live. What is published is, byte for byte, what was approved, and clean by this very code; anything else
//! publishes nothing and becomes a new revision to decide on.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    content::{
        blockers::Blocker,
        clean::{self, CleanHtml, Removal, Stale, TooMuch},
        gate,
        slug::Slug,
    },
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{TaskId, TenantId, TraceId},
    },
    outbox::announce,
    queue::message::Queue,
    task::{
        audit::{Actor, Context},
        record::{Live, Outlet, Task},
        revision::{Author, Revision},
        state::TaskState,
        store::{Change, CommitError, Entry, LiveChange, TaskStore},
    },
};

/// How often a taken slug is answered with another suffix.
pub const SLUG_TRIES: u8 = 3;

/// Whether a revision may go live as it is stored.
#[derive(Clone, Debug)]
pub enum Checked {
    Clean,
    /// The stored bytes needed cleaning: this is the text to decide on instead.
    Cleaned(Box<Revision>),
    /// They pass a bound of what is read: somebody has to write the text anew.
    TooMuch(TooMuch),
}

/// Cleans the stored bytes again, with today's rules.
pub fn check(task: &Task, revision: &Revision, now: Timestamp) -> Checked {
    match clean::recheck(&revision.html) {
        Ok(_) => Checked::Clean,
        Err(Stale::TooMuch(bound)) => Checked::TooMuch(bound),
        Err(Stale::Changed { html, removed }) => {
            Checked::Cleaned(Box::new(cleaned(task, revision, html, removed, now)))
        }
    }
}

/// `revision` as today's rules leave it, with what they took out. A link or a picture that is gone holds it back, as it would a text
/// that is written today.
fn cleaned(task: &Task, revision: &Revision, html: CleanHtml, removed: Vec<Removal>, now: Timestamp) -> Revision {
    let lost = gate::lost(&removed);
    let blockers: BTreeSet<Blocker> =
        revision.blockers.iter().copied().chain(lost.iter().map(|finding| finding.blocker)).collect();
    Revision {
        number: task.revision + 1,
        html: html.into_string(),
        // What it was made of is not what is decided on any more.
        markdown: None,
        author: Author::Cleaner { revision: Some(revision.number) },
        blockers: blockers.into_iter().collect(),
        findings: revision.findings.iter().cloned().chain(lost).collect(),
        cleaned: removed,
        created_at: now,
        ..revision.clone()
    }
}

/// Where `revision` goes live: where the task's article is already, else under its title's slug. A slug that was
/// taken `tries` times gets a suffix that is the task's own. What is no article keeps the slug of its title, and takes it from
/// no article.
pub fn live_at(task: &Task, revision: &Revision, tries: u8, now: Timestamp) -> Live {
    let slug = if let Some(live) = &task.live {
        live.slug.clone()
    } else {
        let plain = Slug::in_language(&revision.title, Some(&task.request.language()));
        let hex = task.id.as_str();
        match tries {
            0 => plain,
            // The end of a UUIDv7 is its random part.
            tries => plain.with_suffix(hex.get(hex.len().saturating_sub(4 * usize::from(tries))..).unwrap_or(hex)),
        }
    };
    Live {
        slug,
        revision: revision.number,
        published_at: task.live.as_ref().map_or(now, |live| live.published_at),
        updated_at: Some(now),
        outlet: Outlet::of(task.request.task_type),
    }
}

/// What going live with `revision` does to the list of articles, from `before` to `after`.
pub fn listing(before: &Task, after: &Task, revision: &Revision) -> LiveChange {
    let Some(live) = &after.live else { return LiveChange::None };
    match (live.outlet, &before.live) {
        (Outlet::Articles, _) => LiveChange::Put(Box::new(Entry::of(after, revision, live.clone()))),
        // It went live when e-mails and threads stood in the list.
        (Outlet::Task, Some(Live { slug, outlet: Outlet::Articles, .. })) => LiveChange::Remove(slug.clone()),
        (Outlet::Task, _) => LiveChange::None,
    }
}

/// What a move does to the list of articles after which the task may have none.
pub fn delisting(before: &Task, after: &Task) -> LiveChange {
    match &before.live {
        Some(Live { slug, outlet: Outlet::Articles, .. }) if after.live.is_none() => LiveChange::Remove(slug.clone()),
        _ => LiveChange::None,
    }
}

/// What came of a `publish` message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    Published,
    /// Another decision is needed; the reason stands in the audit.
    Failed,
    /// Published, cancelled or not yet due: a duplicate, or too early.
    NothingToDo,
}

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no free slug was found")]
    NoSlug,
}

/// Publishes an approved task whose hour has come.
///
/// # Errors
/// See `PublishError`; the message may be delivered again.
pub async fn publish_due(
    store: &impl TaskStore,
    queue: &impl Queue,
    clock: &impl Clock,
    tenant: &TenantId,
    id: &TaskId,
    trace_id: &TraceId,
) -> Result<PublishOutcome, PublishError> {
    let Some((task, newest)) = store.load(id).await? else { return Ok(PublishOutcome::NothingToDo) };
    let now = clock.now();
    let due = task.publish_at.is_none_or(|at| at <= now);
    if task.tenant != *tenant || task.state != TaskState::Approved || !due {
        return Ok(PublishOutcome::NothingToDo);
    }
    let approved = task.approval.as_ref().map(|approval| (approval.revision, approval.content_hash.clone()));
    let revision = match (newest, &approved) {
        (Some(newest), Some((number, _))) if newest.number == *number => Some(newest),
        (_, Some((number, _))) => store.revision(id, *number).await?,
        (newest, None) => newest,
    };
    for tries in 0..SLUG_TRIES {
        let context = Context::now(clock, Actor::Worker, trace_id);
        let Some((change, outcome)) = plan(&task, revision.as_ref(), approved.as_ref(), tries, &context) else {
            return Ok(PublishOutcome::NothingToDo);
        };
        let (next, events) = (change.task.clone(), change.events.clone());
        match store.commit(change).await {
            Ok(()) => {
                announce::announce(queue, &next, &events).await;
                return Ok(outcome);
            }
            Err(CommitError::SlugTaken) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            // Cancelled, or published by a duplicate of this message.
            Err(_) => return Ok(PublishOutcome::NothingToDo),
        }
    }
    Err(PublishError::NoSlug)
}

/// The change that says that `task` could not be published, however often it was begun. `None`: it waits for nothing.
pub fn given_up(task: &Task, context: &Context) -> Option<Change> {
    let due = task.publish_at.is_none_or(|at| at <= context.at);
    if task.state != TaskState::Approved || !due {
        return None;
    }
    let (next, event) = task.publication_failed("given_up", None, context).ok()?;
    Some(Change::new(task.stamp(), next, vec![event]))
}

/// The change that publishes, or that says why not. `None` when the state allows neither.
fn plan(
    task: &Task,
    revision: Option<&Revision>,
    approved: Option<&(u32, String)>,
    tries: u8,
    context: &Context,
) -> Option<(Change, PublishOutcome)> {
    let failed = |reason: &str, cleaned: Option<&Revision>| {
        let (next, event) = task.publication_failed(reason, cleaned, context).ok()?;
        let mut change = Change::new(task.stamp(), next, vec![event]);
        change.revision = cleaned.cloned();
        Some((change, PublishOutcome::Failed))
    };
    let Some(revision) = revision else { return failed("revision_missing", None) };
    if approved.is_some_and(|(_, hash)| *hash != revision.content_hash()) {
        return failed("revision_changed", None);
    }
    match check(task, revision, context.at) {
        Checked::Cleaned(cleaned) => failed("revision_cleaned", Some(&cleaned)),
        Checked::TooMuch(_) => failed("revision_unreadable", None),
        Checked::Clean => {
            let live = live_at(task, revision, tries, context.at);
            let (next, event) = task.published(live, context).ok()?;
            let mut change = Change::new(task.stamp(), next, vec![event]);
            change.live = listing(task, &change.task, revision);
            Some((change, PublishOutcome::Published))
        }
    }
}
