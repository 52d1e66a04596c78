//! Errors that come with a status of 200: gateways have begun their answer before they know better. Such an error is taken
//! for what its status would have said.

use std::time::Duration;

use galley_domain::{
    ledger::Spent,
    models::{ProviderError, Tokens},
};
use serde_json::Value;

use super::{usage::spent, wire};

/// Where an error names its status, the surest first.
const NAMES: [&str; 7] = ["code", "status", "status_code", "http_status", "type", "__type", "message"];
/// What the providers' words for an error mean, without case and signs.
const WORDS: [(&str, u16); 22] = [
    ("ratelimit", 429),
    ("toomany", 429),
    ("throttl", 429),
    ("quota", 429),
    ("resourceexhausted", 429),
    ("overload", 529),
    ("unavailable", 503),
    ("loading", 503),
    ("timeout", 504),
    ("timedout", 504),
    ("deadline", 504),
    ("badgateway", 502),
    ("servererror", 500),
    ("internal", 500),
    ("apierror", 500),
    ("invalid", 400),
    ("notfound", 400),
    ("notsupported", 400),
    ("authenticat", 400),
    ("permission", 400),
    ("billing", 400),
    ("filter", 400),
];
const LONGEST_CODE: usize = 60;

/// The failure that an answer is, if it is one.
pub(crate) fn within(body: &Value, tokens: Option<Tokens>, retry_after: Option<Duration>) -> Option<ProviderError> {
    let error = error_of(body)?;
    let status = NAMES.iter().find_map(|name| status_of(error.get(name)?)).or_else(|| status_of(error));
    // Its own report is worth more than what is usual for its status.
    let known = tokens.map(|tokens| spent(Some(tokens)));
    Some(match status {
        Some(status) => wire::failed(status, retry_after, known.unwrap_or_else(|| wire::usually_spent(status))),
        None => wire::refused(
            &format!("the provider answered with an error{}", code(error)),
            known.unwrap_or(Spent::Unknown),
        ),
    })
}

/// Of the whole answer, or of the one text in it; some put the answer into a list.
fn error_of(body: &Value) -> Option<&Value> {
    let body = body.get(0).unwrap_or(body);
    let is_error = body.get("type").is_some_and(|kind| kind == "error") || body.get("__type").is_some();
    let of_choice = || body.get("choices")?.get(0)?.get("error");
    let said = [body.get("error"), of_choice()].into_iter().flatten().find(|error| says_something(error));
    said.or_else(|| is_error.then_some(body))
}

fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        // Some always send one, and fill it when there is something to say.
        Value::Object(fields) => fields.values().any(|field| !matches!(field.as_u64(), Some(0 | 200)) && fills(field)),
        Value::Array(list) => !list.is_empty(),
        Value::Number(number) => number.as_u64() != Some(0),
        Value::Bool(true) => true,
    }
}

fn fills(field: &Value) -> bool {
    match field {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.trim().is_empty() && !text.eq_ignore_ascii_case("ok"),
        Value::Object(fields) => fields.values().any(fills),
        Value::Array(list) => list.iter().any(fills),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// A status, as a number or in words.
fn status_of(said: &Value) -> Option<u16> {
    let number = said.as_u64().or_else(|| said.as_str()?.trim().parse().ok());
    if let Some(number) = number {
        return u16::try_from(number).ok().filter(|status| (400..600).contains(status));
    }
    let words: String = said.as_str()?.chars().filter(char::is_ascii_alphanumeric).collect();
    let words = words.to_ascii_lowercase();
    WORDS.iter().find(|(word, _)| words.contains(word)).map(|(_, status)| *status)
}

/// A code as it may be shown: a stranger chose it.
fn code(error: &Value) -> String {
    let code = ["code", "type"].iter().find_map(|name| error.get(name)?.as_str());
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let code: String = code.unwrap_or_default().chars().filter(plain).take(LONGEST_CODE).collect();
    if code.is_empty() { code } else { format!(": {code}") }
}
