//! What admins and operators did.

use galley_domain::{
    access::acts::{Act, ActKind, Actor, Credential},
    kernel::{
        ids::{TenantId, TraceId},
        mask::Masked,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// One act: who made, changed or ended what. No value, no text but the reason that was given, and no secret.
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
    /// Why, where it is asked for: of the move of a label or an alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Masked>,
    pub trace_id: TraceId,
}

impl From<Act> for ActView {
    fn from(Act { id, at, what, thing, tenant, by, credential, why, trace_id }: Act) -> Self {
        Self { act_id: id, at, what, thing, tenant, by, credential, why, trace_id }
    }
}
