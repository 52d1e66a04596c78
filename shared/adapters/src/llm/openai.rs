//! `POST {base}/chat/completions` (<https://platform.openai.com/docs/api-reference/chat>), which Ollama, vLLM, llama.cpp, LM
//! Studio and Hugging Face's router serve too.
#![expect(clippy::indexing_slicing, reason = "a JSON object takes a new name by its index")]

use galley_domain::models::{
    ask::{Ask, Completion, ProviderError},
    price::Tokens,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    finish,
    lenient::{each, words},
    usage::{self, count, spent},
    wire::{refused, unreadable},
};

pub(super) fn question(ask: &Ask) -> Value {
    let mut body = json!({
        "model": ask.model.name.as_str(),
        "messages": [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.user}],
    });
    // OpenAI has renamed it, and takes the old name no more from models that think; the others know only that one.
    let most = if ask.model.provider.as_str() == "openai" { "max_completion_tokens" } else { "max_tokens" };
    body[most] = json!(ask.most_output);
    if ask.reasons {
        body["reasoning_effort"] = json!("low");
    }
    if let Some(temperature) = ask.temperature {
        body["temperature"] = json!(temperature);
    }
    if let Some(schema) = &ask.schema {
        let shape = json!({"name": schema.name, "strict": true, "schema": schema.schema});
        body["response_format"] = json!({"type": "json_schema", "json_schema": shape});
    }
    body
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default, deserialize_with = "words")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Value,
    #[serde(default, deserialize_with = "words")]
    refusal: Option<String>,
}

/// Some servers write the text in parts.
#[derive(Deserialize)]
struct Part {
    text: String,
    #[serde(default, rename = "type", deserialize_with = "words")]
    kind: Option<String>,
}

/// What a part says. What was thought is none of it, whatever its field is called.
fn said(part: Part) -> Option<String> {
    let kind = part.kind.unwrap_or_default();
    (!kind.contains("think") && !kind.contains("reason")).then_some(part.text)
}

pub(super) fn used(body: &Value) -> Option<Tokens> {
    let report = body.get("usage")?;
    // Thinking is counted in what was completed.
    usage::tokens([count(report, "prompt_tokens")], count(report, "completion_tokens"))
}

pub(super) fn reply(body: &Value, tokens: Option<Tokens>) -> Result<Completion, ProviderError> {
    let odd = || unreadable("a chat completion", spent(tokens));
    let choices = body.get("choices").and_then(Value::as_array).ok_or_else(odd)?;
    let choice = choices.first().ok_or_else(|| refused("the answer has no choice", spent(tokens)))?;
    let Choice { message, finish_reason } = Choice::deserialize(choice).map_err(|_| odd())?;
    if message.refusal.is_some_and(|refusal| !refusal.trim().is_empty()) {
        return Err(refused("the provider withheld the answer", spent(tokens)));
    }
    let finish = finish::of(finish_reason.as_deref(), tokens)?;
    let text = match &message.content {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(_) => each(&message.content).filter_map(said).collect(),
        Value::Object(_) => Part::deserialize(&message.content).ok().and_then(said).ok_or_else(odd)?,
        Value::Bool(_) | Value::Number(_) => return Err(odd()),
    };
    Ok(Completion { text, finish, tokens })
}

#[derive(Deserialize)]
struct List {
    data: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

/// The models of `GET {base}/models`.
pub(super) fn models(bytes: &[u8]) -> Option<Vec<String>> {
    let list: List = serde_json::from_slice(bytes).ok()?;
    Some(list.data.into_iter().map(|listed| listed.id).collect())
}
