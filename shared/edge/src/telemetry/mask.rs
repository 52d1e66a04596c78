//! Writes log lines to standard output, and masks their values.

use std::io::{self, Write};

use galley_domain::kernel::mask::mask;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

/// Fields with values of our own form, which need no mask.
const OURS: [&str; 12] = [
    "service",
    "function",
    "stage",
    "version",
    "release",
    "commit",
    "request_id",
    "trace_id",
    "tenant",
    "task_id",
    "call_id",
    "message_id",
];
/// Smaller numbers are not masked: they have too few digits to be personal data.
const LONG: u64 = 99_999_999;

/// A value as it may be logged.
pub(super) fn masked(name: &str, value: Value) -> Value {
    match value {
        Value::String(text) if !OURS.contains(&name) => match mask(&text) {
            std::borrow::Cow::Borrowed(_) => Value::String(text),
            std::borrow::Cow::Owned(masked) => Value::String(masked),
        },
        Value::Number(number) if number.as_u64().is_some_and(|number| number > LONG) => {
            mask(&number.to_string()).into_owned().into()
        }
        other => other,
    }
}

/// Writes a line in one piece.
pub(super) fn write<'a, M: MakeWriter<'a>>(to: &'a M, mut line: String) {
    line.push('\n');
    let mut to = to.make_writer();
    // A failure to write the log cannot be reported.
    drop(to.write_all(line.as_bytes()).and_then(|()| to.flush()));
}

/// Standard output, a line at a time.
pub(super) fn stdout() -> io::StdoutLock<'static> {
    io::stdout().lock()
}
