//! From a decision and the task as it was read to the one change that carries it out. Pure but for the clock.

use jiff::{SignedDuration, Timestamp};

use crate::{
    access::{limits::QuotaDay, role::Role, route::Route},
    kernel::{clock::Clock, ids::Subject, mask::Masked},
    publishing::publish::{self, Checked},
    queue::message::{Kind, Message},
    review::{
        action::{Action, Approve, Command, DecideError, Edit, Reason, Republish, Review, Schedule},
        edit,
    },
    task::{
        audit::{Actor, AuditEvent, Context},
        record::{Approval, Decision, Task},
        revision::{Image, Revision},
        state::{Event, Generator, TaskState},
        store::Change,
    },
};

/// How far ahead a publication may be scheduled.
const FURTHEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How a decision is carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    pub change: Change,
    pub message: Option<Message>,
    pub then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Done,
    /// The change keeps a newly cleaned revision; the decision itself was not carried out.
    Cleaned,
}

impl Plan {
    /// What it begins takes this place of the day.
    pub(super) fn counting_in(mut self, place: Option<&QuotaDay>) -> Self {
        if let Some(day) = place {
            self.change.task.counts_in(day);
        }
        self
    }
}

/// What was read for a decision.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    pub task: &'a Task,
    /// The newest revision, or the one that the action is about.
    pub revision: Option<&'a Revision>,
    /// Whoever wrote that revision, where it matters.
    pub writer: Option<&'a Subject>,
}

/// What every plan is made from.
struct Situation<'a, C> {
    command: &'a Command,
    task: &'a Task,
    /// The newest revision, or the one that the action is about.
    revision: Option<&'a Revision>,
    slug_tries: u8,
    clock: &'a C,
    now: Timestamp,
}

/// What the command makes of the task: the one way from a person's decision to a change.
///
/// # Errors
/// See `DecideError`; nothing is to be written.
pub fn plan(command: &Command, read: Read<'_>, slug_tries: u8, clock: &impl Clock) -> Result<Plan, DecideError> {
    let Read { task, revision, writer } = read;
    let principal = &command.principal;
    principal.may(command.action.route())?;
    if command.action.undoes_a_decision(task.state) && principal.may(Route::Approve).is_err() {
        return Err(DecideError::UndoesADecision);
    }
    if command.if_match.as_ref().is_some_and(|seen| !seen.0.contains(&task.version)) {
        return Err(DecideError::VersionMismatch(task.version));
    }
    if command.action.reviewer().is_some_and(|reviewer| *reviewer != principal.subject && principal.role != Role::Admin)
    {
        return Err(DecideError::NotTheReviewer);
    }
    let approving = [&principal.subject, command.action.reviewer().unwrap_or(&principal.subject)];
    if command.action.publishes() && command.approver.refuses(writer, &approving) {
        return Err(DecideError::OwnText);
    }
    let situation = Situation { command, task, revision, slug_tries, clock, now: clock.now() };
    match &command.action {
        Action::Approve(body) if body.approved => situation.approve(body),
        Action::Approve(body) => situation.reject(&Review {
            human_feedback: body.human_feedback.clone(),
            reviewer_id: body.reviewer_id.clone(),
            revision: body.revision,
        }),
        Action::Reject(body) => situation.reject(body),
        Action::RequestChanges(body) => situation.request_changes(body),
        Action::Edit(body) => situation.edit(body),
        Action::Republish(body) => situation.republish(body),
        Action::Schedule(body) => situation.schedule(body),
        Action::Cancel(note) => {
            let reason = note.reason.as_ref().map(Reason::as_str);
            Ok(situation.closing(task.cancelled(reason, &situation.context())?))
        }
        Action::Unpublish(note) => {
            let reason = note.reason.as_ref().map(Reason::as_str);
            Ok(situation.closing(task.unpublished(reason, &situation.context())?))
        }
        Action::Retry(note) => {
            let reason = note.reason.as_ref().map(Reason::as_str);
            Ok(situation.queueing(task.retried(reason, &situation.context())?))
        }
    }
}

impl<C: Clock> Situation<'_, C> {
    fn context(&self) -> Context {
        let actor = Actor::Person { subject: self.command.principal.subject.clone() };
        Context { at: self.now, ..Context::now(self.clock, actor, &self.command.trace_id) }
    }

    fn approve(&self, body: &Approve) -> Result<Plan, DecideError> {
        self.task.state.next(Event::Approved)?;
        self.hour(body.publish_at)?;
        let newest = self.newest(body.revision)?;
        if self.task.revision > 1 && body.revision.is_none() && self.command.if_match.is_none() {
            return Err(DecideError::RevisionUnnamed);
        }
        let overrode = self.unblocked(newest, body.override_blockers)?;
        match publish::check(self.task, newest, self.now) {
            Checked::Clean => {}
            Checked::Cleaned(cleaned) => return self.cleaned(*cleaned),
            Checked::TooMuch(bound) => return Err(DecideError::Unreadable(bound)),
        }
        // An image of the editor's choice is a revision of its own, and that one is approved.
        let mut events = Vec::new();
        let (task, illustrated) = match &body.featured_image_url {
            None => (self.task.clone(), None),
            Some(url) => {
                let revision = self.illustrated(newest, url.as_str());
                let (task, event) = self.task.edited(&revision, &self.context(), Some("featured_image_url"))?;
                events.push(event);
                (task, Some(revision))
            }
        };
        let revision = illustrated.as_ref().unwrap_or(newest);
        let approval = self.approval(Decision::Approved, body.human_feedback.as_str(), revision, overrode);
        let (mut task, approved) = task.approved(approval, body.publish_at, &self.context())?;
        events.push(approved);
        if body.publish_at.is_none() {
            let live = publish::live_at(&task, revision, self.slug_tries, self.now);
            let (published, event) = task.published(live, &self.context())?;
            task = published;
            events.push(event);
        }
        let mut change = Change::new(self.task.stamp(), task, events);
        if body.publish_at.is_none() {
            change.live = publish::listing(self.task, &change.task, revision);
        }
        change.revision = illustrated;
        Ok(Plan { change, message: None, then: Then::Done })
    }

    fn reject(&self, body: &Review) -> Result<Plan, DecideError> {
        self.task.state.next(Event::Rejected { article: self.task.article() })?;
        let revision = self.newest(body.revision)?;
        let approval = self.approval(Decision::Rejected, body.human_feedback.as_str(), revision, Vec::new());
        Ok(self.closing(self.task.rejected(approval, &self.context())?))
    }

    fn request_changes(&self, body: &Review) -> Result<Plan, DecideError> {
        self.task.state.next(Event::ChangesRequested)?;
        let revision = match self.command.action.revision(self.task) {
            Some(live) => {
                self.revision.filter(|found| found.number == live).ok_or(DecideError::NoSuchRevision(live))?
            }
            None => self.newest(body.revision)?,
        };
        let feedback = body.human_feedback.as_str();
        let approval = self.approval(Decision::ChangesRequested, feedback, revision, Vec::new());
        Ok(self.queueing(self.task.changes_requested(approval, &self.context())?))
    }

    fn edit(&self, body: &Edit) -> Result<Plan, DecideError> {
        let author = &self.command.principal.subject;
        let revision = edit::revised(author, self.task, self.revision, body, self.now)?;
        let (task, event) = self.task.edited(&revision, &self.context(), None)?;
        let mut change = Change::new(self.task.stamp(), task, vec![event]);
        change.revision = Some(revision);
        Ok(Plan { change, message: None, then: Then::Done })
    }

    fn republish(&self, body: &Republish) -> Result<Plan, DecideError> {
        self.task.state.next(Event::Republished)?;
        let revision = self.revision.ok_or(DecideError::NoSuchRevision(body.revision))?;
        let overrode = self.unblocked(revision, body.override_blockers)?;
        match publish::check(self.task, revision, self.now) {
            Checked::Clean => {}
            Checked::Cleaned(cleaned) => return self.cleaned(*cleaned),
            Checked::TooMuch(bound) => return Err(DecideError::Unreadable(bound)),
        }
        let live = publish::live_at(self.task, revision, self.slug_tries, self.now);
        let (mut task, mut event) = self.task.published(live, &self.context())?;
        let feedback = body.human_feedback.as_str();
        event.reason = Some(Masked::of(feedback));
        task.approval = Some(self.approval(Decision::Approved, feedback, revision, overrode));
        let mut change = Change::new(self.task.stamp(), task, vec![event]);
        change.live = publish::listing(self.task, &change.task, revision);
        Ok(Plan { change, message: None, then: Then::Done })
    }

    /// What is approved waits for another hour; without one it is sent for at once, and the worker that the message finds publishes it.
    fn schedule(&self, body: &Schedule) -> Result<Plan, DecideError> {
        self.task.state.next(Event::Rescheduled)?;
        self.hour(body.publish_at)?;
        let reason = body.reason.as_ref().map(Reason::as_str);
        let (task, event) = self.task.rescheduled(body.publish_at, reason, &self.context())?;
        let message = body
            .publish_at
            .is_none()
            .then(|| Message::new(Kind::Publish, task.tenant.clone(), task.id.as_str(), self.command.trace_id.clone()));
        Ok(Plan { change: Change::new(self.task.stamp(), task, vec![event]), message, then: Then::Done })
    }

    fn hour(&self, publish_at: Option<Timestamp>) -> Result<(), DecideError> {
        if publish_at.is_some_and(|at| at <= self.now || at > self.now + FURTHEST) {
            return Err(DecideError::InvalidPublishAt);
        }
        Ok(())
    }

    /// The newest revision, which must be the one that the body names, if it names one.
    fn newest(&self, named: Option<u32>) -> Result<&Revision, DecideError> {
        let newest = self.revision.ok_or(DecideError::NoSuchRevision(self.task.revision))?;
        match named {
            Some(number) if number > newest.number => Err(DecideError::NoSuchRevision(number)),
            Some(number) if number < newest.number => Err(DecideError::RevisionOutdated { newest: newest.number }),
            _ => Ok(newest),
        }
    }

    /// The blockers that an admin overrides, recorded by name; anyone else is held by them.
    fn unblocked(&self, revision: &Revision, overriding: bool) -> Result<Vec<String>, DecideError> {
        if overriding && self.command.principal.role != Role::Admin {
            return Err(DecideError::OverrideNeedsAdmin);
        }
        if revision.blockers.is_empty() {
            return Ok(Vec::new());
        }
        if !overriding {
            return Err(DecideError::Blocked(revision.blockers.clone()));
        }
        Ok(revision.blockers.iter().map(|blocker| blocker.code().to_owned()).collect())
    }

    fn illustrated(&self, revision: &Revision, url: &str) -> Revision {
        Revision {
            number: self.task.revision + 1,
            featured_image: Some(Image {
                url: url.to_owned(),
                alt: revision.title.clone(),
                photographer: None,
                licence: None,
                page: None,
            }),
            created_at: self.now,
            ..revision.clone()
        }
    }

    fn cleaned(&self, revision: Revision) -> Result<Plan, DecideError> {
        let (task, event) = self.task.edited(&revision, &self.context(), Some("revision_cleaned"))?;
        let mut change = Change::new(self.task.stamp(), task, vec![event]);
        change.revision = Some(revision);
        Ok(Plan { change, message: None, then: Then::Cleaned })
    }

    fn approval(&self, decision: Decision, feedback: &str, revision: &Revision, overrode: Vec<String>) -> Approval {
        let reviewer = self.command.action.reviewer().unwrap_or(&self.command.principal.subject);
        Approval {
            decision,
            reviewer_id: reviewer.clone(),
            human_feedback: feedback.to_owned(),
            revision: revision.number,
            content_hash: revision.content_hash(),
            overrode,
            at: self.now,
        }
    }

    /// A move after which the task has no article takes it down in the same write.
    fn closing(&self, (task, event): (Task, AuditEvent)) -> Plan {
        let mut change = Change::new(self.task.stamp(), task, vec![event]);
        change.live = publish::delisting(self.task, &change.task);
        Plan { change, message: None, then: Then::Done }
    }

    /// A move back to `pending` needs a worker, unless the content comes by webhook.
    fn queueing(&self, (task, event): (Task, AuditEvent)) -> Plan {
        debug_assert_eq!(task.state, TaskState::Pending);
        let message = (task.request.generator == Generator::Internal)
            .then(|| Message::generate(task.tenant.clone(), &task.id, self.command.trace_id.clone()));
        Plan { change: Change::new(self.task.stamp(), task, vec![event]), message, then: Then::Done }
    }
}
