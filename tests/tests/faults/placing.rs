//! A crash, or a lost answer, at every single I/O on an article's way to a target: the table's, the queue's and the target's own.
//! Whoever comes next makes it good.
//!
//! In process, with the real adapters; the process's death is the death of its future.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
};
use galley_adapters::{callback_sender::HttpCallbackSender, dynamodb::Table, sqs::Queues, targets::HttpTargets};
use galley_domain::{
    kernel::{clock::Clock, ids::TenantId},
    operations::sweep,
    outbox::{
        place::Placer,
        placement::{PlacementState, PlacementStore},
        target::{Target, TargetStore},
    },
    publishing::publish,
    queue::message::Message,
    task::{
        record::Task,
        revision::Revision,
        state::TaskState,
        store::{Change, TaskStore},
    },
};
use galley_local::Stack;
use galley_testkit::{
    build::{a_task, change, context, revision, tenant},
    clock::TestClock,
    fakes::MemorySecrets,
};
use galley_tests::wordpress;
use jiff::SignedDuration;
use reqwest::Client;
use serde_json::json;
use tokio::net::TcpListener;

use crate::gate::{self, Gate, When};

/// What articles are published to: a real one, or what stands in for it.
pub(crate) trait Remote {
    /// What is known of a copy from its first text on.
    type Seen;

    /// Under which it is called.
    fn host(&self) -> &str;
    fn address(&self) -> SocketAddr;
    fn secret(&self) -> &str;
    fn target(&self, tenant: TenantId) -> Target;
    /// The type of its tasks.
    fn task_type(&self) -> &'static str {
        "blog_post"
    }
    /// The text of a revision, where the usual one is not of that type.
    fn html(&self, _title: &str) -> Option<String> {
        None
    }

    /// There is one copy with `word`, of the first text.
    async fn has_first(&self, word: &str) -> Self::Seen;
    /// It is the same one, of the second text.
    async fn has_second(&self, word: &str, first: &Self::Seen);
    /// It is down.
    async fn has_none(&self, word: &str, first: &Self::Seen);
}

/// The way to it, past the gate.
#[derive(Clone)]
struct Way {
    gate: Arc<Gate>,
    remote: SocketAddr,
    client: Client,
}

async fn pass(State(way): State<Way>, request: Request) -> Response {
    let when = way.gate.next();
    if when == Some(When::Before) {
        way.gate.hang().await;
    }
    let answer = wordpress::forward(&way.client, way.remote, request).await;
    match when {
        Some(When::After) => match way.gate.hang().await {},
        Some(When::Unheard) => wordpress::cut(),
        _ => answer,
    }
}

struct Bench<R> {
    stack: Stack,
    remote: R,
    gate: Arc<Gate>,
    placer: Placer<Table, Queues, MemorySecrets, TestClock, HttpTargets>,
    /// The same table and queue, past the gate: for editors and the sweeper.
    table: Table,
    queue: Queues,
}

impl<R: Remote> Bench<R> {
    async fn start(remote: R) -> Self {
        let gate = Arc::new(Gate::default());
        let (stack, aws, ungated) = gate::stack_behind(&gate).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand_in = format!("{}={}", remote.host(), listener.local_addr().unwrap());
        let way = Way { gate: Arc::clone(&gate), remote: remote.address(), client: Client::new() };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass).with_state(way)).await });

        let queues = |aws| Queues::new(aws).work(stack.queue_url("WorkQueue")).quick(stack.queue_url("QuickQueue"));
        let secret: &'static str = remote.secret().to_owned().leak();
        let placer = Placer {
            store: Table::new(&aws, stack.table_name().to_owned()),
            queue: queues(&aws),
            secrets: MemorySecrets { cached: vec![secret], fresh: vec![secret] },
            secret_prefix: "galley/dev/targets/".to_owned(),
            // Behind the clock of a real one, which hides what is of the future.
            clock: TestClock::at("2025-11-20T12:00:00Z"),
            target: HttpTargets::new(HttpCallbackSender::new(stand_in.parse().unwrap())),
        };
        let table = Table::new(&ungated, stack.table_name().to_owned());
        let queue = queues(&ungated);
        Self { stack, remote, gate, placer, table, queue }
    }
}

/// One run: a tenant of its own with a task and a target, and a word that only its texts have.
struct Run<'a, R> {
    bench: &'a Bench<R>,
    word: String,
    task: Task,
}

impl<'a, R: Remote> Run<'a, R> {
    async fn begin(bench: &'a Bench<R>, word: String) -> Self {
        let (table, at) = (&bench.table, bench.placer.clock.now());
        table.make_target(&bench.remote.target(tenant(&word)), None).await.unwrap();
        let asked = json!({"task_type": bench.remote.task_type(), "publish_to": ["blog"], "tags": [word], "categories": ["Web"]});
        let accepted = a_task().of(&word).asking(asked).at(at).accepted();
        let task = accepted.task.clone();
        table.accept(accepted).await.unwrap();
        let claimed = task.claim(&context(at)).unwrap();
        table.commit(change(&task, claimed.clone())).await.unwrap();
        Self { bench, word, task: claimed.0 }
    }

    async fn commit(&mut self, change: Change) {
        self.task = change.task.clone();
        self.bench.table.commit(change).await.unwrap();
    }

    /// An editor writes a text and publishes it.
    async fn publish(&mut self, number: u32, title: &str) {
        let at = self.bench.placer.clock.now();
        let title = format!("{title} {}", self.word);
        let usual = revision(number, &title, at);
        let text = Revision { html: self.bench.remote.html(&title).unwrap_or(usual.html.clone()), ..usual };
        let moved = match self.task.state {
            TaskState::Generating => self.task.drafted(&text, &context(at)).unwrap(),
            _ => self.task.edited(&text, &context(at), None).unwrap(),
        };
        self.commit(Change { revision: Some(text.clone()), ..change(&self.task, moved) }).await;
        let approved = match self.task.state {
            TaskState::Published => self.task.clone(),
            _ => Task { state: TaskState::Approved, ..self.task.clone() },
        };
        let live = publish::live_at(&approved, &text, 0, at);
        self.commit(change(&self.task, approved.published(live, &context(at)).unwrap())).await;
    }

    async fn unpublish(&mut self) {
        let at = self.bench.placer.clock.now();
        self.commit(change(&self.task, self.task.unpublished(None, &context(at)).unwrap())).await;
    }

    /// Every message that is there, delivered twice; a life may end at any of them.
    async fn deliver(&self) {
        for body in self.bench.stack.drain("QuickQueue").await.unwrap() {
            let message = Message::decode(&body).unwrap();
            for _ in 0..2 {
                let deadline = self.bench.placer.clock.now() + SignedDuration::from_mins(1);
                let life = Box::pin(async { drop(self.bench.placer.place(&message, deadline).await) });
                self.bench.gate.life(self.bench.stack.fault_proxy(), life).await;
            }
        }
    }

    /// Time passes and the sweeper runs, until what is wanted is reached.
    async fn until(&self, state: PlacementState) {
        let Bench { table, queue, placer, .. } = self.bench;
        for _ in 0..20 {
            placer.clock.advance(SignedDuration::from_mins(31));
            let deadline = placer.clock.now() + SignedDuration::from_mins(5);
            sweep::sweep(table, queue, &placer.clock, deadline).await;
            self.deliver().await;
            if self.now().await == state {
                return;
            }
        }
        panic!("{} never came to {state:?}: {:?}", self.word, self.now().await);
    }

    async fn now(&self) -> PlacementState {
        let name = "blog".parse().unwrap();
        self.bench.table.placement(&self.task.id, &name).await.unwrap().unwrap().state
    }

    /// The whole life of a copy, and what there is of it after each change.
    async fn live(&mut self) {
        let remote = &self.bench.remote;
        self.publish(1, "First").await;
        self.until(PlacementState::Placed).await;
        let first = remote.has_first(&self.word).await;
        self.publish(2, "Second").await;
        self.until(PlacementState::Placed).await;
        remote.has_second(&self.word, &first).await;
        self.unpublish().await;
        self.until(PlacementState::Gone).await;
        remote.has_none(&self.word, &first).await;
    }
}

/// A life of a copy for each I/O of one, with a fault of each sort there.
pub(crate) async fn each_point<R: Remote>(remote: R) {
    let bench = Bench::start(remote).await;
    bench.gate.arm(None);
    Run::begin(&bench, "wholex".to_owned()).await.live().await;
    let counted = bench.gate.seen();
    assert!(counted >= 25, "{counted} I/Os");
    let mut struck = 0;
    for nth in 1..=counted {
        for when in [When::Before, When::After, When::Unheard] {
            let mut run = Run::begin(&bench, format!("{when:?}{nth}x").to_lowercase()).await;
            bench.gate.arm(Some((nth, when)));
            run.live().await;
            struck += usize::from(bench.gate.seen() >= nth);
        }
    }
    assert_eq!(struck, counted * 3);
}
