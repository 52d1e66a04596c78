//! Time and randomness: the domain has none of its own.

use jiff::Timestamp;
use std::future::Future;
use std::time::Duration;
use uuid::Uuid;

use crate::kernel::{error::BoxError, ids::TraceId, timings::Timings};

/// The source of secrets: random bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// # Errors
    /// When the system gives none; then no secret may be made.
    fn secret(&self) -> Result<[u8; 32], BoxError>;
}

/// Time and randomness.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    fn random(&self) -> [u8; 10];

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// How soon a silent worker's task is another's, and all that follows from it.
    fn timings(&self) -> Timings {
        Timings::default()
    }

    fn uuid(&self) -> Uuid {
        crate::kernel::ids::uuid_v7(self.now(), self.random())
    }

    fn trace_id(&self) -> TraceId {
        TraceId::from_uuid(self.uuid())
    }
}
