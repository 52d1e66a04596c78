//! What is live.

use galley_domain::{
    access::{
        people::{DisplayName, Person},
        role::Role,
    },
    content::{kind::TaskType, slug::Slug},
    publishing::{live::Address, near::Mark},
    task::{
        record::{Live, Task},
        state::TaskState,
        store::{Change, CommitError, Entry, LiveChange},
    },
    tenancy::settings::{Disclosure, Settings},
};
use serde_json::json;

use crate::{
    build::{a_task, change, context, revision, subject, tenant},
    contract::{
        steps::{drafted, later, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_slug_belongs_to_one_task(store).await;
    an_article_carries_what_its_task_its_person_and_its_tenant_say(store).await;
    what_is_no_article_has_no_address(store).await;
    a_list_is_read_from_any_hour_and_to_its_oldest(store).await;
    an_article_is_found_by_its_marks_within_its_tenant(store).await;
}

async fn an_article_is_found_by_its_marks_within_its_tenant(store: &impl Store) {
    let mut kept = Vec::new();
    for number in 1..=2 {
        let (task, at) = (drafted(store, "marks", number).await, later(10 * i64::from(number)));
        let live = Live::article(Slug::from_title(&format!("Of mark {number}")), 1, at);
        let approved = Task { state: TaskState::Approved, ..task.clone() };
        let next = approved.published(live.clone(), &context(at)).unwrap();
        let entry = Entry::of(&next.0, &revision(1, "An article", at), live);
        kept = entry.sketches.iter().map(|sketch| (task.id.clone(), sketch.clone())).collect();
        store.commit(Change { live: LiveChange::Put(Box::new(entry)), ..change(&task, next) }).await.unwrap();
    }
    assert_eq!(kept.len(), 2, "of its subject and of its text");
    let marks: Vec<Mark> = kept.iter().flat_map(|(_, sketch)| sketch.marks()).collect();
    let found = store.kept(&tenant("marks"), &marks).await.unwrap();
    assert_eq!(found.len(), marks.len());
    assert!(
        found.iter().all(|one| one.revision == 1 && kept.contains(&(one.task.clone(), one.sketch.clone()))),
        "the last that had them"
    );
    let twice = [marks[0].clone(), marks[0].clone()];
    assert_eq!(store.kept(&tenant("marks"), &twice).await.unwrap().len(), 1);
    assert!(store.kept(&tenant("no-marks"), &marks).await.unwrap().is_empty());
    assert!(store.kept(&tenant("marks"), &[]).await.unwrap().is_empty());
}

async fn a_list_is_read_from_any_hour_and_to_its_oldest(store: &impl Store) {
    let of = tenant("hours");
    assert_eq!(store.first_published(&of).await.unwrap(), None);
    for number in 1..=3 {
        let (task, at) = (drafted(store, "hours", number).await, later(10 * i64::from(number)));
        let live = Live::article(Slug::from_title(&format!("Of hour {number}")), 1, at);
        let approved = Task { state: TaskState::Approved, ..task.clone() };
        let next = approved.published(live.clone(), &context(at)).unwrap();
        let entry = Entry::of(&next.0, &revision(1, "An article", at), live);
        store.commit(Change { live: LiveChange::Put(Box::new(entry)), ..change(&task, next) }).await.unwrap();
    }
    assert_eq!(store.first_published(&of).await.unwrap(), Some(later(10)));
    assert_eq!(store.first_published(&tenant("no-hours")).await.unwrap(), None);
    let before = async |seconds| {
        let mut page = store.articles_before(&of, 1, later(seconds)).await.unwrap();
        let mut found: Vec<_> = page.items.iter().map(|line| line.live.published_at).collect();
        while page.next.is_some() {
            page = store.articles(&of, 1, page.next).await.unwrap();
            found.extend(page.items.iter().map(|line| line.live.published_at));
        }
        found
    };
    assert_eq!(before(10).await, []);
    assert_eq!(before(20).await, [later(10)], "what went live at that moment is not before it");
    assert_eq!(before(99).await, [later(30), later(20), later(10)]);
}

async fn what_is_no_article_has_no_address(store: &impl Store) {
    let acceptance = a_task().of("sends").asking(json!({"task_type": "email"})).at(later(0)).accepted();
    let task = acceptance.task.clone();
    store.accept(acceptance).await.unwrap();
    let approved = Task { state: TaskState::Approved, ..task.clone() };
    let live = Live::article(Slug::from_title("A letter"), 1, later(10));
    let next = approved.published(live.clone(), &context(later(10))).unwrap();
    let text = revision(1, "A letter", later(2));
    let entry = Entry::of(&next.0, &text, live);
    let before = Change { revision: Some(text), live: LiveChange::Put(Box::new(entry)), ..change(&task, next) };
    store.commit(before).await.unwrap();
    assert!(store.article(&tenant("sends"), &Slug::from_title("A letter")).await.unwrap().is_none());
}

async fn an_article_carries_what_its_task_its_person_and_its_tenant_say(store: &impl Store) {
    let (of, ana) = (tenant("carries"), subject("ana"));
    let slug = Slug::from_title("An article");
    let task = drafted(store, "carries", 1).await;
    let approved = Task { state: TaskState::Approved, ..task.clone() };
    let live = Live::article(slug.clone(), 1, later(10));
    let next = approved.published(live.clone(), &context(later(10))).unwrap();
    let entry = Entry::of(&next.0, &revision(1, "An article", later(2)), live);
    let making = entry.making.clone();
    let commit = Change { live: LiveChange::Put(Box::new(entry)), ..change(&task, next) };
    store.commit(commit).await.unwrap();
    let article = async || store.article(&of, &slug).await.unwrap().unwrap();
    let bare = article().await;
    assert_eq!((bare.author, bare.disclosure, bare.making), (None, None, making));
    assert_eq!((bare.request, bare.live.updated_at()), (task.request.clone(), later(10)));
    let listed = &store.articles(&of, 10, None).await.unwrap().items[0];
    assert_eq!((&*listed.title, listed.about.as_ref().unwrap().task_type), ("An article", TaskType::BlogPost));

    let name: DisplayName = "Anna Nowak".to_owned().try_into().unwrap();
    let (role, added_by) = (Role::Author, subject("ben"));
    let person = |tenant, display_name| Person {
        subject: ana.clone(),
        tenant,
        role,
        display_name,
        groups: [].into(),
        added_at: later(11),
        added_by: added_by.clone(),
    };
    store.put_person(&person(tenant("other"), Some("Somebody else".to_owned().try_into().unwrap()))).await.unwrap();
    store.put_person(&person(of.clone(), None)).await.unwrap();
    assert_eq!(article().await.author, None, "who has no name is not named");
    store.put_person(&person(of.clone(), Some(name.clone()))).await.unwrap();
    let disclosure: Disclosure = "Made with a model.".to_owned().try_into().unwrap();
    let settings = Settings { disclosure: Some(disclosure.clone()), ..Settings::default() };
    crate::tenants::set_own(store, &of, &settings).await;
    let signed = article().await;
    assert_eq!((signed.author, signed.disclosure), (Some(name), Some(disclosure)));
    assert!(store.remove_person(&of, &ana).await.unwrap());
    assert_eq!(article().await.author, None);
}

async fn a_slug_belongs_to_one_task(store: &impl Store) {
    let live = |at| Live::article(Slug::from_title("Same title"), 1, at);
    let publish = async |task: &Task, at| {
        let approved = Task { state: TaskState::Approved, ..task.clone() };
        let next = approved.published(live(at), &context(at)).unwrap();
        let entry = Entry::of(&next.0, &revision(1, "Same title", at), live(at));
        let commit = Change { live: LiveChange::Put(Box::new(entry)), ..change(task, next) };
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
    let at = async |of: &str| store.address(&tenant(of), &Slug::from_title("Same title")).await.unwrap();
    store.commit(removed).await.unwrap();
    assert!(matches!(at("slugs").await, Address::Gone), "what was there is known");
    assert!(matches!(at("other").await, Address::Nothing));
    assert!(store.articles(&tenant("slugs"), 10, None).await.unwrap().items.is_empty(), "and in no list");
    publish(&second, later(14)).await.unwrap();
    assert_eq!(at("slugs").await.article().unwrap().task_id, second.id, "the address is free");
    assert_eq!(store.articles(&tenant("slugs"), 10, None).await.unwrap().items.len(), 1);
}
