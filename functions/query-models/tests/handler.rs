//! What viewers and authors learn of models and money, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::Arc;

use galley_domain::{kernel::usd::MicroUsd, models::price::Price, money::budget::Caps};
use galley_testkit::{
    MemoryStore,
    clock::TestClock,
    fakes::{NoModels, ScriptedWeb, scripted_catalogue},
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
