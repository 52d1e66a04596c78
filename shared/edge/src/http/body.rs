//! JSON bodies. Every field is read on its own first, so that one answer names all that is wrong.

use galley_api::{
    agent::{AgentPatch, AliasMove, LabelMove, NewAgent, NewPrompt},
    read::{Null, Refused, faults, read},
};
use galley_domain::{
    access::{keys::NewKey, people::NewPerson},
    intent::record::{NewIntent, Take},
    kernel::rule::Hidden,
    operations::{correction::Asked as CostCorrection, hand::Stop},
    outbox::target::{NewTarget, TargetPatch},
    plans::feed::NewFeed,
    privacy::jobs::Asked,
    queue::dead_letters::{Discard, Redrive},
    review::action::{Approve, Assign, Edit, Note, Republish, Review, Schedule},
    schedule::record::{NewSchedule, SchedulePatch},
    task::comment::{CommentPatch, NewComment},
    task::request::TaskRequest,
    tenancy::{flags::SetFlag, settings::Overrides, suspension::Because},
    webhooks::source::{NewSource, Rotation},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::api::{
    BrowserRenewal, LimitsPatch, PlacementRetry, RefreshToken, SettingsPatch, TerminalSignIn, flags::Revert,
};

use super::{
    error::{ApiError, FieldError, Problem},
    json::{self, MAX_DEPTH, Unambiguous, depth},
};

/// A body whose fields check themselves while they are read. Unknown fields are refused by its `Deserialize`.
pub trait JsonBody: DeserializeOwned {
    /// The fields that have no default.
    const REQUIRED: &'static [&'static str];

    /// What `null` means for the fields that have one.
    const NULL: Null = Null::IsAbsent;

    /// Rules for new requests that stored values may break.
    fn hides(&self) -> Vec<Hidden> {
        Vec::new()
    }
}

impl JsonBody for TaskRequest {
    const REQUIRED: &'static [&'static str] = &["topic"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for Approve {
    const REQUIRED: &'static [&'static str] = &["approved", "human_feedback"];
}

impl JsonBody for Review {
    const REQUIRED: &'static [&'static str] = &["human_feedback"];
}

impl JsonBody for Republish {
    const REQUIRED: &'static [&'static str] = &["revision", "human_feedback"];
}

impl JsonBody for Assign {
    const REQUIRED: &'static [&'static str] = &["assignee"];
}

impl JsonBody for NewComment {
    const REQUIRED: &'static [&'static str] = &["text"];
}

impl JsonBody for CommentPatch {
    const REQUIRED: &'static [&'static str] = &[];
}

impl JsonBody for Edit {
    const REQUIRED: &'static [&'static str] = &["title"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for Schedule {
    const REQUIRED: &'static [&'static str] = &[];
}

impl JsonBody for Note {
    const REQUIRED: &'static [&'static str] = &[];
}

impl JsonBody for NewKey {
    const REQUIRED: &'static [&'static str] = &["subject", "role"];
}

impl JsonBody for NewSource {
    const REQUIRED: &'static [&'static str] = &["source", "scheme"];
}

impl JsonBody for Rotation {
    const REQUIRED: &'static [&'static str] = &[];
}

impl JsonBody for NewTarget {
    const REQUIRED: &'static [&'static str] = &["name", "url", "settings", "secret"];
}

impl JsonBody for TargetPatch {
    const REQUIRED: &'static [&'static str] = &[];
    const NULL: Null = Null::Clears;
}

impl JsonBody for NewAgent {
    const REQUIRED: &'static [&'static str] = &["display_name", "phases"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for AgentPatch {
    const REQUIRED: &'static [&'static str] = &[];
    const NULL: Null = Null::Clears;

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for NewPrompt {
    const REQUIRED: &'static [&'static str] = &["text"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for LabelMove {
    const REQUIRED: &'static [&'static str] = &["version", "reason"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for AliasMove {
    const REQUIRED: &'static [&'static str] = &["reason"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for NewSchedule {
    const REQUIRED: &'static [&'static str] = &["name", "rule", "request"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for NewIntent {
    const REQUIRED: &'static [&'static str] = &["text"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for Take {
    const REQUIRED: &'static [&'static str] = &["take"];
}

impl JsonBody for NewFeed {
    const REQUIRED: &'static [&'static str] = &["name"];

    fn hides(&self) -> Vec<Hidden> {
        let name = self.name.hides().map(|rule| Hidden { field: "name".to_owned(), rule });
        name.into_iter().collect()
    }
}

impl JsonBody for SchedulePatch {
    const REQUIRED: &'static [&'static str] = &[];
    const NULL: Null = Null::Clears;

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for PlacementRetry {
    const REQUIRED: &'static [&'static str] = &[];
}

impl JsonBody for Overrides {
    const REQUIRED: &'static [&'static str] = &[];
}

impl JsonBody for CostCorrection {
    const REQUIRED: &'static [&'static str] = &["cost_usd", "reason"];
}

impl JsonBody for NewPerson {
    const REQUIRED: &'static [&'static str] = &["role"];

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for BrowserRenewal {
    const REQUIRED: &'static [&'static str] = &["grant_type"];
}

impl JsonBody for TerminalSignIn {
    const REQUIRED: &'static [&'static str] = &["state", "code", "verifier"];
}

impl JsonBody for RefreshToken {
    const REQUIRED: &'static [&'static str] = &["refresh_token"];
}

impl JsonBody for Asked {
    const REQUIRED: &'static [&'static str] = &["subject"];
}

impl JsonBody for SetFlag {
    const REQUIRED: &'static [&'static str] = &["enabled"];
}

impl JsonBody for Revert {
    const REQUIRED: &'static [&'static str] = &["change_id"];
}

impl JsonBody for SettingsPatch {
    const REQUIRED: &'static [&'static str] = &[];
    const NULL: Null = Null::Clears;

    fn hides(&self) -> Vec<Hidden> {
        Self::hides(self)
    }
}

impl JsonBody for LimitsPatch {
    const REQUIRED: &'static [&'static str] = &[];
    const NULL: Null = Null::Clears;
}

impl JsonBody for Discard {
    const REQUIRED: &'static [&'static str] = &["reason"];
}

impl JsonBody for Stop {
    const REQUIRED: &'static [&'static str] = &["reason"];
}

impl JsonBody for Because {
    const REQUIRED: &'static [&'static str] = &["reason"];
}

impl JsonBody for Redrive {
    const REQUIRED: &'static [&'static str] = &["queue"];
}

/// Numbers that a double rounds to 0 or cannot hold are refused.
const OUT_OF_RANGE: &str = "must be 0 or a number from 1e-300 to 1e300; amounts of money have at most six decimals";

/// Some editors and libraries put it before a text; it is no part of it (RFC 8259, 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads `bytes` as a JSON object. No bytes at all are an empty object.
///
/// # Errors
/// 400: not JSON, not an object, nested over 32 deep, or with a number that no double holds.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if depth(bytes) > MAX_DEPTH {
        return Err(ApiError::new(Problem::MalformedJson).detail("the body is nested over 32 deep"));
    }
    let malformed = |detail: &str| ApiError::new(Problem::MalformedJson).detail(detail);
    if let Some(fields) = json::out_of_range(bytes) {
        let refused = |field| FieldError { field, message: OUT_OF_RANGE.to_owned() };
        return Err(ApiError::invalid_fields(fields.into_iter().map(refused).collect()));
    }
    match serde_json::from_slice(bytes) {
        Ok(Unambiguous(Value::Object(map))) => Ok(map),
        Ok(_) => Err(malformed("the body must be a JSON object")),
        Err(error) => {
            let told = error.to_string();
            // What is JSON is refused in our own words, behind which serde_json writes the position.
            let what = told.split(" at line ").next().filter(|_| error.is_data()).unwrap_or("not JSON");
            Err(malformed(&format!("{what} at line {}, column {}", error.line(), error.column())))
        }
    }
}

/// Reads a whole body.
///
/// # Errors
/// 400, naming every field that breaks a rule.
pub fn parse<T: JsonBody>(bytes: &[u8]) -> Result<T, ApiError> {
    from_object(object(bytes)?).map_err(ApiError::invalid_fields)
}

/// Reads an object that is in memory already: an item of a bulk.
///
/// # Errors
/// Every field that breaks a rule.
pub fn from_object<T: JsonBody>(map: Map<String, Value>) -> Result<T, Vec<FieldError>> {
    // Most bodies break no rule: only one that does is looked through field by field.
    let body: T = read(Value::Object(map.clone()), T::NULL).map_err(|refused| {
        let errors = broken::<T>(map);
        if errors.is_empty() { vec![told(&refused)] } else { errors }
    })?;
    let hidden = body.hides().into_iter().map(|Hidden { field, rule }| FieldError { field, message: rule.to_string() });
    let errors: Vec<FieldError> = hidden.collect();
    if errors.is_empty() { Ok(body) } else { Err(errors) }
}

/// What is missing, and what is wrong with each field.
fn broken<T: JsonBody>(map: Map<String, Value>) -> Vec<FieldError> {
    let is_missing = |name: &&&str| map.get(**name).is_none_or(Value::is_null);
    let missing = T::REQUIRED
        .iter()
        .filter(is_missing)
        .map(|name| FieldError { field: (*name).to_owned(), message: "is required".to_owned() });
    let mut errors: Vec<FieldError> = missing.collect();
    errors.extend(map.into_iter().flat_map(|(name, value)| wrong::<T>(&name, value)));
    errors
}

/// The errors of one field. The field is read alone, so errors about missing other fields are ignored, as is one about itself: a
/// required field that is `null` is told as missing.
fn wrong<T: JsonBody>(name: &str, value: Value) -> Vec<FieldError> {
    if value.is_null() && T::REQUIRED.contains(&name) {
        return Vec::new();
    }
    let alone = Map::from_iter([(name.to_owned(), value)]);
    let faults = faults::<T>(Value::Object(alone), T::NULL);
    faults.iter().filter(|refused| refused.is_about(name)).map(told).collect()
}

fn told(refused: &Refused) -> FieldError {
    FieldError { field: refused.field(), message: refused.rule().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Vec<String> {
        let map = object(body.as_bytes()).unwrap();
        let mut fields: Vec<_> =
            from_object::<TaskRequest>(map).unwrap_err().into_iter().map(|error| error.field).collect();
        fields.sort();
        fields
    }

    #[test]
    fn all_problems_are_named_at_once() {
        let body = r#"{"style":"loud","target_length":10,"tags":["ok",""],"tenant":"other","callback_url":"http://x"}"#;
        assert_eq!(fields(body), ["callback_url", "style", "tags[1]", "target_length", "tenant", "topic"]);
    }

    #[test]
    fn all_that_is_wrong_within_a_field_is_named_too_where_it_was_sent() {
        let body =
            r#"{"topic":"How HTTP caching works","tags":["ok","","http","",1],"metadata":{"a":1,"b":"x","c":[]}}"#;
        assert_eq!(fields(body), ["metadata.a", "metadata.c", "tags[1]", "tags[3]", "tags[4]"]);
        let told = |settings: Value| {
            let body = serde_json::json!({"name": "blog", "url": "https://blog.example.com", "secret": "a long enough one",
                "settings": settings});
            let Value::Object(map) = body else { panic!("{body}") };
            let told = from_object::<NewTarget>(map).unwrap_err();
            told.into_iter().map(|error| format!("{} {}", error.field, error.message)).collect::<Vec<_>>()
        };
        assert_eq!(told(serde_json::json!({"username": "ana"})), ["settings.kind is required"]);
        assert_eq!(
            told(serde_json::json!({"kind": "wordpress", "username": " ", "author": 0})),
            [
                "settings.author must not be 0",
                "settings.username must be 1 to 60 of A-Z, a-z, 0-9, spaces within, '_', '.', '@' and '-'"
            ]
        );
    }

    #[test]
    fn messages_name_the_rule() {
        let map = object(br#"{"topic":"ab","x":1}"#).unwrap();
        let errors = from_object::<TaskRequest>(map).unwrap_err();
        assert!(errors.iter().any(|error| error.field == "topic" && error.message.contains("3 to 200")));
        assert!(errors.iter().any(|error| error.field == "x" && error.message == "is not a known field"));
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for body in ["[]", "1", "{", "\u{feff}\u{feff}{}", "{}\u{feff}", "{\"a\":NaN}", "{\"a\":\"\\ud800\"}"] {
            assert_eq!(object(body.as_bytes()).unwrap_err().problem(), Problem::MalformedJson, "{body}");
        }
        assert_eq!(object(b"\xff\xfe").unwrap_err().problem(), Problem::MalformedJson);
    }

    #[test]
    fn a_byte_order_mark_before_a_body_is_no_part_of_it() {
        assert_eq!(object("\u{feff}{\"a\":1}".as_bytes()).unwrap(), object(b"{\"a\":1}").unwrap());
    }

    #[test]
    fn a_required_field_that_is_null_is_told_once_as_missing() {
        let errors = from_object::<TaskRequest>(object(br#"{"topic":null,"style":null}"#).unwrap()).unwrap_err();
        assert_eq!(errors, [FieldError { field: "topic".to_owned(), message: "is required".to_owned() }]);
    }

    #[test]
    fn a_name_that_comes_twice_is_said_to() {
        let refused = object(br#"{"topic":"One","topic":"Other"}"#).unwrap_err();
        let shown = serde_json::to_value(refused.body("r", "/")).unwrap();
        assert_eq!(shown["detail"], "a name comes twice in one object at line 1, column 22");
    }

    #[test]
    fn a_number_too_small_to_be_kept_is_no_zero() {
        let told = |body: &str| serde_json::to_value(object(body.as_bytes()).unwrap_err().body("r", "/")).unwrap();
        for number in ["1e-400", "0.5E-999", "-1e-400", "1e400"] {
            let shown =
                told(&format!(r#"{{"topic":"max_cost_usd: 1e-400","max_cost_usd":{number},"tags":["x",{number}]}}"#));
            let fields: Vec<_> = shown["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
            assert_eq!(fields, ["max_cost_usd", "tags[1]"], "{number}");
        }
        assert!(object(br#"{"max_cost_usd":0.0,"reason":"1e-400","x":0e-400}"#).is_ok());
        assert_eq!(object(br#"{"a":1e-400,"a":1}"#).unwrap_err().problem(), Problem::MalformedJson);
    }

    #[test]
    fn ten_thousand_levels_are_refused_before_they_are_read() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(object(deep.as_bytes()).unwrap_err().problem(), Problem::MalformedJson);
    }

    #[test]
    fn what_search_engines_are_shown_is_refused_with_its_field_and_rule() {
        let told = |seo: Value| {
            let body = serde_json::json!({"title": "A title", "html": "<p>x", "seo": seo}).to_string();
            let errors = from_object::<Edit>(object(body.as_bytes()).unwrap()).unwrap_err();
            errors.into_iter().map(|error| format!("{} {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
        };
        let hidden = "must be 1 to 60 characters, without control or hidden characters";
        for (seo, said) in [
            (serde_json::json!({"title": "", "description": ""}), format!("seo.title {hidden}")),
            (serde_json::json!({"title": "x".repeat(61), "description": ""}), format!("seo.title {hidden}")),
            (serde_json::json!({"title": "a\u{202e}b", "description": ""}), format!("seo.title {hidden}")),
            (serde_json::json!({"title": "\u{200d}\u{fe0f}", "description": ""}), format!("seo.title {hidden}")),
            (
                serde_json::json!({"title": "x", "description": "d".repeat(161)}),
                "seo.description must be at most 160 characters, without control or hidden characters".to_owned(),
            ),
            (
                serde_json::json!({"title": "x", "description": "", "keywords": ["x".repeat(51)]}),
                "seo.keywords must be at most 10 keywords, each of 1 to 50 characters".to_owned(),
            ),
            (
                serde_json::json!({"title": "x", "description": "", "keywords": ["a", "\u{ad}"]}),
                "seo.keywords[1] must be 1 to 50 characters, without control or hidden characters".to_owned(),
            ),
            (serde_json::json!({"title": "x"}), "seo.description is required".to_owned()),
            (serde_json::json!({"title": 1, "description": ""}), "seo.title must be a string".to_owned()),
            (serde_json::json!({"title": "x", "description": "", "x": 1}), "seo.x is not a known field".to_owned()),
            (serde_json::json!("x"), "seo must be an object".to_owned()),
        ] {
            assert_eq!(told(seo), said);
        }
    }

    #[test]
    fn a_request_that_hides_something_is_refused_with_each_field() {
        let body = serde_json::json!({"topic": "\u{200d}\u{200e}\u{fe0f}", "tags": ["a", "b\u{ad}c"],
            "metadata": {"note": "a\u{202e}b"}});
        assert_eq!(fields(&body.to_string()), ["metadata.note", "tags[1]", "topic"]);
    }

    #[test]
    fn a_valid_body_is_read() {
        assert!(parse::<TaskRequest>(br#"{"topic":"How HTTP caching works","tags":["http"]}"#).is_ok());
    }
}
