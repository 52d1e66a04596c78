//! What a run is to be.

use std::time::Duration;

use serde::Serialize;

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Plan {
    pub seed: u64,
    pub tasks: usize,
    pub clients: usize,
    /// The faults end after so long, done or not.
    #[serde(skip)]
    pub at_most: Duration,
}
