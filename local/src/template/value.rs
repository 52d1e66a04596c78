//! Values of the template as text and numbers.

use serde_json::Value;

pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    value[name].as_str().map(str::to_owned)
}

pub(super) fn number(value: &Value) -> Option<usize> {
    scalar(value).parse().ok()
}

pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
