//! How the type of a request reads, which differs from that of an answer: what may be left out may be `null`, an amount of money
//! may be a number, and of two fields exactly one may be there.

use std::collections::BTreeMap;

use galley_api::usd::{AMOUNT, MOST_AS_NUMBER};
use serde_json::{Map, Value, json};

/// The objects that hold a text: exactly one of these two fields.
const EITHER: [&str; 2] = ["html", "markdown"];

/// A schema as a request has it.
pub(super) fn taken(schema: &Value) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let mut map: Map<String, Value> = map
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Array(values) => values.iter().map(taken).collect(),
                value => taken(value),
            };
            (key.clone(), value)
        })
        .collect();
    if map.get("pattern").is_some_and(|pattern| pattern == AMOUNT) {
        amount(&mut map);
    }
    // What comes twice in a set is taken, once.
    map.remove("uniqueItems");
    // A whole number without a sign, of which the format knows half.
    if map.get("minimum").is_some_and(|least| *least == 0) {
        let most = match map.get("format").and_then(Value::as_str) {
            Some("int32") => Some(u64::from(u32::MAX)),
            Some("int64") => Some(u64::MAX),
            _ => None,
        };
        if let Some(most) = most {
            map.remove("format");
            map.entry("maximum").or_insert_with(|| Value::from(most));
        }
    }
    let required: Vec<String> =
        map.get("required").cloned().and_then(|names| serde_json::from_value(names).ok()).unwrap_or_default();
    if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
        for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(name)) {
            *property = optional(std::mem::take(property));
        }
    }
    Value::Object(map)
}

/// As a text or as a number.
fn amount(map: &mut Map<String, Value>) {
    let kinds = match map.get("type") {
        Some(Value::Array(_)) => json!(["string", "number", "null"]),
        _ => json!(["string", "number"]),
    };
    map.insert("type".to_owned(), kinds);
    map.insert("minimum".to_owned(), json!(0));
    map.entry("maximum").or_insert_with(|| json!(MOST_AS_NUMBER));
    map.insert("multipleOf".to_owned(), json!(0.000_001));
}

/// A field that may be left out. Its default is told in words: generators take a field with a `default` for one that is always
/// there.
fn optional(schema: Value) -> Value {
    let Value::Object(mut map) = schema else { return schema };
    if let Some(usual) = map.remove("default") {
        let description = map.get("description").and_then(Value::as_str).unwrap_or_default().trim_end_matches('.');
        let told = if description.is_empty() { String::new() } else { format!("{description}. ") };
        map.insert("description".to_owned(), Value::String(format!("{told}Without it: `{usual}`.")));
    }
    nullable(map)
}

fn nullable(mut map: Map<String, Value>) -> Value {
    if let Some(reference) = map.remove("$ref") {
        map.insert("oneOf".to_owned(), json!([{"$ref": reference}, {"type": "null"}]));
    } else if let Some(Value::String(kind)) = map.get("type").cloned() {
        map.insert("type".to_owned(), json!([kind, "null"]));
        if let Some(values) = map.get_mut("enum").and_then(Value::as_array_mut) {
            values.push(Value::Null);
        }
    } else if let Some(kinds) = map.get_mut("type").and_then(Value::as_array_mut)
        && !kinds.iter().any(|kind| kind == "null")
    {
        kinds.push(Value::String("null".to_owned()));
    }
    Value::Object(map)
}

/// Where `component` holds a text, its two forms: they are components of their own, and it is one of them.
pub(super) fn forms(name: &str, component: Value) -> BTreeMap<String, Value> {
    let has = |field: &str| component.pointer(&format!("/properties/{field}")).is_some();
    if !EITHER.iter().all(|field| has(field)) {
        return BTreeMap::from([(name.to_owned(), component)]);
    }
    let form = |index: usize| {
        let suffix = ["Html", "Markdown"].get(index).copied().unwrap_or_default();
        (format!("{name}{suffix}"), with_one(component.clone(), index))
    };
    let mut forms = BTreeMap::from([form(0), form(1)]);
    let references: Vec<Value> =
        forms.keys().map(|name| json!({"$ref": format!("#/components/schemas/{name}")})).collect();
    let description = component.get("description").cloned().unwrap_or_default();
    forms.insert(name.to_owned(), json!({"description": description, "oneOf": references}));
    forms
}

fn with_one(mut component: Value, index: usize) -> Value {
    for (nth, field) in EITHER.iter().enumerate() {
        let kind = if nth == index { "string" } else { "null" };
        if let Some(property) = component.pointer_mut(&format!("/properties/{field}/type")) {
            *property = Value::String(kind.to_owned());
        }
    }
    if let (Some(Value::Array(required)), Some(field)) = (component.get_mut("required"), EITHER.get(index)) {
        required.push(Value::String((*field).to_owned()));
    }
    component
}
