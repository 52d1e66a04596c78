//! Receipts of webhooks, their sources, and what was refused of them.

use galley_domain::{
    idempotency::{
        claim::{Claim, ClaimError, ClaimRecord},
        receipt::{Receipt, ReceiptDone, ReceiptLine, ReceiptOutcome},
    },
    kernel::{
        error::StoreError,
        ids::{Generation, SourceKey, TenantId, WebhookId},
        paging::{Page, PageKey},
    },
    money::budget::day_of,
    task::store::CommitError,
    webhooks::{
        receive::{ReceiptStore, Received},
        refusals::{RefusalStore, Refused, RefusedLine, Sender, days_before},
        source::{Found, Rotating, RotationStart, Source, SourceName, SourceStore},
    },
};
use jiff::Timestamp;

use crate::memory::store::{MemoryStore, page};

impl ReceiptStore for MemoryStore {
    async fn receive(&self, receipt: Receipt, due_at: Option<Timestamp>) -> Result<Received, StoreError> {
        let mut held = self.held();
        let key = (receipt.key.clone(), receipt.id.clone());
        if held.receipts.contains_key(&key) {
            return Ok(Received::Again);
        }
        held.receipts.insert(key, (receipt, due_at));
        Ok(Received::First)
    }

    async fn receipt(&self, key: &SourceKey, id: &WebhookId) -> Result<Option<Receipt>, StoreError> {
        Ok(self.held().receipts.get(&(key.clone(), id.clone())).map(|(receipt, _)| receipt.clone()))
    }

    async fn receipts(
        &self,
        tenant: &TenantId,
        key: &SourceKey,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ReceiptLine>, StoreError> {
        let held = self.held();
        let place = |line: &ReceiptLine| PageKey {
            sort: format!("{:.3}#{}", line.received_at, line.id),
            id: format!("{key}#{}", line.id),
        };
        let of = held.receipts.values().filter(|(receipt, _)| receipt.tenant == *tenant && receipt.key == *key);
        let mut lines: Vec<ReceiptLine> = of.map(|(receipt, _)| receipt.clone().into()).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(place(line).sort));
        lines.retain(|line| after.as_ref().is_none_or(|after| place(line).sort < after.sort));
        Ok(page(lines, limit, place))
    }

    async fn abandon(&self, done: &ReceiptDone, _: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (done.receipt.key.clone(), done.receipt.id.clone());
        let open = held.receipts.get_mut(&key).filter(|(receipt, _)| receipt.outcome == ReceiptOutcome::Received);
        Ok(open
            .map(|(receipt, due)| {
                receipt.outcome = done.outcome.clone();
                *due = None;
            })
            .is_some())
    }

    async fn reopen(&self, receipt: &Receipt, due_at: Timestamp) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (receipt.key.clone(), receipt.id.clone());
        let Some((receipt, due)) = held.receipts.get_mut(&key) else { return Ok(false) };
        if !matches!(receipt.outcome, ReceiptOutcome::Abandoned { .. }) {
            return Ok(false);
        }
        receipt.outcome = ReceiptOutcome::Received;
        *due = Some(due_at);
        let message = receipt.message_id();
        held.tries.remove(&message);
        held.resends.remove(&message);
        Ok(true)
    }

    async fn finish(&self, done: ReceiptDone) -> Result<(), CommitError> {
        let mut held = self.held();
        held.receipt_open(Some(&done))?;
        held.end_receipt(Some(done));
        Ok(())
    }
}

impl RefusalStore for MemoryStore {
    async fn count_refused(&self, refused: &Refused) -> Result<(), StoreError> {
        let Refused { sender, reason, count, at } = refused.clone();
        let day = day_of(at);
        let mut held = self.held();
        let counted = held.refusals.entry((sender.tenant, sender.source, day, reason)).or_default();
        *counted = (counted.0 + u64::from(count), at);
        Ok(())
    }

    async fn refused(&self, sender: &Sender, now: Timestamp) -> Result<Vec<RefusedLine>, StoreError> {
        let held = self.held();
        let of_sender = held
            .refusals
            .iter()
            .filter(|((tenant, source, ..), _)| *tenant == sender.tenant && *source == sender.source);
        let told: Vec<RefusedLine> = of_sender
            .map(|((_, _, day, reason), (count, last_at))| RefusedLine {
                day: *day,
                reason: *reason,
                count: *count,
                last_at: *last_at,
            })
            .collect();
        let of_day = |day| told.iter().filter(move |line| line.day == day).cloned();
        Ok(days_before(now).flat_map(of_day).collect())
    }
}

impl SourceStore for MemoryStore {
    async fn source(&self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        Ok(self.held().sources.get(name).cloned())
    }

    async fn look_up(&self, names: &[SourceName], claim: Option<&Claim>, now: Timestamp) -> Result<Found, StoreError> {
        let held = self.held();
        let sources = names.iter().filter_map(|name| held.sources.get(name).cloned()).collect();
        Ok(Found { sources, claimed: claim.and_then(|claim| held.found(claim, now)) })
    }

    async fn make_source(&self, source: Source, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let free = !held.sources.contains_key(&source.name);
        held.sources.entry(source.name.clone()).or_insert(source);
        if free {
            held.keep_claim(claim);
            self.record(&mut held);
        }
        Ok(free)
    }

    async fn sources(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Source>, StoreError> {
        let held = self.held();
        let place = |source: &Source| PageKey {
            sort: format!("{:.3}#{}", source.created_at, source.id()),
            id: source.id().to_string(),
        };
        let mut sources: Vec<Source> =
            held.sources.values().filter(|source| source.tenant == *tenant).cloned().collect();
        sources.sort_by_key(|source| std::cmp::Reverse(place(source).sort));
        sources.retain(|source| after.as_ref().is_none_or(|after| place(source).sort < after.sort));
        Ok(page(sources, limit, place))
    }

    async fn begin_rotation(
        &self,
        source: &Source,
        rotation: &Rotating,
        claim: Option<&Claim>,
        now: Timestamp,
    ) -> Result<RotationStart, ClaimError> {
        let mut held = self.held();
        if let Some(claimed) = claim.and_then(|claim| held.found(claim, now)) {
            return Err(ClaimError::Claimed(claimed));
        }
        let Some(present) = held.sources.get(&source.name).filter(|present| present.is_life_of(source)) else {
            return Ok(RotationStart::Gone);
        };
        let is_under_way = held.rotations.get(&source.name).is_some_and(|other| other.until > now);
        if is_under_way || present.secret_generation != source.secret_generation {
            return Ok(RotationStart::Elsewhere);
        }
        held.rotations.insert(source.name.clone(), rotation.clone());
        Ok(RotationStart::Alone)
    }

    async fn keep_secret_generation(
        &self,
        source: &Source,
        secret: &Generation,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let is_begun = held.rotations.get(&source.name).is_some_and(|rotation| rotation.generation == *secret);
        let present = held.sources.get_mut(&source.name).filter(|present| is_begun && present.is_life_of(source));
        let kept = present.map(|present| present.secret_generation = Some(secret.clone())).is_some();
        if kept {
            held.rotations.remove(&source.name);
            held.keep_claim(claim);
            self.record(&mut held);
        }
        Ok(kept)
    }

    async fn remove_source(&self, tenant: &TenantId, name: &SourceName) -> Result<Option<Source>, StoreError> {
        let mut held = self.held();
        let ours = held.sources.get(name).is_some_and(|source| source.tenant == *tenant);
        if !ours {
            return Ok(None);
        }
        held.rotations.remove(name);
        self.record(&mut held);
        Ok(held.sources.remove(name))
    }
}
