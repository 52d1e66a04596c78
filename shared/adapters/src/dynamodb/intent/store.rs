//! Intents, each among the links of whoever wrote it: a look under another name, and of an export or an erasure under theirs, is by its key.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    intent::{
        record::{Intent, IntentText, KEPT, Reading},
        store::IntentStore,
    },
    kernel::{
        error::StoreError,
        ids::{IntentId, Subject, TenantId},
        paging::{Page, PageKey},
    },
    schedule::zone::Zone,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, n, text},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

#[derive(Serialize, Deserialize)]
struct IntentItem {
    tenant: TenantId,
    subject: Subject,
    text: IntentText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<Zone>,
    /// JSON: bodies have numbers of their own.
    reading: String,
    created_at: Timestamp,
}

fn intent_item(intent: &Intent) -> Result<Item, StoreError> {
    let stored = IntentItem {
        tenant: intent.tenant.clone(),
        subject: intent.subject.clone(),
        text: intent.text.clone(),
        zone: intent.zone.clone(),
        reading: serde_json::to_string(&intent.reading).map_err(StoreError::invalid)?,
        created_at: intent.created_at,
    };
    let key = keys::intent(&intent.tenant, &intent.subject, &intent.id);
    let mut item = items::item_at(key, "intent", &stored)?;
    item.insert("ttl".into(), n((intent.created_at + KEPT).as_second()));
    Ok(item)
}

fn intent_from(item: Item) -> Result<Intent, StoreError> {
    let id = text(&item, "sk").unwrap_or_default();
    let id = id.strip_prefix(keys::INTENTS).unwrap_or_default().parse();
    let id: IntentId = id.map_err(|error| items::unreadable("intent", error))?;
    let IntentItem { tenant, subject, text, zone, reading, created_at } = items::from_item("intent", item)?;
    let reading: Reading = serde_json::from_str(&reading).map_err(|error| items::unreadable("intent", error))?;
    Ok(Intent { id, tenant, subject, text, zone, reading, created_at })
}

impl IntentStore for Table {
    async fn intent(&self, tenant: &TenantId, subject: &Subject, id: &IntentId) -> Result<Option<Intent>, StoreError> {
        self.get(keys::intent(tenant, subject, id)).await?.map(intent_from).transpose()
    }

    async fn make_intent(&self, intent: &Intent, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, intent_item(intent)?, Condition::New)?;
        self.write_once(transaction, claim).await.map(|_| ())
    }

    async fn intents_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Intent>, StoreError> {
        let pk = keys::subject_pk(tenant, subject);
        let query = self.beginning(&pk, keys::INTENTS);
        self.page(query, (pk, subject.to_string()), limit, after, intent_from).await
    }

    async fn remove_intent(&self, tenant: &TenantId, subject: &Subject, id: &IntentId) -> Result<(), StoreError> {
        self.delete(keys::intent(tenant, subject, id)).send().await.map(|_| ()).map_err(unavailable)
    }
}
