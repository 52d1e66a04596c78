//! The real clock and the system's randomness.

use std::time::Duration;

use galley_domain::kernel::{
    clock::{Clock, Entropy},
    error::BoxError,
    timings::Timings,
};
use jiff::Timestamp;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock {
    pub timings: Timings,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        // Without randomness, ids of the same millisecond may collide. They are not secret.
        if let Err(error) = getrandom::fill(&mut bytes) {
            tracing::error!(%error, "the system gave no randomness");
        }
        bytes
    }

    fn timings(&self) -> Timings {
        self.timings
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Ordered even within a millisecond, so that two events of one write keep their order.
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The system's randomness, for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn secret(&self) -> Result<[u8; 32], BoxError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }
}
