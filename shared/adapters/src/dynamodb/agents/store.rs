//! All of a tenant's agents are one item, so that what is unique among them is held by its version; each version of a prompt is another.

use std::collections::BTreeMap;

use galley_domain::{
    agents::{
        registry::{Agent, Prompt, Registry},
        store::{AgentStore, Beside},
    },
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{AgentId, TenantId},
        paging::{Page, PageKey},
    },
};
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, Item, s},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const OURS: &str = "tenant = :tenant";

#[derive(Serialize, Deserialize)]
struct RegistryItem {
    tenant: TenantId,
    version: u64,
    agents: BTreeMap<AgentId, Agent>,
}

#[derive(Serialize, Deserialize)]
struct PromptItem {
    tenant: TenantId,
    prompt: Prompt,
}

fn registry_from(item: Item) -> Result<Registry, StoreError> {
    let RegistryItem { tenant, version, agents } = items::from_item("agents", item)?;
    Ok(Registry { tenant, agents, version })
}

fn prompt_from(item: Item) -> Result<Prompt, StoreError> {
    items::from_item("prompt", item).map(|PromptItem { prompt, .. }| prompt)
}

impl Transaction<'_> {
    fn beside(&mut self, tenant: &TenantId, beside: Beside) -> Result<(), StoreError> {
        match beside {
            Beside::Nothing => Ok(()),
            Beside::Makes(prompt) => {
                let key = keys::prompt(tenant, &prompt.agent, prompt.number);
                let item = items::item_at(key, "prompt", &PromptItem { tenant: tenant.clone(), prompt })?;
                self.put(Part::Own, item, Condition::New)
            }
            Beside::Removes(agent, last) => (1..=last).try_for_each(|number| {
                let ours = (OURS, ":tenant", s(tenant.as_str()));
                self.delete(Part::Own, keys::prompt(tenant, &agent, number), ours)
            }),
        }
    }
}

impl AgentStore for Table {
    async fn agents(&self, tenant: &TenantId) -> Result<Registry, StoreError> {
        let found = self.get(keys::agents(tenant)).await?;
        found.map_or_else(|| Ok(Registry::new(tenant.clone())), registry_from)
    }

    async fn keep_agents(
        &self,
        registry: &Registry,
        over: u64,
        beside: Beside,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        let Registry { tenant, agents, version } = registry.clone();
        let stored = RegistryItem { tenant: tenant.clone(), version, agents };
        let item = items::item_at(keys::agents(&tenant), "agents", &stored)?;
        let mut transaction = Transaction::new(&self.name);
        match over {
            0 => transaction.put(Part::Own, item, Condition::New)?,
            over => transaction.put_over(Part::Own, item, over)?,
        }
        transaction.beside(&tenant, beside)?;
        match claim {
            // Whoever collides with another change reads anew and writes once more.
            None => Ok(self.write(transaction).await?),
            claim => self.write_once(transaction, claim).await,
        }
    }

    async fn prompt(&self, tenant: &TenantId, agent: &AgentId, number: u32) -> Result<Option<Prompt>, StoreError> {
        self.get(keys::prompt(tenant, agent, number)).await?.map(prompt_from).transpose()
    }

    async fn prompts(
        &self,
        tenant: &TenantId,
        agent: &AgentId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Prompt>, StoreError> {
        let pk = keys::prompts_pk(tenant, agent);
        let query = self.all_of(&pk).scan_index_forward(false);
        self.page(query, (pk.clone(), pk), limit, after, prompt_from).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As this release writes them; a later one has to read them.
    #[test]
    fn agents_and_prompts_of_this_release_are_read_by_later_ones() {
        let id = format!("agt_{:032x}", 1);
        let agent = serde_json::json!({"name": "House style", "aliases": ["house-style"], "phases": ["draft"], "types": ["email"],
            "versions": 1, "labels": {"production": {"version": 1, "moved_at": "2026-11-20T12:00:00Z"}}, "version": 3,
            "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z"});
        let item = serde_json::json!({"tenant": "acme", "version": 4, "agents": {id.clone(): agent}});
        let registry = registry_from(serde_dynamo::to_item(item).unwrap()).unwrap();
        assert_eq!((registry.version, registry.agents.len()), (4, 1));
        let prompt =
            serde_json::json!({"agent": id, "number": 1, "text": "Say we.", "created_at": "2026-11-20T12:00:00Z"});
        let item = serde_json::json!({"tenant": "acme", "prompt": prompt});
        assert_eq!(prompt_from(serde_dynamo::to_item(item).unwrap()).unwrap().text.as_str(), "Say we.");
    }
}
