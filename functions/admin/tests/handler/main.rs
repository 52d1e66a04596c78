//! What admins and operators manage, with the store in memory.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod acts;
mod agents;

use std::sync::atomic::{AtomicU8, Ordering};

use admin::{App, Deps};
use galley_domain::{
    intake::known_models::KnownModels,
    kernel::{
        clock::{Clock, Entropy},
        error::BoxError,
        ids::Generation,
        usd::MicroUsd,
    },
    models::phase::Phase,
    money::{
        budget::{Caps, Intent},
        ledger::{CallOutcome, ModelCall, Quote},
    },
    outbox::manage::Targets,
    queue::message::{Kind, Message, RecordQueue},
    secrets::store::{SecretError, Secrets, Vault},
    task::{
        audit::{Actor, Context},
        store::{Change, Ledger, TaskStore},
    },
    tenancy::registry::{Registered, RegistryStore},
    webhooks::source::Sources,
};
use galley_edge::cursor::Cursors;
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, subject, tenant, trace},
    clock::TestClock,
    fakes::{MemoryQueue, MemoryTarget},
};
use galley_testkit_http::{Answered, Asking, NOW, asking, counter};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};

/// One secret for all, and no place to keep another where it is `full`.
#[derive(Clone, Copy, Debug)]
struct Held {
    full: bool,
}

impl Secrets for Held {
    async fn active(&self, _: &str) -> Result<Vec<SecretString>, SecretError> {
        Ok(vec!["a secret of more than sixteen".into()])
    }

    async fn refreshed(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }

    async fn of_generation(&self, id: &str, _: &Generation) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }
}

impl Vault for Held {
    async fn rotate(&self, _: &str, _: &SecretString, _: &Generation) -> Result<(), SecretError> {
        // Others get on meanwhile.
        tokio::task::yield_now().await;
        if self.full { Err(SecretError::Unavailable("full".into())) } else { Ok(()) }
    }

    async fn replace(&self, id: &str, secret: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        self.rotate(id, secret, generation).await
    }

    async fn discard(&self, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
struct Dice;

impl Entropy for Dice {
    fn secret(&self) -> Result<[u8; 32], BoxError> {
        // Another number each time.
        Ok([NEXT.fetch_add(1, Ordering::Relaxed); 32])
    }
}

static NEXT: AtomicU8 = AtomicU8::new(1);

#[derive(Debug)]
struct Memory;

impl Deps for Memory {
    type Store = MemoryStore;
    type Clock = TestClock;
    type Entropy = Dice;
    type Secrets = Held;
    type Queue = MemoryQueue;
    type Letters = MemoryQueue;
    type Target = MemoryTarget;
}

struct Bench(App<Memory>);

fn bench_with(secrets: Held) -> Bench {
    let (store, clock, queue) = (MemoryStore::default(), TestClock::at(NOW), MemoryQueue::default());
    let sources = Sources {
        store: store.clone(),
        vault: secrets,
        entropy: Dice,
        clock: clock.clone(),
        default_tenant: tenant("acme"),
        secret_prefix: "webhooks/".to_owned(),
    };
    let targets = Targets {
        store: store.clone(),
        vault: secrets,
        entropy: Dice,
        clock: clock.clone(),
        secret_prefix: "targets/".to_owned(),
        target: MemoryTarget::default(),
    };
    Bench(App {
        store,
        clock,
        entropy: Dice,
        letters: queue.clone(),
        queue,
        cursors: Cursors { secrets, secret_id: "cursors".to_owned() },
        sources,
        targets,
        secrets,
        known: KnownModels::default(),
        callback_secret: "callbacks".to_owned(),
    })
}

fn bench() -> Bench {
    bench_with(Held { full: false })
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.0.store, 50), |call| self.0.handle(call)).await
    }
}

fn key(body: &Value) -> Asking {
    asking("POST /api/admin/keys").by("acme", "admin").json(body)
}

fn source(body: &Value) -> Asking {
    asking("POST /api/admin/webhook-sources").by("acme", "admin").json(body)
}

fn flag(name: &str) -> Asking {
    asking("PUT /api/admin/flags/{flag}").named("flag", name).by("system", "admin").json(&json!({"enabled": false}))
}

#[tokio::test]
async fn no_editor_manages_and_no_tenants_admin_operates() {
    let bench = bench();
    for request in
        [key(&json!({})), source(&json!({})), asking("GET /api/admin/settings"), asking("GET /api/admin/people")]
    {
        assert_eq!(bench.asked(request.by("acme", "editor")).await.problem(), "forbidden");
    }
    for request in [flag("generation"), asking("GET /api/admin/stuck"), asking("GET /api/admin/ended")] {
        assert_eq!(bench.asked(request.by("acme", "admin")).await.problem(), "forbidden");
    }
}

#[tokio::test]
async fn a_body_is_refused_by_its_fields() {
    let bench = bench();
    assert_eq!(bench.asked(key(&json!({"role": "king"}))).await.fields(), ["subject", "role"]);
    assert_eq!(bench.asked(source(&json!({"source": "cms", "scheme": "morse"}))).await.fields(), ["scheme"]);
    assert_eq!(bench.asked(flag("generaton")).await.fields(), ["flag"]);
    let redrive = asking("POST /api/admin/dlq/redrive").by("system", "admin").json(&json!({"queue": "slow"}));
    assert_eq!(bench.asked(redrive).await.fields(), ["queue"]);
}

#[tokio::test]
async fn nobody_revokes_a_key_of_another_tenant() {
    let bench = bench();
    let made = bench.asked(key(&json!({"subject": "ana", "role": "editor"}))).await;
    let location = made.headers["location"].to_str().unwrap();
    let id = location.rsplit('/').next().unwrap();
    let revoking = || asking("DELETE /api/admin/keys/{key_id}").named("key_id", id);
    assert_eq!(made.status, 201);
    assert_eq!(bench.asked(revoking().by("other", "admin")).await.problem(), "not-found");
    assert_eq!(bench.asked(revoking().by("acme", "admin")).await.status, 204);
    let listed = bench.asked(asking("GET /api/admin/keys").by("other", "admin")).await;
    assert_eq!((listed.status, &listed.body["data"]), (200, &json!([])));
}

#[tokio::test]
async fn a_source_whose_secret_cannot_be_kept_is_not_made() {
    let full = bench_with(Held { full: true });
    let cms = json!({"source": "cms", "scheme": "standard"});
    assert_eq!(full.asked(source(&cms)).await.problem(), "unavailable");
    let list = || asking("GET /api/admin/webhook-sources").by("acme", "admin");
    assert_eq!(full.asked(list()).await.body["data"], json!([]));
    let bench = bench();
    assert_eq!(bench.asked(source(&cms)).await.status, 201);
    assert_eq!(bench.asked(source(&cms)).await.problem(), "source-taken");
    assert_eq!(bench.asked(list()).await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_unknown_is_not_found() {
    let bench = bench();
    for request in [
        asking("DELETE /api/admin/people/{subject}").named("subject", "nobody"),
        asking("DELETE /api/admin/webhook-sources/{source}").named("source", "nobody"),
        asking("GET /api/privacy/jobs/{job_id}").named("job_id", "nothing"),
    ] {
        assert_eq!(bench.asked(request.by("acme", "admin")).await.problem(), "not-found");
    }
    let revert = asking("POST /api/admin/flags/{flag}/revert").named("flag", "generation").by("system", "admin");
    let unknown = json!({"change_id": "0192f0c1-2345-7abc-8def-0123456789ab"});
    assert_eq!(bench.asked(revert.json(&unknown)).await.problem(), "not-found");
}

#[tokio::test]
async fn why_a_flag_was_turned_is_in_the_log_without_personal_data() {
    let bench = bench();
    let why = asking("PUT /api/admin/flags/{flag}").named("flag", "provider.openai").by("system", "admin");
    let said = |reason: &str| why.clone().json(&json!({"enabled": false, "reason": reason}));
    assert_eq!(bench.asked(said("no")).await.fields(), ["reason"]);
    assert_eq!(bench.asked(said("It is down, says ann@example.com")).await.body.get("reason"), None);
    let told = bench.asked(asking("GET /api/admin/flags/log").by("system", "admin")).await;
    let told = told.body["data"][0]["reason"].as_str().unwrap().to_owned();
    assert!(told.starts_with("It is down, says ") && !told.contains("ann@"), "{told}");
}

#[tokio::test]
async fn a_flag_names_tenants_of_the_list_alone() {
    let bench = bench();
    let set = |body: Value| {
        asking("PUT /api/admin/flags/{flag}").named("flag", "generation").by("system", "admin").json(&body)
    };
    for field in ["tenants_off", "tenants_on"] {
        let refused = bench.asked(set(json!({"enabled": true, field: ["rivl"]}))).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field]), "whom it means would go on");
    }
    let listed = asking("PUT /api/admin/tenants/{tenant}").named("tenant", "rival").by("system", "admin");
    assert_eq!(bench.asked(listed).await.status, 200);
    let off = bench.asked(set(json!({"enabled": true, "tenants_off": ["rival"]}))).await;
    assert_eq!((off.status, &off.body["tenants_off"]), (200, &json!(["rival"])));
}

#[tokio::test]
async fn a_flag_names_a_provider_of_the_deployment() {
    let bench = bench();
    let set = |flag: &str, body: Value| {
        asking("PUT /api/admin/flags/{flag}").named("flag", flag).by("system", "admin").json(&body)
    };
    let refused = bench.asked(set("provider.opnai", json!({"enabled": false}))).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["flag"]), "the one that it means would be asked on");
    let rule = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(rule.contains("opnai is none: ") && rule.contains("openai, "), "{rule}");
    for (flag, body) in [
        ("provider.openai", json!({"enabled": false})),
        ("provider.custom", json!({"enabled": true, "percent": 10})),
        ("provider.left-the-catalogue", json!({"enabled": true})),
    ] {
        assert_eq!(bench.asked(set(flag, body)).await.status, 200, "{flag}");
    }
}

#[tokio::test]
async fn a_flag_is_turned_and_turned_back() {
    let bench = bench();
    let tenants = bench.asked(flag("tenants")).await;
    assert_eq!(
        tenants.fields(),
        ["flag"],
        "one request would take everybody off, or bring back whom somebody suspended"
    );
    assert_eq!(bench.asked(flag("generation")).await.status, 200);
    let log = bench.asked(asking("GET /api/admin/flags/log").by("system", "admin")).await;
    let change = &log.body["data"][0]["id"];
    let of = |name: &str| asking("POST /api/admin/flags/{flag}/revert").named("flag", name).by("system", "admin");
    let body = json!({"change_id": change});
    assert_eq!(bench.asked(of("provider.openai").json(&body)).await.problem(), "not-found", "of another flag");
    assert_eq!(bench.asked(of("generation").json(&body)).await.status, 200);
    let listed = bench.asked(asking("GET /api/admin/flags").by("system", "admin")).await;
    assert_eq!(listed.body["data"], json!([]));
}

#[tokio::test]
async fn what_a_change_of_settings_leaves_out_stays() {
    let bench = bench();
    let patch = |body: &Value| asking("PATCH /api/admin/settings").by("acme", "admin").json(body);
    assert_eq!(bench.asked(patch(&json!({"colour": "red"}))).await.fields(), ["colour"]);
    assert_eq!(bench.asked(patch(&json!({"quality_bar": 80}))).await.status, 200);
    let after = bench.asked(patch(&json!({"auto_publish": true}))).await;
    assert_eq!((&after.body["quality_bar"], &after.body["auto_publish"]), (&json!(80), &json!(true)));
    let line = "Written with a language model and read by our editors.";
    assert_eq!(bench.asked(patch(&json!({"disclosure": line}))).await.body["disclosure"], line);
    assert_eq!(bench.asked(patch(&json!({"reuse_answers": true}))).await.body["disclosure"], line);
    for refused in ["", "a\nb", "safe\u{202e}gpj", "\u{200b}", &"x".repeat(301)] {
        assert_eq!(bench.asked(patch(&json!({"disclosure": refused}))).await.fields(), ["disclosure"], "{refused:?}");
    }
    assert_eq!(bench.asked(patch(&json!({"disclosure": null}))).await.body["disclosure"], Value::Null);
    let about = json!({"label": "About", "url": "https://a.example.com/about"});
    for (name, value, refused) in [
        ("site_name", json!("\u{200b}"), "site_name"),
        ("site_name", json!("x".repeat(61)), "site_name"),
        ("site_logo", json!("http://a.example.com/logo.png"), "site_logo"),
        ("site_logo", json!("data:image/png;base64,AAAA"), "site_logo"),
        ("site_accent", json!("red"), "site_accent"),
        ("site_accent", json!("#0b57b0;x"), "site_accent"),
        ("site_navigation", json!(vec![&about; 9]), "site_navigation"),
        ("site_navigation", json!([about, {"label": "x", "url": "javascript:alert(1)"}]), "site_navigation[1].url"),
        (
            "site_navigation",
            json!([{"label": "a\u{202e}b", "url": "https://a.example.com/"}]),
            "site_navigation[0].label",
        ),
        ("site_footer", json!("a\nb"), "site_footer"),
    ] {
        assert_eq!(bench.asked(patch(&json!({name: value}))).await.fields(), [refused], "{name}: {value}");
    }
    let other = bench.asked(asking("GET /api/admin/settings").by("other", "admin")).await;
    assert_eq!(other.body["auto_publish"], false);
}

#[tokio::test]
async fn null_in_a_change_of_settings_brings_back_the_usual() {
    let bench = bench();
    let patch = |body: &Value| asking("PATCH /api/admin/settings").by("acme", "admin").json(body);
    let usual = bench.asked(asking("GET /api/admin/settings").by("acme", "admin")).await.body;
    let all = json!({"quality_bar": 80, "assessment": "model", "keep_model_texts": true, "auto_publish": true,
        "reuse_answers": true, "language": "de", "four_eyes": true, "near_duplicates": "refuse", "disclosure": "Written with a model.",
        "site_name": "Notes", "site_logo": "https://a.example.com/l.png", "site_accent": "#0b57b0",
        "site_navigation": [{"label": "About", "url": "https://a.example.com/about"}], "site_footer": "By us."});
    assert_eq!(bench.asked(patch(&all)).await.body, all);
    for (name, value) in usual.as_object().unwrap() {
        let after = bench.asked(patch(&json!({name: null}))).await;
        assert_eq!((after.status, &after.body[name]), (200, value), "{name}");
    }
    assert_eq!(bench.asked(asking("GET /api/admin/settings").by("acme", "admin")).await.body, usual);
}

fn limits(method: &'static str, tenant: &str) -> Asking {
    let key = match method {
        "GET" => "GET /api/admin/tenants/{tenant}/limits",
        "PUT" => "PUT /api/admin/tenants/{tenant}/limits",
        "PATCH" => "PATCH /api/admin/tenants/{tenant}/limits",
        "log" => "GET /api/admin/tenants/{tenant}/limits/log",
        _ => "POST /api/admin/tenants/{tenant}/limits/revert",
    };
    asking(key).named("tenant", tenant).by("system", "admin")
}

/// As the tenant's first key does.
async fn list(bench: &Bench, name: &str) {
    bench.0.store.register(&Registered { tenant: tenant(name), since: bench.0.clock.now() }).await.unwrap();
}

#[tokio::test]
async fn limits_are_of_a_tenant_of_the_list_alone() {
    let bench = bench();
    for method in ["PUT", "PATCH"] {
        let refused = bench.asked(limits(method, "acne").json(&json!({"create_per_minute": 9}))).await;
        assert_eq!(refused.status, 404, "whom it means would keep the usual ones");
        assert_eq!(
            refused.body["detail"],
            "acne is not on the list of tenants; PUT /api/admin/tenants/acne puts it there"
        );
    }
    list(&bench, "acne").await;
    assert_eq!(bench.asked(limits("PUT", "acne").json(&json!({"create_per_minute": 9}))).await.status, 200);
}

#[tokio::test]
async fn a_change_of_one_limit_takes_no_other_away() {
    let bench = bench();
    list(&bench, "acme").await;
    let set = limits("PUT", "acme").json(&json!({"create_per_minute": 50, "usd_per_day": "20.00"}));
    assert_eq!(bench.asked(set).await.status, 200);
    let lost = bench.asked(limits("PUT", "acme")).await;
    assert_eq!(lost.problem(), "malformed-json", "a body that got lost would take them all away");
    let patch = |body: &Value| limits("PATCH", "acme").json(body);
    for (wrong, fields) in [
        (json!({"create_per_minute": 0, "colour": null}), vec!["colour", "create_per_minute"]),
        (json!({"usd_per_day": "-1"}), vec!["usd_per_day"]),
    ] {
        assert_eq!(bench.asked(patch(&wrong)).await.fields(), fields, "{wrong}");
    }
    assert_eq!(bench.asked(patch(&json!({"create_per_minute": 9})).by("acme", "admin")).await.problem(), "forbidden");
    let after = bench.asked(patch(&json!({"create_per_minute": 60}))).await.body;
    assert_eq!((&after["create_per_minute"], &after["usd_per_day"]), (&json!(60), &json!("20.00")));
    let after = bench.asked(patch(&json!({"usd_per_day": null}))).await.body;
    assert_eq!((&after["create_per_minute"], &after["usd_per_day"]), (&json!(60), &Value::Null));
    assert_eq!(bench.asked(limits("GET", "acme")).await.body, after);
    assert_eq!(bench.asked(limits("GET", "other")).await.body["create_per_minute"], Value::Null);
}

#[tokio::test]
async fn who_changed_a_limit_is_on_record_and_it_can_be_taken_back() {
    let bench = bench();
    list(&bench, "acme").await;
    for per_minute in [50, 60, 60] {
        let set = limits("PUT", "acme").json(&json!({"create_per_minute": per_minute}));
        assert_eq!(bench.asked(set).await.status, 200);
    }
    let log = bench.asked(limits("log", "acme")).await.body["data"].clone();
    assert_eq!(log.as_array().unwrap().len(), 2, "what changes nothing is no change: {log}");
    assert_eq!(
        (&log[0]["before"], &log[0]["after"]),
        (&json!({"create_per_minute": 50}), &json!({"create_per_minute": 60}))
    );
    assert_eq!((&log[0]["by"], &log[0]["reverts"]), (&json!("ana"), &Value::Null));
    let revert = |tenant: &str, id: &Value| limits("revert", tenant).json(&json!({"change_id": id}));
    assert_eq!(bench.asked(revert("other", &log[0]["id"])).await.problem(), "not-found", "a change of another tenant");
    assert_eq!(bench.asked(revert("acme", &log[0]["id"]).by("acme", "admin")).await.problem(), "forbidden");
    assert_eq!(bench.asked(revert("acme", &log[0]["id"])).await.body["create_per_minute"], 50);
    let newest = bench.asked(limits("log", "acme")).await.body["data"][0].clone();
    assert_eq!((&newest["reverts"], &newest["after"]["create_per_minute"]), (&log[0]["id"], &json!(50)));
    assert_eq!(bench.asked(limits("log", "other")).await.body["data"], json!([]));
}

#[tokio::test]
async fn who_changed_a_setting_is_on_record_for_its_tenant_alone_and_it_can_be_taken_back() {
    let bench = bench();
    list(&bench, "acme").await;
    let patch = |body: &Value| asking("PATCH /api/admin/settings").by("acme", "admin").json(body);
    let log = || asking("GET /api/admin/settings/log").by("acme", "admin");
    let revert =
        |id: &Value| asking("POST /api/admin/settings/revert").by("acme", "admin").json(&json!({"change_id": id}));
    assert_eq!(bench.asked(patch(&json!({"disclosure": "By a model."}))).await.status, 200);
    assert_eq!(bench.asked(patch(&json!({"quality_bar": 80, "auto_publish": true}))).await.status, 200);
    let changes = bench.asked(log()).await.body["data"].clone();
    assert_eq!(
        (&changes[0]["before"]["auto_publish"], &changes[0]["after"]["auto_publish"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(changes.as_array().unwrap().len(), 2);
    assert_eq!(bench.asked(log().by("other", "admin")).await.body["data"], json!([]));
    assert_eq!(bench.asked(log().by("acme", "editor")).await.problem(), "forbidden");
    assert_eq!(bench.asked(revert(&changes[0]["id"]).by("other", "admin")).await.problem(), "not-found");
    let after = bench.asked(revert(&changes[0]["id"])).await;
    assert_eq!((after.status, &after.body["auto_publish"]), (200, &json!(false)));
    assert_eq!(after.body["disclosure"], "By a model.", "what was changed before that stays");
    let set = limits("PUT", "acme").json(&json!({"create_per_minute": 50}));
    assert_eq!(bench.asked(set).await.status, 200);
    let limit = bench.asked(limits("log", "acme")).await.body["data"][0]["id"].clone();
    assert_eq!(bench.asked(revert(&limit)).await.problem(), "not-found", "no admin takes back an operator's limit");
}

#[tokio::test]
async fn taking_a_limit_back_leaves_what_others_set_since() {
    let bench = bench();
    list(&bench, "acme").await;
    let patch = async |body: Value| {
        assert_eq!(bench.asked(limits("PATCH", "acme").json(&body)).await.status, 200, "{body}");
        bench.asked(limits("log", "acme")).await.body["data"][0]["id"].clone()
    };
    let revert = async |id: &Value| bench.asked(limits("revert", "acme").json(&json!({"change_id": id}))).await;
    let first = patch(json!({"create_per_minute": 50, "bulk_per_minute": 7})).await;
    let second = patch(json!({"usd_per_day": "5"})).await;
    let third = patch(json!({"bulk_per_minute": 8})).await;
    let refused = revert(&first).await;
    assert_eq!((refused.status, refused.problem()), (409, "conflict"));
    assert_eq!(revert(&third).await.body["bulk_per_minute"], 7);
    let after = revert(&first).await;
    assert_eq!(
        (after.status, &after.body["create_per_minute"], &after.body["usd_per_day"]),
        (200, &Value::Null, &json!("5.00"))
    );
    assert_eq!(revert(&second).await.status, 200);
}

#[tokio::test]
async fn taking_a_setting_back_leaves_what_others_set_since() {
    let bench = bench();
    let patch = async |body: Value| {
        let asked = asking("PATCH /api/admin/settings").by("acme", "admin").json(&body);
        assert_eq!(bench.asked(asked).await.status, 200, "{body}");
        let log = bench.asked(asking("GET /api/admin/settings/log").by("acme", "admin")).await;
        log.body["data"][0]["id"].clone()
    };
    let revert = async |id: &Value| {
        let asked = asking("POST /api/admin/settings/revert").by("acme", "admin").json(&json!({"change_id": id}));
        bench.asked(asked).await
    };
    patch(json!({"auto_publish": true})).await;
    let disclosed = patch(json!({"disclosure": "By a model.", "quality_bar": 80})).await;
    patch(json!({"auto_publish": false, "four_eyes": true})).await;
    let after = revert(&disclosed).await;
    assert_eq!((after.status, &after.body["disclosure"]), (200, &Value::Null));
    assert_eq!((&after.body["auto_publish"], &after.body["four_eyes"]), (&json!(false), &json!(true)));
    let disclosed = patch(json!({"disclosure": "By a model."})).await;
    patch(json!({"disclosure": "By another."})).await;
    let refused = revert(&disclosed).await;
    assert_eq!((refused.status, refused.problem()), (409, "conflict"));
}

#[tokio::test]
async fn a_merge_patch_is_taken_by_a_patch_alone() {
    let bench = bench();
    let merge = |request: Asking| request.typed("application/merge-patch+json", "{}");
    let settings = asking("PATCH /api/admin/settings").by("acme", "admin");
    assert_eq!(bench.asked(merge(settings)).await.status, 200);
    assert_eq!(bench.asked(merge(asking("POST /api/admin/keys").by("acme", "admin"))).await.status, 415);
}

#[tokio::test]
async fn a_tenants_language_is_a_tag_and_can_be_taken_back() {
    let bench = bench();
    let patch = |body: &Value| asking("PATCH /api/admin/settings").by("acme", "admin").json(body);
    for wrong in ["German", "de_AT", ""] {
        assert_eq!(bench.asked(patch(&json!({"language": wrong}))).await.fields(), ["language"], "{wrong}");
    }
    assert_eq!(bench.asked(patch(&json!({"language": "DE-at"}))).await.body["language"], "de-AT");
    assert_eq!(bench.asked(patch(&json!({"quality_bar": 80}))).await.body["language"], "de-AT");
    assert_eq!(bench.asked(patch(&json!({"language": null}))).await.body["language"], Value::Null);
}

#[tokio::test]
async fn a_name_that_is_shown_to_the_public_hides_nothing() {
    let bench = bench();
    let put = |body: &Value| {
        asking("PUT /api/admin/people/{subject}").named("subject", "github-1").by("acme", "admin").json(body)
    };
    for refused in ["", "a\nb", "safe\u{202e}gpj", "\u{200b}", &"x".repeat(81)] {
        let body = json!({"role": "author", "display_name": refused});
        assert_eq!(bench.asked(put(&body)).await.fields(), ["display_name"], "{refused:?}");
    }
    let named = bench.asked(put(&json!({"role": "author", "display_name": "Anna Nowak"}))).await;
    assert_eq!((named.status, &named.body["display_name"]), (200, &json!("Anna Nowak")));
    let unnamed = bench.asked(put(&json!({"role": "author"}))).await;
    assert_eq!(unnamed.body["display_name"], Value::Null, "a name that is not said is no name");
}

/// Each POST that makes or sends something, twice under one key and then with another body.
#[tokio::test]
async fn one_idempotency_key_makes_one_thing_and_its_replay_shows_no_secret() {
    let bench = bench();
    let making = [
        (key(&json!({"subject": "ana", "role": "editor"})), key(&json!({"subject": "ben", "role": "editor"}))),
        (source(&json!({"source": "cms", "scheme": "galley"})), source(&json!({"source": "shop", "scheme": "galley"}))),
        (rotating(&json!({})), rotating(&json!({"revoke_previous": true}))),
        (exporting("ana"), exporting("ben")),
        (redriving(100), redriving(50)),
    ];
    for (asked, other) in making {
        let under = |request: &Asking| request.clone().header("idempotency-key", "k-1");
        let (first, again) = (bench.asked(under(&asked)).await, bench.asked(under(&asked)).await);
        assert!(first.status < 300 && !first.headers.contains_key("idempotency-replayed"), "{first:?}");
        assert_eq!(
            (again.status, &again.headers["idempotency-replayed"]),
            (first.status, "true".parse().as_ref().unwrap())
        );
        assert_eq!(again.headers.get("location"), first.headers.get("location"));
        let mut told = first.body.clone();
        let secrets =
            ["key", "secret"].into_iter().filter_map(|name| told.as_object_mut().unwrap().remove(name)).count();
        if secrets > 0 {
            told["secret_shown"] = true.into();
        }
        assert_eq!(again.body, told, "the same but for what was secret");
        assert_eq!(bench.asked(under(&other)).await.problem(), "key-reused");
        assert_eq!(bench.asked(under(&asked).by_subject("acme", "eve", "viewer")).await.problem(), "forbidden");
    }
    let listed = async |list: &'static str| bench.asked(asking(list).by("acme", "admin")).await.body["data"].clone();
    for list in ["GET /api/admin/keys", "GET /api/admin/webhook-sources", "GET /api/privacy/jobs"] {
        assert_eq!(listed(list).await.as_array().unwrap().len(), 1, "{list}");
    }
}

#[tokio::test]
async fn a_repeat_under_its_key_is_answered_however_full_the_minute_is() {
    let bench = bench();
    let one = |subject: &str| key(&json!({"subject": subject, "role": "viewer"})).header("idempotency-key", "k-1");
    let asked =
        async |request: Asking| request.answered(&counter(&bench.0.store, 1), |call| bench.0.handle(call)).await;
    assert_eq!(asked(one("ana")).await.status, 201);
    assert_eq!(asked(one("ana")).await.status, 201);
    assert_eq!(asked(one("ben")).await.problem(), "rate-limited");
}

fn letter(route: &'static str, queue: &str, id: &Value) -> Asking {
    asking(route).named("queue", queue).named("letter_id", id.as_str().unwrap_or_default()).by("system", "admin")
}

const LETTERS: &str = "GET /api/admin/dlq/{queue}/letters";
const SEND_BACK: &str = "POST /api/admin/dlq/{queue}/letters/{letter_id}/redrive";
const DISCARD: &str = "POST /api/admin/dlq/{queue}/letters/{letter_id}/discard";

#[tokio::test]
async fn a_poison_letter_is_read_and_thrown_away_with_a_reason_and_no_other_is() {
    let bench = bench();
    let task = Message::new(Kind::Generate, tenant("acme"), "task_1", trace());
    let whole = serde_json::to_string(&task).unwrap();
    for body in ["{\"mail\": \"ana@example.org\"}", &whole] {
        bench.0.queue.bury(body, "it was tried too often").await.unwrap();
    }
    let read = async || bench.asked(letter(LETTERS, "work", &Value::Null)).await.body["data"].clone();
    let redrive = bench.asked(redriving(1)).await;
    assert_eq!(redrive.body["moved"], 1, "what can be read goes back, whatever stands before it");
    bench.0.queue.bury(&whole, "it was tried too often").await.unwrap();
    let letters = read().await;
    let poison = letters[0].clone();
    assert_eq!((letters.as_array().unwrap().len(), &poison["can_be_redriven"]), (2, &json!(false)), "{letters}");
    assert!(!poison["body"].as_str().unwrap().contains("ana@"), "{poison}");
    assert_eq!(poison["reason"], "it was tried too often");
    let id = &poison["letter_id"];
    assert_eq!(bench.asked(letter(SEND_BACK, "work", id)).await.problem(), "illegal-move");
    for wrong in [json!({}), json!({"reason": "a"}), json!({"reason": "two\nlines"})] {
        assert_eq!(bench.asked(letter(DISCARD, "work", id).json(&wrong)).await.fields(), ["reason"], "{wrong}");
    }
    let reason = json!({"reason": "Made by hand, belongs to no task"});
    let by_tenant = letter(DISCARD, "work", id).json(&reason).by("acme", "admin");
    assert_eq!(bench.asked(by_tenant).await.problem(), "forbidden");
    for elsewhere in ["quick", "slow"] {
        assert_eq!(bench.asked(letter(DISCARD, elsewhere, id).json(&reason)).await.problem(), "not-found");
    }
    assert_eq!(bench.asked(letter(DISCARD, "work", id).json(&reason)).await.body["letter_id"], *id);
    for route in [DISCARD, SEND_BACK] {
        let unseen = bench.asked(letter(route, "work", id).json(&reason)).await;
        assert_eq!(unseen.problem(), "not-found");
        assert!(
            unseen.body["detail"].as_str().unwrap().contains("try again"),
            "it may only be hidden: {}",
            unseen.body
        );
    }
    let left = read().await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["can_be_redriven"]), (1, &json!(true)));
    let sent = bench.asked(letter(SEND_BACK, "work", &left[0]["letter_id"])).await;
    assert_eq!((sent.status, &sent.body["moved"], read().await), (200, &json!(1), json!([])));
}

fn rotating(body: &Value) -> Asking {
    let route = asking("POST /api/admin/webhook-sources/{source}/rotate");
    route.named("source", "cms").by("acme", "admin").json(body)
}

#[tokio::test]
async fn of_two_rotations_at_once_the_loser_is_shown_no_secret_and_may_come_again() {
    let bench = bench();
    bench.asked(source(&json!({"source": "cms", "scheme": "galley"}))).await;
    let asked = json!({});
    let (one, other) = tokio::join!(bench.asked(rotating(&asked)), bench.asked(rotating(&asked)));
    assert_eq!((one.status, one.body["secret"].is_string()), (200, true));
    assert_eq!((other.status, other.problem(), other.headers["retry-after"].to_str().unwrap()), (409, "conflict", "5"));
    assert!(!other.body.to_string().contains("whsec"), "{}", other.body);
    assert_eq!(bench.asked(rotating(&asked)).await.status, 200);
}

fn exporting(subject: &str) -> Asking {
    asking("POST /api/privacy/export").by("acme", "admin").json(&json!({"subject": subject}))
}

fn redriving(limit: u32) -> Asking {
    let asked = json!({"queue": "work", "limit": limit});
    asking("POST /api/admin/dlq/redrive").by("system", "admin").json(&asked)
}

const INSPECTED: &str = "GET /api/admin/tasks/{task_id}";
const KICK: &str = "POST /api/admin/tasks/{task_id}/kick";
const STOP: &str = "POST /api/admin/tasks/{task_id}/cancel";

fn of_task(route: &'static str, id: &str) -> Asking {
    asking(route).named("task_id", id).by("system", "admin")
}

/// A task with words in it that no operator is to see.
async fn a_secret_task(bench: &Bench) -> String {
    let fields = json!({"topic": "The merger of Acme and Ajax", "callback_url": "https://hooks.example.com/in?token=hush",
        "target_audience": "the board", "metadata": {"client": "ajax"}});
    let accepted = a_task().asking(fields).accepted();
    let task = accepted.task.clone();
    bench.0.store.accept(accepted).await.unwrap();
    let reason = Some("Because the merger is off");
    let by_ana = Context { actor: Actor::Person { subject: subject("ana") }, ..context(bench.0.clock.now()) };
    bench.0.store.commit(change(&task, task.cancelled(reason, &by_ana).unwrap())).await.unwrap();
    task.id.to_string()
}

#[tokio::test]
async fn an_operator_sees_where_a_task_stands_and_no_word_of_it() {
    let bench = bench();
    let id = a_secret_task(&bench).await;
    let routes = [INSPECTED, "GET /api/admin/tasks/{task_id}/events", "GET /api/admin/tasks/{task_id}/deliveries"];
    for route in routes {
        assert_eq!(bench.asked(of_task(route, &id).by("acme", "admin")).await.problem(), "forbidden", "{route}");
        let unknown = format!("task_{}", "0".repeat(32));
        assert_eq!(bench.asked(of_task(route, &unknown)).await.problem(), "not-found", "{route}");
        assert_eq!(bench.asked(of_task(route, "no-task")).await.problem(), "not-found", "{route}");
        let seen = bench.asked(of_task(route, &id)).await;
        assert_eq!(seen.status, 200, "{route}");
        for word in ["merger", "board", "ajax", "hush", "ana", "token"] {
            assert!(!seen.text.contains(word), "{route} says {word}: {}", seen.text);
        }
    }
    let seen = bench.asked(of_task(INSPECTED, &id)).await.body;
    assert_eq!(
        (&seen["status"], &seen["tenant"], &seen["due_at"]),
        (&json!("cancelled"), &json!("acme"), &Value::Null)
    );
    let events = bench.asked(of_task(routes[1], &id)).await.body["data"].clone();
    assert_eq!((&events[0]["event"], &events[0]["actor"]), (&json!("cancelled"), &json!("person")));
    let deliveries = bench.asked(of_task(routes[2], &id)).await.body["data"].clone();
    assert_eq!((&deliveries[0]["host"], &deliveries[0]["status"]), (&json!("hooks.example.com"), &json!("pending")));
}

/// Two operators have read the same flag, and each sets a part of it.
#[tokio::test]
async fn a_flag_is_set_over_what_was_seen_alone() {
    let bench = bench();
    let list = async || bench.asked(asking("GET /api/admin/flags").by("system", "admin")).await.body["data"].clone();
    let set = async |seen: Option<&str>, body: Value| {
        let put = asking("PUT /api/admin/flags/{flag}").named("flag", "generation").by("system", "admin").json(&body);
        bench.asked(seen.into_iter().fold(put, |put, seen| put.header("if-match", seen))).await
    };
    let off = json!({"enabled": false, "reason": "No provider answers"});
    assert_eq!(set(Some("generation"), off.clone()).await.problem(), "invalid", "no tag");
    assert_eq!(set(Some("\"0\""), off.clone()).await.problem(), "version-mismatch", "nobody has set it");
    assert_eq!(list().await, json!([]), "nothing was set");
    let first = set(Some("\"default\""), off.clone()).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let seen = list().await[0]["etag"].as_str().unwrap().to_owned();
    assert_eq!(first.body["etag"], seen.as_str());
    assert_eq!(set(Some("\"default\""), off.clone()).await.status, 200, "a repeat, whose answer was lost");
    let half = json!({"enabled": true, "percent": 50});
    assert_eq!(set(Some("\"default\""), half.clone()).await.problem(), "version-mismatch", "a colleague's hold stays");
    assert_eq!(list().await[0]["enabled"], false);
    assert_eq!(set(Some(&format!("W/{seen}")), half.clone()).await.problem(), "version-mismatch", "a weak tag");
    assert_eq!(set(Some(&format!("\"0\", {seen}")), half.clone()).await.status, 200);
    assert_eq!(set(None, json!({"enabled": true})).await.status, 200, "without a condition, as before");
    assert_eq!(list().await[0]["etag"], "\"default\"", "as if nobody had set it");
}

#[tokio::test]
async fn an_operator_is_told_whom_a_task_waits_for_and_what_is_only_reserved() {
    let bench = bench();
    let accepted = a_task().accepted();
    let task = accepted.task.clone();
    bench.0.store.accept(accepted).await.unwrap();
    let claimed = task.claim(&context(bench.0.clock.now())).unwrap();
    let leased = claimed.0.clone();
    bench.0.store.commit(change(&task, claimed)).await.unwrap();
    let reserved = MicroUsd::from_micros(2500);
    let quote = Quote {
        provider: "openai".to_owned(),
        model: "m".to_owned(),
        prompt_version: "draft/1".to_owned(),
        prompt_sha256: "ab".to_owned(),
        reserved,
        reserved_tokens: 0,
    };
    let call = ModelCall {
        id: bench.0.clock.uuid(),
        tenant: task.tenant.clone(),
        phase: Phase::Draft,
        quote,
        round: leased.round,
        attempt: leased.attempt,
        at: bench.0.clock.now(),
        cost: reserved,
        outcome: CallOutcome::Intent,
        corrected: None,
    };
    let cap = MicroUsd::from_dollars(9);
    let caps = Caps { task: cap, day: cap, month: cap, tokens: 9 };
    let next = leased.progressed(leased.progress.clone(), bench.0.clock.now());
    let ledger = Ledger::Intent(Box::new(Intent { call, caps }));
    bench.0.store.commit(Change { ledger, ..Change::new(leased.stamp(), next, Vec::new()) }).await.unwrap();
    let seen = bench.asked(of_task(INSPECTED, task.id.as_str())).await.body;
    assert_eq!((&seen["cost_usd"], &seen["reserved_usd"]), (&json!("0.00"), &json!("0.0025")), "{seen}");
    let waits = &seen["waits_for"][0];
    assert_eq!((&waits["provider"], &waits["reserved_usd"]), (&json!("openai"), &json!("0.0025")), "{seen}");
    // Its worker renews the lease, and the provider says nothing.
    bench.0.clock.advance(SignedDuration::from_secs(121));
    let until = bench.0.clock.now() + SignedDuration::from_secs(90);
    assert!(bench.0.store.renew_lease(&task.id, leased.fence, until).await.unwrap());
    let stuck = bench.asked(asking("GET /api/admin/stuck").by("system", "admin")).await.body;
    let row = &stuck["data"][0];
    assert_eq!((&stuck["total"], &row["id"]), (&json!(1), &json!(task.id.as_str())), "{stuck}");
    assert_eq!((&row["reason"], &row["provider"]), (&json!("provider_silent"), &json!("openai")), "{stuck}");
    assert_eq!((&row["overdue_s"], &row["status"]), (&json!(121), &json!("generating")), "{stuck}");
}

#[tokio::test]
async fn an_operator_ends_a_task_with_a_reason_and_sends_for_no_other() {
    let bench = bench();
    let accepted = a_task().accepted();
    let id = accepted.task.id.to_string();
    bench.0.store.accept(accepted).await.unwrap();
    assert_eq!(bench.asked(of_task(KICK, &id).by("acme", "admin")).await.problem(), "forbidden");
    assert_eq!(bench.asked(of_task(KICK, &id)).await.body["status"], "pending");
    assert_eq!(bench.0.queue.take().len(), 1);
    for wrong in [json!({}), json!({"reason": "no"}), json!({"reason": "off", "force": true})] {
        let refused = bench.asked(of_task(STOP, &id).json(&wrong)).await;
        assert_eq!((refused.status, refused.problem()), (400, "invalid"), "{wrong}");
    }
    let why = json!({"reason": "Asked for a thousand times"});
    assert_eq!(bench.asked(of_task(STOP, &id).json(&why).by("acme", "admin")).await.problem(), "forbidden");
    let under_key = || of_task(STOP, &id).json(&why).header("idempotency-key", "k-1");
    assert_eq!(bench.asked(under_key()).await.body["status"], "cancelled");
    assert_eq!(bench.asked(under_key()).await.header("idempotency-replayed"), "true");
    let over = bench.asked(of_task(STOP, &id).json(&why)).await;
    assert_eq!((over.problem(), &over.body["state"]), ("illegal-move", &json!("cancelled")));
    let rests = bench.asked(of_task(KICK, &id)).await;
    assert_eq!((rests.problem(), &rests.body["state"]), ("illegal-move", &json!("cancelled")));
}

#[tokio::test]
async fn a_key_is_read_by_its_tenants_admin_and_by_operators_and_by_nobody_else() {
    let bench = bench();
    let made = bench.asked(key(&json!({"subject": "ana", "role": "editor"}))).await.body;
    bench.asked(key(&json!({"subject": "ben", "role": "viewer"}))).await;
    let id = made["id"].as_str().unwrap();
    let reading = |tenant: &str| asking("GET /api/admin/keys/{key_id}").named("key_id", id).by(tenant, "admin");
    assert_eq!(bench.asked(reading("other")).await.problem(), "not-found");
    for tenant in ["acme", "system"] {
        let read = bench.asked(reading(tenant)).await;
        assert_eq!((&read.body["subject"], &read.body["last_used"]), (&json!("ana"), &Value::Null), "{tenant}");
        assert!(!read.text.contains(made["key"].as_str().unwrap()), "its text is nowhere");
    }
    let listing = |tenant: &str| asking("GET /api/admin/tenants/{tenant}/keys").named("tenant", tenant);
    assert_eq!(bench.asked(listing("acme").by("acme", "admin")).await.problem(), "forbidden");
    let listed = async |request: Asking| bench.asked(request.by("system", "admin")).await.body["data"].clone();
    assert_eq!(listed(listing("acme")).await.as_array().unwrap().len(), 2);
    assert_eq!(listed(listing("other")).await, json!([]));
    let of_ben = listed(listing("acme").query("subject", "ben")).await;
    assert_eq!((of_ben.as_array().unwrap().len(), &of_ben[0]["subject"]), (1, &json!("ben")));
    let wrong = bench.asked(listing("acme").query("subject", "b").by("system", "admin")).await;
    assert_eq!(wrong.fields(), ["subject"]);
}

fn of_tenant(key: &'static str, tenant: &str) -> Asking {
    asking(key).named("tenant", tenant).by("system", "admin")
}

const SUSPEND: &str = "POST /api/admin/tenants/{tenant}/suspend";
const RESUME: &str = "POST /api/admin/tenants/{tenant}/resume";
const TENANT: &str = "GET /api/admin/tenants/{tenant}";

#[tokio::test]
async fn an_operator_lists_tenants_and_suspends_one_with_a_reason() {
    let bench = bench();
    let because = json!({"reason": "Its bill is not paid"});
    for request in
        [asking("GET /api/admin/tenants"), of_tenant(TENANT, "acme"), of_tenant(SUSPEND, "acme").json(&because)]
    {
        assert_eq!(bench.asked(request.by("acme", "admin")).await.problem(), "forbidden");
    }
    assert_eq!(bench.asked(of_tenant(TENANT, "acme")).await.problem(), "not-found");
    bench.asked(key(&json!({"subject": "ana", "role": "editor"}))).await;
    let put = bench.asked(of_tenant("PUT /api/admin/tenants/{tenant}", "globex")).await;
    assert_eq!((put.status, &put.body["status"]), (200, &json!("active")));
    for wrong in [json!({}), json!({"reason": "x"})] {
        assert_eq!(bench.asked(of_tenant(SUSPEND, "acme").json(&wrong)).await.fields(), ["reason"], "{wrong}");
    }
    let of_operators = bench.asked(of_tenant(SUSPEND, "system").json(&because)).await;
    assert_eq!(of_operators.problem(), "conflict");
    let suspended = bench.asked(of_tenant(SUSPEND, "acme").json(&because)).await;
    assert_eq!((&suspended.body["tenant"], &suspended.body["status"]), (&json!("acme"), &json!("suspended")));
    let listed = bench.asked(asking("GET /api/admin/tenants").by("system", "admin")).await.body["data"].clone();
    let told: Vec<(&Value, &Value)> =
        listed.as_array().unwrap().iter().map(|one| (&one["tenant"], &one["status"])).collect();
    let (acme, globex) = (json!("acme"), json!("globex"));
    assert_eq!(told, [(&acme, &json!("suspended")), (&globex, &json!("active"))]);
    let log = bench.asked(asking("GET /api/admin/flags/log").by("system", "admin")).await.body["data"].clone();
    assert_eq!((&log[0]["flag"], &log[0]["reason"]), (&json!("tenants"), &json!("Its bill is not paid")));
    let again = bench.asked(of_tenant(RESUME, "acme").json(&because)).await;
    assert_eq!((again.status, &again.body["status"]), (200, &json!("active")));
}

#[tokio::test]
async fn what_each_tenant_has_spent_is_told_to_operators_alone() {
    let bench = bench();
    let costs = || asking("GET /api/admin/costs");
    assert_eq!(bench.asked(costs().by("acme", "admin")).await.problem(), "forbidden");
    for wrong in ["2026", "2026-13", "2026-1", "november"] {
        let refused = bench.asked(costs().by("system", "admin").query("month", wrong)).await;
        assert_eq!(refused.fields(), ["month"], "{wrong}");
    }
    for tenant in ["acme", "globex"] {
        bench.asked(of_tenant("PUT /api/admin/tenants/{tenant}", tenant)).await;
    }
    let first = bench.asked(costs().by("system", "admin").query("limit", "1").query("month", "2026-11")).await.body;
    assert_eq!((&first["data"][0]["tenant"], &first["data"][0]["month_usd"]), (&json!("acme"), &json!("0.00")));
    assert_eq!(first["data"][0]["highest_day"], Value::Null);
    let cursor = first["next_cursor"].as_str().unwrap();
    let of =
        |month: &str| costs().by("system", "admin").query("limit", "1").query("month", month).query("cursor", cursor);
    assert_eq!(bench.asked(of("2026-11")).await.body["data"][0]["tenant"], "globex");
    assert_eq!(bench.asked(of("2026-10")).await.status, 400, "a page of another month");
}

#[tokio::test]
async fn what_somebody_did_is_told_with_words_to_their_admin_and_without_to_operators() {
    let bench = bench();
    let id = a_secret_task(&bench).await;
    let of_operator = || of_tenant("GET /api/admin/tenants/{tenant}/audit/{subject}", "acme").named("subject", "ana");
    let of_admin = || asking("GET /api/admin/audit/{subject}").named("subject", "ana");
    assert_eq!(bench.asked(of_operator().by("acme", "admin")).await.problem(), "forbidden");
    assert_eq!(bench.asked(of_admin().by("acme", "editor")).await.problem(), "forbidden");
    let seen = bench.asked(of_operator()).await;
    assert_eq!(
        (&seen.body["data"][0]["task_id"], &seen.body["data"][0]["events"][0]["event"]),
        (&json!(id), &json!("cancelled"))
    );
    assert!(!seen.text.contains("merger"), "{}", seen.text);
    let seen = bench.asked(of_admin().by("acme", "admin")).await;
    assert_eq!(seen.body["data"][0]["events"][0]["reason"], "Because the merger is off");
    let of_rival = bench.asked(of_admin().by("other", "admin")).await;
    assert_eq!((of_rival.status, &of_rival.body["data"]), (200, &json!([])));
}

#[tokio::test]
async fn an_address_of_the_calendar_is_shown_once_and_ended_by_its_tenant_alone() {
    let bench = bench();
    let making = |body: &Value| asking("POST /api/admin/calendar-feeds").by("acme", "admin").json(body);
    let desk = json!({"name": "The desk"});
    assert_eq!(bench.asked(making(&desk).by("acme", "editor")).await.problem(), "forbidden");
    assert_eq!(bench.asked(making(&desk).by("system", "admin")).await.problem(), "forbidden", "it has no content");
    assert_eq!(bench.asked(making(&json!({"name": ""}))).await.fields(), ["name"]);
    assert_eq!(bench.asked(making(&json!({"name": "The desk", "path": "x"}))).await.fields(), ["path"]);
    let made = bench.asked(making(&desk)).await;
    let path = made.body["path"].as_str().unwrap();
    assert!(made.status == 201 && path.starts_with("/api/calendar/ical/galley_feed_"), "{}", made.body);
    let listing = asking("GET /api/admin/calendar-feeds");
    let listed = bench.asked(listing.by("acme", "admin")).await;
    assert_eq!(listed.body["data"][0]["feed_id"], made.body["feed_id"]);
    assert!(!listed.text.contains("galley_feed_"), "{}", listed.text);
    let id = made.body["feed_id"].as_str().unwrap();
    let ending = asking("DELETE /api/admin/calendar-feeds/{feed_id}").named("feed_id", id);
    assert_eq!(bench.asked(ending.clone().by("rival", "admin")).await.problem(), "not-found");
    assert_eq!(bench.asked(ending.clone().by("acme", "admin")).await.status, 204);
    assert_eq!(bench.asked(ending.by("acme", "admin")).await.problem(), "not-found");
}
