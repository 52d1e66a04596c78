//! Errors that come with a status of 200: gateways have begun their answer before they know better. Such an error is taken
//! for what its status would have said.

use std::time::Duration;

use galley_domain::models::{
    ask::ProviderError,
    price::{Spent, Tokens},
};
use serde_json::Value;

use super::{
    usage::{self, spent},
    wire,
};

/// Where an error names its status.
const NAMES: [&str; 6] = ["code", "status", "status_code", "http_status", "type", "__type"];
/// What the words for an error mean, those of the providers and of gRPC, as whole words without case: of two that are said,
/// the one that stands first here. What may have had somebody at work stands before what says that nobody was.
const PHRASES: &[(&str, u16)] = &[
    ("rate limit", 429),
    ("rate limited", 429),
    ("ratelimit", 429),
    ("ratelimited", 429),
    ("too many requests", 429),
    ("throttling", 429),
    ("throttled", 429),
    ("quota", 429),
    ("resource exhausted", 429),
    ("timeout", 504),
    ("time out", 504),
    ("timed out", 504),
    ("deadline", 504),
    ("bad gateway", 502),
    ("invalid response", 502),
    ("overload", 529),
    ("overloaded", 529),
    ("at capacity", 529),
    ("over capacity", 529),
    ("unavailable", 503),
    ("loading", 503),
    ("not ready", 503),
    ("model error", 424),
    ("internal server", 500),
    ("internal error", 500),
    ("server error", 500),
    ("api error", 500),
    ("invalid", 400),
    ("bad request", 400),
    ("validation", 400),
    ("malformed", 400),
    ("not found", 400),
    ("does not exist", 400),
    ("not supported", 400),
    ("unsupported", 400),
    ("unimplemented", 400),
    ("authentication", 400),
    ("unauthenticated", 400),
    ("unauthorized", 400),
    ("not authorized", 400),
    ("permission", 400),
    ("forbidden", 400),
    ("access denied", 400),
    ("billing", 400),
    ("payment", 400),
    ("credits", 400),
    ("precondition", 400),
    ("out of range", 400),
    ("too long", 400),
    ("too large", 400),
    ("context length", 400),
    ("content filter", 400),
    ("content policy", 400),
    ("moderation", 400),
    ("safety", 400),
    ("blocked", 400),
];
/// Too little among other words, and enough as a code.
const CODES: &[(&str, u16)] = &[("internal", 500), ("data loss", 500), ("aborted", 409), ("filter", 400)];
/// With these words an error says that there is none. Gateways that number their errors send one with every answer.
const NOTHING: [&str; 9] = ["", "ok", "success", "none", "null", "no error", "false", "0", "200"];
/// A message says in its beginning what it is about.
const LONGEST_MESSAGE: usize = 500;
const LONGEST_CODE: usize = 60;

/// The failure that an answer is, if it is one.
pub(crate) fn within(body: &Value, tokens: Option<Tokens>, retry_after: Option<Duration>) -> Option<ProviderError> {
    let error = error_of(body)?;
    Some(match status_of(error) {
        Some(status) => wire::failed(status, retry_after, spent_in(status, tokens)),
        None => wire::refused(&format!("the provider answered with an error{}", code(error)), spent(reported(tokens))),
    })
}

/// What an error has cost: its own report is worth more than what is usual for its status.
pub(crate) fn spent_in(status: u16, tokens: Option<Tokens>) -> Spent {
    reported(tokens).map_or_else(|| wire::usually_spent(status), |tokens| spent(Some(tokens)))
}

/// Nothing is asked without a word: a report of none is no report.
fn reported(tokens: Option<Tokens>) -> Option<Tokens> {
    tokens.filter(|tokens| tokens.input > 0)
}

/// Of the whole answer, or of the one text in it.
fn error_of(body: &Value) -> Option<&Value> {
    let is_error = body.get("type").is_some_and(|kind| kind == "error") || body.get("__type").is_some();
    let of_choice = || body.get("choices")?.get(0)?.get("error");
    let said = [body.get("error"), of_choice()].into_iter().flatten().find(|error| says_something(error));
    said.or_else(|| is_error.then_some(body))
}

fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) | Value::String(_) => fills(error),
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
        Value::String(text) => !NOTHING.iter().any(|nothing| text.trim().eq_ignore_ascii_case(nothing)),
        Value::Object(fields) => fields.values().any(fills),
        Value::Array(list) => list.iter().any(fills),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// The status that an error names: by number, else by the words of its code, and only where it has none by its message.
fn status_of(error: &Value) -> Option<u16> {
    let named = || NAMES.iter().filter_map(|name| error.get(name));
    let by_code = || named().filter_map(Value::as_str).find_map(status_in_code);
    let message = || error.get("message").or(Some(error))?.as_str();
    named().chain([error]).find_map(status_in_number).or_else(by_code).or_else(|| status_in_message(message()?))
}

fn status_in_number(value: &Value) -> Option<u16> {
    let number = usage::whole(value).or_else(|| value.as_str()?.trim().parse().ok())?;
    status(number)
}

fn status(number: u64) -> Option<u16> {
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}

fn status_in_code(code: &str) -> Option<u16> {
    let words = words(code);
    let numbered = || words.split(' ').find_map(|word| status(word.parse().ok()?));
    meant(&words, PHRASES).or_else(|| meant(&words, CODES)).or_else(numbered)
}

/// A number in a message is a status only where it is said to be one: limits are numbers, too.
fn status_in_message(message: &str) -> Option<u16> {
    let words = words(message);
    let mut before = "status";
    let numbered = words.split(' ').find_map(|word| {
        let is_said = matches!(std::mem::replace(&mut before, word), "status" | "code" | "http" | "error");
        status(word.parse().ok().filter(|_| is_said)?)
    });
    numbered.or_else(|| meant(&words, PHRASES))
}

fn meant(words: &str, phrases: &[(&str, u16)]) -> Option<u16> {
    let says = |phrase: &str| format!(" {words} ").contains(&format!(" {phrase} "));
    phrases.iter().find(|(phrase, _)| says(phrase)).map(|(_, status)| *status)
}

/// The words of a text or of a name like `ThrottlingException`, without case and signs, one blank between them.
fn words(text: &str) -> String {
    let mut words = String::new();
    let mut was_small = false;
    for c in text.chars().take(LONGEST_MESSAGE) {
        let is_word = c.is_ascii_alphanumeric();
        if (!is_word || (was_small && c.is_ascii_uppercase())) && !words.ends_with(' ') {
            words.push(' ');
        }
        if is_word {
            words.push(c.to_ascii_lowercase());
        }
        was_small = c.is_ascii_lowercase();
    }
    words.trim().to_owned()
}

/// A code as it may be shown: a stranger chose it.
fn code(error: &Value) -> String {
    let code = ["code", "type"].iter().find_map(|name| error.get(name)?.as_str());
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let code: String = code.unwrap_or_default().chars().filter(plain).take(LONGEST_CODE).collect();
    if code.is_empty() { code } else { format!(": {code}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The status by which an error is booked, and 0 where it names none.
    fn named(error: &Value) -> u16 {
        status_of(error).unwrap_or(0)
    }

    #[test]
    fn what_a_message_says_by_the_way_does_not_outweigh_the_code() {
        for (error, status) in [
            (json!({"type": "invalid_request_error", "message": "timeout must be a number"}), 400),
            (json!({"code": "invalid_api_key", "message": "the service is unavailable to you"}), 400),
            (json!({"code": "rate_limit_exceeded", "message": "the internal limit is 500 a minute"}), 429),
            (json!({"message": "invalid: loading", "status": "UNAVAILABLE"}), 503),
            (json!({"type": "timeout_error", "message": "the model was overloaded"}), 504),
            (json!({"code": "model_busy", "type": "server_error", "message": "invalid"}), 500),
            (json!({"code": "failed", "status": 503, "message": "bad request"}), 503),
            (json!({"code": "bad_request", "status_code": "503"}), 503),
        ] {
            assert_eq!(named(&error), status, "{error}");
        }
    }

    #[test]
    fn a_number_is_the_surest_and_one_that_is_no_status_says_nothing() {
        for (error, status) in [
            (json!({"code": 429.0}), 429),
            (json!({"code": " 503 "}), 503),
            (json!({"code": 14, "status": "UNAVAILABLE"}), 503),
            (json!({"code": 200, "message": "timed out"}), 504),
            (json!({"code": 0, "message": "m"}), 0),
            (json!({"code": 418}), 418),
            (json!({"code": 599}), 599),
            (json!(502), 502),
            (json!("529"), 529),
        ] {
            assert_eq!(named(&error), status, "{error}");
        }
    }

    #[test]
    fn the_words_of_the_providers_are_known_as_codes() {
        for (code, status) in [
            ("ThrottlingException", 429),
            ("TooManyRequestsException", 429),
            ("insufficient_quota", 429),
            ("RESOURCE_EXHAUSTED", 429),
            ("ModelTimeoutException", 504),
            ("DEADLINE_EXCEEDED", 504),
            ("ServiceUnavailableException", 503),
            ("ModelNotReadyException", 503),
            ("overloaded_error", 529),
            ("InternalServerException", 500),
            ("INTERNAL", 500),
            ("api_error", 500),
            ("ABORTED", 409),
            ("http_503", 503),
            ("ValidationException", 400),
            ("AccessDeniedException", 400),
            ("request_too_large", 400),
            ("content_filter", 400),
            ("FAILED_PRECONDITION", 400),
            ("model_busy", 0),
        ] {
            assert_eq!(named(&json!({"code": code, "message": "m"})), status, "{code}");
        }
    }

    #[test]
    fn a_message_is_the_last_resort_and_counts_by_whole_words() {
        for (message, status) in [
            ("Service unavailable: upstream timeout", 504),
            ("The request timed out; the model may be overloaded", 504),
            ("Invalid response from upstream", 502),
            ("Upstream error 502: see status page", 502),
            ("503 Service Unavailable", 503),
            ("Model x is currently loading", 503),
            ("The model is overloaded, try again", 529),
            ("Rate limit reached for requests", 429),
            ("The model `x` does not exist", 400),
            ("This prompt of 512 tokens is too long", 400),
            ("Downloading failed", 0),
            ("invalidated by an internally timeouted quotation", 0),
            ("at most 429 items", 0),
            ("it does not fit into memory", 0),
        ] {
            assert_eq!(named(&json!({"message": message})), status, "{message}");
            assert_eq!(named(&json!(message)), status, "{message}");
        }
    }

    #[test]
    fn an_error_that_reports_nothing_is_booked_by_its_status() {
        let none = Some(Tokens::default());
        assert_eq!((spent_in(504, none), spent_in(429, none)), (Spent::Unknown, Spent::Nothing));
        let tokens = Tokens { input: 9, output: 0 };
        assert_eq!(spent_in(429, Some(tokens)), spent(Some(tokens)));
    }
}
