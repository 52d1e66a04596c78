//! What admins and operators did.

use galley_domain::{
    access::acts::{Act, ActKind, Actor, Credential},
    kernel::ids::{TenantId, TraceId},
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// One act: who made, changed or ended what. No value, no text and no secret.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Act))]
pub struct ActView {
    pub act_id: Uuid,
    pub at: Timestamp,
    pub what: ActKind,
    /// The id or the name of what it was done to.
    pub thing: String,
    /// Whose that is.
    pub tenant: TenantId,
    pub by: Actor,
    /// What they showed to be let in. Null in the list of a tenant for what an operator did.
    pub credential: Option<Credential>,
    pub trace_id: TraceId,
}

impl From<Act> for ActView {
    fn from(Act { id, at, what, thing, tenant, by, credential, trace_id }: Act) -> Self {
        Self { act_id: id, at, what, thing, tenant, by, credential, trace_id }
    }
}
