//! What is decided, and what is not, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use approve_task::App;
use galley_domain::{
    access::{
        people::{Person, PersonStore},
        role::Role,
    },
    kernel::{clock::Clock, mask::Masked},
    queue::message::Kind,
    review::decide::Decider,
    task::{
        revision::{Author, Revision},
        store::{Change, TaskStore},
    },
    tenancy::settings::{Policy, Settings},
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, limits, revision, subject, tenant},
    clock::TestClock,
    fakes::MemoryQueue,
};
use galley_testkit_http::{Answered, Asking, NOW, asking, counter};
use jiff::SignedDuration;
use serde_json::{Value, json};

struct Bench {
    store: MemoryStore,
    app: App<MemoryStore, MemoryQueue, TestClock>,
    /// A task that nobody has worked on.
    id: String,
}

async fn bench() -> Bench {
    let store = MemoryStore::default();
    let accepted = a_task().accepted();
    let id = accepted.task.id.to_string();
    store.accept(accepted).await.unwrap();
    let decider = Decider { store: store.clone(), queue: MemoryQueue::default(), clock: TestClock::at(NOW) };
    Bench { store, app: App { decider, limits: limits(50) }, id }
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.store, 50), |call| self.app.handle(call)).await
    }
}

fn approving(id: &str, body: &Value) -> Asking {
    asking("POST /api/content/tasks/{task_id}/approve").named("task_id", id).by("acme", "editor").json(body)
}

fn cancelling(id: &str) -> Asking {
    asking("POST /api/content/tasks/{task_id}/cancel").named("task_id", id).by("acme", "author").json(&json!({}))
}

fn approval() -> Value {
    json!({"approved": true, "human_feedback": "Reads well, publish it.", "reviewer_id": "ana"})
}

#[tokio::test]
async fn an_author_approves_nothing_and_a_viewer_cancels_nothing() {
    let bench = bench().await;
    assert_eq!(bench.asked(approving(&bench.id, &approval()).by("acme", "author")).await.problem(), "forbidden");
    assert_eq!(bench.asked(cancelling(&bench.id).by("acme", "viewer")).await.problem(), "forbidden");
    assert_eq!(bench.asked(cancelling(&bench.id)).await.status, 200, "it was as before");
}

#[tokio::test]
async fn another_tenants_task_is_as_one_that_does_not_exist() {
    let bench = bench().await;
    let unknown = bench.asked(cancelling("task_01a1fb7dd887761bbbe1433c3c33467f")).await;
    let theirs = bench.asked(cancelling(&bench.id).by("other", "admin")).await;
    assert_eq!((unknown.status, theirs.status), (404, 404));
    assert_eq!((&unknown.body["title"], &unknown.body["detail"]), (&theirs.body["title"], &theirs.body["detail"]));
    assert_eq!(bench.asked(cancelling("no-id")).await.status, 404);
}

#[tokio::test]
async fn a_decision_names_each_field_that_is_missing() {
    let bench = bench().await;
    assert_eq!(bench.asked(approving(&bench.id, &json!({}))).await.fields(), ["approved", "human_feedback"]);
}

#[tokio::test]
async fn a_text_is_checked_for_those_who_may_save_it_and_in_no_state_in_which_it_could_not_be_saved() {
    let bench = bench().await;
    let text = json!({"title": "A title", "markdown": "Words."});
    let checking = |body: &Value| {
        let route = asking("POST /api/content/tasks/{task_id}/draft/check").named("task_id", &bench.id);
        route.by("acme", "author").json(body)
    };
    assert_eq!(bench.asked(checking(&text).by("acme", "viewer")).await.problem(), "forbidden");
    assert_eq!(bench.asked(checking(&text).by("other", "admin")).await.status, 404);
    assert_eq!(bench.asked(checking(&json!({"markdown": "Words."}))).await.fields(), ["title"]);
    let refused = bench.asked(checking(&text)).await;
    assert_eq!((refused.problem(), &refused.body["state"]), ("illegal-move", &json!("pending")));
}

#[tokio::test]
async fn a_condition_that_is_none_is_told_from_one_that_does_not_hold() {
    let bench = bench().await;
    for malformed in ["1", "\"1", "\"1\" \"2\"", "W/1"] {
        let refused = bench.asked(cancelling(&bench.id).header("if-match", malformed)).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["If-Match"]), "{malformed}");
    }
    for other in ["\"4\"", "W/\"1\"", "\"01\"", "\"else\"", "W/\"1\", \"2\""] {
        let refused = bench.asked(cancelling(&bench.id).header("if-match", other)).await;
        assert_eq!((refused.status, refused.problem()), (412, "version-mismatch"), "{other}");
        assert_eq!(refused.headers["etag"], "\"1\"");
    }
    assert_eq!(bench.asked(cancelling(&bench.id).header("if-match", "\"4\", \"1\"")).await.status, 200);
}

#[tokio::test]
async fn who_decides_need_not_say_who_they_are() {
    let bench = bench().await;
    let note = json!({"approved": true, "human_feedback": "Reads well, publish it."});
    let unnamed = bench.asked(approving(&bench.id, &note)).await;
    assert_eq!(unnamed.problem(), "illegal-move", "{}", unnamed.body);
    let other = json!({"approved": true, "human_feedback": "Reads well, publish it.", "reviewer_id": "somebody"});
    assert_eq!(bench.asked(approving(&bench.id, &other)).await.problem(), "forbidden");
}

#[tokio::test]
async fn what_nobody_has_written_is_not_approved() {
    let bench = bench().await;
    let refused = bench
        .asked(approving(
            &bench.id,
            &json!({"approved": true, "human_feedback": "Fine by me.",
        "reviewer_id": "ana", "revision": 1}),
        ))
        .await;
    assert_eq!((refused.status, refused.problem(), &refused.body["state"]), (409, "illegal-move", &json!("pending")));
}

#[tokio::test]
async fn a_store_that_is_away_decides_nothing() {
    let bench = bench().await;
    bench.store.break_after(0);
    assert_eq!(bench.asked(cancelling(&bench.id)).await.problem(), "unavailable");
    bench.store.heal();
    assert_eq!(bench.asked(cancelling(&bench.id)).await.status, 200);
}

#[tokio::test]
async fn a_task_is_cancelled_once() {
    let bench = bench().await;
    let cancelled = bench.asked(cancelling(&bench.id)).await;
    assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")));
    assert!(cancelled.headers.contains_key("etag") && cancelled.headers.contains_key("ratelimit"));
    assert_eq!(bench.asked(cancelling(&bench.id)).await.problem(), "illegal-move");
}

fn scheduling(id: &str, body: &Value) -> Asking {
    asking("POST /api/content/tasks/{task_id}/schedule").named("task_id", id).by("acme", "editor").json(body)
}

#[tokio::test]
async fn what_is_approved_is_moved_to_another_hour_and_nothing_else_is() {
    let bench = bench().await;
    let at = |hours| json!({"publish_at": bench.app.decider.clock.now() + SignedDuration::from_hours(hours)});
    let early = bench.asked(scheduling(&bench.id, &at(2))).await;
    assert_eq!((early.problem(), &early.body["state"]), ("illegal-move", &json!("pending")));
    bench.written_by("ben").await;
    let mut approved = approval();
    approved["publish_at"] = at(1)["publish_at"].clone();
    assert_eq!(bench.asked(approving(&bench.id, &approved)).await.status, 200);

    assert_eq!(bench.asked(scheduling(&bench.id, &at(2)).by("acme", "author")).await.problem(), "forbidden");
    assert_eq!(bench.asked(scheduling(&bench.id, &at(2)).by("other", "admin")).await.status, 404);
    for wrong in [at(0), at(-1), at(367 * 24), json!({"publish_at": "tomorrow"})] {
        assert_eq!(bench.asked(scheduling(&bench.id, &wrong)).await.fields(), ["publish_at"], "{wrong}");
    }
    let stale = bench.asked(scheduling(&bench.id, &at(2)).header("if-match", "\"1\"")).await;
    assert_eq!(stale.problem(), "version-mismatch");

    let moved = scheduling(&bench.id, &at(2)).header("idempotency-key", "another-hour");
    let moved = [bench.asked(moved.clone()).await, bench.asked(moved).await];
    for once in &moved {
        assert_eq!((once.status, &once.body["status"]), (200, &json!("approved")), "{}", once.body);
        assert_eq!(once.body["publish_at"], at(2)["publish_at"]);
    }
    assert_eq!(moved[0].headers["etag"], moved[1].headers["etag"], "the second is a replay");
    assert_eq!(bench.app.decider.queue.take(), [], "its hour is the sweeper's");
    let because = json!({"reason": "The embargo is over"});
    let now = bench.asked(scheduling(&bench.id, &because)).await;
    assert_eq!((now.status, &now.body["publish_at"]), (200, &Value::Null));
    let sent = bench.app.decider.queue.take();
    assert_eq!(sent.iter().map(|message| message.kind).collect::<Vec<_>>(), [Kind::Publish]);
    let events = bench.store.events(&bench.id.parse().unwrap(), 5, None).await.unwrap().items;
    let moved = events.iter().filter(|event| event.event == "rescheduled");
    let why: Vec<_> = moved.map(|event| event.reason.as_ref().map(Masked::as_str)).collect();
    assert!(why.len() == 2 && why.contains(&Some("The embargo is over")) && why.contains(&None), "{why:?}");
}

#[tokio::test]
async fn a_bulk_decides_each_on_its_own() {
    let bench = bench().await;
    let bulk = |body: &Value| asking("POST /api/content/tasks/bulk/update").by("acme", "author").json(body);
    let wrong = bench.asked(bulk(&json!({"task_ids": ["x"], "action": "cancels"}))).await;
    assert_eq!(wrong.fields(), ["ids", "action", "task_ids"], "all that breaks a rule is named");
    assert_eq!(bench.asked(bulk(&json!({"ids": [], "action": "cancel"}))).await.fields(), ["ids"]);
    assert_eq!(bench.asked(bulk(&json!({"ids": [&bench.id], "action": "publish"}))).await.fields(), ["action"]);
    let editors = json!({"ids": [&bench.id], "action": "approve", "body": approval()});
    assert_eq!(bench.asked(bulk(&editors)).await.problem(), "forbidden");
    let answered = bench.asked(bulk(&json!({"ids": [&bench.id, "no-id"], "action": "cancel", "body": null}))).await;
    let statuses: Vec<&Value> = answered.body["results"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [&json!(200), &json!(404)]);
}

impl Bench {
    /// The task has a text that `writer` wrote.
    async fn written_by(&self, writer: &str) {
        let (task, _) = self.store.load(&self.id.parse().unwrap()).await.unwrap().unwrap();
        let now = self.app.decider.clock.now();
        let claimed = task.claim(&context(now)).unwrap();
        self.store.commit(change(&task, claimed.clone())).await.unwrap();
        let author = Author::Person { subject: subject(writer) };
        let text = Revision { author, ..revision(1, "HTTP caching", now) };
        let drafted = claimed.0.drafted(&text, &context(now)).unwrap();
        self.store.commit(Change { revision: Some(text), ..change(&claimed.0, drafted) }).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_wrote_a_text_is_refused_its_approval_by_the_name_of_the_rule() {
    let bench = bench().await;
    bench.written_by("ana").await;
    let four_eyes = Settings { policy: Policy { four_eyes: true, ..Policy::default() }, ..Settings::default() };
    galley_testkit::tenants::set_own(&bench.store, &tenant("acme"), &four_eyes).await;
    let refused = bench.asked(approving(&bench.id, &approval()).by_subject("acme", "ana", "admin")).await;
    assert_eq!(refused.problem(), "forbidden");
    let why = refused.body["detail"].as_str().unwrap().to_owned();
    assert!(why.starts_with("four_eyes: "), "{why}");
    let many = json!({"ids": [bench.id], "action": "approve", "body": {"human_feedback": "Reads well, publish it."}});
    let many = asking("POST /api/content/tasks/bulk/update").by_subject("acme", "ana", "admin").json(&many);
    assert_eq!(bench.asked(many).await.body["results"][0]["problem"]["detail"], why);
    let mut by_ben = approval();
    by_ben["reviewer_id"] = json!("ben");
    let other = bench.asked(approving(&bench.id, &by_ben).by_subject("acme", "ben", "editor")).await;
    assert_eq!(other.status, 200, "{}", other.body);
}

fn assigning(id: &str, to: &str) -> Asking {
    let route = asking("PUT /api/content/tasks/{task_id}/assignee").named("task_id", id);
    route.by("acme", "editor").json(&json!({"assignee": to}))
}

fn unassigning(id: &str) -> Asking {
    asking("DELETE /api/content/tasks/{task_id}/assignee").named("task_id", id).by("acme", "editor")
}

async fn let_in(bench: &Bench, of: &str, who: &str, role: Role) {
    let (added_at, added_by) = (NOW.parse().unwrap(), subject("adam"));
    let person = Person {
        subject: subject(who),
        tenant: tenant(of),
        role,
        display_name: None,
        groups: [].into(),
        added_at,
        added_by,
    };
    bench.store.put_person(&person).await.unwrap();
}

#[tokio::test]
async fn an_author_gives_a_task_to_nobody_and_takes_it_from_nobody() {
    let bench = bench().await;
    for by in ["viewer", "author"] {
        assert_eq!(bench.asked(assigning(&bench.id, "ana").by("acme", by)).await.problem(), "forbidden");
        assert_eq!(bench.asked(unassigning(&bench.id).by("acme", by)).await.problem(), "forbidden");
    }
    assert_eq!(bench.asked(assigning(&bench.id, "ana").by("other", "admin")).await.status, 404);
    assert_eq!(bench.asked(unassigning(&bench.id).by("other", "admin")).await.status, 404);
    assert_eq!(bench.asked(assigning("task_01a1fb7dd887761bbbe1433c3c33467f", "ana")).await.status, 404);
}

#[tokio::test]
async fn a_task_is_given_to_nobody_who_may_not_decide_on_it() {
    let bench = bench().await;
    let_in(&bench, "acme", "vera", Role::Author).await;
    let_in(&bench, "other", "otto", Role::Admin).await;
    for to in ["vera", "otto", "nobody-known"] {
        assert_eq!(bench.asked(assigning(&bench.id, to)).await.fields(), ["assignee"], "{to}");
    }
    let unnamed = asking("PUT /api/content/tasks/{task_id}/assignee").named("task_id", &bench.id).by("acme", "editor");
    assert_eq!(bench.asked(unnamed.json(&json!({}))).await.fields(), ["assignee"]);
    assert_eq!(bench.asked(assigning(&bench.id, "a\u{7}")).await.fields(), ["assignee"]);
    let_in(&bench, "acme", "rex", Role::Editor).await;
    let given = bench.asked(assigning(&bench.id, "rex")).await;
    assert_eq!((given.status, &given.body["assignee"], &given.body["version"]), (200, &json!("rex"), &json!(1)));
}

#[tokio::test]
async fn an_assignment_neither_asks_for_a_version_nor_takes_one_from_whoever_decides() {
    let bench = bench().await;
    let_in(&bench, "acme", "rex", Role::Admin).await;
    let given = bench.asked(assigning(&bench.id, "rex")).await;
    assert_eq!(given.headers["etag"], "\"1.1\"");
    let again = bench.asked(assigning(&bench.id, "rex")).await;
    assert_eq!((again.status, &again.headers["etag"]), (200, &given.headers["etag"]), "it is theirs already");
    let taken = bench.asked(unassigning(&bench.id)).await;
    assert_eq!((&taken.body["assignee"], taken.header("etag")), (&Value::Null, "\"1.2\""));
    let conditional = bench.asked(assigning(&bench.id, "rex").header("if-match", "\"1\"")).await;
    assert_eq!((conditional.status, conditional.fields()), (400, vec!["if-match"]), "nothing compares it");
    for malformed in ["\"1.01\"", "\"1.\"", "\"1.x\"", "\"01.1\""] {
        let refused = bench.asked(cancelling(&bench.id).header("if-match", malformed)).await;
        assert_eq!(refused.problem(), "version-mismatch", "{malformed}");
    }
    assert_eq!(bench.asked(cancelling(&bench.id).header("if-match", "\"1.1\"")).await.status, 200);
}

fn commenting(id: &str, body: &Value) -> Asking {
    asking("POST /api/content/tasks/{task_id}/comments").named("task_id", id).by("acme", "author").json(body)
}

/// A request about the comment that `made` answered with.
fn about(key: &'static str, bench: &Bench, made: &Answered) -> Asking {
    let comment = made.body["comment_id"].as_str().unwrap();
    asking(key).named("task_id", &bench.id).named("comment_id", comment)
}

const PATCH: &str = "PATCH /api/content/tasks/{task_id}/comments/{comment_id}";
const DELETE: &str = "DELETE /api/content/tasks/{task_id}/comments/{comment_id}";

#[tokio::test]
async fn a_viewer_says_nothing_of_a_task_and_another_tenant_nothing_of_ours() {
    let bench = bench().await;
    let text = json!({"text": "Is that so?"});
    assert_eq!(bench.asked(commenting(&bench.id, &text).by("acme", "viewer")).await.problem(), "forbidden");
    assert_eq!(bench.asked(commenting(&bench.id, &text).by("other", "admin")).await.status, 404);
    let made = bench.asked(commenting(&bench.id, &text)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let patch = json!({"text": "Is it?"});
    assert_eq!(bench.asked(about(PATCH, &bench, &made).by("other", "admin").json(&patch)).await.status, 404);
    assert_eq!(bench.asked(about(DELETE, &bench, &made).by("other", "admin")).await.status, 404);
    let unknown = asking(DELETE).named("task_id", &bench.id).named("comment_id", &format!("com_{}", "0".repeat(32)));
    assert_eq!(bench.asked(unknown.by("acme", "admin")).await.status, 404);
}

#[tokio::test]
async fn a_comment_names_each_field_that_breaks_a_rule() {
    let bench = bench().await;
    assert_eq!(bench.asked(commenting(&bench.id, &json!({}))).await.fields(), ["text"]);
    let long = json!({"text": "x".repeat(4001), "anchor": {"revision": 1, "quote": ""}});
    assert_eq!(bench.asked(commenting(&bench.id, &long)).await.fields(), ["anchor.quote", "text"]);
    let none = json!({"text": "Here", "anchor": {"revision": 1, "quote": "ten years"}});
    assert_eq!(bench.asked(commenting(&bench.id, &none)).await.fields(), ["anchor.revision"], "there is no draft yet");
    let crowd = json!({"text": "@a1 @a2 @a3 @a4 @a5 @a6"});
    assert_eq!(bench.asked(commenting(&bench.id, &crowd)).await.fields(), ["text"]);
    let nobodys = json!({"text": "Yes", "parent": format!("com_{}", "0".repeat(32))});
    assert_eq!(bench.asked(commenting(&bench.id, &nobodys)).await.fields(), ["parent"]);
    let first = bench.asked(commenting(&bench.id, &json!({"text": "First"}))).await;
    let reply = json!({"text": "Second", "parent": first.body["comment_id"]});
    let reply = bench.asked(commenting(&bench.id, &reply)).await;
    let of_reply = json!({"text": "Third", "parent": reply.body["comment_id"]});
    assert_eq!(bench.asked(commenting(&bench.id, &of_reply)).await.fields(), ["parent"]);
    let resolved = about(PATCH, &bench, &reply).by("acme", "editor").json(&json!({"resolved": true}));
    assert_eq!(bench.asked(resolved).await.fields(), ["resolved"]);
}

#[tokio::test]
async fn a_comment_whose_answer_was_lost_is_made_once() {
    let bench = bench().await;
    let text = json!({"text": "Is that so?"});
    bench.store.lose_answers_after(0, 1);
    let lost = bench.asked(commenting(&bench.id, &text).header("idempotency-key", "once")).await;
    assert_eq!(lost.status, 503, "{}", lost.body);
    let again = bench.asked(commenting(&bench.id, &text).header("idempotency-key", "once")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"), "{}", again.body);
    let id = bench.id.parse().unwrap();
    assert_eq!(galley_domain::task::comment::all(&bench.store, &id).await.unwrap().len(), 1);
    let other = bench.asked(commenting(&bench.id, &json!({"text": "No"})).header("idempotency-key", "once")).await;
    assert_eq!(other.status, 422);
}

#[tokio::test]
async fn the_words_of_a_comment_are_its_writers_and_only_an_editor_is_done_with_it() {
    let bench = bench().await;
    let made = bench.asked(commenting(&bench.id, &json!({"text": "Is that so, @ben?"}))).await;
    let patch = |body: &Value| about(PATCH, &bench, &made).json(body);
    let words = json!({"text": "Is it?"});
    let others = bench.asked(patch(&words).by_subject("acme", "ben", "admin")).await;
    assert_eq!(
        (others.problem(), others.body["detail"].as_str().unwrap().contains("whoever wrote")),
        ("forbidden", true)
    );
    assert_eq!(bench.asked(patch(&json!({"resolved": true})).by("acme", "author")).await.problem(), "forbidden");
    let said = bench.asked(patch(&words).by("acme", "author")).await;
    assert_eq!((&said.body["text"], said.body["edited_at"].is_string()), (&json!("Is it?"), true));
    let done = bench.asked(patch(&json!({"resolved": true})).by_subject("acme", "eda", "editor")).await;
    assert_eq!(done.body["resolved"]["by"], "eda");
    let both = json!({"resolved": false, "text": "Is it, then?"});
    let open = bench.asked(patch(&both).by("acme", "editor")).await;
    assert_eq!((&open.body["resolved"], &open.body["text"]), (&Value::Null, &json!("Is it, then?")));
    let nothing = bench.asked(patch(&json!({})).by("acme", "author")).await;
    assert_eq!((nothing.status, &nothing.body), (200, &open.body));

    let remove = || about(DELETE, &bench, &made);
    assert_eq!(bench.asked(remove().by_subject("acme", "ben", "editor")).await.problem(), "forbidden");
    assert_eq!(bench.asked(remove().by_subject("acme", "adam", "admin")).await.status, 204);
    assert_eq!(bench.asked(remove().by("acme", "author")).await.status, 204, "it is so already");
    assert_eq!(bench.asked(patch(&words).by("acme", "author")).await.status, 409);
    let id = bench.id.parse().unwrap();
    let events = bench.store.events(&id, 20, None).await.unwrap().items;
    let told: Vec<&str> =
        events.iter().map(|event| event.event.as_str()).rev().filter(|what| *what != "created").collect();
    let in_one = ["comment_edited", "comment_reopened"];
    assert_eq!(told[..4], ["commented", "mentioned", "comment_edited", "comment_resolved"]);
    assert_eq!((&told[4..6], &told[6..]), (&in_one[..], &["comment_removed"][..]));
}
