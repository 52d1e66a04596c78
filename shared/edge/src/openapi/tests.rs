use std::collections::BTreeSet;

use galley_domain::{
    access::role::Role, content::kind::TaskType, models::phase::Phase, signing::scheme::Scheme, task::state::TaskState,
};
use serde_json::Map;

use super::{
    operations::{Body, Read},
    *,
};
use crate::http::error::FieldError;

/// Each body that one type reads, with how it is read and its schema.
fn bodies() -> Vec<(Body, Read, Value)> {
    let document = document();
    let bodies = Route::ALL.iter().filter_map(|route| operations::of(*route).body);
    let read = bodies.filter_map(|body| body.read.map(|read| (body, read)));
    read.map(|(body, read)| {
        let schema = document["components"]["schemas"][body.shape.name].clone();
        (body, read, schema)
    })
    .collect()
}

fn properties(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().unwrap()
}

/// What is wrong with the field `name`, alone in an object.
fn wrong(read: Read, name: &str, value: Value) -> Vec<FieldError> {
    let errors = (read.errors)(Map::from_iter([(name.to_owned(), value)]));
    errors.into_iter().filter(|error| error.field.starts_with(name) && error.message != "is required").collect()
}

#[test]
fn a_body_takes_what_its_schema_names_and_nothing_else() {
    for (body, read, schema) in bodies() {
        let wrong = json!({"certainly": ["wrong"]});
        let names = properties(&schema).keys().map(String::as_str).chain(["not_a_field"]);
        let errors = (read.errors)(names.map(|name| (name.to_owned(), wrong.clone())).collect());
        let unknown: Vec<&str> = errors
            .iter()
            // Errors of the field itself, not of its parts.
            .filter(|error| error.message == "is not a known field" && !error.field.contains('.'))
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(unknown, ["not_a_field"], "{}", body.shape.name);
        assert_eq!(schema["additionalProperties"], false, "{}", body.shape.name);
    }
}

#[test]
fn what_must_be_there_is_told_as_it_is_asked_for() {
    for (body, read, schema) in bodies() {
        let told: BTreeSet<String> = serde_json::from_value(schema["required"].clone()).unwrap_or_default();
        assert_eq!(told, read.required.iter().map(ToString::to_string).collect(), "{}", body.shape.name);
    }
}

/// The error for any bad value is a rule in the API's words.
#[test]
fn no_answer_tells_the_name_of_a_type_or_a_library() {
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("certainly wrong \u{1}"),
        json!(1e30),
        json!("tomorrow"),
        json!("2026-11-20T12:00:00"),
        json!("+292277026596-12-04T15:30:07Z"),
        json!([]),
        json!([null]),
        json!([[]]),
        json!([1, "x", {}]),
        json!({}),
        json!({"certainly": ["wrong"]}),
        json!({"technical": null}),
        json!({"title": 1, "description": {}, "keywords": "x"}),
        json!({"draft": null}),
    ];
    // Words of the libraries that read JSON, dates and ids.
    let theirs =
        ["expected", "variant", "untagged", "invalid", "failed to", "offset", "parse", "struct", "u8", "u32", "u64"];
    for (body, read, schema) in bodies() {
        for (name, value) in properties(&schema).keys().flat_map(|name| values.iter().map(move |value| (name, value))) {
            for FieldError { field, message } in wrong(read, name, value.clone()) {
                let is_rule =
                    ["must ", "is ", "has the wrong type", "title must ", "description must ", "keywords must "]
                        .iter()
                        .any(|start| message.starts_with(start));
                let is_ours = is_rule && !theirs.iter().any(|word| message.contains(word)) && !message.contains('`');
                assert!(is_ours, "{}: {field} of {value}: {message}", body.shape.name);
            }
        }
    }
}

/// `null` for what need not be there is as if it were not. In a PATCH it clears, and is taken all the same.
#[test]
fn null_is_taken_wherever_a_field_may_be_left_out() {
    for (body, read, schema) in bodies() {
        for name in properties(&schema).keys() {
            let told = (read.errors)(Map::from_iter([(name.clone(), Value::Null)]));
            let about: Vec<_> = told.iter().filter(|error| error.field == *name).map(|error| &*error.message).collect();
            let expected = if read.required.contains(&name.as_str()) { vec!["is required"] } else { vec![] };
            assert_eq!(about, expected, "{}.{name}", body.shape.name);
        }
    }
}

/// Without the choice to be null.
fn inner(schema: &Value) -> &Value {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    choices.into_iter().find(|choice| choice["type"] != "null").unwrap_or(schema)
}

/// The values just within a schema's limits, and those just beyond.
fn at_the_limits(schema: &Value) -> (Vec<Value>, Vec<Value>) {
    let (mut within, mut beyond) = (Vec::new(), Vec::new());
    let text = |chars: u64| json!("x".repeat(usize::try_from(chars).unwrap()));
    let is_plain = schema["pattern"].is_null() && schema["format"].is_null();
    if let Some(most) = schema["maxLength"].as_u64() {
        beyond.push(text(most + 1));
        within.extend(is_plain.then(|| text(most)));
    }
    if let Some(least) = schema["minLength"].as_u64().filter(|least| *least > 0) {
        beyond.push(text(least - 1));
        within.extend(is_plain.then(|| text(least)));
    }
    if let Some(most) = schema["maximum"].as_u64() {
        within.push(json!(most));
        beyond.push(json!(most + 1));
    }
    if let Some(least) = schema["minimum"].as_u64() {
        within.push(json!(least));
        beyond.push(json!(i64::try_from(least).unwrap() - 1));
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        beyond.push((0..=most).map(|nth| json!(format!("x{nth}"))).collect());
        within.push((0..most).map(|nth| json!(format!("x{nth}"))).collect());
    }
    if let Some(choices) = schema["enum"].as_array() {
        within.extend(choices.iter().filter(|choice| !choice.is_null()).cloned());
        beyond.push(json!("certainly none of them"));
    }
    if !schema["pattern"].is_null() {
        beyond.push(json!("\u{1}"));
    }
    (within, beyond)
}

#[test]
fn the_limits_that_are_told_are_those_that_hold() {
    let mut tried = 0;
    for (body, read, schema) in bodies() {
        for (name, schema) in properties(&schema) {
            // What is looked at with the text, after the body was read.
            if (body.shape.name, name.as_str()) == ("EditDraft", "title") {
                continue;
            }
            let (within, beyond) = at_the_limits(inner(schema));
            tried += within.len() + beyond.len();
            let name_of = format!("{}.{name}", body.shape.name);
            for value in within {
                assert_eq!(wrong(read, name, value.clone()), [], "{name_of}: {value}");
            }
            for value in beyond {
                assert_ne!(wrong(read, name, value.clone()), [], "{name_of}: {value}");
            }
        }
    }
    assert!(tried > 80, "{tried}");
}

/// The values of `property` of `schema`, as they are told.
fn told(schema: &str, property: &str) -> Vec<String> {
    let document = document();
    let property = &document["components"]["schemas"][schema]["properties"][property];
    serde_json::from_value(inner(property)["enum"].clone()).unwrap()
}

#[test]
fn no_value_of_an_enumeration_is_missing_from_the_document() {
    assert_eq!(told("Task", "status"), TaskState::ALL.map(TaskState::name));
    assert_eq!(told("Me", "role"), Role::ALL.map(Role::name));
    assert_eq!(told("Source", "scheme"), Scheme::ALL.map(Scheme::name));
    assert_eq!(told("CreateTask", "task_type"), TaskType::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>());
    assert_eq!(told("PhaseEstimate", "phase"), Phase::ALL.iter().map(|phase| phase.name()).collect::<Vec<_>>());
}

#[test]
fn every_example_is_taken() {
    for (body, read, _) in bodies() {
        let Value::Object(example) = body.example else { panic!("{}", body.shape.name) };
        assert_eq!((read.errors)(example), [], "{}", body.shape.name);
    }
}

#[test]
fn idempotency_keys_are_told_where_they_are_taken_and_nowhere_else() {
    for route in Route::ALL {
        let told = operations::of(*route).headers.iter().any(|(name, _)| *name == "Idempotency-Key");
        assert_eq!(told, route.takes_idempotency_key(), "{route:?}");
    }
}

#[test]
fn if_match_is_told_where_it_is_taken_and_nowhere_else() {
    for route in Route::ALL {
        let told = operations::of(*route).headers.iter().any(|(name, _)| *name == "If-Match");
        assert_eq!(told, route.takes_if_match(), "{route:?}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some_and(|target| !target.is_null()), "{reference}");
    }
    assert_eq!(
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum::<usize>(),
        Route::ALL.len()
    );
}

/// Two types of one name would become one component, and the second would have the schema of the first.
#[test]
fn no_two_types_share_a_name() {
    for (name, schemas) in shapes::by_name(used()) {
        assert!(schemas.iter().all(|schema| *schema == schemas[0]), "{name}: {schemas:?}");
    }
}

/// An answer that includes the request has all its fields, also those that the request left out.
#[test]
fn a_task_has_what_its_request_left_to_the_defaults() {
    let task = &document()["components"]["schemas"]["Task"];
    let required: BTreeSet<String> = serde_json::from_value(task["required"].clone()).unwrap();
    for name in ["task_type", "style", "target_length", "tags", "generate_featured_image", "metadata", "status"] {
        assert!(required.contains(name), "{name}");
        assert!(task["properties"][name]["default"].is_null(), "{name}");
    }
    assert!(!required.contains("model"));
    let flag = &document()["components"]["schemas"]["FlagView"]["required"];
    for name in ["flag", "enabled", "percent", "tenants_off", "tenants_on"] {
        assert!(flag.as_array().unwrap().contains(&json!(name)), "{name}");
    }
}
