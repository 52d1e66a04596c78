//! The authorizer: says whom a credential identifies, or that it is not valid. It never decides by route, because
//! its answer is cached across routes. A credential is an API key, or a token of an issuer that configuration names.

mod claims;
pub mod issuers;
mod jwk;
mod keys;
pub mod token;
pub mod unavailable;

use std::collections::BTreeMap;

use futures_util::future;
use galley_domain::{
    access::{key_sets::KeySets, keys::KeyStore, role::Principal, sign_in::SessionStore, tickets::Proof},
    kernel::{
        clock::Clock,
        error::BoxError,
        ids::{KeyId, TenantId},
    },
    review::action::Approver,
    secrets::store::Secrets,
    tenancy::{
        flags::{FlagCache, FlagStore},
        settings::{Overrides, Settings, TenantStore},
    },
};
use galley_edge::telemetry::chain;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use token::{Refused, Tokens, Verified};

/// A longer credential is refused unread.
const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// The part of API Gateway's request that is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRequest {
    /// The identity sources, here `Authorization` alone.
    #[serde(default)]
    pub identity_source: Vec<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// API Gateway's simple response.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    pub is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Identity>,
}

/// What every function is given about the caller.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub tenant: String,
    pub subject: String,
    pub role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What the identity was proven with, as JSON: a stream that is opened by a ticket asks whether it still holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The tenant's own limits, as JSON, because a context value can only be text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
    /// What the tenant's texts are written in where nobody says otherwise. None: the settings could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The names of the tenant's targets with what goes to each by default, as JSON. None: the settings could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
    /// What becomes of near duplicates. None: the settings could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near_duplicates: Option<&'static str>,
    /// `on` where a text needs somebody else than its writer to be published, else `off`. None: the settings could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub four_eyes: Option<&'static str>,
}

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, C, X, K> {
    pub store: S,
    pub clock: C,
    pub tokens: Tokens<X, K>,
    /// Says whose tenants are suspended.
    pub flags: FlagCache,
}

impl<S: KeyStore + TenantStore + SessionStore + FlagStore, C: Clock, X: Secrets, K: KeySets> App<S, C, X, K> {
    /// # Errors
    /// When the credential cannot be looked up: API Gateway then answers 500 and caches nothing.
    pub async fn handle(&self, request: AuthorizerRequest) -> Result<AuthorizerResponse, BoxError> {
        // Boxed: the future is large.
        let answer = Box::pin(self.identify(&request)).await;
        match &answer {
            Ok(AuthorizerResponse { context: Some(identity), .. }) => {
                tracing::Span::current().record("tenant", identity.tenant.as_str());
                tracing::info!(role = identity.role, "identified");
            }
            Ok(_) => tracing::info!("nobody"),
            Err(error) => tracing::error!(error = chain(&**error), "the credential could not be looked up"),
        }
        answer
    }

    async fn identify(&self, request: &AuthorizerRequest) -> Result<AuthorizerResponse, BoxError> {
        let Some(credential) = bearer(request) else { return Ok(nobody()) };
        let verified = if self.tokens.looks_like_one(credential) {
            // Boxed: the future is large and rarely needed.
            Box::pin(self.by_token(credential)).await?
        } else {
            self.by_key(credential).await?
        };
        let Some((principal, proof)) = verified else { return Ok(nobody()) };
        let (settings, served) = future::join(self.settings(&principal.tenant), self.serves(&principal.tenant)).await;
        if !served {
            tracing::info!(tenant = %principal.tenant, "a suspended tenant");
            return Ok(nobody());
        }
        Ok(somebody(principal, &proof, settings))
    }

    /// Whether the tenant is not suspended, as of thirty seconds ago at most. While that cannot be read, what was last known holds.
    pub async fn serves(&self, tenant: &TenantId) -> bool {
        self.flags.serves(&self.store, tenant, self.clock.now()).await
    }

    /// A tenant's own limits, language and targets are returned with the caller's identity, so that no request has to read them. If they
    /// cannot be read, the usual limits apply (ADR 14).
    async fn settings(&self, tenant: &TenantId) -> Option<Settings> {
        match self.store.settings(tenant).await {
            Ok(settings) => Some(settings),
            Err(error) => {
                tracing::warn!(%tenant, error = chain(&error), "a tenant's settings could not be read");
                None
            }
        }
    }

    async fn by_key(&self, credential: &str) -> Result<Option<(Principal, Proof)>, BoxError> {
        let id = KeyId::of(credential);
        let Some(key) = self.store.key(&id).await? else { return Ok(None) };
        let now = self.clock.now();
        if !key.lasts(now) {
            return Ok(None);
        }
        let today = now.to_zoned(TimeZone::UTC).date();
        if key.last_used != Some(today)
            && let Err(error) = self.store.key_used(&id, today).await
        {
            // Only helps people to find unused keys, so a failure refuses nobody.
            tracing::warn!(error = chain(&error), "the day of a key's use was not kept");
        }
        Ok(Some((key.principal, Proof::Key(id))))
    }

    async fn by_token(&self, credential: &str) -> Result<Option<(Principal, Proof)>, BoxError> {
        let refused = match self.tokens.verify(credential, &self.clock).await? {
            Ok(verified) if self.lasts(&verified).await? => {
                let Verified { principal, session, expires_at } = verified;
                return Ok(Some((principal, Proof::Token { session, expires_at })));
            }
            Ok(_) => Refused::Session,
            Err(refused) => refused,
        };
        tracing::info!(reason = chain(&refused), "a token was refused");
        Ok(None)
    }

    /// Whether a token's session has neither expired nor been ended. Tokens of other issuers have no session.
    async fn lasts(&self, verified: &Verified) -> Result<bool, BoxError> {
        let Some(id) = &verified.session else { return Ok(true) };
        let session = self.store.session(id).await?;
        Ok(session.is_some_and(|session| session.lasts(self.clock.now())))
    }
}

fn somebody(principal: Principal, proof: &Proof, settings: Option<Settings>) -> AuthorizerResponse {
    let overrides = settings.as_ref().map(|settings| settings.limits).unwrap_or_default();
    let four_eyes = settings.as_ref().map(|settings| Approver::of(&settings.policy).name());
    let identity = Identity {
        tenant: principal.tenant.into(),
        subject: principal.subject.into(),
        role: principal.role.name().to_owned(),
        session: match proof {
            Proof::Token { session, .. } => session.clone().map(Into::into),
            Proof::Key(_) => None,
        },
        proof: serde_json::to_string(proof).ok(),
        limits: (overrides != Overrides::default()).then(|| serde_json::to_string(&overrides).ok()).flatten(),
        four_eyes,
        near_duplicates: settings.as_ref().map(|settings| settings.policy.near_duplicates.name()),
        targets: settings.as_ref().and_then(|settings| serde_json::to_string(&settings.targets).ok()),
        language: settings.map(|settings| settings.policy.language.unwrap_or_default().into()),
    };
    AuthorizerResponse { is_authorized: true, context: Some(identity) }
}

/// The credential of `Bearer …`. The scheme is case-insensitive (RFC 9110).
fn bearer(request: &AuthorizerRequest) -> Option<&str> {
    let [header] = request.identity_source.as_slice() else { return None };
    let (scheme, credential) = header.split_once(' ')?;
    let credential = credential.trim();
    let plausible = (1..=MAX_CREDENTIAL_BYTES).contains(&credential.len());
    (scheme.eq_ignore_ascii_case("bearer") && plausible).then_some(credential)
}

const fn nobody() -> AuthorizerResponse {
    AuthorizerResponse { is_authorized: false, context: None }
}
