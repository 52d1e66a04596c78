//! A new version is tried before it gets calls, and what watches the deployment watches something.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::collections::{BTreeMap, BTreeSet};

use galley_domain::metrics::Metric;
use galley_local::host::Invoked;
use galley_tests::{Galley, root};
use serde_json::{Value, json};

async fn tried(galley: &Galley, deployment: &str) -> Option<String> {
    let hook = json!({"DeploymentId": deployment, "LifecycleEventHookExecutionId": "hook"});
    match galley.stack.invoke("smoke-test", hook).await {
        Invoked::Returned(Value::Null) => galley.stack.told_of(deployment),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_function_is_tried_before_it_gets_calls() {
    let galley = Galley::start().await;
    for function in galley.stack.template.functions.iter().filter(|function| function.binary != "smoke-test") {
        let said = tried(&galley, &format!("d-{}", function.id)).await;
        assert_eq!(said.as_deref(), Some("Succeeded"), "{}", function.id);
    }
}

#[tokio::test]
async fn what_cannot_be_tried_or_fails_gets_no_calls() {
    let galley = Galley::start().await;
    // Nobody knows what a function of another name is to answer.
    assert_eq!(tried(&galley, "d-SomeoneElsesFunction").await.as_deref(), Some("Failed"));
    // The version cannot reach its table.
    galley.stack.dynamodb("DeleteTable", &json!({"TableName": galley.stack.table_name()})).await.unwrap();
    for function in ["AuthorizeFunction", "HealthFunction"] {
        assert_eq!(tried(&galley, &format!("d-{function}")).await.as_deref(), Some("Failed"), "{function}");
    }
    // A deployment that nobody knows cannot be told of.
    let hook = json!({"DeploymentId": "unknown", "LifecycleEventHookExecutionId": "hook"});
    assert!(matches!(galley.stack.invoke("smoke-test", hook).await, Invoked::Failed(_)));
}

/// What AWS's own services emit, with the dimensions that tell it apart
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html>).
fn emitted_by_aws() -> BTreeMap<(&'static str, &'static str), Vec<&'static str>> {
    let api = || vec!["ApiId", "Stage"];
    [
        (("AWS/ApiGateway", "Latency"), api()),
        (("AWS/ApiGateway", "Count"), api()),
        (("AWS/ApiGateway", "4xx"), api()),
        (("AWS/ApiGateway", "5xx"), api()),
        (("AWS/Lambda", "Errors"), vec!["FunctionName"]),
        (("AWS/Lambda", "Throttles"), vec!["FunctionName"]),
        (("AWS/SQS", "ApproximateAgeOfOldestMessage"), vec!["QueueName"]),
        (("AWS/SQS", "ApproximateNumberOfMessagesVisible"), vec!["QueueName"]),
        (("AWS/Backup", "NumberOfBackupJobsAborted"), vec!["BackupVaultName"]),
        (("AWS/Backup", "NumberOfBackupJobsExpired"), vec!["BackupVaultName"]),
        (("AWS/Backup", "NumberOfBackupJobsFailed"), vec!["BackupVaultName"]),
    ]
    .into()
}

/// A metric as somebody watches it: namespace, name, dimensions.
type Watched = (String, String, Vec<String>);

/// All `MetricName`s with their namespaces and dimensions, however deep.
fn watched_by_alarms(value: &yaml_serde::Value, found: &mut Vec<Watched>) {
    let value = if let yaml_serde::Value::Tagged(tagged) = value { &tagged.value } else { value };
    if let Some(name) = value.get("MetricName").and_then(yaml_serde::Value::as_str) {
        let dimensions = value["Dimensions"].as_sequence().unwrap();
        let names = dimensions.iter().map(|dimension| dimension["Name"].as_str().unwrap().to_owned()).collect();
        found.push((value["Namespace"].as_str().unwrap().to_owned(), name.to_owned(), names));
    }
    if let Some(mapping) = value.as_mapping() {
        for (_, inner) in mapping {
            watched_by_alarms(inner, found);
        }
    }
    if let Some(sequence) = value.as_sequence() {
        for inner in sequence {
            watched_by_alarms(inner, found);
        }
    }
}

fn watched_by_widgets(dashboard: &Value) -> Vec<Watched> {
    let metrics = dashboard["widgets"].as_array().unwrap().iter();
    let metrics = metrics.flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap());
    metrics
        .map(|metric| {
            let texts: Vec<&str> = metric.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let dimensions = texts[2..].iter().step_by(2).map(|name| (*name).to_owned()).collect();
            (texts[0].to_owned(), texts[1].to_owned(), dimensions)
        })
        .collect()
}

#[test]
fn alarms_and_widgets_watch_what_is_emitted() {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
    let mut watched = Vec::new();
    let mut alarms = 0;
    for (_, resource) in yaml["Resources"].as_mapping().unwrap() {
        if resource["Type"] == "AWS::CloudWatch::Alarm" {
            alarms += 1;
            watched_by_alarms(resource, &mut watched);
        }
    }
    let yaml_serde::Value::Tagged(body) = &yaml["Resources"]["Dashboard"]["Properties"]["DashboardBody"] else {
        panic!("the dashboard's body has values put in")
    };
    let dashboard: Value = serde_json::from_str(body.value.as_str().unwrap()).unwrap();
    let widgets = watched_by_widgets(&dashboard);
    assert!(alarms >= 10 && widgets.len() >= 20, "{alarms} {}", widgets.len());
    watched.extend(widgets);
    let by_aws = emitted_by_aws();
    for (namespace, name, dimensions) in &watched {
        let is_ours = |metric: &&Metric| metric.name() == name;
        let known = match Metric::ALL.iter().find(is_ours).filter(|_| namespace == "Galley") {
            Some(metric) => {
                // As the edge emits them: by stage, and by stage and all labels.
                let all: Vec<&str> = ["stage"].into_iter().chain(metric.labels().iter().copied()).collect();
                *dimensions == ["stage"] || *dimensions == all
            }
            None => by_aws.get(&(namespace.as_str(), name.as_str())).is_some_and(|known| known == dimensions),
        };
        assert!(known, "nobody emits {namespace} {name} by {dimensions:?}");
    }
}

/// Where an alarm sends whoever it wakes.
#[test]
fn every_alarm_names_a_part_of_the_runbook() {
    let template = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let runbook = std::fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    let named: BTreeSet<&str> =
        template.split("docs/runbook.md#").skip(1).map(|rest| rest.split_whitespace().next().unwrap()).collect();
    assert!(named.len() >= 8);
    for anchor in named {
        assert!(runbook.contains(&format!("<a id=\"{anchor}\"></a>")), "{anchor}");
    }
}
