//! Suspending a tenant, and serving it again. Who is suspended stands in the flag `tenants`, so that it is logged and followed as every
//! flag is: within thirty seconds by whatever works for the tenant, and within a minute and a half by whatever lets its people in.
//! While it is suspended nobody gets in, nothing goes out and nothing is shown; nothing is lost, and all of it goes on afterwards.
//! Invariant: the operators' own tenant is never suspended.

use serde::Deserialize;

use crate::{
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{Subject, TenantId},
        mask::Masked,
        reason::OperatorReason,
    },
    tenancy::{
        flags::{self, Change, Flag, FlagChange, FlagName, FlagStore},
        history::TRIES,
    },
};

/// All of them stand in one item of the table, twice in one of its log.
const MOST: usize = 2000;

/// Why an operator suspends a tenant, or serves it again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Because {
    pub reason: OperatorReason,
}

galley_api::rule::choice!(
    /// Whether a tenant is served.
    Standing as "TenantStatus",
    { Active => "active", Suspended => "suspended" }
);

impl Standing {
    /// Of `tenant`, by the flag `tenants`.
    pub fn of(flag: Option<&Flag>, tenant: &TenantId) -> Self {
        if flags::serves(flag, tenant) { Self::Active } else { Self::Suspended }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SuspendError {
    #[error("the tenant of the operators is never suspended")]
    Operators,
    #[error("{MOST} tenants are suspended already")]
    TooMany,
    #[error("the flag tenants serves it to nobody: set the flag")]
    SwitchedOff,
    #[error("somebody else kept changing it")]
    Conflict,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Has `tenant` stand so. `None`: it does already.
///
/// # Errors
/// See `SuspendError`; nothing was changed.
pub async fn turn(
    store: &impl FlagStore,
    clock: &impl Clock,
    (tenant, to): (&TenantId, Standing),
    (by, because): (&Subject, &Because),
) -> Result<Option<FlagChange>, SuspendError> {
    if tenant.is_system() && to == Standing::Suspended {
        return Err(SuspendError::Operators);
    }
    let name = FlagName::tenants();
    for _ in 0..TRIES {
        let before = store.flag(&name).await?;
        let mut flag = before.clone().unwrap_or_default();
        // Also of one that is served by nobody for another reason: that may end.
        let is_new = match to {
            Standing::Suspended => flag.tenants_off.insert(tenant.clone()),
            Standing::Active => flag.tenants_off.remove(tenant),
        };
        if flag.tenants_off.len() > MOST {
            return Err(SuspendError::TooMany);
        }
        // Somebody switched all tenants off, or a share of them.
        if Standing::of(Some(&flag), tenant) != to {
            return Err(SuspendError::SwitchedOff);
        }
        if !is_new {
            return Ok(None);
        }
        let change = Change { by: by.clone(), reverts: None, reason: Some(Masked::of(because.reason.as_str())) };
        let after = Some(flag).filter(|flag| *flag != Flag::default());
        if let Some(change) = change.write(store, clock, (name.clone(), before), after).await? {
            return Ok(Some(change));
        }
    }
    Err(SuspendError::Conflict)
}
