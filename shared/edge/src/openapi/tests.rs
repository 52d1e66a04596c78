use std::collections::BTreeSet;

use galley_domain::{
    access::role::Role,
    content::kind::TaskType,
    models::phase::Phase,
    signing::scheme::Scheme,
    task::{desk::Order, state::TaskState},
};
use serde_json::Map;

use super::{
    operation::{Body, Examples, Read},
    *,
};
use crate::http::error::FieldError;

/// Each body that one type reads, with how it is read and its schema.
fn bodies() -> Vec<(Body, Read, Value)> {
    let bodies = Route::ALL.iter().filter_map(|route| operations::of(*route).body);
    let read = bodies.filter_map(|body| body.read.map(|read| (body, read)));
    read.map(|(body, read)| {
        let schema = shapes::body(body.shape);
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

/// A generator gives an enumeration that has no name one for each place it stands at. Of a query's only those of one value's own are.
#[test]
fn every_enumeration_of_an_answer_has_a_name() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
            let values = schema["enum"].as_array().map_or(0, Vec::len);
            assert!(values < 2 || name.ends_with("Problem"), "{name}.{property}");
        }
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

/// Without the choice to be null, and what a reference leads to.
fn inner(schema: &Value, document: &Value) -> Value {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let schema = choices.into_iter().find(|choice| choice["type"] != "null").unwrap_or(schema);
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    }
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
        beyond.push(most.checked_add(1).map_or_else(|| json!(1e20), Value::from));
    }
    if let Some(least) = schema["minimum"].as_u64() {
        within.push(json!(least));
        beyond.push(json!(i64::try_from(least).unwrap() - 1));
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        let example = &schema["examples"][0][0];
        let least = usize::try_from(schema["items"]["minLength"].as_u64().unwrap_or_default()).unwrap();
        // Of what is taken, each is named once.
        let is_taken = schema["items"]["$ref"].as_str().is_some_and(|reference| reference.ends_with("/Taken"));
        let entry = |nth: u64| {
            if is_taken {
                json!({"proposal": nth})
            } else if example.is_null() {
                json!(format!("x{nth:0>least$}"))
            } else {
                example.clone()
            }
        };
        beyond.push((0..=most).map(entry).collect());
        within.push((0..most).map(entry).collect());
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
    let document = document();
    for (body, read, schema) in bodies() {
        for (name, schema) in properties(&schema) {
            // What is looked at with the text, after the body was read.
            if matches!((body.shape.name, name.as_str()), ("EditRequest", "title" | "html" | "markdown")) {
                continue;
            }
            // A zone is one of the database, whatever its length.
            if (body.shape.name, name.as_str()) == ("NewIntent", "zone") {
                continue;
            }
            let (within, beyond) = at_the_limits(&inner(schema, &document));
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

/// What comes twice in a set is taken, and a whole number without a sign is not one of 64 bits with one.
#[test]
fn a_request_is_told_no_rule_that_nobody_holds() {
    let document = document();
    for (body, _, schema) in bodies() {
        for (name, property) in properties(&schema) {
            let property = inner(property, &document);
            let name = format!("{}.{name}", body.shape.name);
            assert!(property["uniqueItems"].is_null(), "{name}");
            assert!(property["format"] != "int64" || property["minimum"] != 0, "{name}");
        }
    }
}

/// The values of `property` of `schema`, as they are told.
fn told(schema: &str, property: &str) -> Vec<String> {
    let document = document();
    let property = &document["components"]["schemas"][schema]["properties"][property];
    let values = inner(property, &document)["enum"].as_array().unwrap().clone();
    values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

#[test]
fn no_value_of_an_enumeration_is_missing_from_the_document() {
    assert_eq!(told("Task", "status"), TaskState::ALL.map(TaskState::name));
    assert_eq!(told("Identity", "role"), Role::ALL.map(Role::name));
    assert_eq!(told("Source", "scheme"), Scheme::ALL.map(Scheme::name));
    assert_eq!(told("TaskRequest", "task_type"), TaskType::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>());
    assert_eq!(told("TaskPage", "sorted_by"), Order::ALL.iter().map(|order| order.name()).collect::<Vec<_>>());
    assert_eq!(told("HealthReport", "status"), ["ok", "degraded", "unavailable"]);
    assert_eq!(told("PhaseEstimate", "phase"), Phase::ALL.iter().map(|phase| phase.name()).collect::<Vec<_>>());
}

#[test]
fn every_example_is_taken() {
    for (body, read, _) in bodies() {
        let Examples::One(Value::Object(example)) = body.examples else { panic!("{}", body.shape.name) };
        assert_eq!((read.errors)(example), [], "{}", body.shape.name);
    }
}

#[test]
fn idempotency_keys_are_told_where_they_are_taken_and_nowhere_else() {
    for route in Route::ALL {
        let told = operations::of(*route).headers.contains(&"Idempotency-Key");
        assert_eq!(told, route.takes_idempotency_key(), "{route:?}");
    }
}

#[test]
fn if_match_is_told_where_it_is_taken_and_nowhere_else() {
    for route in Route::ALL {
        let told = operations::of(*route).headers.contains(&"If-Match");
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
    let (bodies, told) = used();
    for (name, schemas) in shapes::by_name(bodies.into_iter().chain(told).collect()) {
        assert!(schemas.iter().all(|schema| *schema == schemas[0]), "{name}: {schemas:?}");
    }
}

/// Generators give an operation and a type one name space; and one without a tag is lost from their pages.
#[test]
fn no_operation_is_called_like_a_component_and_each_has_a_tag_that_is_told() {
    let document = document();
    let lower = |name: &str| name.to_lowercase();
    let components: BTreeSet<String> =
        document["components"]["schemas"].as_object().unwrap().keys().map(|name| lower(name)).collect();
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().filter_map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    for operation in document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(lower(id)) && !components.contains(&lower(id)), "{id}");
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{id}");
        assert!(operation["responses"]["default"].is_null() && operation["x-limits"]["class"].is_string(), "{id}");
        assert!(operation["x-repeatable"].is_boolean(), "{id}");
    }
}

/// A generator that reads one media type alone must read what comes in the other.
#[test]
fn where_the_gateway_answers_itself_both_forms_are_told() {
    let document = document();
    let responses = &document["paths"]["/api/content/tasks"]["post"]["responses"];
    for (status, component) in
        [("403", "Forbidden"), ("429", "TooManyRequests"), ("500", "Internal"), ("503", "Unavailable")]
    {
        for media_type in ["application/json", "application/problem+json"] {
            let reference = responses[status]["$ref"].as_str().unwrap().trim_start_matches('#');
            let either = &document.pointer(reference).unwrap()["content"][media_type]["schema"]["oneOf"];
            let told: Vec<_> = either.as_array().unwrap().iter().map(|one| one["$ref"].as_str().unwrap()).collect();
            let problem = format!("#/components/schemas/{component}Problem");
            assert_eq!(told, [problem.as_str(), "#/components/schemas/GatewayMessage"], "{status}");
        }
    }
    assert_eq!(responses["401"]["$ref"], "#/components/responses/NoCredential");
}

#[test]
fn each_status_tells_the_problems_that_it_may_be() {
    let schemas = &document()["components"]["schemas"];
    let types = |name: &str| schemas[name]["properties"]["type"]["enum"].as_array().map_or(0, Vec::len);
    assert_eq!((types("ConflictProblem"), types("KeyReusedProblem")), (9, 1));
    assert!(schemas["ConflictProblem"]["properties"]["blockers"].is_object());
    assert!(schemas["NotFoundProblem"]["properties"]["blockers"].is_null());
    for problem in galley_api::problem::Problem::ALL.iter().filter(|problem| problem.status() != 405) {
        let told = schemas.as_object().unwrap().values().any(|schema| {
            let types = schema["properties"]["type"]["enum"].as_array();
            types.is_some_and(|types| types.contains(&json!(problem.uri())))
        });
        assert!(told, "{problem:?}");
    }
}

/// Of the HTML and the Markdown of a text exactly one may be there.
#[test]
fn a_text_is_told_in_one_form_or_the_other() {
    let schemas = &document()["components"]["schemas"];
    let forms: Vec<_> = schemas["EditRequest"]["oneOf"].as_array().unwrap().iter().map(|form| &form["$ref"]).collect();
    assert_eq!(forms, ["#/components/schemas/EditRequestHtml", "#/components/schemas/EditRequestMarkdown"]);
    let html = &schemas["EditRequestHtml"];
    assert_eq!(
        (&html["properties"]["markdown"]["type"], &html["required"]),
        (&json!("null"), &json!(["title", "html"]))
    );
    assert_eq!(html["additionalProperties"], false);
}

/// Generators take a field with a `default` for one that is always there.
#[test]
fn no_field_of_a_request_that_may_be_left_out_looks_as_if_it_were_always_there() {
    for (body, _, schema) in bodies() {
        for (name, property) in properties(&schema) {
            assert!(property["default"].is_null(), "{}.{name}", body.shape.name);
        }
    }
    let style = &document()["components"]["schemas"]["TaskRequest"]["properties"]["style"];
    assert!(style["description"].as_str().unwrap().contains("\"technical\""), "{style}");
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
