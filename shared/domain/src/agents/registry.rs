//! A tenant's own agents, and those of the system. One item has all of a tenant's, so what must be unique among them is said by its version.
//! Names no person: who did what is in the acts.

use std::collections::{BTreeMap, BTreeSet};

pub use galley_api::agent::{
    AgentDescription, AgentName, AgentPatch, AgentUsed, MoveReason, NewAgent, NewPrompt, PromptLabel, PromptNote,
    PromptText,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    content::kind::TaskType,
    kernel::ids::{AgentAlias, AgentId, AgentRef, GroupName, TenantId},
    models::{id::ModelName, phase::Phase},
};

/// How many agents a tenant may have.
pub const MOST_AGENTS: usize = 50;
/// How many versions a prompt may have. All of them are removed with their agent, in one write.
pub const MOST_VERSIONS: u32 = 80;

/// What a phase is done by where a request names nobody: Galley's own rules, under the name of whoever goes by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemAgent {
    Writer,
    Planner,
    Critic,
    Finisher,
}

impl SystemAgent {
    pub const ALL: [Self; 4] = [Self::Writer, Self::Planner, Self::Critic, Self::Finisher];

    /// Its only alias, which no other agent can have.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Planner => "planner",
            Self::Critic => "critic",
            Self::Finisher => "finisher",
        }
    }

    pub const fn description(self) -> &'static str {
        match self {
            Self::Writer => "Writes the draft, and betters it",
            Self::Planner => "Plans the parts of a long text",
            Self::Critic => "Judges a draft as a strict editor would",
            Self::Finisher => "Writes title, description, keywords and excerpt",
        }
    }

    pub const fn phases(self) -> &'static [Phase] {
        match self {
            Self::Writer => &[Phase::Draft, Phase::Refine],
            Self::Planner => &[Phase::Outline],
            Self::Critic => &[Phase::Assess],
            Self::Finisher => &[Phase::Finalize],
        }
    }

    fn called(alias: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == alias)
    }
}

/// Which version a label names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = LabelledVersion))]
pub struct Labelled {
    pub version: u32,
    /// What it named before, to which a roll-back moves it. Null: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    pub moved_at: Timestamp,
}

/// An agent of a tenant's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub name: AgentName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<AgentDescription>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub aliases: BTreeSet<AgentAlias>,
    pub phases: BTreeSet<Phase>,
    pub types: BTreeSet<TaskType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    /// Who may name it; everybody where it is empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupName>,
    /// How many versions its prompt has: they are numbered from 1.
    #[serde(default)]
    pub versions: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<PromptLabel, Labelled>,
    /// Rises with every change of it.
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Agent {
    pub fn is_for(&self, groups: &BTreeSet<GroupName>) -> bool {
        self.groups.is_empty() || !self.groups.is_disjoint(groups)
    }
}

/// A version of an agent's prompt. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub agent: AgentId,
    pub number: u32,
    pub text: PromptText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<PromptNote>,
    pub created_at: Timestamp,
}

impl Prompt {
    /// Of its text.
    pub fn sha256(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_str()))
    }
}

/// A phase of a request that names an agent which cannot do it, and the rule that this breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miscast {
    pub field: String,
    pub rule: &'static str,
}

/// Whom a request names for a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    System(SystemAgent),
    Own { id: &'a AgentId, agent: &'a Agent, version: u32 },
}

const UNKNOWN: &str = "must name an agent that GET /api/agents lists";
const OTHER_PHASE: &str = "must name an agent that does this phase";
const OTHER_TYPE: &str = "must name an agent that does this type of content";
const NO_PROMPT: &str = "must name an agent whose label names a version of its prompt";

/// All of a tenant's own agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    pub tenant: TenantId,
    pub agents: BTreeMap<AgentId, Agent>,
    /// Rises with every write; 0 of a tenant that has never had one.
    pub version: u64,
}

impl Registry {
    pub const fn new(tenant: TenantId) -> Self {
        Self { tenant, agents: BTreeMap::new(), version: 0 }
    }

    /// Whoever has an alias.
    pub fn with_alias(&self, alias: &AgentAlias) -> Option<&AgentId> {
        self.agents.iter().find(|(_, agent)| agent.aliases.contains(alias)).map(|(id, _)| id)
    }

    /// Whom `asked` names for a phase of a task of this type, to somebody of these groups. `None`: whoever was let in once, as when a task
    /// is accepted, stays so.
    ///
    /// # Errors
    /// The rule that it breaks. Who is for other groups is as unknown as who is not there.
    pub fn named(
        &self,
        asked: &AgentRef,
        (phase, task_type): (Phase, TaskType),
        groups: Option<&BTreeSet<GroupName>>,
    ) -> Result<Named<'_>, &'static str> {
        if let Some(system) = asked.alias().and_then(SystemAgent::called) {
            return match () {
                () if !system.phases().contains(&phase) => Err(OTHER_PHASE),
                // Its words are files of ours, and no label names a version of them.
                () if asked.label().is_some() => Err(NO_PROMPT),
                () => Ok(Named::System(system)),
            };
        }
        let found = self.agents.iter().find(|(id, agent)| match asked.alias() {
            Some(alias) => agent.aliases.iter().any(|one| one.as_str() == alias),
            None => id.as_str() == asked.name(),
        });
        let found = found.filter(|(_, agent)| groups.is_none_or(|groups| agent.is_for(groups)));
        let (id, agent) = found.ok_or(UNKNOWN)?;
        if !agent.phases.contains(&phase) {
            return Err(OTHER_PHASE);
        }
        if !agent.types.contains(&task_type) {
            return Err(OTHER_TYPE);
        }
        let label = asked.label().and_then(PromptLabel::from_name).unwrap_or_default();
        let labelled = agent.labels.get(&label).ok_or(NO_PROMPT)?;
        Ok(Named::Own { id, agent, version: labelled.version })
    }

    /// Whether no new agent can have an alias.
    pub fn is_taken(&self, alias: &AgentAlias) -> bool {
        is_the_systems(alias) || self.with_alias(alias).is_some()
    }
}

/// Whether an alias is one of the system's.
pub fn is_the_systems(alias: &AgentAlias) -> bool {
    SystemAgent::called(alias.as_str()).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn registry() -> (Registry, AgentId) {
        let id = AgentId::new(format!("agt_{:032x}", 1)).unwrap();
        let agent = json!({"name": "House style", "aliases": ["house-style"], "phases": ["draft"], "types": ["blog_post"],
            "groups": ["brand"], "versions": 3, "version": 4, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
            "labels": {"production": {"version": 2, "moved_at": "2026-11-20T12:00:00Z"}}});
        let agents = [(id.clone(), serde_json::from_value(agent).unwrap())].into();
        (Registry { tenant: TenantId::new("acme").unwrap(), agents, version: 1 }, id)
    }

    fn rule(name: &str, phase: Phase, task_type: TaskType, groups: &[&str]) -> Result<u32, &'static str> {
        let groups = groups.iter().map(|one| GroupName::new(*one).unwrap()).collect();
        let asked = AgentRef::new(name).unwrap();
        match registry().0.named(&asked, (phase, task_type), Some(&groups))? {
            Named::System(_) => Ok(0),
            Named::Own { version, .. } => Ok(version),
        }
    }

    #[test]
    fn whoever_cannot_do_it_is_refused_by_a_rule() {
        let brand: &[&str] = &["brand", "law"];
        let (draft, post) = (Phase::Draft, TaskType::BlogPost);
        assert_eq!(rule("@house-stile", draft, post, brand), Err(UNKNOWN));
        assert_eq!(rule("@house-style", draft, post, &["law"]), Err(UNKNOWN), "no more is told of it");
        assert_eq!(rule("@house-style", draft, post, &[]), Err(UNKNOWN));
        assert_eq!(rule("@house-style", Phase::Assess, post, brand), Err(OTHER_PHASE));
        assert_eq!(rule("@house-style", draft, TaskType::Email, brand), Err(OTHER_TYPE));
        assert_eq!(rule("@house-style:trial", draft, post, brand), Err(NO_PROMPT));
        assert_eq!(rule("@writer", Phase::Research, post, brand), Err(OTHER_PHASE));
        assert_eq!(rule("@planner", draft, post, brand), Err(OTHER_PHASE));
    }

    #[test]
    fn an_agent_is_named_by_its_alias_or_its_id_and_its_label() {
        let by_id = registry().1.to_string();
        for name in ["@house-style", "@house-style:production", by_id.as_str()] {
            assert_eq!(rule(name, Phase::Draft, TaskType::BlogPost, &["brand"]), Ok(2), "{name}");
        }
        assert_eq!(rule("@writer", Phase::Refine, TaskType::Email, &[]), Ok(0));
        let asked = AgentRef::new("@house-style").unwrap();
        let (all, _) = registry();
        assert!(all.named(&asked, (Phase::Draft, TaskType::BlogPost), None).is_ok(), "who was let in stays so");
        let alias = AgentAlias::new("house-style").unwrap();
        assert!(all.is_taken(&alias));
        assert!(all.is_taken(&AgentAlias::new("critic").unwrap()));
    }
}
