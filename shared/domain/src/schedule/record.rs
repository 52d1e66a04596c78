//! A schedule: what it makes, when, for whom, and where it stands.
//! Invariant: the names of the occurrences that it has come to only rise, so none is come to twice, whatever becomes of its rule.

use std::collections::BTreeSet;

use galley_api::rule::{Hidden, choice};
pub use galley_api::{
    schedule::{MonthCap, ScheduleName},
    task::{CostCap, Topic},
};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    kernel::ids::{ScheduleId, Subject, TaskId, TenantId, TraceId},
    queue::message::{Kind, Message},
    schedule::{
        rule::{LocalMoment, Occurrence, Rule},
        template::{Fault, Template, Values},
    },
};

/// How many a tenant may have.
pub const MOST_SCHEDULES: u32 = 100;
/// How many topics a list may have, and how many occurrences to come may be skipped.
pub const MOST_TOPICS: usize = 100;
pub const MOST_SKIPPED: usize = 100;
/// As a part is numbered when a request is checked: longer numbers are not looked for.
const LONGEST_PART: u32 = 99_999;

choice!(
    /// What becomes of an occurrence whose hour was missed, because Galley or the tenant was stopped for longer than an hour.
    Missed as "MissedRun", {
        /// Nothing.
        Skip => "skip",
        /// Of all that were missed the last one is run, late.
        RunOnce => "run_once",
    }
    default Skip
);

choice!(
    /// What happens while the task that the schedule made before is still open.
    Overlap as "OverlapPolicy", {
        /// This occurrence is left out.
        Skip => "skip",
        /// Another task is made beside it.
        Allow => "allow",
    }
    default Skip
);

choice!(
    /// Why a schedule pauses.
    Because as "ScheduleBecause", {
        /// Somebody of the tenant said so.
        Asked => "asked",
        /// Its owner is none of the tenant's people any more, and has no key.
        OwnerGone => "owner_gone",
        /// Its owner is no author any more.
        OwnerMayNot => "owner_may_not",
        /// It publishes without a person, and its owner is no admin any more.
        OwnerMayNotPublish => "owner_may_not_publish",
        /// Each topic of its list has had its task.
        TopicsUsedUp => "topics_used_up",
        /// Its run was begun over and over, and never ended.
        GivenUp => "given_up",
    }
);

/// Since when a schedule makes nothing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = SchedulePause))]
pub struct Pause {
    pub since: Timestamp,
    pub because: Because,
}

/// What a list of schedules shows of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub id: ScheduleId,
    pub tenant: TenantId,
    /// Whose tasks they are: by their role and quota it runs.
    pub owner: Subject,
    pub name: ScheduleName,
    pub rule: Rule,
    pub missed: Missed,
    pub overlap: Overlap,
    /// Of each task.
    pub max_cost_usd: Option<CostCap>,
    /// Of all that it makes in a month of UTC.
    pub max_cost_usd_per_month: Option<MonthCap>,
    pub pause: Option<Pause>,
    /// What it comes to next. None: it pauses, or is over.
    pub next: Option<Occurrence>,
    /// How many tasks it has made.
    pub made: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub plan: Plan,
    pub request: Template,
    pub topics: Vec<Topic>,
    /// How many of them have had their task.
    pub topics_used: u32,
    /// Occurrences to come that somebody left out.
    pub skipped: BTreeSet<LocalMoment>,
    /// The last occurrence that it has come to.
    pub last: Option<LocalMoment>,
    /// The last task that it made.
    pub last_task: Option<TaskId>,
    /// Rises with every write.
    pub version: u64,
    pub trace_id: TraceId,
}

/// A schedule that somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSchedule {
    pub name: ScheduleName,
    pub rule: Rule,
    /// What each task is asked for with: a body of `POST /api/content/tasks` without `max_cost_usd`. Its texts may have `{{date}}`
    /// (2026-12-01), `{{week}}` (2026-W49), `{{part}}` (how many-th task it is) and `{{topic}}` (the next of `topics`).
    pub request: Template,
    /// One after the other, each for one task; it pauses after the last. With `{{topic}}` alone.
    #[serde(default, deserialize_with = "few")]
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub topics: Vec<Topic>,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "skip"))]
    pub missed: Missed,
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = "skip"))]
    pub overlap: Overlap,
    /// What each task may cost at most. Without it: what the tenant's tasks may.
    #[serde(default)]
    pub max_cost_usd: Option<CostCap>,
    /// What all tasks of a month (in UTC) may cost together, with `max_cost_usd` alone. An occurrence that could go beyond makes no task.
    #[serde(default)]
    pub max_cost_usd_per_month: Option<MonthCap>,
}

impl NewSchedule {
    /// The fields with hidden characters.
    pub fn hides(&self) -> Vec<Hidden> {
        hidden(Some(&self.name), &self.topics)
    }
}

/// A change of a schedule. What is left out stays. Whoever changes more than its name, or lets it go on, is its owner from then on: it
/// does what they say, by what they may.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SchedulePatch {
    #[serde(default)]
    pub name: Option<ScheduleName>,
    /// In force for all that is still to come.
    #[serde(default)]
    pub rule: Option<Rule>,
    #[serde(default)]
    pub request: Option<Template>,
    /// Another list, from its first on. Null: none.
    #[serde(default, deserialize_with = "few_or_none")]
    #[cfg_attr(feature = "schema", schema(max_items = 100))]
    pub topics: Option<Vec<Topic>>,
    /// Null: `skip`.
    #[serde(default, deserialize_with = "or_usual")]
    pub missed: Option<Missed>,
    /// Null: `skip`.
    #[serde(default, deserialize_with = "or_usual")]
    pub overlap: Option<Overlap>,
    /// Null: what the tenant's tasks may.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<CostCap>))]
    pub max_cost_usd: Option<Option<CostCap>>,
    /// Null: no cap but the tenant's.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<MonthCap>))]
    pub max_cost_usd_per_month: Option<Option<MonthCap>>,
    /// True: it makes nothing; what falls into the pause is left out. False, or null: it goes on.
    #[serde(default, deserialize_with = "or_usual")]
    pub paused: Option<bool>,
}

impl SchedulePatch {
    /// The fields with hidden characters.
    pub fn hides(&self) -> Vec<Hidden> {
        hidden(self.name.as_ref(), self.topics.as_deref().unwrap_or_default())
    }

    /// Whether whoever asks decides what it does from now on.
    pub fn takes_over(&self) -> bool {
        let Self { name: _, rule, request, topics, missed, overlap, max_cost_usd, max_cost_usd_per_month, paused } =
            self;
        let policies = missed.is_some() || overlap.is_some();
        let caps = max_cost_usd.is_some() || max_cost_usd_per_month.is_some();
        rule.is_some() || request.is_some() || topics.is_some() || policies || caps || *paused == Some(false)
    }
}

fn few<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Topic>, D::Error> {
    let topics = Vec::deserialize(value)?;
    if topics.len() > MOST_TOPICS {
        return Err(D::Error::custom("must have at most 100 entries"));
    }
    Ok(topics)
}

fn few_or_none<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<Topic>>, D::Error> {
    let said: Option<Few> = Option::deserialize(value)?;
    Ok(Some(said.map(|Few(topics)| topics).unwrap_or_default()))
}

#[derive(Deserialize)]
struct Few(#[serde(deserialize_with = "few")] Vec<Topic>);

/// What is said, and the usual where it is null.
fn or_usual<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(value: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(value).map(|said| Some(said.unwrap_or_default()))
}

/// What is said, null with it.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

fn hidden(name: Option<&ScheduleName>, topics: &[Topic]) -> Vec<Hidden> {
    let name = name.and_then(ScheduleName::hides).map(|rule| Hidden { field: "name".to_owned(), rule });
    let topics = topics.iter().enumerate();
    let topics =
        topics.filter_map(|(nth, topic)| Some(Hidden { field: format!("topics[{nth}]"), rule: topic.hides()? }));
    name.into_iter().chain(topics).collect()
}

impl Schedule {
    pub fn message(&self) -> Message {
        let Plan { id, tenant, .. } = &self.plan;
        Message::new(Kind::Schedule, tenant.clone(), id.as_str(), self.trace_id.clone())
    }

    /// When the sweeper is to look at it.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.plan.next.filter(|_| self.plan.pause.is_none()).map(|next| next.at)
    }

    /// The occurrences that it comes to after an instant.
    pub fn coming(&self, after: Timestamp) -> impl Iterator<Item = Occurrence> {
        let is_new = |one: &Occurrence| self.last.is_none_or(|last| one.local > last);
        self.plan.rule.all_after(after).filter(move |one| is_new(one) && !self.skipped.contains(&one.local))
    }

    /// With what comes next after an instant, unless it pauses.
    #[must_use]
    pub fn onward(mut self, after: Timestamp) -> Self {
        let next = self.coming(after).next();
        self.plan.next = next.filter(|_| self.plan.pause.is_none());
        self
    }

    /// As it stands once it has come to `occurrence`.
    #[must_use]
    pub fn past(&self, occurrence: Occurrence, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.last = Some(occurrence.local);
        next.skipped.retain(|skipped| *skipped > occurrence.local);
        (next.version, next.plan.updated_at) = (self.version + 1, now);
        next.onward(occurrence.at)
    }

    /// As it stands while it pauses.
    #[must_use]
    pub fn paused(&self, because: Because, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.plan.pause = Some(Pause { since: now, because });
        next.plan.next = None;
        (next.version, next.plan.updated_at) = (self.version + 1, now);
        next
    }

    /// What the variables stand for in the next task.
    pub fn values(&self, date: jiff::civil::Date) -> Values<'_> {
        let topic = usize::try_from(self.topics_used).ok().and_then(|nth| self.topics.get(nth));
        Values { date, part: self.plan.made.saturating_add(1), topic: topic.map(Topic::as_str) }
    }

    /// Whether it takes topics of a list, and none is left.
    pub fn has_used_its_topics(&self) -> bool {
        !self.topics.is_empty() && usize::try_from(self.topics_used).is_ok_and(|used| used >= self.topics.len())
    }

    /// What is wrong with its request and its topics, whichever of them is filled in.
    pub fn faults(&self, now: Timestamp) -> Vec<Fault> {
        if self.request.says("max_cost_usd") {
            return vec![Fault::new("request.max_cost_usd", "must be said by the schedule, not by its request")];
        }
        if let Some(month) = self.plan.max_cost_usd_per_month {
            let Some(each) = self.plan.max_cost_usd else {
                return vec![Fault::new("max_cost_usd", "must be there with max_cost_usd_per_month")];
            };
            if month.amount() < each.amount() {
                return vec![Fault::new("max_cost_usd_per_month", "must not be less than max_cost_usd")];
            }
        }
        match (self.request.takes_topics(), self.topics.is_empty()) {
            (true, true) => return vec![Fault::new("topics", "must have an entry for {{topic}}")],
            (false, false) => return vec![Fault::new("topics", "must be taken by {{topic}} in the request")],
            (true, false) | (false, true) => {}
        }
        let date = self.plan.rule.day_of(now);
        let topics = self.topics.iter().map(|topic| Some(topic.as_str()));
        let topics: Vec<Option<&str>> = if self.topics.is_empty() { vec![None] } else { topics.collect() };
        let wrong =
            topics.into_iter().find_map(|topic| self.request.filled(Values { date, part: LONGEST_PART, topic }).err());
        let within = |fault: Fault| Fault::new(format!("request.{}", fault.field), fault.rule);
        wrong.unwrap_or_default().into_iter().map(within).collect()
    }
}
