//! A crash, or a lost answer, at every single I/O on an article's way to a Git repository: the table's, the queue's and the forge's own.
//! Whoever comes next makes it good: there is one file while the article is live, one commit of each change, and no file afterwards.
//!
//! In process, with the real adapters; the process's death is the death of its future.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
};
use galley_adapters::{callback_sender::HttpCallbackSender, dynamodb::Table, sqs::Queues, targets::HttpTargets};
use galley_domain::{
    kernel::clock::Clock,
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
        state::TaskState,
        store::{Change, TaskStore},
    },
};
use galley_local::Stack;
use galley_testkit::{
    build::{a_target, a_task, change, context, revision, tenant},
    clock::TestClock,
    fakes::MemorySecrets,
};
use galley_tests::{
    forge::{Forge, Kind, MAIN, TOKEN},
    wordpress,
};
use jiff::SignedDuration;
use reqwest::Client;
use serde_json::json;
use tokio::net::TcpListener;

use crate::gate::{self, Gate, When};

/// The way to the forge, past the gate.
#[derive(Clone)]
struct Way {
    gate: Arc<Gate>,
    forge: SocketAddr,
    client: Client,
}

async fn pass(State(way): State<Way>, request: Request) -> Response {
    let when = way.gate.next();
    if when == Some(When::Before) {
        way.gate.hang().await;
    }
    let answer = wordpress::forward(&way.client, way.forge, request).await;
    match when {
        Some(When::After) => match way.gate.hang().await {},
        Some(When::Unheard) => wordpress::cut(),
        _ => answer,
    }
}

struct Bench {
    stack: Stack,
    forge: Forge,
    gate: Arc<Gate>,
    placer: Placer<Table, Queues, MemorySecrets, TestClock, HttpTargets>,
    /// The same table and queue, past the gate: for editors and the sweeper.
    table: Table,
    queue: Queues,
}

impl Bench {
    async fn start(kind: Kind) -> Self {
        let forge = Forge::start(kind).await;
        let gate = Arc::new(Gate::default());
        let (stack, aws, ungated) = gate::stack_behind(&gate).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stand_in = format!("{}={}", forge.host(), listener.local_addr().unwrap());
        let way = Way { gate: Arc::clone(&gate), forge: forge.address(), client: Client::new() };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass).with_state(way)).await });
        let queues = |aws| Queues::new(aws).work(stack.queue_url("WorkQueue")).quick(stack.queue_url("QuickQueue"));
        let placer = Placer {
            store: Table::new(&aws, stack.table_name().to_owned()),
            queue: queues(&aws),
            secrets: MemorySecrets { cached: vec![TOKEN], fresh: vec![TOKEN] },
            secret_prefix: "galley/dev/targets/".to_owned(),
            clock: TestClock::at("2025-11-20T12:00:00Z"),
            target: HttpTargets::new(HttpCallbackSender::new(stand_in.parse().unwrap())),
        };
        let table = Table::new(&ungated, stack.table_name().to_owned());
        let queue = queues(&ungated);
        Self { stack, forge, gate, placer, table, queue }
    }
}

/// One run: a tenant of its own with a task and a target, and a word that only its texts have.
struct Run<'a> {
    bench: &'a Bench,
    word: String,
    task: Task,
}

impl<'a> Run<'a> {
    async fn begin(bench: &'a Bench, word: String) -> Self {
        let (table, at) = (&bench.table, bench.placer.clock.now());
        let mut made = bench.forge.target("blog", &json!({"branch": MAIN, "preset": "astro", "directory": "posts"}));
        let settings = serde_json::from_value(made["settings"].take()).unwrap();
        let url = bench.forge.url().to_owned().try_into().unwrap();
        let target = Target { tenant: tenant(&word), url, settings, ..a_target("blog") };
        table.make_target(&target, None).await.unwrap();
        let asked = json!({"publish_to": ["blog"], "tags": [word], "categories": ["Web"]});
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
        let text = revision(number, &format!("{title} {}", self.word), at);
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

    /// The one file of this run, which says so.
    fn one_file(&self, title: &str) {
        let files = self.bench.forge.files(MAIN);
        let ours: Vec<&String> = files.iter().filter(|path| path.contains(&self.word)).collect();
        assert_eq!(ours, [&format!("posts/first-{}.md", self.word)]);
        let text = self.bench.forge.read(MAIN, &format!("posts/first-{}.md", self.word)).unwrap();
        assert!(text.contains(&format!("title: \"{title} {}\"", self.word)), "{text}");
    }

    /// The whole life of a copy, and what the repository has after each change.
    async fn live(&mut self) {
        self.publish(1, "First").await;
        self.until(PlacementState::Placed).await;
        self.one_file("First");
        self.publish(2, "Second").await;
        self.until(PlacementState::Placed).await;
        self.one_file("Second");
        self.unpublish().await;
        self.until(PlacementState::Gone).await;
        let commits = self.bench.forge.commits(MAIN);
        let ours: Vec<&str> = commits
            .iter()
            .rev()
            .filter(|said| said.contains(&self.word))
            .filter_map(|said| said.split(' ').next())
            .collect();
        assert_eq!(ours, ["Publish", "Publish", "Unpublish"], "{}: one commit of each change", self.word);
        assert!(self.bench.forge.files(MAIN).iter().all(|path| !path.contains(&self.word)), "{}", self.word);
    }
}

async fn each_point(kind: Kind) {
    let bench = Bench::start(kind).await;
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

#[tokio::test]
async fn an_article_has_one_file_whatever_dies_or_gets_lost_on_its_way_to_github() {
    each_point(Kind::GitHub).await;
}

#[tokio::test]
async fn an_article_has_one_file_whatever_dies_or_gets_lost_on_its_way_to_gitlab() {
    each_point(Kind::GitLab).await;
}
