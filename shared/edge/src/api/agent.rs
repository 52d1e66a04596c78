//! Agents, as they read in answers.

use std::collections::{BTreeMap, BTreeSet};

use galley_domain::{
    agents::registry::{Agent, Labelled, Prompt, PromptLabel, PromptNote, PromptText, Registry, SystemAgent},
    content::kind::TaskType,
    idempotency::claim::SavedResponse,
    kernel::ids::{AgentAlias, AgentId, GroupName},
    models::{id::ModelName, phase::Phase},
};
use jiff::Timestamp;
use serde::Serialize;

use super::saved::saved;

/// Whose an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AgentKind))]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// Galley's own rules.
    System,
    /// The tenant's.
    Own,
}

/// An agent as whoever may name it sees it: without its prompt.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AgentLine))]
pub struct AgentLine {
    pub kind: AgentKind,
    /// Null of the system's, which have their names.
    pub agent_id: Option<AgentId>,
    pub display_name: String,
    pub description: Option<String>,
    /// What a task calls it by, after an `@`.
    pub aliases: Vec<String>,
    /// The phases that it may be named for.
    pub phases: BTreeSet<Phase>,
    pub types: BTreeSet<TaskType>,
    /// The model that its phases ask, where the request names none for the phase.
    pub model: Option<ModelName>,
    /// The labels that name a version of its prompt. Without `production` it is named with another label.
    pub labels: BTreeSet<PromptLabel>,
}

impl AgentLine {
    fn system(agent: SystemAgent) -> Self {
        Self {
            kind: AgentKind::System,
            agent_id: None,
            display_name: agent.name().to_owned(),
            description: Some(agent.description().to_owned()),
            aliases: vec![agent.name().to_owned()],
            phases: agent.phases().iter().copied().collect(),
            types: TaskType::ALL.iter().copied().collect(),
            model: None,
            labels: BTreeSet::new(),
        }
    }

    fn own(id: &AgentId, agent: &Agent) -> Self {
        Self {
            kind: AgentKind::Own,
            agent_id: Some(id.clone()),
            display_name: agent.name.as_str().to_owned(),
            description: agent.description.as_ref().map(|text| text.as_str().to_owned()),
            aliases: agent.aliases.iter().map(ToString::to_string).collect(),
            phases: agent.phases.clone(),
            types: agent.types.clone(),
            model: agent.model.clone(),
            labels: agent.labels.keys().copied().collect(),
        }
    }
}

/// The agents that somebody may name: the system's, then the tenant's own, the oldest first.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentLines {
    pub data: Vec<AgentLine>,
}

impl AgentLines {
    /// Of somebody in these groups.
    pub fn of(registry: &Registry, groups: &BTreeSet<GroupName>) -> Self {
        let system = SystemAgent::ALL.into_iter().map(AgentLine::system);
        let own = registry.agents.iter().filter(|(_, agent)| agent.is_for(groups));
        Self { data: system.chain(own.map(|(id, agent)| AgentLine::own(id, agent))).collect() }
    }
}

/// An agent of the tenant's own, as its admins see it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Agent))]
pub struct AgentView {
    pub agent_id: AgentId,
    pub display_name: String,
    pub description: Option<String>,
    /// What a task calls it by, after an `@`.
    pub aliases: BTreeSet<AgentAlias>,
    pub phases: BTreeSet<Phase>,
    pub types: BTreeSet<TaskType>,
    /// The model that its phases ask, where the request names none for the phase.
    pub model: Option<ModelName>,
    /// Who may name it; everybody, where it is empty.
    pub groups: BTreeSet<GroupName>,
    /// How many versions its prompt has; they are numbered from 1.
    pub versions: u32,
    /// Which version each label names. Who moved it, and why, is in `GET /api/admin/acts`.
    pub labels: BTreeMap<PromptLabel, Labelled>,
    /// Rises with every change; its `ETag`.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl AgentView {
    pub fn of(agent_id: AgentId, agent: Agent) -> Self {
        Self {
            agent_id,
            display_name: agent.name.into(),
            description: agent.description.map(String::from),
            aliases: agent.aliases,
            phases: agent.phases,
            types: agent.types,
            model: agent.model,
            groups: agent.groups,
            versions: agent.versions,
            labels: agent.labels,
            version: agent.version,
            created_at: agent.created_at,
            updated_at: agent.updated_at,
        }
    }
}

/// All of a tenant's own agents, the oldest first.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentList {
    pub data: Vec<AgentView>,
}

impl From<Registry> for AgentList {
    fn from(registry: Registry) -> Self {
        Self { data: registry.agents.into_iter().map(|(id, agent)| AgentView::of(id, agent)).collect() }
    }
}

/// A version of an agent's prompt. It never changes.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Prompt))]
pub struct PromptView {
    pub agent_id: AgentId,
    pub version: u32,
    /// Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub text: Option<PromptText>,
    /// Of the text.
    pub sha256: String,
    /// What is new in it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub note: Option<PromptNote>,
    pub created_at: Timestamp,
}

impl PromptView {
    pub fn whole(prompt: Prompt) -> Self {
        Self { text: Some(prompt.text.clone()), ..Self::summary(prompt) }
    }

    /// As a list shows it.
    pub fn summary(prompt: Prompt) -> Self {
        let sha256 = prompt.sha256();
        let Prompt { agent: agent_id, number: version, note, created_at, .. } = prompt;
        Self { agent_id, version, text: None, sha256, note, created_at }
    }
}

/// An agent's entity tag.
pub fn agent_etag(agent: &Agent) -> String {
    format!("\"{}\"", agent.version)
}

pub fn made_agent((id, agent): &(AgentId, Agent)) -> SavedResponse {
    let view = AgentView::of(id.clone(), agent.clone());
    let location = Some(format!("/api/admin/agents/{id}"));
    SavedResponse { location, etag: Some(agent_etag(agent)), ..saved(201, &view) }
}

pub fn made_prompt(prompt: &Prompt) -> SavedResponse {
    let location = Some(format!("/api/admin/agents/{}/prompts/{}", prompt.agent, prompt.number));
    SavedResponse { location, ..saved(201, &PromptView::summary(prompt.clone())) }
}
