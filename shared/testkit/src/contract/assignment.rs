//! Who is to see to a task.

use galley_domain::{
    kernel::ids::Subject,
    privacy::jobs::First,
    task::{
        assigning::Assigning,
        assignment::Assignment,
        audit::{Actor, Context},
        record::{Task, progress},
        state::TaskState,
        store::{Change, TaskQuery},
    },
};

use serde_json::json;

use crate::{
    build::{a_task, change, context, revision, subject, tenant},
    contract::{
        steps::{accepted, later, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    an_assignment_is_written_over_what_was_read(store).await;
    a_move_that_began_before_an_assignment_undoes_nothing_of_it(store).await;
    lists_say_who_is_to_see_to_a_task(store).await;
    whoever_is_erased_sees_to_nothing(store).await;
    a_review_is_asked_for_once(store).await;
}

fn by_eda(seconds: i64) -> Context {
    Context { actor: Actor::Person { subject: subject("eda") }, ..context(later(seconds)) }
}

fn to(task: &Task, who: &str, seconds: i64) -> Assigning {
    task.assigned(Some(&subject(who)), &by_eda(seconds)).unwrap()
}

fn assignee(task: &Task) -> Option<&str> {
    task.assignment.assignee.as_ref().map(Subject::as_str)
}

async fn an_assignment_is_written_over_what_was_read(store: &impl Store) {
    let task = accepted(store, "as-over", 0).await;
    let (first, other) = (to(&task, "rex", 1), to(&task, "ben", 2));
    assert!(store.assign(&first).await.unwrap());
    assert!(!store.assign(&other).await.unwrap(), "of two at once one is told");
    let given = present(store, &task).await;
    assert_eq!((assignee(&given), given.version, given.updated_at), (Some("rex"), task.version, task.updated_at));
    assert!(given.assigned(Some(&subject("rex")), &by_eda(3)).is_none());
    assert!(store.assign(&to(&given, "ben", 3)).await.unwrap());
    let given = present(store, &task).await;
    assert!(store.assign(&given.assigned(None, &by_eda(4)).unwrap()).await.unwrap());
    assert_eq!(present(store, &task).await.assignment, Assignment { assignee: None, number: 3 });
    let events = store.events(&task.id, 10, None).await.unwrap().items;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.event.as_str(), event.about.as_ref().map(|whom| whom.subject.as_str())))
        .collect();
    assert_eq!(
        told,
        [("unassigned", Some("ben")), ("assigned", Some("ben")), ("assigned", Some("rex")), ("created", None)]
    );
    for who in ["eda", "rex", "ben"] {
        let linked = store.tasks_of(&tenant("as-over"), &subject(who), First::Oldest, 10, None).await.unwrap().items;
        assert_eq!(linked, std::slice::from_ref(&task.id), "{who}");
    }
    let nobodys = Assigning { task: a_task().of("as-over").number(9).accepted().task, ..to(&given, "rex", 5) };
    assert!(!store.assign(&nobodys).await.unwrap(), "there is no such task");
}

async fn a_move_that_began_before_an_assignment_undoes_nothing_of_it(store: &impl Store) {
    let task = accepted(store, "as-moved", 0).await;
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    assert!(store.assign(&to(&task, "rex", 1)).await.unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    assert_eq!(assignee(&present(store, &task).await), Some("rex"));
    // Who saw it in another state asks for what may not be wanted any more.
    let unaware = Task { assignment: present(store, &task).await.assignment, ..task.clone() };
    assert!(!store.assign(&to(&unaware, "ben", 2)).await.unwrap());
    let next = generating.progressed(progress("draft", 10, "Writing"), later(2));
    store.commit(Change::new(generating.stamp(), next, Vec::new())).await.unwrap();
    let now = present(store, &task).await;
    assert_eq!((assignee(&now), now.updated_at, now.started_at), (Some("rex"), later(2), Some(later(1))));
}

async fn lists_say_who_is_to_see_to_a_task(store: &impl Store) {
    let task = accepted(store, "as-list", 0).await;
    assert!(store.assign(&to(&task, "rex", 1)).await.unwrap());
    for state in [None, Some(TaskState::Pending)] {
        let query =
            TaskQuery { tenant: tenant("as-list"), state, task_type: None, before: None, limit: 9, after: None };
        let listed = store.list(query).await.unwrap().items;
        assert_eq!(listed.iter().map(assignee).collect::<Vec<_>>(), [Some("rex")], "{state:?}");
    }
}

async fn whoever_is_erased_sees_to_nothing(store: &impl Store) {
    let task = accepted(store, "as-erased", 0).await;
    assert!(store.assign(&to(&task, "rex", 1)).await.unwrap());
    let nobody = subject("erased-1");
    assert!(store.erase_from_task(&task.id, &subject("ben"), &nobody).await.unwrap());
    assert_eq!(assignee(&present(store, &task).await), Some("rex"), "another's erasure takes nothing from them");
    for _ in 0..2 {
        assert!(store.erase_from_task(&task.id, &subject("rex"), &nobody).await.unwrap());
    }
    let left = present(store, &task).await;
    assert_eq!(left.assignment, Assignment { assignee: None, number: 2 });
    let events = store.events(&task.id, 10, None).await.unwrap().items;
    assert_eq!(events[0].about.as_ref().map(|whom| &whom.subject), Some(&nobody));
    assert!(store.assign(&to(&left, "ben", 3)).await.unwrap(), "it goes on behind it");
}

async fn a_review_is_asked_for_once(store: &impl Store) {
    let accepted = a_task().of("as-told").asking(json!({"callback_url": "https://hooks.example.com/x"})).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    assert!(store.assign(&to(&task, "rex", 1)).await.unwrap());
    assert_eq!(store.deliveries(&task.id, 9, None).await.unwrap().items, [], "it waits for nobody yet");
    let claimed = change(&task, task.claim(&context(later(2))).unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    let written = revision(1, "A title", later(3));
    let drafted = change(&generating, generating.drafted(&written, &context(later(3))).unwrap());
    store.commit(Change { revision: Some(written), ..drafted }).await.unwrap();
    let waiting = present(store, &task).await;
    assert!(store.assign(&to(&waiting, "ben", 4)).await.unwrap());
    let given = present(store, &task).await;
    assert!(store.assign(&given.assigned(None, &by_eda(5)).unwrap()).await.unwrap());
    let told = store.deliveries(&task.id, 9, None).await.unwrap().items;
    let types: Vec<_> = told.iter().map(|delivery| delivery.event_type.as_str()).collect();
    assert_eq!(types, ["review.requested", "task.awaiting_approval", "task.generating"]);
    assert!(told.iter().all(|delivery| !delivery.body.contains("ben")), "what is sent names nobody");
}
