//! Every decision and change that a person makes to a task: turns a body into an action and its outcome into an answer.

mod bulk;
mod comments;

use galley_api::route::ApproveTaskRoute;
use galley_domain::{
    access::{
        allowance::{Allowance, Refused},
        limits::{DayQuota, LimitStore, QuotaDay, RateClass},
        people::PersonStore,
        role::Principal,
        route::Route,
    },
    agents::store::AgentStore,
    content::blockers::Blocker,
    idempotency::claim::{ClaimStore, SavedResponse},
    kernel::{
        clock::Clock,
        ids::{Subject, TaskId},
    },
    outbox::{
        deliver::DeliveryStore,
        manage::{self, Again},
        placement::PlacementStore,
        redeliver,
    },
    queue::message::Queue,
    review::{
        action::{Action, Approver, Assign, Command, DecideError},
        assign::{self, AssignError},
        decide::{Decided, Decider},
        edit,
    },
    task::{
        assigning::AssignmentStore, comment::CommentStore, record::Task, revision::InvalidManuscript as Invalid,
        store::TaskStore,
    },
    tenancy::settings::{Limits, TenantStore},
};
use galley_edge::{
    api::{self, PlacementRetry, PlacementView, RevisionView},
    http::{
        body,
        call::Call,
        counting,
        error::{ApiError, HeldBy, Problem},
        reply::Reply,
    },
};

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, C> {
    pub decider: Decider<S, Q, C>,
    /// The usual limits, for a tenant without its own.
    pub limits: Limits,
}

/// The parts of the table that decisions read and write.
pub trait DecideStore:
    TaskStore
    + AgentStore
    + AssignmentStore
    + CommentStore
    + PersonStore
    + LimitStore
    + DeliveryStore
    + PlacementStore
    + TenantStore
{
}

impl<T> DecideStore for T where
    T: TaskStore
        + AgentStore
        + AssignmentStore
        + CommentStore
        + PersonStore
        + LimitStore
        + DeliveryStore
        + PlacementStore
        + TenantStore
{
}

impl<S: DecideStore, Q: Queue, C: Clock> App<S, Q, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let bytes = call.json_bytes()?;
        let action = match call.of::<ApproveTaskRoute>()? {
            ApproveTaskRoute::BulkUpdate => return self.bulk(&call).await,
            ApproveTaskRoute::Redeliver => {
                let (store, now) = (&self.decider.store, self.decider.clock.now());
                return counting::counted_or_replayed(store, now, &call, self.redeliver(&call)).await;
            }
            ApproveTaskRoute::RetryPlacement => {
                let (store, now) = (&self.decider.store, self.decider.clock.now());
                return counting::counted_or_replayed(store, now, &call, self.retry_placement(&call, bytes)).await;
            }
            ApproveTaskRoute::CheckDraft => {
                let (store, now) = (&self.decider.store, self.decider.clock.now());
                return counting::counted(store, now, &call, self.check(&call, bytes)).await;
            }
            ApproveTaskRoute::Assign => {
                let asked: Assign = body::parse(bytes)?;
                return self.assign(&call, Some(&asked.assignee)).await;
            }
            ApproveTaskRoute::Unassign => return self.assign(&call, None).await,
            ApproveTaskRoute::MakeComment => return self.make_comment(&call, bytes).await,
            ApproveTaskRoute::PatchComment => return self.change_comment(&call, bytes).await,
            ApproveTaskRoute::RemoveComment => return self.remove_comment(&call).await,
            ApproveTaskRoute::Approve => Action::Approve(body::parse(bytes)?),
            ApproveTaskRoute::Reject => Action::Reject(body::parse(bytes)?),
            ApproveTaskRoute::RequestChanges => Action::RequestChanges(body::parse(bytes)?),
            ApproveTaskRoute::EditDraft => Action::Edit(body::parse(bytes)?),
            ApproveTaskRoute::Cancel => Action::Cancel(body::parse(bytes)?),
            ApproveTaskRoute::Retry => Action::Retry(body::parse(bytes)?),
            ApproveTaskRoute::Unpublish => Action::Unpublish(body::parse(bytes)?),
            ApproveTaskRoute::Schedule => Action::Schedule(body::parse(bytes)?),
            ApproveTaskRoute::Publish => Action::Republish(body::parse(bytes)?),
        };
        let render = answer_to(&action);
        let command = Command {
            principal: call.principal()?.clone(),
            task_id: call.task_id()?,
            // A PUT is idempotent by nature and takes no key.
            claim: if call.route == Route::EditDraft { None } else { call.claim()? },
            approver: self.approver(&call, &action).await?,
            action,
            if_match: call.if_match()?,
            allowance: self.allowance(&call)?,
            trace_id: call.trace_id.clone(),
        };
        let (decided, rate) = self.decider.decide(command, render).await;
        let answered = decided.map_err(refusal).map(|decided| match decided {
            Decided::Done(task) => Reply::saved(render(&task)),
            Decided::Replay(saved) => Reply::replayed(saved),
        });
        let answered = answered.map(Reply::compressible);
        counting::rated(answered, rate)
    }

    async fn check(&self, call: &Call, bytes: &[u8]) -> Result<Reply, ApiError> {
        let (store, now) = (&self.decider.store, self.decider.clock.now());
        let checked = edit::check(store, call.principal()?, &call.task_id()?, &body::parse(bytes)?, now).await;
        let (task_type, revision) = checked.map_err(refusal)?;
        Ok(Reply::json(200, &RevisionView::whole(task_type, revision)).compressible())
    }

    async fn assign(&self, call: &Call, to: Option<&Subject>) -> Result<Reply, ApiError> {
        let Decider { store, queue, clock } = &self.decider;
        let assigned = async {
            let (by, id) = (call.principal()?, call.task_id()?);
            let assigned = assign::assign(store, queue, clock, by, (&id, to), &call.trace_id).await;
            let task = assigned.map_err(|error| match error {
                AssignError::Forbidden(_) => ApiError::new(Problem::Forbidden),
                AssignError::NotFound => ApiError::new(Problem::NotFound),
                AssignError::NotAReviewer => ApiError::invalid("assignee", error.to_string()),
                AssignError::Contended => ApiError::new(Problem::Conflict).detail(error.to_string()),
                AssignError::Store(error) => error.into(),
            })?;
            Ok(Reply::saved(api::changed(&task)).compressible())
        };
        counting::counted(store, clock.now(), call, assigned).await
    }

    /// Who may approve here. The authorizer says it with who calls; only where it could not, one more read does.
    pub(crate) async fn approver(&self, call: &Call, action: &Action) -> Result<Approver, ApiError> {
        match (call.approver(), action) {
            (Some(approver), _) => Ok(approver),
            (None, Action::Approve(_) | Action::Republish(_)) => {
                let settings = self.decider.store.settings(&call.principal()?.tenant).await?;
                Ok(Approver::of(&settings.policy))
            }
            (None, _) => Ok(Approver::Anyone),
        }
    }

    /// The window and the quota that a decision is counted in.
    fn allowance(&self, call: &Call) -> Result<Allowance, ApiError> {
        // Computed first: it may fail, and a window that was taken must be counted.
        let day = self.day_of(call, call.route)?;
        Ok(Allowance { window: call.take_window(), day })
    }

    /// The place in the day's quota that `route` takes, if it starts a generation.
    pub(crate) fn day_of(&self, call: &Call, route: Route) -> Result<Option<(QuotaDay, DayQuota)>, ApiError> {
        let Principal { tenant, subject, .. } = call.principal()?;
        let day = QuotaDay::of(tenant, subject, self.decider.clock.now());
        Ok((route.class() == RateClass::Create).then(|| (day, call.limits(self.limits).quota)))
    }
}

impl<S: DeliveryStore + ClaimStore, Q: Queue, C: Clock> App<S, Q, C> {
    /// A delivery that is already pending stays as it is.
    async fn redeliver(&self, call: &Call) -> Result<Reply, ApiError> {
        let (task, id) = (call.task_id()?, call.named("delivery_id")?);
        let Decider { store, queue, clock } = &self.decider;
        let (tenant, keyed) = (&call.principal()?.tenant, call.keyed(api::redelivered)?);
        let sent = redeliver::redeliver(store, queue, clock, tenant, (&task, id), &keyed).await?;
        let sent = sent.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        Ok(Reply::once(sent, |delivery| Reply::saved(api::redelivered(&delivery))))
    }
}

impl<S: PlacementStore, Q: Queue, C: Clock> App<S, Q, C> {
    async fn retry_placement(&self, call: &Call, bytes: &[u8]) -> Result<Reply, ApiError> {
        let (task, target) = (call.task_id()?, call.named("target")?);
        let PlacementRetry { resolution } = body::parse(bytes)?;
        let Decider { store, queue, clock } = &self.decider;
        let (by, keyed) = (call.principal()?, call.keyed(api::replaced)?);
        let asked = manage::again(store, queue, clock, by, (&task, &target), resolution, &keyed).await?;
        match asked {
            Again::Done(done) => Ok(Reply::once(done, |placement| Reply::saved(api::replaced(&placement)))),
            Again::NotNow(placement) => {
                let state = PlacementView::from(placement).status;
                Err(ApiError::new(Problem::IllegalMove).detail(format!("the placement is {state:?}").to_lowercase()))
            }
            Again::Unknown => Err(ApiError::new(Problem::NotFound)),
        }
    }
}

/// How a decision of this kind is answered.
fn answer_to(action: &Action) -> fn(&Task) -> SavedResponse {
    match action {
        Action::Approve(_) | Action::Reject(_) | Action::RequestChanges(_) | Action::Republish(_) => api::decided,
        Action::Edit(_) | Action::Cancel(_) | Action::Retry(_) | Action::Unpublish(_) | Action::Schedule(_) => {
            api::changed
        }
    }
}

/// The problem that a refused decision is answered with.
pub(crate) fn refusal(error: DecideError) -> ApiError {
    let text = error.to_string();
    match error {
        DecideError::RateLimited(rate) => Refused::RateLimited(rate).into(),
        DecideError::QuotaExhausted { resets_in_s } => Refused::QuotaExhausted { resets_in_s }.into(),
        DecideError::NotFound => ApiError::new(Problem::NotFound),
        DecideError::Forbidden(_) => ApiError::new(Problem::Forbidden),
        DecideError::NotTheReviewer
        | DecideError::OverrideNeedsAdmin
        | DecideError::UndoesADecision
        | DecideError::OwnText => ApiError::new(Problem::Forbidden).detail(text),
        DecideError::IllegalMove(illegal) => {
            ApiError::new(Problem::IllegalMove).detail(illegal.to_string()).state(illegal.from.name())
        }
        DecideError::Conflict(state) => ApiError::new(Problem::Conflict).detail(text).state(state.name()),
        DecideError::VersionMismatch(version) => {
            ApiError::new(Problem::VersionMismatch).detail(text).header("etag", format!("\"{version}\""))
        }
        DecideError::RevisionUnnamed => ApiError::new(Problem::RevisionUnnamed).detail(text),
        DecideError::RevisionOutdated { .. } => ApiError::new(Problem::RevisionOutdated).detail(text),
        DecideError::NoSuchRevision(_) => ApiError::invalid("revision", text),
        DecideError::Blocked(blockers) => {
            let held_by = |blocker: &Blocker| HeldBy { code: blocker.code().to_owned(), message: blocker.to_string() };
            let blockers = blockers.iter().map(held_by).collect();
            ApiError::new(Problem::Blocked).detail("an admin may publish it with override_blockers").blockers(blockers)
        }
        DecideError::RevisionCleaned { .. } => ApiError::new(Problem::RevisionCleaned).detail(text),
        DecideError::InvalidManuscript(error) => ApiError::invalid(manuscript_field(error), error.to_string()),
        DecideError::TooMuch { field, bound } => ApiError::invalid(field, bound.to_string()),
        DecideError::Empty { field } => ApiError::invalid(field, text),
        DecideError::AmbiguousContent => ApiError::invalid("html", text),
        DecideError::InvalidPublishAt => ApiError::invalid("publish_at", text),
        DecideError::AgentGone(_) | DecideError::NoSlug | DecideError::Unreadable(_) => {
            ApiError::new(Problem::Conflict).detail(text)
        }
        DecideError::KeyReused(_) => ApiError::new(Problem::KeyReused),
        DecideError::InFlight => ApiError::new(Problem::StillRunning).retry_after(1),
        DecideError::Store(error) => error.into(),
    }
}

const fn manuscript_field(error: galley_domain::task::revision::InvalidManuscript) -> &'static str {
    match error {
        Invalid::Title => "title",
        Invalid::Excerpt | Invalid::LongExcerpt(_) => "excerpt",
        Invalid::Empty => "html",
    }
}

/// A task's id as a bulk names it.
pub(crate) fn task_id(text: &str) -> Result<TaskId, ApiError> {
    TaskId::new(text).map_err(|_| ApiError::new(Problem::NotFound))
}
