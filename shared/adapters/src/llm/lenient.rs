//! Reading an answer that was paid for, whatever else is in it. A count of `1e400` or `NaN`, a line break within a string or
//! half a character beside the text are no reason to lose it: what JSON does not know becomes `null`, and a string keeps
//! what can be read of it.

use galley_domain::{
    kernel::literals::mended,
    models::{ask::ProviderError, price::Spent},
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::wire;

/// A body as JSON. Some put the one answer into a list.
pub(crate) fn read(bytes: &[u8], spent: Spent) -> Result<Value, ProviderError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let body = serde_json::from_str(text).or_else(|_| serde_json::from_str(&mended(text)));
    match body.map_err(|_| wire::unreadable("JSON", spent))? {
        Value::Array(list) => Ok(list.into_iter().next().unwrap_or_default()),
        body => Ok(body),
    }
}

/// Words, where there are any; what else a field holds says nothing.
pub(crate) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(words) => Some(words),
        _ => None,
    })
}

/// Those of a list that can be read; one that cannot takes none of the others with it.
pub(crate) fn each<T: for<'de> Deserialize<'de>>(list: &Value) -> impl Iterator<Item = T> {
    list.as_array().into_iter().flatten().filter_map(|item| T::deserialize(item).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(text: &[u8]) -> Value {
        read(text, Spent::Unknown).unwrap()
    }

    #[test]
    fn what_no_json_is_or_what_breaks_off_is_not_guessed_at() {
        for text in ["", "<html>", "{\"a\": ", "{\"a\": \"b", "{\"a\": 1,}", "{NaN: 1}"] {
            assert!(read(text.as_bytes(), Spent::Unknown).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_that_is_none_takes_nothing_with_it() {
        for number in [
            "1e400",
            "-1e400",
            "NaN",
            "Infinity",
            "-Infinity",
            "inf",
            "undefined",
            "None",
            "01",
            "+1",
            ".5",
            "1.",
            "0x1F",
        ] {
            let text = format!(r#"{{"text": "NaN, \"1e400\" and 01", "usage": {{"n": {number}, "m": [{number}]}}}}"#);
            let body = said(text.as_bytes());
            assert_eq!(body, json!({"text": "NaN, \"1e400\" and 01", "usage": {"n": null, "m": [null]}}), "{number}");
        }
    }

    #[test]
    fn a_string_keeps_what_can_be_read_of_it() {
        for (written, read) in [
            (r"a\ud800b", "a\u{fffd}b"),
            (r"a\udc00", "a\u{fffd}"),
            (r"\ud83e\udd80 \u00e9\ud800", "\u{1f980} \u{e9}\u{fffd}"),
            ("two\nlines\tand \u{1}", "two\nlines\tand \u{1}"),
            (r"it\'s \uZZ \x", r"it\'s \uZZ \x"),
            (r#"\\ \" \n \ud800"#, "\\ \" \n \u{fffd}"),
        ] {
            assert_eq!(said(format!("{{\"text\": \"{written}\"}}").as_bytes()), json!({"text": read}), "{written}");
        }
        assert_eq!(said(b"\xef\xbb\xbf{\"text\": \"caf\xff\"}"), json!({"text": "caf\u{fffd}"}));
    }

    #[test]
    fn one_answer_in_a_list_is_that_answer() {
        assert_eq!(said(br#"[{"a": 1}]"#), json!({"a": 1}));
        assert_eq!(said(b"[]"), Value::Null);
    }
}
