//! `POST {base}/model/{model}/converse`
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>), one shape for the models of
//! many makers. Signed with the function's own role rather than a key. An answer in a shape is a call of the one tool that
//! takes this shape.
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

/// The path of a model. Its name may have colons and, being an ARN, slashes: both are escaped as AWS's own clients do.
pub(super) fn path(ask: &Ask) -> String {
    let escaped: String = ask
        .model
        .name
        .as_str()
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("model/{escaped}/converse")
}

pub(super) fn question(ask: &Ask) -> Value {
    let mut body = json!({
        "system": [{"text": ask.system}],
        "messages": [{"role": "user", "content": [{"text": ask.user}]}],
        "inferenceConfig": {"maxTokens": ask.most_output},
    });
    if let Some(temperature) = ask.temperature {
        body["inferenceConfig"]["temperature"] = json!(temperature);
    }
    if let Some(schema) = &ask.schema {
        let shape = json!({"json": schema.schema});
        let tool = json!({"name": schema.name, "description": "Takes the answer.", "inputSchema": shape});
        body["toolConfig"] = json!({"tools": [{"toolSpec": tool}], "toolChoice": {"tool": {"name": schema.name}}});
    }
    body
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    output: Output,
    #[serde(default, deserialize_with = "words")]
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Output {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Value,
}

/// One of these is there; reasoning and what is yet to come have other names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    tool_use: Option<ToolUse>,
}

#[derive(Deserialize)]
struct ToolUse {
    input: Value,
}

pub(super) fn used(body: &Value) -> Option<Tokens> {
    let report = body.get("usage")?;
    let [read, written] = ["cacheReadInputTokens", "cacheWriteInputTokens"].map(|name| beside(report, name));
    usage::tokens([count(report, "inputTokens"), read, written], count(report, "outputTokens"))
}

pub(super) fn reply(body: &Value, tokens: Option<Tokens>) -> Result<Completion, ProviderError> {
    let answer = Answer::deserialize(body).map_err(|_| unreadable("a message", spent(tokens)))?;
    let finish = finish::of(answer.stop_reason.as_deref(), tokens)?;
    let content = answer.output.message.content;
    if !content.is_array() {
        return Err(unreadable("a message", spent(tokens)));
    }
    let mut text = String::new();
    for Block { text: more, tool_use } in each(&content) {
        // The shape that was asked for; words around it are not.
        if let Some(tool) = tool_use {
            return Ok(Completion { text: tool.input.to_string(), finish, tokens });
        }
        text.push_str(more.as_deref().unwrap_or_default());
    }
    Ok(Completion { text, finish, tokens })
}
