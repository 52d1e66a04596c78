//! Flags and the log of their changes: two item collections, small enough to be read whole.

use std::collections::BTreeMap;

use galley_domain::{
    kernel::{
        error::StoreError,
        paging::{Page, PageKey},
    },
    tenancy::flags::{Flag, FlagChange, FlagName, FlagStore},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, text},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

#[derive(Serialize, Deserialize)]
struct StoredFlag {
    name: FlagName,
    /// `None`: the flag was reset to its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flag: Option<Flag>,
}

impl FlagStore for Table {
    async fn flags(&self) -> Result<BTreeMap<FlagName, Flag>, StoreError> {
        let answer = self.all_of(keys::FLAGS).send().await.map_err(unavailable)?;
        flags_from(answer.items.unwrap_or_default())
    }

    async fn flag(&self, name: &FlagName) -> Result<Option<Flag>, StoreError> {
        let item = self.get(keys::flag(name)).await?;
        Ok(item.map(|item| items::from_item::<StoredFlag>("flag", item)).transpose()?.and_then(|stored| stored.flag))
    }

    async fn change_flag(&self, change: &FlagChange) -> Result<bool, StoreError> {
        let stored = StoredFlag { name: change.flag.clone(), flag: change.after.clone() };
        let flag = items::item_at(keys::flag(&change.flag), "flag", &stored)?;
        let log = items::item_at(keys::flag_change(change.id), "flag change", change)?;
        let mut transaction = Transaction::new(&self.name);
        let condition = match &change.before {
            None => Condition::Without("flag"),
            Some(before) => Condition::Having("flag", items::to_value("flag", before)?),
        };
        transaction.put(Part::Own, flag, condition)?;
        transaction.put(Part::Own, log, Condition::None)?;
        self.write(transaction).await
    }

    async fn flag_change(&self, id: Uuid) -> Result<Option<FlagChange>, StoreError> {
        let item = self.get(keys::flag_change(id)).await?;
        Ok(changes_from(item.into_iter().collect())?.pop())
    }

    async fn flag_changes(&self, limit: u32, after: Option<PageKey>) -> Result<Page<FlagChange>, StoreError> {
        let query = self.all_of(keys::FLAG_LOG).scan_index_forward(false);
        let under = (keys::FLAG_LOG.to_owned(), keys::FLAG_LOG.to_owned());
        let Page { items, next } = self.page(query, under, limit, after, Ok).await?;
        Ok(Page { items: changes_from(items)?, next })
    }
}

fn flags_from(items: Vec<Item>) -> Result<BTreeMap<FlagName, Flag>, StoreError> {
    let known = items.into_iter().filter(|item| is_known(item, "name"));
    let stored = known.map(|item| items::from_item::<StoredFlag>("flag", item)).collect::<Result<Vec<_>, _>>()?;
    Ok(stored.into_iter().filter_map(|stored| Some((stored.name, stored.flag?))).collect())
}

fn changes_from(items: Vec<Item>) -> Result<Vec<FlagChange>, StoreError> {
    let known = items.into_iter().filter(|item| is_known(item, "flag"));
    known.map(|item| items::from_item("flag change", item)).collect()
}

/// Whether this release knows the flag that `attribute` names. One of another release must not make all others unreadable:
/// whatever was switched off would count as on.
fn is_known(item: &Item, attribute: &str) -> bool {
    let Some(name) = text(item, attribute) else { return true };
    let known = FlagName::try_from(name.clone()).is_ok();
    if !known {
        tracing::warn!(flag = name, "a flag that this release does not know is left out");
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(mut item: serde_json::Value) -> Item {
        item["schema_version"] = 1.into();
        serde_dynamo::to_item(item).unwrap()
    }

    #[test]
    fn a_flag_of_another_release_hides_no_other() {
        let off = |name: &str| stored(serde_json::json!({"name": name, "flag": {"enabled": false}}));
        let flags = flags_from(vec![off("colours"), off("generation"), off("provider.openai")]).unwrap();
        assert_eq!(flags.len(), 2);
        assert!(flags.values().all(|flag| !flag.enabled));
        let broken = stored(serde_json::json!({"name": "writes", "flag": {"enabled": "perhaps"}}));
        assert!(flags_from(vec![broken]).is_err(), "a known flag is never passed over");
    }

    #[test]
    fn a_change_of_a_flag_of_another_release_hides_no_other() {
        let change = |name: &str| {
            stored(serde_json::json!({"id": "01a1fed2-daa7-7712-a608-5f4255540dd0", "flag": name,
                "after": {"enabled": false}, "by": "ops", "at": "2026-11-20T12:00:00Z"}))
        };
        let changes = changes_from(vec![change("colours"), change("writes")]).unwrap();
        assert_eq!(changes.iter().map(|change| change.flag.as_str()).collect::<Vec<_>>(), ["writes"]);
    }
}
