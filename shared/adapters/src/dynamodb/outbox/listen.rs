//! Events in mailboxes. Each is written once, and goes by its time to live.

use galley_domain::{
    kernel::{
        error::StoreError,
        ids::{ListenerName, TenantId},
        paging::PageKey,
    },
    outbox::listen::{Heard, ListenStore},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dynamodb::{
    items::{self, Item, text, ttl},
    keys,
    table::Table,
};

#[derive(Serialize, Deserialize)]
struct HeardItem {
    tenant: TenantId,
    listener: ListenerName,
    event_type: String,
    body: String,
    at: Timestamp,
}

pub(crate) fn heard_item(heard: &Heard) -> Result<Item, StoreError> {
    let stored = HeardItem {
        tenant: heard.tenant.clone(),
        listener: heard.listener.clone(),
        event_type: heard.event_type.clone(),
        body: heard.body.clone(),
        at: heard.at,
    };
    let mut item = items::item_at(keys::heard(&heard.tenant, &heard.listener, heard.id), "heard event", &stored)?;
    item.insert("ttl".into(), ttl(heard.at, Heard::KEPT_DAYS));
    Ok(item)
}

fn heard_from(item: Item) -> Result<Heard, StoreError> {
    let id = text(&item, "sk").unwrap_or_default().parse();
    let HeardItem { tenant, listener, event_type, body, at } = items::from_item("heard event", item)?;
    Ok(Heard {
        id: id.map_err(|error: uuid::Error| items::unreadable("heard event", error))?,
        tenant,
        listener,
        event_type,
        body,
        at,
    })
}

impl ListenStore for Table {
    async fn heard(
        &self,
        tenant: &TenantId,
        listener: &ListenerName,
        limit: u32,
        after: Option<Uuid>,
    ) -> Result<Vec<Heard>, StoreError> {
        let pk = keys::mailbox_pk(tenant, listener);
        let query = self.all_of(pk.clone());
        let after = after.map(|id| PageKey { sort: id.to_string(), id: pk.clone() });
        Ok(self.page(query, (pk.clone(), pk), limit, after, heard_from).await?.items)
    }
}
