//! Takes a sentence in.

use jiff::Timestamp;

use crate::{
    access::role::Principal,
    intent::{
        grammar,
        record::{Intent, NewIntent},
    },
    kernel::ids::IntentId,
};

/// What `by` asks for, read at `now`.
pub fn ask(id: IntentId, by: &Principal, asked: NewIntent, now: Timestamp) -> Intent {
    let reading = grammar::read(asked.text.as_str(), asked.zone.as_ref(), now);
    let Principal { tenant, subject, .. } = by.clone();
    Intent { id, tenant, subject, text: asked.text, zone: asked.zone, reading, created_at: now }
}
