//! What viewers and authors learn of models and money, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::Arc;

use galley_domain::{
    access::{
        people::{Person, PersonStore},
        role::Role,
    },
    agents::{
        registry::Registry,
        store::{AgentStore, Beside},
    },
    kernel::usd::MicroUsd,
    models::price::Price,
    money::budget::Caps,
    tenancy::flags::{self, Flag, FlagName},
};
use galley_testkit::{
    MemoryStore,
    build::{subject, tenant},
    clock::TestClock,
    fakes::{NoModels, ScriptedModel, ScriptedWeb, WithSpare, scripted_catalogue},
};
use galley_testkit_http::{Answered, Asking, NOW, asking, counter};
use query_models::{App, Deps};
use serde_json::{Value, json};

#[derive(Debug)]
struct Memory;

impl Deps for Memory {
    type Store = MemoryStore;
    type Clock = TestClock;
    type Models = NoModels;
    type Web = ScriptedWeb;
}

async fn asked(request: Asking) -> Answered {
    let store = MemoryStore::default();
    let dollars = |amount: &str| amount.parse::<MicroUsd>().unwrap();
    let app = App::<Memory> {
        store: store.clone(),
        clock: TestClock::at(NOW),
        models: NoModels,
        web: ScriptedWeb::default(),
        catalogue: Arc::new(scripted_catalogue()),
        custom_price: Price::default(),
        caps: Caps { task: dollars("1"), day: dollars("10"), month: dollars("100"), tokens: 1000 },
    };
    request.answered(&counter(&store, 9), |call| app.handle(call)).await
}

fn costs() -> Asking {
    asking("GET /api/costs").by("acme", "viewer")
}

fn estimating(body: &Value) -> Asking {
    asking("POST /api/content/tasks/estimate").by("acme", "author").json(body)
}

#[tokio::test]
async fn nobody_learns_what_a_tenant_spends_and_a_viewer_estimates_nothing() {
    assert_eq!(asked(asking("GET /api/costs")).await.problem(), "forbidden");
    assert_eq!(asked(asking("GET /api/models")).await.problem(), "forbidden");
    let viewer = estimating(&json!({"topic": "How HTTP caching works"})).by("acme", "viewer");
    assert_eq!(asked(viewer).await.problem(), "forbidden");
}

#[tokio::test]
async fn a_question_of_costs_that_means_nothing_is_refused() {
    assert_eq!(asked(costs().query("by", "weather")).await.fields(), ["by"]);
    assert_eq!(asked(costs().query("from", "yesterday")).await.fields(), ["from"]);
    assert_eq!(asked(costs().query("from", "2026-11-20").query("to", "2026-11-19")).await.fields(), ["to"]);
    assert_eq!(asked(costs().query("from", "2026-01-01").query("to", "2026-11-19")).await.fields(), ["to"]);
}

#[tokio::test]
async fn an_estimate_names_what_is_wrong_with_its_task() {
    assert_eq!(asked(estimating(&json!({"topic": "ab"}))).await.fields(), ["topic"]);
    let unknown = json!({"topic": "How HTTP caching works", "model": "nobody/nothing"});
    assert_eq!(asked(estimating(&unknown)).await.status, 400);
}

#[tokio::test]
async fn a_tenant_that_has_spent_nothing_sees_its_caps() {
    let told = asked(costs()).await;
    assert_eq!((told.status, &told.body["from"], &told.body["data"]), (200, &json!("2026-11-01"), &json!([])));
    assert_eq!(told.body["tokens_today"]["cap"], 1000);
}

#[tokio::test]
async fn models_are_listed_and_without_one_a_task_costs_nothing() {
    let listed = asked(asking("GET /api/models").by("acme", "viewer")).await;
    assert!(listed.status == 200 && !listed.body["data"].as_array().unwrap().is_empty());
    let estimate = asked(estimating(&json!({"topic": "How HTTP caching works"}))).await;
    assert_eq!((estimate.status, &estimate.body["phases"]), (200, &json!([])));
}

/// As `Memory`, with two providers that are there.
#[derive(Debug)]
struct Answering;

impl Deps for Answering {
    type Store = MemoryStore;
    type Clock = TestClock;
    type Models = WithSpare;
    type Web = ScriptedWeb;
}

#[tokio::test]
async fn a_model_whose_provider_is_switched_off_is_not_called_available() {
    let one = MicroUsd::from_dollars(1);
    let app = App::<Answering> {
        store: MemoryStore::default(),
        clock: TestClock::at(NOW),
        models: WithSpare(ScriptedModel::default()),
        web: ScriptedWeb::default(),
        catalogue: Arc::new(scripted_catalogue()),
        custom_price: Price::default(),
        caps: Caps { task: one, day: one, month: one, tokens: 1000 },
    };
    let only_acme = Flag { tenants_off: [tenant("acme")].into(), ..Flag::default() };
    let off = (FlagName::provider("spare"), Some(only_acme));
    flags::turn(&app.store, &app.clock, off, (subject("opal"), None)).await.unwrap();
    for (who, told) in [("acme", json!("it is switched off")), ("other", Value::Null)] {
        let asking = asking("GET /api/models").by(who, "viewer");
        let listed = asking.answered(&counter(&app.store, 9), |call| app.handle(call)).await;
        let of = |at: usize| listed.body["data"][at].clone();
        assert_eq!((&of(0)["available"], &of(0)["reason"]), (&json!(true), &Value::Null));
        assert_eq!((&of(1)["available"], &of(1)["reason"]), (&json!(told.is_null()), &told), "{who}");
    }
}

#[tokio::test]
async fn a_calendar_of_days_that_are_none_is_refused_by_its_field() {
    let asked_for = |name: &'static str, value: &'static str| {
        asked(asking("GET /api/calendar").by("acme", "viewer").query(name, value))
    };
    assert_eq!(asked(asking("GET /api/calendar")).await.problem(), "forbidden");
    assert_eq!(asked_for("from", "tomorrow").await.fields(), ["from"]);
    assert_eq!(asked_for("to", "2026-11-01").await.fields(), ["to"], "it is before today");
    assert_eq!(asked_for("to", "2027-02-20").await.fields(), ["to"], "the ninety-third day");
    assert_eq!(asked_for("from", "2031-11-21").await.fields(), ["from"], "more than five years ahead");
    assert_eq!(asked_for("from", "2031-11-20").await.status, 200);
    assert_eq!(asked_for("zone", "Mars/Base").await.fields(), ["zone"]);
    let told = asked_for("zone", "Asia/Tokyo").await;
    assert_eq!(
        (told.status, &told.body["zone"], &told.body["from"]),
        (200, &json!("Asia/Tokyo"), &json!("2026-11-20"))
    );
    assert_eq!(
        (&told.body["to"], &told.body["complete"], &told.body["data"]),
        (&json!("2026-12-20"), &json!(true), &json!([]))
    );
}

/// Everything on one store.
struct Bench {
    store: MemoryStore,
    app: App<Memory>,
}

fn bench(now: &str) -> Bench {
    let store = MemoryStore::default();
    bench_on(store, now)
}

fn bench_on(store: MemoryStore, now: &str) -> Bench {
    let dollars = |amount: &str| amount.parse::<MicroUsd>().unwrap();
    let app = App::<Memory> {
        store: store.clone(),
        clock: TestClock::at(now),
        models: NoModels,
        web: ScriptedWeb::default(),
        catalogue: Arc::new(scripted_catalogue()),
        custom_price: Price::default(),
        caps: Caps { task: dollars("1"), day: dollars("10"), month: dollars("100"), tokens: 1000 },
    };
    Bench { store, app }
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.store, 99), |call| self.app.handle(call)).await
    }
}

fn saying(text: &str) -> Asking {
    let body = json!({"text": text, "zone": "Europe/Berlin"});
    asking("POST /api/content/intent").by("acme", "author").json(&body)
}

fn reading(id: &str) -> Asking {
    asking("GET /api/content/intent/{intent_id}").by("acme", "author").named("intent_id", id)
}

#[tokio::test]
async fn a_sentence_is_refused_by_its_field_and_by_role() {
    let bench = bench(NOW);
    for (caller, role) in [("acme", "viewer"), ("system", "admin")] {
        let answered = bench.asked(saying("a post about bread").by(caller, role)).await;
        assert_eq!((answered.status, answered.problem()), (403, "forbidden"), "{caller}");
    }
    let sent = |body: Value| asking("POST /api/content/intent").by("acme", "author").json(&body);
    for (body, field) in [
        (json!({}), "text"),
        (json!({"text": ""}), "text"),
        (json!({"text": "   "}), "text"),
        (json!({"text": "x".repeat(501)}), "text"),
        (json!({"text": "a post\nabout bread"}), "text"),
        (json!({"text": "a post about bread\u{7}"}), "text"),
        (json!({"text": "a post about \u{202e}daerb"}), "text"),
        (json!({"text": ["a post about bread"]}), "text"),
        (json!({"text": "a post about bread", "zone": "Mars/Base"}), "zone"),
        (json!({"text": "a post about bread", "tenant": "rival"}), "tenant"),
        (json!({"text": "a post about bread", "max_cost_usd": "100"}), "max_cost_usd"),
    ] {
        let answered = bench.asked(sent(body.clone())).await;
        assert_eq!((answered.status, answered.fields()), (400, vec![field]), "{body}");
    }
}

#[tokio::test]
async fn a_sentence_is_answered_with_bodies_what_they_cost_and_what_was_not_understood() {
    let bench = bench(NOW);
    let asked = bench.asked(saying("Ignore all limits: three posts a week about bread until June")).await;
    assert_eq!(asked.status, 201, "{}", asked.body);
    let told = &asked.body;
    let id = told["intent_id"].as_str().unwrap();
    assert_eq!(asked.headers["location"], format!("/api/content/intent/{id}"));
    assert_eq!((&told["read_by"], &told["question"]), (&json!({"kind": "grammar", "version": 1}), &Value::Null));
    assert_eq!(told["unread"], json!(["Ignore all limits"]));
    let proposal = &told["proposals"][0];
    assert_eq!(
        (&proposal["proposal"], &proposal["kind"], &proposal["tasks"]),
        (&json!(0), &json!("schedule"), &json!(82))
    );
    assert_eq!(proposal["body"]["rule"]["weekdays"], json!(["mon", "wed", "fri"]));
    assert_eq!(proposal["next"][0], "2026-11-23T09:00");
    assert_eq!((&proposal["estimate"]["near"], &proposal["expected_usd"]), (&json!([]), &json!("0.00")));
    assert_eq!((&told["created_at"], &told["expires_at"]), (&json!(NOW), &json!("2026-11-21T12:00:00Z")));
    assert_eq!(bench.asked(reading(id)).await.body, *told);
    let open = bench.asked(saying("three posts a week about bread")).await;
    assert_eq!(
        (&open.body["proposals"][0]["tasks"], &open.body["proposals"][0]["most_usd"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_sentence_that_is_not_read_is_answered_with_a_question() {
    let bench = bench(NOW);
    let asked = bench.asked(saying("make me rich")).await;
    assert_eq!(
        (asked.status, &asked.body["proposals"], &asked.body["question"]["about"]),
        (201, &json!([]), &json!("form"))
    );
    assert!(asked.body["question"]["text"].as_str().unwrap().contains("three blog posts about HTTP caching"));
    let unzoned =
        asking("POST /api/content/intent").by("acme", "author").json(&json!({"text": "a daily post about bread"}));
    assert_eq!(bench.asked(unzoned).await.body["question"]["about"], "zone");
}

#[tokio::test]
async fn nobody_else_reads_what_somebody_asked_for_and_after_a_day_nobody() {
    let bench = bench(NOW);
    let asked = bench.asked(saying("a post about bread")).await;
    let id = asked.body["intent_id"].as_str().unwrap();
    for somebody in [
        reading(id).by_subject("acme", "ben", "admin"),
        reading(id).by("rival", "admin"),
        reading("int_00000000000000000000000000000000"),
        reading("1"),
    ] {
        let answered = bench.asked(somebody).await;
        assert_eq!((answered.status, answered.problem()), (404, "not-found"));
    }
    assert_eq!(bench.asked(reading(id).by("acme", "viewer")).await.status, 403);
    for (now, status) in [("2026-11-21T11:59:59.999Z", 200), ("2026-11-21T12:00:00Z", 404)] {
        assert_eq!(bench_on(bench.store.clone(), now).asked(reading(id)).await.status, status, "{now}");
    }
}

#[tokio::test]
async fn a_sentence_is_kept_once_under_a_key() {
    let bench = bench(NOW);
    let keyed = |text: &str| saying(text).header("idempotency-key", "once");
    let (first, again) =
        (bench.asked(keyed("a post about bread")).await, bench.asked(keyed("a post about bread")).await);
    assert_eq!((first.status, again.status, &again.body), (201, 201, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(bench.asked(keyed("a post about butter")).await.problem(), "key-reused");
}

#[tokio::test]
async fn whoever_asks_for_content_sees_the_agents_that_they_may_name_without_their_prompts() {
    let list = || asking("GET /api/agents");
    assert_eq!(asked(list()).await.problem(), "forbidden");
    assert_eq!(asked(list().by("acme", "viewer")).await.problem(), "forbidden");
    let told = asked(list().by("acme", "author")).await;
    let names: Vec<_> =
        told.body["data"].as_array().unwrap().iter().map(|one| one["aliases"][0].as_str().unwrap()).collect();
    assert_eq!((told.status, names), (200, vec!["writer", "planner", "critic", "finisher"]));

    let bench = bench(NOW);
    let agent = |number: u8, name: &str, groups: Value| {
        let id = format!("agt_{number:032x}");
        let at = "2026-11-20T12:00:00Z";
        let agent = json!({"name": name, "aliases": [name], "phases": ["draft"], "types": ["email"], "groups": groups, "versions": 1,
            "labels": {"trial": {"version": 1, "moved_at": at}}, "version": 3, "created_at": at, "updated_at": at});
        (id.parse().unwrap(), serde_json::from_value(agent).unwrap())
    };
    let agents =
        [agent(1, "ours", json!([])), agent(2, "brand-voice", json!(["brand"])), agent(3, "legal", json!(["law"]))];
    let registry = Registry { tenant: tenant("acme"), agents: agents.into(), version: 1 };
    assert!(bench.app.store.keep_agents(&registry, 0, Beside::Nothing, None).await.unwrap());
    let person = Person {
        subject: subject("bea"),
        tenant: tenant("acme"),
        role: Role::Author,
        display_name: None,
        groups: ["brand".parse().unwrap()].into(),
        added_at: NOW.parse().unwrap(),
        added_by: subject("ana"),
    };
    bench.app.store.put_person(&person).await.unwrap();
    for (tenant, who, own) in
        [("acme", "bea", vec!["ours", "brand-voice"]), ("acme", "lou", vec!["ours"]), ("rival", "bea", vec![])]
    {
        let told = bench.asked(list().by_subject(tenant, who, "author")).await.body;
        let listed = told["data"].as_array().unwrap().iter().filter(|one| one["kind"] == "own");
        let names: Vec<_> = listed.map(|one| one["display_name"].as_str().unwrap()).collect();
        assert_eq!(names, own, "{who} of {tenant}");
        assert!(!told.to_string().contains("groups"), "whom others are for is not told");
    }
}
