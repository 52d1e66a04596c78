//! What is live.

use galley_domain::{
    content::slug::Slug,
    task::{
        record::{Live, Task},
        state::TaskState,
        store::{Change, CommitError, LiveChange},
    },
};

use crate::{
    build::{change, context, tenant},
    contract::{
        steps::{drafted, later, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_slug_belongs_to_one_task(store).await;
}

async fn a_slug_belongs_to_one_task(store: &impl Store) {
    let live = |at| Live { slug: Slug::from_title("Same title"), revision: 1, published_at: at };
    let publish = async |task: &Task, at| {
        let approved = Task { state: TaskState::Approved, ..task.clone() };
        let next = approved.published(live(at), &context(at)).unwrap();
        let commit = Change { live: LiveChange::Put(live(at)), ..change(task, next) };
        let next = commit.task.clone();
        store.commit(commit).await.map(|()| next)
    };
    let (first, second) = (drafted(store, "slugs", 1).await, drafted(store, "slugs", 2).await);
    let first = publish(&first, later(10)).await.unwrap();
    assert!(matches!(publish(&second, later(11)).await, Err(CommitError::SlugTaken)));
    assert_eq!(present(store, &second).await.state, TaskState::AwaitingApproval);
    let first = publish(&first, later(12)).await.unwrap();
    let article = store.article(&tenant("slugs"), &Slug::from_title("Same title")).await.unwrap().unwrap();
    assert_eq!((article.task_id, article.live.published_at), (first.id.clone(), later(12)));
    assert!(store.article(&tenant("other"), &Slug::from_title("Same title")).await.unwrap().is_none());
    assert_eq!(store.articles(&tenant("slugs"), 10, None).await.unwrap().items.len(), 1);
    let closed = Task { state: TaskState::Published, ..first.clone() }.unpublished(None, &context(later(13))).unwrap();
    let removed = Change { live: LiveChange::Remove(Slug::from_title("Same title")), ..change(&first, closed) };
    store.commit(removed).await.unwrap();
    assert!(store.article(&tenant("slugs"), &Slug::from_title("Same title")).await.unwrap().is_none());
    publish(&second, later(14)).await.unwrap();
}
