//! Agents, the versions of their prompts, and what two admins do at once.

use std::sync::LazyLock;

use galley_domain::{
    access::{
        acts::{ActKind, Acting, Between},
        role::{Principal, Role},
    },
    agents::{
        manage::{AgentError, Agents},
        registry::{Agent, MOST_VERSIONS, MoveReason, NewAgent, NewPrompt, Prompt, PromptLabel, Registry},
        store::Beside,
    },
    idempotency::claim::{Claim, Keyed, Once, SavedResponse},
    kernel::ids::{AgentAlias, AgentId, IdempotencyKey, TenantId},
};
use serde_json::json;

use crate::{
    build::{acting, subject, tenant},
    clock::TestClock,
    contract::store::Store,
};

pub(super) async fn holds_for(store: &impl Store) {
    agents_are_their_tenants_alone(store).await;
    of_two_who_move_a_label_at_once_one_is_told(store).await;
    an_alias_is_taken_from_whoever_has_it_in_one_write(store).await;
    a_version_never_changes_and_goes_with_its_agent(store).await;
    the_same_request_makes_one_agent(store).await;
}

fn admin_of(of: &str, what: ActKind) -> Acting {
    Acting { what, ..acting(&Principal { tenant: tenant(of), subject: subject("ana"), role: Role::Admin }) }
}

/// One for all: no two ids are the same.
fn clock() -> TestClock {
    static CLOCK: LazyLock<TestClock> = LazyLock::new(|| TestClock::at("2026-11-20T12:00:00Z"));
    CLOCK.clone()
}

fn unkeyed<T>() -> Keyed<T> {
    Keyed { claim: None, render: |_| SavedResponse { status: 201, location: None, etag: None, body: "{}".into() } }
}

fn an_agent(aliases: &[&str]) -> NewAgent {
    serde_json::from_value(json!({"display_name": "House style", "phases": ["draft"], "aliases": aliases})).unwrap()
}

fn a_prompt(text: &str) -> NewPrompt {
    serde_json::from_value(json!({ "text": text })).unwrap()
}

fn because(reason: &str) -> MoveReason {
    reason.to_owned().try_into().unwrap()
}

async fn made(store: &impl Store, of: &str, aliases: &[&str]) -> AgentId {
    let (clock, acting) = (clock(), admin_of(of, ActKind::AgentMade));
    let agents = Agents { store, clock: &clock, acting: &acting };
    match agents.make(&an_agent(aliases), &unkeyed()).await.unwrap() {
        Once::New((id, _)) => id,
        Once::Replay(_) => panic!("nothing was made before"),
    }
}

async fn with_prompts(store: &impl Store, of: &str, id: &AgentId, texts: &[&str]) {
    let (clock, acting) = (clock(), admin_of(of, ActKind::PromptMade));
    let agents = Agents { store, clock: &clock, acting: &acting };
    for text in texts {
        agents.add_prompt(id, &a_prompt(text), &unkeyed()).await.unwrap();
    }
}

async fn agent(store: &impl Store, of: &str, id: &AgentId) -> Agent {
    store.agents(&tenant(of)).await.unwrap().agents.remove(id).unwrap()
}

async fn acts(store: &impl Store, of: &TenantId) -> Vec<(ActKind, String, Option<String>)> {
    let acts = store.acts(of, Between::default(), 100, None).await.unwrap().items.into_iter();
    acts.map(|act| (act.what, act.thing, act.why.map(|why| why.as_str().to_owned()))).collect()
}

async fn agents_are_their_tenants_alone(store: &impl Store) {
    let nobody = store.agents(&tenant("agents-none")).await.unwrap();
    assert_eq!(nobody, Registry::new(tenant("agents-none")));
    let id = made(store, "agents-own", &["house-style"]).await;
    with_prompts(store, "agents-own", &id, &["Say we."]).await;
    assert_eq!(store.agents(&tenant("agents-none")).await.unwrap(), nobody);
    assert!(store.prompt(&tenant("agents-none"), &id, 1).await.unwrap().is_none());
    assert!(store.prompts(&tenant("agents-none"), &id, 10, None).await.unwrap().items.is_empty());
    let (clock, acting) = (clock(), admin_of("agents-none", ActKind::AgentRemoved));
    let agents = Agents { store, clock: &clock, acting: &acting };
    assert!(matches!(agents.remove(&id, |_| true).await, Err(AgentError::Unknown)));
    assert_eq!(agent(store, "agents-own", &id).await.versions, 1);
    // What another write came before is not written.
    let read = store.agents(&tenant("agents-own")).await.unwrap();
    let stale = Registry { version: read.version, ..read.clone() };
    let beside = Beside::Nothing;
    assert!(!store.keep_agents(&stale, read.version - 1, beside.clone(), None).await.unwrap());
    assert!(!store.keep_agents(&stale, 0, beside, None).await.unwrap(), "it is there already");
}

async fn of_two_who_move_a_label_at_once_one_is_told(store: &impl Store) {
    let of = "agents-labels";
    let id = made(store, of, &[]).await;
    with_prompts(store, of, &id, &["Say we.", "Say you.", "Say they."]).await;
    let seen = agent(store, of, &id).await.version;
    let (clock, acting) = (clock(), admin_of(of, ActKind::LabelMoved));
    let agents = Agents { store, clock: &clock, acting: &acting };
    let (production, reason) = (PromptLabel::Production, because("It reads better"));
    let to = |version| agents.move_label((&id, production), |agent| agent.version == seen, (version, &reason));
    let both = futures_util::future::join(to(2), to(3)).await;
    let (won, lost) = if both.0.is_ok() { both } else { (both.1, both.0) };
    assert!(matches!(lost, Err(AgentError::ChangedSince(_))), "{lost:?}");
    let won = won.unwrap();
    let labelled = won.labels[&production].clone();
    assert_eq!(agent(store, of, &id).await, won, "what the one who was first has said");
    let label = format!("{id}/production@{}", labelled.version);
    let told = acts(store, &tenant(of)).await;
    let moves: Vec<_> = told.iter().filter(|(what, ..)| *what == ActKind::LabelMoved).collect();
    assert_eq!(moves, [&(ActKind::LabelMoved, label, Some("It reads better".to_owned()))], "one act, of what was done");

    // Whoever has not seen anything comes second, and both are on record.
    let anyway = |version| agents.move_label((&id, production), |_| true, (version, &reason));
    let others = if labelled.version == 2 { 3 } else { 2 };
    let both = futures_util::future::join(anyway(1), anyway(others)).await;
    let (one, other) = (both.0.unwrap(), both.1.unwrap());
    let at_last = agent(store, of, &id).await;
    assert_eq!(at_last.version, won.version + 2, "neither was lost");
    let (first, second) = if one.version < other.version { (&one, &other) } else { (&other, &one) };
    assert_eq!(second.labels[&production].before, Some(first.labels[&production].version));
    assert_eq!((&at_last, first.version), (second, won.version + 1));
    let again = anyway(second.labels[&production].version).await.unwrap();
    assert_eq!(again, at_last, "where it is already it is not moved to");
    assert!(matches!(anyway(4).await, Err(AgentError::NoSuchVersion)));
    assert!(matches!(anyway(0).await, Err(AgentError::NoSuchVersion)));
}

async fn an_alias_is_taken_from_whoever_has_it_in_one_write(store: &impl Store) {
    let of = "agents-aliases";
    let (old, new) = (made(store, of, &["house-style"]).await, made(store, of, &[]).await);
    let alias = AgentAlias::new("house-style").unwrap();
    let (clock, acting) = (clock(), admin_of(of, ActKind::AliasMoved));
    let agents = Agents { store, clock: &clock, acting: &acting };
    let taken = agents.make(&an_agent(&["house-style"]), &unkeyed()).await;
    assert!(matches!(taken, Err(AgentError::AliasTaken(_))));
    assert!(matches!(agents.make(&an_agent(&["writer"]), &unkeyed()).await, Err(AgentError::AliasTaken(_))));
    let reason = because("The new one is better");
    let critic = AgentAlias::new("critic").unwrap();
    let systems = agents.move_alias((&new, &critic), |_| true, &reason).await;
    assert!(matches!(systems, Err(AgentError::TheSystems)));
    agents.move_alias((&new, &alias), |_| true, &reason).await.unwrap();
    let all = store.agents(&tenant(of)).await.unwrap();
    assert_eq!(all.with_alias(&alias), Some(&new));
    assert!(all.agents[&old].aliases.is_empty());
    assert_eq!(all.agents[&old].version, 2, "whoever had seen it has not seen this");
    assert!(matches!(agents.remove_alias((&old, &alias), |_| true).await, Err(AgentError::NoSuchAlias)));
    agents.remove_alias((&new, &alias), |_| true).await.unwrap();
    assert_eq!(store.agents(&tenant(of)).await.unwrap().with_alias(&alias), None);
}

async fn a_version_never_changes_and_goes_with_its_agent(store: &impl Store) {
    let of = "agents-versions";
    let (id, other) = (made(store, of, &[]).await, made(store, of, &[]).await);
    with_prompts(store, of, &other, &["Another's."]).await;
    let texts: Vec<String> = (1..=MOST_VERSIONS).map(|number| format!("Version {number}.")).collect();
    with_prompts(store, of, &id, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (clock, acting) = (clock(), admin_of(of, ActKind::AgentRemoved));
    let agents = Agents { store, clock: &clock, acting: &acting };
    let more = agents.add_prompt(&id, &a_prompt("One more."), &unkeyed()).await;
    assert!(matches!(more, Err(AgentError::TooManyVersions)));
    let first = store.prompt(&tenant(of), &id, 1).await.unwrap().unwrap();
    assert_eq!((first.number, first.text.as_str()), (1, "Version 1."));
    let page = store.prompts(&tenant(of), &id, 3, None).await.unwrap();
    let numbers = |page: &[Prompt]| page.iter().map(|one| one.number).collect::<Vec<_>>();
    assert_eq!(numbers(&page.items), [MOST_VERSIONS, MOST_VERSIONS - 1, MOST_VERSIONS - 2], "the newest first");
    let next = store.prompts(&tenant(of), &id, 1, page.next).await.unwrap();
    assert_eq!(numbers(&next.items), [MOST_VERSIONS - 3]);
    agents.remove(&id, |_| true).await.unwrap();
    assert!(store.prompts(&tenant(of), &id, 10, None).await.unwrap().items.is_empty());
    assert!(store.prompt(&tenant(of), &id, 1).await.unwrap().is_none());
    assert!(store.prompt(&tenant(of), &other, 1).await.unwrap().is_some(), "another's stay");
    assert!(matches!(agents.remove(&id, |_| true).await, Err(AgentError::Unknown)));
}

async fn the_same_request_makes_one_agent(store: &impl Store) {
    let of = "agents-once";
    let (clock, acting) = (clock(), admin_of(of, ActKind::AgentMade));
    let agents = Agents { store, clock: &clock, acting: &acting };
    let key = IdempotencyKey::new("make-it").unwrap();
    let claim = || Some(Claim::new(&tenant(of), &subject("ana"), "POST", "/agents", &key, b""));
    let keyed = || Keyed { claim: claim(), ..unkeyed() };
    assert!(matches!(agents.make(&an_agent(&["once"]), &keyed()).await.unwrap(), Once::New(_)));
    assert!(matches!(agents.make(&an_agent(&["once"]), &keyed()).await.unwrap(), Once::Replay(_)));
    assert_eq!(store.agents(&tenant(of)).await.unwrap().agents.len(), 1);
    assert_eq!(acts(store, &tenant(of)).await.len(), 1);
    // A repeat while the first is still at work meets what that has made: its own alias.
    let key = IdempotencyKey::new("make-another").unwrap();
    let claim = || Some(Claim::new(&tenant(of), &subject("ana"), "POST", "/agents", &key, b""));
    let at_once =
        || async { agents.make(&an_agent(&["twice"]), &Keyed { claim: claim(), ..unkeyed() }).await.unwrap() };
    let both = futures_util::future::join3(at_once(), at_once(), at_once()).await;
    let new = [both.0, both.1, both.2].iter().filter(|made| matches!(made, Once::New(_))).count();
    assert_eq!(new, 1);
}
