//! Sources: who may send webhooks, signed how, and what they may ask for.

use std::{collections::BTreeSet, future::Future};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    access::acts::{Acting, Recording},
    idempotency::claim::{Claim, ClaimError, ClaimRecord, Claimed, Keyed, Once},
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError},
        ids::{Generation, SourceId, SourceKey, Subject, TenantId},
        paging::{Page, PageKey},
    },
    secrets::store::{SecretError, Vault},
    signing::scheme::Scheme,
    task::request::PublishMode,
    webhooks::{
        body::{Delivery, Incomplete},
        given_secret::GivenSecret,
    },
};

/// What a source is found by. Names are a tenant's own; those that were given before that was so are one for all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceName {
    Own { tenant: TenantId, source: SourceId },
    Shared(SourceId),
}

impl SourceName {
    pub const fn id(&self) -> &SourceId {
        match self {
            Self::Own { source, .. } | Self::Shared(source) => source,
        }
    }

    /// Where webhooks of it go.
    pub fn path(&self) -> String {
        match self {
            Self::Own { tenant, source } => format!("/api/webhooks/{tenant}/{source}"),
            Self::Shared(source) => format!("/api/webhooks/{source}"),
        }
    }

    /// Whether it is what the source is called that exists without being made.
    pub fn is_built_in(&self) -> bool {
        matches!(self, Self::Shared(source) if source.as_str() == CONTENT_GENERATED)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: SourceName,
    pub tenant: TenantId,
    /// Of this life of the name; one that was made before there were any has none.
    pub generation: Option<Generation>,
    /// Another for each secret, so that whoever has an older one in a cache sees it. None while the secret is the first of a
    /// source that has no generation.
    pub secret_generation: Option<Generation>,
    pub scheme: Scheme,
    /// What it may send; other events are recorded and ignored.
    pub events: BTreeSet<Event>,
    /// Whether what it asks for may be published without a person, where the tenant allows that too.
    pub may_auto_publish: bool,
    pub created_at: Timestamp,
    pub created_by: Subject,
}

/// How long a rotation keeps others from beginning: longer than any request runs, so that it ends by its request or with it.
const ROTATION: SignedDuration = SignedDuration::from_secs(30);

/// A rotation that alone may put a secret until it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotating {
    /// What the source's secret will have.
    pub generation: Generation,
    pub until: Timestamp,
}

/// What came of beginning a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationStart {
    Alone,
    /// Another one is under way, or was made since the source was read.
    Elsewhere,
    /// This source is not there.
    Gone,
}

/// Where a source's secret is, and which of its generations is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSecret {
    pub id: String,
    pub generation: Option<Generation>,
}

/// What a source may be allowed to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = EventName))]
pub enum Event {
    #[serde(rename = "content.generated")]
    Generated,
    #[serde(rename = "content.failed")]
    Failed,
    #[serde(rename = "content.requested")]
    Requested,
}

/// Every event.
fn all_events() -> BTreeSet<Event> {
    [Event::Generated, Event::Failed, Event::Requested].into()
}

impl Source {
    /// The source that exists without being made.
    pub fn built_in(tenant: &TenantId) -> Option<Self> {
        Some(Self {
            name: SourceName::Shared(SourceId::new(CONTENT_GENERATED).ok()?),
            tenant: tenant.clone(),
            generation: None,
            secret_generation: None,
            scheme: Scheme::Galley,
            events: all_events(),
            may_auto_publish: false,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: Subject::new("galley").ok()?,
        })
    }

    pub const fn id(&self) -> &SourceId {
        self.name.id()
    }

    /// Whether both are the same life of a name, whatever secrets they have.
    pub fn is_life_of(&self, other: &Self) -> bool {
        self.name == other.name && self.tenant == other.tenant && self.generation == other.generation
    }

    /// Under which its receipts are kept.
    pub fn key(&self) -> SourceKey {
        SourceKey::of(self.id(), self.generation.as_ref())
    }

    /// Its secret, where all of them begin with `prefix`.
    pub fn secret(&self, prefix: &str) -> SourceSecret {
        let (tenant, id) = (&self.tenant, self.id());
        let id = match &self.generation {
            Some(generation) => format!("{prefix}{tenant}/{id}/{generation}"),
            None => format!("{prefix}{id}"),
        };
        SourceSecret { id, generation: self.secret_generation.clone() }
    }

    /// Why `delivery` is recorded and nothing else, if so.
    pub fn ignores(&self, delivery: &Delivery) -> Option<&'static str> {
        let event = match delivery {
            Delivery::Generated { .. } => Event::Generated,
            Delivery::Requested { .. } => Event::Requested,
            Delivery::Failed { .. } => Event::Failed,
            Delivery::Unknown => return Some("unknown event_type"),
        };
        (!self.events.contains(&event)).then_some("the source may not send this event_type")
    }

    /// What in `delivery` is more than this source may ask for.
    pub fn refuses(&self, delivery: &Delivery) -> Option<Incomplete> {
        let Delivery::Requested { request } = delivery else { return None };
        let publishes = request.publish_mode == PublishMode::Publish && !self.may_auto_publish;
        let rule = |broken: bool, field, rule| broken.then(|| Incomplete::new(field, rule));
        let near = "request.allow_near_duplicate";
        rule(publishes, "request.publish_mode", "must be draft: this source may not publish")
            .or_else(|| rule(request.allow_near_duplicate, near, "is for editors and admins to say"))
    }
}

/// The source called `name`, the built-in one too.
///
/// # Errors
/// When the store cannot be read.
pub async fn find(
    store: &impl SourceStore,
    name: &SourceName,
    default_tenant: &TenantId,
) -> Result<Option<Source>, StoreError> {
    let stored = store.source(name).await?;
    Ok(stored.or_else(|| name.is_built_in().then(|| Source::built_in(default_tenant)).flatten()))
}

/// What `tenant` calls `id`: a name of its own, or one of those that were one for all.
///
/// # Errors
/// When the store cannot be read.
pub async fn of_tenant(
    store: &impl SourceStore,
    tenant: &TenantId,
    id: &SourceId,
    default_tenant: &TenantId,
) -> Result<Option<Source>, StoreError> {
    let found = store.look_up(&names(tenant, id), None, Timestamp::UNIX_EPOCH).await?;
    Ok(chosen(found.sources, tenant, id, default_tenant))
}

/// What `tenant` may have called `id`: a name of its own, and one of those that were one for all.
fn names(tenant: &TenantId, id: &SourceId) -> [SourceName; 2] {
    [SourceName::Own { tenant: tenant.clone(), source: id.clone() }, SourceName::Shared(id.clone())]
}

/// The tenant's own among `sources`, or the built-in one.
fn chosen(sources: Vec<Source>, tenant: &TenantId, id: &SourceId, default_tenant: &TenantId) -> Option<Source> {
    let (own, shared): (Vec<Source>, Vec<Source>) =
        sources.into_iter().partition(|source| matches!(source.name, SourceName::Own { .. }));
    let built_in = SourceName::Shared(id.clone()).is_built_in().then(|| Source::built_in(default_tenant)).flatten();
    let source = own.into_iter().next().or_else(|| shared.into_iter().next()).or(built_in);
    source.filter(|source| source.tenant == *tenant)
}

/// A source that somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Unique in the tenant: it is the end of the path that the webhooks go to.
    pub source: SourceId,
    pub scheme: Scheme,
    /// What it may send; all three where nothing is said.
    #[serde(default = "all_events")]
    pub events: BTreeSet<Event>,
    /// Whether it may ask for `publish_mode` `publish`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub may_auto_publish: bool,
    /// For providers that make it themselves. Without it one is made.
    #[serde(default)]
    pub secret: Option<GivenSecret>,
}

/// Another secret for a source.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    #[serde(default)]
    pub secret: Option<GivenSecret>,
    /// Whether the one before stops counting at once: for one that got out.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(default = false))]
    pub revoke_previous: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("this name is taken")]
    Taken,
    #[error("there is no such source")]
    Unknown,
    #[error("another secret is just being given to this source, or was since it was read")]
    RotatedElsewhere,
    #[error("must be base64 of 24 to 64 bytes, with or without whsec_ before it")]
    SecretNotOfScheme,
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        Self::Claim(error.into())
    }
}

/// Makes and ends sources, and changes their secrets.
#[derive(Clone, Debug)]
pub struct Sources<S, V, E, C> {
    pub store: S,
    pub vault: V,
    pub entropy: E,
    pub clock: C,
    /// Whose the source `content-generated` is.
    pub default_tenant: TenantId,
    /// Names of sources' secrets begin with this.
    pub secret_prefix: String,
}

impl<S: SourceStore + Recording, V: Vault, E: Entropy, C: Clock> Sources<S, V, E, C> {
    /// Makes a source, once under an idempotency key. Its secret is nowhere but in the vault and in the first answer.
    ///
    /// # Errors
    /// See `SourceError`. When its secret could not be kept there is no source either.
    pub async fn make(
        &self,
        acting: &Acting,
        asked: NewSource,
        keyed: &Keyed<Source>,
    ) -> Result<Once<(Source, SecretString)>, SourceError> {
        let by = &acting.principal;
        let secret = self.secret(asked.scheme, asked.secret)?;
        let (generation, now) = (self.generation()?, self.clock.now());
        let shared = SourceName::Shared(asked.source);
        let names = std::slice::from_ref(&shared);
        let older = match self.store.look_up(names, keyed.claim.as_ref(), now).await? {
            Found { claimed: Some(claimed), .. } => return Ok(Once::Replay(ClaimError::Claimed(claimed).replay()?)),
            Found { mut sources, .. } => sources.pop(),
        };
        // The built-in one may be made in another form, and stays where it is.
        let name = if shared.is_built_in() && by.tenant == self.default_tenant {
            shared
        } else if older.is_some_and(|older| older.tenant == by.tenant) {
            return Err(SourceError::Taken);
        } else {
            SourceName::Own { tenant: by.tenant.clone(), source: shared.id().clone() }
        };
        let source = Source {
            name,
            tenant: by.tenant.clone(),
            secret_generation: Some(generation.clone()),
            generation: Some(generation.clone()),
            scheme: asked.scheme,
            events: asked.events,
            may_auto_publish: asked.may_auto_publish,
            created_at: now,
            created_by: by.subject.clone(),
        };
        // The secret first, under a name that nothing else ever has: whoever finds the source finds its secret, and there is
        // no source to take back where the vault fails.
        self.vault.rotate(&source.secret(&self.secret_prefix).id, &secret, &generation).await?;
        let store = self.store.with_act(acting.own(&self.clock, source.id()));
        match store.make_source(source.clone(), keyed.record(&source, now)).await {
            Ok(true) => Ok(Once::New((source, secret))),
            Ok(false) => {
                self.discard(&source).await;
                Err(SourceError::Taken)
            }
            // The same request came between.
            Err(error @ (ClaimError::Claimed(_) | ClaimError::InFlight)) => {
                self.discard(&source).await;
                Ok(Once::Replay(error.replay()?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a source another secret, in force everywhere from now on: the source says which generation its secret has, and
    /// whoever has another in a cache reads again. The one before counts on until the next rotation, so that nobody who still
    /// signs with it is turned away, unless that is asked for. Once under an idempotency key, and one at a time: of two at once
    /// the vault could keep the one and the source name the other.
    ///
    /// # Errors
    /// See `SourceError`.
    pub async fn rotate(
        &self,
        acting: &Acting,
        id: &SourceId,
        asked: Rotation,
        keyed: &Keyed<Source>,
    ) -> Result<Once<(Source, SecretString)>, SourceError> {
        let (now, by) = (self.clock.now(), &acting.principal);
        // Before the vault: what a repeat would put there would be in force.
        let source = match self.store.look_up(&names(&by.tenant, id), keyed.claim.as_ref(), now).await? {
            Found { claimed: Some(claimed), .. } => return Ok(Once::Replay(ClaimError::Claimed(claimed).replay()?)),
            Found { sources, .. } => chosen(sources, &by.tenant, id, &self.default_tenant),
        };
        let source = source.ok_or(SourceError::Unknown)?;
        let secret = self.secret(source.scheme, asked.secret)?;
        let secret_id = source.secret(&self.secret_prefix).id;
        let generation = self.generation()?;
        let rotation = Rotating { generation: generation.clone(), until: now + ROTATION };
        match self.begin(acting, &source, (&rotation, keyed.claim.as_ref()), now).await {
            // The same request ended since this one looked for it.
            Err(SourceError::Claim(error)) => return Ok(Once::Replay(error.replay()?)),
            begun => begun?,
        }
        if asked.revoke_previous {
            self.vault.replace(&secret_id, &secret, &generation).await?;
        } else {
            self.vault.rotate(&secret_id, &secret, &generation).await?;
        }
        // After the vault: whoever sees the new generation finds the new secret there, or knows that it looked too early.
        let rotated = Source { secret_generation: Some(generation.clone()), ..source };
        let store = self.store.with_act(acting.own(&self.clock, id));
        let kept = match store.keep_secret_generation(&rotated, &generation, keyed.record(&rotated, now)).await {
            // Its key was free when it began, and nobody else ends a rotation until its time is over: where it still holds the source,
            // what it has put is in force, and has to be shown.
            Err(ClaimError::Claimed(_)) => store.keep_secret_generation(&rotated, &generation, None).await?,
            kept => kept?,
        };
        if kept { Ok(Once::New((rotated, secret))) } else { Err(self.overtaken(&rotated).await?) }
    }

    /// Lets nobody else put a secret of `source` until `rotation` is over, if no request of its key has ended before.
    async fn begin(
        &self,
        acting: &Acting,
        source: &Source,
        (rotation, claim): (&Rotating, Option<&Claim>),
        now: Timestamp,
    ) -> Result<(), SourceError> {
        let mut begun = self.store.begin_rotation(source, rotation, claim, now).await?;
        if begun == RotationStart::Gone && source.name.is_built_in() {
            // What is said of the source that was never made has to stand somewhere.
            let made = Source { created_at: now, created_by: acting.principal.subject.clone(), ..source.clone() };
            self.store.make_source(made, None).await?;
            begun = self.store.begin_rotation(source, rotation, claim, now).await?;
        }
        match begun {
            RotationStart::Alone => Ok(()),
            RotationStart::Elsewhere => Err(SourceError::RotatedElsewhere),
            RotationStart::Gone => Err(SourceError::Unknown),
        }
    }

    /// Why a rotation that was begun could not be ended.
    async fn overtaken(&self, rotated: &Source) -> Result<SourceError, SourceError> {
        let present = self.store.source(&rotated.name).await?;
        if present.is_some_and(|present| present.is_life_of(rotated)) {
            return Ok(SourceError::RotatedElsewhere);
        }
        // Removed meanwhile; what was put may have come after what was taken away.
        self.discard(rotated).await;
        Ok(SourceError::Unknown)
    }

    /// Ends a source: its webhooks are refused from then on. What it has sent is still processed.
    ///
    /// # Errors
    /// See `SourceError`.
    pub async fn remove(&self, acting: &Acting, id: &SourceId) -> Result<(), SourceError> {
        let (by, store) = (&acting.principal, self.store.with_act(acting.own(&self.clock, id)));
        let own = SourceName::Own { tenant: by.tenant.clone(), source: id.clone() };
        for name in [own, SourceName::Shared(id.clone())] {
            if let Some(removed) = store.remove_source(&by.tenant, &name).await? {
                self.discard(&removed).await;
                return Ok(());
            }
        }
        Err(SourceError::Unknown)
    }

    /// Takes a source's secret away. Its name is of this one life: whoever has the name next has another.
    async fn discard(&self, source: &Source) {
        // The built-in source lives on, in its first form.
        if source.name.is_built_in() && source.generation.is_none() {
            return;
        }
        if let Err(error) = self.vault.discard(&source.secret(&self.secret_prefix).id).await {
            tracing::warn!(source = %source.id(), error = crate::kernel::error::chain(&error), "a secret that nothing uses is left");
        }
    }

    fn generation(&self) -> Result<Generation, SourceError> {
        Ok(Generation::of(self.entropy.secret().map_err(SourceError::Entropy)?))
    }

    fn secret(&self, scheme: Scheme, given: Option<GivenSecret>) -> Result<SecretString, SourceError> {
        let Some(secret) = given.map(SecretString::from) else {
            return Ok(scheme.secret_of(self.entropy.secret().map_err(SourceError::Entropy)?));
        };
        let usable =
            scheme.key(&secret).is_some_and(|key| scheme != Scheme::Standard || (24..=64).contains(&key.bytes().len()));
        if usable { Ok(secret) } else { Err(SourceError::SecretNotOfScheme) }
    }
}

/// What a look at sources found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub sources: Vec<Source>,
    pub claimed: Option<Claimed>,
}

/// Webhook sources. Their secrets are elsewhere.
pub trait SourceStore: Send + Sync {
    fn source(&self, name: &SourceName) -> impl Future<Output = Result<Option<Source>, StoreError>> + Send;

    /// The sources of these names, and what an earlier request left under `claim`, in one read.
    fn look_up(
        &self,
        names: &[SourceName],
        claim: Option<&Claim>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Keeps a new source, and the claim of the request that makes it. `false`: its name is taken.
    fn make_source(
        &self,
        source: Source,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<bool, ClaimError>> + Send;

    /// A page of a tenant's sources, newest first.
    fn sources(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Source>, StoreError>> + Send;

    /// Keeps others from rotating the secret of `source`, if it is the one that was read, nobody else is about to, and no request has
    /// ended under `claim`. The last is part of the write: what was read of source and claim need not be of one moment.
    fn begin_rotation(
        &self,
        source: &Source,
        rotation: &Rotating,
        claim: Option<&Claim>,
        now: Timestamp,
    ) -> impl Future<Output = Result<RotationStart, ClaimError>> + Send;

    /// Ends the rotation of `secret`: says of the source, if it is the one that was read, that it has this secret. `false`: it is
    /// not, or the rotation is over.
    fn keep_secret_generation(
        &self,
        source: &Source,
        secret: &Generation,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<bool, ClaimError>> + Send;

    /// Removes a source of this tenant: what it was. `None`: it has no such source.
    fn remove_source(
        &self,
        tenant: &TenantId,
        name: &SourceName,
    ) -> impl Future<Output = Result<Option<Source>, StoreError>> + Send;
}

/// The source that always exists; it belongs to the default tenant.
pub const CONTENT_GENERATED: &str = "content-generated";
