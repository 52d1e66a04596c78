//! Fake providers of models, searches and photographs, for `make demo-pipeline`, the benchmark and the tests. They
//! speak the real protocols over HTTP, with configurable latency, token reports and failures. Their
//! texts are generated from the brief, a poor draft first, so that there is something to refine.

mod texts;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    door::{Door, behind},
    error::StackError,
    net::listen,
};

/// The host of the found pages; a stand-in maps it to the fake's own address.
pub const PAGES: &str = "pages.example.com";
/// The providers and their models, the first asked first.
pub const MODELS: [(&str, &str, &str); 3] = [
    ("fake-openai", "openai", "writer"),
    ("fake-anthropic", "anthropic", "critic"),
    ("fake-google", "gemini", "spare"),
];

/// The most requests that are remembered.
const MOST_ASKED: usize = 1000;

/// The providers' behaviour.
#[derive(Clone, Debug)]
pub struct Temper {
    /// Each call's.
    pub latency: Duration,
    /// Providers that answer 503.
    pub down: BTreeSet<String>,
    /// Providers that are there, take questions and answer none.
    pub hang: BTreeSet<String>,
    /// Whether texts break off.
    pub truncates: bool,
    /// Scores of the judgements, in order; then 85.
    pub scores: Vec<u8>,
    /// Whether the first draft of a task is a poor one.
    pub begins_poorly: bool,
    /// Whether answers come as some servers give them: thinking first, the rest in a block with words around it.
    pub thinks_aloud: bool,
    /// The language of all answers, whatever was asked for.
    pub answers_in: Option<String>,
}

impl Default for Temper {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            down: BTreeSet::new(),
            hang: BTreeSet::new(),
            truncates: false,
            scores: Vec::new(),
            begins_poorly: false,
            thinks_aloud: false,
            answers_in: None,
        }
    }
}

/// One received request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub provider: String,
    pub path: String,
    /// The trace that it was asked in.
    pub traceparent: Option<String>,
    pub body: Value,
}

#[derive(Clone, Debug)]
pub struct FakeProviders {
    pub address: std::net::SocketAddr,
    state: Arc<Fake>,
}

#[derive(Debug)]
struct Fake {
    temper: Mutex<Temper>,
    asked: Mutex<VecDeque<Asked>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeProviders {
    /// Starts them on a port of their own; they end with the process.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(temper: Temper) -> Result<Self, StackError> {
        let listener = listen(0).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Fake { temper: Mutex::new(temper), asked: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let router = behind(Door::of_programs_at([PAGES]), router);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the fake providers stopped");
            }
        });
        Ok(Self { address, state })
    }

    pub fn temper(&self, change: impl FnOnce(&mut Temper)) {
        change(&mut locked(&self.state.temper));
    }

    /// The requests so far, at most the last `MOST_ASKED`.
    pub fn asked(&self) -> Vec<Asked> {
        locked(&self.state.asked).iter().cloned().collect()
    }

    /// The catalogue that names them.
    pub fn catalogue(&self) -> Value {
        let url = |path: &str| format!("http://{}/{path}", self.address);
        let providers: BTreeMap<&str, Value> = MODELS
            .iter()
            .map(|(name, protocol, _)| (*name, json!({"protocol": protocol, "base_url": url(&format!("{name}/v1"))})))
            .collect();
        let models = MODELS.iter().zip(["2.00", "1.00", "0.50"]).map(|((provider, _, model), price)| {
            json!({
                "id": format!("{provider}/{model}"), "context_tokens": 128_000, "max_output_tokens": 32_000,
                "capabilities": ["json_schema", "temperature"],
                "prices": [{"effective": "2026-01-01", "input": price, "output": "4.00", "source": "made up"}],
            })
        });
        let route = json!({"usual": MODELS.map(|(provider, _, model)| format!("{provider}/{model}"))});
        json!({
            "providers": providers,
            "services": {
                "serper": {"base_url": url("serper"), "usd_per_request": "0.001"},
                "pexels": {"base_url": url("pexels/v1"), "usd_per_request": "0"},
            },
            "models": models.collect::<Vec<_>>(),
            "routes": {"fast": route, "balanced": route, "quality": route},
        })
    }

    /// The keys that enable searches and photographs.
    pub fn keys() -> BTreeMap<String, String> {
        ["serper", "pexels"].map(|name| (name.to_owned(), "fake".to_owned())).into()
    }
}

async fn answer(State(fake): State<Arc<Fake>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().trim_start_matches('/').to_owned();
    let (provider, rest) = path.split_once('/').unwrap_or((&path, ""));
    let temper = locked(&fake.temper).clone();
    if provider == "pages" || provider == "found" {
        return StatusCode::OK.into_response();
    }
    if method == Method::GET && rest.ends_with("models") {
        tokio::time::sleep(temper.latency).await;
        let down = temper.down.contains(provider);
        let state = if down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let served: Vec<&str> =
            MODELS.iter().filter(|(name, _, _)| *name == provider).map(|(_, _, model)| *model).collect();
        let ids: Vec<Value> = served.iter().map(|model| json!({"id": model})).collect();
        let names: Vec<Value> = served.iter().map(|model| json!({"name": format!("models/{model}")})).collect();
        return (state, Json(json!({"data": ids, "models": names}))).into_response();
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let record = Asked { provider: provider.to_owned(), path: rest.to_owned(), traceparent, body: asked.clone() };
    remember(&mut locked(&fake.asked), record);
    tokio::time::sleep(temper.latency).await;
    if temper.hang.contains(provider) {
        std::future::pending::<()>().await;
    }
    if temper.down.contains(provider) {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "0")]).into_response();
    }
    match (provider, rest) {
        ("serper", "search") => Json(json!({"organic": results("a guide", 4)})).into_response(),
        ("serper", "news") => Json(json!({"news": results("news", 3)})).into_response(),
        ("pexels", _) => Json(json!({"photos": [photograph()]})).into_response(),
        (_, rest) => Json(said(&fake, rest, &asked, &temper)).into_response(),
    }
}

/// Each is a whole prompt.
fn remember(asked: &mut VecDeque<Asked>, record: Asked) {
    if asked.len() == MOST_ASKED {
        asked.pop_front();
    }
    asked.push_back(record);
}

fn results(kind: &str, count: usize) -> Value {
    let one = |nth: usize| {
        json!({
            "title": format!("{kind}, part {nth}"), "link": format!("https://{PAGES}/found/{}/{nth}", kind.replace(' ', "-")),
            "snippet": "What people who work with it every day have to say.", "position": nth, "date": "2 days ago",
        })
    };
    (1..=count).map(one).collect()
}

fn photograph() -> Value {
    json!({
        "id": 1, "url": "https://www.pexels.com/photo/1/", "photographer": "A photographer", "alt": "A desk with a lamp",
        "src": {"landscape": "https://images.pexels.com/photos/1/landscape.jpeg"},
    })
}

/// The question in any of the protocols: the user's text, and the name of the JSON shape.
fn question(asked: &Value) -> (String, Option<String>) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let user = asked.pointer("/messages/1/content").and_then(text);
    let user = user.or_else(|| asked.pointer("/messages/0/content").and_then(text));
    let user = user.or_else(|| asked.pointer("/contents/0/parts/0/text").and_then(text)).unwrap_or_default();
    let shape = asked.pointer("/response_format/json_schema/name").and_then(text);
    let shape = shape.or_else(|| asked.pointer("/tool_choice/name").and_then(text));
    // Gemini's shapes have no names; each has a property of its own.
    let own = |name: &str| asked.pointer(&format!("/generationConfig/responseJsonSchema/properties/{name}")).is_some();
    let of_gemini = [("parts", "outline"), ("clarity", "assessment"), ("excerpt", "display")];
    (user, shape.or_else(|| of_gemini.into_iter().find(|(name, _)| own(name)).map(|(_, shape)| shape.to_owned())))
}

/// An answer in the protocol of `path`.
fn said(fake: &Fake, path: &str, asked: &Value, temper: &Temper) -> Value {
    let (user, shape) = question(asked);
    let data = user.strip_prefix("BEGIN BRIEF\n").and_then(|rest| rest.split("\nEND BRIEF").next()).unwrap_or_default();
    let mut brief: Value = serde_json::from_str(data).unwrap_or_default();
    if let (Some(language), Some(brief)) = (&temper.answers_in, brief.as_object_mut()) {
        brief.insert("language".to_owned(), Value::from(language.as_str()));
    }
    let (content, truncated) = if let Some(shape) = &shape {
        (shaped(fake, shape, &brief).to_string(), false)
    } else {
        let refines = user.ends_with("Improve the draft.");
        (texts::of(&brief, temper.begins_poorly && !refines), temper.truncates)
    };
    let content = if temper.thinks_aloud { aloud(&content, shape.is_some()) } else { content };
    let (input, output) = (asked.to_string().len() / 4, content.len() / 4);
    if path.ends_with("messages") {
        let block = match &shape {
            Some(name) => {
                let input = serde_json::from_str(&content).unwrap_or(Value::String(content));
                json!({"type": "tool_use", "id": "t", "name": name, "input": input})
            }
            None => json!({"type": "text", "text": content}),
        };
        let end = if truncated { "max_tokens" } else { "end_turn" };
        return json!({"content": [block], "stop_reason": end, "usage": {"input_tokens": input, "output_tokens": output}});
    }
    if path.ends_with(":generateContent") {
        let end = if truncated { "MAX_TOKENS" } else { "STOP" };
        return json!({
            "candidates": [{"content": {"parts": [{"text": content}]}, "finishReason": end}],
            "usageMetadata": {"promptTokenCount": input, "candidatesTokenCount": output},
        });
    }
    let end = if truncated { "length" } else { "stop" };
    json!({
        "choices": [{"message": {"content": content}, "finish_reason": end}],
        "usage": {"prompt_tokens": input, "completion_tokens": output},
    })
}

/// An answer with thinking, a code fence and chatter around it.
fn aloud(content: &str, is_json: bool) -> String {
    let language = if is_json { "json" } else { "markdown" };
    format!(
        "<think>\nSECRETTHOUGHT: the brief wants it so.\n</think>\n\nSure! Here is the article you asked for:\n\n\
         ````{language}\n{content}\n````\n\nI hope this helps! Let me know if you would like any changes."
    )
}

fn shaped(fake: &Fake, shape: &str, brief: &Value) -> Value {
    let (topic, words) = (texts::topic(brief), texts::Words::of(brief));
    match shape {
        "outline" => json!({
            "title": topic,
            "parts": words.headings.map(|heading| json!({"heading": heading, "points": ["What it is for.", "What it costs."]})),
        }),
        "assessment" => {
            let mut temper = locked(&fake.temper);
            let score = if temper.scores.is_empty() { 85 } else { temper.scores.remove(0) };
            json!({
                "clarity": score, "accuracy": score, "completeness": score, "relevance": score, "seo_quality": score,
                "readability": score, "engagement": score,
                "critique": ["Give each part an example that the reader could have met.", "Say in the opening why it matters."],
            })
        }
        _ => json!({
            "title": topic.chars().take(60).collect::<String>(),
            "description": words.description.replace("{}", topic),
            "keywords": topic.split_whitespace().filter(|word| word.len() > 3).take(5).collect::<Vec<_>>(),
            "excerpt": words.excerpt.replace("{}", topic),
        }),
    }
}
