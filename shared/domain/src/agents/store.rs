//! Where agents and the versions of their prompts are kept.

use std::future::Future;

use crate::{
    agents::registry::{Prompt, Registry},
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{AgentId, TenantId},
        paging::{Page, PageKey},
    },
};

/// What else a write of the registry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    Nothing,
    /// A version that is new.
    Makes(Prompt),
    /// The versions of an agent that is gone, from the first to this.
    Removes(AgentId, u32),
}

/// The agents of tenants.
pub trait AgentStore: Send + Sync {
    /// All of a tenant's own.
    fn agents(&self, tenant: &TenantId) -> impl Future<Output = Result<Registry, StoreError>> + Send;

    /// Keeps them if their version is still `over`, and in the same write does what is `beside`. `false`: they have changed.
    fn keep_agents(
        &self,
        registry: &Registry,
        over: u64,
        beside: Beside,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<bool, ClaimError>> + Send;

    fn prompt(
        &self,
        tenant: &TenantId,
        agent: &AgentId,
        number: u32,
    ) -> impl Future<Output = Result<Option<Prompt>, StoreError>> + Send;

    /// A page of the versions of an agent's prompt, the newest first.
    fn prompts(
        &self,
        tenant: &TenantId,
        agent: &AgentId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Prompt>, StoreError>> + Send;
}
