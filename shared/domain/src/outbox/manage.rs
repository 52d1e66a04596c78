//! What admins do with targets: make, change, pause, test and remove them. What people do with a task's placements.

use std::collections::BTreeSet;

use galley_api::task::PublishTo;
use secrecy::SecretString;

use crate::{
    access::{
        acts::{Acting, Recording},
        role::Principal,
    },
    content::kind::TaskType,
    idempotency::claim::{ClaimError, ClaimStore, Keyed, Once},
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError, chain},
        ids::{Generation, TargetName, TaskId, TenantId},
        url::PublicUrl,
    },
    outbox::{
        again,
        placement::{Placement, PlacementStore, Resolution},
        port::{PublishingTarget, Site},
        target::{MOST_TARGETS, NewTarget, Pause, Target, TargetPatch, TargetSecret, TargetStore},
        trouble::Why,
    },
    queue::message::Queue,
    secrets::store::{SecretError, Secrets, Vault},
};

/// How often a change of a target is begun anew where another came between.
const TRIES: u8 = 3;

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("this name is taken")]
    Taken,
    #[error("there is no such target")]
    Unknown,
    #[error("a tenant has at most {MOST_TARGETS} targets")]
    TooMany,
    /// A task that names no target goes to no more than it may name.
    #[error("at most {most} targets may have {} by default", .0.name(), most = PublishTo::MOST)]
    TooManyDefaults(TaskType),
    #[error("must have no query and no fragment")]
    InvalidUrl,
    #[error("must be of the kind that the target is")]
    AnotherKind,
    #[error("the target kept changing")]
    Contended,
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

impl From<StoreError> for TargetError {
    fn from(error: StoreError) -> Self {
        Self::Claim(error.into())
    }
}

/// What a look at a target came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tested {
    Ready,
    Trouble(Why),
}

/// Makes, changes, tests and ends targets.
#[derive(Clone, Debug)]
pub struct Targets<S, V, E, C, P> {
    pub store: S,
    pub vault: V,
    pub entropy: E,
    pub clock: C,
    /// Names of targets' secrets begin with this.
    pub secret_prefix: String,
    pub target: P,
}

impl<S: TargetStore + ClaimStore + Recording, V: Vault + Secrets, E: Entropy, C: Clock, P: PublishingTarget>
    Targets<S, V, E, C, P>
{
    /// Makes a target, once under an idempotency key.
    ///
    /// # Errors
    /// See `TargetError`. When its secret could not be kept there is no target either.
    pub async fn make(
        &self,
        acting: &Acting,
        asked: NewTarget,
        keyed: &Keyed<Target>,
    ) -> Result<Once<Target>, TargetError> {
        let (now, by) = (self.clock.now(), &acting.principal);
        // Before the vault: what a repeat would put there would stay.
        if let Some(claim) = &keyed.claim
            && let Some(claimed) = self.store.claimed(claim, now).await?
        {
            return Ok(Once::Replay(ClaimError::Claimed(claimed).replay()?));
        }
        let others = self.store.targets(&by.tenant).await?;
        if others.len() >= MOST_TARGETS {
            return Err(TargetError::TooMany);
        }
        fits_beside(&others, &asked.name, &asked.default_for)?;
        let (site, secret) = (self.generation()?, self.generation()?);
        let target = Target {
            name: asked.name,
            tenant: by.tenant.clone(),
            url: bare(asked.url)?,
            settings: asked.settings,
            default_for: asked.default_for,
            site,
            secret: Some(secret),
            pause: None,
            failures: 0,
            version: 1,
            created_at: now,
            created_by: by.subject.clone(),
        };
        let TargetSecret(text) = asked.secret;
        // The secret first, under a name that nothing else ever has: whoever finds the target finds its secret.
        self.put_secret(&target, &text).await?;
        let store = self.store.with_act(acting.own(&self.clock, &target.name));
        match store.make_target(&target, keyed.record(&target, now)).await {
            Ok(true) => Ok(Once::New(target)),
            Ok(false) => {
                self.discard(&target).await;
                Err(TargetError::Taken)
            }
            // The same request came between.
            Err(error @ (ClaimError::Claimed(_) | ClaimError::InFlight)) => {
                self.discard(&target).await;
                Ok(Once::Replay(error.replay()?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Changes a target. Another address is another site: it has no secret until one is said.
    ///
    /// # Errors
    /// See `TargetError`.
    pub async fn change(&self, acting: &Acting, name: &TargetName, asked: &TargetPatch) -> Result<Target, TargetError> {
        let (tenant, store) = (&acting.principal.tenant, self.store.with_act(acting.own(&self.clock, name)));
        for _ in 0..TRIES {
            let found = self.store.target(tenant, name).await?.ok_or(TargetError::Unknown)?;
            let next = self.changed(&found, asked)?;
            if let Some(default_for) = &asked.default_for {
                fits_beside(&self.store.targets(tenant).await?, name, default_for)?;
            }
            if let Some(TargetSecret(text)) = &asked.secret {
                self.put_secret(&next, text).await?;
            }
            let kept = store.keep_target(&next, found.version).await?;
            if next.secret != found.secret {
                self.discard(if kept { &found } else { &next }).await;
            }
            if kept {
                return Ok(next);
            }
        }
        Err(TargetError::Contended)
    }

    fn changed(&self, found: &Target, asked: &TargetPatch) -> Result<Target, TargetError> {
        let mut next = Target { version: found.version + 1, ..found.clone() };
        if let Some(url) = asked.url.clone().filter(|url| *url != found.url) {
            (next.url, next.site, next.secret) = (bare(url)?, self.generation()?, None);
        }
        if let Some(settings) = &asked.settings {
            if settings.kind() != found.settings.kind() {
                return Err(TargetError::AnotherKind);
            }
            if settings.place() != found.settings.place() {
                next.site = self.generation()?;
            }
            next.settings.clone_from(settings);
        }
        if asked.secret.is_some() {
            next.secret = Some(self.generation()?);
        }
        if let Some(default_for) = &asked.default_for {
            next.default_for.clone_from(default_for);
        }
        match asked.paused {
            Some(true) if found.pause.is_none() => {
                next.pause = Some(Pause { since: self.clock.now(), because: None });
            }
            Some(false) => (next.pause, next.failures) = (None, 0),
            _ => {}
        }
        Ok(next)
    }

    /// Ends a target. What was published there stays there.
    ///
    /// # Errors
    /// See `TargetError`.
    pub async fn remove(&self, acting: &Acting, name: &TargetName) -> Result<(), TargetError> {
        let (tenant, store) = (&acting.principal.tenant, self.store.with_act(acting.own(&self.clock, name)));
        for _ in 0..TRIES {
            let found = self.store.target(tenant, name).await?.ok_or(TargetError::Unknown)?;
            if store.remove_target(&found).await? {
                self.discard(&found).await;
                return Ok(());
            }
        }
        Err(TargetError::Contended)
    }

    /// Whether a target can be reached and opened, and its user may publish. Changes nothing there.
    ///
    /// # Errors
    /// See `TargetError`; what is wrong with the target is no error.
    pub async fn test(&self, tenant: &TenantId, name: &TargetName) -> Result<Tested, TargetError> {
        let target = self.store.target(tenant, name).await?.ok_or(TargetError::Unknown)?;
        let Some(secret) = self.secret(&target).await? else { return Ok(Tested::Trouble(Why::NoSecret)) };
        Ok(match self.target.greet(Site { target: &target, secret: &secret }).await {
            Ok(welcome) if welcome.may_publish => Tested::Ready,
            Ok(_) => Tested::Trouble(Why::NotAllowed),
            Err(trouble) => Tested::Trouble(trouble.why),
        })
    }

    async fn secret(&self, target: &Target) -> Result<Option<SecretString>, SecretError> {
        let Some((id, generation)) = target.secret_at(&self.secret_prefix) else { return Ok(None) };
        match self.vault.of_generation(&id, generation).await {
            Ok(versions) => Ok(versions.into_iter().next()),
            Err(SecretError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts a target's secret where nothing was before.
    async fn put_secret(&self, target: &Target, text: &SecretString) -> Result<(), SecretError> {
        let Some((id, generation)) = target.secret_at(&self.secret_prefix) else { return Ok(()) };
        self.vault.replace(&id, text, generation).await
    }

    /// Takes a target's secret away.
    async fn discard(&self, target: &Target) {
        let Some((id, _)) = target.secret_at(&self.secret_prefix) else { return };
        if let Err(error) = self.vault.discard(&id).await {
            tracing::warn!(target_name = %target.name, error = chain(&error), "a secret that nothing uses is left");
        }
    }

    fn generation(&self) -> Result<Generation, TargetError> {
        Ok(Generation::of(self.entropy.secret().map_err(TargetError::Entropy)?))
    }
}

/// Whether a target of this name may have these types by default.
fn fits_beside(targets: &[Target], name: &TargetName, default_for: &BTreeSet<TaskType>) -> Result<(), TargetError> {
    let others = |of: &TaskType| targets.iter().filter(|one| one.name != *name && one.default_for.contains(of)).count();
    match default_for.iter().find(|of| others(of) >= PublishTo::MOST) {
        Some(full) => Err(TargetError::TooManyDefaults(*full)),
        None => Ok(()),
    }
}

fn bare(url: PublicUrl) -> Result<PublicUrl, TargetError> {
    if url.as_str().contains(['?', '#']) { Err(TargetError::InvalidUrl) } else { Ok(url) }
}

/// What came of somebody's wish about a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    Done(Once<Placement>),
    /// Nothing of the kind can be done about it as it is.
    NotNow(Placement),
    Unknown,
}

/// Has a placement tried again, or a conflict resolved; once under an idempotency key.
///
/// # Errors
/// When the key was used for another request, or the store does not answer.
pub async fn again<S: PlacementStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    by: &Principal,
    (task, target): (&TaskId, &TargetName),
    resolution: Option<Resolution>,
    keyed: &Keyed<Placement>,
) -> Result<Again, ClaimError> {
    loop {
        let (found, now) = (store.placement(task, target).await?, clock.now());
        let Some(found) = found.filter(|found| found.tenant == by.tenant) else { return Ok(Again::Unknown) };
        let Some(again) = found.again(resolution, now) else { return Ok(Again::NotNow(found)) };
        let written = match store.replace_placement(&again, found.version, keyed.record(&again, now)).await {
            Ok(true) => Ok(()),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let done = Once::of(again, written)?;
        if let Once::New(again) = &done {
            tracing::info!(task_id = %task, target_name = %target, ?resolution, by = %by.subject, "somebody saw to a placement");
            // One that stays as it is has nothing to send.
            if again.next_at.is_some() {
                again::send(queue, &again.message()).await;
            }
        }
        return Ok(Again::Done(done));
    }
}
