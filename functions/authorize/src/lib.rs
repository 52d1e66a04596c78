//! The authorizer: says who a credential stands for, or that it stands for nobody. It never decides by route, because
//! its answer is cached across routes.

use galley_domain::ports::{Clock, KeyStore, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A credential longer than this is not looked at.
const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// The part of API Gateway's request that is looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRequest {
    /// The identity sources, here `Authorization` alone.
    #[serde(default)]
    pub identity_source: Vec<String>,
}

/// API Gateway's simple response.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    pub is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Identity>,
}

/// What every function learns of the caller.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub tenant: String,
    pub subject: String,
    pub role: String,
}

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, C> {
    pub store: S,
    pub clock: C,
}

impl<S: KeyStore, C: Clock> App<S, C> {
    /// # Errors
    /// When the table cannot be asked: API Gateway then answers 500 and caches nothing.
    pub async fn handle(&self, request: AuthorizerRequest) -> Result<AuthorizerResponse, StoreError> {
        let Some(credential) = bearer(&request) else { return Ok(nobody()) };
        let sha256 = hex::encode(Sha256::digest(credential));
        let Some(key) = self.store.key(&sha256).await? else { return Ok(nobody()) };
        let expired = key.expires_at.is_some_and(|at| at <= self.clock.now());
        if key.revoked || expired {
            return Ok(nobody());
        }
        let identity = Identity {
            tenant: key.principal.tenant.to_string(),
            subject: key.principal.subject.to_string(),
            role: key.principal.role.name().to_owned(),
        };
        Ok(AuthorizerResponse { is_authorized: true, context: Some(identity) })
    }
}

/// The credential of `Bearer …`, the scheme in any case as RFC 9110 has it.
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
