//! What the cases do again and again.

use galley_domain::{
    operations::due::Due,
    task::{record::Task, store::Change},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    build::{a_task, change, context, revision, tenant},
    contract::store::Store,
};

pub(super) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(super) fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub(super) async fn accepted(store: &impl Store, of: &str, number: u8) -> Task {
    let acceptance = a_task().of(of).number(number).at(later(i64::from(number))).accepted();
    let task = acceptance.task.clone();
    store.accept(acceptance).await.unwrap();
    task
}

pub(super) async fn present(store: &impl Store, task: &Task) -> Task {
    store.load(&task.id).await.unwrap().unwrap().0
}

/// Claims and drafts a task.
pub(super) async fn drafted(store: &impl Store, of: &str, number: u8) -> Task {
    let task = accepted(store, of, number).await;
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    let revision = revision(1, "A draft", later(2));
    let next = claimed.0.drafted(&revision, &context(later(2))).unwrap();
    let commit = Change { revision: Some(revision), ..change(&claimed.0, next) };
    let task = commit.task.clone();
    store.commit(commit).await.unwrap();
    task
}

/// All of a tenant's that is due at `at`.
pub(super) async fn due_of(store: &impl Store, name: &str, at: Timestamp) -> Vec<Due> {
    let mut found = Vec::new();
    for shard in 0..8 {
        found.extend(store.due(shard, at, 1000, None).await.unwrap().items);
    }
    found.retain(|due| due.message.tenant == tenant(name));
    found
}
