//! What a failure really makes the stack measure rings the alarm that is for it, within the promised time.
#![expect(clippy::cast_precision_loss, reason = "a test counts to few")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::time::Duration;

use galley_domain::metrics::Metric;
use galley_local::fake_providers::Temper;
use galley_tests::{
    Galley,
    alarms::{Alarms, Key, Metrics},
    fixture::with_fake_providers,
    model::galley_with_model,
    request,
};
use serde_json::{Value, json};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// The lines of all functions that measure something.
fn measuring(galley: &Galley) -> Vec<Value> {
    let mut lines = Vec::new();
    for file in std::fs::read_dir(galley.stack.data().join("logs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let read = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.extend(read.filter(|line| line.get("_aws").is_some()));
    }
    lines
}

async fn measured(galley: &Galley, metric: Metric) -> Vec<Value> {
    for _ in 0..400 {
        let lines: Vec<Value> =
            measuring(galley).into_iter().filter(|line| line.get(metric.name()).is_some()).collect();
        if !lines.is_empty() {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody measured {metric:?}")
}

fn depth_of(queue: &str) -> Key {
    Key::new("AWS/SQS", "ApproximateNumberOfMessagesVisible", &[("QueueName", queue)])
}

fn errors_of(function: &str) -> Key {
    Key::new("AWS/Lambda", "Errors", &[("FunctionName", function)])
}

#[tokio::test]
async fn a_day_on_which_all_goes_well_rings_nothing() {
    let fixture = with_fake_providers(Temper::default(), &[]).await;
    let galley = &fixture.galley;
    let (path, _) = fixture.drafted(json!({"topic": "How HTTP caching works", "target_length": 400})).await;
    galley.approve(&path, json!({})).await.expect(200);
    galley.wait(&path, "published").await;
    galley.sweep().await;
    measured(galley, Metric::OverdueAge).await;
    let mut lines = measuring(galley);
    // How fast this machine is beside its other work is not what is asked here.
    for line in lines.iter_mut().filter(|line| line.get(Metric::ApiRequestDuration.name()).is_some()) {
        line[Metric::ApiRequestDuration.name()] = json!(0.08);
    }
    let mut of_aws = Vec::new();
    for function in &galley.stack.template.functions {
        of_aws.push((errors_of(&function.id), galley.stack.errors(&function.id) as f64));
    }
    for queue in &galley.stack.template.queues {
        of_aws.push((depth_of(&queue.id), galley.stack.peek(&queue.id).await.unwrap().len() as f64));
    }
    let mut day = Metrics::default();
    for minute in (0..8 * HOUR).step_by(60) {
        for line in &lines {
            day.add_line(line, minute);
        }
        for (key, value) in &of_aws {
            day.add(key.clone(), minute, *value);
        }
        let of_api = [("ApiId", "Api"), ("Stage", "$default")];
        day.add(Key::new("AWS/ApiGateway", "Count", &of_api), minute, 30.0);
        // The objective's own: one in a thousand requests.
        let failed = if minute % (33 * MINUTE) == 0 { 1.0 } else { 0.0 };
        day.add(Key::new("AWS/ApiGateway", "5xx", &of_api), minute, failed);
    }
    assert_eq!(Alarms::load().ringing(&day, 7 * HOUR, 8 * HOUR), Vec::<String>::new());
}

#[tokio::test]
async fn a_dead_letter_rings_within_two_minutes() {
    let galley = Galley::start().await;
    galley.stack.send_raw("WorkQueue", "not json").await.unwrap();
    galley.until(async || !galley.stack.peek("WorkDeadLetterQueue").await.unwrap().is_empty()).await;
    let mut night = Metrics::default();
    for minute in (0..HOUR).step_by(60) {
        let letters =
            if minute < 10 * MINUTE { 0 } else { galley.stack.peek("WorkDeadLetterQueue").await.unwrap().len() };
        night.add(depth_of("WorkDeadLetterQueue"), minute, letters as f64);
    }
    let first = Alarms::load().first("WorkDeadLettersAlarm", &night, MINUTE, HOUR).unwrap();
    assert!((10..=11).contains(&first), "{first}");
}

#[tokio::test]
async fn a_worker_that_crashes_rings_within_two_minutes_and_takes_its_canary_back() {
    let (galley, model) = galley_with_model(&[]).await;
    galley.create(request()).await;
    model.asked.notified().await;
    assert_eq!(galley.stack.errors("WorkFunction"), 0);
    galley.stack.kill("WorkFunction");
    galley.until(async || galley.stack.errors("WorkFunction") == 1).await;
    let mut night = Metrics::default();
    for minute in (0..HOUR).step_by(60) {
        let errors = if minute == 10 * MINUTE { galley.stack.errors("WorkFunction") } else { 0 };
        night.add(errors_of("WorkFunction"), minute, errors as f64);
    }
    let first = Alarms::load().first("WorkCrashesAlarm", &night, MINUTE, HOUR).unwrap();
    assert!((10..=11).contains(&first), "{first}");
}
