//! Data of generation: reusable answers, transcripts, circuit breakers.

pub(crate) mod breaker;
pub(crate) mod services;
pub(crate) mod transcript;
