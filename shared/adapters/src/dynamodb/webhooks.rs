//! Sources of webhooks, and the receipts of what they sent.

pub(crate) mod receive;
pub(crate) mod source;
