//! A crash at every single I/O of a task's life: before it happens, and after it with the answer lost. Whoever comes
//! next makes it good, and the promises hold: nothing lost, nothing twice, and the books agree.
//!
//! In process, with the real adapters and the embedded services; the process's death is the death of its future.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use galley_adapters::{
    callback_sender::{HttpCallbackSender, StandIns},
    dynamodb::Table,
    llm::{Http, ProviderKeys, Providers},
    sqs::Queues,
    web_research::WebResearch,
};
use galley_domain::{
    access::{
        allowance::Allowance,
        limits::{DayQuota, LimitStore, QuotaDay, RateClass, Reserved, Window},
        people::{Person, PersonStore},
        role::{Principal, Role},
    },
    generation::worker::{WorkLimits, Worker},
    idempotency::{claim::Claim, receipt::ReceiptOutcome},
    intake::{
        create::{self, Creator},
        known_models::KnownModels,
    },
    kernel::{
        clock::Clock,
        ids::{IdempotencyKey, SourceId, SourceKey, TaskId, TenantId, WebhookId},
        usd::MicroUsd,
    },
    models::{
        catalogue::{Catalogue, CustomEndpoint},
        price::{Price, Tokens},
    },
    money::{budget::Caps, ledger::CallOutcome},
    operations::sweep,
    plans::fire::Firing,
    publishing::{live::PublishedStore, publish},
    queue::message::{Kind, Message},
    review::{
        action::{self, Action},
        decide::Decider,
    },
    schedule::{run::Outcome, store::ScheduleStore},
    task::{
        audit::AuditEvent,
        record::Task,
        state::TaskState,
        store::{TaskQuery, TaskStore},
    },
    tenancy::{flags::FlagCache, settings::TaskDefaults},
    webhooks::{
        process::Processor,
        receive::{Incoming, ReceiptStore, receive},
    },
};
use galley_edge::api;
use galley_local::Stack;
use galley_testkit::{
    build::{request, subject, trace},
    clock::TestClock,
    fakes::MemorySecrets,
    plan::a_schedule,
};
use galley_tests::article;
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::gate::{self, Gate, When};

const PRICE: Price = Price { input: MicroUsd::from_dollars(1), output: MicroUsd::from_dollars(2) };
const USED: Tokens = Tokens { input: 100, output: 900 };
const LIMITS: WorkLimits = WorkLimits {
    attempts: 3,
    attempt: SignedDuration::from_secs(900),
    outage: SignedDuration::ZERO,
    call: Duration::from_mins(1),
    caps: Caps {
        task: MicroUsd::from_dollars(5),
        day: MicroUsd::from_dollars(50),
        month: MicroUsd::from_dollars(500),
        tokens: 2_000_000,
    },
};
const QUOTA: DayQuota = DayQuota { user: 5, organisation: 5 };

/// A provider behind the gate.
#[derive(Debug)]
struct Provider {
    gate: Arc<Gate>,
    /// The ids of the calls that it worked on.
    worked_on: Mutex<Vec<String>>,
}

/// A provider that answers at once and keeps books of its own.
async fn complete(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> Json<Value> {
    let when = provider.gate.next();
    if when == Some(When::Before) {
        provider.gate.hang().await;
    }
    let id = headers["x-client-request-id"].to_str().unwrap().to_owned();
    provider.worked_on.lock().unwrap().push(id);
    if when == Some(When::After) {
        provider.gate.hang().await;
    }
    Json(json!({
        "choices": [{"message": {"content": format!("# By a model\n\n{}", article("Caching"))}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": USED.input, "completion_tokens": USED.output},
    }))
}

/// How the task comes into the world.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Client,
    Webhook,
    /// By an occurrence of a schedule.
    Schedule,
}

struct Bench {
    stack: Stack,
    gate: Arc<Gate>,
    provider: Arc<Provider>,
    creator: Creator<Table, Queues, TestClock>,
    decider: Decider<Table, Queues, TestClock>,
    worker: Worker<Table, Queues, TestClock, Providers<MemorySecrets>, WebResearch<MemorySecrets>>,
    processor: Processor<Table, Queues, TestClock>,
    /// The same table, past the gate: for looking on.
    table: Table,
}

/// One run: a tenant of its own, and how far its client and its editor have come.
struct Run<'a> {
    bench: &'a Bench,
    tenant: TenantId,
    /// Tells its schedule from those of other runs.
    number: u128,
    origin: Origin,
}

impl Bench {
    async fn start() -> Self {
        let gate = Arc::new(Gate::default());
        let (stack, aws, ungated) = gate::stack_behind(&gate).await;
        let provider = Arc::new(Provider { gate: Arc::clone(&gate), worked_on: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&provider));
        tokio::spawn(async move { axum::serve(listener, router).await });

        let store = Table::new(&aws, stack.table_name().to_owned());
        let queue = Queues::new(&aws).work(stack.queue_url("WorkQueue")).quick(stack.queue_url("QuickQueue"));
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        let endpoint = CustomEndpoint { base_url, model: Some("m".to_owned().try_into().unwrap()), price: PRICE };
        let catalogue = Catalogue::built_in().unwrap().with_custom(&endpoint);
        let keys = ProviderKeys::new(MemorySecrets { cached: Vec::new(), fresh: Vec::new() }, "none".to_owned());
        let models = Providers::new(&catalogue, keys.clone(), Http::default()).unwrap();
        let sender = HttpCallbackSender::new(StandIns::default());
        let outside = WebResearch::new(catalogue.services.clone(), keys, Http::default(), sender);
        let models_known = KnownModels::default();
        let creator =
            Creator { store: store.clone(), queue: queue.clone(), clock: clock.clone(), models: models_known };
        Self {
            gate,
            provider,
            processor: Processor { creator: creator.clone(), quota: QUOTA },
            creator,
            decider: Decider { store: store.clone(), queue: queue.clone(), clock: clock.clone() },
            worker: Worker {
                store,
                queue,
                clock,
                models,
                web: outside,
                catalogue: Arc::new(catalogue),
                custom_price: PRICE,
                limits: LIMITS,
                flags: FlagCache::default(),
            },
            table: Table::new(&ungated, stack.table_name().to_owned()),
            stack,
        }
    }

    fn arm(&self, end: Option<(usize, When)>) {
        self.gate.arm(end);
        self.provider.worked_on.lock().unwrap().clear();
    }
}

impl Run<'_> {
    fn principal(&self) -> Principal {
        Principal { tenant: self.tenant.clone(), subject: subject("ana"), role: Role::Editor }
    }

    fn claim(&self, path: &str) -> Claim {
        let key = IdempotencyKey::new("once").unwrap();
        Claim::new(&self.tenant, &subject("ana"), "POST", path, &key, b"body")
    }

    fn life<T>(&self, life: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
        self.bench.gate.life(self.bench.stack.fault_proxy(), Box::pin(life))
    }

    /// The client asks until it has an answer. A schedule is there, and is due in a minute.
    async fn create(&self) {
        if let Origin::Schedule = self.origin {
            return self.plan().await;
        }
        loop {
            let asked = match self.origin {
                Origin::Client => self.life(self.create_by_client()).await,
                Origin::Webhook | Origin::Schedule => self.life(self.create_by_webhook()).await,
            };
            if asked.is_some() {
                return;
            }
        }
    }

    async fn plan(&self) {
        let now = self.bench.creator.clock.now();
        let person = Person {
            subject: subject("ana"),
            tenant: self.tenant.clone(),
            role: Role::Editor,
            display_name: None,
            groups: [].into(),
            added_at: now,
            added_by: subject("ben"),
        };
        self.bench.table.put_person(&person).await.unwrap();
        let due = (now + SignedDuration::from_mins(1)).to_zoned(TimeZone::UTC);
        let (date, at) = (due.date().to_string(), due.strftime("%H:%M").to_string());
        let fields = json!({
            "rule": {"repeat": "once", "date": date, "at": at, "zone": "UTC"}, "missed": "run_once",
            "request": {"topic": "How HTTP caching works", "target_length": 200, "quality_preference": "fast"},
        });
        let schedule = a_schedule(self.tenant.as_str(), self.number, now, &fields);
        self.bench.table.make_schedule(&schedule, None).await.unwrap();
    }

    async fn create_by_client(&self) {
        let body = request(&json!({"topic": "How HTTP caching works", "quality_preference": "fast"}));
        let command = create::Command::by(
            &self.principal(),
            QUOTA,
            TaskDefaults::default(),
            body,
            Some(self.claim("/tasks")),
            trace(),
        );
        let (by, now) = (self.principal(), self.bench.creator.clock.now());
        let window = Window::of(RateClass::Create, &by.tenant, &by.subject, 1000, now);
        let (created, _) = self.bench.creator.create(command, Some(window), api::created).await;
        created.unwrap();
    }

    async fn create_by_webhook(&self) {
        let Creator { store, queue, clock, .. } = &self.bench.creator;
        let payload = json!({
            "event_id": "evt-1", "event_type": "content.requested",
            "request": {"topic": "How HTTP caching works", "target_length": 200, "quality_preference": "fast"},
        });
        let incoming = Incoming {
            key: self.key(),
            source: self.source(),
            tenant: self.tenant.clone(),
            id: WebhookId::new("evt-1").unwrap(),
            event_type: "content.requested".into(),
            payload: payload.to_string(),
            ignored: None,
            expires: true,
            trace_id: trace(),
        };
        receive(store, queue, clock, 1000, incoming).await.unwrap();
    }

    fn key(&self) -> SourceKey {
        SourceKey::of(&self.source(), None)
    }

    fn source(&self) -> SourceId {
        SourceId::new(self.tenant.as_str()).unwrap()
    }

    /// The tenant's only task, once there is one.
    async fn task(&self) -> Option<Task> {
        let query = TaskQuery {
            tenant: self.tenant.clone(),
            state: None,
            task_type: None,
            before: None,
            limit: 10,
            after: None,
        };
        let found = self.bench.table.list(query).await.unwrap().items;
        assert!(found.len() <= 1, "accepted twice: {found:?}");
        let id = found.into_iter().next()?.id;
        Some(self.bench.table.load(&id).await.unwrap().unwrap().0)
    }

    /// Every message that is there, delivered `times` times.
    async fn deliver(&self, times: usize) {
        for queue in ["WorkQueue", "QuickQueue"] {
            for body in self.bench.stack.drain(queue).await.unwrap() {
                let message = Message::decode(&body).unwrap();
                for _ in 0..times {
                    self.life(self.handle(&message)).await;
                }
            }
        }
    }

    async fn handle(&self, message: &Message) {
        let Worker { store, queue, clock, .. } = &self.bench.worker;
        let id = || TaskId::new(message.id.clone()).unwrap();
        match message.kind {
            Kind::Generate => {
                let deadline = clock.now() + SignedDuration::from_secs(900);
                drop(self.bench.worker.generate(&message.tenant, &id(), &message.trace_id, deadline).await);
            }
            Kind::Publish => {
                drop(publish::publish_due(store, queue, clock, &message.tenant, &id(), &message.trace_id).await);
            }
            Kind::Webhook => drop(self.bench.processor.process(message).await),
            Kind::Schedule => {
                let firing = Firing { creator: self.bench.creator.clone(), quota: QUOTA };
                drop(firing.fire(message).await);
            }
            Kind::Deliver | Kind::Place | Kind::Job => panic!("nothing sends {message:?}"),
        }
    }

    /// The editor approves, for an hour from now, until there is an answer.
    async fn approve(&self, task: &Task) {
        let publish_at = self.bench.worker.clock.now() + SignedDuration::from_hours(1);
        let body = json!({
            "approved": true, "human_feedback": "Reads well to me.", "reviewer_id": "ana", "publish_at": publish_at,
        });
        loop {
            let command = action::Command {
                principal: self.principal(),
                task_id: task.id.clone(),
                action: Action::Approve(serde_json::from_value(body.clone()).unwrap()),
                if_match: None,
                claim: Some(self.claim("/approve")),
                approver: action::Approver::Anyone,
                allowance: Allowance::default(),
                trace_id: trace(),
            };
            if let Some(decided) = self.life(self.bench.decider.decide(command, api::decided)).await {
                decided.0.unwrap();
                return;
            }
        }
    }

    /// The whole life of a task, from the request to the live article, with whoever is needed to recover it.
    async fn live(&self) -> Task {
        let Worker { store, queue, clock, .. } = &self.bench.worker;
        self.create().await;
        self.deliver(1).await;
        for _ in 0..40 {
            let task = self.task().await;
            match &task {
                Some(task) if task.state == TaskState::AwaitingApproval => self.approve(task).await,
                Some(task) if task.state == TaskState::Published => return task.clone(),
                _ => {}
            }
            clock.advance(SignedDuration::from_mins(31));
            let deadline = clock.now() + SignedDuration::from_mins(5);
            self.life(sweep::sweep(store, queue, clock, deadline)).await;
            self.deliver(2).await;
        }
        panic!("{} never came to rest: {:?}", self.tenant, self.task().await);
    }

    /// The promises, looked up in the table and in the provider's books.
    async fn holds(&self, task: &Task) {
        let store = &self.bench.table;
        let events = store.events(&task.id, 100, None).await.unwrap().items;
        let count = |name: &str| events.iter().filter(|event| event.event == name).count();
        for once in ["created", "drafted", "approved", "published"] {
            assert_eq!(count(once), 1, "{once} in {}", names(&events));
        }
        assert_eq!(store.revisions(&task.id, 10, None).await.unwrap().items.len(), 1);
        let articles = store.articles(&self.tenant, 10, None).await.unwrap().items;
        assert_eq!(articles.iter().map(|line| &line.live).collect::<Vec<_>>(), [task.live.as_ref().unwrap()]);
        assert!(task.due_at.is_none() && task.lease_until.is_none());

        let calls = store.calls(&task.id, 100, None).await.unwrap().items;
        let worked_on = self.bench.provider.worked_on.lock().unwrap().clone();
        for id in &worked_on {
            assert!(calls.iter().any(|call| call.id.to_string() == *id), "a call that is not in the ledger");
        }
        for call in &calls {
            match &call.outcome {
                CallOutcome::Answered { tokens, .. } => {
                    assert!(worked_on.contains(&call.id.to_string()));
                    assert_eq!((*tokens, call.cost), (USED, PRICE.of(USED)));
                }
                _ => assert_eq!(call.cost, call.quote.reserved),
            }
        }
        assert_eq!(task.cost_usd(), calls.iter().map(|call| call.cost).sum());
        // One crash costs one call at most, and only if it came between the call and its result.
        assert!(calls.len() <= 2, "{calls:?}");

        if let Origin::Webhook = self.origin {
            let receipt = store.receipt(&self.key(), &WebhookId::new("evt-1").unwrap()).await.unwrap().unwrap();
            assert_eq!(receipt.outcome, ReceiptOutcome::Processed { task_id: task.id.clone() });
        }
        if let Origin::Schedule = self.origin {
            let now = self.bench.creator.clock.now();
            let id = a_schedule(self.tenant.as_str(), self.number, now, &json!({})).plan.id;
            let runs = store.runs(&id, 10, None).await.unwrap().items;
            let outcomes: Vec<&Outcome> = runs.iter().map(|run| &run.outcome).collect();
            assert_eq!(outcomes, [&Outcome::Made { task_id: task.id.clone() }]);
            let schedule = store.schedule(&id).await.unwrap().unwrap();
            assert_eq!((schedule.plan.made, schedule.plan.next, schedule.due_at()), (1, None, None));
        }
        // The quota counts the task once, and once more at most if a crash came before it was accepted.
        let day = QuotaDay::of(&self.tenant, &task.requested_by, task.created_at);
        let mut free = 0;
        while store.reserve(&day, QUOTA).await.unwrap() == Reserved::Taken {
            free += 1;
        }
        assert!((3..=4).contains(&free), "{free} places are free");
    }
}

fn names(events: &[AuditEvent]) -> String {
    events.iter().rev().map(|event| event.event.as_str()).collect::<Vec<_>>().join(", ")
}

async fn every_point_of(origin: Origin, least: usize) {
    let bench = Bench::start().await;
    let run = |name: String, number| Run { bench: &bench, tenant: TenantId::new(name).unwrap(), number, origin };
    let whole = run("whole".to_owned(), 0);
    bench.arm(None);
    let task = whole.live().await;
    let counted = bench.gate.seen();
    whole.holds(&task).await;
    assert!(counted >= least, "{counted} I/Os");
    let mut died = 0;
    for nth in 1..=counted {
        for (when, offset) in [(When::Before, 1), (When::After, 2)] {
            let number = 2 * u128::try_from(nth).unwrap() + offset;
            let run = run(format!("{when:?}-{nth}").to_lowercase(), number);
            bench.arm(Some((nth, when)));
            let task = run.live().await;
            died += usize::from(bench.gate.seen() >= nth);
            run.holds(&task).await;
        }
    }
    assert_eq!(died, counted * 2);
}

#[tokio::test]
async fn a_clients_task_survives_a_crash_at_every_io() {
    every_point_of(Origin::Client, 18).await;
}

#[tokio::test]
async fn a_webhooks_task_survives_a_crash_at_every_io() {
    every_point_of(Origin::Webhook, 20).await;
}

#[tokio::test]
async fn an_occurrences_task_survives_a_crash_at_every_io() {
    every_point_of(Origin::Schedule, 18).await;
}
