//! The days that a calendar covers, and what is read for them: the beginning of each list, side by side.

use futures_util::future;
use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{
    kernel::{
        error::StoreError,
        ids::{ScheduleId, TenantId},
    },
    publishing::live::{ArticleSummary, PublishedStore},
    schedule::{
        record::{MOST_SCHEDULES, Schedule},
        store::ScheduleStore,
        zone::Zone,
    },
    task::{
        record::Task,
        state::TaskState,
        store::{TaskQuery, TaskStore},
    },
};

/// Days that a calendar may cover.
pub const MOST_DAYS: i32 = 92;
/// A calendar begins at most so many years ahead: the occurrences of a schedule are counted from today on.
pub const MOST_YEARS_AHEAD: i64 = 5;
/// So many of each list are read.
pub const MOST_READ: u32 = 500;
/// The states of what is not live yet, and may become it.
const ON_THE_WAY: [TaskState; 4] =
    [TaskState::Pending, TaskState::Generating, TaskState::AwaitingApproval, TaskState::Approved];

/// Days of a zone, the first and the last included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    from: Date,
    to: Date,
    zone: Zone,
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    /// `None`: the last day is before the first, or too far behind it.
    pub fn new(from: Date, to: Date, zone: Zone) -> Option<Self> {
        let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
        if to < from || days >= MOST_DAYS {
            return None;
        }
        let (start, end) = (zone.start_of(from)?, zone.start_of(to.tomorrow().ok()?)?);
        Some(Self { from, to, zone, start, end })
    }

    /// Whether it begins within the years that a calendar reaches.
    pub fn is_within_reach(&self, now: Timestamp) -> bool {
        self.from <= self.zone.day_of(now).saturating_add(MOST_YEARS_AHEAD.years())
    }

    pub const fn from(&self) -> Date {
        self.from
    }

    pub const fn to(&self) -> Date {
        self.to
    }

    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// The first moment behind it.
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    pub fn holds(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    pub fn day_of(&self, at: Timestamp) -> Date {
        self.zone.day_of(at)
    }
}

/// What a calendar is made of.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub schedules: Vec<Schedule>,
    /// Tasks that are not live yet.
    pub open: Vec<Task>,
    /// Published tasks, the newest that were made before the end of the span. What is shown as an article is in `articles`.
    pub sent: Vec<Task>,
    pub articles: Vec<ArticleSummary>,
    /// Whether no list was longer than what was read of it.
    pub is_complete: bool,
}

/// Reads what a tenant's calendar is made of: a query for each list, and one batch of schedules.
///
/// # Errors
/// When the store does not answer.
pub async fn gather<S>(store: &S, tenant: &TenantId, span: &Span, now: Timestamp) -> Result<Found, StoreError>
where
    S: TaskStore + ScheduleStore + PublishedStore,
{
    let query = |state, before| TaskQuery {
        tenant: tenant.clone(),
        state: Some(state),
        task_type: None,
        before,
        limit: MOST_READ,
        after: None,
    };
    let open = future::join_all(ON_THE_WAY.map(|state| store.list(query(state, None))));
    // Nothing went live in days to come.
    let has_past = span.start <= now;
    let live = async {
        if !has_past {
            return Ok(None);
        }
        let sent = store.list(query(TaskState::Published, Some(span.end)));
        let (sent, articles) = future::join(sent, store.articles_before(tenant, MOST_READ, span.end)).await;
        Ok::<_, StoreError>(Some((sent?, articles?)))
    };
    let (schedules, open, live) = future::join3(schedules(store, tenant), open, live).await;
    let mut found = Found { schedules: schedules?, is_complete: true, ..Found::default() };
    for page in open {
        let page = page?;
        found.is_complete &= page.next.is_none();
        found.open.extend(page.items);
    }
    // What moved from one state to another meanwhile is found in both.
    found.open.sort_by(|one, other| (&one.id, other.version).cmp(&(&other.id, one.version)));
    found.open.dedup_by(|later, first| later.id == first.id);
    if let Some((sent, articles)) = live? {
        let reaches = |oldest: Option<Timestamp>| oldest.is_some_and(|oldest| oldest < span.start);
        found.is_complete &= sent.next.is_none() || reaches(sent.items.last().map(|task| task.created_at));
        let oldest = articles.items.last().map(|line| line.live.published_at);
        found.is_complete &= articles.next.is_none() || reaches(oldest);
        (found.sent, found.articles) = (sent.items, articles.items);
    }
    Ok(found)
}

async fn schedules<S: ScheduleStore>(store: &S, tenant: &TenantId) -> Result<Vec<Schedule>, StoreError> {
    let plans = store.schedules(tenant, MOST_SCHEDULES, None).await?.items;
    // What is over comes to nothing again.
    let live = plans.into_iter().filter(|plan| plan.next.is_some() || plan.pause.is_some());
    let ids: Vec<ScheduleId> = live.map(|plan| plan.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut schedules = store.schedules_of(&ids).await?;
    schedules.retain(|schedule| schedule.plan.tenant == *tenant);
    schedules.sort_by(|one, other| one.plan.id.cmp(&other.plan.id));
    Ok(schedules)
}
