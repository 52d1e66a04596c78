//! `POST {base}/models/{model}:generateContent` (<https://ai.google.dev/api/generate-content>).
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
    usage::{self, beside, count, spent},
    wire::{refused, unreadable},
};

/// What a model that thinks may think, in tokens: enough to plan, and within what the worker leaves for it.
const THINKING: u32 = 2048;

pub(super) fn question(ask: &Ask) -> Value {
    let mut generation = json!({"maxOutputTokens": ask.most_output});
    if let Some(temperature) = ask.temperature {
        generation["temperature"] = json!(temperature);
    }
    if ask.reasons {
        generation["thinkingConfig"] = json!({"thinkingBudget": THINKING});
    }
    if let Some(schema) = &ask.schema {
        generation["responseMimeType"] = json!("application/json");
        generation["responseJsonSchema"] = schema.schema.clone();
    }
    json!({
        "systemInstruction": {"parts": [{"text": ask.system}]},
        "contents": [{"role": "user", "parts": [{"text": ask.user}]}],
        "generationConfig": generation,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    content: Value,
    #[serde(default, deserialize_with = "words")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Part {
    text: String,
    #[serde(default)]
    thought: Value,
}

pub(super) fn used(body: &Value) -> Option<Tokens> {
    let report = body.get("usageMetadata")?;
    let prompt = count(report, "promptTokenCount");
    // Thinking is paid for like the answer, and not counted in it.
    let thought = beside(report, "thoughtsTokenCount");
    let output = match report.get("candidatesTokenCount") {
        Some(_) => {
            count(report, "candidatesTokenCount").zip(thought).map(|(said, thought)| said.saturating_add(thought))
        }
        // A count of 0 is left out.
        None if body.get("candidates").is_none() => thought,
        None => count(report, "totalTokenCount").zip(prompt).and_then(|(total, prompt)| total.checked_sub(prompt)),
    };
    usage::tokens([prompt], output)
}

pub(super) fn reply(body: &Value, tokens: Option<Tokens>) -> Result<Completion, ProviderError> {
    let odd = || unreadable("a generated content", spent(tokens));
    if !body.is_object() {
        return Err(odd());
    }
    // A prompt that is blocked has no candidate at all.
    let candidate = body.get("candidates").and_then(|candidates| candidates.get(0));
    let candidate = candidate.ok_or_else(|| refused("the provider withheld the answer", spent(tokens)))?;
    let candidate = Candidate::deserialize(candidate).map_err(|_| odd())?;
    let finish = finish::of(candidate.finish_reason.as_deref(), tokens)?;
    let parts = candidate.content.get("parts").map(each).into_iter().flatten();
    let written = parts.filter(|part: &Part| part.thought != Value::Bool(true));
    Ok(Completion { text: written.map(|part| part.text).collect(), finish, tokens })
}

#[derive(Deserialize)]
struct List {
    models: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
}

/// The models of `GET {base}/models`; each is named `models/…`.
pub(super) fn models(bytes: &[u8]) -> Option<Vec<String>> {
    let list: List = serde_json::from_slice(bytes).ok()?;
    let bare = |listed: Listed| listed.name.strip_prefix("models/").map_or(listed.name.clone(), str::to_owned);
    Some(list.models.into_iter().map(bare).collect())
}
