//! API keys, by their hash.

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use galley_domain::{
    access::{
        acts::Actor,
        keys::{KeyStore, StoredKey},
        role::{Principal, Role},
    },
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{KeyId, Subject, TenantId},
        paging::{Page, PageKey},
    },
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::met,
    items::{self, Item, s, text},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
    tenancy::registry::registering,
};

const LIST: Listed = Listed { name: "KEY", prefix: keys::KEY_PREFIX, sk: "KEY" };
const REVOKE: &str = "SET about.revoked = :true";
const ERASE: &str = "SET about.revoked = :true, about.subject = :pseudonym";
const OURS: &str = "tenant = :tenant";
const OURS_AND_LASTING: &str = "tenant = :tenant AND about.revoked = :false";
const USED: &str = "SET about.last_used = :day";
const KNOWN_AND_EARLIER: &str =
    "attribute_exists(pk) AND (attribute_not_exists(about.last_used) OR about.last_used < :day)";

#[derive(Serialize, Deserialize)]
struct KeyItem {
    tenant: TenantId,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    prefix: String,
    subject: Subject,
    role: Role,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_by: Option<Subject>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_operator: bool,
    expires_at: Option<Timestamp>,
    /// Absent until it was used: a condition asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used: Option<Date>,
    revoked: bool,
}

fn key_from(item: Item) -> Result<StoredKey, StoreError> {
    let id = text(&item, "pk").unwrap_or_default();
    let id = id.strip_prefix(keys::KEY_PREFIX).unwrap_or_default().parse();
    let KeyItem { tenant, about } = items::from_item("API key", item)?;
    Ok(StoredKey {
        id: id.map_err(|error| items::unreadable("API key", error))?,
        prefix: about.prefix,
        principal: Principal { tenant, subject: about.subject, role: about.role },
        created_at: about.created_at,
        made_by: match about.made_by {
            Some(subject) => Some(Actor::Person { subject }),
            None => about.by_operator.then_some(Actor::Operator),
        },
        expires_at: about.expires_at,
        last_used: about.last_used,
        revoked: about.revoked,
    })
}

impl KeyStore for Table {
    async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, StoreError> {
        self.get(keys::api_key(id)).await?.map(key_from).transpose()
    }

    async fn put_key(&self, key: StoredKey, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let Principal { tenant, subject, role } = key.principal;
        let list = keys::list_of(&tenant, LIST.name);
        let about = About {
            prefix: key.prefix,
            subject,
            role,
            created_at: key.created_at,
            made_by: key.made_by.as_ref().and_then(Actor::subject).cloned(),
            by_operator: key.made_by == Some(Actor::Operator),
            expires_at: key.expires_at,
            last_used: key.last_used,
            revoked: key.revoked,
        };
        let registering = registering(&tenant, key.created_at)?;
        let mut item = items::item_at(keys::api_key(&key.id), "API key", &KeyItem { tenant, about })?;
        item.insert("list_pk".into(), s(list));
        item.insert("list_sk".into(), s(keys::list_sort(key.created_at, key.id.as_str())));
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, item, Condition::None)?;
        transaction.update(Part::Own, registering)?;
        self.write_once(transaction, claim).await.map(|_| ())
    }

    async fn keys(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<StoredKey>, StoreError> {
        self.listed(LIST, tenant, limit, after, key_from).await
    }

    async fn revoke_key(&self, tenant: &TenantId, id: &KeyId) -> Result<bool, StoreError> {
        let (pk, sk) = keys::api_key(id);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(REVOKE)
            .condition_expression(OURS_AND_LASTING)
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":false", AttributeValue::Bool(false))
            .expression_attribute_values(":tenant", s(tenant.as_str()));
        let mut transaction = Transaction::new(&self.name);
        transaction.update(Part::Own, update)?;
        if self.write(transaction).await? {
            return Ok(true);
        }
        // One that was revoked before is, and nothing more is done to it.
        Ok(self.key(id).await?.is_some_and(|key| key.principal.tenant == *tenant && key.revoked))
    }

    async fn erase_key(&self, tenant: &TenantId, id: &KeyId, pseudonym: &Subject) -> Result<(), StoreError> {
        let erased = self
            .update(keys::api_key(id))
            .update_expression(ERASE)
            .condition_expression(OURS)
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":pseudonym", s(pseudonym.as_str()))
            .expression_attribute_values(":tenant", s(tenant.as_str()))
            .send()
            .await;
        met(erased).map(|_| ())
    }

    async fn key_used(&self, id: &KeyId, on: Date) -> Result<(), StoreError> {
        let used = self
            .update(keys::api_key(id))
            .update_expression(USED)
            .condition_expression(KNOWN_AND_EARLIER)
            .expression_attribute_values(":day", s(on.to_string()))
            .send()
            .await;
        met(used).map(|_| ())
    }
}
