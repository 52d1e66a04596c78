//! Sources: who may send webhooks, signed how, and what they may ask for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{CONTENT_GENERATED, Delivery, Incomplete, scheme::Scheme};
use crate::{
    access::Principal,
    ids::{SourceId, Subject, TenantId},
    ports::{BoxError, Clock, Entropy, SecretError, SourceStore, StoreError, Vault},
    request::PublishMode,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub id: SourceId,
    pub tenant: TenantId,
    pub scheme: Scheme,
    /// What it may send; other events are recorded and ignored.
    pub events: BTreeSet<Event>,
    /// Whether what it asks for may be published without a person, where the tenant allows that too.
    pub may_auto_publish: bool,
    pub created_at: Timestamp,
    pub created_by: Subject,
}

/// What a source may be allowed to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
            id: SourceId::new(CONTENT_GENERATED).ok()?,
            tenant: tenant.clone(),
            scheme: Scheme::Galley,
            events: all_events(),
            may_auto_publish: false,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: Subject::new("galley").ok()?,
        })
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
        let too_much = request.publish_mode == PublishMode::Publish && !self.may_auto_publish;
        too_much.then(|| Incomplete::new("request.publish_mode", "must be draft: this source may not publish"))
    }
}

/// The source called `id`, the built-in one too.
///
/// # Errors
/// When the store cannot be read.
pub async fn find(
    store: &impl SourceStore,
    id: &SourceId,
    default_tenant: &TenantId,
) -> Result<Option<Source>, StoreError> {
    let stored = store.source(id).await?;
    Ok(stored.or_else(|| (id.as_str() == CONTENT_GENERATED).then(|| Source::built_in(default_tenant)).flatten()))
}

/// A secret that a provider has made itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct GivenSecret(SecretString);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 16 to 256 visible ASCII characters")]
pub struct WeakSecret;

impl TryFrom<String> for GivenSecret {
    type Error = WeakSecret;
    fn try_from(text: String) -> Result<Self, WeakSecret> {
        let strong = (16..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if strong { Ok(Self(SecretString::from(text))) } else { Err(WeakSecret) }
    }
}

/// A source that somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    pub source: SourceId,
    pub scheme: Scheme,
    #[serde(default = "all_events")]
    pub events: BTreeSet<Event>,
    #[serde(default)]
    pub may_auto_publish: bool,
    #[serde(default)]
    pub secret: Option<GivenSecret>,
}

/// Another secret for a source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    #[serde(default)]
    pub secret: Option<GivenSecret>,
    /// Whether the one before stops counting at once: for one that got out.
    #[serde(default)]
    pub revoke_previous: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("this name is taken")]
    Taken,
    #[error("there is no such source")]
    Unknown,
    #[error("must be base64 of 24 to 64 bytes, with or without whsec_ before it")]
    SecretNotOfScheme,
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// A source's secret is named by this and the source.
    pub secret_prefix: String,
}

impl<S: SourceStore, V: Vault, E: Entropy, C: Clock> Sources<S, V, E, C> {
    /// Makes a source. Its secret is nowhere but in the vault and in the answer.
    ///
    /// # Errors
    /// See `SourceError`. When its secret could not be kept there is no source either.
    pub async fn make(&self, by: &Principal, asked: NewSource) -> Result<(Source, SecretString), SourceError> {
        let secret = self.secret(asked.scheme, asked.secret)?;
        let source = Source {
            id: asked.source,
            tenant: by.tenant.clone(),
            scheme: asked.scheme,
            events: asked.events,
            may_auto_publish: asked.may_auto_publish,
            created_at: self.clock.now(),
            created_by: by.subject.clone(),
        };
        if source.id.as_str() == CONTENT_GENERATED && source.tenant != self.default_tenant {
            return Err(SourceError::Taken);
        }
        // The name first, for it decides whose the source is; what it signs with would else be another tenant's to change.
        if !self.store.make_source(source.clone()).await? {
            return Err(SourceError::Taken);
        }
        if let Err(error) = self.vault.replace(&self.secret_id(&source.id), &secret).await {
            self.store.remove_source(&source.tenant, &source.id).await?;
            return Err(error.into());
        }
        Ok((source, secret))
    }

    /// Gives a source another secret. The one before counts on until the next rotation, so that nobody who still signs
    /// with it is turned away, unless that is asked for.
    ///
    /// # Errors
    /// See `SourceError`.
    pub async fn rotate(
        &self,
        by: &Principal,
        id: &SourceId,
        asked: Rotation,
    ) -> Result<(Source, SecretString), SourceError> {
        let source = find(&self.store, id, &self.default_tenant).await?;
        let source = source.filter(|source| source.tenant == by.tenant).ok_or(SourceError::Unknown)?;
        let secret = self.secret(source.scheme, asked.secret)?;
        let secret_id = self.secret_id(id);
        if asked.revoke_previous {
            self.vault.replace(&secret_id, &secret).await?;
        } else {
            self.vault.rotate(&secret_id, &secret).await?;
        }
        Ok((source, secret))
    }

    /// Ends a source: its webhooks are refused from then on. What it has sent is still processed.
    ///
    /// # Errors
    /// See `SourceError`.
    pub async fn remove(&self, by: &Principal, id: &SourceId) -> Result<(), SourceError> {
        if !self.store.remove_source(&by.tenant, id).await? {
            return Err(SourceError::Unknown);
        }
        // The built-in source lives on, in its first form.
        if id.as_str() != CONTENT_GENERATED
            && let Err(error) = self.vault.discard(&self.secret_id(id)).await
        {
            tracing::warn!(source = %id, error = crate::report::chain(&error), "a secret that nothing uses is left");
        }
        Ok(())
    }

    fn secret(&self, scheme: Scheme, given: Option<GivenSecret>) -> Result<SecretString, SourceError> {
        let Some(GivenSecret(secret)) = given else {
            return Ok(scheme.secret_of(self.entropy.secret().map_err(SourceError::Entropy)?));
        };
        let usable =
            scheme.key(&secret).is_some_and(|key| scheme != Scheme::Standard || (24..=64).contains(&key.bytes().len()));
        if usable { Ok(secret) } else { Err(SourceError::SecretNotOfScheme) }
    }

    fn secret_id(&self, id: &SourceId) -> String {
        format!("{}{id}", self.secret_prefix)
    }
}
