//! Flags, as operators read them.

use galley_domain::tenancy::flags::{Flag, FlagName};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::etag_of;

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
    /// What it says now, as `If-Match` takes it.
    #[cfg_attr(feature = "openapi", schema(pattern = r#"^"(default|[0-9a-f]{32})"$"#))]
    pub etag: String,
}

impl FlagView {
    pub fn of(flag: FlagName, state: Option<Flag>) -> Self {
        let etag = flag_etag(state.as_ref());
        Self { flag, state: state.unwrap_or_default(), etag }
    }
}

/// What a flag says, as `If-Match` takes it. One that was never set is no different from one that was set to what is usual.
pub fn flag_etag(state: Option<&Flag>) -> String {
    match state.filter(|state| **state != Flag::default()) {
        Some(state) => etag_of(state),
        None => "\"default\"".to_owned(),
    }
}

/// The change to revert.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Revert {
    pub change_id: Uuid,
}
