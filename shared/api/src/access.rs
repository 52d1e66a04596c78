//! Requests of admins: keys, and people who may sign in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    agent::few_groups,
    article::DisplayName,
    ids::{GroupName, Subject, TenantId},
    role::Role,
    rule::{Hidden, moment},
};

/// The principal of a new key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    pub subject: Subject,
    pub role: Role,
    /// In the future, at most a year ahead. Without it the key lasts until it is revoked.
    #[serde(default, deserialize_with = "moment")]
    pub expires_at: Option<Timestamp>,
    /// A tenant other than the caller's. Only the operator may name one, to make a tenant's first key.
    #[serde(default)]
    pub tenant: Option<TenantId>,
}

/// The role that an admin gives a person, and the name under which their articles are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    pub role: Role,
    /// What readers of their articles see. Without it, articles name nobody.
    #[serde(default)]
    pub display_name: Option<DisplayName>,
    /// The groups that they are in: some agents are for a group alone. Without it, they stay in those that they are in.
    #[serde(default, deserialize_with = "few_groups")]
    #[cfg_attr(feature = "schema", schema(max_items = 10))]
    pub groups: Option<BTreeSet<GroupName>>,
}

impl NewPerson {
    /// The fields with hidden characters.
    pub fn hides(&self) -> Vec<Hidden> {
        let name = self.display_name.as_ref().and_then(DisplayName::hides);
        name.into_iter().map(|rule| Hidden { field: "display_name".to_owned(), rule }).collect()
    }
}
