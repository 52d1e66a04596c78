//! The document's components, generated from the types. Schemas that are not objects are inlined; a type that
//! flattens another includes its properties.

use std::collections::BTreeMap;

use galley_api::page::Page;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

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

/// Every component that `shapes` need.
pub(super) fn components(shapes: impl IntoIterator<Item = Shape>) -> BTreeMap<String, Value> {
    let parts = shapes.into_iter().flat_map(|shape| (shape.parts)(shape.name));
    let all: BTreeMap<String, Value> =
        parts.map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    let whole = |schema: &Value| written_out(schema, &all);
    all.iter().filter(|(_, schema)| is_named(schema)).map(|(name, schema)| (name.clone(), whole(schema))).collect()
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
    ["properties", "allOf", "oneOf"].iter().any(|key| schema.get(key).is_some()) && !is_nullable(schema)
}

fn is_nullable(schema: &Value) -> bool {
    let choices = schema.get("oneOf").and_then(Value::as_array);
    choices.is_some_and(|choices| choices.iter().any(|choice| choice.get("type").is_some_and(|kind| kind == "null")))
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
            Value::Object(map.iter().map(|(key, value)| (key.clone(), written_out(value, all))).collect())
        }
        other => other.clone(),
    }
}

/// The parts of an `allOf` merged into one object. `None` if not all of them are objects.
fn merged(map: &Map<String, Value>, all: &BTreeMap<String, Value>) -> Option<Value> {
    let parts = map.get("allOf")?.as_array()?;
    let parts: Vec<&Value> = parts.iter().map(|part| target(part, all).unwrap_or(part)).collect();
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
    let mut object: Map<String, Value> =
        map.iter().filter(|(key, _)| *key != "allOf").map(|(key, value)| (key.clone(), value.clone())).collect();
    object.insert("type".to_owned(), Value::String("object".to_owned()));
    object.insert("required".to_owned(), Value::Array(required));
    object.insert("properties".to_owned(), Value::Object(properties));
    Some(Value::Object(object))
}
