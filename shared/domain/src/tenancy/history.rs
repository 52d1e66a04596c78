//! Changes of a tenant's limits and settings: each is kept with who made it, when, and what was before, and can be reverted.
//! Invariant: a change is written with what it changes, or not at all.

use std::future::Future;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{Subject, TenantId},
        paging::{Page, PageKey},
    },
    tenancy::settings::{Disclosure, Overrides, Policy, Settings, SiteLook, TenantStore, taken_back},
};

/// How often a change is tried against other changes.
pub(super) const TRIES: u8 = 5;

/// What a tenant's own admins decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    pub policy: Policy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<Disclosure>,
    #[serde(default, skip_serializing_if = "is_usual")]
    pub site: Box<SiteLook>,
}

fn is_usual(site: &SiteLook) -> bool {
    *site == SiteLook::default()
}

/// As `Overrides::without`.
fn looking(present: &SiteLook, before: &SiteLook, after: &SiteLook) -> Option<SiteLook> {
    Some(SiteLook {
        name: taken_back(&present.name, &before.name, &after.name)?,
        logo: taken_back(&present.logo, &before.logo, &after.logo)?,
        accent: taken_back(&present.accent, &before.accent, &after.accent)?,
        navigation: taken_back(&present.navigation, &before.navigation, &after.navigation)?,
        footer: taken_back(&present.footer, &before.footer, &after.footer)?,
    })
}

impl Own {
    pub fn of(settings: &Settings) -> Self {
        Self { policy: settings.policy, disclosure: settings.disclosure.clone(), site: Box::new(settings.site.clone()) }
    }

    /// As `Overrides::without`.
    fn without(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self {
            policy: self.policy.without(&before.policy, &after.policy)?,
            disclosure: taken_back(&self.disclosure, &before.disclosure, &after.disclosure)?,
            site: Box::new(looking(&self.site, &before.site, &after.site)?),
        })
    }
}

/// A value before a change and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned<T> {
    pub before: T,
    pub after: T,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum What {
    /// By an operator.
    Limits(Turned<Overrides>),
    /// By an admin of the tenant.
    Settings(Turned<Own>),
}

impl What {
    fn changes_nothing(&self) -> bool {
        match self {
            Self::Limits(Turned { before, after }) => before == after,
            Self::Settings(turned) => turned.before == turned.after,
        }
    }
}

/// Which of the two histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum History {
    Limits,
    Settings,
}

impl History {
    pub const ALL: [Self; 2] = [Self::Limits, Self::Settings];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::Settings => "settings",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantChange {
    pub id: Uuid,
    pub tenant: TenantId,
    #[serde(flatten)]
    pub what: What,
    pub by: Subject,
    /// The tenant that `by` is of: an operator's is not the one whose limits change.
    pub by_tenant: TenantId,
    pub at: Timestamp,
    /// The change that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<Uuid>,
}

impl TenantChange {
    pub const fn history(&self) -> History {
        match self.what {
            What::Limits(_) => History::Limits,
            What::Settings(_) => History::Settings,
        }
    }

    /// Where it is.
    pub fn place(&self) -> ChangePlace {
        ChangePlace { tenant: self.tenant.clone(), history: self.history(), id: self.id }
    }
}

/// Where a change is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangePlace {
    pub tenant: TenantId,
    pub history: History,
    pub id: Uuid,
}

/// Whoever changes something.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    pub tenant: &'a TenantId,
    pub subject: &'a Subject,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the change does not exist")]
    NoChange,
    #[error("somebody else kept changing it")]
    Conflict,
    #[error("what the change set has been changed again since")]
    ChangedSince,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The changes of tenants.
pub trait HistoryStore: Send + Sync {
    /// Replaces what was read by what the change says, if it is still there, and keeps the change. `false`: it is another by now.
    fn make_change(&self, change: &TenantChange) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn change_at(&self, place: &ChangePlace) -> impl Future<Output = Result<Option<TenantChange>, StoreError>> + Send;

    /// A page of a tenant's changes, the newest first.
    fn changes(
        &self,
        tenant: &TenantId,
        history: History,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<TenantChange>, StoreError>> + Send;

    /// A page of the changes that somebody made.
    fn changes_by(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ChangePlace>, StoreError>> + Send;

    /// Puts another name in the place of who made a change.
    fn rename_changer(
        &self,
        place: &ChangePlace,
        maker: Maker<'_>,
        pseudonym: &Subject,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Changes a tenant's limits. What `make` leaves stays, whoever else changes something at the same time. What changes nothing is
/// no change, and `None`.
///
/// # Errors
/// `Conflict` where others were faster each time; what the store says.
pub async fn change_limits(
    store: &(impl TenantStore + HistoryStore),
    clock: &impl Clock,
    tenant: &TenantId,
    by: Maker<'_>,
    make: impl Fn(&Overrides) -> Overrides + Send,
) -> Result<(Overrides, Option<TenantChange>), ChangeError> {
    for _ in 0..TRIES {
        let before = store.settings(tenant).await?.limits;
        let after = make(&before);
        if after == before {
            return Ok((before, None));
        }
        let change = made(clock, tenant, by, What::Limits(Turned { before, after }), None);
        if store.make_change(&change).await? {
            return Ok((after, Some(change)));
        }
    }
    Err(ChangeError::Conflict)
}

/// As `change_limits`, what a tenant says of itself.
///
/// # Errors
/// As `change_limits`.
pub async fn change_settings(
    store: &(impl TenantStore + HistoryStore),
    clock: &impl Clock,
    tenant: &TenantId,
    by: Maker<'_>,
    make: impl Fn(&Own) -> Own + Send,
) -> Result<(Own, Option<TenantChange>), ChangeError> {
    for _ in 0..TRIES {
        let before = Own::of(&store.settings(tenant).await?);
        let after = make(&before);
        if after == before {
            return Ok((before, None));
        }
        let change = made(clock, tenant, by, What::Settings(Turned { before, after: after.clone() }), None);
        if store.make_change(&change).await? {
            return Ok((after, Some(change)));
        }
    }
    Err(ChangeError::Conflict)
}

/// Takes back what a change set; what others changed since stays.
///
/// # Errors
/// `NoChange` where there is none at this place; `ChangedSince` where something that it set was changed again; as
/// `change_limits`.
pub async fn revert(
    store: &(impl TenantStore + HistoryStore),
    clock: &impl Clock,
    place: &ChangePlace,
    by: Maker<'_>,
) -> Result<TenantChange, ChangeError> {
    let reverted = store.change_at(place).await?.ok_or(ChangeError::NoChange)?;
    for _ in 0..TRIES {
        let present = store.settings(&place.tenant).await?;
        let what = match &reverted.what {
            What::Limits(Turned { before, after }) => {
                let present = present.limits;
                present.without(before, after).map(|after| What::Limits(Turned { before: present, after }))
            }
            What::Settings(turned) => {
                let present = Own::of(&present);
                present
                    .without(&turned.before, &turned.after)
                    .map(|after| What::Settings(Turned { before: present, after }))
            }
        };
        let what = what.ok_or(ChangeError::ChangedSince)?;
        let change = made(clock, &place.tenant, by, what, Some(reverted.id));
        // What is back already is no change.
        if change.what.changes_nothing() || store.make_change(&change).await? {
            return Ok(change);
        }
    }
    Err(ChangeError::Conflict)
}

fn made(clock: &impl Clock, tenant: &TenantId, by: Maker<'_>, what: What, reverts: Option<Uuid>) -> TenantChange {
    let (by_tenant, by) = (by.tenant.clone(), by.subject.clone());
    TenantChange { id: clock.uuid(), tenant: tenant.clone(), what, by, by_tenant, at: clock.now(), reverts }
}
