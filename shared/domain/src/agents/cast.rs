//! Whom a request names for its phases: whether it may, when it is accepted; and by which prompts, when its work begins.
//! Costs nothing where a request names nobody.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use galley_api::task::TaskRequest;

use crate::{
    access::people::PersonStore,
    agents::{
        registry::{AgentUsed, Miscast, Named, PromptText},
        store::AgentStore,
    },
    kernel::{
        error::StoreError,
        ids::{AgentRef, GroupName, Subject, TenantId},
    },
    models::phase::Phase,
};

/// Who does a phase, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub used: AgentUsed,
    pub text: PromptText,
}

/// Who does which phase. What is not here is done by Galley's own rules.
pub type Cast = BTreeMap<Phase, Part>;

impl Miscast {
    fn of(phase: Phase, rule: &'static str) -> Self {
        Self { field: format!("agents.{}", phase.name()), rule }
    }
}

/// The groups of somebody. Whoever is none of the tenant's people is in none, such as what a webhook asks for.
///
/// # Errors
/// When the store does not answer.
pub async fn groups_of(
    store: &impl PersonStore,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<BTreeSet<GroupName>, StoreError> {
    Ok(store.person(tenant, subject).await?.map(|person| person.groups).unwrap_or_default())
}

/// The phases of a request for which it names somebody who cannot do them, or whom `subject` may not name. One read where it names
/// agents, and another where one of those is for groups.
///
/// # Errors
/// When the store does not answer.
pub async fn miscast<S: AgentStore + PersonStore>(
    store: &S,
    (tenant, subject): (&TenantId, &Subject),
    request: &TaskRequest,
) -> Result<Vec<Miscast>, StoreError> {
    if request.agents.is_empty() {
        return Ok(Vec::new());
    }
    let registry = store.agents(tenant).await?;
    let grouped = registry.agents.values().any(|agent| !agent.groups.is_empty());
    let groups = if grouped { groups_of(store, tenant, subject).await? } else { BTreeSet::new() };
    let named = request.agents.iter();
    let wrong = named.filter_map(|(phase, asked)| {
        let refused = registry.named(asked, (*phase, request.task_type), Some(&groups)).err();
        refused.map(|rule| Miscast::of(*phase, rule))
    });
    Ok(wrong.collect())
}

/// Why a task's work does not begin.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// What was there when the task was accepted is not any more.
    #[error("agents.{} {rule}, and {asked} has changed since: an admin may move its alias or its label", phase.name())]
    Gone { phase: Phase, asked: AgentRef, rule: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether whoever a request names would be found if its work began anew.
///
/// # Errors
/// See `CastError`.
pub async fn still_there(store: &impl AgentStore, tenant: &TenantId, request: &TaskRequest) -> Result<(), CastError> {
    if request.agents.is_empty() {
        return Ok(());
    }
    let registry = store.agents(tenant).await?;
    for (phase, asked) in &request.agents {
        let found = registry.named(asked, (*phase, request.task_type), None);
        found.map_err(|rule| CastError::Gone { phase: *phase, asked: asked.clone(), rule })?;
    }
    Ok(())
}

/// Who does the phases of a request in a round of its task. What was pinned in this round before stays, while its prompt is there.
///
/// # Errors
/// See `CastError`.
pub async fn cast(
    store: &impl AgentStore,
    tenant: &TenantId,
    request: &TaskRequest,
    (round, pinned): (u32, &BTreeMap<Phase, AgentUsed>),
) -> Result<Cast, CastError> {
    let mut cast = Cast::new();
    if request.agents.is_empty() {
        return Ok(cast);
    }
    let registry = store.agents(tenant).await?;
    for (phase, asked) in &request.agents {
        let before = pinned.get(phase).filter(|used| used.round == round && used.asked == *asked);
        if let Some(part) = again(store, tenant, before).await? {
            cast.insert(*phase, part);
            continue;
        }
        let gone = |rule| CastError::Gone { phase: *phase, asked: asked.clone(), rule };
        let (id, agent, version) = match registry.named(asked, (*phase, request.task_type), None).map_err(gone)? {
            Named::System(_) => continue,
            Named::Own { id, agent, version } => (id, agent, version),
        };
        // Between the two reads the agent may have been removed.
        let prompt =
            store.prompt(tenant, id, version).await?.ok_or_else(|| gone("must name an agent with a prompt"))?;
        let display_name = agent.name.clone();
        let (asked, model) = (asked.clone(), agent.model.clone());
        let used = AgentUsed { asked, agent_id: id.clone(), display_name, version, model, round };
        cast.insert(*phase, Part { used, text: prompt.text });
    }
    Ok(cast)
}

/// What an earlier worker of the round had, if it is still there: the model with it, for under another nothing of that worker's would fit.
async fn again(
    store: &impl AgentStore,
    tenant: &TenantId,
    before: Option<&AgentUsed>,
) -> Result<Option<Part>, StoreError> {
    let Some(used) = before else { return Ok(None) };
    let prompt = store.prompt(tenant, &used.agent_id, used.version).await?;
    Ok(prompt.map(|prompt| Part { used: used.clone(), text: prompt.text }))
}

/// The request with the model of whoever does the phase, unless it names one for the phase itself.
pub fn by_its_model<'a>(part: Option<&Part>, phase: Phase, request: &'a TaskRequest) -> Cow<'a, TaskRequest> {
    match part.and_then(|part| part.used.model.as_ref()) {
        Some(model) if !request.models_by_phase.contains_key(&phase) => {
            let mut request = request.clone();
            request.models_by_phase.insert(phase, model.clone());
            Cow::Owned(request)
        }
        _ => Cow::Borrowed(request),
    }
}
