//! What create-task takes and refuses, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use create_task::App;
use galley_api::route::Function;
use galley_domain::{
    access::{
        acts::{ActStore, Between},
        limits::{DayQuota, QuotaDay},
        people::{Person, PersonStore},
        role::{Principal, Role},
        route::Route,
    },
    intake::{create::Creator, known_models::KnownModels},
    intent::{
        ask::ask,
        record::{Intent, NewIntent},
        store::IntentStore,
    },
    plans::fire::Firing,
    schedule::store::ScheduleStore,
    task::store::TaskStore,
    tenancy::settings::{NearDuplicates, Policy, Settings},
};
use galley_testkit::{
    MemoryStore,
    build::{subject, tenant},
    clock::TestClock,
    fakes::MemoryQueue,
    plan::new_schedule,
};
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
    Bench { store, queue, app: App { firing: Firing { creator, quota: DayQuota { user: 9, organisation: 9 } } } }
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.store, 9), |call| self.app.handle(call)).await
    }
}

impl Bench {
    /// By somebody who may ask for as much as they like.
    async fn asked_often(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.store, 99), |call| self.app.handle(call)).await
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
async fn a_near_duplicate_is_refused_with_what_it_is_near_to_where_the_tenant_says_so() {
    let bench = bench();
    let first = bench.asked(creating(&topic())).await.body["task_id"].clone();
    let near = json!({"topic": "HTTP caching: how it works"});
    let policy = Policy { near_duplicates: NearDuplicates::Refuse, ..Policy::default() };
    let refusing = Settings { policy, ..Settings::default() };
    galley_testkit::tenants::set_own(&bench.store, &tenant("acme"), &refusing).await;
    let refused = bench.asked(creating(&near)).await;
    assert_eq!((refused.status, &refused.body["type"]), (409, &json!("urn:galley:problem:near-duplicate")));
    assert_eq!(refused.fields(), ["topic"]);
    let told = refused.body["errors"][0]["message"].as_str().unwrap();
    assert_eq!(told, format!("is near to {} (pending): How HTTP caching works, 100 %", first.as_str().unwrap()));
    let bulk = json!({"tasks": [near, {"topic": "Why bread needs salt"}]});
    let bulk = bench.asked(asking("POST /api/content/tasks/bulk/create").by("acme", "author").json(&bulk)).await.body;
    assert_eq!([&bulk["results"][0]["status"], &bulk["results"][1]["status"]], [409, 201]);

    let all_the_same = json!({"topic": "HTTP caching: how it works", "allow_near_duplicate": true});
    let author = bench.asked(creating(&all_the_same)).await;
    assert_eq!(author.status, 403, "{}", author.body);
    let editor = bench.asked(creating(&all_the_same).by("acme", "editor")).await;
    assert_eq!((editor.status, &editor.body["allow_near_duplicate"]), (201, &json!(true)));
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

/// `ana`, whom all requests are by, is one of acme's people.
async fn let_in(bench: &Bench, role: Role) {
    let person = Person {
        subject: subject("ana"),
        tenant: tenant("acme"),
        role,
        display_name: None,
        groups: [].into(),
        added_at: NOW.parse().unwrap(),
        added_by: subject("boss"),
    };
    bench.store.put_person(&person).await.unwrap();
}

fn scheduling(body: &Value) -> Asking {
    asking("POST /api/schedules").by("acme", "editor").json(body)
}

async fn scheduled(bench: &Bench) -> String {
    let made = bench.asked(scheduling(&new_schedule(&json!({})))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["schedule_id"].as_str().unwrap().to_owned()
}

fn of_schedule(key: &'static str, id: &str) -> Asking {
    asking(key).by("acme", "editor").named("schedule_id", id)
}

#[tokio::test]
async fn an_author_schedules_nothing_and_a_body_is_refused_with_all_that_is_wrong() {
    let bench = bench();
    let unknown = bench.asked_often(scheduling(&new_schedule(&json!({})))).await;
    assert_eq!((unknown.status, unknown.problem()), (403, "forbidden"), "nobody could say later what she may");
    let_in(&bench, Role::Editor).await;
    for role in ["viewer", "author"] {
        assert_eq!(
            bench.asked_often(scheduling(&new_schedule(&json!({}))).by("acme", role)).await.status,
            403,
            "{role}"
        );
    }
    let wrong = json!({"name": "\u{202e}", "rule": {"repeat": "weekly", "at": "25:00", "zone": "Mars/Base"}, "owner": "ben",
        "request": {"topic": "News"}});
    let mut told = bench.asked_often(scheduling(&wrong)).await;
    assert_eq!(told.status, 400, "{}", told.body);
    for field in ["rule.at", "rule.zone", "owner"] {
        assert!(told.fields().contains(&field), "{field}: {}", told.body);
    }
    told = bench.asked_often(scheduling(&json!({"name": "News"}))).await;
    assert_eq!(told.fields(), ["rule", "request"]);
    told = bench.asked_often(scheduling(&new_schedule(&json!({"request": {"topic": "ab", "style": "loud"}})))).await;
    let mut fields = told.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["request.style", "request.topic"]);
    told = bench
        .asked(scheduling(&new_schedule(&json!({"rule": {"repeat": "weekly", "at": "09:00", "zone": "UTC"}}))))
        .await;
    assert_eq!(told.fields(), ["rule.weekdays"]);
    assert_eq!(bench.store.schedules(&tenant("acme"), 9, None).await.unwrap().items.len(), 0);
}

#[tokio::test]
async fn a_schedule_is_made_once_under_a_key_and_says_where_it_is() {
    let bench = bench();
    let_in(&bench, Role::Editor).await;
    let keyed = |body: &Value| scheduling(body).header("idempotency-key", "once");
    let first = bench.asked(keyed(&new_schedule(&json!({})))).await;
    let again = bench.asked(keyed(&new_schedule(&json!({})))).await;
    assert_eq!((first.status, again.status, &again.body), (201, 201, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(bench.asked(keyed(&new_schedule(&json!({"name": "Another"})))).await.problem(), "key-reused");
    assert_eq!(bench.store.schedules(&tenant("acme"), 9, None).await.unwrap().items.len(), 1);
    let id = first.body["schedule_id"].as_str().unwrap();
    assert_eq!(first.headers["location"], format!("/api/schedules/{id}"));
    assert_eq!(
        (&first.body["next"], &first.body["next_at"]),
        (&json!("2026-11-21T09:00"), &json!("2026-11-21T08:00:00Z"))
    );
    assert_eq!(
        (&first.body["owner"], &first.body["made"], &first.body["pause"]),
        (&json!("ana"), &json!(0), &Value::Null)
    );
    assert!(bench.queue.take().is_empty(), "nothing is due yet");
}

#[tokio::test]
async fn another_tenants_schedule_is_answered_as_none() {
    let bench = bench();
    let_in(&bench, Role::Editor).await;
    let id = scheduled(&bench).await;
    for (key, body) in [
        ("PATCH /api/schedules/{schedule_id}", json!({"paused": true})),
        ("DELETE /api/schedules/{schedule_id}", json!({})),
        ("POST /api/schedules/{schedule_id}/run", json!({})),
        ("POST /api/schedules/{schedule_id}/occurrences/{at}/skip", json!({})),
    ] {
        let of = |id: &str| of_schedule(key, id).named("at", "2026-11-22T09:00").by("rival", "admin").json(&body);
        let (rival, unknown) =
            (bench.asked_often(of(&id)).await, bench.asked_often(of("sch_00000000000000000000000000000000")).await);
        assert_eq!((rival.status, rival.problem(), unknown.status), (404, "not-found", 404), "{key}");
    }
    assert_eq!(bench.store.schedules(&tenant("acme"), 9, None).await.unwrap().items[0].pause, None);
}

#[tokio::test]
async fn a_schedule_is_run_at_once_once_under_a_key() {
    let bench = bench();
    let_in(&bench, Role::Editor).await;
    let id = scheduled(&bench).await;
    let run =
        || of_schedule("POST /api/schedules/{schedule_id}/run", &id).header("idempotency-key", "now").json(&json!({}));
    let (first, again) = (bench.asked(run()).await, bench.asked(run()).await);
    assert_eq!(
        (first.status, &first.body["outcome"], &again.body),
        (201, &json!("made"), &first.body),
        "{}",
        first.body
    );
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let task = first.body["task_id"].as_str().unwrap();
    assert_eq!(first.headers["location"], format!("/api/content/tasks/{task}"));
    assert_eq!(bench.queue.take().iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), [task]);
    let day = QuotaDay::of(&tenant("acme"), &subject("ana"), NOW.parse().unwrap());
    assert_eq!(bench.store.taken(&day), 1, "it counts as a client's");
    assert!(bench.store.remove_person(&tenant("acme"), &subject("ana")).await.unwrap());
    let gone = bench.asked(of_schedule("POST /api/schedules/{schedule_id}/run", &id).json(&json!({}))).await;
    assert_eq!((gone.status, gone.problem()), (409, "conflict"), "{}", gone.body);
    assert_eq!(bench.asked(run()).await.status, 201, "what was done is told again");
}

#[tokio::test]
async fn a_schedule_pauses_goes_on_leaves_one_out_and_ends() {
    let bench = bench();
    let_in(&bench, Role::Editor).await;
    let id = scheduled(&bench).await;
    let patched = async |body: Value| {
        let answered = bench.asked_often(of_schedule("PATCH /api/schedules/{schedule_id}", &id).json(&body)).await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        answered.body
    };
    let paused = patched(json!({"paused": true})).await;
    assert_eq!((&paused["pause"]["because"], &paused["next"]), (&json!("asked"), &Value::Null));
    assert_eq!(patched(json!({"paused": null})).await["next"], "2026-11-21T09:00");
    let cheap = patched(json!({"max_cost_usd": "0.5", "name": "Cheap"})).await;
    assert_eq!((&cheap["max_cost_usd"], &cheap["name"]), (&json!("0.50"), &json!("Cheap")), "{cheap}");
    assert_eq!(patched(json!({"max_cost_usd": null})).await["max_cost_usd"], Value::Null);
    let skip = |at: &str| {
        of_schedule("POST /api/schedules/{schedule_id}/occurrences/{at}/skip", &id).named("at", at).json(&json!({}))
    };
    for at in ["2026-11-20T09:00", "2026-11-21T10:00", "tomorrow"] {
        assert_eq!(bench.asked_often(skip(at)).await.status, 404, "{at}");
    }
    let keyed = || skip("2026-11-21T09:00").header("idempotency-key", "skip");
    let (skipped, again) = (bench.asked_often(keyed()).await, bench.asked_often(keyed()).await);
    assert_eq!((skipped.status, &skipped.body["outcome"], again.status), (200, &json!("skipped"), 200));
    assert_eq!(patched(json!({})).await["next"], "2026-11-22T09:00");
    let end = || of_schedule("DELETE /api/schedules/{schedule_id}", &id);
    assert_eq!([bench.asked_often(end()).await.status, bench.asked_often(end()).await.status], [204, 404]);
}

/// What editors do to schedules is an act as what admins do: where there is a new route, it has a line here.
#[tokio::test]
async fn each_route_of_schedules_that_administers_leaves_one_act_of_its_kind() {
    let bench = bench();
    let_in(&bench, Role::Editor).await;
    let id = scheduled(&bench).await;
    let skip = of_schedule("POST /api/schedules/{schedule_id}/occurrences/{at}/skip", &id);
    let requests = [
        (Route::RunSchedule, of_schedule("POST /api/schedules/{schedule_id}/run", &id).json(&json!({}))),
        (Route::PatchSchedule, of_schedule("PATCH /api/schedules/{schedule_id}", &id).json(&json!({"name": "Cheap"}))),
        (Route::SkipOccurrence, skip.named("at", "2026-11-22T09:00").json(&json!({}))),
        (Route::RemoveSchedule, of_schedule("DELETE /api/schedules/{schedule_id}", &id)),
    ];
    let mut expected = vec![Route::MakeSchedule];
    for (route, request) in requests {
        let answered = bench.asked_often(request).await;
        assert!(answered.status < 300, "{route:?}: {}", answered.body);
        expected.push(route);
    }
    let gone = bench.asked_often(of_schedule("DELETE /api/schedules/{schedule_id}", &id)).await;
    assert_eq!(gone.status, 404, "what is gone leaves no act");
    let acts = bench.store.acts(&tenant("acme"), Between::default(), 9, None).await.unwrap().items;
    let mut whats: Vec<_> = acts.iter().map(|act| Some(act.what)).collect();
    whats.sort_unstable();
    let mut kinds: Vec<_> = expected.iter().map(|route| route.act()).collect();
    kinds.sort_unstable();
    assert_eq!(whats, kinds, "all at one moment");
    assert!(acts.iter().all(|act| act.thing == id && act.by.subject() == Some(&subject("ana"))), "{acts:?}");
    let administers = |route: &&Route| route.function() == Function::CreateTask && route.act().is_some();
    assert!(Route::ALL.iter().filter(administers).all(|route| expected.contains(route)), "one is not here");
}

/// What `ana` of acme has asked for at `at`, with its proposals.
async fn asked_for(bench: &Bench, text: &str, at: &str) -> Intent {
    let by = Principal { tenant: tenant("acme"), subject: subject("ana"), role: Role::Author };
    let asked: NewIntent = serde_json::from_value(json!({"text": text, "zone": "Europe/Berlin"})).unwrap();
    let id = format!("int_{:032x}", text.len()).parse().unwrap();
    let intent = ask(id, &by, asked, at.parse().unwrap());
    bench.store.make_intent(&intent, None).await.unwrap();
    intent
}

fn taking(intent: &Intent, body: &Value) -> Asking {
    let asked = asking("POST /api/content/intent/{intent_id}/confirm").by("acme", "author");
    asked.named("intent_id", intent.id.as_str()).json(body)
}

/// What came of each: its status, whether it was so before, and the detail of its problem.
fn results(answered: &Answered) -> Vec<(u64, bool, String)> {
    assert_eq!(answered.status, 200, "{}", answered.body);
    let all = answered.body["results"].as_array().unwrap();
    assert!(all.iter().all(|one| one["problem"].is_null() == one["id"].is_string()), "{}", answered.body);
    let told = |one: &'_ Value| (one["status"].as_u64().unwrap(), one["replayed"] == true);
    let detail = |one: &'_ Value| one["problem"]["detail"].as_str().unwrap_or_default().to_owned();
    all.iter().map(|one| (told(one).0, told(one).1, detail(one))).collect()
}

const fn made(status: u64, replayed: bool) -> (u64, bool, String) {
    (status, replayed, String::new())
}

fn tasks(bench: &Bench) -> usize {
    bench.queue.take().len()
}

#[tokio::test]
async fn an_intent_is_taken_by_whoever_asked_while_it_lasts() {
    let bench = bench();
    let take = json!({"take": [{"proposal": 0}]});
    let intent = asked_for(&bench, "two articles about bread", NOW).await;
    let viewer = bench.asked_often(taking(&intent, &take).by("acme", "viewer")).await;
    assert_eq!((viewer.status, viewer.problem()), (403, "forbidden"));
    for somebody in [
        taking(&intent, &take).by_subject("acme", "ben", "admin"),
        taking(&intent, &take).by_subject("rival", "ana", "admin"),
        taking(&intent, &take).by_subject("system", "ana", "admin"),
        taking(&intent, &take).named("intent_id", "int_00000000000000000000000000000000"),
        taking(&intent, &take).named("intent_id", "1"),
    ] {
        let answered = bench.asked_often(somebody).await;
        assert_eq!((answered.status, answered.problem()), (404, "not-found"));
    }
    let over = asked_for(&bench, "two articles about bread", "2026-11-19T12:00:00Z").await;
    assert_eq!(bench.asked_often(taking(&over, &take)).await.status, 404, "a day has passed");
    assert_eq!(tasks(&bench), 0);
    let last = asked_for(&bench, "two articles about bread", "2026-11-19T12:00:00.001Z").await;
    assert_eq!(results(&bench.asked_often(taking(&last, &take)).await), [made(201, false)]);
}

#[tokio::test]
async fn what_is_taken_is_named_and_once() {
    let bench = bench();
    let intent = asked_for(&bench, "two articles about bread", NOW).await;
    let fields = async |body: Value| {
        let answered = bench.asked_often(taking(&intent, &body)).await;
        assert_eq!(answered.status, 400, "{}", answered.body);
        answered.fields().join(" ")
    };
    assert_eq!(fields(json!({})).await, "take");
    assert_eq!(fields(json!({"take": []})).await, "take");
    assert_eq!(fields(json!({"take": [{"proposal": 0}, {"proposal": 0}]})).await, "take");
    assert_eq!(fields(json!({"take": [{"proposal": 0}, {"proposal": 2}]})).await, "take[1].proposal");
    assert_eq!(fields(json!({"take": [{"proposal": -1}]})).await, "take[0].proposal");
    assert_eq!(fields(json!({"take": [{"proposal": 0, "kind": "schedule"}]})).await, "take[0].kind");
    let keyed = taking(&intent, &json!({"take": [{"proposal": 0}]})).header("idempotency-key", "k");
    assert_eq!(bench.asked_often(keyed).await.fields(), ["idempotency-key"], "it has one of its own");
    let asked = asked_for(&bench, "what is this?", NOW).await;
    let nothing = bench.asked_often(taking(&asked, &json!({"take": [{"proposal": 0}]}))).await;
    assert_eq!(nothing.fields(), ["take[0].proposal"], "of a question there is nothing to take");
    assert_eq!(tasks(&bench), 0);
}

#[tokio::test]
async fn what_is_taken_twice_or_after_a_lost_answer_is_made_once() {
    let bench = bench();
    let intent = asked_for(&bench, "three articles about bread", NOW).await;
    let both = json!({"take": [{"proposal": 0}, {"proposal": 1}]});
    let first = bench.asked_often(taking(&intent, &both)).await;
    assert_eq!(results(&first), [made(201, false), made(201, false)]);
    let ids = |answered: &Answered| {
        answered.body["results"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    let more = json!({"take": [{"proposal": 1}, {"proposal": 2}, {"proposal": 0}]});
    let again = bench.asked_often(taking(&intent, &more)).await;
    assert_eq!(results(&again), [made(201, true), made(201, false), made(201, true)]);
    assert_eq!((ids(&again)[0].clone(), ids(&again)[2].clone()), (ids(&first)[1].clone(), ids(&first)[0].clone()));
    assert_eq!(tasks(&bench), 3);
    let other = json!({"take": [{"proposal": 0, "body": {"topic": "Something else"}}]});
    assert_eq!(
        results(&bench.asked_often(taking(&intent, &other)).await),
        [(422, false, "this proposal was taken with another body".to_owned())]
    );
    let day = QuotaDay::of(&tenant("acme"), &subject("ana"), NOW.parse().unwrap());
    assert_eq!((tasks(&bench), bench.store.taken(&day)), (0, 3), "each took one place of the day");
}

#[tokio::test]
async fn a_lost_answer_of_the_table_makes_no_task_twice() {
    let bench = bench();
    let intent = asked_for(&bench, "one article about bread", NOW).await;
    let take = || taking(&intent, &json!({"take": [{"proposal": 0}]}));
    bench.store.lose_answers_after(0, 1);
    let lost = bench.asked_often(take()).await;
    let again = bench.asked_often(take()).await;
    let once_more = bench.asked_often(take()).await;
    let id = |answered: &Answered| answered.body["results"][0]["id"].clone();
    assert_eq!((results(&lost)[0].0, id(&again)), (503, id(&once_more)), "{}", lost.body);
    assert_eq!(results(&again), [made(201, true)]);
}

#[tokio::test]
async fn an_edited_body_is_checked_as_any_clients() {
    let bench = bench();
    let intent = asked_for(&bench, "two articles about bread", NOW).await;
    let take = |body: Value| json!({"take": [{"proposal": 0, "body": body}, {"proposal": 1}]});
    let refused = bench
        .asked_often(taking(&intent, &take(json!({"topic": "ab", "tenant": "rival", "max_cost_usd": "1000000"}))))
        .await;
    assert_eq!(results(&refused).iter().map(|one| one.0).collect::<Vec<_>>(), [400, 201], "the other is made");
    let mut fields: Vec<&str> = refused.body["results"][0]["problem"]["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["take[0].body.max_cost_usd", "take[0].body.tenant", "take[0].body.topic"]);
    let edited =
        bench.asked_often(taking(&intent, &take(json!({"topic": "Bread of Berlin", "target_length": 300})))).await;
    assert_eq!(results(&edited), [made(201, false), made(201, true)], "what was refused may be mended");
    let made =
        bench.store.task(&edited.body["results"][0]["id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(
        (made.request.topic.as_str(), made.tenant, made.requested_by),
        ("Bread of Berlin", tenant("acme"), subject("ana"))
    );
}

#[tokio::test]
async fn the_days_quota_holds_and_what_was_made_is_told_however_full_the_day_is() {
    let bench = bench();
    let intent = asked_for(&bench, "10 articles about bread", NOW).await;
    let all: Vec<Value> = (0..10).map(|nth| json!({"proposal": nth})).collect();
    let taken = bench.asked_often(taking(&intent, &json!({"take": all}))).await;
    let statuses: Vec<u64> = results(&taken).iter().map(|one| one.0).collect();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 201, 201, 201, 201, 429], "the day has nine");
    let again = bench.asked_often(taking(&intent, &json!({"take": [{"proposal": 3}]}))).await;
    assert_eq!(results(&again), [made(201, true)]);
    assert_eq!(tasks(&bench), 9);
}

#[tokio::test]
async fn a_schedule_is_taken_by_whoever_may_make_one_and_leaves_its_act() {
    let bench = bench();
    let intent = asked_for(&bench, "three posts a week about bread until June", NOW).await;
    let take = json!({"take": [{"proposal": 0}]});
    let_in(&bench, Role::Editor).await;
    let author = bench.asked_often(taking(&intent, &take)).await;
    assert_eq!(results(&author)[0].0, 403, "{}", author.body);
    let editor = || taking(&intent, &take).by("acme", "editor");
    let publishes = json!({"take": [{"proposal": 0, "body": {"name": "Bread", "rule": {"repeat": "daily", "at": "09:00", "zone": "UTC"},
        "request": {"topic": "Bread", "publish_mode": "publish"}}}]});
    let refused = bench.asked_often(taking(&intent, &publishes).by("acme", "editor")).await;
    assert_eq!(results(&refused)[0].0, 403, "only an admin has that published without a person");
    let (first, again) = (bench.asked_often(editor()).await, bench.asked_often(editor()).await);
    assert_eq!((results(&first), results(&again)), (vec![made(201, false)], vec![made(201, true)]));
    assert_eq!(first.body["results"][0]["id"], again.body["results"][0]["id"]);
    let schedules = bench.store.schedules(&tenant("acme"), 9, None).await.unwrap().items;
    assert_eq!(schedules.iter().map(|one| json!(one.id)).collect::<Vec<_>>(), [first.body["results"][0]["id"].clone()]);
    assert_eq!((schedules[0].owner.clone(), schedules[0].max_cost_usd), (subject("ana"), None));
    let acts = bench.store.acts(&tenant("acme"), Between::default(), 9, None).await.unwrap().items;
    let told: Vec<_> = acts.iter().map(|act| (Some(act.what), act.thing.as_str())).collect();
    assert_eq!(told, [(Route::MakeSchedule.act(), schedules[0].id.as_str())]);
}
