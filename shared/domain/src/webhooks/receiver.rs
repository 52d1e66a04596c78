//! Taking a webhook in, in two steps: who sent it is found out before anything reads it; then what it says is held against
//! what its source may send, and it is recorded once. Between them its bytes are read, which is the caller's.

use serde_json::{Map, Value};

use crate::{
    access::limits::LimitStore,
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{TenantId, TraceId, WebhookId},
    },
    queue::message::Queue,
    secrets::store::{SecretError, Secrets},
    signing::{
        scheme::Scheme,
        signature::{SignatureError, VerifiedBody},
    },
    tenancy::flags::FlagStore,
    webhooks::{
        body::{Body, Incomplete},
        envelope,
        receive::{self, Incoming, ReceiptStore, ReceiveError, Received, VerifyError},
        refusals::{Reason, RefusalStore, Refusals, Sender},
        source::{self, Source, SourceName, SourceStore},
    },
};

/// What is kept is one item of the table, which takes 400 KB; numbers may be written longer than they came (`1e15`).
const MAX_KEPT_BYTES: usize = 300 * 1024;

/// What taking webhooks in needs.
#[derive(Clone, Debug)]
pub struct Receiver<S, Q, X, C> {
    pub store: S,
    pub queue: Q,
    pub secrets: X,
    pub clock: C,
    /// Whose the source `content-generated` is.
    pub default_tenant: TenantId,
    /// Names of sources' secrets begin with this.
    pub secret_prefix: String,
    pub per_minute: u32,
    pub refusals: Refusals,
}

/// A body, and the source that signed it; only `Receiver::authenticate` makes one.
#[derive(Clone, Debug)]
pub struct Authentic<'a> {
    source: Source,
    body: VerifiedBody<'a>,
}

impl<'a> Authentic<'a> {
    pub const fn scheme(&self) -> Scheme {
        self.source.scheme
    }

    pub const fn bytes(&self) -> &'a [u8] {
        self.body.bytes()
    }

    pub fn sender(&self) -> Sender {
        sender(&self.source)
    }

    /// What was read of it, in Galley's own form.
    pub fn open(&self, read: Map<String, Value>) -> Opened {
        let fields = envelope::open(self.source.scheme, &self.body, read);
        // As it is kept: the wrapping is gone, and whatever Galley does not read of it.
        Opened { payload: serde_json::to_string(&fields).unwrap_or_default(), fields }
    }
}

/// A body in Galley's own form, and as it is kept.
#[derive(Clone, Debug)]
pub struct Opened {
    pub fields: Map<String, Value>,
    payload: String,
}

impl Opened {
    /// # Errors
    /// `TooLarge` where it is more than can be kept.
    pub fn fits(self) -> Result<Fitting, TooLarge> {
        let Self { fields, payload } = self;
        if payload.len() > MAX_KEPT_BYTES { Err(TooLarge) } else { Ok(Fitting { fields, payload: Payload(payload) }) }
    }
}

/// A body that can be kept.
#[derive(Clone, Debug)]
pub struct Fitting {
    pub fields: Map<String, Value>,
    pub payload: Payload,
}

/// What is kept of a body; it fits.
#[derive(Clone, Debug)]
pub struct Payload(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at most 300 KiB as JSON is written in its shortest form")]
pub struct TooLarge;

/// Why nobody is known to have sent a webhook. Whether there is such a source, and how it signs, is nobody's to know.
#[derive(Debug, thiserror::Error)]
pub enum Unauthentic {
    #[error("there is no such source")]
    UnknownSource,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Nobody can sign for it.
    #[error("the source {} has no secret configured", .0.id())]
    NoSecret(SourceName),
    #[error(transparent)]
    Secrets(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Unauthentic {
    /// Why the sender of a source was refused; what is ours to mend is none.
    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Signature(error) => Some(Reason::of(*error)),
            Self::NoSecret(name) if !name.is_built_in() => Some(Reason::NoSecret),
            Self::NoSecret(_) | Self::UnknownSource | Self::Secrets(_) | Self::Store(_) => None,
        }
    }
}

fn sender(source: &Source) -> Sender {
    Sender { tenant: source.tenant.clone(), source: source.key() }
}

#[derive(Debug, thiserror::Error)]
pub enum RefusedWebhook {
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

/// A webhook that is recorded.
#[derive(Clone, Debug)]
pub struct Taken {
    pub event_id: WebhookId,
    pub received: Received,
}

impl<S, Q: Queue, X: Secrets, C: Clock> Receiver<S, Q, X, C>
where
    S: ReceiptStore + LimitStore + SourceStore + RefusalStore + FlagStore,
{
    /// Finds the source called `name` and holds the signature in the headers against its secrets. What is refused of a source that there
    /// is, is counted for its admin.
    ///
    /// # Errors
    /// See `Unauthentic`.
    pub async fn authenticate<'a, 'h>(
        &self,
        name: SourceName,
        header: impl Fn(&str) -> Option<&'h str> + Send + Sync,
        bytes: &'a [u8],
    ) -> Result<Authentic<'a>, Unauthentic> {
        Scheme::well_formed(&header)?;
        let source = source::find(&self.store, &name, &self.default_tenant).await?.ok_or(Unauthentic::UnknownSource)?;
        match self.proven(&source, header, bytes).await {
            Ok(body) => Ok(Authentic { source, body }),
            Err(error) => {
                if let Some(reason) = error.reason() {
                    self.refused(sender(&source), reason).await;
                }
                Err(error)
            }
        }
    }

    async fn proven<'a, 'h>(
        &self,
        source: &Source,
        header: impl Fn(&str) -> Option<&'h str> + Send + Sync,
        bytes: &'a [u8],
    ) -> Result<VerifiedBody<'a>, Unauthentic> {
        let claim = source.scheme.claim(&header, self.clock.now())?;
        let secret = source.secret(&self.secret_prefix);
        receive::verify(&self.secrets, &secret, &claim, bytes).await.map_err(|error| match error {
            VerifyError::NoSecret => Unauthentic::NoSecret(source.name.clone()),
            VerifyError::Signature(error) => error.into(),
            VerifyError::Secrets(error) => error.into(),
        })
    }

    /// Tells a source's admin, by a number, that a webhook of it was refused.
    pub async fn refused(&self, sender: Sender, reason: Reason) {
        self.refusals.tell(&self.store, sender, reason, self.clock.now()).await;
    }

    /// Records what an authentic body says, once, and has it processed where its source may send it.
    ///
    /// # Errors
    /// See `RefusedWebhook`. After an error the provider sends again; the receipt keeps that from taking effect twice.
    pub async fn take(
        &self,
        Authentic { source, .. }: Authentic<'_>,
        (body, Payload(payload)): (Body, Payload),
        trace_id: TraceId,
    ) -> Result<Taken, RefusedWebhook> {
        let delivery = body.clone().delivery()?;
        if let Some(refused) = source.refuses(&delivery) {
            return Err(refused.into());
        }
        let ignored = source.ignores(&delivery);
        if let Some(reason) = ignored {
            tracing::info!(source = %source.id(), reason, "a webhook is recorded and ignored");
        } else {
            delivery.fits()?;
        }
        let event_id = body.event_id.clone();
        let incoming = Incoming {
            key: source.key(),
            source: source.id().clone(),
            tenant: source.tenant,
            id: body.event_id,
            event_type: body.event_type,
            payload,
            ignored,
            expires: source.scheme.signs_a_time(),
            trace_id,
        };
        let received = receive::receive(&self.store, &self.queue, &self.clock, self.per_minute, incoming).await?;
        Ok(Taken { event_id, received })
    }
}
