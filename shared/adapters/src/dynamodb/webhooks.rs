//! Sources of webhooks, the receipts of what they sent, and what was refused.

pub(crate) mod receive;
pub(crate) mod refusals;
pub(crate) mod source;
