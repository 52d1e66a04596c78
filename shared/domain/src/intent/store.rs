//! Where intents are kept, for as long as they may be confirmed.

use std::future::Future;

use crate::{
    idempotency::claim::{ClaimError, ClaimRecord, ClaimStore},
    intent::record::Intent,
    kernel::{
        error::StoreError,
        ids::{IntentId, Subject, TenantId},
        paging::{Page, PageKey},
    },
};

/// Intents, each under whoever wrote it: no look under another name finds it.
pub trait IntentStore: ClaimStore {
    /// What this subject has written under this id. It may be over.
    fn intent(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        id: &IntentId,
    ) -> impl Future<Output = Result<Option<Intent>, StoreError>> + Send;

    /// Keeps a new one, and the claim of the request.
    fn make_intent(
        &self,
        intent: &Intent,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<(), ClaimError>> + Send;

    /// A page of a subject's, the oldest first.
    fn intents_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Intent>, StoreError>> + Send;

    /// Removes one before its time.
    fn remove_intent(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        id: &IntentId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
