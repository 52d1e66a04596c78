//! What becomes of a step whose answer cannot be read: it is asked for once more, and then done without, on record and never paid
//! for again.

use galley_domain::{
    content::{
        quality::{Method, Score},
        removed::What,
    },
    generation::worker::WorkOutcome,
    kernel::{clock::Clock, usd::MicroUsd},
    models::{
        ask::{Ask, Availability, Completion, LanguageModel, ProviderError},
        phase::Phase,
        price::Spent,
    },
    money::ledger::CallOutcome,
    task::{state::TaskState, store::TaskStore},
    tenancy::settings::Policy,
};
use galley_testkit::{
    build::{change, context},
    fakes::{COST, Script, ScriptedModel, ScriptedWeb, WithSpare},
};
use serde_json::json;

use crate::pipeline::{Fixture, fast, fixture, found};

const NONSENSE: &str = "I would say that it is a good text.";
const HIGH: &str = r#"{"clarity": 400, "critique": []}"#;
const GOOD: &str = r#"<think>{"clarity": 1}</think>Here it is:
```json
{"clarity": 90.0, "accuracy": 89.5, "completeness": 90, "relevance": "90", "seo_quality": 90, "readability": 90, "engagement": 90, "critique": "Say more."}
```
I hope this helps!"#;

fn judged(texts: impl IntoIterator<Item = &'static str>) -> ScriptedModel {
    ScriptedModel::new([Script::Writes("By the book")]).saying("assessment", texts)
}

async fn phases(fixture: &Fixture<ScriptedModel>) -> Vec<Phase> {
    fixture.calls().await.iter().map(|call| call.phase).collect()
}

#[tokio::test]
async fn what_a_model_thought_and_said_around_a_text_never_goes_live() {
    let models = ScriptedModel::new([Script::WritesAloud("How HTTP caching works")]);
    let fixture = fixture(models, ScriptedWeb::default(), json!({"publish_mode": "publish"})).await;
    fixture.policy(Policy { auto_publish: true, ..Policy::default() }).await;
    let (task, revision) = fixture.drafted().await;
    assert_eq!((task.state, revision.title.as_str()), (TaskState::Approved, "How HTTP caching works"));
    let shown = format!("{} {} {}", revision.html, revision.excerpt, revision.seo.description);
    for trace in ["SECRETTHOUGHT", "think", "Sure!", "```", "<pre", "I hope this helps", "Let me know"] {
        assert!(!shown.contains(trace), "{trace}: {shown}");
    }
    let removed: Vec<What> = revision.removed.iter().map(|one| one.what).collect();
    assert!([What::Reasoning, What::Fence, What::Chatter].iter().all(|what| removed.contains(what)), "{removed:?}");
}

#[tokio::test]
async fn a_step_whose_answers_cannot_be_read_is_done_without_and_the_task_says_why() {
    let fixture = fixture(judged([NONSENSE, HIGH]), ScriptedWeb::default(), json!({})).await;
    let (task, revision) = fixture.drafted().await;
    assert_eq!(phases(&fixture).await, [Phase::Outline, Phase::Draft, Phase::Assess, Phase::Assess, Phase::Finalize]);
    let reason = task.models[&Phase::Assess].reason.clone().unwrap();
    assert!(reason.starts_with("done without: scripted/first: "), "{reason}");
    assert!(reason.contains("no JSON object") && reason.contains("`clarity` is not a number"), "{reason}");
    assert_eq!(revision.drafts[0].method, Method::Pattern);
    // Both were paid for, and the books say what became of them.
    assert_eq!(task.cost_usd(), MicroUsd::from_micros(COST.micros() * 5));
    let unread = fixture.calls().await.into_iter().filter(|call| matches!(call.outcome, CallOutcome::Failed { .. }));
    assert_eq!(unread.map(|call| call.cost).collect::<Vec<_>>(), [COST, COST]);
}

#[tokio::test]
async fn what_was_asked_for_in_vain_is_not_paid_for_again_by_a_later_worker() {
    let down = Script::IsDown { retry_after: Some(std::time::Duration::from_hours(1)) };
    let models = ScriptedModel::new([down, Script::Writes("Later")]).saying("outline", [NONSENSE; 2]);
    let mut fixture = fixture(models, ScriptedWeb::default(), json!({})).await;
    fixture.worker.limits.attempts = 2;
    assert!(matches!(fixture.run().await, WorkOutcome::RetryIn(_)));
    fixture.worker.clock.advance(jiff::SignedDuration::from_hours(2));
    let (task, _) = fixture.drafted().await;
    let plans = phases(&fixture).await.into_iter().filter(|phase| *phase == Phase::Outline).count();
    assert_eq!(plans, 2, "as many as the first worker asked for");
    assert!(task.models[&Phase::Outline].reason.as_ref().unwrap().starts_with("done without"));
}

#[tokio::test]
async fn asking_once_more_breaks_no_cap_and_costs_no_draft() {
    let calm = fixture(judged([NONSENSE, GOOD]), ScriptedWeb::default(), json!({})).await;
    calm.drafted().await;
    // The first judgement fits into the cap to the last micro-dollar, the second does not.
    let reserved = calm.calls().await[2].quote.reserved;
    let cap = MicroUsd::from_micros(2 * COST.micros() + reserved.micros());
    let asking = json!({"max_cost_usd": cap.to_string()});
    let fixture = fixture(judged([NONSENSE]), ScriptedWeb::default(), asking).await;
    let (task, _) = fixture.drafted().await;
    assert_eq!(task.state, TaskState::AwaitingApproval);
    assert_eq!(phases(&fixture).await.iter().filter(|phase| **phase == Phase::Assess).count(), 1);
    let reason = task.models[&Phase::Assess].reason.clone().unwrap();
    assert!(reason.contains("could cost more than is left"), "{reason}");
    assert!(task.cost_usd() <= cap);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_once_more_with_the_fault_told() {
    let fixture = fixture(judged([HIGH, GOOD]), ScriptedWeb::default(), json!({})).await;
    fixture.policy(Policy { assessment: Some(Method::Model), ..Policy::default() }).await;
    let (task, revision) = fixture.drafted().await;
    let asks = fixture.worker.models.asks();
    let judged: Vec<&str> = asks
        .iter()
        .filter(|ask| ask.schema.as_ref().is_some_and(|shape| shape.name == "assessment"))
        .map(|ask| ask.user.as_str())
        .collect();
    let [first, second] = judged.as_slice() else { panic!("{}", judged.len()) };
    assert!(second.starts_with(first) && second.contains("`clarity` is not a number from 0 to 100"), "{second}");
    assert_eq!(task.models[&Phase::Assess].reason, None);
    assert_eq!(revision.drafts[0].quality.accuracy, Score::clamped(90), "89.5 is nearer to 90");
    assert_eq!(revision.suggestions[0], "Say more.");
}

#[tokio::test]
async fn the_sources_that_a_model_cannot_hold_are_not_sent_to_it_and_the_task_says_so() {
    let urls: Vec<String> = (0..8).map(|nth| format!("https://{nth}.example/{}", "x".repeat(1500))).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let web = ScriptedWeb { references: found(&urls), price: Some(MicroUsd::from_micros(1)), ..ScriptedWeb::default() };
    let mut fixture = fixture(ScriptedModel::new([Script::Writes("Short of room")]), web, fast()).await;
    let mut catalogue = (*fixture.worker.catalogue).clone();
    for model in &mut catalogue.models {
        model.context_tokens = 4500;
    }
    fixture.worker.catalogue = catalogue.into();
    let (task, _) = fixture.drafted().await;
    let asks = fixture.worker.models.asks();
    assert!(asks[0].user.contains("https://0.example/") && !asks[0].user.contains("https://7.example/"));
    let reason = task.models[&Phase::Draft].reason.clone().unwrap();
    assert!(reason.contains("was not told the last") && reason.contains("of the sources"), "{reason}");
}

#[tokio::test]
async fn a_prompt_that_no_model_can_hold_is_not_paid_for() {
    let mut fixture = fixture(ScriptedModel::new([]), ScriptedWeb::default(), fast()).await;
    let mut catalogue = (*fixture.worker.catalogue).clone();
    for model in &mut catalogue.models {
        model.context_tokens = 500;
    }
    fixture.worker.catalogue = catalogue.into();
    assert_eq!(fixture.run().await, WorkOutcome::GaveUp);
    let task = fixture.task().await;
    assert_eq!(task.error.as_ref().unwrap().code, "generator_refused");
    assert!(task.error.as_ref().unwrap().message.contains("does not fit"), "{:?}", task.error);
    assert!(fixture.calls().await.is_empty() && task.cost_usd() == MicroUsd::ZERO);
}

/// Both providers are there, and follow one script.
#[derive(Clone, Debug)]
struct Both(ScriptedModel);

impl LanguageModel for Both {
    async fn is_configured(&self) -> bool {
        true
    }

    async fn survey(&self) -> Vec<Availability> {
        WithSpare(self.0.clone()).survey().await
    }

    async fn ask(&self, ask: &Ask) -> Result<Completion, ProviderError> {
        self.0.ask(ask).await
    }
}

/// Nothing but a title.
const EMPTY: Script = Script::Repeats("", 0);

#[tokio::test]
async fn an_unreadable_draft_is_not_paid_for_again_by_a_later_worker() {
    let down = Script::IsDown { retry_after: Some(std::time::Duration::from_hours(1)) };
    let models = Both(ScriptedModel::new([EMPTY, down, Script::Writes("Later")]));
    let mut fixture = fixture(models, ScriptedWeb::default(), fast()).await;
    fixture.worker.limits.attempts = 2;
    assert!(matches!(fixture.run().await, WorkOutcome::RetryIn(_)));
    fixture.worker.clock.advance(jiff::SignedDuration::from_hours(2));
    let (task, revision) = fixture.drafted().await;
    let asked: Vec<String> = fixture.calls().await.into_iter().map(|call| call.quote.provider).collect();
    assert_eq!(asked, ["scripted", "spare", "spare"], "who wrote nothing was asked once");
    assert_eq!(revision.title, "Later");
    let reason = task.models[&Phase::Draft].reason.clone().unwrap();
    assert!(reason.starts_with("scripted/first: "), "{reason}");
    let unread = &fixture.calls().await[0];
    assert!(matches!(unread.outcome, CallOutcome::Failed { .. }) && unread.cost == COST, "{unread:?}");
}

#[tokio::test]
async fn whoever_has_a_task_tried_again_has_everybody_asked_again() {
    let models = ScriptedModel::new([EMPTY, Script::Writes("Now")]);
    let fixture = fixture(models, ScriptedWeb::default(), fast()).await;
    assert_eq!(fixture.run().await, WorkOutcome::GaveUp);
    let failed = fixture.task().await;
    assert_eq!(failed.error.as_ref().unwrap().code, "generator_refused");
    let again = failed.retried(None, &context(fixture.worker.clock.now())).unwrap();
    fixture.worker.store.commit(change(&failed, again)).await.unwrap();
    assert_eq!(fixture.drafted().await.1.title, "Now");
    assert_eq!(phases(&fixture).await, [Phase::Draft, Phase::Draft]);
}

/// Refuses the first plan before any work.
#[derive(Clone, Debug)]
struct RefusesAPlan(ScriptedModel, std::sync::Arc<std::sync::atomic::AtomicU8>);

impl LanguageModel for RefusesAPlan {
    async fn is_configured(&self) -> bool {
        true
    }

    async fn survey(&self) -> Vec<Availability> {
        self.0.survey().await
    }

    async fn ask(&self, ask: &Ask) -> Result<Completion, ProviderError> {
        let is_plan = ask.schema.as_ref().is_some_and(|shape| shape.name == "outline");
        if is_plan && self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            return Err(ProviderError::Refused { reason: "the key is not known".to_owned(), spent: Spent::Nothing });
        }
        self.0.ask(ask).await
    }
}

#[tokio::test]
async fn a_refusal_that_cost_nothing_is_told_and_not_remembered() {
    let down = Script::IsDown { retry_after: Some(std::time::Duration::from_hours(1)) };
    let models = RefusesAPlan(ScriptedModel::new([down, Script::Writes("Later")]), std::sync::Arc::default());
    let mut fixture = fixture(models, ScriptedWeb::default(), json!({})).await;
    fixture.worker.limits.attempts = 2;
    assert!(matches!(fixture.run().await, WorkOutcome::RetryIn(_)));
    let reason = fixture.task().await.models[&Phase::Outline].reason.clone().unwrap();
    assert!(reason.starts_with("done without: ") && reason.contains("the key is not known"), "{reason}");
    fixture.worker.clock.advance(jiff::SignedDuration::from_hours(2));
    let (task, _) = fixture.drafted().await;
    assert_eq!(task.models[&Phase::Outline].reason, None, "by then somebody planned it");
}

#[tokio::test]
async fn a_text_that_no_judge_saw_though_one_was_due_waits_for_a_person() {
    let asking = json!({"publish_mode": "publish"});
    let fixture = fixture(judged([NONSENSE, HIGH]), ScriptedWeb::default(), asking).await;
    fixture.policy(Policy { auto_publish: true, ..Policy::default() }).await;
    let (task, revision) = fixture.drafted().await;
    assert_eq!((task.state, revision.blockers.is_empty()), (TaskState::AwaitingApproval, true));
}
