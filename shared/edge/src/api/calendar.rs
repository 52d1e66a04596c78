//! A tenant's calendar.

use galley_domain::{
    content::kind::TaskType,
    kernel::{
        ids::{ScheduleId, TaskId},
        usd::MicroUsd,
    },
    plans::{
        calendar::{Calendar, Clash, Conflict, Entry, Forecast, Standing, Unscheduled},
        span::Span,
    },
    schedule::{rule::LocalMoment, zone::Zone},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Calendar))]
pub struct CalendarView {
    pub from: Date,
    /// The last day that is in it.
    pub to: Date,
    pub zone: Zone,
    /// Whether all of it is told. False: a list was longer than 500, or there are more than 500 occurrences; ask for fewer days.
    pub complete: bool,
    /// What has a place in time, the earliest first.
    pub data: Vec<EntryView>,
    /// What has none yet: in work, waiting for a person, approved without an hour. The newest first.
    pub unscheduled: Vec<UnscheduledView>,
    /// What the occurrences of each day will cost. Days without one are left out.
    pub forecast: Vec<ForecastView>,
    /// What is in each other's way, the earliest first.
    pub conflicts: Vec<ConflictView>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CalendarEntry))]
pub struct EntryView {
    /// `planned`, `scheduled` or `published`.
    pub kind: Standing,
    pub at: Timestamp,
    /// The day of that in the zone.
    pub date: Date,
    /// Of what is planned the topic, as it would be filled in.
    pub title: String,
    /// Null: of an article that went live before this was kept, and of an occurrence whose request would be refused.
    pub task_type: Option<TaskType>,
    /// Null where it is planned: there is no task yet.
    pub task_id: Option<TaskId>,
    /// Null where it is not planned.
    pub schedule_id: Option<ScheduleId>,
    /// Which occurrence of the schedule, as its own zone's clocks show it.
    pub occurrence: Option<LocalMoment>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let (schedule_id, occurrence) = entry.occurrence.unzip();
        Self {
            kind: entry.standing,
            at: entry.at,
            date: entry.date,
            title: entry.title,
            task_type: entry.task_type,
            task_id: entry.task,
            schedule_id,
            occurrence,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = UnscheduledTask))]
pub struct UnscheduledView {
    /// `in_work`, `waiting` or `approved`.
    pub kind: Standing,
    pub task_id: TaskId,
    pub title: String,
    pub task_type: TaskType,
    pub created_at: Timestamp,
}

impl From<Unscheduled> for UnscheduledView {
    fn from(one: Unscheduled) -> Self {
        let Unscheduled { standing, task, title, task_type, since } = one;
        Self { kind: standing, task_id: task, title, task_type, created_at: since }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = DayForecast))]
pub struct ForecastView {
    pub date: Date,
    /// How many occurrences there are.
    pub planned: u32,
    /// What their tasks will cost if every first draft is good enough, as `POST /api/content/tasks/estimate` says it.
    pub expected_usd: MicroUsd,
    /// What they will cost at most; failed calls that are made again are not in it.
    pub most_usd: MicroUsd,
    /// How many of them no model can be asked for at present: they are in neither amount.
    pub unpriced: u32,
}

impl From<Forecast> for ForecastView {
    fn from(day: Forecast) -> Self {
        let Forecast { date, planned, estimated, unpriced } = day;
        Self { date, planned, expected_usd: estimated.expected, most_usd: estimated.most, unpriced }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CalendarConflict))]
pub struct ConflictView {
    pub kind: Clash,
    pub at: Timestamp,
    /// The tasks that are in it.
    pub task_ids: Vec<TaskId>,
    /// The schedules that are in it.
    pub schedule_ids: Vec<ScheduleId>,
}

impl From<Conflict> for ConflictView {
    fn from(conflict: Conflict) -> Self {
        let Conflict { clash, at, tasks, schedules } = conflict;
        Self { kind: clash, at, task_ids: tasks, schedule_ids: schedules }
    }
}

impl CalendarView {
    pub fn of(span: &Span, calendar: Calendar) -> Self {
        Self {
            from: span.from(),
            to: span.to(),
            zone: span.zone().clone(),
            complete: calendar.is_complete,
            data: calendar.entries.into_iter().map(EntryView::from).collect(),
            unscheduled: calendar.unscheduled.into_iter().map(UnscheduledView::from).collect(),
            forecast: calendar.days.into_iter().map(ForecastView::from).collect(),
            conflicts: calendar.conflicts.into_iter().map(ConflictView::from).collect(),
        }
    }
}
