//! Claims, and the ends of receipts.

use galley_domain::{
    idempotency::{
        claim::ClaimRecord,
        receipt::{ReceiptDone, ReceiptOutcome},
    },
    task::store::CommitError,
};
use jiff::Timestamp;

use crate::memory::store::Held;

impl Held {
    pub(super) fn claim_free(&self, record: Option<&ClaimRecord>, now: Timestamp) -> Result<(), CommitError> {
        let Some(record) = record else { return Ok(()) };
        let held = self.claims.get(&(record.claim.tenant.clone(), record.claim.name.clone()));
        match held.filter(|held| held.expires_at > now) {
            Some(held) => {
                Err(CommitError::Claimed(record.claim.against(&held.claim.fingerprint, held.response.clone())))
            }
            None => Ok(()),
        }
    }

    pub(super) fn keep_claim(&mut self, record: Option<ClaimRecord>) {
        if let Some(record) = record {
            self.claims.insert((record.claim.tenant.clone(), record.claim.name.clone()), record);
        }
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
