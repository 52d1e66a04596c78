//! Chaos on the way to a real WordPress: the functions are killed, their services and the site's own answers fail, while articles are
//! published, changed and taken down. In the end each has one post, which says what is wanted.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    books::{scan, text},
    clients::{PAUSE, persist, try_answer},
    faults::{self, Faults},
    sweep,
};
use crate::{
    CLASSES, Galley, approval, article, options,
    wordpress::{self, HOST, WordPress},
};

const VICTIMS: [&str; 5] =
    ["QuickFunction", "QuickFunction", "QuickFunction", "ApproveTaskFunction", "SweepTasksFunction"];
const CLIENTS: usize = 6;
const SETTLING: Duration = Duration::from_mins(8);
const BEFORE_IT_IS_TAKEN_DOWN: Duration = Duration::from_secs(4);
/// A try that was begun and not heard of since may still be under way.
const QUIET: SignedDuration = SignedDuration::from_secs(3);

#[derive(Debug, Serialize)]
pub struct Report {
    pub seed: u64,
    pub articles: usize,
    pub seconds: u64,
    pub settled: bool,
    /// Not there, or with another text or in another state than is wanted.
    pub lost: Vec<String>,
    /// With more than one post.
    pub doubled: Vec<String>,
    /// Placements by where they came to rest.
    pub by_state: BTreeMap<String, usize>,
    pub tries: u64,
    pub resumed: usize,
    pub faults: BTreeMap<String, u64>,
}

impl Report {
    pub const fn holds(&self) -> bool {
        self.settled && self.lost.is_empty() && self.doubled.is_empty()
    }
}

/// What becomes of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Published,
    Changed,
    TakenDown,
}

impl Fate {
    const fn of(nth: usize) -> Self {
        match nth % 3 {
            0 => Self::Published,
            1 => Self::Changed,
            _ => Self::TakenDown,
        }
    }

    const fn expected(self) -> (&'static str, &'static str) {
        match self {
            Self::Published => ("publish", "First"),
            Self::Changed => ("publish", "Second"),
            Self::TakenDown => ("draft", "First"),
        }
    }
}

/// A site that fails.
#[derive(Clone)]
struct Site {
    address: SocketAddr,
    client: Client,
    random: Arc<Mutex<fastrand::Rng>>,
    fails: Arc<AtomicBool>,
    faults: Arc<Faults>,
}

impl Site {
    async fn answer(&self, request: Request) -> Response {
        let dice = self.random.lock().unwrap().u8(0..100);
        let told = |kind: &str| self.faults.count(&format!("WordPress {kind}"));
        match dice {
            _ if !self.fails.load(Ordering::SeqCst) => wordpress::forward(&self.client, self.address, request).await,
            0 => {
                told("asked for patience");
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response()
            }
            1 => {
                told("answered 500");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            2..4 => {
                drop(wordpress::forward(&self.client, self.address, request).await);
                told("done, answer lost");
                wordpress::cut()
            }
            4 => {
                drop(wordpress::forward(&self.client, self.address, request).await);
                told("done, answered 502");
                StatusCode::BAD_GATEWAY.into_response()
            }
            _ => wordpress::forward(&self.client, self.address, request).await,
        }
    }
}

async fn answer(State(site): State<Site>, request: Request) -> Response {
    site.answer(request).await
}

/// Publishes so many articles through a stack and a site that fail.
pub async fn run(seed: u64, articles: usize) -> Report {
    let start = Instant::now();
    let wordpress = WordPress::start();
    let faults = Arc::new(Faults::new(seed));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let stand_in = format!("{HOST}={}", listener.local_addr().expect("an address"));
    let site = Site {
        address: wordpress.address(),
        client: galley_local::client(),
        random: Arc::new(Mutex::new(fastrand::Rng::with_seed(seed ^ 0x517e))),
        fails: Arc::default(),
        faults: Arc::clone(&faults),
    };
    let router = Router::new().fallback(answer).with_state(site.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut options = options();
    options.parameters.insert("CallbackStandIns".to_owned(), stand_in);
    let generous = CLASSES.into_iter().chain(["UserTasksPerDay", "OrgTasksPerDay"]);
    options.parameters.extend(generous.map(|name| (name.to_owned(), "100000".to_owned())));
    let galley = Arc::new(Galley::with(options).await);
    galley.post("admin", "/api/admin/targets", wordpress.target("blog", "editor")).await.expect(201);
    let drafts: Vec<String> =
        stream::iter(0..articles).map(|nth| draft(&galley, nth)).buffered(CLIENTS).collect().await;

    site.fails.store(true, Ordering::SeqCst);
    faults.strike(&galley);
    let killer = tokio::spawn(faults::kill(Arc::clone(&faults), Arc::clone(&galley), &VICTIMS));
    let sweeper = tokio::spawn(sweep(Arc::clone(&galley)));
    stream::iter(drafts.iter().enumerate()).for_each_concurrent(CLIENTS, |(nth, task)| live(&galley, nth, task)).await;
    killer.abort();
    galley.stack.fault_proxy().heal();
    site.fails.store(false, Ordering::SeqCst);
    let resumed = Mutex::new(0);
    let settled = tokio::time::timeout(SETTLING, settle(&galley, &resumed)).await.is_ok();
    sweeper.abort();

    let (mut lost, mut doubled) = (Vec::new(), Vec::new());
    for nth in 0..articles {
        judge(&wordpress, nth, &mut lost, &mut doubled).await;
    }
    let placements = placements(&galley).await;
    let mut by_state = BTreeMap::new();
    for placement in &placements {
        *by_state.entry(text(placement, "progress").to_owned()).or_default() += 1;
    }
    let tries = placements.iter().filter_map(|placement| placement["attempts"].as_u64()).sum();
    let (seconds, faults) = (start.elapsed().as_secs(), faults.counted());
    Report {
        seed,
        articles,
        seconds,
        settled,
        lost,
        doubled,
        by_state,
        tries,
        resumed: resumed.into_inner().unwrap(),
        faults,
    }
}

fn title(which: &str, nth: usize) -> String {
    format!("{which} article{nth}x")
}

/// A text of a person's, before anything fails.
async fn draft(galley: &Galley, nth: usize) -> String {
    let body = json!({"topic": "How HTTP caching works", "target_length": 200, "quality_preference": "fast",
        "publish_to": ["blog"], "tags": [format!("tag-{}", nth % 7)], "categories": ["Web"]});
    let made = persist(galley, "author", "/api/content/tasks", &format!("article-{nth}"), &body).await;
    let task = made.expect(201).header("location").to_owned();
    until(galley, &task, |task| task["status"] == "awaiting_approval").await;
    write(galley, &task, &title("First", nth)).await;
    task
}

/// Reads until `holds`.
async fn until(galley: &Galley, path: &str, holds: impl Fn(&Value) -> bool) {
    while try_answer(galley.request("viewer", Method::GET, path)).await.is_none_or(|answer| !holds(&answer.body)) {
        tokio::time::sleep(PAUSE).await;
    }
}

async fn write(galley: &Galley, task: &str, title: &str) {
    let body = json!({"title": title, "markdown": article(title)});
    let put = || galley.request("author", Method::PUT, &format!("{task}/draft")).json(&body);
    while try_answer(put()).await.is_none_or(|answer| answer.status != 200) {
        tokio::time::sleep(PAUSE).await;
    }
}

/// What its editors do with it, until each answer is final.
async fn live(galley: &Galley, nth: usize, task: &str) {
    approve(galley, task, "first").await;
    match Fate::of(nth) {
        Fate::Published => {}
        Fate::Changed => {
            write(galley, task, &title("Second", nth)).await;
            approve(galley, task, "second").await;
        }
        Fate::TakenDown => {
            // Some before it stands there, most after.
            let path = format!("{task}/targets");
            let stands = until(galley, &path, |targets| targets["data"][0]["status"] == "placed");
            drop(tokio::time::timeout(BEFORE_IT_IS_TAKEN_DOWN, stands).await);
            let answer = persist(galley, "editor", &format!("{task}/unpublish"), "down", &json!({})).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }
}

async fn approve(galley: &Galley, task: &str, key: &str) {
    let revision = loop {
        let read = try_answer(galley.request("viewer", Method::GET, task)).await;
        match read.map(|answer| answer.body["revision"].clone()) {
            Some(revision) if revision.is_u64() => break revision,
            _ => tokio::time::sleep(PAUSE).await,
        }
    };
    let body = approval("dev-editor", &json!({"revision": revision}));
    let answer = persist(galley, "editor", &format!("{task}/approve"), key, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn placements(galley: &Galley) -> Vec<Value> {
    let mut items = scan(galley).await;
    items.retain(|item| text(item, "pk").starts_with("TASK#") && text(item, "sk").starts_with("TARGET#"));
    items
}

/// Until every placement rests: a person resumes what paused, and the waiting before a further try is cut short. A lease is not.
async fn settle(galley: &Galley, resumed: &Mutex<usize>) {
    loop {
        let target = try_answer(galley.request("admin", Method::GET, "/api/admin/targets/blog")).await;
        if target.is_some_and(|target| target.body["pause"].is_object()) {
            let request = galley.request("admin", Method::PATCH, "/api/admin/targets/blog");
            crate::answer(request.json(&json!({"paused": false}))).await.expect(200);
            *resumed.lock().unwrap() += 1;
        }
        let now = Timestamp::now();
        let passed = |text: &str, by: SignedDuration| text.parse::<Timestamp>().map_or(true, |at| at + by <= now);
        let mut open = placements(galley).await;
        open.retain(|item| matches!(text(item, "progress"), "pending" | "held"));
        if open.is_empty() {
            return;
        }
        for item in &open {
            let is_quiet =
                passed(text(item, "lease_until"), SignedDuration::ZERO) && passed(text(item, "updated_at"), QUIET);
            if is_quiet && !passed(text(item, "next_at"), SignedDuration::ZERO) {
                let task = text(item, "pk").trim_start_matches("TASK#");
                galley.let_a_placement_wait(task, "blog").await;
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Whether an article has the one post that is wanted.
async fn judge(wordpress: &WordPress, nth: usize, lost: &mut Vec<String>, doubled: &mut Vec<String>) {
    let posts = wordpress.posts_with(&format!("article{nth}x")).await;
    let (status, which) = Fate::of(nth).expected();
    if posts.len() > 1 {
        doubled.push(format!("article{nth}x: {} posts", posts.len()));
    }
    let wanted = title(which, nth);
    // What was taken down before it stood there never got there.
    let never_there = Fate::of(nth) == Fate::TakenDown && posts.is_empty();
    if !never_there && !posts.iter().any(|post| post["status"] == status && post["title"]["raw"] == wanted) {
        let there: Vec<String> =
            posts.iter().map(|post| format!("{} {}", post["status"], post["title"]["raw"])).collect();
        lost.push(format!("{wanted}, {status}: {there:?}"));
    }
}
