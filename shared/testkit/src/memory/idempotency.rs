//! Claims, and the ends of receipts.

use galley_domain::{
    idempotency::{
        claim::{Claim, ClaimError, ClaimRecord, ClaimStore, Claimed},
        receipt::{ReceiptDone, ReceiptOutcome},
    },
    kernel::error::StoreError,
    task::store::CommitError,
};
use jiff::Timestamp;

use crate::memory::store::{Held, MemoryStore};

impl ClaimStore for MemoryStore {
    async fn claimed(&self, claim: &Claim, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
        Ok(self.held().found(claim, now))
    }

    async fn keep_claim(&self, record: ClaimRecord) -> Result<(), ClaimError> {
        let mut held = self.held();
        held.claim_new(Some(&record))?;
        held.keep_claim(Some(record));
        Ok(())
    }
}

impl Held {
    pub(super) fn claim_free(&self, record: Option<&ClaimRecord>, now: Timestamp) -> Result<(), CommitError> {
        match record.and_then(|record| self.found(&record.claim, now)) {
            Some(claimed) => Err(CommitError::Claimed(claimed)),
            None => Ok(()),
        }
    }

    pub(super) fn keep_claim(&mut self, record: Option<ClaimRecord>) {
        if let Some(record) = record {
            self.claims.insert((record.claim.tenant.clone(), record.claim.name.clone()), record);
        }
    }

    /// As `claim_free`, for what belongs to no task.
    pub(super) fn claim_new(&self, record: Option<&ClaimRecord>) -> Result<(), ClaimError> {
        let Some(record) = record else { return Ok(()) };
        match self.found(&record.claim, record.made_at()) {
            Some(claimed) => Err(ClaimError::Claimed(claimed)),
            None => Ok(()),
        }
    }

    pub(super) fn found(&self, claim: &Claim, now: Timestamp) -> Option<Claimed> {
        let held = self.claims.get(&(claim.tenant.clone(), claim.name.clone()));
        let held = held.filter(|held| held.expires_at > now)?;
        Some(claim.against(&held.claim.fingerprint, held.response.clone()))
    }

    pub(super) fn receipt_open(&self, done: Option<&ReceiptDone>) -> Result<(), CommitError> {
        let Some(done) = done else { return Ok(()) };
        match self.receipts.get(&(done.receipt.key.clone(), done.receipt.id.clone())) {
            Some((receipt, _)) if receipt.outcome == ReceiptOutcome::Received => Ok(()),
            _ => Err(CommitError::AlreadyProcessed),
        }
    }

    pub(super) fn end_receipt(&mut self, done: Option<ReceiptDone>) {
        if let Some(done) = done
            && let Some((receipt, _)) = self.receipts.get_mut(&(done.receipt.key, done.receipt.id))
        {
            receipt.outcome = done.outcome;
            receipt.payload = None;
        }
    }
}
