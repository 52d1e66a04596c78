//! Idempotency claims: the saved answer to a repeated request.

use galley_domain::{
    idempotency::claim::{Claim, ClaimError, ClaimRecord, ClaimStore, Claimed, SavedResponse},
    kernel::error::StoreError,
    task::store::CommitError,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, n},
    keys,
    table::Table,
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

    /// What `item` says of `claim`, if it has not expired.
    pub(crate) fn of(item: Item, claim: &Claim, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
        let stored = Self::read(item)?;
        Ok((!stored.is_expired(now)).then(|| stored.seen_by(claim)))
    }
}

impl ClaimStore for Table {
    async fn claimed(&self, claim: &Claim, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
        match self.get(keys::claim(claim)).await? {
            Some(item) => StoredClaim::of(item, claim, now),
            None => Ok(None),
        }
    }

    async fn keep_claim(&self, record: ClaimRecord) -> Result<(), ClaimError> {
        self.write_once(Transaction::new(&self.name), Some(record)).await.map(|_| ())
    }
}

impl Table {
    /// Writes what the transaction has, and the claim with it. `false`: a condition was not met.
    pub(crate) async fn write_once(
        &self,
        mut transaction: Transaction<'_>,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        if let Some(record) = claim {
            let now = record.made_at();
            transaction.claim(record, now)?;
        }
        match self.transact(transaction).await {
            Ok(()) => Ok(true),
            Err(CommitError::Stale) => Ok(false),
            Err(CommitError::Claimed(claimed)) => Err(ClaimError::Claimed(claimed)),
            Err(CommitError::InFlight) => Err(ClaimError::InFlight),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(error) => Err(unavailable(error).into()),
        }
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

    /// The rest is written only if no request has ended under `claim`.
    pub(crate) fn claim_is_free(&mut self, claim: &Claim, now: Timestamp) -> Result<(), StoreError> {
        self.check(Part::Claim(claim.clone()), keys::claim(claim), (CLAIM_FREE, ":now", n(now.as_millisecond())))
    }
}
