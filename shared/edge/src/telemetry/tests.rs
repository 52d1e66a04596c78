use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::json;

use super::*;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that `happens` writes at the level of info.
fn lines(happens: impl FnOnce()) -> Vec<Value> {
    let kept = Kept::default();
    let to = kept.clone();
    let of = json!({"service": "galley", "function": "f"}).as_object().unwrap().clone();
    let usual = level(None).unwrap();
    let lines = Lines { to: move || to.clone(), usual, of };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), happens);
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn nothing_personal_reaches_a_log_line_whichever_way_it_comes() {
    let lines = lines(|| {
        let span = tracing::info_span!("of", who = "ana@example.org");
        let _entered = span.enter();
        tracing::info!(card = "4111 1111 1111 1111", "call +49 30 901820 or write to {}", "ben@example.org");
        tracing::info!(card = 4_111_111_111_111_111_u64, "a number");
        tracing::warn!(error = ?io::Error::other("no such user: cleo@example.org"), "failed");
    });
    assert_eq!(lines.len(), 3);
    let text = json!(lines).to_string();
    assert!(!text.contains('@') && !text.contains("4111") && !text.contains("901820"), "{text}");
    assert!(text.matches("[email]").count() >= 4 && text.contains("[card]") && text.contains("[phone]"), "{text}");
}

#[test]
fn a_line_says_what_its_spans_say() {
    let trace = TraceId::from_uuid(uuid::Uuid::nil());
    let lines = lines(|| {
        let span = invocation("request-1", &trace);
        span.record("tenant", "acme");
        let _entered = span.enter();
        let inner = tracing::info_span!("phase", phase = "draft");
        let _within = inner.enter();
        tracing::info!(duration_ms = 12, "done");
    });
    let [line] = &lines[..] else { panic!("{lines:?}") };
    for (name, value) in [
        ("level", json!("INFO")),
        ("message", json!("done")),
        ("service", json!("galley")),
        ("function", json!("f")),
        ("request_id", json!("request-1")),
        ("trace_id", json!(trace.as_str())),
        ("tenant", json!("acme")),
        ("phase", json!("draft")),
        ("duration_ms", json!(12)),
    ] {
        assert_eq!(line[name], value, "{line}");
    }
    assert!(line["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok() && line["cold_start"].is_boolean());
    assert!(line.get("task_id").is_none(), "what is not known is not said");
}

#[test]
fn one_invocation_can_be_told_to_say_more() {
    let trace = TraceId::from_uuid(uuid::Uuid::nil());
    let lines = lines(|| {
        for verbose in [false, true] {
            let span = invocation("request-1", &trace);
            if verbose {
                span.record("verbose", true);
            }
            let _entered = span.enter();
            tracing::debug!(target: "galley_domain::generation::draft", verbose, "a detail");
            tracing::debug!(target: "aws_smithy_runtime", "too much of one");
        }
    });
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&line["level"], &line["message"]), (&json!("DEBUG"), &json!("a detail")));
}

#[test]
fn a_reader_who_leaves_a_stream_is_no_error_and_what_else_the_runtime_says_is_told() {
    let lines = lines(|| {
        tracing::error!(target: "lambda_runtime::requests", "Error sending response body chunk, response channel closed");
        tracing::error!(target: "lambda_runtime::runtime", "it fails");
    });
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(line["message"], "it fails");
}

#[test]
fn a_level_that_is_none_stops_the_start() {
    assert!(level(None).is_ok() && level(Some(" ")).is_ok() && level(Some("warn,galley_domain=debug")).is_ok());
    for wrong in ["loud", "info,=", "galley_domain=loud"] {
        assert!(matches!(level(Some(wrong)), Err(ConfigError::Malformed { setting: Setting::Log, .. })), "{wrong}");
    }
}
