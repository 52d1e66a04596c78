//! What admins do with agents: make, change and remove them, make versions of their prompts, move labels and aliases.
//! Invariant: whatever is changed is one write over what was read, and has its act with it. Of two at once one comes second, and sees it.

use crate::{
    access::acts::{Acting, Recording},
    agents::{
        registry::{
            Agent, AgentPatch, Labelled, MOST_AGENTS, MOST_VERSIONS, MoveReason, NewAgent, NewPrompt, Prompt,
            PromptLabel, Registry, is_the_systems,
        },
        store::{AgentStore, Beside},
    },
    idempotency::claim::{ClaimError, ClaimStore, Keyed, Once, SavedResponse},
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{AgentAlias, AgentId},
        mask::Masked,
    },
};

/// The most aliases that an agent has.
const MOST_ALIASES: usize = galley_api::agent::MOST_NAMES;
/// How often a change is begun anew where another came between.
const TRIES: u8 = 5;

#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("there is no such agent")]
    Unknown,
    #[error("a tenant has at most {MOST_AGENTS} agents")]
    TooMany,
    #[error("a prompt has at most {MOST_VERSIONS} versions: make another agent, and move the alias to it")]
    TooManyVersions,
    #[error("an agent has at most {MOST_ALIASES} aliases")]
    TooManyAliases,
    #[error("must be free, and {0} is not")]
    AliasTaken(AgentAlias),
    #[error("must be none of the system's own: writer, planner, critic and finisher")]
    TheSystems,
    #[error("the agent has no such alias")]
    NoSuchAlias,
    #[error("must be a version of the agent's prompt")]
    NoSuchVersion,
    /// It is not what the caller has seen.
    #[error("the agent has changed since it was read")]
    ChangedSince(Box<Agent>),
    #[error("the agents kept changing")]
    Contended,
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

impl From<StoreError> for AgentError {
    fn from(error: StoreError) -> Self {
        Self::Claim(error.into())
    }
}

/// What a change of the registry comes to: what it made, and what is written beside. `None`: it changes nothing, and nothing is written.
type Changed<T> = Result<(T, Option<Beside>), AgentError>;

/// Makes, changes and ends agents.
#[derive(Debug)]
pub struct Agents<'a, S, C> {
    pub store: &'a S,
    pub clock: &'a C,
    pub acting: &'a Acting,
}

impl<S: AgentStore + ClaimStore + Recording, C: Clock> Agents<'_, S, C> {
    /// Makes an agent without a prompt, once under an idempotency key.
    ///
    /// # Errors
    /// See `AgentError`; there is no agent then.
    pub async fn make(
        &self,
        asked: &NewAgent,
        keyed: &Keyed<(AgentId, Agent)>,
    ) -> Result<Once<(AgentId, Agent)>, AgentError> {
        let (id, now) = (AgentId::from_uuid(self.clock.uuid()), self.clock.now());
        // Its aliases are its own by now, if it was made before.
        if let Some(saved) = self.answered(keyed).await? {
            return Ok(Once::Replay(saved));
        }
        let agent = Agent {
            name: asked.display_name.clone(),
            description: asked.description.clone(),
            aliases: asked.aliases.clone(),
            phases: asked.phases.clone(),
            types: asked.types.clone(),
            model: asked.model.clone(),
            groups: asked.groups.clone(),
            versions: 0,
            labels: [].into(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let made = (id.clone(), agent);
        let written = self.written((id.as_str(), None), Some((keyed, &made)), |registry| {
            if registry.agents.len() >= MOST_AGENTS {
                return Err(AgentError::TooMany);
            }
            if let Some(alias) = asked.aliases.iter().find(|alias| registry.is_taken(alias)) {
                return Err(AgentError::AliasTaken(alias.clone()));
            }
            registry.agents.insert(id.clone(), made.1.clone());
            Ok(((), Some(Beside::Nothing)))
        });
        let written = written.await;
        self.replayed(written, keyed, || made).await
    }

    /// Changes an agent that is still what the caller has `seen`.
    ///
    /// # Errors
    /// See `AgentError`.
    pub async fn change(
        &self,
        id: &AgentId,
        seen: impl Fn(&Agent) -> bool,
        asked: &AgentPatch,
    ) -> Result<Agent, AgentError> {
        self.changed((id.as_str(), None), id, &seen, |_, agent| {
            if let Some(name) = &asked.display_name {
                agent.name.clone_from(name);
            }
            if let Some(description) = &asked.description {
                agent.description.clone_from(description);
            }
            if let Some(phases) = &asked.phases {
                agent.phases.clone_from(phases);
            }
            if let Some(types) = &asked.types {
                agent.types.clone_from(types);
            }
            if let Some(model) = &asked.model {
                agent.model.clone_from(model);
            }
            if let Some(groups) = &asked.groups {
                agent.groups.clone_from(groups);
            }
            Ok(())
        })
        .await
    }

    /// Removes an agent with all versions of its prompt.
    ///
    /// # Errors
    /// See `AgentError`.
    pub async fn remove(&self, id: &AgentId, seen: impl Fn(&Agent) -> bool) -> Result<(), AgentError> {
        let none: Option<(&Keyed<()>, &())> = None;
        self.written((id.as_str(), None), none, |registry| {
            found(registry, id, &seen)?;
            let versions = registry.agents.remove(id).map_or(0, |agent| agent.versions);
            Ok(((), Some(if versions == 0 { Beside::Nothing } else { Beside::Removes(id.clone(), versions) })))
        })
        .await
    }

    /// Makes another version of an agent's prompt, once under an idempotency key. No label names it yet.
    ///
    /// # Errors
    /// See `AgentError`; there is no such version then.
    pub async fn add_prompt(
        &self,
        id: &AgentId,
        asked: &NewPrompt,
        keyed: &Keyed<Prompt>,
    ) -> Result<Once<Prompt>, AgentError> {
        let now = self.clock.now();
        if let Some(saved) = self.answered(keyed).await? {
            return Ok(Once::Replay(saved));
        }
        for _ in 0..TRIES {
            let mut registry = self.registry().await?;
            let over = registry.version;
            let agent = found(&mut registry, id, &|_| true)?;
            if agent.versions >= MOST_VERSIONS {
                return Err(AgentError::TooManyVersions);
            }
            (agent.versions, agent.version, agent.updated_at) = (agent.versions + 1, agent.version + 1, now);
            let (text, note) = (asked.text.clone(), asked.note.clone());
            let prompt = Prompt { agent: id.clone(), number: agent.versions, text, note, created_at: now };
            registry.version += 1;
            let store = self.store.with_act(self.acting.own(self.clock, format!("{id}/{}", prompt.number)));
            let (beside, claim) = (Beside::Makes(prompt.clone()), keyed.record(&prompt, now));
            match store.keep_agents(&registry, over, beside, claim).await {
                Ok(true) => return Ok(Once::New(prompt)),
                Ok(false) => {}
                Err(error) => return Ok(Once::Replay(error.replay()?)),
            }
        }
        Err(AgentError::Contended)
    }

    /// Moves a label to a version, an earlier one or a later.
    ///
    /// # Errors
    /// See `AgentError`.
    pub async fn move_label(
        &self,
        (id, label): (&AgentId, PromptLabel),
        seen: impl Fn(&Agent) -> bool,
        (version, reason): (u32, &MoveReason),
    ) -> Result<Agent, AgentError> {
        let now = self.clock.now();
        let thing = format!("{id}/{}@{version}", label.name());
        self.changed((&thing, Some(reason)), id, &seen, |_, agent| {
            if !(1..=agent.versions).contains(&version) {
                return Err(AgentError::NoSuchVersion);
            }
            let before = agent.labels.get(&label).map(|labelled| labelled.version);
            if before == Some(version) {
                return Ok(());
            }
            agent.labels.insert(label, Labelled { version, before, moved_at: now });
            Ok(())
        })
        .await
    }

    /// Gives an agent an alias, whoever had it.
    ///
    /// # Errors
    /// See `AgentError`.
    pub async fn move_alias(
        &self,
        (id, alias): (&AgentId, &AgentAlias),
        seen: impl Fn(&Agent) -> bool,
        reason: &MoveReason,
    ) -> Result<Agent, AgentError> {
        if is_the_systems(alias) {
            return Err(AgentError::TheSystems);
        }
        let now = self.clock.now();
        let thing = format!("@{alias} to {id}");
        self.changed((&thing, Some(reason)), id, &seen, |registry, agent| {
            let before = registry.agents.iter_mut().find(|(other, one)| *other != id && one.aliases.contains(alias));
            if let Some((_, before)) = before {
                before.aliases.remove(alias);
                (before.version, before.updated_at) = (before.version + 1, now);
            }
            agent.aliases.insert(alias.clone());
            if agent.aliases.len() > MOST_ALIASES { Err(AgentError::TooManyAliases) } else { Ok(()) }
        })
        .await
    }

    /// Takes an alias away; nobody has it then.
    ///
    /// # Errors
    /// See `AgentError`.
    pub async fn remove_alias(
        &self,
        (id, alias): (&AgentId, &AgentAlias),
        seen: impl Fn(&Agent) -> bool,
    ) -> Result<(), AgentError> {
        let thing = format!("@{alias} of {id}");
        let removed = self.changed((&thing, None), id, &seen, |_, agent| {
            if agent.aliases.remove(alias) { Ok(()) } else { Err(AgentError::NoSuchAlias) }
        });
        removed.await.map(|_| ())
    }

    /// The first answer to this very request.
    async fn answered<T>(&self, keyed: &Keyed<T>) -> Result<Option<SavedResponse>, AgentError> {
        let Some(claim) = &keyed.claim else { return Ok(None) };
        let claimed = self.store.claimed(claim, self.clock.now()).await?;
        Ok(claimed.map(|claimed| ClaimError::Claimed(claimed).replay()).transpose()?)
    }

    /// What was made, or the first answer of the same request: also where that was at work while this one looked, and what it made is why
    /// this one was refused.
    async fn replayed<T>(
        &self,
        written: Result<(), AgentError>,
        keyed: &Keyed<T>,
        made: impl FnOnce() -> T + Send,
    ) -> Result<Once<T>, AgentError> {
        match written {
            Ok(()) => Ok(Once::New(made())),
            Err(AgentError::Claim(error)) => Ok(Once::Replay(error.replay()?)),
            Err(error) => self.answered(keyed).await?.map(Once::Replay).ok_or(error),
        }
    }

    async fn registry(&self) -> Result<Registry, StoreError> {
        self.store.agents(&self.acting.principal.tenant).await
    }

    /// One agent as `change` leaves it.
    async fn changed(
        &self,
        act: (&str, Option<&MoveReason>),
        id: &AgentId,
        seen: &impl Fn(&Agent) -> bool,
        change: impl Fn(&mut Registry, &mut Agent) -> Result<(), AgentError>,
    ) -> Result<Agent, AgentError> {
        let now = self.clock.now();
        let none: Option<(&Keyed<()>, &())> = None;
        self.written(act, none, |registry| {
            let before = found(registry, id, seen)?.clone();
            let mut agent = before.clone();
            change(registry, &mut agent)?;
            if agent == before {
                return Ok((agent, None));
            }
            (agent.version, agent.updated_at) = (agent.version + 1, now);
            registry.agents.insert(id.clone(), agent.clone());
            Ok((agent, Some(Beside::Nothing)))
        })
        .await
    }

    /// The registry as `change` leaves it, over what was read, with its act.
    async fn written<T, K>(
        &self,
        (thing, reason): (&str, Option<&MoveReason>),
        keyed: Option<(&Keyed<K>, &K)>,
        change: impl Fn(&mut Registry) -> Changed<T>,
    ) -> Result<T, AgentError> {
        let act = self.acting.own(self.clock, thing).because(reason.map(|reason| Masked::of(reason.as_str())));
        let store = self.store.with_act(act);
        for _ in 0..TRIES {
            let mut registry = self.registry().await?;
            let over = registry.version;
            let (made, beside) = change(&mut registry)?;
            let Some(beside) = beside else { return Ok(made) };
            registry.version += 1;
            let claim = keyed.and_then(|(keyed, made)| keyed.record(made, self.clock.now()));
            if store.keep_agents(&registry, over, beside, claim).await? {
                return Ok(made);
            }
        }
        Err(AgentError::Contended)
    }
}

fn found<'a>(
    registry: &'a mut Registry,
    id: &AgentId,
    seen: &impl Fn(&Agent) -> bool,
) -> Result<&'a mut Agent, AgentError> {
    let agent = registry.agents.get_mut(id).ok_or(AgentError::Unknown)?;
    if seen(agent) { Ok(agent) } else { Err(AgentError::ChangedSince(Box::new(agent.clone()))) }
}
