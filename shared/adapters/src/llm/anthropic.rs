//! `POST {base}/messages` (<https://docs.claude.com/en/api/messages>). An answer in a shape is a call of the one tool that
//! takes this shape: every model knows tools.
#![expect(clippy::indexing_slicing, reason = "a JSON object takes a new name by its index")]

use galley_domain::{
    content::blockers::Finish,
    models::{Ask, ProviderError, Reply, Tokens},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    openai::spent,
    wire::{refused, unreadable},
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
    content: Vec<Block>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Option<Usage>,
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

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the provider's names")]
struct Usage {
    #[serde(default)]
    input_tokens: u64,
    /// What is written into the provider's cache or read from it is reported apart. We ask for neither.
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: u64,
}

pub(super) fn reply(bytes: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer = serde_json::from_slice(bytes).map_err(|_| unreadable("a message"))?;
    let tokens = answer.usage.map(|used| Tokens {
        input: used.input_tokens
            + used.cache_creation_input_tokens.unwrap_or(0)
            + used.cache_read_input_tokens.unwrap_or(0),
        output: used.output_tokens,
    });
    let finish = match answer.stop_reason.as_deref() {
        Some("refusal") => return Err(refused("the provider withheld the answer", spent(tokens))),
        Some("max_tokens" | "model_context_window_exceeded") => Finish::Truncated,
        _ => Finish::Complete,
    };
    let mut text = String::new();
    for block in answer.content {
        match block {
            Block::Text { text: more } => text.push_str(&more),
            // The shape that was asked for; words around it are not.
            Block::ToolUse { input } => return Ok(Reply { text: input.to_string(), finish, tokens }),
            Block::Other => {}
        }
    }
    Ok(Reply { text, finish, tokens })
}
