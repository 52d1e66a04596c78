//! What a draft leaves behind: answers that were paid for, transcripts, breakers.

pub(crate) mod breaker;
pub(crate) mod services;
pub(crate) mod transcript;
