//! Flags, as operators read them.

use galley_domain::tenancy::flags::{Flag, FlagName};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlagList {
    pub data: Vec<FlagView>,
}

/// A flag. One that was never set is on for everybody.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlagView {
    pub flag: FlagName,
    #[serde(flatten)]
    pub state: Flag,
}

impl FlagView {
    pub fn of(flag: FlagName, state: Option<Flag>) -> Self {
        Self { flag, state: state.unwrap_or_default() }
    }
}

/// The change to revert.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Revert {
    pub change_id: Uuid,
}
