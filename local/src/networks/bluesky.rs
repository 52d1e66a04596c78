//! A server of the AT Protocol with one account, as far as a target asks it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use galley_domain::outbox::port::fingerprint_of;
use jiff::Timestamp;
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    error::StackError,
    networks::wire::{Answer, Running, Shown, cut, is_bearer, locked, page, parameter, serve},
};

/// As which it is called.
pub const HOST: &str = "bluesky.example.com";
pub const HANDLE: &str = "editors.bluesky.example.com";
/// What its account is opened with.
pub const PASSWORD: &str = "not-a-real-app-password";
pub const DID: &str = "did:plc:z72i7hdynmk6r22z27h6tvur";
const COLLECTION: &str = "app.bsky.feed.post";
const DIGITS: &str = "234567abcdefghijklmnopqrstuvwxyz";

#[derive(Clone, Debug)]
pub struct Bluesky {
    pub address: SocketAddr,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug)]
struct Held {
    rules: Rules,
    /// By their keys.
    records: BTreeMap<String, Value>,
    sessions: usize,
    writes: usize,
}

/// How it is today.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Every answer asks for fewer requests, until this second of the epoch.
    pub limited_until: Option<i64>,
    /// The sessions that were begun so far are over.
    pub over: usize,
    /// The next write is done and not answered.
    pub loses_an_answer: bool,
}

impl Bluesky {
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self, StackError> {
        let held = Held { rules: Rules::default(), records: BTreeMap::new(), sessions: 0, writes: 0 };
        let held = Arc::new(Mutex::new(held));
        let address = serve(HOST, Router::new().fallback(answer).with_state(Arc::clone(&held))).await?;
        Ok(Self { address, held })
    }

    /// As the setting of the stand-ins has it.
    pub fn stand_in(&self) -> String {
        format!("{HOST}={}", self.address)
    }

    pub(super) fn running(&self) -> Running {
        let settings = json!({"kind": "bluesky", "handle": HANDLE});
        let target = json!({"name": "bluesky", "url": format!("https://{HOST}"), "settings": settings, "secret": PASSWORD,
            "default_for": ["social_media"]});
        Running { name: "Bluesky", page: format!("http://{}/", self.address), target }
    }

    pub fn rule(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut locked(&self.held).rules);
    }

    /// The posts by their keys, in which order they were made.
    pub fn records(&self) -> BTreeMap<String, Value> {
        locked(&self.held).records.clone()
    }

    /// How many sessions were begun.
    pub fn sessions(&self) -> usize {
        locked(&self.held).sessions
    }

    /// How often a record was written or deleted.
    pub fn writes(&self) -> usize {
        locked(&self.held).writes
    }

    /// Somebody who has the account changes what is there.
    pub fn by_hand(&self, change: impl FnOnce(&mut BTreeMap<String, Value>)) {
        change(&mut locked(&self.held).records);
    }
}

async fn answer(State(held): State<Arc<Mutex<Held>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, 1 << 20).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut held = locked(&held);
    if let Some(until) = held.rules.limited_until {
        let (status, said) = refuses(429, "RateLimitExceeded");
        return (status, [("ratelimit-reset", until.to_string())], Json(said)).into_response();
    }
    let Some(name) = parts.uri.path().strip_prefix("/xrpc/") else {
        return shown(&held).into_response();
    };
    if (parts.method == Method::POST, name) == (true, "com.atproto.server.createSession") {
        let (status, said) = held.session(&body);
        return (status, Json(said)).into_response();
    }
    let known = |nth: usize| is_bearer(&parts.headers, &token(nth));
    let (status, said) = match (1..=held.sessions).find(|nth| known(*nth)) {
        None => refuses(401, "AuthMissing"),
        Some(nth) if nth <= held.rules.over => refuses(400, "ExpiredToken"),
        Some(_) => held.answer(&parts.method, name, parts.uri.query(), &body),
    };
    if parts.method == Method::POST && status.is_success() && std::mem::take(&mut held.rules.loses_an_answer) {
        return cut();
    }
    (status, Json(said)).into_response()
}

fn shown(held: &Held) -> impl IntoResponse {
    let posts = held.records.values().map(|record| Shown {
        text: record["text"].as_str().unwrap_or_default().to_owned(),
        about: format!("{}, links and hashtags: {}", record["langs"], marked(record).join(" ")),
        answers: record.get("reply").is_some(),
    });
    page("Bluesky", &posts.collect::<Vec<_>>())
}

/// What the facets of a post mark, by their bytes.
fn marked(record: &Value) -> Vec<String> {
    let text = record["text"].as_str().unwrap_or_default();
    let at = |facet: &Value, name: &str| facet["index"][name].as_u64().and_then(|at| usize::try_from(at).ok());
    let facets = record["facets"].as_array().into_iter().flatten();
    facets
        .map(|facet| {
            let range = at(facet, "byteStart").zip(at(facet, "byteEnd")).map(|(start, end)| start..end);
            range.and_then(|range| text.get(range)).unwrap_or("(nothing)").to_owned()
        })
        .collect()
}

fn token(nth: usize) -> String {
    format!("a-token-of-session-{nth}")
}

fn refuses(status: u16, error: &str) -> Answer {
    (StatusCode::from_u16(status).unwrap_or_default(), json!({"error": error, "message": "In its words"}))
}

fn cid(record: &Value) -> String {
    format!("bafyrei{}", fingerprint_of([&*record.to_string()]))
}

fn uri(key: &str) -> String {
    format!("at://{DID}/{COLLECTION}/{key}")
}

impl Held {
    fn session(&mut self, body: &Value) -> Answer {
        if body["identifier"] != HANDLE || body["password"] != PASSWORD {
            return refuses(401, "AuthenticationRequired");
        }
        self.sessions += 1;
        let said = json!({"accessJwt": token(self.sessions), "refreshJwt": "another", "handle": HANDLE, "did": DID});
        (StatusCode::OK, said)
    }

    fn answer(&mut self, method: &Method, name: &str, query: Option<&str>, body: &Value) -> Answer {
        let of = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        match (method.as_str(), name) {
            ("GET", "com.atproto.server.getSession") => (StatusCode::OK, json!({"handle": HANDLE, "did": DID})),
            ("GET", "com.atproto.repo.getRecord") => {
                let key = parameter(query, "rkey").unwrap_or_default();
                match self.records.get(key) {
                    Some(record) => (StatusCode::OK, json!({"uri": uri(key), "cid": cid(record), "value": record})),
                    None => refuses(400, "RecordNotFound"),
                }
            }
            ("POST", "com.atproto.repo.putRecord" | "com.atproto.repo.deleteRecord") if of("repo") != DID => {
                refuses(401, "AuthenticationRequired")
            }
            ("POST", "com.atproto.repo.putRecord") => self.put(&of("rkey"), body),
            ("POST", "com.atproto.repo.deleteRecord") => {
                // Or it ensures that there is none.
                self.writes += usize::from(self.records.remove(&of("rkey")).is_some());
                (StatusCode::OK, json!({}))
            }
            _ => refuses(404, "XRPCNotSupported"),
        }
    }

    fn put(&mut self, key: &str, body: &Value) -> Answer {
        let record = &body["record"];
        if body["collection"] != COLLECTION || !is_tid(key) || !is_post(record) {
            return refuses(400, "InvalidRequest");
        }
        let there = self.records.get(key).map(cid);
        if there.as_ref() != Some(&cid(record)) {
            let is_over = match body.get("swapRecord") {
                None => true,
                Some(swap) => swap.as_str() == there.as_deref(),
            };
            if !is_over {
                return refuses(400, "InvalidSwap");
            }
            self.writes += 1;
            self.records.insert(key.to_owned(), record.clone());
        }
        (StatusCode::OK, json!({"uri": uri(key), "cid": cid(record)}))
    }
}

fn is_tid(key: &str) -> bool {
    key.len() == 13 && key.chars().all(|digit| DIGITS.contains(digit)) && key.starts_with(|first| first <= 'j')
}

/// By the lexicon of posts.
fn is_post(record: &Value) -> bool {
    let Some(text) = record["text"].as_str() else { return false };
    let is_moment = |value: &Value| value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok());
    let is_reference = |value: &Value| value["uri"].is_string() && value["cid"].is_string();
    let is_reply = |reply: &Value| is_reference(&reply["root"]) && is_reference(&reply["parent"]);
    let all = |field: &str, most: usize, is_one: fn(&Value) -> bool| match record.get(field) {
        None => true,
        Some(Value::Array(items)) => items.len() <= most && items.iter().all(is_one),
        Some(_) => false,
    };
    record["$type"] == COLLECTION
        && text.len() <= 3000
        && text.graphemes(true).count() <= 300
        && is_moment(&record["createdAt"])
        && record.get("reply").is_none_or(is_reply)
        && all("langs", 3, Value::is_string)
        && all("facets", usize::MAX, is_facet)
}

fn is_facet(facet: &Value) -> bool {
    let index = &facet["index"];
    let is_feature = |feature: &Value| match feature["$type"].as_str() {
        Some("app.bsky.richtext.facet#link") => feature["uri"].as_str().is_some_and(|uri| uri.contains("://")),
        Some("app.bsky.richtext.facet#tag") => {
            feature["tag"].as_str().is_some_and(|tag| tag.len() <= 640 && tag.graphemes(true).count() <= 64)
        }
        _ => false,
    };
    index["byteStart"].is_u64()
        && index["byteEnd"].is_u64()
        && facet["features"].as_array().is_some_and(|features| features.iter().all(is_feature))
}
