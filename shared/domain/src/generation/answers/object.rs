//! The JSON object of an answer, whatever stands around it, and its fields. Servers that hold a model to a shape are few: what can
//! only mean one thing is taken for it, and what cannot be read is named, so that the model can be told.

use serde_json::{Map, Value};

use super::{no_use::NoUse, signs::seen};
use crate::{content::quality::Score, kernel::literals};

/// Text around an object has some brackets of its own; more are none.
const MOST_TRIED: usize = 64;

/// Reads the object of `text` by `read`. Of several that can be read the last is meant: the others were thought about.
pub(super) fn read<T>(text: &str, read: impl Fn(&Map<String, Value>) -> Result<T, NoUse>) -> Result<T, NoUse> {
    let (mut found, mut why, mut from) = (None, NoUse::NoObject, 0);
    let starts: Vec<usize> = text.match_indices('{').map(|(at, _)| at).take(MOST_TRIED).collect();
    for at in &starts {
        let Some(rest) = text.get(*at..).filter(|_| *at >= from) else { continue };
        match first(rest) {
            Some((object, length)) => match read(&object) {
                Ok(value) => {
                    found = Some(value);
                    from = at + length;
                }
                Err(reason) => why = reason,
            },
            None if why == NoUse::NoObject => why = NoUse::BrokenObject,
            None => {}
        }
    }
    // As it stands it cannot be read: perhaps what is meant can.
    let mended = || starts.iter().find_map(|at| read(&first(&mended(text.get(*at..)?))?.0).ok());
    found.or_else(mended).ok_or(why)
}

/// The object that `text` begins with, and how long it is.
fn first(text: &str) -> Option<(Map<String, Value>, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let length = values.byte_offset();
    if let Value::Object(object) = value { Some((object, length)) } else { None }
}

/// JSON without the commas that stand before an end, and its strings as they may be written.
fn mended(text: &str) -> String {
    let text = literals::mended(text);
    let mut whole = String::with_capacity(text.len());
    for piece in literals::pieces(&text) {
        match piece {
            literals::Piece::Quoted(part) | literals::Piece::Literal(part) => whole.push_str(part),
            literals::Piece::Between(part) => {
                for (at, c) in part.char_indices() {
                    let ends =
                        || part.get(at + c.len_utf8()..).unwrap_or_default().trim_start().starts_with(['}', ']']);
                    if c != ',' || !ends() {
                        whole.push(c);
                    }
                }
            }
        }
    }
    whole
}

/// A score of 0 to 100: 85.0 is 85 to JSON, and 85.5 is nearer to 86 than to nothing. One that is left out is left to the formulas; one
/// beyond the scale is of another scale.
pub(super) fn score(object: &Map<String, Value>, name: &'static str) -> Result<Option<Score>, NoUse> {
    let number = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_f64(),
    };
    number.and_then(Score::rounded).map(Some).ok_or(NoUse::Score(name))
}

pub(super) fn text(object: &Map<String, Value>, name: &'static str) -> Result<String, NoUse> {
    object.get(name).and_then(Value::as_str).map(|text| seen(text).0).ok_or(NoUse::Text(name))
}

/// The texts of a list. One alone is a list of one; none at all is an empty list.
pub(super) fn texts(object: &Map<String, Value>, name: &'static str) -> Result<Vec<String>, NoUse> {
    let texts = match object.get(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => vec![seen(text).0],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(|text| seen(text).0).collect(),
        Some(_) => return Err(NoUse::List(name)),
    };
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u8, NoUse> {
        read(text, |object| score(object, "n")?.map(Score::value).ok_or(NoUse::Scores))
    }

    #[test]
    fn what_has_no_object_or_one_that_breaks_off_says_so() {
        for text in ["", "The text is good.", "[1, 2]", "\"n\": 1"] {
            assert_eq!(number(text), Err(NoUse::NoObject), "{text}");
        }
        for text in ["{\"n\": 8", "{n: 85}", "{\"n\": [{\"n\": ", "{{ n }}", &"{".repeat(100_000)] {
            assert_eq!(number(text), Err(NoUse::BrokenObject), "{:?}", text.get(..20));
        }
        for text in
            ["{}", "{\"n\": null}", "{\"n\": \"good\"}", "{\"n\": 101}", "{\"n\": -1}", "{\"n\": [85]}", "{\"n\": NaN}"]
        {
            assert!(matches!(number(text), Err(NoUse::Score("n") | NoUse::Scores | NoUse::BrokenObject)), "{text}");
        }
    }

    #[test]
    fn the_one_object_is_read_whatever_stands_around_it() {
        for text in [
            "{\"n\": 85}",
            "Here it is:\n\n```json\n{\"n\": 85}\n```\n\nI hope this helps {a lot}!",
            "{\"assessment\": {\"n\": 85, \"more\": {}}}",
            "First {\"n\": 12}, but no: {\"n\": 85}",
            "{\"n\": 85.0}",
            "{\"n\": 84.5}",
            "{\"n\": \"85\"}",
            "{\"n\": 85,}",
            "{\"said\": \"two\nlines\", \"n\": 85}",
            "{\"said\": \"half \\ud800\", \"n\": 85}",
            "{a set} and then {\"n\": 85}",
        ] {
            assert_eq!(number(text), Ok(85), "{text}");
        }
        assert_eq!(number("{\"n\": 85.5}"), Ok(86));
    }

    #[test]
    fn strings_show_what_they_hold_and_one_alone_is_a_list() {
        let list = |text: &str| read(text, |object| texts(object, "l"));
        assert_eq!(list(r#"{"l": ["a\u0007", 7, "b\ud83d"]}"#).unwrap(), ["a\u{fffd}", "b\u{fffd}"]);
        assert_eq!(list(r#"{"l": "alone"}"#).unwrap(), ["alone"]);
        assert_eq!(list("{}").unwrap(), [""; 0]);
        assert_eq!(list(r#"{"l": 7}"#), Err(NoUse::List("l")));
    }
}
