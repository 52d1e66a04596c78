//! What create-task takes and refuses, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use create_task::App;
use galley_domain::{
    access::limits::DayQuota,
    intake::{create::Creator, known_models::KnownModels},
    tenancy::settings::{Policy, Settings},
};
use galley_testkit::{MemoryStore, build::tenant, clock::TestClock, fakes::MemoryQueue};
use galley_testkit_http::{Answered, Asking, NOW, asking, counter};
use serde_json::{Value, json};

struct Bench {
    store: MemoryStore,
    queue: MemoryQueue,
    app: App<MemoryStore, MemoryQueue, TestClock>,
}

fn bench() -> Bench {
    let (store, queue) = (MemoryStore::default(), MemoryQueue::default());
    let models = KnownModels { catalogue: None, endpoint: None };
    let creator = Creator { store: store.clone(), queue: queue.clone(), clock: TestClock::at(NOW), models };
    Bench { store, queue, app: App { creator, quota: DayQuota { user: 9, organisation: 9 } } }
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.store, 9), |call| self.app.handle(call)).await
    }
}

fn creating(body: &Value) -> Asking {
    asking("POST /api/content/tasks").by("acme", "author").json(body)
}

fn topic() -> Value {
    json!({"topic": "How HTTP caching works"})
}

#[tokio::test]
async fn whoever_may_not_create_leaves_nothing_behind() {
    let bench = bench();
    let nobody = bench.asked(asking("POST /api/content/tasks").json(&topic())).await;
    let viewer = bench.asked(creating(&topic()).by("acme", "viewer")).await;
    let operator = bench.asked(creating(&topic()).by("system", "admin")).await;
    assert_eq!([nobody.status, viewer.status, operator.status], [403; 3]);
    assert!(bench.queue.take().is_empty());
}

#[tokio::test]
async fn a_body_is_refused_with_all_that_is_wrong() {
    let bench = bench();
    let wrong = bench.asked(creating(&json!({"topic": "ab", "style": "loud", "tenant": "other"}))).await;
    let mut fields = wrong.fields();
    fields.sort_unstable();
    assert_eq!((wrong.status, fields), (400, vec!["style", "tenant", "topic"]));
    let cut = asking("POST /api/content/tasks").by("acme", "author").text("{");
    assert_eq!(bench.asked(cut).await.problem(), "malformed-json");
    let models = json!({"topic": "How HTTP caching works", "model": "nobody/nothing"});
    assert_eq!(bench.asked(creating(&models)).await.status, 400);
    assert!(bench.queue.take().is_empty());
}

#[tokio::test]
async fn a_key_brings_the_first_answer_again_and_no_other_body() {
    let bench = bench();
    let keyed = |body: &Value| creating(body).header("idempotency-key", "once");
    let first = bench.asked(keyed(&topic())).await;
    let again = bench.asked(keyed(&topic())).await;
    assert_eq!((first.status, again.status, &again.body), (201, 201, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(bench.asked(keyed(&json!({"topic": "Something else"}))).await.problem(), "key-reused");
    assert_eq!(bench.queue.take().len(), 1);
}

#[tokio::test]
async fn a_created_task_says_where_it_is_and_is_sent_for() {
    let bench = bench();
    let made = bench.asked(creating(&topic())).await;
    let id = made.body["task_id"].as_str().unwrap();
    assert_eq!((made.status, &made.body["status"]), (201, &json!("pending")));
    assert_eq!(made.headers["location"], format!("/api/content/tasks/{id}"));
    assert_eq!(bench.queue.take().iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn a_text_is_in_the_language_that_was_asked_for_else_in_its_tenants_else_in_english() {
    let bench = bench();
    let language = async |body: &Value| {
        let made = bench.asked(creating(body)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["language"].clone()
    };
    let asked = json!({"topic": "How HTTP caching works", "language": "pt-br"});
    assert_eq!((language(&topic()).await, language(&asked).await), (json!("en"), json!("pt-BR")));
    let (acme, german) = (
        tenant("acme"),
        Settings { policy: Policy { language: "de".parse().ok(), ..Policy::default() }, ..Settings::default() },
    );
    galley_testkit::tenants::set_own(&bench.store, &acme, &german).await;
    assert_eq!((language(&topic()).await, language(&asked).await), (json!("de"), json!("pt-BR")));
    let bulk = json!({"tasks": [topic(), asked]});
    let answered =
        bench.asked(asking("POST /api/content/tasks/bulk/create").by("acme", "author").json(&bulk)).await.body;
    let told: Vec<&Value> =
        answered["results"].as_array().unwrap().iter().map(|one| &one["task"]["language"]).collect();
    assert_eq!(told, [&json!("de"), &json!("pt-BR")]);
    let wrong = bench.asked(creating(&json!({"topic": "How HTTP caching works", "language": "German"}))).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["language"]));
}

#[tokio::test]
async fn each_item_of_a_bulk_has_its_own_answer() {
    let bench = bench();
    let bulk = |body: &Value| asking("POST /api/content/tasks/bulk/create").by("acme", "author").json(body);
    assert_eq!(bench.asked(bulk(&json!({"tasks": []}))).await.fields(), ["tasks"]);
    assert_eq!(bench.asked(bulk(&json!({"tasks": [topic()], "more": 1}))).await.fields(), ["more"]);
    let answered = bench.asked(bulk(&json!({"tasks": [topic(), {"topic": "x"}]}))).await;
    let statuses: Vec<&Value> = answered.body["results"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [&json!(201), &json!(400)]);
}
