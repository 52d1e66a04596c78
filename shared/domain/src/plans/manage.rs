//! What editors do with schedules: make, change, end them, leave an occurrence out, have one run at once.
//! Invariant: a schedule does what its owner has said, by what its owner may; who says something else becomes its owner.

use galley_api::task::PublishMode;
use jiff::Timestamp;

use crate::{
    access::{
        acts::{Acting, Recording},
        keys::KeyStore,
        limits::LimitStore,
        people::PersonStore,
        role::{Principal, Role},
    },
    agents::{cast, store::AgentStore},
    idempotency::claim::{Claim, ClaimError, KeyReused, Keyed, Once, SavedResponse},
    intake::create::{Command, CreateError, Created, Creator},
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{ScheduleId, TraceId},
    },
    plans::{
        fire::{Decision, Firing},
        owner::standing,
    },
    publishing::near::NearStore,
    queue::message::Queue,
    schedule::{
        record::{Because, MOST_SCHEDULES, MOST_SKIPPED, NewSchedule, Plan, Schedule, SchedulePatch},
        rule::LocalMoment,
        run::{Outcome, Ran, Run},
        store::ScheduleStore,
        template::Fault,
    },
    task::{record::Task, replay::replay_or, store::TaskStore},
    tenancy::settings::TenantStore,
};
use std::collections::BTreeSet;

/// How often a change of a schedule is begun anew where another came between.
const TRIES: u8 = 3;

#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("there is no such schedule")]
    Unknown,
    #[error("a tenant has at most {MOST_SCHEDULES} schedules")]
    TooMany,
    #[error("some fields break a rule")]
    Invalid(Vec<Fault>),
    /// A token of a foreign issuer says what its bearer may, and nobody else does.
    #[error(
        "its owner must be one of the tenant's people, or have an API key: by these it is looked up what it may, at each run"
    )]
    NobodyToLookUp,
    #[error("only what an admin has scheduled is published without a person")]
    MayNotPublish,
    #[error("this tenant owns no content")]
    NoContent,
    #[error("the schedule has no such occurrence to come")]
    NotToCome,
    #[error("at most {MOST_SKIPPED} occurrences to come may be left out")]
    TooManySkipped,
    /// Nothing was made, and nothing changed.
    #[error("{}", told(.0))]
    NotRun(Outcome),
    #[error("the schedule kept changing")]
    Contended,
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

impl From<StoreError> for ScheduleError {
    fn from(error: StoreError) -> Self {
        Self::Claim(error.into())
    }
}

impl From<KeyReused> for ScheduleError {
    fn from(reused: KeyReused) -> Self {
        Self::Create(reused.into())
    }
}

/// Why nothing came of a run, in words.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { reason } => reason.clone(),
        Outcome::Paused { because } => match because {
            Because::OwnerGone => "its owner is none of the tenant's people, and has no key".to_owned(),
            Because::OwnerMayNot => "its owner is no author any more".to_owned(),
            Because::OwnerMayNotPublish => {
                "it publishes without a person, and its owner is no admin any more".to_owned()
            }
            Because::TopicsUsedUp => "each of its topics has had its task".to_owned(),
            Because::Asked | Because::GivenUp => "it pauses".to_owned(),
        },
        Outcome::Made { .. } | Outcome::Skipped | Outcome::Missed | Outcome::Overlapped { .. } => {
            "it was not run".to_owned()
        }
    }
}

impl<S, Q: Queue + Clone, C: Clock + Clone> Firing<S, Q, C>
where
    S: ScheduleStore
        + TaskStore
        + LimitStore
        + TenantStore
        + PersonStore
        + KeyStore
        + NearStore
        + AgentStore
        + Recording,
{
    /// Makes a schedule, once under an idempotency key.
    ///
    /// # Errors
    /// See `ScheduleError`; there is no schedule then.
    pub async fn make(
        &self,
        acting: &Acting,
        asked: NewSchedule,
        keyed: &Keyed<Schedule>,
    ) -> Result<Once<Schedule>, ScheduleError> {
        let (store, now, by) = (&self.creator.store, self.creator.clock.now(), &acting.principal);
        if let Some(claim) = &keyed.claim
            && let Some(claimed) = store.claimed(claim, now).await?
        {
            return Ok(Once::Replay(ClaimError::Claimed(claimed).replay()?));
        }
        if by.tenant.is_system() {
            return Err(ScheduleError::NoContent);
        }
        let schedule = self.planned(by, asked, &acting.trace_id, now);
        self.check(by, &schedule, now).await?;
        if store.schedules(&by.tenant, MOST_SCHEDULES, None).await?.items.len() >= MOST_SCHEDULES as usize {
            return Err(ScheduleError::TooMany);
        }
        let store = store.with_act(acting.own(&self.creator.clock, &schedule.plan.id));
        let written = store.make_schedule(&schedule, keyed.record(&schedule, now)).await;
        Ok(Once::of(schedule, written)?)
    }

    fn planned(&self, by: &Principal, asked: NewSchedule, trace_id: &TraceId, now: Timestamp) -> Schedule {
        let plan = Plan {
            id: ScheduleId::from_uuid(self.creator.clock.uuid()),
            tenant: by.tenant.clone(),
            owner: by.subject.clone(),
            name: asked.name,
            rule: asked.rule.set_at(now),
            missed: asked.missed,
            overlap: asked.overlap,
            max_cost_usd: asked.max_cost_usd,
            max_cost_usd_per_month: asked.max_cost_usd_per_month,
            pause: None,
            next: None,
            made: 0,
            created_at: now,
            updated_at: now,
        };
        let schedule = Schedule {
            plan,
            request: asked.request,
            topics: asked.topics,
            topics_used: 0,
            skipped: BTreeSet::new(),
            last: None,
            last_task: None,
            version: 1,
            trace_id: trace_id.clone(),
        };
        schedule.onward(now)
    }

    /// Whether it can do what it says, and `by` may have it do so.
    async fn check(&self, by: &Principal, schedule: &Schedule, now: Timestamp) -> Result<(), ScheduleError> {
        let mut faults = schedule.faults(now);
        if schedule.plan.pause.is_none() && schedule.plan.next.is_none() {
            faults.push(Fault::new("rule", "must have an occurrence to come"));
        }
        if schedule.has_used_its_topics() {
            faults.push(Fault::new("topics", "must have one that has had no task"));
        }
        let sample = schedule.request.filled(schedule.values(schedule.plan.rule.day_of(now)));
        let (Ok(request), true) = (sample, faults.is_empty()) else { return Err(ScheduleError::Invalid(faults)) };
        let models = self.creator.models.unknown(&request).into_iter();
        faults.extend(models.map(|field| {
            Fault::new(format!("request.{field}"), "must be a model that GET /api/models lists, or custom/<name>")
        }));
        if let Some(publish_to) = &request.publish_to {
            let targets = self.creator.store.settings(&by.tenant).await?.targets;
            if !targets.unknown(publish_to).is_empty() {
                faults.push(Fault::new("request.publish_to", "must name targets of the tenant"));
            }
        }
        let miscast = cast::miscast(&self.creator.store, (&by.tenant, &by.subject), &request).await?;
        faults.extend(miscast.into_iter().map(|wrong| Fault::new(format!("request.{}", wrong.field), wrong.rule)));
        if !faults.is_empty() {
            return Err(ScheduleError::Invalid(faults));
        }
        let standing = standing(&self.creator.store, by, now).await?;
        match standing.filter(|role| *role >= Role::Author) {
            None => Err(ScheduleError::NobodyToLookUp),
            Some(role) if role < Role::Admin && request.publish_mode == PublishMode::Publish => {
                Err(ScheduleError::MayNotPublish)
            }
            Some(role) if role < Role::Editor && request.allow_near_duplicate => Err(CreateError::MayNotRepeat.into()),
            Some(_) => Ok(()),
        }
    }

    /// A schedule of the caller's tenant.
    async fn found(&self, by: &Principal, id: &ScheduleId) -> Result<Schedule, ScheduleError> {
        let found = self.creator.store.schedule(id).await?;
        found.filter(|schedule| schedule.plan.tenant == by.tenant).ok_or(ScheduleError::Unknown)
    }

    /// Changes a schedule, has it pause or go on.
    ///
    /// # Errors
    /// See `ScheduleError`; nothing has changed then.
    pub async fn change(
        &self,
        acting: &Acting,
        id: &ScheduleId,
        asked: &SchedulePatch,
    ) -> Result<Schedule, ScheduleError> {
        let by = &acting.principal;
        let store = self.creator.store.with_act(acting.own(&self.creator.clock, id));
        for _ in 0..TRIES {
            let (found, now) = (self.found(by, id).await?, self.creator.clock.now());
            let next = changed(&found, by, asked, now);
            if asked.takes_over() {
                self.check(by, &next, now).await?;
            }
            if store.keep_schedule(&next, found.version).await? {
                return Ok(next);
            }
        }
        Err(ScheduleError::Contended)
    }

    /// Ends a schedule. Its tasks stay as they are.
    ///
    /// # Errors
    /// See `ScheduleError`.
    pub async fn remove(&self, acting: &Acting, id: &ScheduleId) -> Result<(), ScheduleError> {
        let store = self.creator.store.with_act(acting.own(&self.creator.clock, id));
        for _ in 0..TRIES {
            let found = self.found(&acting.principal, id).await?;
            if store.remove_schedule(&found).await? {
                return Ok(());
            }
        }
        Err(ScheduleError::Contended)
    }

    /// Leaves out an occurrence that is to come, once under an idempotency key.
    ///
    /// # Errors
    /// See `ScheduleError`.
    pub async fn skip(
        &self,
        acting: &Acting,
        (id, at): (&ScheduleId, LocalMoment),
        keyed: &Keyed<Run>,
    ) -> Result<Once<Run>, ScheduleError> {
        let store = self.creator.store.with_act(acting.own(&self.creator.clock, id));
        for _ in 0..TRIES {
            let (found, now) = (self.found(&acting.principal, id).await?, self.creator.clock.now());
            let ran = match skipped(&found, at, now) {
                Ok(ran) => ran,
                // Left out by this very request, perhaps.
                Err(refused) => {
                    return replay_or(refused, keyed.claim.as_ref(), &self.creator.store, now).await.map(Once::Replay);
                }
            };
            let written = match store.keep_run(&ran, keyed.record(&ran.run, now)).await {
                Ok(true) => Ok(()),
                Ok(false) => continue,
                Err(error) => Err(error),
            };
            return Ok(Once::of(ran.run, written)?);
        }
        Err(ScheduleError::Contended)
    }

    /// Makes the next task at once, whatever the clock says and whether it pauses; once under an idempotency key. What comes next stays.
    ///
    /// # Errors
    /// See `ScheduleError`; no task was made then, and no place of the day's quota is used.
    pub async fn run_now(
        &self,
        (acting, id): (&Acting, &ScheduleId),
        claim: Option<Claim>,
        render: impl Fn(&Run) -> SavedResponse + Send + Sync,
    ) -> Result<Once<Run>, ScheduleError> {
        let (ran, command) = match self.at_once(&acting.principal, id).await {
            Ok((ran, command)) => (ran, command),
            Err(refused) => {
                let now = self.creator.clock.now();
                let saved = replay_or(refused, claim.as_ref(), &self.creator.store, now).await;
                return saved.map(Once::Replay);
            }
        };
        let of = |task: &Task| ran.clone().made(&task.id).run;
        let command = Command { claim, ..command };
        // The task says for whom it was made, and not who had it made now.
        let Creator { store, queue, clock, models } = &self.creator;
        let store = store.with_act(acting.own(clock, id));
        let creator = Creator { store, queue: queue.clone(), clock: clock.clone(), models: models.clone() };
        Ok(match creator.create_uncounted(command, |task| render(&of(task))).await? {
            Created::New(task) => Once::New(of(&task)),
            Created::Replay(saved) => Once::Replay(saved),
        })
    }

    async fn at_once(&self, by: &Principal, id: &ScheduleId) -> Result<(Ran, Command), ScheduleError> {
        let (schedule, now) = (self.found(by, id).await?, self.creator.clock.now());
        let request = match self.decide(&schedule, schedule.plan.rule.day_of(now), now).await? {
            Decision::Make(request) => *request,
            Decision::End(outcome) => return Err(ScheduleError::NotRun(outcome)),
        };
        let mut after = schedule.clone();
        (after.version, after.plan.updated_at) = (schedule.version + 1, now);
        // The outcome is said by the write that makes the task.
        let outcome = Outcome::Missed;
        let run = Run { schedule: id.clone(), occurrence: None, due_at: now, at: now, missed_before: 0, outcome };
        let ran = Ran { schedule: Box::new(after), over: schedule.version, run };
        let command = self.command(&schedule, request, ran.clone()).await?;
        Ok((ran, command))
    }
}

/// A schedule as somebody wants it.
fn changed(found: &Schedule, by: &Principal, asked: &SchedulePatch, now: Timestamp) -> Schedule {
    let mut next = Schedule { version: found.version + 1, ..found.clone() };
    let plan = &mut next.plan;
    plan.updated_at = now;
    if asked.takes_over() {
        plan.owner = by.subject.clone();
    }
    if let Some(name) = &asked.name {
        plan.name.clone_from(name);
    }
    plan.missed = asked.missed.unwrap_or(plan.missed);
    plan.overlap = asked.overlap.unwrap_or(plan.overlap);
    plan.max_cost_usd = asked.max_cost_usd.unwrap_or(plan.max_cost_usd);
    plan.max_cost_usd_per_month = asked.max_cost_usd_per_month.unwrap_or(plan.max_cost_usd_per_month);
    if let Some(rule) = &asked.rule {
        plan.rule = rule.clone().set_at(now);
    }
    if let Some(request) = &asked.request {
        next.request.clone_from(request);
    }
    if let Some(topics) = &asked.topics {
        next.topics.clone_from(topics);
        next.topics_used = 0;
    }
    match (asked.paused, next.plan.pause.is_some()) {
        (Some(true), false) => return Schedule { version: found.version + 1, ..next.paused(Because::Asked, now) },
        (Some(false), true) => next.plan.pause = None,
        _ if asked.rule.is_none() => return next,
        _ => {}
    }
    // What is due already has its run, whatever comes after it.
    if next.plan.next.is_some_and(|due| due.at <= now) { next } else { next.onward(now) }
}

/// Without an occurrence that is to come.
fn skipped(found: &Schedule, at: LocalMoment, now: Timestamp) -> Result<Ran, ScheduleError> {
    let mut coming = found.coming(now).take_while(|one| one.local <= at);
    let occurrence = coming.find(|one| one.local == at).ok_or(ScheduleError::NotToCome)?;
    if found.skipped.len() >= MOST_SKIPPED {
        return Err(ScheduleError::TooManySkipped);
    }
    let mut next = Schedule { version: found.version + 1, ..found.clone() };
    next.skipped.insert(at);
    next.plan.updated_at = now;
    if next.plan.next == Some(occurrence) {
        next = next.onward(occurrence.at);
    }
    let run = Run {
        schedule: found.plan.id.clone(),
        occurrence: Some(at),
        due_at: occurrence.at,
        at: now,
        missed_before: 0,
        outcome: Outcome::Skipped,
    };
    Ok(Ran { schedule: Box::new(next), over: found.version, run })
}
