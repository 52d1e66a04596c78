//! Whatever is written goes through one mask on its way to where Lambda collects it.

use std::io::{self, Write};

use galley_domain::privacy::mask;
use tracing_subscriber::fmt::MakeWriter;

/// Makes writers that mask personal data on its way to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Masking<M>(pub(super) M);

impl<'a, M: MakeWriter<'a>> Masking<M> {
    /// Writes a line, masked, in one piece: what is to be masked could come in two.
    pub(super) fn line(&'a self, mut line: String) {
        line.push('\n');
        let mut to = self.0.make_writer();
        // Nobody is left to be told of a log that cannot be written.
        drop(to.write_all(mask(&line).as_bytes()).and_then(|()| to.flush()));
    }
}

/// Standard output, a line at a time.
pub(super) fn stdout() -> io::StdoutLock<'static> {
    io::stdout().lock()
}
