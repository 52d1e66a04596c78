//! How Galley is deployed, held against the template: what a stage sets, and what a failed or repeated deployment meets.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};

use galley_api::{role::RateClass, route::Throttle};
use galley_local::template::{Names, Parameters, Template};
use galley_tests::root;
use yaml_serde::{Mapping, Value};

const STAGES: [&str; 3] = ["dev", "staging", "production"];

fn yaml(path: &str) -> Value {
    yaml_serde::from_str(&std::fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// As SAM makes parameters of it: lists are joined with commas.
fn text(value: &Value) -> String {
    match value {
        Value::Sequence(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => yaml_serde::to_string(other).unwrap().trim().to_owned(),
    }
}

/// A deployment that names no stage is refused: with a default it was made as that one, over the stack of another.
#[test]
fn no_stage_is_deployed_as_another() {
    let template = yaml("template.yaml");
    let stage = &template["Parameters"]["Stage"];
    assert!(stage.get("Default").is_none());
    let samconfig = std::fs::read_to_string(root().join("samconfig.toml")).unwrap();
    let allowed: Vec<String> = stage["AllowedValues"].as_sequence().unwrap().iter().map(text).collect();
    assert_eq!(allowed, STAGES);
    for stage in STAGES {
        assert_eq!(text(&yaml(&format!("deploy/{stage}.yaml"))["Stage"]), stage);
        let section = samconfig.split(&format!("[{stage}.deploy.parameters]\n")).nth(1).unwrap();
        let section = section.split("\n[").next().unwrap();
        assert!(section.contains(&format!("parameter_overrides = \"file://deploy/{stage}.yaml\"")), "{stage}");
        assert!(section.contains("confirm_changeset = true"), "{stage} is deployed unseen");
    }
}

/// The API's document tells what holds where a deployment sets no other numbers.
#[test]
fn the_usual_limits_that_are_told_are_the_templates() {
    let template = yaml("template.yaml");
    let usual = |name: &str| text(&template["Parameters"][name]["Default"]);
    for class in RateClass::ALL {
        let Some(told) = class.usual_per_minute() else { continue };
        let name = if *class == RateClass::Webhook { "Webhooks".to_owned() } else { format!("{class:?}") };
        assert_eq!(usual(&format!("{name}PerMinute")), told.to_string(), "{class:?}");
    }
    let (rate, burst) = Throttle::Usual.usually();
    assert_eq!((usual("ApiRatePerSecond"), usual("ApiBurst")), (rate.to_string(), burst.to_string()));
}

#[test]
fn a_stage_sets_what_the_template_takes_and_nothing_else() {
    let known = Parameters::load(&root().join("template.yaml")).unwrap();
    for stage in STAGES {
        for (name, value) in yaml(&format!("deploy/{stage}.yaml")).as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            let parameter = known.by_variable.values().find(|parameter| parameter.name == name);
            let parameter = parameter.unwrap_or_else(|| panic!("{stage}: there is no parameter {name}"));
            assert_eq!(parameter.accepts(&text(value)), Ok(()), "{stage}: {name}");
        }
    }
}

#[test]
fn browsers_delete_nothing_in_production_unless_it_is_named() {
    let usual = text(&yaml("template.yaml")["Parameters"]["CorsAllowMethods"]["Default"]);
    let production = yaml("deploy/production.yaml");
    assert!(!usual.contains("DELETE") && production.get("CorsAllowMethods").is_none());
    let headers = &yaml("template.yaml")["Parameters"]["CorsAllowHeaders"]["Default"];
    assert!(!text(headers).contains('*'));
}

/// What clients send that follow a task or are part of a trace.
#[test]
fn every_list_of_headers_for_other_origins_has_what_streams_and_traces_need() {
    let template = yaml("template.yaml");
    let mut lists = vec![text(&template["Parameters"]["CorsAllowHeaders"]["Default"])];
    for resource in template["Resources"].as_mapping().unwrap().values() {
        let properties = &resource["Properties"];
        for cors in [&properties["CorsConfiguration"], &properties["FunctionUrlConfig"]["Cors"]] {
            match &cors["AllowHeaders"] {
                Value::Sequence(names) => lists.push(names.iter().map(text).collect::<Vec<_>>().join(",")),
                Value::Tagged(named) => assert_eq!(named.value, Value::from("CorsAllowHeaders"), "{named:?}"),
                none => assert!(none.is_null(), "{none:?}"),
            }
        }
    }
    for stage in STAGES {
        let named = &yaml(&format!("deploy/{stage}.yaml"))["CorsAllowHeaders"];
        lists.extend((!named.is_null()).then(|| text(named)));
    }
    assert!(lists.len() >= 2, "the API's and the streams': {lists:?}");
    for list in lists {
        let names: Vec<String> = list.split(',').map(|name| name.trim().to_lowercase()).collect();
        for wanted in ["authorization", "last-event-id", "traceparent", "api-version"] {
            assert!(names.iter().any(|name| name == wanted), "{wanted} is not in {list}");
        }
    }
}

/// What a first deployment made before it failed is deleted with it. Retained, it has the name that the next try needs.
#[test]
fn a_first_deployment_that_failed_can_be_tried_again() {
    let template = yaml("template.yaml");
    let mut retained = 0;
    for (id, resource) in template["Resources"].as_mapping().unwrap() {
        let policy = resource.get("DeletionPolicy").and_then(Value::as_str);
        assert!(matches!(policy, None | Some("Delete" | "RetainExceptOnCreate")), "{id:?}: {policy:?}");
        if policy == Some("RetainExceptOnCreate") {
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{id:?}");
            retained += 1;
        }
    }
    assert!(retained >= 9, "the table, the secrets, the vault and the dead letters: {retained}");
}

fn package(processor: &str, built: &Path, into: &Path) -> Output {
    let mut command = Command::new("python3");
    command.arg(root().join("tools/package.py")).arg(processor).arg(built).arg(into).output().unwrap()
}

/// Stands for the programs of a build.
fn programs(built: &Path) -> Vec<String> {
    let all = std::fs::read_dir(root().join("functions")).unwrap();
    let all: Vec<String> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for name in &all {
        std::fs::create_dir_all(built.join(name)).unwrap();
        std::fs::write(built.join(name).join("bootstrap"), format!("the program {name}")).unwrap();
    }
    all
}

/// SAM uploads the function's source folder in the place of what was not built.
#[test]
fn a_partial_build_is_not_packaged() {
    let folder = tempfile::tempdir().unwrap();
    let (built, into) = (folder.path().join("built"), folder.path().join("into"));
    programs(&built);
    std::fs::remove_file(built.join("query-tasks/bootstrap")).unwrap();
    let refused = package("arm64", &built, &into);
    assert!(!refused.status.success() && !into.exists());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("query-tasks"));
}

#[test]
fn the_same_programs_are_packaged_as_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let digests = ["first", "second"].map(|name| {
        let built = folder.path().join(format!("{name} built"));
        let (programs, into) = (programs(&built), folder.path().join(name));
        let packaged = package("x86_64", &built, &into);
        assert!(packaged.status.success(), "{}", String::from_utf8_lossy(&packaged.stderr));
        assert!(programs.iter().all(|program| into.join(format!("{program}.zip")).is_file()));
        std::fs::read_to_string(into.join("SHA256SUMS")).unwrap()
    });
    assert_eq!(digests[0], digests[1]);
    // What is deployed is an archive each, for the processor that it was built for.
    let template = std::fs::read_to_string(folder.path().join("first/template.yaml")).unwrap();
    let (code, own) = (template.matches("CodeUri: ").count(), template.matches(".zip\n").count());
    assert!(code == own && code > 12 && !template.contains("BuildMethod"), "{code} {own}");
    assert!(template.contains("AllowedValues: [x86_64]\n    Default: x86_64\n"));
    let parts = std::fs::read_to_string(folder.path().join("first/sbom.cdx.json")).unwrap();
    let parts: serde_json::Value = serde_json::from_str(&parts).unwrap();
    let linked = |name: &str| parts["components"].as_array().unwrap().iter().any(|part| part["name"] == name);
    assert!(linked("lambda_runtime") && linked("galley-domain") && !linked("galley-testkit") && !linked("stateright"));
}

/// Which table is used, the environment alone says: whatever named the lost one would write where nobody reads. The rights name both,
/// for a role is changed at once, and the versions before are called until the new ones have taken over.
#[test]
fn a_restored_table_is_used_by_all_functions_and_the_lost_one_by_none() {
    let names = Names { table: "lost".into(), sqs: "http://queues".into(), site: "http://site".into() };
    let with = |table: &str| {
        let restored = [("RestoredTable".to_owned(), table.to_owned())].into();
        Template::load(&root().join("template.yaml"), &restored, &names).unwrap().functions
    };
    let mut reached = 0;
    for (function, before) in with("restored").iter().zip(with("")) {
        assert!(function.environment.get("GALLEY_TABLE").is_none_or(|table| table == "restored"), "{}", function.id);
        assert!(before.environment.get("GALLEY_TABLE").is_none_or(|table| table == "lost"), "{}", function.id);
        for (statement, own) in function.policy.iter().zip(&before.policy) {
            let (own, both) = (resources(own), resources(statement));
            assert!(own.iter().all(|resource| !resource.contains("table/restored")), "{}: {own:?}", function.id);
            let copies = own.iter().filter(|resource| resource.contains("table/lost"));
            let copies: Vec<String> = copies.map(|resource| resource.replace("table/lost", "table/restored")).collect();
            reached += copies.len();
            let expected: BTreeSet<String> = own.iter().cloned().chain(copies).collect();
            assert_eq!(both, expected, "{}", function.id);
        }
    }
    assert!(reached >= 20, "{reached}");
}

fn resources(statement: &serde_json::Value) -> BTreeSet<String> {
    let named = &statement["Resource"];
    let all = named.as_array().map_or_else(|| std::slice::from_ref(named), Vec::as_slice);
    // A statement that a condition leaves out has none.
    all.iter().filter_map(|resource| resource.as_str().map(str::to_owned)).collect()
}

/// Whoever restores at night has the stack's name, and looks for nothing.
#[test]
fn all_that_a_restore_needs_is_an_output() {
    let text = std::fs::read_to_string(root().join("docs/disaster-recovery.md")).unwrap();
    let outputs = yaml("template.yaml")["Outputs"].clone();
    let named: Vec<&str> =
        text.split("output ").skip(1).map(|rest| rest.split([')', '\n', ' ']).next().unwrap_or_default()).collect();
    let named = named.into_iter().filter(|name| name.chars().next().is_some_and(|first| first.is_ascii_uppercase()));
    let named: Vec<&str> = named.collect();
    assert!(named.len() >= 5, "{named:?}");
    assert!(named.iter().all(|name| !outputs[*name].is_null()), "{named:?}");
    // Each variable of the commands is given by an output, or told before.
    let commands = galley_tests::documents::blocks(&text, "sh aws").concat();
    let used = commands
        .split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect::<String>());
    let given = ["", "STAGE", "WHEN", "POINT"];
    for name in used.filter(|name| !given.contains(&name.as_str())) {
        assert!(commands.contains(&format!("{name}=$(output ")), "nothing says what ${name} is");
    }
}

/// The types that hold data, each with the properties whose change makes `CloudFormation` replace it.
const STATEFUL: [(&str, &[&str]); 4] = [
    ("AWS::DynamoDB::Table", &["TableName", "KeySchema", "ImportSourceSpecification"]),
    ("AWS::SQS::Queue", &["QueueName", "FifoQueue"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
    ("AWS::Backup::BackupVault", &["BackupVaultName", "EncryptionKeyArn"]),
];

/// An update that replaces what holds data leaves a stack with an empty one.
#[test]
fn no_update_replaces_what_holds_data() {
    let mut holds = Mapping::new();
    for (id, resource) in yaml("template.yaml")["Resources"].as_mapping().unwrap() {
        let Some((kind, replacing)) = STATEFUL.iter().find(|(kind, _)| resource["Type"] == *kind) else { continue };
        let mut pinned = Mapping::from_iter([("Type".into(), (*kind).into())]);
        for name in *replacing {
            if let Some(value) = resource["Properties"].get(*name) {
                pinned.insert((*name).into(), value.clone());
            }
        }
        holds.insert(id.clone(), Value::Mapping(pinned));
    }
    assert_eq!(Value::Mapping(holds), yaml("deploy/stateful.yaml"));
}
