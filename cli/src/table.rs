//! An answer as a table: which fields make its columns.

use serde_json::Value;

use crate::{
    context::{age, text},
    output::Output,
    say,
};

/// A column's head, and the field that is in it; a field that ends in `_at` is told as an age.
pub(crate) type Column = (&'static str, &'static str);

/// A list: an array of its items as JSON, a table otherwise.
pub(crate) fn list(output: Output, items: Vec<Value>, columns: &[Column]) {
    list_or(output, items, columns, "Nothing to list.");
}

/// A list of which a person is told `none` where it is empty: a head without rows says less.
pub(crate) fn list_or(output: Output, items: Vec<Value>, columns: &[Column], none: &str) {
    if output.is_json() {
        say::json(&Value::Array(items));
        return;
    }
    if items.is_empty() {
        output.hint(none);
        return;
    }
    let rows = items.iter().map(|item| columns.iter().map(|(_, field)| cell(item, field)).collect());
    let head: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    output.table(&head, rows.collect());
}

/// One thing: itself as JSON, its fields otherwise.
pub(crate) fn thing(output: Output, value: &Value) {
    if output.is_json() {
        say::json(value);
        return;
    }
    let fields = value.as_object().into_iter().flatten();
    let fields: Vec<(&str, String)> = fields.map(|(name, _)| (name.as_str(), text(value, name))).collect();
    say::fields(&fields);
}

fn cell(item: &Value, field: &str) -> String {
    match item.get(field) {
        Some(Value::Array(several)) => {
            let told = several.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
            told.collect::<Vec<_>>().join(", ")
        }
        _ if field.ends_with("_at") => age(item, field),
        _ => text(item, field),
    }
}
