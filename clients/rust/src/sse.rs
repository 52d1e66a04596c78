//! Server-sent events out of bytes (WHATWG HTML, 9.2.6): as much as the API's streams use.

use std::time::Duration;

/// A line longer than this is no event of ours.
const MOST_BYTES: usize = 4 * 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Collects bytes until an event is whole.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    unread: Vec<u8>,
    event: Event,
    /// How long to wait before a new connection, where the stream said so.
    pub(crate) retry: Option<Duration>,
}

/// The stream sends what is no event of ours.
#[derive(Debug)]
pub(crate) struct TooLong;

impl Parser {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        self.unread.extend_from_slice(bytes);
        if self.unread.len() > MOST_BYTES { Err(TooLong) } else { Ok(()) }
    }

    /// The next whole event. One without data is none.
    pub(crate) fn next(&mut self) -> Option<Event> {
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            if !line.is_empty() {
                self.take(line);
                continue;
            }
            let event = std::mem::take(&mut self.event);
            if !event.data.is_empty() {
                return Some(event);
            }
        }
        None
    }

    fn take(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.event.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.event.name),
            "data" if self.event.data.is_empty() => value.clone_into(&mut self.event.data),
            "data" => self.event.data.push_str(&format!("\n{value}")),
            "retry" => self.retry = value.parse().ok().map(Duration::from_millis),
            // A comment keeps the connection open.
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_however_its_bytes_are_cut() {
        let text =
            "retry: 1000\nid: 4\nevent: task\ndata: {\"a\":\"ü\"}\n\n: still here\n\ndata: one\r\ndata: two\r\n\r\n";
        for size in 1..text.len() {
            let mut parser = Parser::default();
            let mut events = Vec::new();
            for bytes in text.as_bytes().chunks(size) {
                parser.push(bytes).unwrap();
                events.extend(std::iter::from_fn(|| parser.next()));
            }
            let [task, other] = &events[..] else { panic!("{events:?}") };
            assert_eq!(
                (task.id.as_deref(), task.name.as_str(), task.data.as_str()),
                (Some("4"), "task", "{\"a\":\"ü\"}")
            );
            assert_eq!((other.id.as_deref(), other.data.as_str()), (None, "one\ntwo"));
            assert_eq!(parser.retry, Some(Duration::from_secs(1)));
        }
    }

    #[test]
    fn a_stream_without_an_end_of_line_fills_no_memory() {
        let mut parser = Parser::default();
        let chunk = vec![b'x'; 1024 * 1024];
        assert!((0..8).any(|_| parser.push(&chunk).is_err()));
    }
}
