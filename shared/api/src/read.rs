//! Reads the JSON of a request. What breaks a rule is told by its field and the rule, in the API's words: no message of a
//! library is passed on, because it names types of the inside.
//!
//! Stricter than a derived parser, which takes an enum's value as an object and an object as an array. More lenient, too: `null`
//! for an optional field is as if it were not there, and `200.0` is a whole number, as JSON Schema has it.

use std::fmt;

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, Unexpected, Visitor},
};
use serde_json::{Map, Number, Value, map};

/// What `null` means for a field that need not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Null {
    /// As if the field were not there.
    IsAbsent,
    /// A value of its own: it clears what was set (RFC 7396).
    Clears,
}

/// Where the value breaks a rule, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// From the outside in.
    path: Vec<Step>,
    rule: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

/// Of an error there is nothing but its text.
const PASSED_ON: &str = "wrong at ";
const NOT_VALID: &str = "is not valid";
const NO_STRING: &str = "must be a string";
const NO_ARRAY: &str = "must be an array";
const NO_OBJECT: &str = "must be an object";
const NO_WHOLE_NUMBER: &str = "must be a whole number";

/// # Errors
/// The first rule that is broken.
pub fn read<T: DeserializeOwned>(value: Value, null: Null) -> Result<T, Refused> {
    T::deserialize(Reader { value, null })
}

/// So many rules are told of one value. Each costs another reading of it.
const MOST_TOLD: usize = 20;

/// Every rule that is broken, but those that may be broken only because what breaks another was left out: of an array, say, that
/// would have entries enough if they were right.
pub fn faults<T: DeserializeOwned>(mut value: Value, null: Null) -> Vec<Refused> {
    let (mut told, mut gone) = (Vec::<Refused>::new(), Vec::new());
    while told.len() < MOST_TOLD {
        let Err(refused) = read::<T>(value.clone(), null) else { break };
        let path = as_sent(&refused.path, &gone);
        let left_out = leave_out(&mut value, &refused.path);
        gone.extend(left_out.and_then(|depth| path.get(..depth)).map(<[Step]>::to_vec));
        if !told.iter().any(|before| before.path.starts_with(&path)) {
            told.push(Refused { path, ..refused });
        }
        if left_out.is_none() {
            break;
        }
    }
    told
}

/// Where a place was, before what is `gone` was left out. Arrays are read from the front, so what is gone of one was before it.
fn as_sent(path: &[Step], gone: &[Vec<Step>]) -> Vec<Step> {
    let mut sent: Vec<Step> = Vec::new();
    for step in path {
        let gone = gone.iter().filter(|gone| match gone.split_last() {
            Some((Step::Index(_), array)) => array == sent,
            _ => false,
        });
        sent.push(match step {
            Step::Index(nth) => Step::Index(nth + gone.count()),
            name @ Step::Name(_) => name.clone(),
        });
    }
    sent
}

/// Takes what is at `path` out of `value`; where nothing is there, what should hold it. How deep that was; `None`: it would be all.
fn leave_out(value: &mut Value, path: &[Step]) -> Option<usize> {
    let (last, holders) = path.split_last()?;
    let holder = holders.iter().try_fold(&mut *value, |holder, step| match step {
        Step::Name(name) => holder.get_mut(name),
        Step::Index(nth) => holder.get_mut(nth),
    });
    let taken = match (holder, last) {
        (Some(Value::Object(fields)), Step::Name(name)) => fields.remove(name).is_some(),
        (Some(Value::Array(items)), Step::Index(nth)) if *nth < items.len() => {
            items.remove(*nth);
            true
        }
        _ => false,
    };
    if taken { Some(path.len()) } else { leave_out(value, holders) }
}

impl Refused {
    fn new(rule: impl Into<String>) -> Self {
        Self { path: Vec::new(), rule: rule.into() }
    }

    fn within(mut self, step: Step) -> Self {
        self.path.insert(0, step);
        self
    }

    /// `seo.keywords[1]`; empty where it is the whole value.
    pub fn field(&self) -> String {
        let mut field = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) if field.is_empty() => field.push_str(name),
                Step::Name(name) => field.push_str(&format!(".{name}")),
                Step::Index(nth) => field.push_str(&format!("[{nth}]")),
            }
        }
        field
    }

    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Of the field `name`.
    pub fn at(name: &str, rule: impl Into<String>) -> Self {
        Self::new(rule).within(Step::Name(name.to_owned()))
    }

    /// For a type that reads a part of itself by `read`: what it met, as an error of the reading that it is in.
    pub fn passed_on<E: de::Error>(&self) -> E {
        E::custom(format!("{PASSED_ON}{}: {}", self.field(), self.rule))
    }

    /// Whether it is about the field `name`, or a part of it.
    pub fn is_about(&self, name: &str) -> bool {
        matches!(self.path.first(), Some(Step::Name(first)) if first == name)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field(), self.rule)
    }
}

impl std::error::Error for Refused {}

/// The only place where what a parser says becomes a rule.
impl de::Error for Refused {
    fn custom<T: fmt::Display>(said: T) -> Self {
        let said = said.to_string();
        match said {
            rule if rule.starts_with("must ") => Self::new(rule),
            passed if passed.starts_with(PASSED_ON) => {
                let told = passed.strip_prefix(PASSED_ON).and_then(|told| told.split_once(": "));
                told.map_or_else(
                    || Self::new(NOT_VALID),
                    |(field, rule)| match field {
                        "" => Self::new(rule),
                        field => Self::at(field, rule),
                    },
                )
            }
            other if other.starts_with("UUID ") => Self::new("must be a UUID"),
            _ => Self::new(NOT_VALID),
        }
    }

    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        Self::new(if wanted.starts_with("must ") { wanted } else { "has the wrong type".to_owned() })
    }

    fn invalid_value(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        if wanted.starts_with("a nonzero ") { Self::new("must not be 0") } else { Self::custom(wanted) }
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("has the wrong number of entries")
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(one_of(known))
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Self::new("is not a known field").within(Step::Name(name.to_owned()))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new("is required").within(Step::Name(name.to_owned()))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new("must come once").within(Step::Name(name.to_owned()))
    }
}

/// The rule of what is one of a few names.
pub fn one_of(known: &[&str]) -> String {
    format!("must be one of {}", known.join(", "))
}

/// A value, and how it is read.
struct Reader {
    value: Value,
    null: Null,
}

impl Reader {
    fn text(self) -> Result<String, Refused> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => Err(Refused::new(NO_STRING)),
        }
    }

    /// A whole number, however it is written: `2e2` and `200.0` are 200.
    fn whole(&self, least: i128, most: i128) -> Result<i128, Refused> {
        let number = match &self.value {
            Value::Number(number) => whole(number),
            _ => None,
        };
        let number = number.ok_or_else(|| Refused::new(NO_WHOLE_NUMBER))?;
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(Refused::new(format!("{NO_WHOLE_NUMBER} from {least} to {most}")))
        }
    }

    fn fields(self) -> Result<(Map<String, Value>, Null), Refused> {
        match self.value {
            Value::Object(fields) => Ok((fields, self.null)),
            _ => Err(Refused::new(NO_OBJECT)),
        }
    }
}

fn whole(number: &Number) -> Option<i128> {
    let exact = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    exact.or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= 1e30)?;
        format!("{float:.0}").parse().ok()
    })
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $kind:ty;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            let number = self.whole(i128::from(<$kind>::MIN), i128::from(<$kind>::MAX))?;
            visitor.$visit(<$kind>::try_from(number).map_err(|_| Refused::new(NO_WHOLE_NUMBER))?)
        })+
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Refused;

    /// Where the type does not say what it wants: a value as it is.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(Refused::new(NOT_VALID)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items::of(items, self.null)),
            Value::Object(fields) => visitor.visit_map(Fields::of(fields, self.null)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(Refused::new("must be true or false")),
        }
    }

    /// What is read from the widest type has a rule of its own (`bounded_number`), which a number beyond that breaks, too.
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let number = self.whole(i128::MIN, i128::MAX)?;
        visitor.visit_i64(number.try_into().unwrap_or(if number < 0 { i64::MIN } else { i64::MAX }))
    }

    whole_numbers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => Err(Refused::new("must be a number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items::of(items, self.null)),
            _ => Err(Refused::new(NO_ARRAY)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let (fields, null) = self.fields()?;
        visitor.visit_map(Fields::of(fields, null))
    }

    /// An array is no struct, whatever a derived parser thinks.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let (mut fields, null) = self.fields()?;
        if null == Null::IsAbsent {
            fields.retain(|name, value| !(value.is_null() && known.contains(&name.as_str())));
        }
        visitor.visit_map(Fields::of(fields, null))
    }

    /// A value of an enum is its name, never an object.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let text = self.text().map_err(|_| Refused::new(one_of(known)))?;
        visitor.visit_enum(text.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

/// The items of an array.
struct Items {
    left: std::iter::Enumerate<std::vec::IntoIter<Value>>,
    null: Null,
}

impl Items {
    fn of(items: Vec<Value>, null: Null) -> Self {
        Self { left: items.into_iter().enumerate(), null }
    }
}

impl<'de> de::SeqAccess<'de> for Items {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let Some((nth, value)) = self.left.next() else { return Ok(None) };
        let read = seed.deserialize(Reader { value, null: self.null });
        read.map(Some).map_err(|refused| refused.within(Step::Index(nth)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

/// The fields of an object.
struct Fields {
    left: map::IntoIter,
    next: Option<(String, Value)>,
    null: Null,
}

impl Fields {
    fn of(fields: Map<String, Value>, null: Null) -> Self {
        Self { left: fields.into_iter(), next: None, null }
    }
}

impl<'de> de::MapAccess<'de> for Fields {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.next = Some((name.clone(), value));
        let read = seed.deserialize(Reader { value: Value::String(name.clone()), null: self.null });
        read.map(Some).map_err(|refused| {
            // An unknown field has its name already; a key of a map has not.
            if refused.path.is_empty() { refused.within(Step::Name(name)) } else { refused }
        })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let (name, value) = self.next.take().ok_or_else(|| Refused::new(NOT_VALID))?;
        let read = seed.deserialize(Reader { value, null: self.null });
        read.map_err(|refused| refused.within(Step::Name(name)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::{
        phase::Phase,
        review::{Approve, Edit},
        task::{Style, TaskRequest},
    };

    fn task(field: &str, value: Value) -> Result<TaskRequest, String> {
        let mut body = json!({"topic": "How HTTP caching works"});
        body[field] = value;
        read::<TaskRequest>(body, Null::IsAbsent).map_err(|refused| refused.to_string())
    }

    #[test]
    fn what_was_left_out_to_read_on_is_not_told_as_missing() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "read, not used")]
        struct Entry {
            name: Phase,
            count: u8,
        }
        let told = |value: Value| {
            let told = faults::<BTreeMap<String, Vec<Entry>>>(value, Null::IsAbsent);
            told.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let good = json!({"name": "draft", "count": 1});
        let wrong = json!({"name": "x", "count": 300});
        let name = |at: &str| {
            format!(
                "{at}.name must be one of {}",
                Phase::ALL.iter().map(|phase| phase.name()).collect::<Vec<_>>().join(", ")
            )
        };
        let count = |at: &str| format!("{at}.count must be a whole number from 0 to 255");
        assert_eq!(
            told(json!({"a": [good, wrong, good, 1, wrong, {}], "b": wrong, "c": [wrong]})),
            [
                count("a[1]"),
                name("a[1]"),
                "a[3] must be an object".to_owned(),
                count("a[4]"),
                name("a[4]"),
                "a[5].name is required".to_owned(),
                "b must be an array".to_owned(),
                count("c[0]"),
                name("c[0]"),
            ]
        );
        assert_eq!(told(json!({"a": vec![1; 100]})).len(), MOST_TOLD);
        assert_eq!(told(json!([])), [" must be an object"]);
        assert_eq!(told(json!({"a": [good]})), [""; 0]);
    }

    #[test]
    fn a_value_of_an_enum_is_no_object() {
        let styles = "style must be one of technical, narrative, listicle, educational, thought-leadership";
        for value in
            [json!({"technical": null}), json!({"technical": {}}), json!(["technical"]), json!(1), json!("loud")]
        {
            assert_eq!(task("style", value).unwrap_err(), styles);
        }
        assert_eq!(
            task("generator", json!({"internal": null})).unwrap_err(),
            "generator must be one of internal, external"
        );
        assert_eq!(task("style", json!("narrative")).unwrap().style, Style::Narrative);
    }

    #[test]
    fn null_for_what_need_not_be_there_is_as_if_it_were_not() {
        let names =
            ["style", "tone", "target_length", "tags", "metadata", "generate_featured_image", "model", "callback_url"];
        let plain = task("topic", json!("How HTTP caching works")).unwrap();
        for name in names {
            assert_eq!(task(name, Value::Null).unwrap(), plain, "{name}");
        }
        assert_eq!(task("topic", Value::Null).unwrap_err(), "topic is required");
        let seo =
            json!({"title": "A title", "html": "<p>", "seo": {"title": "t", "description": "", "keywords": null}});
        assert!(read::<Edit>(seo, Null::IsAbsent).unwrap().seo.unwrap().keywords.is_empty());
    }

    #[test]
    fn null_hides_no_unknown_field_and_is_no_value_of_a_map() {
        assert_eq!(task("tenant", Value::Null).unwrap_err(), "tenant is not a known field");
        assert_eq!(task("metadata", json!({"a": null})).unwrap_err(), "metadata.a must be a string");
        assert_eq!(task("tags", json!(["a", null])).unwrap_err(), "tags[1] must be a string");
    }

    #[test]
    fn a_whole_number_is_whole_however_it_is_written() {
        for value in [json!(200), json!(200.0), json!(2e2)] {
            assert_eq!(task("target_length", value).unwrap().target_length.words(), 200);
        }
        for (value, told) in [
            (json!(200.5), "target_length must be a whole number"),
            (json!("200"), "target_length must be a whole number"),
            (json!(-1), "target_length must be 200 to 5000 words"),
            (json!(5e9), "target_length must be 200 to 5000 words"),
            (json!(1e30), "target_length must be 200 to 5000 words"),
            (json!(199.0), "target_length must be 200 to 5000 words"),
        ] {
            assert_eq!(task("target_length", value).unwrap_err(), told);
        }
    }

    #[test]
    fn an_array_is_no_object() {
        let body = json!({"title": "A title", "html": "<p>", "seo": ["A title", "", []]});
        assert_eq!(read::<Edit>(body, Null::IsAbsent).unwrap_err().to_string(), "seo must be an object");
        assert!(read::<TaskRequest>(json!([]), Null::IsAbsent).is_err());
    }

    #[test]
    fn a_wrong_value_is_told_by_its_rule_and_not_by_a_library() {
        for (field, value, told) in [
            ("topic", json!(1), "topic must be a string"),
            ("generate_featured_image", json!("x"), "generate_featured_image must be true or false"),
            ("tags", json!("x"), "tags must be an array"),
            ("tags", json!(["a", 1]), "tags[1] must be a string"),
            ("metadata", json!([]), "metadata must be an object"),
            (
                "models_by_phase",
                json!({"sing": "m"}),
                "models_by_phase.sing must be one of research, outline, draft, assess, refine, finalize",
            ),
            (
                "max_cost_usd",
                json!(true),
                "max_cost_usd must be a decimal amount of dollars such as \"0.50\", below 18 million million, with at most six decimals; as a number, at most 1000000000",
            ),
        ] {
            assert_eq!(task(field, value).unwrap_err(), told);
        }
        let approve = json!({"approved": true, "human_feedback": "Reads well.", "publish_at": "2026-11-20T12:00:00"});
        let refused = read::<Approve>(approve, Null::IsAbsent).unwrap_err();
        assert_eq!(refused.to_string(), "publish_at must be a date and a time such as 2026-11-20T12:00:00Z");
    }

    #[test]
    fn what_a_library_says_itself_is_never_told() {
        #[derive(Debug, Deserialize)]
        struct Inside {
            #[expect(dead_code, reason = "only read")]
            at: jiff::Timestamp,
        }
        #[derive(Debug, Deserialize)]
        #[serde(untagged)]
        enum Either {
            #[expect(dead_code, reason = "only read")]
            One { a: u8 },
        }
        let refused = read::<Inside>(json!({"at": "tomorrow"}), Null::IsAbsent).unwrap_err();
        assert_eq!(refused.to_string(), "at is not valid");
        assert_eq!(read::<Either>(json!({"b": 1}), Null::IsAbsent).unwrap_err().rule(), NOT_VALID);
        let id = read::<BTreeMap<String, uuid::Uuid>>(json!({"id": "x"}), Null::IsAbsent).unwrap_err();
        assert_eq!(id.to_string(), "id must be a UUID");
    }

    #[test]
    fn null_may_be_a_value_of_its_own() {
        #[expect(clippy::option_option, reason = "nothing said is not the same as null")]
        #[derive(Deserialize)]
        struct Patch {
            #[serde(default, deserialize_with = "said")]
            phase: Option<Option<Phase>>,
        }
        #[expect(clippy::option_option, reason = "nothing said is not the same as null")]
        fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<Phase>>, D::Error> {
            Deserialize::deserialize(value).map(Some)
        }
        let patch = |null| read::<Patch>(json!({"phase": null}), null).unwrap().phase;
        assert_eq!((patch(Null::Clears), patch(Null::IsAbsent)), (Some(None), None));
    }
}
