//! What a decision is counted in: its window, and a place of the day where it begins another generation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::{collections::BTreeSet, sync::Arc};

use galley_domain::{
    access::{
        allowance::Allowance,
        limits::{DayQuota, LimitStore, QuotaDay, RateClass, RateState, Window},
        role::{Principal, Role},
    },
    idempotency::claim::{Claim, SavedResponse},
    intake::{
        create::{self, CreateError, Created, Creator},
        known_models::KnownModels,
    },
    kernel::{clock::Clock, ids::IdempotencyKey},
    models::catalogue::Catalogue,
    review::{
        action::{Action, Approver, Command, DecideError},
        decide::{Decided, Decider},
    },
    task::{
        record::{Failure, Task},
        state::TaskState,
        store::TaskStore,
    },
    tenancy::settings::{Directory, NearDuplicates, TaskDefaults},
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, principal, trace},
    clock::TestClock,
    fakes::MemoryQueue,
};
use jiff::SignedDuration;

const QUOTA: DayQuota = DayQuota { user: 1, organisation: 9 };

struct Fixture {
    decider: Decider<MemoryStore, MemoryQueue, TestClock>,
    task: Task,
}

impl Fixture {
    /// A task that failed, the day before; the day has one place.
    async fn failed() -> Self {
        let (store, clock) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"));
        let acceptance = a_task().accepted();
        let accepted = acceptance.task.clone();
        store.accept(acceptance).await.unwrap();
        let claimed = accepted.claim(&context(clock.now())).unwrap();
        store.commit(change(&accepted, claimed.clone())).await.unwrap();
        let failure = Failure { code: "x".into(), message: "x".into(), stage: "draft".into(), attempt: 1 };
        let (mut failed, event) = claimed.0.gave_up(failure, &context(clock.now())).unwrap();
        failed.refunded = true;
        store.commit(change(&claimed.0, (failed.clone(), event))).await.unwrap();
        clock.advance(SignedDuration::from_hours(24));
        Self { decider: Decider { store, queue: MemoryQueue::default(), clock }, task: failed }
    }

    fn day(&self) -> QuotaDay {
        let principal = principal(Role::Editor);
        QuotaDay::of(&principal.tenant, &principal.subject, self.decider.clock.now())
    }

    fn window(&self, limit: u32) -> Window {
        let principal = principal(Role::Editor);
        let now = self.decider.clock.now();
        Window::of(RateClass::Create, &principal.tenant, &principal.subject, limit, now)
    }

    async fn ask(
        &self,
        action: Action,
        per_minute: u32,
        key: &str,
    ) -> (Result<Decided, DecideError>, Option<RateState>) {
        self.ask_as(Role::Editor, action, per_minute, key).await
    }

    async fn ask_as(
        &self,
        role: Role,
        action: Action,
        per_minute: u32,
        key: &str,
    ) -> (Result<Decided, DecideError>, Option<RateState>) {
        let by = principal(role);
        let key = IdempotencyKey::new(key).unwrap();
        let command = Command {
            claim: Some(Claim::new(&by.tenant, &by.subject, "POST", "/retry", &key, b"{}")),
            principal: by,
            task_id: self.task.id.clone(),
            action,
            if_match: None,
            approver: Approver::Anyone,
            allowance: Allowance { window: Some(self.window(per_minute)), day: Some((self.day(), QUOTA)) },
            trace_id: trace(),
        };
        let saved = |_: &Task| SavedResponse { status: 200, location: None, etag: None, body: String::new() };
        self.decider.decide(command, saved).await
    }

    async fn retry(&self, key: &str) -> Result<Decided, DecideError> {
        self.ask(Action::Retry(serde_json::from_str("{}").unwrap()), 9, key).await.0
    }

    fn taken(&self) -> i64 {
        self.decider.store.taken(&self.day())
    }

    async fn task(&self) -> Task {
        self.decider.store.load(&self.task.id).await.unwrap().unwrap().0
    }
}

#[tokio::test]
async fn a_retry_is_refused_when_the_day_is_full() {
    let fixture = Fixture::failed().await;
    let full = Allowance::of_day(fixture.day(), QUOTA).take(&fixture.decider.store, fixture.decider.clock.now()).await;
    assert!(full.place.is_ok());
    let refused = fixture.retry("k").await.unwrap_err();
    assert!(matches!(refused, DecideError::QuotaExhausted { resets_in_s: 43_200 }), "{refused:?}");
    assert_eq!((fixture.task().await.state, fixture.taken()), (TaskState::Failed, 1));
    assert!(fixture.decider.queue.take().is_empty(), "nothing was begun");
}

#[tokio::test]
async fn a_retry_over_the_minutes_limit_changes_nothing_and_takes_no_place() {
    let fixture = Fixture::failed().await;
    let retry = || Action::Retry(serde_json::from_str("{}").unwrap());
    fixture.decider.store.count(&fixture.window(1)).await.unwrap();
    let (refused, rate) = fixture.ask(retry(), 1, "k").await;
    assert!(matches!(refused, Err(DecideError::RateLimited(_))), "{refused:?}");
    assert_eq!(rate.map(|rate| rate.remaining), Some(0));
    assert_eq!((fixture.task().await.state, fixture.taken()), (TaskState::Failed, 0));
}

#[tokio::test]
async fn a_retry_takes_one_place_however_often_it_is_sent() {
    let fixture = Fixture::failed().await;
    assert!(matches!(fixture.retry("k").await, Ok(Decided::Done(_))));
    assert_eq!(fixture.taken(), i64::from(QUOTA.user), "the day is full");
    assert!(
        matches!(fixture.retry("k").await, Ok(Decided::Replay(_))),
        "whoever lost the answer is told it all the same"
    );
    assert!(matches!(fixture.retry("another").await, Err(DecideError::QuotaExhausted { .. })));
    assert_eq!(fixture.taken(), i64::from(QUOTA.user));
}

#[tokio::test]
async fn a_replayed_retry_gives_its_place_back() {
    let fixture = Fixture::failed().await;
    fixture.retry("k").await.unwrap();
    fixture.decider.clock.advance(SignedDuration::from_hours(23));
    assert!(matches!(fixture.retry("k").await, Ok(Decided::Replay(_))));
    assert_eq!(fixture.taken(), 0, "of the day of the repeat");
}

#[tokio::test]
async fn a_refused_retry_gives_its_place_back() {
    let fixture = Fixture::failed().await;
    fixture.retry("k").await.unwrap();
    fixture.decider.clock.advance(SignedDuration::from_hours(24));
    assert!(matches!(fixture.retry("other").await, Err(DecideError::IllegalMove(_))));
    assert_eq!(fixture.taken(), 0);
}

#[tokio::test]
async fn what_a_retry_took_is_what_its_failure_gives_back() {
    let fixture = Fixture::failed().await;
    fixture.retry("k").await.unwrap();
    let mut retried = fixture.task().await;
    assert_eq!((retried.quota_day(), retried.refunded), (fixture.day(), false));
    assert_eq!(retried.take_refund(), Some(fixture.day()));
    assert_eq!(retried.take_refund(), None, "once");
}

#[tokio::test]
async fn what_a_role_forbids_is_counted_and_takes_no_place() {
    let fixture = Fixture::failed().await;
    let retry = || Action::Retry(serde_json::from_str("{}").unwrap());
    let (refused, rate) = fixture.ask_as(Role::Viewer, retry(), 1, "k").await;
    assert!(matches!(refused, Err(DecideError::Forbidden(_))), "{refused:?}");
    assert_eq!((rate.map(|rate| rate.remaining), fixture.taken()), (Some(0), 0));
    let (refused, _) = fixture.ask_as(Role::Viewer, retry(), 1, "k").await;
    assert!(matches!(refused, Err(DecideError::RateLimited(_))), "{refused:?}");
}

#[tokio::test]
async fn a_model_that_nobody_knows_is_counted_and_takes_no_place() {
    let fixture = Fixture::failed().await;
    let Decider { store, queue, clock } = fixture.decider.clone();
    let models = KnownModels { catalogue: Some(Arc::new(Catalogue::built_in().unwrap())), endpoint: None };
    let creator = Creator { store, queue, clock, models };
    let ask = async || {
        let request = serde_json::from_str(r#"{"topic":"How HTTP caching works","model":"openai/none"}"#).unwrap();
        let defaults = TaskDefaults::default();
        let command = create::Command::by(&principal(Role::Editor), QUOTA, defaults, request, None, trace());
        let saved = |_: &Task| SavedResponse { status: 201, location: None, etag: None, body: String::new() };
        creator.create(command, Some(fixture.window(1)), saved).await
    };
    let (refused, rate) = ask().await;
    assert!(matches!(refused, Err(CreateError::UnknownModels(_))), "{refused:?}");
    assert_eq!((rate.map(|rate| rate.remaining), fixture.taken()), (Some(0), 0));
    let (refused, _) = ask().await;
    assert!(matches!(refused, Err(CreateError::RateLimited(_))), "{refused:?}");
}

#[tokio::test]
async fn what_was_accepted_is_not_refused_when_it_is_repeated_without_its_target() {
    let fixture = Fixture::failed().await;
    let Decider { store, queue, clock } = fixture.decider.clone();
    let creator = Creator { store, queue, clock, models: KnownModels::default() };
    let with = Directory([("blog".parse().unwrap(), BTreeSet::new())].into());
    let command = |targets: &Directory, key: Option<&str>| {
        let request = serde_json::from_str(r#"{"topic":"How HTTP caching works","publish_to":["blog"]}"#).unwrap();
        let by = principal(Role::Editor);
        let claim = |key: &str| {
            let key = IdempotencyKey::new(key).unwrap();
            Claim::new(&by.tenant, &by.subject, "POST", "/tasks", &key, b"{}")
        };
        let claim = key.map(claim);
        let defaults = TaskDefaults { targets: targets.clone(), ..TaskDefaults::default() };
        create::Command::by(&by, QUOTA, defaults, request, claim, trace())
    };
    let saved = |_: &Task| SavedResponse { status: 201, location: None, etag: None, body: "first".to_owned() };
    let accepted = creator.create(command(&with, Some("k")), None, saved).await.0;
    assert!(matches!(accepted, Ok(Created::New(_))), "{accepted:?}");
    for (again, _) in [
        creator.create(command(&Directory::default(), Some("k")), None, saved).await,
        (creator.create_uncounted(command(&Directory::default(), Some("k")), saved).await, None),
    ] {
        assert!(matches!(&again, Ok(Created::Replay(answer)) if answer.body == "first"), "{again:?}");
    }
    let (refused, _) = creator.create(command(&Directory::default(), None), None, saved).await;
    let refused = refused.unwrap_err().to_string();
    assert_eq!(refused, "must name targets of the tenant, and has none called blog");
}

#[tokio::test]
async fn what_is_near_to_something_is_refused_where_the_tenant_wants_it_so_and_takes_no_place() {
    let fixture = Fixture::failed().await;
    let Decider { store, queue, clock } = fixture.decider.clone();
    let creator = Creator { store, queue, clock, models: KnownModels::default() };
    let ask = async |role, (of, topic): (&str, &str), allows: bool, near_duplicates, key: Option<&str>| {
        let request = serde_json::json!({"topic": topic, "allow_near_duplicate": allows});
        let by = Principal { tenant: galley_testkit::build::tenant(of), ..principal(role) };
        let key = key.map(|key| IdempotencyKey::new(key).unwrap());
        let claim = key.map(|key| Claim::new(&by.tenant, &by.subject, "POST", "/tasks", &key, b"{}"));
        let defaults = TaskDefaults { near_duplicates, ..TaskDefaults::default() };
        let quota = DayQuota { user: 9, organisation: 9 };
        let request = serde_json::from_value(request).unwrap();
        let command = create::Command::by(&by, quota, defaults, request, claim, trace());
        let saved = |_: &Task| SavedResponse { status: 201, location: None, etag: None, body: "first".to_owned() };
        creator.create(command, None, saved).await.0
    };
    let (tell, refuse) = (NearDuplicates::Tell, NearDuplicates::Refuse);
    let tenant = principal(Role::Editor).tenant;
    let (own, first, again) = (tenant.as_str(), "Why bread needs salt", "Bread needs salt: why?");
    let made = ask(Role::Author, (own, first), false, refuse, Some("k")).await;
    assert!(matches!(made, Ok(Created::New(_))), "{made:?}");
    let taken = fixture.taken();

    let near = ask(Role::Admin, (own, again), false, refuse, None).await;
    assert!(matches!(&near, Err(CreateError::NearDuplicate(near)) if near.len() == 1), "{near:?}");
    let author = ask(Role::Author, (own, again), true, refuse, None).await;
    assert!(matches!(author, Err(CreateError::MayNotRepeat)), "{author:?}");
    assert_eq!(fixture.taken(), taken, "nothing was made");
    let repeated = ask(Role::Author, (own, first), false, refuse, Some("k")).await;
    assert!(matches!(&repeated, Ok(Created::Replay(answer)) if answer.body == "first"), "{repeated:?}");

    for (role, asked, allows, policy) in [
        (Role::Author, ("rival", again), false, refuse),
        (Role::Author, (own, "Why salt is mined in winter"), false, refuse),
        (Role::Author, (own, again), false, tell),
        (Role::Editor, (own, again), true, refuse),
    ] {
        let made = ask(role, asked, allows, policy, None).await;
        assert!(matches!(made, Ok(Created::New(_))), "{asked:?}: {made:?}");
    }
}
