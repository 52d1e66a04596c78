//! Agents of the tenant's own, the versions of their prompts, labels and aliases.

use galley_api::agent::{AgentPatch, AliasMove, LabelMove, NewAgent, NewPrompt};
use galley_domain::{
    agents::{
        manage::{AgentError, Agents},
        registry::{Agent, PromptLabel},
        store::AgentStore,
    },
    kernel::ids::{AgentAlias, AgentId},
    models::id::ModelName,
};
use galley_edge::{
    api::{self, AgentList, AgentView, PromptView, agent_etag},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, Deps};

const UNKNOWN_MODEL: &str = "must be a model that GET /api/models lists, or custom/<name>";

/// Whether an agent is what `If-Match` names.
fn seen(call: &Call) -> Result<impl Fn(&Agent) -> bool + use<>, ApiError> {
    let tags = call.if_match_tags()?;
    Ok(move |agent: &Agent| tags.as_ref().is_none_or(|tags| tags.contains(&agent_etag(agent))))
}

fn shown(id: AgentId, agent: Agent) -> Reply {
    let etag = agent_etag(&agent);
    Reply::json(200, &AgentView::of(id, agent)).header("etag", etag)
}

impl<D: Deps> App<D> {
    pub(super) async fn make_agent(&self, call: &Call) -> Result<Reply, ApiError> {
        let (acting, asked) = (call.acting()?, body::parse::<NewAgent>(call.json_bytes()?)?);
        self.is_a_model(asked.model.as_ref())?;
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        let made = agents.make(&asked, &call.keyed(api::made_agent)?).await.map_err(refused)?;
        Ok(Reply::once(made, |made| {
            tracing::info!(agent_id = %made.0, by = %acting.principal.subject, "an agent was made");
            Reply::saved(api::made_agent(&made))
        }))
    }

    pub(super) async fn all_agents(&self, call: &Call) -> Result<Reply, ApiError> {
        let registry = self.store.agents(&call.principal()?.tenant).await?;
        Ok(Reply::json(200, &AgentList::from(registry)).compressible())
    }

    pub(super) async fn get_agent(&self, call: &Call) -> Result<Reply, ApiError> {
        let id: AgentId = call.named("agent_id")?;
        let agent = self.agent(call, &id).await?;
        Ok(shown(id, agent))
    }

    async fn agent(&self, call: &Call, id: &AgentId) -> Result<Agent, ApiError> {
        let mut registry = self.store.agents(&call.principal()?.tenant).await?;
        registry.agents.remove(id).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    pub(super) async fn patch_agent(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, acting) = (call.named::<AgentId>("agent_id")?, call.acting()?);
        let asked: AgentPatch = body::parse(call.json_bytes()?)?;
        self.is_a_model(asked.model.as_ref().and_then(Option::as_ref))?;
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        let agent = agents.change(&id, seen(call)?, &asked).await.map_err(refused)?;
        tracing::info!(agent_id = %id, by = %acting.principal.subject, "an agent was changed");
        Ok(shown(id, agent))
    }

    pub(super) async fn remove_agent(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, acting) = (call.named::<AgentId>("agent_id")?, call.acting()?);
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        agents.remove(&id, seen(call)?).await.map_err(refused)?;
        tracing::info!(agent_id = %id, by = %acting.principal.subject, "an agent was removed");
        Ok(Reply::empty(204))
    }

    pub(super) async fn make_prompt(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, acting) = (call.named::<AgentId>("agent_id")?, call.acting()?);
        let asked: NewPrompt = body::parse(call.json_bytes()?)?;
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        let made = agents.add_prompt(&id, &asked, &call.keyed(api::made_prompt)?).await.map_err(refused)?;
        Ok(Reply::once(made, |prompt| {
            tracing::info!(agent_id = %id, version = prompt.number, by = %acting.principal.subject, "a version of a prompt was made");
            Reply::saved(api::made_prompt(&prompt))
        }))
    }

    pub(super) async fn list_prompts(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, tenant) = (call.named::<AgentId>("agent_id")?, &call.principal()?.tenant);
        self.agent(call, &id).await?;
        let scope = format!("prompts/{tenant}/{id}");
        let after = self.cursors.after(call, &scope).await?;
        let page = self.store.prompts(tenant, &id, call.limit()?, after).await?;
        self.cursors.page(page.map(PromptView::summary), &scope).await
    }

    pub(super) async fn get_prompt(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, number) = (call.named::<AgentId>("agent_id")?, call.numbered("n")?);
        let found = self.store.prompt(&call.principal()?.tenant, &id, number).await?;
        let prompt = found.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        Ok(Reply::json(200, &PromptView::whole(prompt)).compressible())
    }

    pub(super) async fn move_label(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, acting) = (call.named::<AgentId>("agent_id")?, call.acting()?);
        let label = PromptLabel::from_name(&call.path_parameter("label").unwrap_or_default());
        let label = label.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let asked: LabelMove = body::parse(call.json_bytes()?)?;
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        let to = (asked.version, &asked.reason);
        let agent = agents.move_label((&id, label), seen(call)?, to).await.map_err(refused)?;
        tracing::info!(agent_id = %id, label = label.name(), version = asked.version, by = %acting.principal.subject, "a label was moved");
        Ok(shown(id, agent))
    }

    pub(super) async fn move_alias(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, acting) = (call.named::<AgentId>("agent_id")?, call.acting()?);
        let alias: AgentAlias = call.named("alias")?;
        let asked: AliasMove = body::parse(call.json_bytes()?)?;
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        let agent = agents.move_alias((&id, &alias), seen(call)?, &asked.reason).await.map_err(refused)?;
        tracing::info!(agent_id = %id, %alias, by = %acting.principal.subject, "an alias was moved");
        Ok(shown(id, agent))
    }

    pub(super) async fn remove_alias(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, acting) = (call.named::<AgentId>("agent_id")?, call.acting()?);
        let alias: AgentAlias = call.named("alias")?;
        let agents = Agents { store: &self.store, clock: &self.clock, acting: &acting };
        agents.remove_alias((&id, &alias), seen(call)?).await.map_err(refused)?;
        tracing::info!(agent_id = %id, %alias, by = %acting.principal.subject, "an alias was removed");
        Ok(Reply::empty(204))
    }

    fn is_a_model(&self, model: Option<&ModelName>) -> Result<(), ApiError> {
        match model {
            Some(model) if !self.known.admits(model) => Err(ApiError::invalid("model", UNKNOWN_MODEL)),
            _ => Ok(()),
        }
    }
}

fn refused(error: AgentError) -> ApiError {
    let text = error.to_string();
    match error {
        AgentError::Unknown | AgentError::NoSuchAlias => ApiError::new(Problem::NotFound),
        AgentError::TooMany | AgentError::TooManyVersions | AgentError::TooManyAliases | AgentError::Contended => {
            ApiError::new(Problem::Conflict).detail(text)
        }
        AgentError::AliasTaken(_) => ApiError::invalid("aliases", text),
        AgentError::TheSystems => ApiError::invalid("alias", text),
        AgentError::NoSuchVersion => ApiError::invalid("version", text),
        AgentError::ChangedSince(agent) => {
            ApiError::new(Problem::VersionMismatch).detail(text).header("etag", agent_etag(&agent))
        }
        AgentError::Claim(error) => error.into(),
    }
}
