//! Text for people and programs, on standard output.

use std::io::{IsTerminal, stdout};

use galley_client::api::printable;
use jiff::Timestamp;
use serde_json::Value;

/// The answer itself, where JSON was asked for.
pub(crate) fn json(value: &Value) {
    let text = if stdout().is_terminal() {
        serde_json::to_string_pretty(value).map(|text| escaped(&text))
    } else {
        serde_json::to_string(value)
    };
    anstream::println!("{}", text.unwrap_or_default());
}

/// JSON that says the same without the characters that command a terminal or turn the text around; those below U+0020 are escaped
/// in any JSON.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_on_a_terminal_commands_nothing_and_says_the_same() {
        let value = serde_json::json!({"a": "\u{9b}31m\u{7f}\u{202e}\u{200f}\u{2066}é 漢"});
        let told = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(told.contains("\\u009b31m\\u007f\\u202e\\u200f\\u2066é 漢"), "{told}");
        assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), value);
    }
}
