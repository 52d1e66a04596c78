//! Traces: spans that have ended, as OpenTelemetry's protocol has them in JSON over HTTP
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>). Only where a collector is configured; sent when an invocation
//! ends, because Lambda may freeze the instance afterwards.

use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use galley_domain::kernel::{
    error::{BoxError, chain},
    ids::span_of,
};
use serde_json::{Map, Value, json};
use tracing::{
    Event, Level, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};
use uuid::Uuid;

use super::fields::Fields;

/// Sends a document to the collector.
pub type Send = Box<
    dyn Fn(Vec<u8>) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + std::marker::Send>>
        + Sync
        + std::marker::Send,
>;

/// The most unsent spans; further ones are dropped.
const MOST_SPANS: usize = 2000;

static ENDED: Mutex<Vec<Value>> = Mutex::new(Vec::new());
static SENDER: OnceLock<Send> = OnceLock::new();
/// After a collector did not answer, nothing is sent before this time, so that not every request waits for it.
static NOT_BEFORE: Mutex<Option<Instant>> = Mutex::new(None);
const PATIENCE: Duration = Duration::from_secs(30);

/// Collects spans as they end.
#[derive(Debug)]
pub(super) struct Spans;

/// A span that has not ended.
struct Open {
    trace: Option<String>,
    id: String,
    parent: Option<String>,
    began: SystemTime,
    failed: bool,
    attributes: Fields,
}

impl Open {
    fn record(&mut self, values: impl FnOnce(&mut Fields)) {
        values(&mut self.attributes);
        let mut text = |name: &str| match self.attributes.0.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        self.trace = text("trace_id").or_else(|| self.trace.take());
        self.parent = text("parent_span").or_else(|| self.parent.take());
        // The span id is derived from the call's id, which the provider also gets.
        if let Some(call) = self.attributes.0.get("call_id").and_then(Value::as_str).and_then(|id| id.parse().ok()) {
            self.id = span_of(call);
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let (trace, parent) = span
            .parent()
            .and_then(|parent| parent.extensions().get::<Open>().map(|open| (open.trace.clone(), open.id.clone())))
            .map_or((None, None), |(trace, id)| (trace, Some(id)));
        let began = SystemTime::now();
        let id = span_of(Uuid::now_v7());
        let mut open = Open { trace, id, parent, began, failed: false, attributes: Fields::default() };
        open.record(|to| attributes.record(to));
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            open.record(|to| values.record(to));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR
            && let Some(span) = context.event_span(event)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            open.failed = true;
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        // A span without a trace could not be found, so it is dropped.
        let Some(trace) = &open.trace else { return };
        let server = 2;
        let (internal, client) = (1, 3);
        let kind = match (&open.parent, open.attributes.0.contains_key("call_id")) {
            (_, true) => client,
            _ if span.parent().is_none() => server,
            _ => internal,
        };
        let mut ended = json!({
            "traceId": trace, "spanId": open.id, "name": span.name(), "kind": kind,
            "startTimeUnixNano": nanos(open.began), "endTimeUnixNano": nanos(SystemTime::now()),
            "attributes": attributes(&open.attributes.masked().0), "status": {"code": if open.failed { 2 } else { 0 }},
        });
        if let (Some(parent), Some(object)) = (open.parent, ended.as_object_mut()) {
            object.insert("parentSpanId".to_owned(), parent.into());
        }
        let mut all = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST_SPANS {
            all.push(ended);
        }
    }
}

/// As the protocol's JSON has 64-bit numbers: text.
fn nanos(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

fn attributes(all: &Map<String, Value>) -> Vec<Value> {
    let value = |value: &Value| match value {
        Value::Bool(flag) => json!({"boolValue": flag}),
        Value::Number(number) if number.is_f64() => json!({"doubleValue": number}),
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::String(text) => json!({"stringValue": text}),
        other => json!({"stringValue": other.to_string()}),
    };
    all.iter().map(|(key, of)| json!({"key": key, "value": value(of)})).collect()
}

/// Spans are sent by `sender` from now on.
pub(super) fn export_by(sender: Send) {
    // The first one stays.
    drop(SENDER.set(sender));
}

/// Sends what has ended. Telemetry that cannot be delivered is lost, and nothing else is.
pub(super) async fn send(of: &Map<String, Value>) {
    let Some(sender) = SENDER.get() else { return };
    let spans = std::mem::take(&mut *ENDED.lock().unwrap_or_else(PoisonError::into_inner));
    let waits = NOT_BEFORE.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until);
    if spans.is_empty() || waits {
        return;
    }
    let resource = attributes(
        &of.iter()
            .map(|(name, value)| {
                let name = match name.as_str() {
                    "service" => "service.name",
                    "release" => "service.version",
                    "function" => "faas.name",
                    "stage" => "deployment.environment.name",
                    other => other,
                };
                (name.to_owned(), value.clone())
            })
            .collect(),
    );
    let scope = json!({"name": "galley", "version": env!("CARGO_PKG_VERSION")});
    let document = json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{"scope": scope, "spans": spans}],
    }]});
    if let Err(error) = sender(document.to_string().into_bytes()).await {
        *NOT_BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PATIENCE);
        tracing::warn!(error = chain(&*error), "the collector did not take the spans");
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn nothing_personal_and_no_secret_is_in_a_span() {
        let key = format!("galley_{}", "0".repeat(64));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Spans), || {
            let trace_id = "0af7651916cd43dd8448eb211c80319c";
            drop(tracing::info_span!("of", trace_id, who = "ana@example.org", shown = key.as_str()));
        });
        let ended = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
        let text = json!(*ended).to_string();
        assert!(text.contains("[email]") && text.contains("[secret]"), "{text}");
        assert!(!text.contains('@') && !text.contains(&key), "{text}");
    }
}
