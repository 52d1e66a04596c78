//! Flags that operators set while everything runs: a provider off, a tenant's generation off, something on for a share of
//! the tenants. Read from the table through a cache of thirty seconds; every change is kept with what was before it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{Subject, TaskId, TenantId},
        mask::Masked,
        paging::{Page, PageKey},
        reason::OperatorReason,
        rule::RuleBroken,
    },
    models::id::ProviderId,
    queue::message::Kind,
};

const KEPT: SignedDuration = SignedDuration::from_secs(30);

/// What can be switched: `generation`, all work of workers on drafts; `writes`, all that the API's callers change; `tenants`, whom
/// Galley serves at all (`suspension`); `provider.<name>`; or `debug.<task id>`, the details of one task in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FlagName(String);

impl FlagName {
    pub fn generation() -> Self {
        Self("generation".to_owned())
    }

    pub fn writes() -> Self {
        Self("writes".to_owned())
    }

    pub fn tenants() -> Self {
        Self("tenants".to_owned())
    }

    pub fn provider(id: &str) -> Self {
        Self(format!("provider.{id}"))
    }

    pub fn debug(task: &TaskId) -> Self {
        Self(format!("debug.{task}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it turns details in the log on, which are off where nobody says anything.
    pub fn is_of_debugging(&self) -> bool {
        self.0.starts_with("debug.")
    }

    /// The provider that it is about.
    pub fn of_provider(&self) -> Option<&str> {
        self.0.strip_prefix("provider.")
    }
}

impl TryFrom<String> for FlagName {
    type Error = RuleBroken;
    fn try_from(name: String) -> Result<Self, RuleBroken> {
        let of_provider = name.strip_prefix("provider.").map(|id| ProviderId::try_from(id.to_owned()));
        let of_task = name.strip_prefix("debug.").map(|id| TaskId::new(id.to_owned()));
        let is_whole = matches!(name.as_str(), "generation" | "writes" | "tenants");
        if is_whole || matches!(of_provider, Some(Ok(_))) || matches!(of_task, Some(Ok(_))) {
            Ok(Self(name))
        } else {
            Err(RuleBroken(
                "must be generation, writes, tenants, provider. and the name of a provider, or debug. and the id of a task",
            ))
        }
    }
}

impl From<FlagName> for String {
    fn from(name: FlagName) -> String {
        name.0
    }
}

galley_api::schema::scalar!(
    FlagName,
    galley_api::schema::text()
        .pattern(Some(r"^(generation|writes|tenants|provider\.[a-z0-9-]{1,40}|debug\.task_[0-9a-f]{32})$"))
        .examples(["provider.openai"])
);

impl fmt::Display for FlagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

galley_api::rule::bounded_number! {
    Percent: u8, 0..=100, "must be 0 to 100"
}

impl Default for Percent {
    fn default() -> Self {
        Self(Self::MAX)
    }
}

/// For whom something is on. What nobody said anything about is on for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Flag {
    pub enabled: bool,
    /// The share of tenants for whom it is, when it is enabled; always the same ones.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = 100))]
    pub percent: Percent,
    /// For these it is off, whatever else is said.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = json!([])))]
    pub tenants_off: BTreeSet<TenantId>,
    /// For these it is on, whatever the share, while it is enabled.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = json!([])))]
    pub tenants_on: BTreeSet<TenantId>,
}

/// What an operator sets a flag to, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct SetFlag {
    pub enabled: bool,
    /// The share of tenants for whom it is, when it is enabled; always the same ones.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = 100))]
    pub percent: Percent,
    /// For these it is off, whatever else is said.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = json!([])))]
    pub tenants_off: BTreeSet<TenantId>,
    /// For these it is on, whatever the share, while it is enabled.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = json!([])))]
    pub tenants_on: BTreeSet<TenantId>,
    /// Why; the log keeps it.
    #[serde(default)]
    pub reason: Option<OperatorReason>,
}

impl SetFlag {
    /// What is set.
    pub fn flag(&self) -> Flag {
        let Self { enabled, percent, tenants_off, tenants_on, .. } = self.clone();
        Flag { enabled, percent, tenants_off, tenants_on }
    }
}

impl Default for Flag {
    fn default() -> Self {
        Self { enabled: true, percent: Percent::default(), tenants_off: BTreeSet::new(), tenants_on: BTreeSet::new() }
    }
}

impl Flag {
    pub fn is_off_for_somebody(&self) -> bool {
        !self.enabled || self.percent < Percent::default() || !self.tenants_off.is_empty()
    }

    pub fn is_on(&self, name: &FlagName, tenant: &TenantId) -> bool {
        self.enabled
            && !self.tenants_off.contains(tenant)
            && (self.tenants_on.contains(tenant) || place_of(name, tenant) < self.percent.0)
    }
}

/// 0 to 99: a tenant's place in the order in which a share takes tenants in. Each flag has an order of its own.
fn place_of(name: &FlagName, tenant: &TenantId) -> u8 {
    let hash = Sha256::new().chain_update(name.as_str()).chain_update([0]).chain_update(tenant.as_str()).finalize();
    let number = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    u8::try_from(number % 100).unwrap_or(0)
}

/// One change of a flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FlagChange {
    pub id: Uuid,
    pub flag: FlagName,
    /// `None`: nobody had said anything.
    pub before: Option<Flag>,
    /// `None`: taken back to that.
    pub after: Option<Flag>,
    pub by: Subject,
    pub at: Timestamp,
    /// The change that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<Uuid>,
    /// Why, where somebody said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Masked>,
}

/// Whether Galley serves a tenant by the flag `tenants`.
pub(super) fn serves(flag: Option<&Flag>, tenant: &TenantId) -> bool {
    tenant.is_system() || flag.is_none_or(|flag| flag.is_on(&FlagName::tenants(), tenant))
}

/// All flags, as they were read.
#[derive(Clone, Debug, Default)]
pub struct Flags(Arc<BTreeMap<FlagName, Flag>>);

impl Flags {
    pub fn new(flags: BTreeMap<FlagName, Flag>) -> Self {
        Self(Arc::new(flags))
    }

    pub fn is_on(&self, name: &FlagName, tenant: &TenantId) -> bool {
        self.0.get(name).is_none_or(|flag| flag.is_on(name, tenant))
    }

    /// Whether Galley serves this tenant; the operators' own is never suspended.
    pub fn serves(&self, tenant: &TenantId) -> bool {
        serves(self.0.get(&FlagName::tenants()), tenant)
    }

    /// Whether work of this kind waits until something is switched on again. Webhooks are read meanwhile, for what they bring waits in the
    /// task, and exports and erasures are done.
    pub fn holds(&self, kind: Kind, tenant: &TenantId) -> bool {
        match kind {
            Kind::Webhook | Kind::Job => false,
            Kind::Generate => !self.serves(tenant) || !self.is_on(&FlagName::generation(), tenant),
            Kind::Publish | Kind::Deliver | Kind::Place | Kind::Schedule => !self.serves(tenant),
        }
    }

    /// Whether the log is to tell details of a task; only where somebody said so.
    pub fn is_debugged(&self, task: &TaskId, tenant: &TenantId) -> bool {
        let name = FlagName::debug(task);
        self.0.get(&name).is_some_and(|flag| flag.is_on(&name, tenant))
    }

    /// Whether this tenant's changes are refused. Where nobody says whose they are, as with a webhook source of the
    /// deployment, only a hold of all tenants counts.
    pub fn holds_writes(&self, tenant: Option<&TenantId>) -> bool {
        let name = FlagName::writes();
        let Some(flag) = self.0.get(&name) else { return false };
        tenant.map_or(!flag.enabled, |tenant| !flag.is_on(&name, tenant))
    }

    /// The providers that are off for a tenant.
    pub fn providers_off(&self, tenant: &TenantId) -> BTreeSet<ProviderId> {
        let off = self.0.iter().filter(|(name, flag)| !flag.is_on(name, tenant));
        off.filter_map(|(name, _)| name.as_str().strip_prefix("provider.")?.to_owned().try_into().ok()).collect()
    }
}

/// The flags as an instance last read them.
#[derive(Clone, Debug, Default)]
pub struct FlagCache(Arc<Mutex<Option<(Timestamp, Flags)>>>);

impl FlagCache {
    /// At most thirty seconds old. While the table does not answer, what was last known holds.
    pub async fn flags(&self, store: &impl FlagStore, now: Timestamp) -> Flags {
        self.kept(now, store.flags()).await
    }

    /// The flags as they are now, for whom thirty seconds would matter.
    pub async fn anew(&self, store: &impl FlagStore, now: Timestamp) -> Flags {
        self.read(now, store.flags()).await
    }

    /// Whether this tenant's changes are refused. No other flag is read, so a cache that is asked this is asked nothing else.
    pub async fn holds_writes(&self, store: &impl FlagStore, tenant: Option<&TenantId>, now: Timestamp) -> bool {
        self.alone(store, FlagName::writes(), now).await.holds_writes(tenant)
    }

    /// Whether this tenant is served. As `holds_writes`, of a cache that is asked nothing else.
    pub async fn serves(&self, store: &impl FlagStore, tenant: &TenantId, now: Timestamp) -> bool {
        self.alone(store, FlagName::tenants(), now).await.serves(tenant)
    }

    async fn alone(&self, store: &impl FlagStore, name: FlagName, now: Timestamp) -> Flags {
        let read = async { Ok(store.flag(&name).await?.map(|flag| (name.clone(), flag)).into_iter().collect()) };
        self.kept(now, read).await
    }

    async fn kept(
        &self,
        now: Timestamp,
        read: impl Future<Output = Result<BTreeMap<FlagName, Flag>, StoreError>>,
    ) -> Flags {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, flags)) = &known
            && now.duration_since(*at) < KEPT
        {
            return flags.clone();
        }
        self.read(now, read).await
    }

    async fn read(
        &self,
        now: Timestamp,
        read: impl Future<Output = Result<BTreeMap<FlagName, Flag>, StoreError>>,
    ) -> Flags {
        match read.await {
            Ok(flags) => {
                let flags = Flags::new(flags);
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, flags.clone()));
                flags
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "the flags could not be read");
                let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
                known.map(|(_, flags)| flags).unwrap_or_default()
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum FlagError {
    #[error("the change does not exist")]
    NoChange,
    /// Somebody else turned it at the same time.
    #[error("the flag has been changed meanwhile")]
    Conflict,
    /// It is no longer what whoever turns it has seen.
    #[error("the flag is no longer what was seen")]
    Unseen(Option<Flag>),
    /// What stood before the change leaves out what others have changed since.
    #[error("the flag has been changed since: set it instead")]
    ChangedSince,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Those that hold work. Where one cannot be read, nothing is held by it: a worker looks again.
pub async fn of_work(store: &impl FlagStore) -> Flags {
    let read = async |name: FlagName| match store.flag(&name).await {
        Ok(flag) => flag.map(|flag| (name, flag)),
        Err(error) => {
            tracing::warn!(%name, error = chain(&error), "a flag was not read");
            None
        }
    };
    let (generation, tenants) = future::join(read(FlagName::generation()), read(FlagName::tenants())).await;
    Flags::new(generation.into_iter().chain(tenants).collect())
}

/// The flags that operators set.
pub trait FlagStore: Send + Sync {
    /// Those that somebody said something about.
    fn flags(&self) -> impl Future<Output = Result<BTreeMap<FlagName, Flag>, StoreError>> + Send;

    /// What somebody said about one of them.
    fn flag(&self, name: &FlagName) -> impl Future<Output = Result<Option<Flag>, StoreError>> + Send;

    /// Sets a flag if it still has the value that was read, and logs the change. `false`: it has another by now.
    fn change_flag(&self, change: &FlagChange) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn flag_change(&self, id: Uuid) -> impl Future<Output = Result<Option<FlagChange>, StoreError>> + Send;

    /// A page of all changes, the newest first.
    fn flag_changes(
        &self,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<FlagChange>, StoreError>> + Send;
}

/// Says what a flag is from now on.
///
/// # Errors
/// `Conflict` where somebody else turned it at the same time; what the store says.
pub async fn turn(
    store: &impl FlagStore,
    clock: &impl Clock,
    turned: (FlagName, Option<Flag>),
    because: (Subject, Option<&OperatorReason>),
) -> Result<FlagChange, FlagError> {
    turn_from(store, clock, |_| true, turned, because).await
}

/// As `turn`, if what the flag says now is `seen`: whoever has read it and changes a part of it overwrites no other's change.
///
/// # Errors
/// `Unseen` where it says something else; as `turn`.
pub async fn turn_from(
    store: &impl FlagStore,
    clock: &impl Clock,
    seen: impl FnOnce(Option<&Flag>) -> bool + Send,
    (flag, after): (FlagName, Option<Flag>),
    (by, because): (Subject, Option<&OperatorReason>),
) -> Result<FlagChange, FlagError> {
    let before = store.flag(&flag).await?;
    // What says it already is repeated: its answer was lost.
    if !seen(before.as_ref()) && before != after {
        return Err(FlagError::Unseen(before));
    }
    let change = Change { by, reverts: None, reason: because.map(|reason| Masked::of(reason.as_str())) };
    change.write(store, clock, (flag, before), after).await?.ok_or(FlagError::Conflict)
}

/// Turns a flag to what it was before the change `id`, if nobody has changed it since.
///
/// # Errors
/// `NoChange` where that change is not one of this flag; `ChangedSince`; as `turn`.
pub async fn revert(
    store: &impl FlagStore,
    clock: &impl Clock,
    (flag, id): (FlagName, Uuid),
    by: Subject,
) -> Result<FlagChange, FlagError> {
    let reverted = store.flag_change(id).await?.filter(|change| change.flag == flag).ok_or(FlagError::NoChange)?;
    let present = store.flag(&flag).await?;
    if present != reverted.after {
        return Err(FlagError::ChangedSince);
    }
    let change = Change { by, reverts: Some(reverted.id), reason: None };
    change.write(store, clock, (flag, present), reverted.before).await?.ok_or(FlagError::Conflict)
}

/// Who turns a flag, and why. Nothing is written where it is no longer what was read.
pub(super) struct Change {
    pub by: Subject,
    pub reverts: Option<Uuid>,
    pub reason: Option<Masked>,
}

impl Change {
    pub(super) async fn write(
        self,
        store: &impl FlagStore,
        clock: &impl Clock,
        (flag, before): (FlagName, Option<Flag>),
        after: Option<Flag>,
    ) -> Result<Option<FlagChange>, StoreError> {
        let Self { by, reverts, reason } = self;
        let change = FlagChange { id: clock.uuid(), flag, before, after, by, at: clock.now(), reverts, reason };
        Ok(store.change_flag(&change).await?.then_some(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants() -> Vec<TenantId> {
        (0..1000).map(|nth| TenantId::new(format!("tenant-{nth}")).unwrap()).collect()
    }

    fn on(flag: &Flag, name: &FlagName) -> BTreeSet<TenantId> {
        tenants().into_iter().filter(|tenant| flag.is_on(name, tenant)).collect()
    }

    #[test]
    fn webhooks_and_jobs_are_never_held_and_drafts_by_either_flag() {
        let off = Flag { enabled: false, ..Flag::default() };
        let acme = TenantId::new("acme").unwrap();
        let held = |name: FlagName| {
            let flags = Flags::new([(name, off.clone())].into());
            [Kind::Generate, Kind::Publish, Kind::Deliver, Kind::Place, Kind::Webhook, Kind::Job, Kind::Schedule]
                .map(|kind| flags.holds(kind, &acme))
        };
        assert_eq!(held(FlagName::generation()), [true, false, false, false, false, false, false]);
        assert_eq!(held(FlagName::tenants()), [true, true, true, true, false, false, true]);
        assert_eq!(held(FlagName::writes()), [false; 7]);
    }

    #[test]
    fn only_what_is_looked_at_can_be_a_flag() {
        for wrong in ["", "genration", "provider.", "provider.Open AI", "provider"] {
            assert!(FlagName::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<Flag>(r#"{"enabled": true, "percent": 101}"#).is_err());
    }

    #[test]
    fn writes_are_held_for_whom_an_operator_says_and_for_nobody_else() {
        let of = |text: &str| TenantId::new(text).unwrap();
        let held = |flag| Flags::new([(FlagName::writes(), flag)].into());
        let all = held(Flag { enabled: false, ..Flag::default() });
        assert!(all.holds_writes(Some(&of("acme"))) && all.holds_writes(None));
        let one = held(Flag { tenants_off: [of("acme")].into(), ..Flag::default() });
        assert!(one.holds_writes(Some(&of("acme"))) && !one.holds_writes(Some(&of("other"))));
        assert!(!one.holds_writes(None) && !Flags::default().holds_writes(Some(&of("acme"))));
        let generation = Flags::new([(FlagName::generation(), Flag { enabled: false, ..Flag::default() })].into());
        assert!(!generation.holds_writes(None), "another flag");
    }

    #[test]
    fn a_suspended_tenant_is_not_served_and_no_flag_locks_the_operators_out() {
        let of = |text: &str| TenantId::new(text).unwrap();
        let suspended =
            Flags::new([(FlagName::tenants(), Flag { tenants_off: [of("acme")].into(), ..Flag::default() })].into());
        assert!(
            !suspended.serves(&of("acme")) && suspended.serves(&of("other")) && Flags::default().serves(&of("acme"))
        );
        let all = Flags::new([(FlagName::tenants(), Flag { enabled: false, ..Flag::default() })].into());
        assert!(!all.serves(&of("other")) && all.serves(&of(TenantId::SYSTEM)));
    }

    #[test]
    fn a_share_takes_the_same_tenants_each_time_and_grows_by_adding() {
        let name = FlagName::generation();
        let share = |percent| on(&Flag { percent: Percent(percent), ..Flag::default() }, &name);
        assert_eq!((share(0).len(), share(100).len()), (0, 1000));
        let (tenth, half) = (share(10), share(50));
        assert!((60..140).contains(&tenth.len()) && (420..580).contains(&half.len()), "{} {}", tenth.len(), half.len());
        assert!(tenth.is_subset(&half));
        let another = on(&Flag { percent: Percent(10), ..Flag::default() }, &FlagName::provider("openai"));
        assert_ne!(tenth, another, "not the same tenants try everything first");
    }

    #[test]
    fn a_tenant_that_is_named_is_no_matter_of_chance_and_off_is_off() {
        let name = FlagName::provider("openai");
        let of = |text: &str| TenantId::new(text).unwrap();
        let flag = Flag {
            percent: Percent(0),
            tenants_on: [of("acme"), of("both")].into(),
            tenants_off: [of("both")].into(),
            ..Flag::default()
        };
        assert!(flag.is_on(&name, &of("acme")) && !flag.is_on(&name, &of("both")) && !flag.is_on(&name, &of("other")));
        assert!(!Flag { enabled: false, ..flag }.is_on(&name, &of("acme")));
        let flags = Flags::new([(name.clone(), Flag { enabled: false, ..Flag::default() })].into());
        assert_eq!(flags.providers_off(&of("acme")).len(), 1);
        assert!(!flags.is_on(&name, &of("acme")) && flags.is_on(&FlagName::generation(), &of("acme")));
    }
}
