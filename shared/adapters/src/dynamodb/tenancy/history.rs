//! Changes of tenants: each beside the settings that it changes, written with them in one transaction, and linked from whoever
//! made it.

use aws_sdk_dynamodb::types::{Update, builders::UpdateBuilder};
use galley_domain::{
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
        paging::{Page, PageKey},
    },
    tenancy::{
        history::{ChangePlace, History, HistoryStore, Maker, Own, TenantChange, Turned, What},
        settings::{Overrides, Policy, SiteLook},
    },
};

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, Item, SCHEMA_VERSION, n, s, text},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const SET_LIMITS: &str = "SET limits = :after, schema_version = :schema";
const LIMITS_AS_READ: &str = "limits = :before";
/// A missing value is read as the default.
const LIMITS_AS_READ_DEFAULT: &str = "attribute_not_exists(limits) OR limits = :before";
const SET_OWN: &str = "SET #policy = :after, disclosure = :disclosure, #site = :site, schema_version = :schema";
const RENAME: &str = "SET #by = :pseudonym";
const MADE_BY: &str = "#by = :subject";

fn limits(Turned { before, after }: &Turned<Overrides>) -> Result<UpdateBuilder, StoreError> {
    let is_usual = *before == Overrides::default();
    Ok(Update::builder()
        .update_expression(SET_LIMITS)
        .condition_expression(if is_usual { LIMITS_AS_READ_DEFAULT } else { LIMITS_AS_READ })
        .expression_attribute_values(":after", items::to_value("limits", after)?)
        .expression_attribute_values(":before", items::to_value("limits", before)?)
        .expression_attribute_values(":schema", n(SCHEMA_VERSION)))
}

/// That an attribute is as it was read; a missing value is read as the usual one.
fn as_read(attribute: &str, value: &str, is_usual: bool) -> String {
    if is_usual {
        format!("(attribute_not_exists({attribute}) OR {attribute} = {value})")
    } else {
        format!("{attribute} = {value}")
    }
}

fn own(Turned { before, after }: &Turned<Own>) -> Result<UpdateBuilder, StoreError> {
    let as_read = [
        as_read("#policy", ":before", before.policy == Policy::default()),
        as_read("disclosure", ":disclosed", before.disclosure.is_none()),
        as_read("#site", ":looked", *before.site == SiteLook::default()),
    ];
    Ok(Update::builder()
        .update_expression(SET_OWN)
        .condition_expression(as_read.join(" AND "))
        .expression_attribute_names("#policy", "policy")
        .expression_attribute_names("#site", "site")
        .expression_attribute_values(":after", items::to_value("policy", &after.policy)?)
        .expression_attribute_values(":before", items::to_value("policy", &before.policy)?)
        .expression_attribute_values(":disclosure", items::to_value("disclosure", &after.disclosure)?)
        .expression_attribute_values(":disclosed", items::to_value("disclosure", &before.disclosure)?)
        .expression_attribute_values(":site", items::to_value("site", &after.site)?)
        .expression_attribute_values(":looked", items::to_value("site", &before.site)?)
        .expression_attribute_values(":schema", n(SCHEMA_VERSION)))
}

fn change_from(item: Item) -> Result<TenantChange, StoreError> {
    items::from_item("tenant change", item)
}

impl HistoryStore for Table {
    async fn make_change(&self, change: &TenantChange) -> Result<bool, StoreError> {
        let (pk, sk) = keys::settings(&change.tenant);
        let replacing = match &change.what {
            What::Limits(turned) => limits(turned)?,
            What::Settings(turned) => own(turned)?,
        };
        let place = change.place();
        let kept = items::item_at(keys::tenant_change(&place), "tenant change", change)?;
        let (maker, leads_to) = keys::change_link(&change.by_tenant, &change.by, &place);
        let link = [("pk".into(), s(maker)), ("sk".into(), s(leads_to)), ("schema_version".into(), n(SCHEMA_VERSION))];
        let mut transaction = Transaction::new(&self.name);
        transaction.update(Part::Own, replacing.key("pk", s(pk)).key("sk", s(sk)))?;
        transaction.put(Part::Own, kept, Condition::New)?;
        transaction.put(Part::Link, Item::from(link), Condition::None)?;
        self.write(transaction).await
    }

    async fn change_at(&self, place: &ChangePlace) -> Result<Option<TenantChange>, StoreError> {
        self.get(keys::tenant_change(place)).await?.map(change_from).transpose()
    }

    async fn changes(
        &self,
        tenant: &TenantId,
        history: History,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<TenantChange>, StoreError> {
        let pk = keys::tenant_pk(tenant);
        let query = self.beginning(&pk, keys::changes(history)).scan_index_forward(false);
        self.page(query, (pk.clone(), pk), limit, after, change_from).await
    }

    async fn changes_by(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ChangePlace>, StoreError> {
        let pk = keys::subject_pk(tenant, subject);
        let query = self.beginning(&pk, keys::CHANGES).scan_index_forward(false);
        let place = |item: Item| {
            let sk = text(&item, "sk").unwrap_or_default();
            keys::change_place(&sk)
                .ok_or_else(|| StoreError::invalid(format!("the link {sk:?} names no change of a tenant")))
        };
        self.page(query, (pk.clone(), pk), limit, after, place).await
    }

    async fn rename_changer(
        &self,
        place: &ChangePlace,
        maker: Maker<'_>,
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let renamed = self
            .update(keys::tenant_change(place))
            .update_expression(RENAME)
            .condition_expression(MADE_BY)
            .expression_attribute_names("#by", "by")
            .expression_attribute_values(":subject", s(maker.subject.as_str()))
            .expression_attribute_values(":pseudonym", s(pseudonym.as_str()))
            .send()
            .await;
        met(renamed)?;
        let link = self.delete(keys::change_link(maker.tenant, maker.subject, place)).send().await;
        link.map(|_| ()).map_err(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As this release writes it; a later one has to read it.
    #[test]
    fn a_change_of_this_release_is_read_by_later_ones() {
        let item = serde_json::json!({"id": "01a1fed2-daa7-7712-a608-5f4255540dd0", "tenant": "acme", "of": "settings",
            "before": {"policy": {}}, "after": {"policy": {"quality_bar": 80}, "disclosure": "By a model."},
            "by": "ana", "by_tenant": "acme", "at": "2026-11-20T12:00:00Z"});
        let change = change_from(serde_dynamo::to_item(item).unwrap()).unwrap();
        assert_eq!((change.history(), change.reverts), (History::Settings, None));
        let link = keys::change_link(&change.by_tenant, &change.by, &change.place());
        assert_eq!(keys::change_place(&link.1), Some(change.place()), "the link leads to it");
        assert_eq!(keys::change_place("CHANGE#colours#acme#01a1fed2-daa7-7712-a608-5f4255540dd0"), None);
    }
}
