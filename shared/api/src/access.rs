//! What admins ask for: keys, and people who may sign in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{Subject, TenantId},
    role::Role,
    rule::moment,
};

/// Whom a new key stands for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    pub subject: Subject,
    pub role: Role,
    /// In the future, at most a year ahead. Without it the key lasts until it is revoked.
    #[serde(default, deserialize_with = "moment")]
    pub expires_at: Option<Timestamp>,
    /// Another tenant than the caller's: for the operator alone, who lets tenants in.
    #[serde(default)]
    pub tenant: Option<TenantId>,
}

/// What an admin says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    pub role: Role,
}
