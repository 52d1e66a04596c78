//! The function's dependencies, and the caller as the authorizer identifies them.

use authorize::AuthorizerResponse;
use galley_domain::{
    access::role::{Principal, Role},
    kernel::ids::{Subject, TenantId},
    tenancy::settings::{Limits, Overrides},
};

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, C, X, K> {
    pub authorizer: authorize::App<S, C, X, K>,
    pub store: S,
    pub clock: C,
    /// The usual limits, for a tenant without its own.
    pub limits: Limits,
    /// So many streams a principal may hold open at once.
    pub most_streams: u32,
}

/// The identified caller and the limits in force for them; `usual` are the deployment's limits.
pub(crate) fn known(answer: AuthorizerResponse, usual: Limits) -> Option<(Principal, Limits)> {
    let identity = answer.context?;
    let principal = Principal {
        tenant: TenantId::new(identity.tenant).ok()?,
        subject: Subject::new(identity.subject).ok()?,
        role: Role::from_name(&identity.role)?,
    };
    let overrides: Option<Overrides> = identity.limits.and_then(|limits| serde_json::from_str(&limits).ok());
    let limits = overrides.unwrap_or_default().of(usual);
    Some((principal, if identity.session.is_some() { limits.of_session() } else { limits }))
}
