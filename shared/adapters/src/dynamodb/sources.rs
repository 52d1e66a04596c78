//! Webhook sources.

use std::collections::BTreeSet;

use galley_domain::{
    ids::{SourceId, Subject, TenantId},
    ports::{Page, PageKey, SourceStore, StoreError},
    webhook::{
        scheme::Scheme,
        source::{Event, Source},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Item, Table, conditions::met, items, keys, listing::Listed, s, tasks::text};

const LIST: Listed = Listed { name: "SOURCE", prefix: keys::SOURCE_PREFIX, sk: keys::META };
const NEW: &str = "attribute_not_exists(pk)";
const OURS: &str = "tenant = :tenant";

#[derive(Serialize, Deserialize)]
struct SourceItem {
    tenant: TenantId,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    scheme: Scheme,
    events: BTreeSet<Event>,
    may_auto_publish: bool,
    created_at: Timestamp,
    created_by: Subject,
}

fn source_from(item: Item) -> Result<Source, StoreError> {
    let id = text(&item, "pk").unwrap_or_default();
    let id = id.strip_prefix(keys::SOURCE_PREFIX).unwrap_or_default().parse();
    let SourceItem { tenant, about } = items::from_item("webhook source", item)?;
    Ok(Source {
        id: id.map_err(|error| items::unreadable("webhook source", error))?,
        tenant,
        scheme: about.scheme,
        events: about.events,
        may_auto_publish: about.may_auto_publish,
        created_at: about.created_at,
        created_by: about.created_by,
    })
}

impl SourceStore for Table {
    async fn source(&self, id: &SourceId) -> Result<Option<Source>, StoreError> {
        self.get(keys::source(id)).await?.map(source_from).transpose()
    }

    async fn make_source(&self, source: Source) -> Result<bool, StoreError> {
        let list = keys::list_of(&source.tenant, LIST.name);
        let about = About {
            scheme: source.scheme,
            events: source.events,
            may_auto_publish: source.may_auto_publish,
            created_at: source.created_at,
            created_by: source.created_by,
        };
        let stored = SourceItem { tenant: source.tenant, about };
        let mut item = items::item_at(keys::source(&source.id), "webhook source", &stored)?;
        item.insert("list_pk".into(), s(list));
        item.insert("list_sk".into(), s(keys::list_sort(source.created_at, source.id.as_str())));
        met(self.client.put_item().table_name(&self.name).set_item(Some(item)).condition_expression(NEW).send().await)
    }

    async fn sources(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Source>, StoreError> {
        self.listed(LIST, tenant, limit, after, source_from).await
    }

    async fn remove_source(&self, tenant: &TenantId, id: &SourceId) -> Result<bool, StoreError> {
        let removed = self
            .delete(keys::source(id))
            .condition_expression(OURS)
            .expression_attribute_values(":tenant", s(tenant.as_str()))
            .send()
            .await;
        met(removed)
    }
}
