//! `POST {base}/messages` (<https://docs.claude.com/en/api/messages>). An answer in a shape is a call of the one tool that
//! takes this shape: every model knows tools.
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
    wire::unreadable,
};

pub(super) const VERSION: &str = "2023-06-01";

pub(super) fn question(ask: &Ask) -> Value {
    let mut body = json!({
        "model": ask.model.name.as_str(),
        "max_tokens": ask.most_output,
        "system": ask.system,
        "messages": [{"role": "user", "content": ask.user}],
    });
    if let Some(temperature) = ask.temperature {
        body["temperature"] = json!(temperature);
    }
    if let Some(schema) = &ask.schema {
        let tool = json!({"name": schema.name, "description": "Takes the answer.", "input_schema": schema.schema});
        body["tools"] = json!([tool]);
        body["tool_choice"] = json!({"type": "tool", "name": schema.name});
    }
    body
}

#[derive(Deserialize)]
struct Answer {
    content: Value,
    #[serde(default, deserialize_with = "words")]
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        input: Value,
    },
    /// Thinking, and what is yet to come.
    #[serde(other)]
    Other,
}

pub(super) fn used(body: &Value) -> Option<Tokens> {
    let report = body.get("usage")?;
    // What is written into the provider's cache or read from it is reported apart. We ask for neither.
    let [written, read] = ["cache_creation_input_tokens", "cache_read_input_tokens"].map(|name| beside(report, name));
    usage::tokens([count(report, "input_tokens"), written, read], count(report, "output_tokens"))
}

pub(super) fn reply(body: &Value, tokens: Option<Tokens>) -> Result<Completion, ProviderError> {
    let answer = Answer::deserialize(body).map_err(|_| unreadable("a message", spent(tokens)))?;
    let finish = finish::of(answer.stop_reason.as_deref(), tokens)?;
    if !answer.content.is_array() {
        return Err(unreadable("a message", spent(tokens)));
    }
    let mut text = String::new();
    for block in each(&answer.content) {
        match block {
            Block::Text { text: more } => text.push_str(&more),
            // The shape that was asked for; words around it are not.
            Block::ToolUse { input } => return Ok(Completion { text: input.to_string(), finish, tokens }),
            Block::Other => {}
        }
    }
    Ok(Completion { text, finish, tokens })
}
