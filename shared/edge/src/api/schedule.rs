//! Schedules, and what came of their occurrences.

use galley_domain::{
    idempotency::claim::SavedResponse,
    kernel::{
        ids::{ScheduleId, Subject, TaskId},
        usd::MicroUsd,
    },
    schedule::{
        record::{Because, CostCap, Missed, MonthCap, Overlap, Pause, Plan, Schedule, ScheduleName, Topic},
        rule::{LocalMoment, Rule},
        run::{Outcome, Run, RunState},
        template::Template,
    },
    task::{record::Task, state::TaskState},
};
use jiff::Timestamp;
use serde::Serialize;

use super::saved::saved;

/// A schedule as lists show it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PlannedSchedule))]
pub struct PlanView {
    pub schedule_id: ScheduleId,
    pub name: ScheduleName,
    /// Whose tasks they are: it runs by their role and quota, as these are then.
    pub owner: Subject,
    pub rule: Rule,
    pub missed: Missed,
    pub overlap: Overlap,
    /// What each task may cost at most. Null: what the tenant's tasks may.
    pub max_cost_usd: Option<CostCap>,
    /// What all tasks of a month (in UTC) may cost together. Null: no cap but the tenant's.
    pub max_cost_usd_per_month: Option<MonthCap>,
    /// Since when, and why, it makes nothing. Null: it does not pause.
    pub pause: Option<Pause>,
    /// The occurrence that it comes to next, as its zone's clocks show it. Null: it pauses, or is over.
    pub next: Option<LocalMoment>,
    /// The instant of that.
    pub next_at: Option<Timestamp>,
    /// How many tasks it has made.
    pub made: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            schedule_id: plan.id,
            name: plan.name,
            owner: plan.owner,
            rule: plan.rule,
            missed: plan.missed,
            overlap: plan.overlap,
            max_cost_usd: plan.max_cost_usd,
            max_cost_usd_per_month: plan.max_cost_usd_per_month,
            pause: plan.pause,
            next: plan.next.map(|next| next.local),
            next_at: plan.next.map(|next| next.at),
            made: plan.made,
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

/// A schedule.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Schedule))]
pub struct ScheduleView {
    #[serde(flatten)]
    pub plan: PlanView,
    /// What each task is asked for with; its texts may have variables.
    pub request: Template,
    pub topics: Vec<Topic>,
    /// How many of the topics have had their task.
    pub topics_used: u32,
    /// Occurrences to come that somebody left out.
    pub skipped: Vec<LocalMoment>,
    /// The last task that it made.
    pub last_task: Option<TaskId>,
}

impl From<Schedule> for ScheduleView {
    fn from(schedule: Schedule) -> Self {
        Self {
            plan: schedule.plan.into(),
            request: schedule.request,
            topics: schedule.topics,
            topics_used: schedule.topics_used,
            skipped: schedule.skipped.into_iter().collect(),
            last_task: schedule.last_task,
        }
    }
}

/// What came of an occurrence.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Run))]
pub struct RunView {
    /// Which occurrence. Null: somebody had it run at once.
    pub occurrence: Option<LocalMoment>,
    /// When it was due.
    pub due_at: Timestamp,
    pub at: Timestamp,
    /// How many occurrences before it were missed.
    pub missed_before: u32,
    pub outcome: RunState,
    /// The task that was made; where it `overlapped`, the one that was in the way.
    pub task_id: Option<TaskId>,
    /// Where the task stands. Null: there is none, or it was just made.
    pub task_status: Option<TaskState>,
    /// What the task that was made has cost so far. Null: none was made, or just now.
    pub cost_usd: Option<MicroUsd>,
    /// Why nothing was made, where it was refused.
    pub reason: Option<String>,
    /// Why the schedule pauses since.
    pub paused_because: Option<Because>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        let (outcome, task_id) = (run.outcome.state(), run.outcome.task().cloned());
        let (reason, paused_because) = match run.outcome {
            Outcome::Refused { reason } => (Some(reason), None),
            Outcome::Paused { because } => (None, Some(because)),
            Outcome::Made { .. } | Outcome::Skipped | Outcome::Missed | Outcome::Overlapped { .. } => (None, None),
        };
        Self {
            occurrence: run.occurrence,
            due_at: run.due_at,
            at: run.at,
            missed_before: run.missed_before,
            outcome,
            task_id,
            task_status: None,
            cost_usd: None,
            reason,
            paused_because,
        }
    }
}

impl RunView {
    /// With where its task stands, if that is among `tasks`.
    pub fn beside(run: Run, tasks: &[Task]) -> Self {
        let made = matches!(run.outcome, Outcome::Made { .. });
        let view = Self::from(run);
        let task = tasks.iter().find(|task| view.task_id.as_ref() == Some(&task.id));
        Self { task_status: task.map(|task| task.state), cost_usd: task.filter(|_| made).map(Task::cost_usd), ..view }
    }
}

pub fn made_schedule(schedule: &Schedule) -> SavedResponse {
    let location = Some(format!("/api/schedules/{}", schedule.plan.id));
    SavedResponse { location, ..saved(201, &ScheduleView::from(schedule.clone())) }
}

/// The task is somewhere else than the run.
pub fn ran_at_once(run: &Run) -> SavedResponse {
    let location = run.outcome.task().map(|task| format!("/api/content/tasks/{task}"));
    SavedResponse { location, ..saved(201, &RunView::from(run.clone())) }
}

pub fn left_out(run: &Run) -> SavedResponse {
    saved(200, &RunView::from(run.clone()))
}
