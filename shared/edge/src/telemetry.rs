//! Logs: one JSON object a line on standard output, where Lambda collects them. Whatever is written goes through one mask.

use std::{
    any::Any,
    io::{self, Write},
    panic::{self, PanicHookInfo},
};

use galley_domain::privacy::mask;
pub use galley_domain::report::chain;
use tracing_subscriber::{EnvFilter, fmt, fmt::MakeWriter};

/// Starts logging at the level in `GALLEY_LOG` (`info` when it is not set). A second call changes nothing.
pub fn init() {
    let filter = EnvFilter::try_from_env("GALLEY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let started = fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(Masking(io::stdout))
        .try_init();
    // Only a second call can fail, and then the first one's subscriber stays.
    drop(started);
    panic::set_hook(Box::new(tell_of_a_panic));
}

/// A panic's words are a line of the log like any other, so that they are masked too.
fn tell_of_a_panic(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(at, reason = words_of(panic.payload()), "panicked");
}

fn words_of(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

/// Makes writers that mask personal data on its way to another.
#[derive(Clone, Copy, Debug)]
struct Masking<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masking<M> {
    type Writer = MaskingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskingWriter { line: Vec::new(), to: self.0.make_writer() }
    }
}

/// Collects a line, for what is to be masked could come in two pieces.
struct MaskingWriter<W: Write> {
    line: Vec<u8>,
    to: W,
}

impl<W: Write> Write for MaskingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.to.write_all(mask(&String::from_utf8_lossy(&line)).as_bytes())?;
        self.to.flush()
    }
}

impl<W: Write> Drop for MaskingWriter<W> {
    fn drop(&mut self) {
        // Nobody is left to be told of a log that cannot be written.
        drop(self.flush());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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

    #[test]
    fn nothing_personal_reaches_a_log_line_whichever_way_it_comes() {
        let kept = Kept::default();
        let to = kept.clone();
        let subscriber = fmt().json().flatten_event(true).with_writer(Masking(move || to.clone())).finish();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("of", who = "ana@example.org");
            let _entered = span.enter();
            tracing::info!(card = "4111 1111 1111 1111", "call +49 30 901820 or write to {}", "ben@example.org");
            tracing::warn!(error = ?io::Error::other("no such user: cleo@example.org"), "failed");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('@') && !text.contains("4111") && !text.contains("901820"), "{text}");
        assert!(text.matches("[email]").count() >= 4 && text.contains("[card]") && text.contains("[phone]"), "{text}");
    }
}
