//! What a schedule may spend in a month, looked at before each of its tasks is made.
//! Invariant: what the month's tasks have cost, and the most that the open ones and the next one may cost, is never above the cap. Each task is
//! written on condition of the schedule that was read, so of two runs at once one looks again.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    kernel::{
        error::StoreError,
        ids::{ScheduleId, TaskId},
        usd::MicroUsd,
    },
    money::budget::day_of,
    schedule::{
        record::{CostCap, Schedule},
        run::{Outcome, Run},
        store::ScheduleStore,
    },
    task::{record::Task, state::TaskState, store::TaskStore},
};

/// Runs of a month that are looked through; a rule is due at most once a day, and the rest is run by hand.
const MOST_RUNS: u32 = 100;

/// Why the next task would go beyond the month's cap. None: it would not, or there is no cap.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn refuses<S: ScheduleStore + TaskStore>(
    store: &S,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let plan = &schedule.plan;
    let Some((month, next)) = plan.max_cost_usd_per_month.zip(plan.max_cost_usd) else { return Ok(None) };
    let (cap, next) = (month.amount(), next.amount());
    let Some(made) = made_this_month(store, &plan.id, now).await? else {
        return Ok(Some(format!("a schedule with a cap for the month has at most {MOST_RUNS} runs in it")));
    };
    let counted = store.tasks(&made).await?.iter().map(|task| counted(task, next)).sum::<MicroUsd>();
    let is_beyond = counted + next > cap;
    Ok(is_beyond.then(|| {
        format!("the cap of {cap} dollars for the month is reached: {counted} are spent or reserved, and the next task may cost {next}")
    }))
}

/// The tasks that it has made in the month of `now`, which is one in UTC as those of budgets are. None: there were too many runs.
async fn made_this_month<S: ScheduleStore>(
    store: &S,
    id: &ScheduleId,
    now: Timestamp,
) -> Result<Option<Vec<TaskId>>, StoreError> {
    let month: Date = day_of(now).first_of_month();
    let begins = month.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp());
    let page = store.runs(id, MOST_RUNS, None).await?;
    let is_of_month = |run: &&Run| run.at >= begins;
    // What is left out long before its time stands among the runs of days to come.
    if page.next.is_some() && page.items.iter().all(|run| is_of_month(&run)) {
        return Ok(None);
    }
    let made = page.items.iter().filter(is_of_month).filter_map(|run| match &run.outcome {
        Outcome::Made { task_id } => Some(task_id.clone()),
        Outcome::Skipped
        | Outcome::Missed
        | Outcome::Overlapped { .. }
        | Outcome::Refused { .. }
        | Outcome::Paused { .. } => None,
    });
    Ok(Some(made.collect()))
}

/// What a task counts: the most that it may cost while somebody still has to do with it, then what it has cost.
fn counted(task: &Task, usual: MicroUsd) -> MicroUsd {
    let spent = task.cost_usd();
    if !is_worked_on(task.state) {
        return spent;
    }
    task.request.max_cost_usd.map_or(usual, CostCap::amount).max(spent)
}

/// Whether a worker or a person still has to do with a task before it is published.
pub(super) const fn is_worked_on(state: TaskState) -> bool {
    match state {
        TaskState::Pending | TaskState::Generating | TaskState::AwaitingApproval | TaskState::Approved => true,
        TaskState::Published | TaskState::Rejected | TaskState::Cancelled | TaskState::Archived | TaskState::Failed => {
            false
        }
    }
}
