//! The document's components, generated from the types. Schemas that are not objects are inlined; a type that
//! flattens another includes its properties.

use std::collections::{BTreeMap, BTreeSet};

use galley_api::page::Page;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::requests;

const COMPONENTS: &str = "#/components/schemas/";

type Parts = Vec<(String, RefOr<Schema>)>;

/// A component: its name, and how it is made of its type.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    parts: fn(&str) -> Parts,
}

impl Shape {
    pub(super) fn of<T: ToSchema>(name: &'static str) -> Self {
        let parts = |name: &str| {
            let mut parts = vec![(name.to_owned(), T::schema())];
            T::schemas(&mut parts);
            parts
        };
        Self { name, parts }
    }

    /// A page of what `T` is, which a derive does not name.
    pub(super) fn page<T: ToSchema>(name: &'static str) -> Self {
        let parts = |name: &str| {
            let mut parts = vec![(name.to_owned(), Page::<T>::schema()), (T::name().into_owned(), T::schema())];
            T::schemas(&mut parts);
            parts
        };
        Self { name, parts }
    }

    pub(super) fn reference(self) -> Value {
        serde_json::json!({"$ref": format!("{COMPONENTS}{}", self.name)})
    }
}

/// Every component that bodies and answers need. Of what reads differently in the two, the type of a body keeps its name, and
/// of any other type the answer's.
pub(super) fn components(bodies: &[Shape], answers: &[Shape]) -> BTreeMap<String, Value> {
    let taken: BTreeMap<String, Value> =
        whole(bodies).into_iter().map(|(name, schema)| (name, requests::taken(&schema))).collect();
    let told: BTreeMap<String, Value> =
        whole(answers).into_iter().map(|(name, schema)| (name, told(&schema))).collect();
    let both = differing(&taken, &told);
    let heads = |name: &str| bodies.iter().any(|body| body.name == name);
    let name_taken = |name: &str| {
        let is_renamed = both.contains(name) && !heads(name);
        if is_renamed { format!("{name}Input") } else { name.to_owned() }
    };
    let name_told = |name: &str| {
        let is_renamed = both.contains(name) && heads(name);
        if is_renamed { format!("{name}Output") } else { name.to_owned() }
    };
    let taken =
        taken.iter().flat_map(|(name, schema)| requests::forms(&name_taken(name), pointed(schema, &name_taken)));
    let told = told.iter().map(|(name, schema)| (name_told(name), pointed(schema, &name_told)));
    let all: BTreeMap<String, Value> = told.chain(taken).collect();
    needed(bodies.iter().chain(answers).map(|shape| shape.name), &all)
}

/// Of `all`, those with these names, and what they refer to.
fn needed<'a>(names: impl Iterator<Item = &'a str>, all: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut needed = BTreeMap::new();
    let mut open: Vec<String> = names.map(str::to_owned).collect();
    while let Some(name) = open.pop() {
        let Some(schema) = all.get(&name).filter(|_| !needed.contains_key(&name)) else { continue };
        open.extend(all.keys().filter(|other| refers_to(schema, other)).cloned());
        needed.insert(name, schema.clone());
    }
    needed
}

/// The body's component as a request has it, before it is one of two forms.
#[cfg(test)]
pub(super) fn body(shape: Shape) -> Value {
    whole(&[shape]).remove(shape.name).map(|schema| requests::taken(&schema)).unwrap_or_default()
}

fn whole(shapes: &[Shape]) -> BTreeMap<String, Value> {
    let parts = shapes.iter().flat_map(|shape| (shape.parts)(shape.name));
    let all: BTreeMap<String, Value> =
        parts.map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    let named = all.iter().filter(|(_, schema)| is_named(schema));
    named.map(|(name, schema)| (name.clone(), written_out(schema, &all))).collect()
}

/// The names of what requests and answers both have and that is not the same in both, or refers to such a one.
fn differing(taken: &BTreeMap<String, Value>, told: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let both = || taken.iter().filter(|(name, _)| told.contains_key(*name));
    let mut names: BTreeSet<String> =
        both().filter(|(name, schema)| told.get(*name) != Some(schema)).map(|(name, _)| name.clone()).collect();
    loop {
        let refers = |schema: &Value| names.iter().any(|name| refers_to(schema, name));
        let more: BTreeSet<String> = both()
            .filter(|(name, schema)| !names.contains(*name) && refers(schema))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return names;
        }
        names.extend(more);
    }
}

fn refers_to(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(map) => map.iter().any(|(key, value)| {
            (key == "$ref" && value.as_str().and_then(|to| to.strip_prefix(COMPONENTS)) == Some(name))
                || refers_to(value, name)
        }),
        Value::Array(values) => values.iter().any(|value| refers_to(value, name)),
        _ => false,
    }
}

/// With the references that `name_in` renames.
fn pointed(schema: &Value, name_in: &impl Fn(&str) -> String) -> Value {
    match schema {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value.as_str().and_then(|to| to.strip_prefix(COMPONENTS)) {
                Some(to) if key == "$ref" => (key.clone(), Value::String(format!("{COMPONENTS}{}", name_in(to)))),
                _ => (key.clone(), pointed(value, name_in)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(|value| pointed(value, name_in)).collect(),
        other => other.clone(),
    }
}

/// A schema as an answer has it: what a request may leave out is there, and fields may be added.
fn told(schema: &Value) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let mut map: Map<String, Value> = map
        .iter()
        .filter(|(key, value)| !(*key == "additionalProperties" && **value == false))
        .map(|(key, value)| {
            let value = match value {
                Value::Array(values) => values.iter().map(told).collect(),
                value => told(value),
            };
            (key.clone(), value)
        })
        .collect();
    let mut always = Vec::new();
    if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, property) in properties.iter_mut() {
            let usual = property.as_object_mut().and_then(|property| property.remove("default"));
            always.extend(usual.map(|_| Value::String(name.clone())));
        }
    }
    if !always.is_empty()
        && let Some(required) = map.entry("required").or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
    {
        always.retain(|name| !required.contains(name));
        required.extend(always);
    }
    Value::Object(map)
}

/// Every schema of each name.
#[cfg(test)]
pub(super) fn by_name(shapes: Vec<Shape>) -> BTreeMap<String, Vec<Value>> {
    let mut named = BTreeMap::<String, Vec<Value>>::new();
    for (name, schema) in shapes.into_iter().flat_map(|shape| (shape.parts)(shape.name)) {
        named.entry(name).or_default().push(serde_json::to_value(schema).unwrap_or_default());
    }
    named
}

/// Whether the schema becomes a component rather than being inlined.
fn is_named(schema: &Value) -> bool {
    ["properties", "allOf", "oneOf", "anyOf", "enum"].iter().any(|key| schema.get(key).is_some())
        && !is_nullable(schema)
}

fn is_nullable(schema: &Value) -> bool {
    let choices = schema.get("oneOf").and_then(Value::as_array);
    choices.is_some_and(|choices| choices.iter().any(is_null))
}

fn target<'a>(schema: &Value, all: &'a BTreeMap<String, Value>) -> Option<&'a Value> {
    all.get(schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)?)
}

fn written_out(schema: &Value, all: &BTreeMap<String, Value>) -> Value {
    match schema {
        Value::Array(values) => values.iter().map(|value| written_out(value, all)).collect(),
        Value::Object(map) => {
            if let Some(scalar) = target(schema, all).filter(|target| !is_named(target)) {
                // Keys beside the `$ref` override those of the referenced schema.
                let own = map.iter().filter(|(key, _)| *key != "$ref");
                let told = scalar.as_object().into_iter().flatten().chain(own);
                return written_out(
                    &Value::Object(told.map(|(key, value)| (key.clone(), value.clone())).collect()),
                    all,
                );
            }
            if let Some(merged) = merged(map, all) {
                return written_out(&merged, all);
            }
            collapsed(map.iter().map(|(key, value)| (key.clone(), written_out(value, all))).collect())
        }
        other => other.clone(),
    }
}

/// A text or number that may be null as one schema, not as a choice of two.
fn collapsed(map: Map<String, Value>) -> Value {
    let choices = map.get("oneOf").and_then(Value::as_array).map(Vec::as_slice);
    let Some([one, other]) = choices else { return Value::Object(map) };
    let (null, inner) = if is_null(one) { (one, other) } else { (other, one) };
    let kind = inner.get("type").and_then(Value::as_str);
    let (true, Some(kind), Value::Object(inner), None) = (is_null(null), kind, inner, inner.get("enum")) else {
        return Value::Object(map);
    };
    let own = map.iter().filter(|(key, _)| *key != "oneOf");
    let kinds = ("type".to_owned(), serde_json::json!([kind, "null"]));
    let all = inner.iter().chain(own).map(|(key, value)| (key.clone(), value.clone())).chain([kinds]);
    Value::Object(all.collect())
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// The parts of an `allOf` merged into one object; or, where one of them is one of several objects, into one of as many. `None` if
/// not all of them are objects.
fn merged(map: &Map<String, Value>, all: &BTreeMap<String, Value>) -> Option<Value> {
    let parts = map.get("allOf")?.as_array()?;
    let parts: Vec<&Value> = parts.iter().map(|part| target(part, all).unwrap_or(part)).collect();
    let own: Map<String, Value> =
        map.iter().filter(|(key, _)| *key != "allOf").map(|(key, value)| (key.clone(), value.clone())).collect();
    let choices = |part: &Value| part.get("oneOf").and_then(Value::as_array).cloned();
    let object = match parts.iter().position(|part| choices(part).is_some()) {
        None => object_of(&parts, all)?,
        Some(nth) => {
            let with = |choice: &Value| {
                let parts: Vec<&Value> =
                    parts.iter().enumerate().map(|(at, part)| if at == nth { choice } else { part }).collect();
                let description = choice.get("description").map(|told| ("description".to_owned(), told.clone()));
                Some(Value::Object(object_of(&parts, all)?.into_iter().chain(description).collect()))
            };
            let choices: Option<Value> = parts.get(nth).and_then(|part| choices(part))?.iter().map(with).collect();
            Map::from_iter([("oneOf".to_owned(), choices?)])
        }
    };
    Some(Value::Object(own.into_iter().chain(object).collect()))
}

fn object_of(parts: &[&Value], all: &BTreeMap<String, Value>) -> Option<Map<String, Value>> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts {
        required.extend(part.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
        for (name, schema) in part.get("properties")?.as_object()? {
            let mut schema = match target(schema, all).filter(|target| !is_named(target)) {
                Some(_) => written_out(schema, all),
                None => schema.clone(),
            };
            // A field with a default is optional in a request but always present in an answer.
            if schema.as_object_mut().and_then(|schema| schema.remove("default")).is_some() {
                required.push(Value::String(name.clone()));
            }
            properties.insert(name.clone(), schema);
        }
    }
    let members = [
        ("type", Value::String("object".to_owned())),
        ("required", Value::Array(required)),
        ("properties", Value::Object(properties)),
    ];
    Some(members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
}
