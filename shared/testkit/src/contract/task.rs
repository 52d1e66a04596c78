//! Tasks: their moves, their lists, their checkpoints.

use galley_domain::{
    content::kind::TaskType,
    kernel::{error::StoreError, ids::TaskId},
    task::{
        record::{Stamp, progress},
        state::TaskState,
        store::{Change, Checkpoint, CommitError, TaskQuery},
    },
};
use serde_json::json;

use crate::{
    build::{a_task, change, context, revision, tenant},
    contract::{
        steps::{accepted, later, now, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_stale_version_or_fence_is_refused(store).await;
    a_lost_lease_is_not_renewed(store).await;
    only_its_fence_holds_a_task(store).await;
    lists_page_without_gaps(store).await;
    checkpoints_belong_to_their_round(store).await;
    a_task_is_read_alone(store).await;
    a_task_is_read_with_its_newest_revisions(store).await;
    what_no_item_takes_is_refused_for_good(store).await;
}

async fn a_stale_version_or_fence_is_refused(store: &impl Store) {
    let task = accepted(store, "stale", 0).await;
    assert!(matches!(store.accept(a_task().of("stale").at(now()).accepted()).await, Err(CommitError::Stale)));
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    assert!(matches!(store.commit(change(&task, claimed.clone())).await, Err(CommitError::Stale)));
    let next = claimed.0.cancelled(None, &context(later(2))).unwrap();
    let wrong_fence = Stamp { fence: 9, ..claimed.0.stamp() };
    let commit = Change { before: wrong_fence, ..change(&claimed.0, next.clone()) };
    assert!(matches!(store.commit(commit).await, Err(CommitError::Stale)));
    assert_eq!(present(store, &task).await.state, TaskState::Generating);
    store.commit(change(&claimed.0, next)).await.unwrap();
    let events = store.events(&task.id, 10, None).await.unwrap();
    let names: Vec<String> = events.items.into_iter().map(|event| event.event).collect();
    assert_eq!(names, ["cancelled", "claimed", "created"]);
}

async fn a_lost_lease_is_not_renewed(store: &impl Store) {
    let task = accepted(store, "leases", 0).await;
    let claimed = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    let until = later(200);
    assert!(!store.renew_lease(&task.id, 7, until).await.unwrap());
    assert!(store.renew_lease(&task.id, claimed.0.fence, until).await.unwrap());
    let renewed = present(store, &task).await;
    assert_eq!((renewed.lease_until, renewed.due_at, renewed.version), (Some(until), Some(until), claimed.0.version));
    let cancelled = renewed.cancelled(None, &context(later(2))).unwrap();
    store.commit(change(&renewed, cancelled)).await.unwrap();
    assert!(!store.renew_lease(&task.id, claimed.0.fence, until).await.unwrap());
}

async fn only_its_fence_holds_a_task(store: &impl Store) {
    let task = accepted(store, "fences", 0).await;
    let (claimed, event) = task.claim(&context(later(1))).unwrap();
    store.commit(change(&task, (claimed.clone(), event))).await.unwrap();
    assert!(store.holds(&task.id, claimed.fence).await.unwrap());
    assert!(!store.holds(&task.id, claimed.fence + 1).await.unwrap());
    let cancelled = claimed.cancelled(None, &context(later(2))).unwrap();
    store.commit(change(&claimed, cancelled)).await.unwrap();
    assert!(!store.holds(&task.id, claimed.fence).await.unwrap());
    let unknown = a_task().of("fences").number(9).accepted().task;
    assert!(!store.holds(&unknown.id, 0).await.unwrap());
}

async fn lists_page_without_gaps(store: &impl Store) {
    let mut ids = Vec::new();
    for number in 1..=5 {
        let kind = if number % 2 == 0 { "email" } else { "newsletter" };
        let acceptance = a_task()
            .of("lists")
            .number(number)
            .at(later(i64::from(number)))
            .asking(json!({"task_type": kind}))
            .accepted();
        ids.insert(0, acceptance.task.id.clone());
        store.accept(acceptance).await.unwrap();
    }
    let query = |state, task_type, after| TaskQuery {
        tenant: tenant("lists"),
        state,
        task_type,
        before: None,
        limit: 2,
        after,
    };
    for state in [None, Some(TaskState::Pending)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(query(state, None, after)).await.unwrap();
            seen.extend(page.items.into_iter().map(|task| task.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids);
    }
    let emails = store.list(query(None, Some(TaskType::Email), None)).await.unwrap();
    assert!(emails.items.iter().all(|task| task.request.task_type == TaskType::Email));
    assert!(store.list(query(Some(TaskState::Failed), None, None)).await.unwrap().items.is_empty());
    for state in [None, Some(TaskState::Pending)] {
        let before = TaskQuery { before: Some(later(3)), limit: 9, ..query(state, None, None) };
        let earlier: Vec<TaskId> = store.list(before).await.unwrap().items.into_iter().map(|task| task.id).collect();
        assert_eq!(earlier, ids[3..], "what was created at that very time is not before it");
    }
    let others = TaskQuery { tenant: tenant("nobody"), ..query(None, None, None) };
    assert!(store.list(others).await.unwrap().items.is_empty());
}

async fn checkpoints_belong_to_their_round(store: &impl Store) {
    let task = accepted(store, "stages", 0).await;
    let checkpoint = Checkpoint { round: 1, number: 1, input_hash: "h".into(), output: json!({"a": 1.5}), at: now() };
    let next = task.progressed(progress("draft", 10, "Writing"), later(1));
    let keeping = Change { checkpoint: Some(checkpoint.clone()), ..Change::new(task.stamp(), next, Vec::new()) };
    store.commit(keeping).await.unwrap();
    assert_eq!(store.checkpoints(&task.id, 1).await.unwrap(), [checkpoint]);
    assert!(store.checkpoints(&task.id, 2).await.unwrap().is_empty());
}

async fn a_task_is_read_with_its_newest_revisions(store: &impl Store) {
    let mut task = accepted(store, "history", 0).await;
    let (read, revisions) = store.history(&task.id, 2).await.unwrap().unwrap();
    assert_eq!((read.id, revisions), (task.id.clone(), Vec::new()));
    for number in 1..=3 {
        let next = task.progressed(progress("draft", 10, "Writing"), later(i64::from(number)));
        let written = revision(number, "A title", later(0));
        let checkpoint = Checkpoint { round: 1, number: 1, input_hash: "h".into(), output: json!({}), at: now() };
        let (revision, checkpoint) = (Some(written), Some(checkpoint));
        let change = Change { revision, checkpoint, ..Change::new(task.stamp(), next.clone(), Vec::new()) };
        store.commit(change).await.unwrap();
        task = next;
    }
    for (most, wanted) in [(2, &[3, 2][..]), (9, &[3, 2, 1])] {
        let (read, revisions) = store.history(&task.id, most).await.unwrap().unwrap();
        assert_eq!(read.version, task.version);
        assert_eq!(revisions.iter().map(|one| one.number).collect::<Vec<_>>(), wanted);
    }
    assert_eq!(store.history(&TaskId::from_uuid(uuid::Uuid::max()), 9).await.unwrap(), None);
}

async fn a_task_is_read_alone(store: &impl Store) {
    let task = accepted(store, "alone", 0).await;
    let (loaded, _) = store.load(&task.id).await.unwrap().unwrap();
    assert_eq!(store.task(&task.id).await.unwrap(), Some(loaded));
    assert_eq!(store.task(&TaskId::from_uuid(uuid::Uuid::max())).await.unwrap(), None);
}

async fn what_no_item_takes_is_refused_for_good(store: &impl Store) {
    let task = accepted(store, "too-large", 0).await;
    let next = task.progressed(progress("draft", 30, "Writing"), later(1));
    let kept = |bytes: usize| Change {
        checkpoint: Some(Checkpoint {
            round: 1,
            number: 20,
            input_hash: "ab".into(),
            output: "x".repeat(bytes).into(),
            at: later(1),
        }),
        ..Change::new(task.stamp(), next.clone(), Vec::new())
    };
    let refused = store.commit(kept(450_000)).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Invalid(_)))), "{refused:?}");
    assert_eq!(present(store, &task).await.version, task.version, "nothing of it was written");
    store.commit(kept(300_000)).await.unwrap();
}
