//! One attempt at a task: claim it, work while the lease is kept and the time lasts, and let go.

use std::{pin::pin, sync::Mutex as StdMutex, time::Duration};

use futures_util::{
    future::{self, Either},
    lock::Mutex,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    agents::cast::{self, Cast, CastError},
    generation::{
        ending::hopeless,
        worker::{
            CallTallies, Interruption, LeasedTask, RESERVE, WebServices, WorkError, WorkOutcome, WorkStore, Worker,
        },
    },
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{TaskId, TenantId, TraceId},
        usd::MicroUsd,
    },
    metrics::{self, Metric, stats::Tally},
    models::ask::LanguageModel,
    money::budget::{self, Cap, day_of},
    queue::message::{Kind, Queue},
    task::{
        comment,
        record::Task,
        revision::Revision,
        state::{Lease, TaskState},
        store::{Change, CommitError},
    },
    tenancy::registry::Registered,
};

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// Works on a task until it rests, the time is up or the lease is lost.
    ///
    /// # Errors
    /// See `WorkError`; the message may be delivered again.
    pub async fn generate(
        &self,
        tenant: &TenantId,
        id: &TaskId,
        trace_id: &TraceId,
        deadline: Timestamp,
    ) -> Result<WorkOutcome, WorkError> {
        let Some((task, previous)) = self.store.load(id).await? else {
            return Ok(WorkOutcome::NothingToDo("no such task"));
        };
        if task.tenant != *tenant {
            return Ok(WorkOutcome::NothingToDo("another tenant's task"));
        }
        if let Some((failure, refund)) = hopeless(&task, self.limits.attempts, self.clock.now()) {
            return self.give_up(&task, failure, refund, trace_id).await;
        }
        let Some(flags) = self.unless_held(Kind::Generate, tenant).await else {
            self.hold(&task).await;
            return Ok(WorkOutcome::NothingToDo("generation is switched off"));
        };
        if flags.is_debugged(id, tenant) {
            tracing::Span::current().record("verbose", true);
        }
        let context = self.context(trace_id);
        let Ok((claimed, event)) = task.claim(&context) else {
            return Ok(WorkOutcome::NothingToDo("not to be claimed"));
        };
        if !self.is_ours(Change::new(task.stamp(), claimed.clone(), vec![event])).await? {
            return Ok(WorkOutcome::NothingToDo("another worker was faster"));
        }
        let (checkpoints, settings, previous, comments) = future::join4(
            self.store.checkpoints(id, claimed.round),
            self.store.settings(tenant),
            self.revised(&claimed, previous),
            comment::all(&self.store, id),
        )
        .await;
        let settings = settings?;
        let cast = match self.cast(&claimed).await {
            Ok(cast) => cast,
            Err(CastError::Store(error)) => return Err(error.into()),
            Err(gone) => return self.miscast(&claimed, &gone, trace_id).await,
        };
        let leased = LeasedTask {
            task: Mutex::new(pinned(&claimed, &cast)),
            cast,
            done: StdMutex::default(),
            told: comment::told(claimed.feedback.as_deref(), &comments?),
            start: claimed,
            previous: previous?,
            checkpoints: checkpoints?,
            policy: settings.policy,
            caps: settings.limits.caps(self.limits.caps),
            switched_off: flags.providers_off(tenant),
            trace_id,
            deadline,
            claimed_at: context.at,
            calls: CallTallies::default(),
        };
        let ended = match self.run(&leased).await {
            Ok(()) => Ok(WorkOutcome::Drafted),
            Err(interruption) => self.stop(interruption, &leased).await,
        };
        future::join3(self.count_calls(&leased), self.list_tenant(&leased), self.watch_spending(&leased)).await;
        ended
    }

    /// Writes the claim of a task. `false`: somebody else has it.
    async fn is_ours(&self, claim: Change) -> Result<bool, WorkError> {
        match self.commit(claim).await {
            Ok(()) => Ok(true),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    /// Who does its phases: none of the agents that it names, where no model writes. What is found is written with the first step.
    async fn cast(&self, task: &Task) -> Result<Cast, CastError> {
        if task.request.agents.is_empty() || !self.models.is_configured().await {
            return Ok(Cast::new());
        }
        cast::cast(&self.store, &task.tenant, &task.request, (task.round, &task.agents)).await
    }

    /// Leaves a task due, for the sweep that finds generation switched on. Where that is not written, it is due a little later.
    async fn hold(&self, task: &Task) {
        let now = self.clock.now();
        let waits = matches!(task.state, TaskState::Pending | TaskState::Generating);
        let is_told = task.is_held() && task.due_at.is_some_and(|at| at <= now);
        if !waits || is_told || task.lease_at(now) == Lease::Held {
            return;
        }
        let held = Change::new(task.stamp(), task.held(now), Vec::new());
        if let Err(error) = self.store.commit(held).await {
            tracing::info!(task_id = %task.id, error = chain(&error), "a task that is held does not say so");
        }
    }

    /// The revision that the work begins from: the one that changes were requested of, else the newest.
    async fn revised(&self, task: &Task, newest: Option<Revision>) -> Result<Option<Revision>, StoreError> {
        match task.revised() {
            Some(number) if newest.as_ref().is_some_and(|newest| newest.number != number) => {
                Ok(self.store.revision(&task.id, number).await?.or(newest))
            }
            _ => Ok(newest),
        }
    }

    /// Whoever signs in by an issuer of their own never made a key: operators see their tenant from its first attempt on.
    async fn list_tenant(&self, leased: &LeasedTask<'_>) {
        let registered = Registered { tenant: leased.start.tenant.clone(), since: self.clock.now() };
        if let Err(error) = self.store.register(&registered).await {
            tracing::warn!(tenant = %registered.tenant, error = chain(&error), "a tenant was not put on the list");
        }
    }

    /// Says once when a cap is used to 80, 90 and 100 percent. The work does not depend on it.
    async fn watch_spending(&self, leased: &LeasedTask<'_>) {
        let (tenant, today) = (&leased.start.tenant, day_of(self.clock.now()));
        {
            let task = leased.task.lock().await;
            // What costs nothing leaves at least the name of whoever was asked.
            if task.cost_usd() == leased.start.cost_usd() && task.models == leased.start.models {
                return;
            }
        }
        let spending = match self.store.spending(tenant, today).await {
            Ok(spending) => spending,
            Err(error) => {
                tracing::warn!(%tenant, error = chain(&error), "what is spent was not looked at");
                return;
            }
        };
        let caps = [
            (Cap::Day, spending.on(today).micros(), leased.caps.day.micros()),
            (Cap::Month, spending.month.micros(), leased.caps.month.micros()),
            (Cap::Tokens, spending.tokens_on(today), leased.caps.tokens),
        ];
        for (cap, spent, most) in caps {
            let Some(level) = budget::level_of(spent, most) else { continue };
            if let Ok(true) = self.store.note_alert(tenant, cap, today, level).await {
                let labels = [cap.name(), &level.to_string()];
                metrics::count(Metric::BudgetAlerts, &labels);
                let tally = Tally::one(Metric::BudgetAlerts, &labels);
                if let Err(error) = self.store.tally(&tally, tenant.as_str(), self.clock.now()).await {
                    tracing::warn!(%tenant, error = chain(&error), "a budget that runs out was not counted");
                }
                let show = |amount| match cap {
                    Cap::Tokens => format!("{amount} tokens"),
                    Cap::Task | Cap::Day | Cap::Month => format!("{} USD", MicroUsd::from_micros(amount)),
                };
                let (spent, most) = (show(spent), show(most));
                tracing::warn!(%tenant, ?cap, level_percent = level, spent, cap_at = most, "a budget runs out");
            }
        }
    }

    /// The work, while the lease is kept and the time lasts.
    async fn run(&self, leased: &LeasedTask<'_>) -> Result<(), Interruption> {
        let now = self.clock.now();
        let until = |left: SignedDuration| Duration::try_from(left).unwrap_or_default();
        let function = until(leased.deadline.duration_since(now) - RESERVE);
        let attempt = until(self.limits.attempt.saturating_sub(leased.start.worked));
        let time_up = pin!(self.clock.sleep(function.min(attempt)));
        let lease = pin!(self.keep_lease(&leased.start.id, leased.start.fence));
        // On the heap: all phases together are larger than what a batch should carry about.
        let work = Box::pin(self.work(leased));
        match future::select(work, future::select(lease, time_up)).await {
            Either::Left((result, _)) => result,
            Either::Right((Either::Left((interruption, _)), _)) => Err(interruption),
            Either::Right((Either::Right(((), _)), _)) if attempt <= function => Err(Interruption::AttemptTooLong),
            Either::Right((Either::Right(((), _)), _)) => Err(Interruption::OutOfTime),
        }
    }
}

/// A task with whom its phases have in this round: what its first step writes, and every one after it.
fn pinned(task: &Task, cast: &Cast) -> Task {
    let agents = cast.iter().map(|(phase, part)| (*phase, part.used.clone())).collect();
    Task { agents, ..task.clone() }
}
