//! What admins and operators have made, changed and ended: who did it, with what, when, to what, and why where that is asked for. No value,
//! no other text, no secret.
//! Invariant: an act is written with what it did, or not at all; an operator's name stands in no other tenant's list.

use std::{fmt::Display, future::Future};

pub use galley_api::act::ActKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    access::role::Principal,
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{KeyId, Subject, TenantId, TraceId},
        mask::Masked,
        paging::{Page, PageKey},
    },
};

/// How long an act is kept: a year, and some weeks to look at it.
pub const KEPT_DAYS: i64 = 400;

/// Who did something, as the tenant is told whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ActActor))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Person {
        subject: Subject,
    },
    /// Somebody of the operator's, who is none of the tenant's people: whoever it was stands in the operators' own list.
    Operator,
}

impl Actor {
    /// Whoever acts, as `tenant` is told.
    pub fn seen_by(tenant: &TenantId, principal: &Principal) -> Self {
        if principal.tenant == *tenant { Self::Person { subject: principal.subject.clone() } } else { Self::Operator }
    }

    pub const fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Person { subject } => Some(subject),
            Self::Operator => None,
        }
    }
}

/// What somebody showed to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credential {
    /// An API key, by the SHA-256 that is its id.
    Key { key_id: KeyId },
    /// A session of somebody who signed in.
    Session,
    /// A token of another issuer.
    Token,
}

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub id: Uuid,
    pub at: Timestamp,
    pub what: ActKind,
    /// The id or the name of what it was done to.
    pub thing: String,
    /// Whose that is.
    pub tenant: TenantId,
    pub by: Actor,
    /// `None`: the authorizer was of an older release; or it is an operator's, and this the tenant's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// Of what says why it is done: the move of a label or an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Masked>,
    pub trace_id: TraceId,
}

/// An act as it is to be written, and whose list it belongs to first: that of the tenant which whoever acts is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAct {
    pub act: Act,
    pub of: TenantId,
}

impl NewAct {
    /// With why it is done.
    #[must_use]
    pub fn because(mut self, why: Option<Masked>) -> Self {
        self.act.why = why;
        self
    }

    /// The lists that have it, each with the act as it is told there.
    pub fn listed(&self) -> Vec<(&TenantId, Act)> {
        let mut listed = vec![(&self.of, self.act.clone())];
        if self.act.tenant != self.of {
            let told = Act { by: Actor::Operator, credential: None, ..self.act.clone() };
            listed.push((&self.act.tenant, told));
        }
        listed
    }

    /// Whom it names: who did it, and the person whom it was done to.
    pub fn names(&self) -> Vec<(Named, Subject)> {
        let by = self.act.by.subject().map(|subject| (Named::Actor, subject.clone()));
        by.into_iter().chain(self.act.person().map(|subject| (Named::Thing, subject))).collect()
    }
}

impl Act {
    /// The person whom it was done to.
    pub fn person(&self) -> Option<Subject> {
        self.what.is_of_person().then(|| Subject::new(self.thing.as_str()).ok()).flatten()
    }

    pub fn place(&self) -> ActPlace {
        ActPlace { at: self.at, id: self.id }
    }
}

/// As what an act names somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    Actor,
    Thing,
}

impl Named {
    pub const ALL: [Self; 2] = [Self::Actor, Self::Thing];
}

/// An act's place in each list that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActPlace {
    pub at: Timestamp,
    pub id: Uuid,
}

/// Who acts, with what, and what it is that they do.
#[derive(Clone, Debug)]
pub struct Acting {
    pub principal: Principal,
    pub credential: Option<Credential>,
    pub what: ActKind,
    pub trace_id: TraceId,
}

impl Acting {
    /// The act, done now to something of `tenant`.
    pub fn act(&self, clock: &impl Clock, tenant: &TenantId, thing: impl Display) -> NewAct {
        let by = Actor::Person { subject: self.principal.subject.clone() };
        let act = Act {
            id: clock.uuid(),
            at: clock.now(),
            what: self.what,
            thing: thing.to_string(),
            tenant: tenant.clone(),
            by,
            credential: self.credential.clone(),
            why: None,
            trace_id: self.trace_id.clone(),
        };
        NewAct { act, of: self.principal.tenant.clone() }
    }

    /// As `act`, to something of the caller's own tenant.
    pub fn own(&self, clock: &impl Clock, thing: impl Display) -> NewAct {
        self.act(clock, &self.principal.tenant, thing)
    }
}

/// From when on, and before when. A missing end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Between {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A store whose writes take an act with them.
pub trait Recording: Send + Sync + Sized {
    /// This store, each write of which takes the act with it: both are written, or neither. The act is one, however many writes it goes with.
    #[must_use]
    fn with_act(&self, act: NewAct) -> Self;
}

/// The acts of tenants.
pub trait ActStore: Send + Sync {
    /// Keeps an act by itself: one whose effect is not in the table.
    fn keep_act(&self, act: &NewAct) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A page of a tenant's list, the newest first.
    fn acts(
        &self,
        of: &TenantId,
        between: Between,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Act>, StoreError>> + Send;

    /// A page of those in a tenant's list that name somebody so, the newest first.
    fn acts_naming(
        &self,
        of: &TenantId,
        named: (Named, &Subject),
        between: Between,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Act>, StoreError>> + Send;

    /// Writes `pseudonym` where the act at `place` names the subject so, and finds it by the subject no more.
    fn rename_in_act(
        &self,
        of: &TenantId,
        place: ActPlace,
        named: (Named, &Subject),
        pseudonym: &Subject,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What is wanted of a list of acts.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub actor: Option<Subject>,
    pub key: Option<KeyId>,
    pub what: Option<ActKind>,
    pub between: Between,
}

impl Wanted {
    fn has(&self, act: &Act) -> bool {
        let with = |key: &KeyId| matches!(&act.credential, Some(Credential::Key { key_id }) if key_id == key);
        self.key.as_ref().is_none_or(with) && self.what.is_none_or(|what| act.what == what)
    }
}

/// A page of what is wanted, the newest first. What a key did and what is of a kind is chosen from the page, which may be short before the
/// last.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    store: &impl ActStore,
    of: &TenantId,
    wanted: &Wanted,
    limit: u32,
    after: Option<PageKey>,
) -> Result<Page<Act>, StoreError> {
    let mut page = match &wanted.actor {
        Some(actor) => store.acts_naming(of, (Named::Actor, actor), wanted.between, limit, after).await?,
        None => store.acts(of, wanted.between, limit, after).await?,
    };
    page.items.retain(|act| wanted.has(act));
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::Role;

    struct At;

    impl Clock for At {
        fn now(&self) -> Timestamp {
            "2026-11-20T12:00:00Z".parse().unwrap()
        }

        fn random(&self) -> [u8; 10] {
            [7; 10]
        }

        async fn sleep(&self, _: std::time::Duration) {}
    }

    fn acting(tenant: &str, what: ActKind) -> Acting {
        let principal = Principal {
            tenant: TenantId::new(tenant).unwrap(),
            subject: Subject::new("ana").unwrap(),
            role: Role::Admin,
        };
        let credential = Some(Credential::Key { key_id: KeyId::of("galley_x") });
        Acting { principal, credential, what, trace_id: At.trace_id() }
    }

    #[test]
    fn no_operators_name_or_key_stands_in_a_tenants_list() {
        let acme = TenantId::new("acme").unwrap();
        let new = acting("system", ActKind::LimitsChanged).act(&At, &acme, "acme");
        let listed = new.listed();
        assert_eq!(listed.iter().map(|(of, _)| of.as_str()).collect::<Vec<_>>(), ["system", "acme"]);
        assert_eq!(listed[0].1.by.subject().map(Subject::as_str), Some("ana"));
        assert_eq!((&listed[1].1.by, &listed[1].1.credential), (&Actor::Operator, &None));
        let own = acting("acme", ActKind::KeyMade).own(&At, "a key");
        assert_eq!(own.listed().len(), 1, "once in one list");
    }

    #[test]
    fn a_person_whom_it_was_done_to_is_named_and_a_thing_is_not() {
        let names = |what| acting("acme", what).own(&At, "ben").names();
        assert_eq!(names(ActKind::PersonSet).last().unwrap(), &(Named::Thing, Subject::new("ben").unwrap()));
        assert_eq!(names(ActKind::TargetMade).len(), 1);
    }
}
