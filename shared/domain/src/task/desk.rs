//! A tenant's tasks as people look through them: filtered, searched, sorted and counted. Exact over the open tasks while there are
//! few enough to be read whole; anything else by time alone, and the answer says so. No scan, and no index of its own.

use std::{cmp::Ordering, collections::BTreeMap};

use futures_util::future;
use jiff::Timestamp;

use crate::{
    content::kind::TaskType,
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
        paging::{Page, PageKey},
    },
    task::{
        record::Task,
        state::TaskState,
        store::{TaskQuery, TaskStore},
    },
};

/// So many tasks are read whole.
pub const MOST: usize = 2_000;
/// So many pages are looked through by time before a short one is answered.
const LOOKS: u32 = 3;
/// What a place in the whole list begins with.
const WHOLE: &str = "whole/";
/// What a place in the list by time begins with.
const BY_TIME: &str = "time/";

/// Which tasks are wanted. What is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// None: all of them.
    pub states: Vec<TaskState>,
    pub task_type: Option<TaskType>,
    pub tag: Option<String>,
    /// Who asked for it.
    pub author: Option<Subject>,
    pub assignee: Option<Assignee>,
    /// Created at this time or later.
    pub from: Option<Timestamp>,
    /// Created before this time.
    pub before: Option<Timestamp>,
    /// In lower case: each is in the title or in the topic.
    pub words: Vec<String>,
}

/// Who is to see to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignee {
    Nobody,
    Somebody(Subject),
}

impl Assignee {
    fn has(&self, task: &Task) -> bool {
        match self {
            Self::Nobody => task.assignment.assignee.is_none(),
            Self::Somebody(subject) => task.assignment.assignee.as_ref() == Some(subject),
        }
    }
}

impl Filter {
    /// Whether a task is wanted, whatever its state.
    fn admits(&self, task: &Task) -> bool {
        self.task_type.is_none_or(|kind| task.request.task_type == kind)
            && self.tag.as_ref().is_none_or(|tag| task.request.tags.iter().any(|one| one == tag))
            && self.author.as_ref().is_none_or(|author| task.requested_by == *author)
            && self.assignee.as_ref().is_none_or(|assignee| assignee.has(task))
            && self.from.is_none_or(|from| task.created_at >= from)
            && self.before.is_none_or(|before| task.created_at < before)
            && self.says(task)
    }

    fn says(&self, task: &Task) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let title = task.title.as_deref().unwrap_or_default();
        let text = format!("{title}\n{}", task.request.topic.as_str()).to_lowercase();
        self.words.iter().all(|word| text.contains(word.as_str()))
    }

    fn in_state(&self, task: &Task) -> bool {
        self.states.is_empty() || self.states.contains(&task.state)
    }

    /// Whether only open tasks are wanted: no tenant has these without end.
    fn is_bounded(&self) -> bool {
        !self.states.is_empty() && self.states.iter().all(|state| TaskState::OPEN.contains(state))
    }
}

galley_api::rule::choice!(
    /// In which order.
    Order as "TaskOrder",
    {
        Newest => "-created_at",
        Oldest => "created_at",
        BestScore => "-quality_score",
        LowestScore => "quality_score",
        HighestCost => "-cost_usd",
        LowestCost => "cost_usd",
    }
    default Newest
);

impl Order {
    /// The lowest comes first; of equals the newest. A task without a score comes last, whichever way scores are sorted.
    fn rank(self, task: &Task) -> i64 {
        let score = task.quality_score.map(|score| i64::from(score.value()));
        let cost = i64::try_from(task.cost_usd().micros()).unwrap_or(i64::MAX);
        match self {
            Self::Newest => 0,
            Self::Oldest => task.created_at.as_millisecond(),
            Self::BestScore => score.map_or(i64::MAX, |score| -score),
            Self::LowestScore => score.unwrap_or(i64::MAX),
            Self::HighestCost => -cost,
            Self::LowestCost => cost,
        }
    }
}

/// Whether the tasks of each open state are counted, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counts {
    #[default]
    None,
    Open,
}

/// What somebody wants to look through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub filter: Filter,
    pub order: Order,
    pub counts: Counts,
}

impl Wanted {
    /// Whether an index keeps the list as it is wanted: by time, all of it or that of one state.
    fn is_as_kept(&self) -> bool {
        let Filter { states, task_type, tag, author, assignee, from, before: _, words } = &self.filter;
        states.len() <= 1
            && task_type.is_none()
            && tag.is_none()
            && author.is_none()
            && assignee.is_none()
            && from.is_none()
            && words.is_empty()
            && self.order == Order::Newest
            && self.counts == Counts::None
    }

    /// The open states whose tasks are read.
    fn looked_at(&self) -> impl Iterator<Item = TaskState> + '_ {
        let all = self.counts == Counts::Open;
        TaskState::OPEN.into_iter().filter(move |state| all || self.filter.states.contains(state))
    }
}

/// A page, and what it is a page of.
#[derive(Clone, Debug)]
pub struct Listed {
    pub page: Page<Task>,
    /// Over all tasks that were asked for, in this order.
    pub extent: Extent,
}

/// How many tasks there are in each state that was looked at.
pub type Tally = BTreeMap<TaskState, u32>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything that was asked for, in this order; and, where it was read whole, how many there are in each state, of what the
    /// filter admits.
    Whole { order: Order, counts: Option<Tally> },
    /// There may be more than can be looked at: by time, the newest first, and a page may be short. Open tasks are counted all the same,
    /// where that is asked for and they are few enough.
    ByTime { counts: Option<Tally> },
}

#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The list has become too long to be sorted since the first page.
    #[error("the list has grown too long for this place in it; begin again")]
    Outgrown,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of the tenant's tasks.
///
/// # Errors
/// See `DeskError`.
pub async fn list(
    store: &impl TaskStore,
    tenant: &TenantId,
    wanted: &Wanted,
    limit: u32,
    after: Option<PageKey>,
) -> Result<Listed, DeskError> {
    let place = after.as_ref().map(Place::of);
    if wanted.filter.is_bounded() && !matches!(place, Some(Place::InTime(_))) && !wanted.is_as_kept() {
        return match (whole(store, tenant, wanted).await?, place) {
            (Some(tasks), place) => Ok(chosen(tasks, wanted, limit, place)),
            // Too many to be counted, too.
            (None, None) => by_time(store, tenant, wanted, limit, None).await,
            (None, Some(_)) => Err(DeskError::Outgrown),
        };
    }
    let key = match place {
        None => None,
        Some(Place::InTime(key)) => Some(key),
        Some(Place::Whole { .. }) => return Err(DeskError::Outgrown),
    };
    let (listed, counts) =
        future::join(by_time(store, tenant, wanted, limit, key), counted(store, tenant, wanted)).await;
    let (mut listed, counts) = (listed?, counts?);
    if counts.is_some() {
        listed.extent = Extent::ByTime { counts };
    }
    Ok(listed)
}

/// A place in a list, as its cursor says it.
enum Place {
    Whole { rank: i64, at: String },
    InTime(PageKey),
}

impl Place {
    /// A key is one of ours: it was authenticated.
    fn of(key: &PageKey) -> Self {
        if let Some(sort) = key.sort.strip_prefix(BY_TIME) {
            return Self::InTime(PageKey { sort: sort.to_owned(), id: key.id.clone() });
        }
        let sort = key.sort.strip_prefix(WHOLE).unwrap_or_default();
        let (rank, at) = sort.split_once('/').unwrap_or_default();
        Self::Whole { rank: rank.parse().unwrap_or(i64::MIN), at: at.to_owned() }
    }

    fn key(order: Order, task: &Task) -> PageKey {
        PageKey { sort: format!("{WHOLE}{}/{}", order.rank(task), created(task)), id: task.id.to_string() }
    }

    fn in_time(key: PageKey) -> PageKey {
        PageKey { sort: format!("{BY_TIME}{}", key.sort), id: key.id }
    }

    fn is_before(&self, order: Order, task: &Task) -> bool {
        match self {
            Self::Whole { rank, at } => match order.rank(task).cmp(rank) {
                Ordering::Less => false,
                Ordering::Equal => created(task) < *at,
                Ordering::Greater => true,
            },
            Self::InTime(_) => true,
        }
    }
}

/// When it was made, so that no two are the same.
fn created(task: &Task) -> String {
    format!("{:.3}#{}", task.created_at, task.id)
}

/// All tasks in the states that are asked for. `None`: there are too many.
async fn whole(store: &impl TaskStore, tenant: &TenantId, wanted: &Wanted) -> Result<Option<Vec<Task>>, StoreError> {
    let query = |state, after| TaskQuery {
        tenant: tenant.clone(),
        state: Some(state),
        task_type: None,
        before: None,
        limit: u32::try_from(MOST + 1).unwrap_or(u32::MAX),
        after,
    };
    // Side by side: what moves from one state to another meanwhile is found in one of them or in both; for a moment, while the index
    // follows, it may be in neither.
    let first =
        future::join_all(wanted.looked_at().map(async |state| (state, store.list(query(state, None)).await))).await;
    let mut found = BTreeMap::new();
    for (state, page) in first {
        let mut page = page?;
        loop {
            for task in page.items {
                let known = found.get(&task.id).is_some_and(|known: &Task| known.version > task.version);
                if !known {
                    found.insert(task.id.clone(), task);
                }
            }
            if found.len() > MOST {
                return Ok(None);
            }
            let Some(next) = page.next else { break };
            page = store.list(query(state, Some(next))).await?;
        }
    }
    Ok(Some(found.into_values().collect()))
}

/// The open tasks that the filter admits, where somebody wants to know how many there are. `None`: nobody does, or there are too many.
async fn counted(store: &impl TaskStore, tenant: &TenantId, wanted: &Wanted) -> Result<Option<Tally>, StoreError> {
    if wanted.counts == Counts::None {
        return Ok(None);
    }
    let tasks = whole(store, tenant, wanted).await?;
    Ok(tasks.map(|tasks| tally(tasks.iter().filter(|task| wanted.filter.admits(task)), wanted)))
}

fn tally<'a>(tasks: impl Iterator<Item = &'a Task>, wanted: &Wanted) -> Tally {
    let mut counts: Tally = wanted.looked_at().map(|state| (state, 0)).collect();
    for task in tasks {
        *counts.entry(task.state).or_insert(0) += 1;
    }
    counts
}

/// The page of `tasks` that is asked for.
fn chosen(mut tasks: Vec<Task>, wanted: &Wanted, limit: u32, place: Option<Place>) -> Listed {
    let Wanted { filter, order, .. } = wanted;
    tasks.retain(|task| filter.admits(task));
    let counts = tally(tasks.iter(), wanted);
    tasks.retain(|task| filter.in_state(task));
    tasks.sort_by_cached_key(|task| (order.rank(task), std::cmp::Reverse(created(task))));
    if let Some(place) = place {
        tasks.retain(|task| place.is_before(*order, task));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = tasks.len() > limit;
    tasks.truncate(limit);
    let next = tasks.last().filter(|_| more).map(|last| Place::key(*order, last));
    Listed { page: Page { items: tasks, next }, extent: Extent::Whole { order: *order, counts: Some(counts) } }
}

/// The newest first, from the index of the tenant or of its one state.
async fn by_time(
    store: &impl TaskStore,
    tenant: &TenantId,
    wanted: &Wanted,
    limit: u32,
    mut after: Option<PageKey>,
) -> Result<Listed, DeskError> {
    let filter = &wanted.filter;
    let state = match filter.states.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    // With `from`, tasks of every type are read: the first that is too old ends the list, of whatever type it is.
    let task_type = filter.task_type.filter(|_| filter.from.is_none());
    let mut items: Vec<Task> = Vec::new();
    for _ in 0..LOOKS {
        let left = limit.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
        let (tenant, before) = (tenant.clone(), filter.before);
        let query = TaskQuery { tenant, state, task_type, before, limit: left, after };
        let page = store.list(query).await?;
        let is_over = page.items.last().is_some_and(|last| filter.from.is_some_and(|from| last.created_at < from));
        items.extend(page.items.into_iter().filter(|task| filter.in_state(task) && filter.admits(task)));
        after = page.next.filter(|_| !is_over);
        if after.is_none() || items.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            break;
        }
    }
    let extent = if wanted.is_as_kept() {
        Extent::Whole { order: Order::Newest, counts: None }
    } else {
        Extent::ByTime { counts: None }
    };
    Ok(Listed { page: Page { items, next: after.map(Place::in_time) }, extent })
}
