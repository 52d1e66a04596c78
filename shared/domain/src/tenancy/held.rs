//! What flags hold back just now, with who has said so and why: what an operator has to be reminded of.

use futures_util::future;

use crate::{
    kernel::error::StoreError,
    tenancy::flags::{Flag, FlagChange, FlagName, FlagStore},
};

/// Of the log the newest changes are read; one that is older has been known for long, and is in the log.
const NEWEST: u32 = 100;

/// A flag that is off for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub name: FlagName,
    pub flag: Flag,
    /// Its last change, where that is not long ago.
    pub last: Option<FlagChange>,
}

impl Held {
    /// A share of the tenants or one of them may be off for good; what is off for all waits for whoever turned it off.
    pub const fn is_for_all(&self) -> bool {
        !self.flag.enabled
    }
}

/// All flags that are off for somebody. The details of a task in the log are off as a rule.
///
/// # Errors
/// What the store says.
pub async fn held(store: &impl FlagStore) -> Result<Vec<Held>, StoreError> {
    let (flags, log) = future::try_join(store.flags(), store.flag_changes(NEWEST, None)).await?;
    let off = flags.into_iter().filter(|(name, flag)| !name.is_of_debugging() && flag.is_off_for_somebody());
    let with_last = |(name, flag)| {
        let last = log.items.iter().find(|change| change.flag == name).cloned();
        Held { name, flag, last }
    };
    Ok(off.map(with_last).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_holds_where_it_is_off_for_somebody() {
        let flag = |value: serde_json::Value| serde_json::from_value::<Flag>(value).unwrap();
        let on = flag(serde_json::json!({"enabled": true, "tenants_on": ["acme"]}));
        let half = flag(serde_json::json!({"enabled": true, "percent": 50}));
        let but = flag(serde_json::json!({"enabled": true, "tenants_off": ["acme"]}));
        let off = flag(serde_json::json!({"enabled": false}));
        assert_eq!([&on, &half, &but, &off].map(Flag::is_off_for_somebody), [false, true, true, true]);
        let held = |flag| Held { name: FlagName::generation(), flag, last: None };
        assert!(held(off).is_for_all() && !held(half).is_for_all());
    }
}
