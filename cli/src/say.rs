//! Text for people and programs, on standard output.

use std::io::{IsTerminal, stdout};

use galley_client::api::printable;
use jiff::Timestamp;
use serde_json::Value;

/// The answer itself, where JSON was asked for.
pub(crate) fn json(value: &Value) {
    let text = if stdout().is_terminal() { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    anstream::println!("{}", text.unwrap_or_default());
}

pub(crate) fn line(text: &str) {
    anstream::println!("{}", safe(text));
}

/// `name  value`, where there is one.
pub(crate) fn fields(fields: &[(&str, String)]) {
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        anstream::println!("{name:<width$}  {}", safe(value));
    }
}

/// Without what would command a terminal or hide something: what others wrote is shown, never obeyed.
pub(crate) fn safe(text: &str) -> String {
    printable::stripped_prose(text).replace('\r', "")
}

pub(crate) fn one_line(text: &str) -> String {
    safe(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `3 min ago`.
pub(crate) fn ago(at: Timestamp) -> String {
    let seconds = Timestamp::now().duration_since(at).as_secs();
    let (amount, unit) = match seconds.abs() {
        s @ ..60 => (s, "s"),
        s @ ..3600 => (s / 60, "min"),
        s @ ..86_400 => (s / 3600, "h"),
        s => (s / 86_400, "d"),
    };
    if seconds < 0 { format!("in {amount} {unit}") } else { format!("{amount} {unit} ago") }
}
