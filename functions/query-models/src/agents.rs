//! The agents that somebody may name.

use futures_util::future;
use galley_domain::agents::{cast, store::AgentStore};
use galley_edge::{
    api::AgentLines,
    http::{call::Call, error::ApiError, reply::Reply},
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    /// Two reads: the tenant's agents, and the caller's groups.
    pub(super) async fn list_agents(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let groups = cast::groups_of(&self.store, &by.tenant, &by.subject);
        let (registry, groups) = future::join(self.store.agents(&by.tenant), groups).await;
        Ok(Reply::json(200, &AgentLines::of(&registry?, &groups?)).compressible())
    }
}
