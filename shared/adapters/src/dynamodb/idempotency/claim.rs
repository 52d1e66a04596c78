//! Idempotency claims: the saved answer to a repeated request.

use galley_domain::{
    idempotency::claim::{Claim, ClaimRecord, Claimed, SavedResponse},
    kernel::error::StoreError,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, Item, n},
    keys,
    task::transaction::{Condition, Part, Transaction},
};

const CLAIM_FREE: &str = "attribute_not_exists(pk) OR expires_at <= :now";

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredClaim {
    fingerprint: String,
    response: SavedResponse,
    /// Milliseconds.
    expires_at: i64,
}

impl StoredClaim {
    pub(crate) fn read(item: Item) -> Result<Self, StoreError> {
        items::from_item("claim", item)
    }

    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now.as_millisecond()
    }

    pub(crate) fn seen_by(self, claim: &Claim) -> Claimed {
        claim.against(&self.fingerprint, self.response)
    }
}

impl Transaction<'_> {
    pub(crate) fn claim(&mut self, record: ClaimRecord, now: Timestamp) -> Result<(), StoreError> {
        let stored = StoredClaim {
            fingerprint: record.claim.fingerprint.clone(),
            response: record.response,
            expires_at: record.expires_at.as_millisecond(),
        };
        let mut item = items::item_at(keys::claim(&record.claim), "claim", &stored)?;
        item.insert("ttl".into(), n(record.expires_at.as_second()));
        self.put(Part::Claim(record.claim), item, Condition::With(CLAIM_FREE, ":now", n(now.as_millisecond())))
    }
}
