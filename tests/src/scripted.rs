//! A server that says what it was told to say, byte for byte, and keeps what it was asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use galley_api::problem::Problem;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What is said to one connection, which ends with it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// It ends with no answer.
    lost: bool,
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    text: Option<String>,
    task: Option<Shown>,
    problem: Option<String>,
    page: Option<Vec<u64>>,
    next: Option<String>,
    events: Option<Vec<Told>>,
    /// Until the client has had enough.
    stays_open: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    version: u64,
    status: String,
}

/// A part of a stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Told {
    Task(Shown),
    Bytes(String),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Instant,
    pub method: String,
    pub path: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

#[derive(Debug)]
pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    /// Answers each connection in turn. Whoever comes after the last one is heard and gets no answer.
    pub async fn answering(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            let mut answers = answers.into_iter();
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let answer = answers.next().unwrap_or(Answer { lost: true, ..Answer::default() });
                tokio::spawn(serve(connection, answer, Arc::clone(&heard)));
            }
        });
        Self { url, asked, serving }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut connection: TcpStream, answer: Answer, asked: Arc<Mutex<Vec<Asked>>>) {
    // Whoever connects and asks nothing has only looked.
    let Some(request) = read(&mut connection).await else { return };
    asked.lock().unwrap().push(request);
    // A client may have gone meanwhile, as one does that waits no longer.
    let _ = connection.write_all(answer.bytes().as_bytes()).await;
    if answer.stays_open {
        while connection.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
    }
    let _ = connection.shutdown().await;
}

async fn read(connection: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        if let Some(asked) = request(&String::from_utf8_lossy(&bytes)) {
            return Some(asked);
        }
        let mut chunk = [0; 4096];
        let count = connection.read(&mut chunk).await.unwrap_or_default();
        bytes.extend_from_slice(chunk.get(..count).filter(|chunk| !chunk.is_empty())?);
    }
}

/// A request that is whole.
fn request(text: &str) -> Option<Asked> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (line, headers) = head.split_once("\r\n")?;
    let mut words = line.split(' ');
    let headers: BTreeMap<String, String> = headers
        .split("\r\n")
        .filter_map(|header| header.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let (method, path) = (words.next()?.to_lowercase(), words.next()?.to_owned());
    (body.len() >= length).then(|| Asked { at: Instant::now(), method, path, headers, body: body.to_owned() })
}

impl Answer {
    fn bytes(&self) -> String {
        if self.lost {
            return String::new();
        }
        let (status, kind, body) = self.content();
        let mut headers = self.headers.clone();
        headers.entry("content-type".to_owned()).or_insert_with(|| kind.to_owned());
        headers.insert("connection".to_owned(), "close".to_owned());
        if self.events.is_none() {
            headers.insert("content-length".to_owned(), body.len().to_string());
        }
        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        // What has no content says no length.
        match status {
            204 | 304 => format!("HTTP/1.1 {status} x\r\nconnection: close\r\n\r\n"),
            _ => format!("HTTP/1.1 {status} x\r\n{headers}\r\n{body}"),
        }
    }

    fn content(&self) -> (u16, &'static str, String) {
        let status = self.status.unwrap_or(200);
        if let Some(code) = &self.problem {
            let known = problem(code);
            return (known.status(), "application/problem+json", said_by(known).to_string());
        }
        if let Some(events) = &self.events {
            return (status, "text/event-stream", events.iter().map(Told::text).collect());
        }
        if let Some(versions) = &self.page {
            let data: Vec<Value> = versions.iter().map(|version| task(*version, "pending")).collect();
            return (status, "application/json", json!({"data": data, "next_cursor": self.next}).to_string());
        }
        let body = self.task.as_ref().map(|shown| task(shown.version, &shown.status)).or_else(|| self.body.clone());
        let text = body.map_or_else(|| self.text.clone().unwrap_or_default(), |body| body.to_string());
        (status, "application/json", text)
    }
}

impl Told {
    fn text(&self) -> String {
        match self {
            Self::Bytes(text) => text.clone(),
            Self::Task(shown) => {
                format!("id: {}\nevent: task\ndata: {}\n\n", shown.version, task(shown.version, &shown.status))
            }
        }
    }
}

fn problem(code: &str) -> Problem {
    let uri = format!("urn:galley:problem:{code}");
    *Problem::ALL.iter().find(|known| known.uri() == uri).unwrap_or_else(|| panic!("no problem is called {code}"))
}

fn said_by(known: Problem) -> Value {
    json!({"type": known.uri(), "title": known.title(), "status": known.status(), "instance": "/", "request_id": "r-1",
        "detail": "why", "errors": [{"field": "topic", "message": "must be 3 to 200 characters"}],
        "blockers": [{"code": "outline", "message": "It is an outline"}]})
}

fn task(version: u64, status: &str) -> Value {
    json!({"task_id": "task_1", "status": status, "version": version, "task_type": "blog_post", "topic": "HTTP",
        "requested_by": "ana", "progress": {"stage": "draft", "percentage": 50, "message": "Writing"}, "attempt": 1,
        "revision": 1, "cost_usd": "0.01", "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
        "newer_than_the_client": {"a": 1}})
}
