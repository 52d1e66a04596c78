//! Logs: one JSON object a line, with the fields of the event and of the spans around it.

use jiff::Timestamp;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    fmt::MakeWriter,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{fields::Fields, mask};

/// A span with this field set writes the debug lines of our own crates too, whatever the level.
pub(super) const VERBOSE: &str = "verbose";

/// Writes what happens.
#[derive(Debug)]
pub(super) struct Lines<M> {
    pub(super) to: M,
    /// The configured level.
    pub(super) usual: Targets,
    /// The fields of every line.
    pub(super) of: Map<String, Value>,
}

/// The fields of a span.
struct Said(Fields);

impl<M> Lines<M> {
    fn is_usual(&self, metadata: &Metadata<'_>) -> bool {
        self.usual.would_enable(metadata.target(), metadata.level())
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("galley_") && *metadata.level() <= Level::DEBUG
}

impl<S, M> Layer<S> for Lines<M>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    M: for<'a> MakeWriter<'a> + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // Spans of the runtime and the SDK are left out of our lines.
        let of_others = metadata.is_span() && !metadata.target().starts_with("galley_");
        !of_others && (self.is_usual(metadata) || is_ours(metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // No upper bound: a `verbose` span enables debug lines of our own crates.
        None
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut said = Fields::default();
        attributes.record(&mut said);
        span.extensions_mut().insert(Said(said.masked()));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(said) = span.extensions_mut().get_mut::<Said>() {
            let mut new = Fields::default();
            values.record(&mut new);
            said.0.0.extend(new.masked().0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut of_event = Fields::default();
        event.record(&mut of_event);
        let mut said = Fields::default();
        let spans: Vec<SpanRef<'_, S>> =
            context.event_scope(event).map(|scope| scope.from_root().collect()).unwrap_or_default();
        for span in spans {
            if let Some(of_span) = span.extensions().get::<Said>() {
                said.0.extend(of_span.0.0.clone());
            }
        }
        let verbose = said.0.remove(VERBOSE).is_some();
        if !verbose && !self.is_usual(event.metadata()) {
            return;
        }
        said.0.extend(of_event.masked().0);
        let message = said.0.remove("message").unwrap_or_default();
        mask::write(&self.to, line(*event.metadata().level(), &message, &self.of, &said.0));
    }
}

/// The line, with its fields in the order that suits a reader.
fn line(level: Level, message: &Value, of: &Map<String, Value>, said: &Map<String, Value>) -> String {
    let mut bytes = Vec::with_capacity(256);
    let written = (|| {
        let mut json = serde_json::Serializer::new(&mut bytes);
        let mut map = json.serialize_map(None)?;
        map.serialize_entry("timestamp", &Timestamp::now())?;
        map.serialize_entry("level", level.as_str())?;
        map.serialize_entry("message", message)?;
        // A line's own field replaces the common one of the same name.
        for (name, value) in of.iter().filter(|(name, _)| !said.contains_key(*name)).chain(said) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    })();
    debug_assert!(written.is_ok(), "text and numbers can be written as JSON");
    String::from_utf8(bytes).unwrap_or_default()
}
