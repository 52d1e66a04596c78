//! What is on record of what admins and operators did, and who reads it.

use admin::App;
use galley_api::route::Function;
use galley_domain::{
    access::{role::Access, route::Route, tickets::Proof},
    kernel::{
        clock::Clock,
        ids::{KeyId, TaskId},
        usd::MicroUsd,
    },
    models::phase::Phase,
    money::{
        budget::{Caps, Intent},
        ledger::{CallOutcome, ModelCall, Quote},
    },
    operations::ended,
    queue::message::{Kind, Message, RecordQueue},
    task::store::{Change, Ledger, TaskStore},
};
use galley_testkit::build::{a_task, tenant, trace};
use galley_testkit_http::{Asking, asking};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    Bench, LETTERS, RESUME, SEND_BACK, SUSPEND, bench, exporting, flag, key, letter, limits, list, of_tenant, source,
};

const ACTS: &str = "GET /api/admin/acts";
const ACTS_OF: &str = "GET /api/admin/tenants/{tenant}/acts";

async fn acts(bench: &Bench, request: Asking) -> Vec<Value> {
    let answered = bench.asked(request).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    answered.body["data"].as_array().unwrap().clone()
}

fn of_acme(key: &'static str) -> Asking {
    asking(key).by("acme", "admin")
}

#[tokio::test]
async fn who_made_a_key_is_told_to_their_admin_and_to_operators_and_to_nobody_else() {
    let bench = bench();
    let by_key = KeyId::of("galley_of-ana");
    let making = || key(&json!({"subject": "ben", "role": "admin"})).proven_by(&Proof::Key(by_key.clone()));
    for refused in [of_acme(ACTS).by("acme", "editor"), of_acme(ACTS_OF).named("tenant", "acme")] {
        assert_eq!(bench.asked(refused).await.problem(), "forbidden");
    }
    for (name, wrong) in [("actor", "a"), ("key", "k-1"), ("what", "key_stolen"), ("since", "noon"), ("until", "2026")]
    {
        assert_eq!(bench.asked(of_acme(ACTS).query(name, wrong)).await.fields(), [name]);
    }
    assert_eq!(bench.asked(making().json(&json!({"subject": "ben", "role": "king"}))).await.status, 400);
    assert_eq!(acts(&bench, of_acme(ACTS)).await, Vec::<Value>::new(), "what was refused is no act");
    let under_key = || making().header("idempotency-key", "k-1");
    let made = bench.asked(under_key()).await;
    assert_eq!(bench.asked(under_key()).await.header("idempotency-replayed"), "true");
    let told = acts(&bench, of_acme(ACTS)).await;
    assert_eq!(told.len(), 1, "the same request twice is one act: {told:?}");
    assert_eq!((&told[0]["what"], &told[0]["thing"]), (&json!("key_made"), &made.body["id"]));
    assert_eq!(told[0]["by"], json!({"kind": "person", "subject": "ana"}));
    assert_eq!(told[0]["credential"], json!({"kind": "key", "key_id": by_key}));
    assert_eq!(made.body["made_by"], told[0]["by"]);
    let text = made.body["key"].as_str().unwrap();
    assert!(!told[0].to_string().contains(text), "its text is nowhere");
    assert_eq!(acts(&bench, asking(ACTS).by("other", "admin")).await, Vec::<Value>::new());
    assert_eq!(acts(&bench, of_tenant(ACTS_OF, "acme")).await, told);
    assert_eq!(bench.asked(of_tenant(ACTS_OF, "No-Tenant")).await.problem(), "not-found");
}

#[tokio::test]
async fn an_operators_act_is_told_to_the_tenant_without_a_name() {
    let bench = bench();
    let first =
        key(&json!({"subject": "ben", "role": "admin", "tenant": "acme"})).by_subject("system", "opal", "admin");
    let made = bench.asked(first).await;
    let theirs = acts(&bench, of_acme(ACTS)).await;
    assert_eq!((&theirs[0]["by"], &theirs[0]["credential"]), (&json!({"kind": "operator"}), &Value::Null));
    let listed = bench.asked(of_acme("GET /api/admin/keys")).await;
    assert_eq!(listed.body["data"][0]["made_by"], json!({"kind": "operator"}));
    assert!(!listed.text.contains("opal") && !theirs[0].to_string().contains("opal"));
    let own = acts(&bench, asking(ACTS).by("system", "admin").query("actor", "opal")).await;
    assert_eq!((&own[0]["thing"], &own[0]["tenant"]), (&made.body["id"], &json!("acme")));
    assert_eq!(own[0]["by"]["subject"], "opal", "the operators' list says who");
}

#[tokio::test]
async fn all_that_a_leaked_key_did_since_a_time_is_one_list() {
    let bench = bench();
    let (leaked, other) = (Proof::Key(KeyId::of("galley_leaked")), Proof::Key(KeyId::of("galley_other")));
    let put =
        |who: &str| of_acme("PUT /api/admin/people/{subject}").named("subject", who).json(&json!({"role": "admin"}));
    let make = |who: &str| key(&json!({"subject": who, "role": "admin"}));
    bench.asked(put("github-1").proven_by(&leaked)).await;
    bench.0.clock.advance(SignedDuration::from_secs(60));
    let since = bench.0.clock.now().to_string();
    bench.asked(make("eve").proven_by(&leaked)).await;
    bench.asked(make("ben").proven_by(&other)).await;
    bench.0.clock.advance(SignedDuration::from_secs(1));
    bench.asked(source(&json!({"source": "cms", "scheme": "galley"})).proven_by(&leaked)).await;
    let night = || {
        let id = KeyId::of("galley_leaked").to_string();
        of_tenant(ACTS_OF, "acme").query("key", &id).query("since", &since)
    };
    let whats = |acts: Vec<Value>| acts.iter().map(|act| act["what"].clone()).collect::<Vec<_>>();
    assert_eq!(whats(acts(&bench, night()).await), ["source_made", "key_made"]);
    assert_eq!(whats(acts(&bench, night().query("what", "key_made")).await), ["key_made"]);
    assert_eq!(acts(&bench, night().query("until", &since)).await, Vec::<Value>::new());
    let by = |who: &str| of_acme(ACTS).query("actor", who);
    assert_eq!((acts(&bench, by("ana")).await.len(), acts(&bench, by("eve")).await.len()), (4, 0));
    let first = bench.asked(by("ana").query("limit", "3")).await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(whats(acts(&bench, by("ana").query("cursor", cursor)).await), ["person_set"]);
    for another in [by("ben"), of_acme(ACTS), by("ana").query("what", "key_made"), by("ana").by("other", "admin")] {
        assert_eq!(bench.asked(another.query("cursor", cursor)).await.problem(), "invalid-cursor");
    }
}

/// A request of a route that administers, after all that it takes to do something.
#[expect(clippy::too_many_lines, reason = "a request for each route: a table, not a procedure")]
async fn doing(bench: &Bench, route: Route) -> Asking {
    let text: &'static str = format!("{} {}", route.method(), route.path()).leak();
    let by = if route.access() == Access::System { "system" } else { "acme" };
    list(bench, "acme").await;
    let asking = |body: &Value| asking(text).by(by, "admin").json(body);
    let done = async |request: Asking| {
        let answered = bench.asked(request).await;
        assert!(answered.status < 300, "{route:?}: {}", answered.body);
        answered.body
    };
    let (nothing, reason) = (json!({}), json!({"reason": "As a test wants it"}));
    let a_source = json!({"source": "cms", "scheme": "galley"});
    let a_target = json!({"name": "blog", "url": "https://blog.example.com", "secret": "not a real password",
        "settings": {"kind": "wordpress", "username": "editor"}});
    let a_task = async || {
        let accepted = a_task().accepted();
        let id = accepted.task.id.to_string();
        bench.0.store.accept(accepted).await.unwrap();
        id
    };
    let a_letter = async || {
        let message = Message::new(Kind::Generate, tenant("acme"), "task_1", trace());
        bench.0.queue.bury(&serde_json::to_string(&message).unwrap(), "tried too often").await.unwrap();
        bench.asked(letter(LETTERS, "work", &Value::Null)).await.body["data"][0]["letter_id"].clone()
    };
    match route {
        Route::MakeKey => asking(&json!({"subject": "ben", "role": "editor"})),
        Route::RevokeKey => {
            let made = done(key(&json!({"subject": "ben", "role": "editor"}))).await;
            asking(&nothing).named("key_id", made["id"].as_str().unwrap())
        }
        Route::MakeSource => asking(&a_source),
        Route::RotateSource | Route::RemoveSource => {
            done(source(&a_source)).await;
            asking(&nothing).named("source", "cms")
        }
        Route::MakeTarget => asking(&a_target),
        Route::PatchTarget | Route::RemoveTarget => {
            done(of_acme("POST /api/admin/targets").json(&a_target)).await;
            asking(&if route == Route::PatchTarget { json!({"paused": true}) } else { nothing }).named("target", "blog")
        }
        Route::MakeAgent => asking(&json!({"display_name": "House style", "phases": ["draft"]})),
        Route::PatchAgent
        | Route::RemoveAgent
        | Route::MakePrompt
        | Route::MoveLabel
        | Route::MoveAlias
        | Route::RemoveAlias => {
            let an_agent = json!({"display_name": "House style", "phases": ["draft"], "aliases": ["house-style"]});
            let made = done(of_acme("POST /api/admin/agents").json(&an_agent)).await;
            let id = made["agent_id"].as_str().unwrap();
            let prompts = of_acme("POST /api/admin/agents/{agent_id}/prompts").named("agent_id", id);
            done(prompts.json(&json!({"text": "Say we."}))).await;
            let alias = if route == Route::MoveAlias { "our-style" } else { "house-style" };
            let body = match route {
                Route::PatchAgent => json!({"groups": ["brand"]}),
                Route::MakePrompt => json!({"text": "Say you."}),
                Route::MoveLabel => json!({"version": 1, "reason": "As a test wants it"}),
                _ => reason,
            };
            asking(&body).named("agent_id", id).named("label", "trial").named("alias", alias)
        }
        Route::MakeFeed => asking(&json!({"name": "The desk"})),
        Route::RevokeFeed => {
            let made = done(of_acme("POST /api/admin/calendar-feeds").json(&json!({"name": "The desk"}))).await;
            asking(&nothing).named("feed_id", made["feed_id"].as_str().unwrap())
        }
        Route::PutPerson => asking(&json!({"role": "editor"})).named("subject", "github-1"),
        Route::RemovePerson => {
            let put = of_acme("PUT /api/admin/people/{subject}").named("subject", "github-1");
            done(put.json(&json!({"role": "editor"}))).await;
            asking(&nothing).named("subject", "github-1")
        }
        Route::PatchSettings => asking(&json!({"quality_bar": 80})),
        Route::RevertSettings => {
            done(of_acme("PATCH /api/admin/settings").json(&json!({"quality_bar": 80}))).await;
            let log = done(of_acme("GET /api/admin/settings/log")).await;
            asking(&json!({"change_id": log["data"][0]["id"]}))
        }
        Route::SetLimits | Route::PatchLimits => asking(&json!({"create_per_minute": 9})).named("tenant", "acme"),
        Route::RevertLimits => {
            done(limits("PUT", "acme").json(&json!({"create_per_minute": 9}))).await;
            let log = done(limits("log", "acme")).await;
            asking(&json!({"change_id": log["data"][0]["id"]})).named("tenant", "acme")
        }
        Route::SetFlag => asking(&json!({"enabled": false})).named("flag", "generation"),
        Route::RevertFlag => {
            done(flag("generation")).await;
            let log = bench.asked(of_tenant("GET /api/admin/flags/log", "")).await.body;
            asking(&json!({"change_id": log["data"][0]["id"]})).named("flag", "generation")
        }
        Route::MakeTenant => asking(&nothing).named("tenant", "globex"),
        Route::SuspendTenant => asking(&reason).named("tenant", "globex"),
        Route::ResumeTenant => {
            done(of_tenant(SUSPEND, "globex").json(&reason)).await;
            asking(&reason).named("tenant", "globex")
        }
        Route::ExportData | Route::EraseData => asking(&json!({"subject": "ben"})),
        Route::KickTask | Route::StopTask => {
            let id = a_task().await;
            asking(&if route == Route::StopTask { reason } else { nothing }).named("task_id", &id)
        }
        Route::CorrectCall => {
            let id = a_task().await;
            let call = an_old_call(bench, &id).await;
            let body = json!({"cost_usd": "0.0123", "reason": "As the bill says"});
            asking(&body).named("task_id", &id).named("call_id", &call)
        }
        Route::RedriveEnded => {
            let job = done(exporting("ben")).await;
            let message = Message::new(Kind::Job, tenant("acme"), job["job_id"].as_str().unwrap(), trace());
            let App { store, queue, clock, .. } = &bench.0;
            ended::give_up(store, queue, clock, &message, 5).await.unwrap();
            let listed = done(of_tenant("GET /api/admin/ended", "")).await;
            asking(&nothing).named("ended_id", listed["data"][0]["ended_id"].as_str().unwrap())
        }
        Route::Redrive => asking(&json!({"queue": "work"})),
        Route::RedriveLetter | Route::DiscardLetter => {
            let id = a_letter().await;
            let body = if route == Route::DiscardLetter { reason } else { nothing };
            asking(&body).named("queue", "work").named("letter_id", id.as_str().unwrap())
        }
        other => panic!("say here what it takes for {other:?} to do something, and see that it leaves an act"),
    }
}

/// A call of the task's that was begun two hours ago and never settled.
async fn an_old_call(bench: &Bench, id: &str) -> String {
    let (store, now) = (&bench.0.store, bench.0.clock.now());
    let task = store.task(&TaskId::new(id).unwrap()).await.unwrap().unwrap();
    let quote = Quote {
        provider: "p".into(),
        model: "m".into(),
        prompt_version: "draft/1".into(),
        prompt_sha256: "ab".into(),
        reserved: MicroUsd::from_micros(500),
        reserved_tokens: 0,
    };
    let call = ModelCall {
        id: uuid::Uuid::from_u128(7),
        tenant: task.tenant.clone(),
        phase: Phase::Draft,
        quote,
        round: 1,
        attempt: 1,
        at: now - SignedDuration::from_hours(2),
        cost: MicroUsd::from_micros(500),
        outcome: CallOutcome::Intent,
        corrected: None,
    };
    let (plenty, id) = (MicroUsd::from_dollars(9), call.id.to_string());
    let caps = Caps { task: plenty, day: plenty, month: plenty, tokens: 0 };
    let ledger = Ledger::Intent(Box::new(Intent { call, caps }));
    store.commit(Change { ledger, ..Change::new(task.stamp(), task, Vec::new()) }).await.unwrap();
    id
}

/// Each route that administers leaves one act of its kind, where whoever acts finds it. What is new and not here fails.
#[tokio::test]
async fn each_route_that_administers_leaves_one_act_of_its_kind() {
    let administers = |route: &&Route| route.function() == Function::Admin && route.act().is_some();
    for route in Route::ALL.iter().filter(administers) {
        let bench = bench();
        let request = doing(&bench, *route).await;
        let of = if route.access() == Access::System { "system" } else { "acme" };
        let list = async || acts(&bench, asking(ACTS).by(of, "admin")).await;
        let before = list().await;
        bench.0.clock.advance(SignedDuration::from_secs(1));
        let request = if route.takes_idempotency_key() { request.header("idempotency-key", "k-1") } else { request };
        let answered = bench.asked(request.clone()).await;
        assert!(answered.status < 300, "{route:?}: {}", answered.body);
        let after = list().await;
        assert_eq!(after.len(), before.len() + 1, "{route:?}: {after:?}");
        assert_eq!(after[0]["what"], route.act().unwrap().name(), "{route:?}");
        assert_eq!(after[0]["by"]["subject"], "ana", "{route:?}");
        if route.takes_idempotency_key() {
            assert_eq!(bench.asked(request).await.status, answered.status, "{route:?}");
            assert_eq!(list().await, after, "{route:?}: a replay is no act");
        }
    }
}

#[tokio::test]
async fn what_changes_nothing_is_no_act() {
    let bench = bench();
    list(&bench, "acme").await;
    let none = async |request: Asking, what: &str| {
        bench.asked(request).await;
        let both = [asking(ACTS).by("acme", "admin"), asking(ACTS).by("system", "admin")];
        for list in both {
            assert_eq!(acts(&bench, list).await, Vec::<Value>::new(), "{what}");
        }
    };
    none(of_acme("PATCH /api/admin/settings").json(&json!({})), "settings as they were").await;
    none(limits("PUT", "acme").json(&json!({})), "limits as they were").await;
    none(of_acme("DELETE /api/admin/people/{subject}").named("subject", "github-1"), "nobody let go").await;
    none(of_tenant(RESUME, "acme").json(&json!({"reason": "It is served"})), "a tenant that is served").await;
    let unseen = json!("00000000-0000-0000-0000-000000000000");
    none(letter(SEND_BACK, "work", &unseen), "a letter that nobody sees").await;
}
