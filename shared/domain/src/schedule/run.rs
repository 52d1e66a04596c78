//! What came of an occurrence: one record for each, under the occurrence's name.

use galley_api::rule::choice;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    kernel::ids::{ScheduleId, TaskId},
    schedule::{
        record::{Because, Schedule},
        rule::LocalMoment,
    },
};

choice!(
    /// What came of an occurrence.
    RunState as "RunOutcome", {
        /// A task was made.
        Made => "made",
        /// Somebody had left it out before.
        Skipped => "skipped",
        /// Its hour had passed for longer than one.
        Missed => "missed",
        /// The task before was still open.
        Overlapped => "overlapped",
        /// The request was refused, as a client's would have been.
        Refused => "refused",
        /// It paused the schedule.
        Paused => "paused",
    }
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Made { task_id: TaskId },
    Skipped,
    Missed,
    Overlapped { task_id: TaskId },
    Refused { reason: String },
    Paused { because: Because },
}

impl Outcome {
    pub const fn state(&self) -> RunState {
        match self {
            Self::Made { .. } => RunState::Made,
            Self::Skipped => RunState::Skipped,
            Self::Missed => RunState::Missed,
            Self::Overlapped { .. } => RunState::Overlapped,
            Self::Refused { .. } => RunState::Refused,
            Self::Paused { .. } => RunState::Paused,
        }
    }

    /// The task that it made, or that was in its way.
    pub const fn task(&self) -> Option<&TaskId> {
        match self {
            Self::Made { task_id } | Self::Overlapped { task_id } => Some(task_id),
            Self::Skipped | Self::Missed | Self::Refused { .. } | Self::Paused { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub schedule: ScheduleId,
    /// None: somebody had it run at once.
    pub occurrence: Option<LocalMoment>,
    /// When it was due.
    pub due_at: Timestamp,
    pub at: Timestamp,
    /// How many occurrences before it were missed.
    pub missed_before: u32,
    pub outcome: Outcome,
}

impl Run {
    /// Its name, unique in its schedule.
    pub fn name(&self) -> String {
        self.occurrence.map_or_else(|| format!("{:.3}", self.at), |occurrence| occurrence.to_string())
    }
}

/// A run, and the schedule as it stands after it: both are written with the run's task, or nothing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub schedule: Box<Schedule>,
    /// The version that was read.
    pub over: u64,
    pub run: Run,
}

impl Ran {
    /// With the task that came of it.
    #[must_use]
    pub fn made(mut self, task: &TaskId) -> Self {
        let schedule = &mut self.schedule;
        schedule.last_task = Some(task.clone());
        schedule.plan.made = schedule.plan.made.saturating_add(1);
        if !schedule.topics.is_empty() {
            schedule.topics_used = schedule.topics_used.saturating_add(1);
        }
        self.run.outcome = Outcome::Made { task_id: task.clone() };
        self
    }
}
