//! The first parts of every function.

use galley_adapters::{aws::Aws, clock::SystemClock};
use galley_edge::config::{ConfigError, Lookup, Settings};

/// Settings and AWS, from which everything else is built.
#[derive(Debug)]
pub struct Start {
    pub settings: Settings<Lookup>,
    pub aws: Aws,
}

impl Start {
    /// The clock, with the timings that follow from the lease.
    ///
    /// # Errors
    /// When the lease is not set, or too short.
    pub fn clock(&self) -> Result<SystemClock, ConfigError> {
        Ok(SystemClock { timings: self.settings.timings()? })
    }
}
