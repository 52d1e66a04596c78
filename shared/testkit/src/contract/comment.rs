//! What people say of a task's text.

use galley_domain::{
    idempotency::claim::{Claim, ClaimError, Claimed, SavedResponse},
    kernel::ids::{CommentId, IdempotencyKey},
    privacy::jobs::First,
    task::{
        audit::{Actor, AuditEvent, Context, Whom},
        comment::{self, Comment, CommentText, Commenting, Kept, MENTIONED, MOST_COMMENTS, Resolved},
        record::Task,
        store::Change,
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{a_task, change, context, revision, subject, tenant},
    contract::{
        steps::{accepted, later, now, present},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_comment_reads_as_it_was_written_and_changes_over_what_was_read(store).await;
    a_comment_is_made_once_under_a_key(store).await;
    a_task_has_so_many_comments_and_no_more(store).await;
    a_comment_remembers_in_which_revision_it_was_worked_in(store).await;
    whoever_is_erased_is_in_no_comment(store).await;
    a_mention_is_sent_and_names_nobody(store).await;
}

fn a_comment(number: u128, by: &str, text: &str) -> Comment {
    let anchor = json!({"revision": 1, "quote": "ten years", "before": "for ", "after": " or more"});
    Comment {
        id: CommentId::from_uuid(Uuid::from_u128(number)),
        author: subject(by),
        text: CommentText::try_from(text.to_owned()).ok(),
        anchor: serde_json::from_value(anchor).unwrap(),
        parent: None,
        resolved: None,
        worked_in: None,
        created_at: now(),
        edited_at: None,
        version: 1,
    }
}

fn event(task: &Task, what: &str, comment: &Comment, about: Option<&str>) -> AuditEvent {
    let Context { event_id: id, at, trace_id, .. } = context(later(1));
    AuditEvent {
        id,
        event: what.to_owned(),
        actor: Actor::Person { subject: comment.author.clone() },
        from: Some(task.state),
        to: task.state,
        reason: None,
        revision: None,
        about: about.map(|who| Whom { subject: subject(who) }),
        comment: Some(comment.id.clone()),
        at,
        trace_id,
    }
}

fn saying(task: &Task, comment: Comment) -> Commenting {
    let events = vec![event(task, "commented", &comment, None)];
    Commenting { task: task.clone(), comment, events }
}

async fn a_comment_reads_as_it_was_written_and_changes_over_what_was_read(store: &impl Store) {
    let task = accepted(store, "comments", 0).await;
    let (first, second) = (a_comment(1, "ana", "Is that so?"), a_comment(2, "ben", "It is twelve.\n\nReally."));
    let second = Comment { parent: Some(first.id.clone()), anchor: None, ..second };
    for comment in [&second, &first] {
        let made = store.make_comment(&saying(&task, comment.clone()), None).await.unwrap();
        assert_eq!(made, Kept::Written);
        assert_eq!(store.comment(&task.id, &comment.id).await.unwrap().as_ref(), Some(comment));
    }
    let page = store.comments(&task.id, 1, None).await.unwrap();
    let rest = store.comments(&task.id, 9, page.next.clone()).await.unwrap();
    assert_eq!((page.items, rest.items), (vec![first.clone()], vec![second]), "the oldest first");
    assert_eq!(present(store, &task).await.version, task.version);

    let resolved = Some(Resolved { by: subject("eda"), at: later(5) });
    let ended = Comment { resolved, version: 2, ..first.clone() };
    assert!(store.keep_comment(&saying(&task, ended.clone())).await.unwrap());
    assert!(!store.keep_comment(&saying(&task, Comment { text: None, version: 2, ..first.clone() })).await.unwrap());
    assert_eq!(store.comment(&task.id, &first.id).await.unwrap().as_ref(), Some(&ended));
    let opened = Comment { resolved: None, anchor: None, text: None, version: 3, ..ended };
    assert!(store.keep_comment(&saying(&task, opened.clone())).await.unwrap());
    assert_eq!(store.comment(&task.id, &first.id).await.unwrap(), Some(opened));
    let other = accepted(store, "comments", 3).await;
    assert_eq!(store.comment(&other.id, &first.id).await.unwrap(), None);
    let events = store.events(&task.id, 9, None).await.unwrap().items;
    assert_eq!(events.iter().filter(|event| event.comment.as_ref() == Some(&first.id)).count(), 3);
    let linked = store.tasks_of(&tenant("comments"), &subject("ben"), First::Oldest, 10, None).await.unwrap().items;
    assert_eq!(linked, [task.id]);
}

async fn a_comment_is_made_once_under_a_key(store: &impl Store) {
    let task = accepted(store, "co-once", 0).await;
    let key = IdempotencyKey::new("say").unwrap();
    let claim = Claim::new(&task.tenant, &subject("ana"), "POST", "/comments", &key, b"a");
    let answer = SavedResponse { status: 201, location: None, etag: None, body: "{}".into() };
    let record = claim.record(answer.clone(), now());
    let (first, second) = (a_comment(1, "ana", "Once"), a_comment(2, "ana", "Once"));
    store.make_comment(&saying(&task, first), Some(record.clone())).await.unwrap();
    let again = store.make_comment(&saying(&task, second), Some(record)).await;
    assert!(matches!(again, Err(ClaimError::Claimed(Claimed::Replay(saved))) if saved == answer));
    assert_eq!(comment::all(store, &task.id).await.unwrap().len(), 1);
}

async fn a_task_has_so_many_comments_and_no_more(store: &impl Store) {
    let task = accepted(store, "co-many", 0).await;
    for number in 0..MOST_COMMENTS {
        let comment = a_comment(u128::from(number), "ana", "Again");
        let commenting = Commenting { task: task.clone(), comment, events: Vec::new() };
        assert_eq!(store.make_comment(&commenting, None).await.unwrap(), Kept::Written);
    }
    let beyond = saying(&task, a_comment(999, "ana", "Again"));
    assert_eq!(store.make_comment(&beyond, None).await.unwrap(), Kept::Full);
    assert_eq!(comment::all(store, &task.id).await.unwrap().len(), usize::try_from(MOST_COMMENTS).unwrap());
    let nobodys = a_task().of("co-many").number(9).accepted().task;
    assert_eq!(store.make_comment(&saying(&nobodys, a_comment(1, "ana", "Hm"),), None).await.unwrap(), Kept::Full);
}

async fn a_comment_remembers_in_which_revision_it_was_worked_in(store: &impl Store) {
    let task = accepted(store, "co-worked", 0).await;
    let comment = a_comment(1, "ana", "Add an example");
    store.make_comment(&saying(&task, comment.clone()), None).await.unwrap();
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    // In other words meanwhile: neither write undoes the other.
    let said = Comment { text: CommentText::try_from("Two examples".to_owned()).ok(), version: 2, ..comment.clone() };
    let written = revision(1, "A title", later(2));
    let drafted = change(&generating, generating.drafted(&written, &context(later(2))).unwrap());
    let worked_in = vec![comment.id.clone()];
    store.commit(Change { revision: Some(written), worked_in, ..drafted }).await.unwrap();
    assert!(store.keep_comment(&saying(&task, said.clone())).await.unwrap());
    let kept = store.comment(&task.id, &comment.id).await.unwrap();
    assert_eq!(kept, Some(Comment { worked_in: Some(1), ..said }));
}

async fn whoever_is_erased_is_in_no_comment(store: &impl Store) {
    let task = accepted(store, "co-erased", 0).await;
    let (own, other) = (a_comment(1, "cleo", "In my words"), a_comment(2, "ben", "As @cleo says"));
    for comment in [&own, &other] {
        store.make_comment(&saying(&task, comment.clone()), None).await.unwrap();
    }
    let nobody = subject("erased-1");
    for _ in 0..2 {
        assert!(store.erase_from_task(&task.id, &subject("cleo"), &nobody).await.unwrap());
    }
    let left = comment::all(store, &task.id).await.unwrap();
    assert_eq!((&left[0].author, &left[0].text, left[0].version), (&nobody, &None, 2));
    assert_eq!(left[1].text.as_ref().map(CommentText::as_str), Some("As @erased-1 says"));
}

async fn a_mention_is_sent_and_names_nobody(store: &impl Store) {
    let asking = json!({"callback_url": "https://hooks.example.com/x"});
    let accepted = a_task().of("co-told").asking(asking).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let comment = a_comment(1, "ana", "@rex, look");
    let events = vec![event(&task, "commented", &comment, None), event(&task, MENTIONED, &comment, Some("rex"))];
    let commenting = Commenting { task: task.clone(), comment: comment.clone(), events };
    store.make_comment(&commenting, None).await.unwrap();
    let told = store.deliveries(&task.id, 9, None).await.unwrap().items;
    let bodies: Vec<_> =
        told.iter().map(|one| (one.event_type.as_str(), one.body.contains(comment.id.as_str()))).collect();
    assert_eq!(bodies, [("mentioned", true)]);
    assert!(!told[0].body.contains("rex") && !told[0].body.contains("ana\""), "{}", told[0].body);
    let linked = store.tasks_of(&tenant("co-told"), &subject("rex"), First::Oldest, 9, None).await.unwrap().items;
    assert_eq!(linked, [task.id]);
}
