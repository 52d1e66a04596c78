//! A tenant's calendar: what is planned, in work, waiting, scheduled and live, by the days of a zone; what that will cost, and what is in each
//! other's way. It reads the beginning of each list and changes nothing.
//! Invariant: what is planned is what the schedules would do as things stand. Planned is not scheduled: no text of it exists.

use std::collections::{BTreeMap, BTreeSet};

use galley_api::rule::choice;
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    content::kind::TaskType,
    kernel::{
        ids::{ScheduleId, TaskId},
        usd::MicroUsd,
    },
    money::budget::{day_of, month_of},
    plans::span::{Found, Span},
    publishing::live::ArticleSummary,
    schedule::{
        record::{Overlap, Schedule, Topic},
        rule::{LocalMoment, Occurrence},
        template::Values,
    },
    task::{
        record::{Outlet, Task},
        request::TaskRequest,
        state::{Generator, TaskState},
    },
};

/// So many occurrences to come are told.
pub const MOST_PLANNED: usize = 500;
/// What goes live within less than this of another is told.
const CLOSE: SignedDuration = SignedDuration::from_hours(1);

choice!(
    /// Where something stands in a calendar.
    Standing as "CalendarKind", {
        /// A schedule will ask for it; there is no task yet.
        Planned => "planned",
        /// A worker writes it, or will.
        InWork => "in_work",
        /// A draft waits for a person.
        Waiting => "waiting",
        /// It is approved, and goes live as soon as a worker comes to it.
        Approved => "approved",
        /// It is approved, and goes live at its hour.
        Scheduled => "scheduled",
        /// It is live.
        Published => "published",
    }
);

choice!(
    /// How things are in each other's way.
    Clash as "CalendarConflictKind", {
        /// Less than an hour lies between two texts that go live.
        PublishedTogether => "published_together",
        /// Several schedules are due at the same moment.
        DueTogether => "due_together",
        /// The schedule's task before is open: if it still is then, this occurrence is left out.
        TaskStillOpen => "task_still_open",
        /// The schedule pauses: what it would be due for is not made.
        SchedulePaused => "schedule_paused",
        /// From here on the schedule has no topic left.
        TopicsUsedUp => "topics_used_up",
        /// If each task before it in the month costs what it may, this one could go beyond the schedule's cap for the month, and would not be made.
        OverMonth => "over_month",
    }
);

/// What has a place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub standing: Standing,
    pub at: Timestamp,
    /// The day of that in the zone that was asked for.
    pub date: Date,
    pub title: String,
    pub task_type: Option<TaskType>,
    pub task: Option<TaskId>,
    /// What is planned: by which schedule, and which of its occurrences.
    pub occurrence: Option<(ScheduleId, LocalMoment)>,
    pub changed_at: Timestamp,
}

/// What has no place in time yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscheduled {
    pub standing: Standing,
    pub task: TaskId,
    pub title: String,
    pub task_type: TaskType,
    pub since: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub clash: Clash,
    pub at: Timestamp,
    pub tasks: Vec<TaskId>,
    pub schedules: Vec<ScheduleId>,
}

/// What one task will cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimated {
    pub expected: MicroUsd,
    pub most: MicroUsd,
}

/// What is planned for a day, and what it will cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub date: Date,
    pub planned: u32,
    pub estimated: Estimated,
    /// How many of them no model can be asked for at present: they are not in the amounts.
    pub unpriced: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The earliest first.
    pub entries: Vec<Entry>,
    pub unscheduled: Vec<Unscheduled>,
    /// Of the days for which something is planned.
    pub days: Vec<Forecast>,
    pub conflicts: Vec<Conflict>,
    /// Whether all of it is told.
    pub is_complete: bool,
}

/// An occurrence that its schedule will come to, and how many tasks it makes before.
struct Coming<'a> {
    schedule: &'a Schedule,
    occurrence: Occurrence,
    nth: u32,
}

/// The calendar of what was found. `price` says what a task will cost; `None`: no model can be asked for it.
pub fn arrange(
    found: Found,
    span: &Span,
    now: Timestamp,
    price: impl Fn(&TaskRequest) -> Option<Estimated>,
) -> Calendar {
    let Found { schedules, open, sent, articles, mut is_complete } = found;
    let mut coming: Vec<Coming<'_>> = schedules.iter().flat_map(|schedule| coming(schedule, span)).collect();
    coming.sort_by_key(|one| (one.occurrence.at, one.schedule.plan.id.clone()));
    is_complete &= coming.len() <= MOST_PLANNED;
    coming.truncate(MOST_PLANNED);
    let planned: Vec<(Entry, Option<TaskRequest>)> = coming.iter().map(|one| planned(one, span)).collect();
    let days = forecast(&planned, &schedules, price);
    let mut entries: Vec<Entry> = planned.into_iter().map(|(entry, _)| entry).collect();
    entries.extend(open.iter().filter_map(|task| scheduled(task, span)));
    entries.extend(sent.iter().filter_map(|task| published_task(task, span)));
    entries.extend(articles.into_iter().map(|line| published(line, span)));
    entries.retain(|entry| span.holds(entry.at));
    entries.sort_by(|one, other| (one.at, &one.task, &one.occurrence).cmp(&(other.at, &other.task, &other.occurrence)));
    let mut conflicts = published_together(&entries);
    conflicts.extend(due_together(&entries));
    conflicts.extend(schedules.iter().filter_map(|schedule| in_the_way(schedule, &open, span, now)));
    conflicts.extend(schedules.iter().filter_map(|schedule| runs_out(schedule, span)));
    conflicts.extend(schedules.iter().flat_map(|schedule| over_month(schedule, span)));
    conflicts.sort_by_key(|conflict| (conflict.at, conflict.clash));
    Calendar { unscheduled: unscheduled(open), entries, days, conflicts, is_complete }
}

/// What a schedule that does not pause is due for before `end`, and how many times it is before.
fn due_from_now(schedule: &Schedule, end: Timestamp) -> impl Iterator<Item = (u32, Occurrence)> {
    let next = schedule.plan.next.filter(|_| schedule.plan.pause.is_none());
    let all = next.into_iter().flat_map(|next| std::iter::once(next).chain(schedule.coming(next.at)));
    all.take_while(move |one| one.at < end).zip(0..).map(|(one, nth)| (nth, one))
}

/// Of these, what is within the span.
fn due<'a>(schedule: &'a Schedule, span: &'a Span) -> impl Iterator<Item = (u32, Occurrence)> + 'a {
    due_from_now(schedule, span.end()).filter(|(_, one)| span.holds(one.at))
}

/// How many tasks a schedule still has topics for. `None`: it takes none.
fn topics_left(schedule: &Schedule) -> Option<u32> {
    let all = u32::try_from(schedule.topics.len()).unwrap_or(u32::MAX);
    (all > 0).then(|| all.saturating_sub(schedule.topics_used))
}

fn coming<'a>(schedule: &'a Schedule, span: &'a Span) -> impl Iterator<Item = Coming<'a>> {
    let left = topics_left(schedule).unwrap_or(u32::MAX);
    let within = due(schedule, span).take_while(move |(nth, _)| *nth < left);
    within.map(|(nth, occurrence)| Coming { schedule, occurrence, nth })
}

/// What stands for an occurrence, and what its task will be asked for with. `None`: it would be refused.
fn planned(one: &Coming<'_>, span: &Span) -> (Entry, Option<TaskRequest>) {
    let Coming { schedule, occurrence, nth } = one;
    let topic = usize::try_from(schedule.topics_used.saturating_add(*nth)).ok();
    let values = Values {
        date: occurrence.local.date(),
        part: schedule.plan.made.saturating_add(nth + 1),
        topic: topic.and_then(|topic| schedule.topics.get(topic)).map(Topic::as_str),
    };
    let request = schedule.request.filled(values).ok();
    let title = request.as_ref().map_or(schedule.plan.name.as_str(), |request| request.topic.as_str());
    let entry = Entry {
        standing: Standing::Planned,
        at: occurrence.at,
        date: span.day_of(occurrence.at),
        title: title.to_owned(),
        task_type: request.as_ref().map(|request| request.task_type),
        task: None,
        occurrence: Some((schedule.plan.id.clone(), occurrence.local)),
        changed_at: schedule.plan.updated_at,
    };
    (entry, request)
}

fn title_of(task: &Task) -> String {
    task.title.clone().unwrap_or_else(|| task.request.topic.as_str().to_owned())
}

fn of_task(task: &Task, standing: Standing, at: Timestamp, span: &Span) -> Entry {
    Entry {
        standing,
        at,
        date: span.day_of(at),
        title: title_of(task),
        task_type: Some(task.request.task_type),
        task: Some(task.id.clone()),
        occurrence: None,
        changed_at: task.updated_at,
    }
}

fn scheduled(task: &Task, span: &Span) -> Option<Entry> {
    let at = task.publish_at.filter(|_| task.state == TaskState::Approved)?;
    Some(of_task(task, Standing::Scheduled, at, span))
}

/// What is sent, not shown: the list of articles has the others.
fn published_task(task: &Task, span: &Span) -> Option<Entry> {
    let live = task.live.as_ref().filter(|live| live.outlet == Outlet::Task)?;
    Some(of_task(task, Standing::Published, live.published_at, span))
}

fn published(line: ArticleSummary, span: &Span) -> Entry {
    Entry {
        standing: Standing::Published,
        at: line.live.published_at,
        date: span.day_of(line.live.published_at),
        title: line.title,
        task_type: line.about.map(|about| about.task_type),
        task: line.task,
        occurrence: None,
        changed_at: line.live.updated_at(),
    }
}

fn unscheduled(open: Vec<Task>) -> Vec<Unscheduled> {
    let standing = |task: &Task| match task.state {
        TaskState::Pending | TaskState::Generating => Some(Standing::InWork),
        TaskState::AwaitingApproval => Some(Standing::Waiting),
        TaskState::Approved if task.publish_at.is_none() => Some(Standing::Approved),
        _ => None,
    };
    let drawer = open.into_iter().filter_map(|task| {
        let standing = standing(&task)?;
        let (title, task_type, since) = (title_of(&task), task.request.task_type, task.created_at);
        Some(Unscheduled { standing, task: task.id, title, task_type, since })
    });
    let mut drawer: Vec<Unscheduled> = drawer.collect();
    drawer.sort_by(|one, other| (other.since, &other.task).cmp(&(one.since, &one.task)));
    drawer
}

/// A schedule's tasks are alike, so that one of them is priced.
fn forecast(
    planned: &[(Entry, Option<TaskRequest>)],
    schedules: &[Schedule],
    price: impl Fn(&TaskRequest) -> Option<Estimated>,
) -> Vec<Forecast> {
    let mut prices: BTreeMap<&ScheduleId, Option<Estimated>> = BTreeMap::new();
    let mut days: BTreeMap<Date, Forecast> = BTreeMap::new();
    for (entry, request) in planned {
        let Some((id, _)) = &entry.occurrence else { continue };
        let cap = schedules.iter().find(|one| one.plan.id == *id).and_then(|one| one.plan.max_cost_usd);
        let of = |request: &TaskRequest| match request.generator {
            Generator::External => Some(Estimated::default()),
            Generator::Internal => price(request),
        };
        let estimated = *prices.entry(id).or_insert_with(|| {
            let Estimated { expected, most } = request.as_ref().and_then(of)?;
            let most = cap.map_or(most, |cap| most.min(cap.amount()));
            Some(Estimated { expected: expected.min(most), most })
        });
        let (date, none) = (entry.date, Estimated::default());
        let day = days.entry(date).or_insert(Forecast { date, planned: 0, estimated: none, unpriced: 0 });
        day.planned += 1;
        day.unpriced += u32::from(estimated.is_none());
        let more = estimated.unwrap_or_default();
        let Estimated { expected, most } = day.estimated;
        day.estimated = Estimated { expected: expected + more.expected, most: most + more.most };
    }
    days.into_values().collect()
}

fn published_together(entries: &[Entry]) -> Vec<Conflict> {
    let to_come: Vec<&Entry> = entries.iter().filter(|entry| entry.standing == Standing::Scheduled).collect();
    let close = to_come.windows(2).filter_map(|pair| match pair {
        [one, next] if next.at.duration_since(one.at) < CLOSE => Some((one, next)),
        _ => None,
    });
    let conflict = |(one, next): (&&Entry, &&Entry)| Conflict {
        clash: Clash::PublishedTogether,
        at: next.at,
        tasks: [&one.task, &next.task].into_iter().flatten().cloned().collect(),
        schedules: Vec::new(),
    };
    close.map(conflict).collect()
}

fn due_together(entries: &[Entry]) -> Vec<Conflict> {
    let mut due: BTreeMap<Timestamp, BTreeSet<&ScheduleId>> = BTreeMap::new();
    for entry in entries {
        if let Some((schedule, _)) = &entry.occurrence {
            due.entry(entry.at).or_default().insert(schedule);
        }
    }
    let several = due.into_iter().filter(|(_, schedules)| schedules.len() > 1);
    let conflict = |(at, schedules): (Timestamp, BTreeSet<&ScheduleId>)| Conflict {
        clash: Clash::DueTogether,
        at,
        tasks: Vec::new(),
        schedules: schedules.into_iter().cloned().collect(),
    };
    several.map(conflict).collect()
}

/// What keeps a schedule from its next occurrence within the span.
fn in_the_way(schedule: &Schedule, open: &[Task], span: &Span, now: Timestamp) -> Option<Conflict> {
    let schedules = vec![schedule.plan.id.clone()];
    if schedule.plan.pause.is_some() {
        let missed = schedule.coming(now.max(span.start())).next().filter(|one| span.holds(one.at))?;
        return Some(Conflict { clash: Clash::SchedulePaused, at: missed.at, tasks: Vec::new(), schedules });
    }
    let (_, next) = due(schedule, span).next().filter(|(nth, _)| *nth == 0)?;
    let before = schedule.last_task.as_ref().filter(|_| schedule.plan.overlap == Overlap::Skip)?;
    let is_open = open.iter().any(|task| task.id == *before);
    is_open.then(|| Conflict { clash: Clash::TaskStillOpen, at: next.at, tasks: vec![before.clone()], schedules })
}

/// The first occurrence of each month that could go beyond the schedule's cap, what was made in it before aside.
fn over_month(schedule: &Schedule, span: &Span) -> Vec<Conflict> {
    let Some((cap, each)) = schedule.plan.max_cost_usd_per_month.zip(schedule.plan.max_cost_usd) else {
        return Vec::new();
    };
    let mut months: BTreeMap<String, (MicroUsd, bool)> = BTreeMap::new();
    let mut over = Vec::new();
    for (_, one) in due_from_now(schedule, span.end()) {
        let (reserved, is_told) = months.entry(month_of(day_of(one.at))).or_insert((MicroUsd::ZERO, false));
        *reserved = *reserved + each.amount();
        if *reserved > cap.amount() && !std::mem::replace(is_told, true) && span.holds(one.at) {
            let schedules = vec![schedule.plan.id.clone()];
            over.push(Conflict { clash: Clash::OverMonth, at: one.at, tasks: Vec::new(), schedules });
        }
    }
    over
}

/// The first occurrence within the span for which a schedule has no topic left.
fn runs_out(schedule: &Schedule, span: &Span) -> Option<Conflict> {
    let left = topics_left(schedule)?;
    let (_, first) = due(schedule, span).find(|(nth, _)| *nth >= left)?;
    let schedules = vec![schedule.plan.id.clone()];
    Some(Conflict { clash: Clash::TopicsUsedUp, at: first.at, tasks: Vec::new(), schedules })
}
