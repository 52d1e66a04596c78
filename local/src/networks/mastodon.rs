//! A Mastodon with two accounts, as far as a target asks it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use regex_lite::Regex;
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    error::StackError,
    networks::wire::{Answer, Running, Shown, cut, is_bearer, locked, page, parameter, says, serve},
};

/// As which it is called.
pub const HOST: &str = "mastodon.example.com";
/// What its account is opened with.
pub const TOKEN: &str = "not-a-real-token-of-a-mastodon";
const ACCOUNT: &str = "109302436954721982";
/// What another account is opened with.
pub const OTHERS_TOKEN: &str = "not-a-real-token-of-another-account";
const OTHER: &str = "109302436954721983";
/// Of the first status. They rise.
const FIRST: u64 = 110_000_000_000_000_001;
const KEYS_LAST: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

#[derive(Clone, Debug)]
pub struct Mastodon {
    pub address: SocketAddr,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug)]
struct Held {
    rules: Rules,
    statuses: Vec<Status>,
    scheduled: usize,
    /// Of requests that made a status, each with when that was.
    keys: BTreeMap<String, (Timestamp, u64)>,
}

/// How it is today.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Of the token.
    pub scopes: Vec<String>,
    pub max_characters: usize,
    /// Every answer asks for fewer requests, until then.
    pub limited_until: Option<Timestamp>,
    /// An hour has passed since whatever was posted.
    pub forgets_keys: bool,
    /// The next write is done and not answered.
    pub loses_an_answer: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub id: u64,
    /// Whose it is.
    pub account: &'static str,
    pub text: String,
    pub answers: Option<u64>,
    pub visibility: String,
    pub language: Option<String>,
    /// How often its text was changed.
    pub edits: usize,
    pub deleted: bool,
}

impl Mastodon {
    /// # Errors
    /// When no port is free.
    pub async fn start() -> Result<Self, StackError> {
        let scopes = ["read", "write:statuses"].map(str::to_owned).to_vec();
        let rules =
            Rules { scopes, max_characters: 500, limited_until: None, forgets_keys: false, loses_an_answer: false };
        let held = Held { rules, statuses: Vec::new(), scheduled: 0, keys: BTreeMap::new() };
        let held = Arc::new(Mutex::new(held));
        let address = serve(HOST, Router::new().fallback(answer).with_state(Arc::clone(&held))).await?;
        Ok(Self { address, held })
    }

    /// As the setting of the stand-ins has it.
    pub fn stand_in(&self) -> String {
        format!("{HOST}={}", self.address)
    }

    pub(super) fn running(&self) -> Running {
        let target = json!({"name": "fediverse", "url": format!("https://{HOST}"), "settings": {"kind": "mastodon"},
            "secret": TOKEN, "default_for": ["social_media"]});
        Running { name: "Mastodon", page: format!("http://{}/", self.address), target }
    }

    pub fn rule(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut locked(&self.held).rules);
    }

    /// What readers see, the oldest first.
    pub fn statuses(&self) -> Vec<Status> {
        locked(&self.held).statuses.iter().filter(|status| !status.deleted).cloned().collect()
    }

    /// How many wait for an hour that was said. Whatever their keys were.
    pub fn scheduled(&self) -> usize {
        locked(&self.held).scheduled
    }

    /// Somebody who has the account posts, edits or deletes.
    pub fn by_hand(&self, change: impl FnOnce(&mut Vec<Status>)) {
        change(&mut locked(&self.held).statuses);
    }
}

async fn answer(State(held): State<Arc<Mutex<Held>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, 1 << 20).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut held = locked(&held);
    if let Some(until) = held.rules.limited_until {
        // Unlike others' it is no second of the epoch.
        let reset = [("x-ratelimit-reset", until.to_string()), ("x-ratelimit-remaining", "0".to_owned())];
        return (StatusCode::TOO_MANY_REQUESTS, reset, Json(json!({"error": "Too many requests"}))).into_response();
    }
    let path: Vec<&str> = parts.uri.path().split('/').skip(1).filter(|part| !part.is_empty()).collect();
    if path.is_empty() {
        return shown(&held).into_response();
    }
    let writes = parts.method != Method::GET;
    let (status, said) = held.answer(&parts.method, &path, parts.uri.query(), &parts.headers, &body);
    if writes && status.is_success() && std::mem::take(&mut held.rules.loses_an_answer) {
        return cut();
    }
    (status, Json(said)).into_response()
}

fn shown(held: &Held) -> impl IntoResponse {
    let posts = held.statuses.iter().filter(|status| !status.deleted).map(|status| Shown {
        text: status.text.clone(),
        about: format!(
            "{}, {}, {} changes",
            status.visibility,
            status.language.as_deref().unwrap_or("no language"),
            status.edits
        ),
        answers: status.answers.is_some(),
    });
    page("Mastodon", &posts.collect::<Vec<_>>())
}

fn not_found() -> Answer {
    says(StatusCode::NOT_FOUND, "Record not found")
}

impl Held {
    fn answer(
        &mut self,
        method: &Method,
        path: &[&str],
        query: Option<&str>,
        headers: &HeaderMap,
        body: &Value,
    ) -> Answer {
        if path == ["api", "v2", "instance"] {
            let limits = json!({"max_characters": self.rules.max_characters, "characters_reserved_per_url": 23});
            return (StatusCode::OK, json!({"domain": HOST, "configuration": {"statuses": limits}}));
        }
        let known = [(TOKEN, ACCOUNT), (OTHERS_TOKEN, OTHER)].into_iter().find(|(token, _)| is_bearer(headers, token));
        let Some((_, account)) = known else {
            return says(StatusCode::UNAUTHORIZED, "The access token is invalid");
        };
        let writes = *method != Method::GET;
        if writes && !self.rules.scopes.iter().any(|scope| scope == "write" || scope == "write:statuses") {
            return says(StatusCode::FORBIDDEN, "This action is outside the authorized scopes");
        }
        match (method.as_str(), path) {
            ("GET", ["api", "v1", "accounts", "verify_credentials"]) => (StatusCode::OK, json!({"id": account})),
            ("GET", ["api", "v1", "apps", "verify_credentials"]) => {
                (StatusCode::OK, json!({"name": "galley", "scopes": self.rules.scopes}))
            }
            ("GET", ["api", "v1", "accounts", id, "statuses"]) => self.listed(id, query),
            ("POST", ["api", "v1", "statuses"]) => self.post(account, headers, body),
            (_, ["api", "v1", "statuses", id, rest @ ..]) => {
                let found = id.parse().ok().and_then(|id: u64| self.position(id));
                // Who writes has its own statuses alone; the others' are not there then.
                let its_own = |nth: &usize| !writes || self.statuses[*nth].account == account;
                let Some(nth) = found.filter(its_own) else { return not_found() };
                match (method.as_str(), rest) {
                    ("GET", []) => (StatusCode::OK, entity(&self.statuses[nth])),
                    ("GET", ["source"]) => {
                        let Status { id, text, .. } = &self.statuses[nth];
                        (StatusCode::OK, json!({"id": id.to_string(), "text": text, "spoiler_text": ""}))
                    }
                    ("PUT", []) => self.edit(nth, body),
                    ("DELETE", []) => {
                        self.statuses[nth].deleted = true;
                        (StatusCode::OK, entity(&self.statuses[nth]))
                    }
                    _ => not_found(),
                }
            }
            _ => not_found(),
        }
    }

    fn position(&self, id: u64) -> Option<usize> {
        self.statuses.iter().position(|status| status.id == id && !status.deleted)
    }

    /// Newest first; `min_id` begins behind an id, at the oldest.
    fn listed(&self, account: &str, query: Option<&str>) -> Answer {
        let limit = parameter(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(20_usize).min(40);
        let there = self.statuses.iter().filter(|status| !status.deleted && status.account == account);
        let least = parameter(query, "min_id").and_then(|id| id.parse::<u64>().ok());
        let mut found: Vec<&Status> = there.filter(|status| least.is_none_or(|least| status.id > least)).collect();
        if least.is_some() {
            found.truncate(limit);
        } else {
            drop(found.drain(..found.len().saturating_sub(limit)));
        }
        found.reverse();
        (StatusCode::OK, Value::from(found.into_iter().map(entity).collect::<Vec<_>>()))
    }

    fn post(&mut self, account: &'static str, headers: &HeaderMap, body: &Value) -> Answer {
        let now = Timestamp::now();
        if body.get("scheduled_at").is_some_and(Value::is_string) {
            // The key of such a request is not looked at.
            self.scheduled += 1;
            return (StatusCode::OK, json!({"id": self.scheduled.to_string(), "scheduled_at": body["scheduled_at"]}));
        }
        let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
        let known = key.as_ref().and_then(|key| self.keys.get(key)).filter(|_| !self.rules.forgets_keys);
        if let Some((_, id)) = known.filter(|(at, _)| now.duration_since(*at) < KEYS_LAST) {
            // One that was deleted since is not found.
            return self.position(*id).map_or_else(not_found, |nth| (StatusCode::OK, entity(&self.statuses[nth])));
        }
        let text = match self.checked(body) {
            Ok(text) => text,
            Err(refused) => return refused,
        };
        let answers =
            match body["in_reply_to_id"].as_str().map(|id| id.parse().ok().filter(|id| self.position(*id).is_some())) {
                Some(None) => return not_found(),
                Some(parent) => parent,
                None => None,
            };
        let visibility = body["visibility"].as_str().unwrap_or("public").to_owned();
        let language = body["language"].as_str().map(str::to_owned);
        let id = FIRST + self.statuses.len() as u64;
        self.statuses.push(Status { id, account, text, answers, visibility, language, edits: 0, deleted: false });
        self.keys.extend(key.map(|key| (key, (now, id))));
        (StatusCode::OK, entity(&self.statuses[self.statuses.len() - 1]))
    }

    fn edit(&mut self, nth: usize, body: &Value) -> Answer {
        match self.checked(body) {
            Err(refused) => refused,
            Ok(text) => {
                let status = &mut self.statuses[nth];
                status.edits += usize::from(status.text != text);
                status.text = text;
                (StatusCode::OK, entity(status))
            }
        }
    }

    fn checked(&self, body: &Value) -> Result<String, Answer> {
        let text = body["status"].as_str().unwrap_or_default().trim().to_owned();
        let unprocessable =
            |rule: &str| says(StatusCode::UNPROCESSABLE_ENTITY, &format!("Validation failed: Text {rule}"));
        if text.is_empty() {
            return Err(unprocessable("can't be blank"));
        }
        let most = self.rules.max_characters;
        if counted(&text) > most {
            return Err(unprocessable(&format!("character limit of {most} exceeded")));
        }
        Ok(text)
    }
}

/// An address, which ends at a bracket that has no other, counts as 23, and of a mention what is before the server.
fn counted(text: &str) -> usize {
    let replaced = |pattern: &str, by: &str, text: &str| match Regex::new(pattern) {
        Ok(pattern) => pattern.replace_all(text, by).into_owned(),
        Err(_) => text.to_owned(),
    };
    let address = r"https?://(?:[^\s<>()]|\([^\s<>()]*\))*(?:[^\s<>().,;:!?'\x22「」]|\([^\s<>()]*\))";
    let text = replaced(address, &"x".repeat(23), text);
    let text = replaced(r"(^|[^\w/])@(\w+)@[\w.-]+\w", "$1@$2", &text);
    text.graphemes(true).count()
}

fn entity(status: &Status) -> Value {
    json!({
        "id": status.id.to_string(),
        "in_reply_to_id": status.answers.map(|id| id.to_string()),
        "visibility": status.visibility,
        "language": status.language,
        "url": format!("https://{HOST}/@editors/{}", status.id),
        "content": format!("<p>{}</p>", status.text),
        "account": {"id": status.account},
        "reblog": null,
    })
}
