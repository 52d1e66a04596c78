//! What a service asks for that wants to be left alone for a while.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};

/// Seconds, by some with a fraction, or an HTTP date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Some(wait) = scaled(text, 1.0) {
        return Some(wait);
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Duration::try_from(at.duration_since(now)).ok()
}

/// A decimal number of units of so many seconds; more than can be waited for is as long as that.
pub(crate) fn scaled(text: &str, seconds: f64) -> Option<Duration> {
    let text = text.trim();
    let decimal =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let units: f64 = text.parse().ok().filter(|_| decimal)?;
    Some(Duration::try_from_secs_f64(units * seconds).unwrap_or(Duration::MAX))
}
