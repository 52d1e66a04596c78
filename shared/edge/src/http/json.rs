//! Unambiguous JSON: no duplicate names in an object, and a bounded depth.

use std::fmt;

use galley_domain::kernel::literals::{self, Piece};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::error::MOST_TOLD;

/// A body may nest this deep.
pub(super) const MAX_DEPTH: usize = 32;

/// A value without duplicate names. Given a duplicate name, one parser takes the first value and another
/// the last, so two systems could read different things from the same bytes.
#[derive(Debug)]
pub(super) struct Unambiguous(pub(super) Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom("a name comes twice in one object"));
            }
            let Unambiguous(value) = entries.next_value()?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// `bytes` as JSON that means one thing to everyone who reads it.
pub fn unambiguous(bytes: &[u8]) -> Option<Value> {
    if depth(bytes) > MAX_DEPTH {
        return None;
    }
    serde_json::from_slice::<Unambiguous>(bytes).ok().map(|read| read.0)
}

/// The paths of fields whose number a double would round to 0 or cannot hold. `None`:
/// there are none, or it is no JSON for other reasons.
pub(super) fn out_of_range(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    literals::out_of_range(text).next()?;
    // Parsed again with each such number replaced by a mark, because the parser reports no paths.
    let marked: String = literals::pieces(text)
        .map(|piece| match piece {
            Piece::Literal(literal) if literals::is_out_of_range(literal) => MARK,
            Piece::Quoted(part) | Piece::Literal(part) | Piece::Between(part) => part,
        })
        .collect();
    let Unambiguous(value) = serde_json::from_str(&marked).ok()?;
    let mut fields = Vec::new();
    marks_in(&value, "", &mut fields);
    Some(fields)
}

/// The mark: a string that no request contains.
const MARK: &str = "\"\\u0000out of range\"";
const MARKED: &str = "\0out of range";

fn marks_in(value: &Value, path: &str, fields: &mut Vec<String>) {
    // More are not listed, and each path may be as long as the body.
    if fields.len() >= MOST_TOLD {
        return;
    }
    match value {
        Value::String(text) if text == MARKED => fields.push(path.to_owned()),
        Value::Array(list) => {
            for (nth, item) in list.iter().enumerate() {
                marks_in(item, &format!("{path}[{nth}]"), fields);
            }
        }
        Value::Object(map) => {
            for (name, item) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                marks_in(item, &path, fields);
            }
        }
        _ => {}
    }
}

/// How deep `bytes` nest, brackets in strings aside. Counts before anything recurses.
pub(super) fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match (in_string, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (_, _, b'"') => in_string = !in_string,
            (false, _, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, _, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, String> {
        serde_json::from_str::<Unambiguous>(text).map(|read| read.0).map_err(|error| error.to_string())
    }

    #[test]
    fn what_means_one_thing_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,"x",null,true,{"a":{}}],"b":18446744073709551615}"#;
        assert_eq!(read(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn a_name_that_comes_twice_is_refused_wherever_it_is() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"a":{"b":1,"c":2,"b":3}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(read(text).unwrap_err().starts_with("a name comes twice"), "{text}");
        }
    }

    #[test]
    fn brackets_in_strings_are_no_nesting() {
        assert_eq!(depth(br#"{"a":"[[[[\"[["}"#), 1);
    }
}
