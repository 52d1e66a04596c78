//! Which articles of a tenant are near to what somebody asks for, or to a text before it goes live. A warning: what to make of it, people
//! decide. Of each live article some numbers are kept, each under a mark; what is near shares one, so that a look is one read of so many marks
//! and one of what was found, however many articles there are.
//! Invariant: only live articles with the text that the numbers are of, and tasks that are open, are told.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use futures_util::future;

pub use crate::content::near::{Aspect, Mark, Sketch, of_article};
use crate::{
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
    },
    task::{
        record::Task,
        state::TaskState,
        store::{TaskQuery, TaskStore},
    },
};

/// So many of the newest tasks of each state on the way are held against a subject.
const MOST_OPEN: u32 = 100;
const ON_THE_WAY: [TaskState; 4] =
    [TaskState::Pending, TaskState::Generating, TaskState::AwaitingApproval, TaskState::Approved];
/// So many are told, the nearest first.
const MOST_TOLD: usize = 10;

/// What is kept under a mark: of the last article that had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub task: TaskId,
    pub revision: u32,
    pub sketch: Sketch,
}

/// A task whose article, or subject, is near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    pub task: TaskId,
    pub state: TaskState,
    pub title: String,
    pub aspect: Aspect,
    /// What both have in common, in percent.
    pub likeness: u8,
}

impl Near {
    fn of(task: &Task, aspect: Aspect, likeness: u8) -> Self {
        let title = task.title.clone().unwrap_or_else(|| task.request.topic.as_str().to_owned());
        Self { task: task.id.clone(), state: task.state, title, aspect, likeness }
    }
}

pub trait NearStore: Send + Sync {
    /// What is kept under these marks of a tenant's, at most a hundred.
    fn kept(&self, tenant: &TenantId, marks: &[Mark]) -> impl Future<Output = Result<Vec<Kept>, StoreError>> + Send;
}

/// The live articles that are near to any of these sketches, those of `but` aside; the nearest first.
///
/// # Errors
/// When the store does not answer.
pub async fn find<S: NearStore + TaskStore>(
    store: &S,
    tenant: &TenantId,
    sketches: &[Sketch],
    but: Option<&TaskId>,
) -> Result<Vec<Near>, StoreError> {
    let marks: Vec<Mark> = sketches.iter().flat_map(Sketch::marks).collect();
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let likest = likest(&store.kept(tenant, &marks).await?, sketches, but);
    if likest.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<TaskId> = likest.keys().map(|(task, _)| task.clone()).collect();
    let tasks = store.tasks(&ids).await?;
    Ok(nearest(live(likest, &tasks, tenant)))
}

/// By task and aspect, the likeness and the revision.
type Likest = BTreeMap<(TaskId, Aspect), (u8, u32)>;

fn likest(all: &[Kept], sketches: &[Sketch], but: Option<&TaskId>) -> Likest {
    let mut likest = Likest::new();
    for kept in all {
        let near =
            sketches.iter().filter(|sketch| sketch.is_near(&kept.sketch)).map(|sketch| sketch.likeness(&kept.sketch));
        if let Some(likeness) = near.max().filter(|_| but != Some(&kept.task)) {
            let best = likest.entry((kept.task.clone(), kept.sketch.aspect)).or_default();
            // Of a text that was replaced, the present one's.
            *best = (*best).max((likeness, kept.revision));
        }
    }
    likest
}

/// Those of which the tenant's task is live with that revision.
fn live(likest: Likest, tasks: &[Task], tenant: &TenantId) -> Vec<Near> {
    let found = likest.into_iter().filter_map(|((id, aspect), (likeness, revision))| {
        let task = tasks.iter().find(|task| task.id == id && task.tenant == *tenant)?;
        let is_live = task.live.as_ref().is_some_and(|live| live.revision == revision);
        is_live.then(|| Near::of(task, aspect, likeness))
    });
    found.collect()
}

/// What of the tenant's is near to a subject before somebody asks for it: live articles, and tasks on the way.
///
/// # Errors
/// When the store does not answer.
pub async fn before_asking<S: NearStore + TaskStore>(
    store: &S,
    tenant: &TenantId,
    subject: Option<Sketch>,
) -> Result<Vec<Near>, StoreError> {
    let subjects = subject.map(|subject| vec![subject]).unwrap_or_default();
    Ok(before_asking_each(store, tenant, &[subjects]).await?.pop().unwrap_or_default())
}

/// As `before_asking`, of what is near to any of each group's subjects, of which there are at most twelve in all: as many reads as for one.
///
/// # Errors
/// When the store does not answer.
pub async fn before_asking_each<S: NearStore + TaskStore>(
    store: &S,
    tenant: &TenantId,
    groups: &[Vec<Sketch>],
) -> Result<Vec<Vec<Near>>, StoreError> {
    let marks: BTreeSet<Mark> = groups.iter().flatten().flat_map(Sketch::marks).collect();
    if groups.iter().all(Vec::is_empty) {
        return Ok(vec![Vec::new(); groups.len()]);
    }
    let marks: Vec<Mark> = marks.into_iter().collect();
    let query = |state| TaskQuery {
        tenant: tenant.clone(),
        state: Some(state),
        task_type: None,
        before: None,
        limit: MOST_OPEN,
        after: None,
    };
    let open = future::join_all(ON_THE_WAY.map(|state| store.list(query(state))));
    let (kept, pages) = future::join(store.kept(tenant, &marks), open).await;
    let kept = kept?;
    let mut open: Vec<(Task, Sketch)> = Vec::new();
    for page in pages {
        let sketched = page?.items.into_iter().filter_map(|task| {
            let theirs = Sketch::of_subject(task.request.topic.as_str(), &task.request.language())?;
            Some((task, theirs))
        });
        open.extend(sketched);
    }
    let found: Vec<Likest> = groups.iter().map(|subjects| likest(&kept, subjects, None)).collect();
    let ids: BTreeSet<TaskId> = found.iter().flatten().map(|((task, _), _)| task.clone()).collect();
    let ids: Vec<TaskId> = ids.into_iter().collect();
    let tasks = if ids.is_empty() { Vec::new() } else { store.tasks(&ids).await? };
    let told = found.into_iter().zip(groups).map(|(likest, subjects)| {
        let mut found = live(likest, &tasks, tenant);
        found.extend(open.iter().filter_map(|(task, theirs)| {
            let near = subjects.iter().filter(|subject| subject.is_near(theirs));
            near.map(|subject| subject.likeness(theirs)).max().map(|likeness| Near::of(task, Aspect::Subject, likeness))
        }));
        // An article that is written anew is found under both.
        found.sort_by(|one, other| one.task.cmp(&other.task));
        found.dedup_by(|one, other| one.task == other.task);
        nearest(found)
    });
    Ok(told.collect())
}

fn nearest(mut found: Vec<Near>) -> Vec<Near> {
    found.sort_by(|one, other| (other.likeness, &one.task, one.aspect).cmp(&(one.likeness, &other.task, other.aspect)));
    found.truncate(MOST_TOLD);
    found
}
