//! The pipeline through the front door, with real function binaries and providers that are made up but speak the real
//! protocols.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::time::Duration;

use galley_local::fake_providers::{FakeProviders, MODELS, PAGES, Temper};
use galley_tests::{Galley, answer, fixture::with_fake_providers, options};
use reqwest::Method;
use serde_json::{Value, json};

fn topic() -> Value {
    json!({"topic": "How HTTP caching works", "target_length": 400})
}

fn with(fields: &Value) -> Value {
    let mut body = topic();
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn blockers(task: &Value) -> Vec<String> {
    let codes = task["blockers"].as_array().unwrap().iter();
    codes.map(|blocker| blocker["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_request_becomes_a_draft_that_can_be_published_as_it_is() {
    let temper = Temper { begins_poorly: true, scores: vec![30], ..Temper::default() };
    let fixture = with_fake_providers(temper, &[]).await;
    let (path, task) = fixture.drafted(topic()).await;
    assert_eq!(blockers(&task), Vec::<String>::new(), "{task}");
    assert_eq!(task["models"]["draft"], json!({"model": "fake-openai/writer"}));
    let story = fixture.story(&path).await;
    let revision = &story["revision"];
    // The first draft was poor, the refinement is what the editor sees.
    let drafts = revision["drafts"].as_array().unwrap();
    assert_eq!(drafts.iter().map(|draft| draft["chosen"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
    assert!(drafts[0]["score"].as_u64() < drafts[1]["score"].as_u64(), "{drafts:?}");
    assert_eq!(drafts[1]["judge"], "fake-anthropic/critic", "another model judges");
    assert_eq!(revision["references"].as_array().unwrap().len(), 7);
    assert!(task["content"].as_str().unwrap().contains(&format!("https://{PAGES}/")), "sources are linked");
    assert_eq!(revision["featured_image"]["photographer"], "A photographer");
    assert_eq!(revision["seo"]["description"], "What How HTTP caching works means, how it works, and when to use it.");

    // The books: each call once, and the costs by each of their ways are the same sum.
    let calls = story["data"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["outcome"] == "answered"), "{calls:?}");
    let phases: Vec<&str> = calls.iter().rev().map(|call| call["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["research", "research", "outline", "draft", "assess", "refine", "assess", "finalize"]);
    for by in ["day", "model", "phase", "task"] {
        let costs = fixture.galley.get("viewer", &format!("/api/costs?by={by}")).await.expect(200).body;
        assert_eq!(costs["total_usd"], task["cost_usd"], "{by}: {costs}");
        assert_eq!(costs["budgets"][0]["spent_usd"], task["cost_usd"]);
    }
    let rivals = fixture.galley.get(galley_tests::RIVAL, "/api/costs?by=task").await.expect(200).body;
    assert_eq!((&rivals["total_usd"], rivals["data"].as_array().unwrap().len()), (&json!("0.00"), 0));

    let approved = fixture.galley.approve(&path, json!({})).await.expect(200);
    let article = fixture.galley.get("nobody", approved.body["published_url"].as_str().unwrap()).await.expect(200).body;
    assert_eq!(article["featured_image"]["licence"], "Pexels License (https://www.pexels.com/license/)");
}

#[tokio::test]
async fn with_the_tenants_leave_a_task_goes_live_without_a_person_and_otherwise_waits_for_one() {
    let fixture = with_fake_providers(Temper { scores: vec![95], ..Temper::default() }, &[]).await;
    let galley = &fixture.galley;
    let publish = || with(&json!({"publish_mode": "publish"}));
    let waits = galley.create(publish()).await;
    galley.wait(&waits, "awaiting_approval").await;
    let allow =
        |who| answer(galley.request(who, Method::PATCH, "/api/admin/settings").json(&json!({"auto_publish": true})));
    allow("editor").await.expect(403);
    allow("admin").await.expect(200);
    let path = galley.create(publish()).await;
    let task = galley.wait(&path, "published").await;
    let article = galley.get("nobody", task["published_url"].as_str().unwrap()).await.expect(200).body;
    assert_eq!(article["title"], task["title"]);
    let events = galley.get("viewer", &format!("{path}/events")).await.expect(200).body;
    let names: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert!(names.contains(&"auto_approved") && !names.contains(&"approved"), "{names:?}");
    assert_eq!(task["approval"]["reviewer_id"], task["requested_by"]);
    // What waited before still does, and whoever did not ask for it gets a person.
    assert_eq!(galley.get("viewer", &waits).await.body["status"], "awaiting_approval");
    let (_, drafted) = fixture.drafted(topic()).await;
    assert_eq!(drafted["approval"], Value::Null);
}

#[tokio::test]
async fn what_a_model_thought_and_said_around_a_text_never_goes_live() {
    let fixture = with_fake_providers(Temper { thinks_aloud: true, ..Temper::default() }, &[]).await;
    let galley = &fixture.galley;
    let (path, task) = fixture.drafted(topic()).await;
    assert_eq!(blockers(&task), Vec::<String>::new(), "{task}");
    assert_eq!(task["title"], "How HTTP caching works");
    for phase in ["outline", "draft", "assess", "finalize"] {
        assert_eq!(task["models"][phase]["reason"], Value::Null, "{phase} was read: {task}");
    }
    let revision = fixture.story(&path).await["revision"].clone();
    assert_eq!(revision["seo"]["description"], "What How HTTP caching works means, how it works, and when to use it.");
    let approved = galley.approve(&path, json!({})).await.expect(200);
    let article =
        galley.get("nobody", approved.body["published_url"].as_str().unwrap()).await.expect(200).body.to_string();
    for trace in ["SECRETTHOUGHT", "think>", "Sure!", "````", "I hope this helps", "Let me know"] {
        assert!(!article.contains(trace), "{trace}: {article}");
    }
}

#[tokio::test]
async fn whoever_is_down_is_replaced_by_the_next_and_it_is_on_record() {
    // Each protocol gets its turn to write, while those before it are down.
    for (nth, (provider, _, model)) in MODELS.iter().enumerate() {
        let fixture = with_fake_providers(Temper::default(), &[]).await;
        // They are there when they are looked at, and down when they are asked.
        fixture.galley.get("viewer", "/api/models").await.expect(200);
        let (first, _) = fixture.drafted(with(&json!({"quality_preference": "fast"}))).await;
        assert_eq!(fixture.story(&first).await["models"]["draft"]["model"], "fake-openai/writer");
        fixture
            .fake
            .temper(|temper| temper.down = MODELS[..nth].iter().map(|(name, _, _)| (*name).to_owned()).collect());
        let (path, task) = fixture.drafted(with(&json!({"quality_preference": "fast"}))).await;
        assert_eq!(task["models"]["draft"]["model"], format!("{provider}/{model}"));
        let story = fixture.story(&path).await;
        let mut tried: Vec<(&str, &str)> = story["data"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .filter(|call| call["phase"] == "draft")
            .map(|call| (call["provider"].as_str().unwrap(), call["outcome"].as_str().unwrap()))
            .collect();
        assert_eq!(tried.pop(), Some((*provider, "answered")));
        let failed: Vec<(&str, &str)> = MODELS[..nth].iter().map(|(name, _, _)| (*name, "failed")).collect();
        assert_eq!(tried, failed);
        if nth > 0 {
            let reason = task["models"]["draft"]["reason"].as_str().unwrap();
            assert!(reason.contains("503"), "{reason}");
        }
    }
}

#[tokio::test]
async fn when_all_are_down_the_task_is_tried_again_and_then_fails_with_a_refund() {
    let temper = Temper { down: MODELS.iter().map(|(name, _, _)| (*name).to_owned()).collect(), ..Temper::default() };
    let fixture = with_fake_providers(temper, &[("MaxAttempts", "2"), ("OutageSeconds", "0")]).await;
    let path = fixture.galley.create(with(&json!({"quality_preference": "fast"}))).await;
    let task = fixture.galley.wait(&path, "failed").await;
    assert_eq!((&task["error"]["code"], &task["attempt"]), (&json!("provider_unavailable"), &json!(2)));
    let usage = fixture.galley.get("author", "/api/usage").await.expect(200).body;
    let day =
        usage["data"].as_array().unwrap().iter().find(|line| line["limit"] == "user_tasks_per_day").unwrap().clone();
    assert_eq!(day["used"], 0, "the day's place is given back");
    assert_eq!(task["cost_breakdown"].as_object().unwrap().keys().collect::<Vec<_>>(), ["research"]);
    // What was found is not searched for again.
    assert_eq!(fixture.fake.asked().iter().filter(|asked| asked.provider == "serper").count(), 2);
}

#[tokio::test]
async fn a_text_that_breaks_off_never_waits_unmarked() {
    let fixture = with_fake_providers(Temper { truncates: true, ..Temper::default() }, &[]).await;
    for model in MODELS.map(|(provider, _, model)| format!("{provider}/{model}")) {
        let (path, task) = fixture.drafted(with(&json!({"quality_preference": "fast", "model": model}))).await;
        assert!(blockers(&task).contains(&"truncated".to_owned()), "{model}: {task}");
        let refused = fixture.galley.approve(&path, json!({})).await.expect(409);
        assert_eq!(refused.problem(), "blocked");
    }
}

#[tokio::test]
async fn a_cap_in_the_middle_of_a_task_fails_it_before_the_next_call() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let path = fixture.galley.create(with(&json!({"max_cost_usd": "0.021"}))).await;
    let task = fixture.galley.wait(&path, "failed").await;
    assert_eq!(task["error"]["code"], "budget_exceeded");
    let story = fixture.story(&path).await;
    let asked = fixture.writers().len();
    assert!(asked > 0, "it was the middle");
    let of_models = story["data"].as_array().unwrap().iter().filter(|call| call["phase"] != "research");
    assert_eq!(of_models.count(), asked, "what was refused is no call");
    let spent: f64 = task["cost_usd"].as_str().unwrap().parse().unwrap();
    assert!(spent < 0.021);
    // An operator's cap for the tenant's day holds for all of its tasks.
    let limits = "/api/admin/tenants/default/limits";
    let set = fixture.galley.request("operator", Method::PUT, limits).json(&json!({"usd_per_day": "0.000001"}));
    assert_eq!(answer(set).await.expect(200).body["usd_per_day"], "0.000001");
    let path = fixture.galley.create(topic()).await;
    let task = fixture.galley.wait(&path, "failed").await;
    assert!(task["error"]["message"].as_str().unwrap().contains("cap for the day"), "{task}");
    assert_eq!(fixture.writers().len(), asked);
}

#[tokio::test]
async fn a_worse_refinement_replaces_no_better_draft() {
    let fixture = with_fake_providers(Temper { scores: vec![60, 20, 10], ..Temper::default() }, &[]).await;
    let settings = fixture.galley.request("admin", Method::PATCH, "/api/admin/settings");
    answer(settings.json(&json!({"quality_bar": 95, "assessment": "model"}))).await.expect(200);
    let (path, task) = fixture.drafted(topic()).await;
    assert_eq!((&task["quality_score"], blockers(&task)), (&json!(60), vec!["below_quality_bar".to_owned()]));
    let drafts = fixture.story(&path).await["revision"]["drafts"].as_array().unwrap().clone();
    let scores: Vec<(u64, bool)> =
        drafts.iter().map(|draft| (draft["score"].as_u64().unwrap(), draft["chosen"] == true)).collect();
    assert_eq!(scores, [(60, true), (20, false), (10, false)]);
}

#[tokio::test]
async fn each_type_gives_its_own_shape() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let content = async |task_type: &str| {
        let (path, task) = fixture.drafted(with(&json!({"task_type": task_type, "target_length": 1500}))).await;
        assert_eq!(blockers(&task), Vec::<String>::new(), "{task_type}: {task}");
        let decided = fixture.galley.approve(&path, json!({})).await.expect(200);
        assert_eq!(decided.body["published_url"].is_null(), task_type != "newsletter", "{task_type}");
        let live = fixture.galley.get("nobody", "/api/content/published/default").await.expect(200);
        let listed = live.body["data"].as_array().unwrap().iter().filter(|line| line["task_type"] == task_type).count();
        assert_eq!(listed, usize::from(task_type == "newsletter"), "{task_type}");
        assert_eq!(
            task["parts"]["kind"].as_str(),
            match task_type {
                "social_media" => Some("thread"),
                "email" => Some("email"),
                _ => None,
            }
        );
        task["content"].as_str().unwrap().to_owned()
    };
    let thread = content("social_media").await;
    assert!(!thread.contains("<h2") && thread.matches("<li>").count() >= 3 && thread.contains("#today"), "{thread}");
    let letter = content("email").await;
    assert!(
        letter.starts_with("<p>Dear reader,</p>") && letter.contains("<strong>") && !letter.contains("<h2"),
        "{letter}"
    );
    let newsletter = content("newsletter").await;
    assert!((3..=7).contains(&newsletter.matches("<h2").count()), "{newsletter}");
}

#[tokio::test]
async fn models_are_listed_with_who_is_there_and_a_task_is_priced_before_it_is_made() {
    let fixture =
        with_fake_providers(Temper { down: ["fake-google".to_owned()].into(), ..Temper::default() }, &[]).await;
    let models = fixture.galley.get("viewer", "/api/models").await.expect(200).body;
    let there: Vec<(&str, bool)> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| (model["id"].as_str().unwrap(), model["available"].as_bool().unwrap()))
        .collect();
    let expected = [("fake-openai/writer", true), ("fake-anthropic/critic", true), ("fake-google/spare", false)];
    assert_eq!(there, expected);
    let estimate = async |body: Value| fixture.galley.post("author", "/api/content/tasks/estimate", body).await;
    let priced = estimate(topic()).await.expect(200).body;
    let phases: Vec<&str> =
        priced["phases"].as_array().unwrap().iter().map(|phase| phase["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["research", "outline", "draft", "assess", "refine", "finalize"]);
    assert_eq!(priced["within_cap"], true);
    let tokens = |name: &str| priced[name].as_u64().unwrap();
    assert!(0 < tokens("expected_tokens") && tokens("expected_tokens") < tokens("most_tokens"), "{priced}");
    let poor = estimate(with(&json!({"max_cost_usd": "0.001", "model": "fake-google/spare"}))).await.expect(200).body;
    assert_eq!(poor["within_cap"], false);
    assert!(poor["phases"][1]["note"].as_str().unwrap().contains("503"), "{poor}");
    assert_eq!(estimate(json!({"topic": "x"})).await.expect(400).body["errors"][0]["field"], "topic");
    // A model that nobody knows is refused at the door, and counts nothing.
    for path in ["/api/content/tasks", "/api/content/tasks/estimate"] {
        let unknown = with(&json!({"model": "gpt-0", "models_by_phase": {"draft": "writer", "assess": "gpt-5"}}));
        let refused = fixture.galley.post("author", path, unknown).await.expect(400).body;
        let fields: Vec<&str> =
            refused["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["model", "models_by_phase.assess"]);
    }
    // What it then costs lies within.
    let (_, task) = fixture.drafted(topic()).await;
    let dollars = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    assert!(dollars(&task["cost_usd"]) <= dollars(&priced["most_usd"]), "{task} {priced}");
}

#[tokio::test]
async fn a_worker_that_dies_pays_for_nothing_twice() {
    let fixture = with_fake_providers(Temper { latency: Duration::from_millis(300), ..Temper::default() }, &[]).await;
    let path = fixture.galley.create(topic()).await;
    fixture.galley.until(async || fixture.writers().len() >= 2).await;
    fixture.galley.stack.kill("WorkFunction");
    fixture.galley.let_time_pass(&path).await;
    fixture.galley.sweep().await;
    let task = fixture.galley.wait(&path, "awaiting_approval").await;
    assert_eq!(task["attempt"], 2);
    let asked = fixture.fake.asked();
    assert_eq!(asked.iter().filter(|asked| asked.provider == "serper").count(), 2, "what was found is kept");
    let outlines = asked.iter().filter(|asked| asked.body.to_string().contains("Plan the text.")).count();
    assert_eq!(outlines, 1, "and so is the plan");
}

#[tokio::test]
async fn a_flag_takes_effect_is_on_record_and_can_be_set_back() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let turn = async |flag: &str, to: Value| {
        let path = format!("/api/admin/flags/{flag}");
        answer(fixture.galley.request("operator", Method::PUT, &path).json(&to)).await
    };
    let fast = || with(&json!({"quality_preference": "fast"}));
    turn("provider.fake-openai", json!({"enabled": true, "tenants_off": ["default"]})).await.expect(200);
    turn("provider.serper", json!({"enabled": false})).await.expect(200);
    turn("provider.fake-openai", json!({"percent": 101})).await.expect(400);
    let (path, task) = fixture.drafted(with(&json!({"quality_preference": "fast", "model": "writer"}))).await;
    let routed = &task["models"]["draft"];
    assert_eq!(routed["model"], "fake-anthropic/critic");
    assert_eq!(routed["reason"], "the provider fake-openai is switched off");
    assert_eq!(fixture.story(&path).await["revision"]["references"], json!([]));

    // All work of the tenant stops, and what was accepted waits.
    turn("generation", json!({"enabled": false})).await.expect(200);
    fixture.galley.stack.kill("WorkFunction");
    let waiting = fixture.galley.create(fast()).await;
    let asked = fixture.writers().len();
    let log = fixture.galley.stack.data().join("logs/WorkFunction.log");
    fixture
        .galley
        .until(async || std::fs::read_to_string(&log).unwrap_or_default().contains("generation is switched off"))
        .await;
    let held = fixture.galley.get("viewer", &waiting).await.expect(200).body;
    assert_eq!((&held["status"], &held["progress"]["stage"]), (&json!("pending"), &json!("held")));
    assert_eq!(fixture.galley.sweep().await["held"], 1);
    assert_eq!(fixture.writers().len(), asked);
    let log = fixture.galley.get("operator", "/api/admin/flags/log").await.expect(200).body;
    let changes = log["data"].as_array().unwrap();
    assert_eq!(changes.len(), 3);
    assert_eq!((&changes[0]["flag"], &changes[0]["by"]), (&json!("generation"), &json!("dev-operator")));
    assert_eq!((&changes[0]["before"], &changes[0]["after"]["enabled"]), (&Value::Null, &json!(false)));
    let revert = json!({"change_id": changes[0]["id"]});
    let elsewhere = fixture.galley.post("operator", "/api/admin/flags/provider.serper/revert", revert.clone()).await;
    elsewhere.expect(404);
    let back = fixture.galley.post("operator", "/api/admin/flags/generation/revert", revert).await.expect(200).body;
    assert_eq!(back["enabled"], true);
    // The workers still know the flag as it was.
    assert_eq!(fixture.galley.sweep().await["sent"], 1);
    fixture.galley.wait(&waiting, "awaiting_approval").await;
}

#[tokio::test]
async fn an_endpoint_of_ones_own_needs_no_more_than_its_address() {
    let fake = FakeProviders::start(Temper::default()).await.unwrap();
    let mut options = options();
    options.parameters.insert("LlmBaseUrl".to_owned(), format!("http://{}/fake-openai/v1", fake.address));
    let galley = Galley::with(options).await;
    let path = galley.create(with(&json!({"quality_preference": "fast"}))).await;
    let task = galley.wait(&path, "awaiting_approval").await;
    assert_eq!(task["models"]["draft"], json!({"model": "custom/writer"}), "the first that it serves");
    assert_eq!((blockers(&task), &task["cost_usd"]), (Vec::new(), &json!("0.00")));
    let models = galley.get("viewer", "/api/models").await.expect(200).body;
    let own = models["data"].as_array().unwrap().iter().find(|model| model["id"] == "custom/writer").unwrap().clone();
    assert_eq!(own["available"], true);
    let other = galley.create(with(&json!({"quality_preference": "fast", "model": "custom/other"}))).await;
    let task = galley.wait(&other, "awaiting_approval").await;
    assert_eq!(task["models"]["draft"]["reason"], "the endpoint does not serve other");
}
