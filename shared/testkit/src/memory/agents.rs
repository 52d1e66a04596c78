//! Agents, and the versions of their prompts.

use galley_domain::{
    agents::{
        registry::{Prompt, Registry},
        store::{AgentStore, Beside},
    },
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{AgentId, TenantId},
        paging::{Page, PageKey},
    },
};

use crate::memory::store::{MemoryStore, page};

impl AgentStore for MemoryStore {
    async fn agents(&self, tenant: &TenantId) -> Result<Registry, StoreError> {
        let held = self.held();
        Ok(held.agents.get(tenant).cloned().unwrap_or_else(|| Registry::new(tenant.clone())))
    }

    async fn keep_agents(
        &self,
        registry: &Registry,
        over: u64,
        beside: Beside,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let tenant = &registry.tenant;
        if held.agents.get(tenant).map_or(0, |present| present.version) != over {
            return Ok(false);
        }
        match beside {
            Beside::Nothing => {}
            Beside::Makes(prompt) => {
                let key = (tenant.clone(), prompt.agent.clone(), prompt.number);
                if held.prompts.contains_key(&key) {
                    return Ok(false);
                }
                held.prompts.insert(key, prompt);
            }
            Beside::Removes(agent, last) => {
                held.prompts.retain(|(of, one, number), _| !(of == tenant && *one == agent && *number <= last));
            }
        }
        held.agents.insert(tenant.clone(), registry.clone());
        held.keep_claim(claim);
        self.record(&mut held);
        Ok(true)
    }

    async fn prompt(&self, tenant: &TenantId, agent: &AgentId, number: u32) -> Result<Option<Prompt>, StoreError> {
        Ok(self.held().prompts.get(&(tenant.clone(), agent.clone(), number)).cloned())
    }

    async fn prompts(
        &self,
        tenant: &TenantId,
        agent: &AgentId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Prompt>, StoreError> {
        let held = self.held();
        let sort = |prompt: &Prompt| format!("{:03}", prompt.number);
        let theirs = held.prompts.iter().rev().filter(|((of, one, _), _)| of == tenant && one == agent);
        let mut all: Vec<Prompt> = theirs.map(|(_, prompt)| prompt.clone()).collect();
        all.retain(|one| after.as_ref().is_none_or(|after| sort(one) < after.sort));
        Ok(page(all, limit, |one| PageKey { sort: sort(one), id: format!("PROMPTS#{tenant}#{agent}") }))
    }
}
