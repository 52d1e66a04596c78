//! The fields of spans and events, as JSON.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

use super::mask;

#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// Without personal data.
    pub(super) fn masked(self) -> Self {
        Self(self.0.into_iter().map(|(name, value)| (name.clone(), mask::masked(&name, value))).collect())
    }

    fn say(&mut self, field: &Field, value: impl Into<Value>) {
        // A raw identifier is another way to write a name.
        let name = field.name().strip_prefix("r#").unwrap_or(field.name());
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.say(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.say(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.say(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.say(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.say(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.say(field, format!("{value:?}"));
    }
}
