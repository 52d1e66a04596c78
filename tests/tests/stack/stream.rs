//! A task is followed as it changes, over a real stream from a real function.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use galley_local::fake_providers::Temper;
use galley_tests::{Answer, Galley, RIVAL, answer, api_tools::tool, fixture::with_fake_providers};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

/// One event of a stream, or a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    id: Option<String>,
    event: String,
    data: Value,
}

/// Reads a stream as a client does.
struct Listener {
    response: Response,
    read: String,
}

impl Listener {
    async fn of(galley: &Galley, path: &str, known: Option<&str>) -> Self {
        let request = galley.request("viewer", Method::GET, &format!("{path}/stream"));
        let request = known.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, read: String::new() }
    }

    /// `None`: the stream has ended.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some((block, rest)) = self.read.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let Some(event) = field("event: ") else { continue };
                let data = serde_json::from_str(&field("data: ").unwrap()).unwrap();
                return Some(Told { id: field("id: "), event, data });
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await.unwrap().unwrap()?;
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn until(&mut self, status: &str) -> Vec<Told> {
        let mut all = Vec::new();
        while let Some(told) = self.next().await {
            let reached = told.data["status"] == status;
            all.push(told);
            if reached {
                return all;
            }
        }
        all
    }
}

#[tokio::test]
async fn a_task_is_told_as_it_changes_until_it_is_over() {
    let fixture = with_fake_providers(Temper { latency: Duration::from_millis(400), ..Temper::default() }, &[]).await;
    let path = fixture.galley.create(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    let mut listener = Listener::of(&fixture.galley, &path, None).await;
    let told = listener.until("awaiting_approval").await;
    let stages: Vec<&str> = told.iter().map(|told| told.data["progress"]["stage"].as_str().unwrap()).collect();
    assert!(stages.len() >= 3, "{stages:?}");
    let versions: Vec<u64> = told.iter().map(|told| told.id.as_ref().unwrap().parse().unwrap()).collect();
    assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
    assert!(told.iter().all(|told| told.event == "task" && told.data.get("content").is_none()), "no content: {told:?}");
    // The same as whoever reads the task gets.
    let task = fixture.galley.get("viewer", &path).await.expect(200).body;
    assert_eq!(told.last().unwrap().data["version"], task["version"]);
    assert_eq!(told.last().unwrap().data["quality_score"], task["quality_score"]);
    fixture.galley.approve(&path, json!({})).await.expect(200);
    let rest = listener.until("nothing").await;
    let [published, end] = &rest[..] else { panic!("{rest:?}") };
    assert_eq!((&published.data["status"], &end.event), (&json!("published"), &"end".to_owned()));
    assert_eq!(end.data, json!({"reason": "over"}));
}

#[tokio::test]
async fn who_comes_back_is_told_what_is_new_alone() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    galley.wait(&path, "awaiting_approval").await;
    let mut first = Listener::of(&galley, &path, None).await;
    let known = first.next().await.unwrap().id.unwrap();
    drop(first);
    let mut again = Listener::of(&galley, &path, Some(&known)).await;
    let review = json!({"reason": "No longer needed"});
    galley.post("author", &format!("{path}/cancel"), review).await.expect(200);
    let cancelled = again.next().await.unwrap();
    assert_eq!(cancelled.data["status"], "cancelled", "not what it knows already");
    assert!(cancelled.id.unwrap().parse::<u64>().unwrap() > known.parse::<u64>().unwrap());
    assert_eq!((again.next().await.unwrap().event, again.next().await), ("end".to_owned(), None));
}

#[tokio::test]
async fn nobody_listens_where_they_do_not_belong() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    let stream = format!("{path}/stream");
    let get = async |who: &str, path: &str| -> Answer { galley.get(who, path).await };
    assert_eq!(get("nobody", &stream).await.expect(401).problem(), "unauthenticated");
    let wrong = galley.request("nobody", Method::GET, &stream).header("authorization", "Bearer wrong");
    assert_eq!(answer(wrong).await.expect(403).problem(), "forbidden");
    let twice = galley.request("viewer", Method::GET, &stream).header("authorization", "Bearer wrong");
    answer(twice).await.expect(403);
    let unknown = get(RIVAL, "/api/content/tasks/task_01990000000070008000000000000001/stream").await.expect(404);
    let others = get(RIVAL, &stream).await.expect(404);
    assert_eq!((others.problem(), others.body["detail"].clone()), (unknown.problem(), unknown.body["detail"].clone()));
    let odd = galley.request("viewer", Method::GET, &stream).header("last-event-id", "the last one");
    assert_eq!(answer(odd).await.expect(400).body["errors"][0]["field"], "Last-Event-ID");
}

#[tokio::test]
async fn whoever_hangs_up_keeps_no_instance() {
    let mut options = galley_tests::options();
    options.parameters.insert("StreamConcurrency".into(), "1".into());
    options.parameters.insert("StreamsPerPrincipal".into(), "1".into());
    let galley = Galley::with(options).await;
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    galley.wait(&path, "awaiting_approval").await;
    let mut first = Listener::of(&galley, &path, None).await;
    first.next().await.unwrap();
    drop(first);
    // The one instance there may be, and the one place of the caller, are free again once it is noticed.
    let began = Instant::now();
    while galley.request("viewer", Method::GET, &format!("{path}/stream")).send().await.unwrap().status() != 200 {
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_stream_too_many_is_refused_at_once() {
    let mut options = galley_tests::options();
    options.parameters.insert("StreamConcurrency".into(), "3".into());
    options.parameters.insert("StreamsPerPrincipal".into(), "2".into());
    let galley = Galley::with(options).await;
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    galley.wait(&path, "awaiting_approval").await;
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(Listener::of(&galley, &path, None).await);
    }
    // One more than its caller may hold: the function says so.
    let refused = galley.get("viewer", &format!("{path}/stream")).await.expect(429);
    assert_eq!(refused.problem(), "rate-limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 300);
    // One more than there are instances: the platform says so, without waiting for one.
    let third = galley.request("editor", Method::GET, &format!("{path}/stream")).send().await.unwrap();
    assert_eq!(third.status(), 200);
    let began = Instant::now();
    for _ in 0..20 {
        galley.get("admin", &format!("{path}/stream")).await.expect(429);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Nothing else waits for streams.
    galley.get("admin", &path).await.expect(200);
}

/// What whoever shows `ticket` at `path` is told.
async fn shown(galley: &Galley, path: &str, ticket: &str) -> Answer {
    galley.get("nobody", &format!("{path}/stream?ticket={ticket}")).await
}

#[tokio::test]
async fn a_ticket_opens_one_stream_of_its_task_and_nothing_else() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    let other = galley.create(json!({"topic": "How DNS works", "target_length": 200})).await;
    galley.wait(&path, "awaiting_approval").await;
    let ticket_for = async |who: &str| galley.post(who, &format!("{path}/stream-ticket"), json!({})).await;
    ticket_for("nobody").await.expect(401);
    assert_eq!(ticket_for(RIVAL).await.expect(404).problem(), "not-found");
    let answered = ticket_for("viewer").await.expect(201);
    let ticket = answered.text("ticket");
    let unknown = shown(&galley, &path, &format!("galley_ticket_{}", "0".repeat(64))).await.expect(403);
    let elsewhere = shown(&galley, &other, &ticket).await.expect(403);
    // It was shown, and is gone.
    shown(&galley, &path, &ticket).await.expect(403);
    let ticket = ticket_for("viewer").await.expect(201).text("ticket");
    let beside = galley.get(RIVAL, &format!("{path}/stream?ticket={ticket}")).await.expect(403);
    for refused in [&elsewhere, &beside] {
        assert_eq!((&refused.body["type"], &refused.body["detail"]), (&unknown.body["type"], &unknown.body["detail"]));
    }
    // As a key it is none, and it opens nothing but the stream.
    let as_key = galley.request("nobody", Method::GET, &path).header("authorization", format!("Bearer {ticket}"));
    answer(as_key).await.expect(403);
    galley.get("nobody", &format!("{path}?ticket={ticket}")).await.expect(401);

    let response =
        galley.request("nobody", Method::GET, &format!("{path}/stream?ticket={ticket}")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut listener = Listener { response, read: String::new() };
    assert_eq!(listener.next().await.unwrap().data["status"], "awaiting_approval");
    let twice = shown(&galley, &path, &ticket).await.expect(403);
    assert_eq!(twice.body["detail"], unknown.body["detail"]);
    // It is in no line that any part has written.
    let logs = std::fs::read_dir(galley.stack.data().join("logs")).unwrap();
    let lines: String = logs.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert!(lines.contains("the stream has ended") || lines.contains("answered"), "there are logs");
    assert!(!lines.contains(&ticket));
}

#[tokio::test]
async fn the_example_for_browsers_follows_a_task_until_it_is_over() {
    let galley = Galley::start().await;
    let path = galley.create(json!({"topic": "How HTTP caching works", "target_length": 200})).await;
    galley.wait(&path, "awaiting_approval").await;
    let text = std::fs::read_to_string(galley_tests::root().join("docs/streams.md")).unwrap();
    let example = galley_tests::documents::blocks(&text, "js").concat();
    let program = format!(
        "{example}\nconst {{ API: api, TOKEN: token, TASK: task }} = process.env;
        const told = [];
        const onTask = (task) => {{ told.push(task.status); console.log(task.status); }};
        follow({{ api, streams: api, token, task, onTask }}).then((reason) => console.log(reason));"
    );
    let mut node = tool("node");
    let child = node
        .args(["--experimental-eventsource", "--no-warnings", "-e", &program])
        .env("API", galley.stack.url())
        .env("TOKEN", galley.key("viewer"))
        .env("TASK", path.rsplit('/').next().unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.unwrap()).lines();
    let mut line = async || {
        let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await.unwrap();
        line.unwrap().unwrap_or_default()
    };
    assert_eq!(line().await, "awaiting_approval");
    galley.post("author", &format!("{path}/cancel"), json!({"reason": "No longer needed"})).await.expect(200);
    assert_eq!([line().await, line().await], ["cancelled", "over"]);
}
