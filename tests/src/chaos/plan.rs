//! The plan of a run.

use std::time::Duration;

use serde::Serialize;

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plan {
    pub seed: u64,
    pub tasks: usize,
    pub clients: usize,
    /// The faults end after this time, even if clients are still working.
    #[serde(skip)]
    pub at_most: Duration,
}
