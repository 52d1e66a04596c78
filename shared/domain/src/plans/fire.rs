//! Makes the task of an occurrence that is due, by the way on which clients' tasks are made.
//! Invariant: a task, the record of its occurrence and the schedule after it are one write. Whoever comes second finds nothing to do.

use galley_api::task::PublishMode;
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    access::{
        keys::KeyStore,
        limits::{DayQuota, LimitStore},
        people::PersonStore,
        role::Role,
    },
    agents::store::AgentStore,
    idempotency::claim::ClaimError,
    intake::create::{Command, CreateError, Created, Creator},
    kernel::{clock::Clock, error::StoreError, ids::ScheduleId},
    plans::{
        month::{self, is_worked_on},
        owner::present_role,
    },
    publishing::near::NearStore,
    queue::message::{Message, Queue},
    schedule::{
        record::{Because, Missed, Overlap, Plan, Schedule},
        rule::Occurrence,
        run::{Outcome, Ran, Run},
        store::ScheduleStore,
        template::Fault,
    },
    task::{audit::Actor, request::TaskRequest, store::TaskStore},
    tenancy::settings::{TaskDefaults, TenantStore},
};

/// An occurrence that is come to later than this is missed.
pub const LATE: SignedDuration = SignedDuration::from_hours(1);
/// How often a schedule that changed under our hands is read again.
const TRIES: u8 = 3;

/// What a message of a schedule came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    Ran(Outcome),
    /// A duplicate, or nothing that is known or due.
    NothingToDo,
}

#[derive(Debug, thiserror::Error)]
pub enum FireError {
    #[error("the schedule kept changing")]
    Contended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is to come of an occurrence.
pub(super) enum Decision {
    Make(Box<TaskRequest>),
    End(Outcome),
}

/// What making the tasks of schedules needs: all that making a client's needs.
#[derive(Clone, Debug)]
pub struct Firing<S, Q, C> {
    pub creator: Creator<S, Q, C>,
    /// Of a tenant that has no other.
    pub quota: DayQuota,
}

/// An occurrence whose time has come, and how many before it were missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Due {
    occurrence: Occurrence,
    missed_before: u32,
}

impl<S, Q: Queue, C: Clock> Firing<S, Q, C>
where
    S: ScheduleStore + TaskStore + LimitStore + TenantStore + PersonStore + KeyStore + NearStore + AgentStore,
{
    /// Makes what the schedule that `message` names is due for.
    ///
    /// # Errors
    /// See `FireError`; the message may be delivered again.
    pub async fn fire(&self, message: &Message) -> Result<Fired, FireError> {
        let Ok(id) = ScheduleId::new(message.id.clone()) else { return Ok(Fired::NothingToDo) };
        for _ in 0..TRIES {
            let found = self.creator.store.schedule(&id).await?;
            let Some(schedule) = found.filter(|schedule| schedule.plan.tenant == message.tenant) else {
                return Ok(Fired::NothingToDo);
            };
            let now = self.creator.clock.now();
            let Some(due) = due(&schedule, now) else { return Ok(Fired::NothingToDo) };
            if let Some(outcome) = self.run(&schedule, due, now).await? {
                return Ok(Fired::Ran(outcome));
            }
        }
        Err(FireError::Contended)
    }

    /// `None`: the schedule has changed since it was read, or its occurrence has run.
    async fn run(&self, schedule: &Schedule, due: Due, now: Timestamp) -> Result<Option<Outcome>, FireError> {
        let Due { occurrence, missed_before } = due;
        let decision = match self.not_now(schedule, occurrence, now).await? {
            Some(outcome) => Decision::End(outcome),
            None => self.decide(schedule, occurrence.local.date(), now).await?,
        };
        let (outcome, request) = match decision {
            Decision::End(outcome) => (outcome, None),
            // The write that makes the task says which it is.
            Decision::Make(request) => (Outcome::Missed, Some(request)),
        };
        let past = schedule.past(occurrence, now);
        let after = match outcome {
            Outcome::Paused { because } => past.paused(because, now),
            _ => past,
        };
        let run = Run {
            schedule: schedule.plan.id.clone(),
            occurrence: Some(occurrence.local),
            due_at: occurrence.at,
            at: now,
            missed_before,
            outcome,
        };
        let ran = Ran {
            schedule: Box::new(Schedule { version: schedule.version + 1, ..after }),
            over: schedule.version,
            run,
        };
        let Some(request) = request else { return self.keep(ran).await };
        let command = self.command(schedule, *request, ran.clone()).await?;
        match self.creator.create_unclaimed(command).await {
            Ok(Created::New(task)) => Ok(Some(Outcome::Made { task_id: task.id })),
            // Claimed by nobody: it is the schedule that has changed.
            Ok(Created::Replay(_)) | Err(CreateError::InFlight | CreateError::AlreadyProcessed) => Ok(None),
            Err(CreateError::Store(error)) => Err(error.into()),
            Err(refused) => {
                let run = Run { outcome: Outcome::Refused { reason: refused.to_string() }, ..ran.run };
                self.keep(Ran { run, ..ran }).await
            }
        }
    }

    async fn keep(&self, ran: Ran) -> Result<Option<Outcome>, FireError> {
        match self.creator.store.keep_run(&ran, None).await {
            Ok(true) => Ok(Some(ran.run.outcome)),
            Ok(false) | Err(ClaimError::Claimed(_) | ClaimError::InFlight) => Ok(None),
            Err(ClaimError::Store(error)) => Err(error.into()),
        }
    }

    /// What keeps an occurrence from being run at all.
    async fn not_now(
        &self,
        schedule: &Schedule,
        occurrence: Occurrence,
        now: Timestamp,
    ) -> Result<Option<Outcome>, StoreError> {
        if schedule.plan.missed == Missed::Skip && now.duration_since(occurrence.at) > LATE {
            return Ok(Some(Outcome::Missed));
        }
        let Some(before) = schedule.last_task.as_ref().filter(|_| schedule.plan.overlap == Overlap::Skip) else {
            return Ok(None);
        };
        let open = self.creator.store.task(before).await?.is_some_and(|task| is_worked_on(task.state));
        Ok(open.then(|| Outcome::Overlapped { task_id: before.clone() }))
    }

    /// The request of the next task, by what the owner may at this moment.
    pub(super) async fn decide(&self, schedule: &Schedule, date: Date, now: Timestamp) -> Result<Decision, StoreError> {
        let paused = |because| Ok(Decision::End(Outcome::Paused { because }));
        let (tenant, owner) = (&schedule.plan.tenant, &schedule.plan.owner);
        if schedule.has_used_its_topics() {
            return paused(Because::TopicsUsedUp);
        }
        let request = match schedule.request.filled(schedule.values(date)) {
            Ok(request) => request,
            Err(faults) => {
                let told = faults.iter().map(|Fault { field, rule }| format!("{field} {rule}")).collect::<Vec<_>>();
                return Ok(Decision::End(Outcome::Refused { reason: told.join("; ") }));
            }
        };
        let publishes = request.publish_mode == PublishMode::Publish;
        let needed = if publishes { Role::Admin } else { Role::Author };
        match present_role(&self.creator.store, (tenant, owner), needed, now).await? {
            None => return paused(Because::OwnerGone),
            Some(role) if role < Role::Author => return paused(Because::OwnerMayNot),
            Some(role) if role < needed => return paused(Because::OwnerMayNotPublish),
            Some(role) if request.allow_near_duplicate && role < Role::Editor => {
                let reason = CreateError::MayNotRepeat.to_string();
                return Ok(Decision::End(Outcome::Refused { reason }));
            }
            Some(_) => {}
        }
        if let Some(reason) = month::refuses(&self.creator.store, schedule, now).await? {
            return Ok(Decision::End(Outcome::Refused { reason }));
        }
        let max_cost_usd = schedule.plan.max_cost_usd;
        Ok(Decision::Make(Box::new(TaskRequest { max_cost_usd, ..request })))
    }

    /// As a client's, with the owner as who asks, and the tenant's settings as they are.
    pub(super) async fn command(
        &self,
        schedule: &Schedule,
        request: TaskRequest,
        ran: Ran,
    ) -> Result<Command, StoreError> {
        let Plan { id, tenant, owner, .. } = &schedule.plan;
        let settings = self.creator.store.settings(tenant).await?;
        Ok(Command {
            quota: settings.limits.quota(self.quota),
            defaults: TaskDefaults::of(settings),
            // It was looked at when the request was filled in.
            may_repeat: true,
            tenant: tenant.clone(),
            requested_by: owner.clone(),
            actor: Actor::Schedule { schedule: id.clone() },
            request,
            claim: None,
            receipt: None,
            ran: Some(Box::new(ran)),
            trace_id: schedule.trace_id.clone(),
        })
    }
}

/// The last occurrence whose time has come.
fn due(schedule: &Schedule, now: Timestamp) -> Option<Due> {
    let first = schedule.plan.next.filter(|next| schedule.plan.pause.is_none() && next.at <= now)?;
    let due = Due { occurrence: first, missed_before: 0 };
    let later = schedule.coming(first.at).take_while(|next| next.at <= now);
    Some(later.fold(due, |due, next| Due { occurrence: next, missed_before: due.missed_before + 1 }))
}
