//! API keys, by their SHA-256 alone.

use galley_domain::{
    access::{Principal, Role},
    ids::{Subject, TenantId},
    ports::{KeyStore, StoreError, StoredKey},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Table, items, keys, s, unavailable};

#[derive(Serialize, Deserialize)]
struct KeyItem {
    tenant: TenantId,
    subject: Subject,
    role: Role,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked: bool,
}

impl KeyStore for Table {
    async fn key(&self, sha256: &str) -> Result<Option<StoredKey>, StoreError> {
        let Some(item) = self.get(keys::api_key(sha256)).await? else { return Ok(None) };
        let key: KeyItem = items::from_item("API key", item)?;
        Ok(Some(StoredKey {
            sha256: sha256.to_owned(),
            principal: Principal { tenant: key.tenant, subject: key.subject, role: key.role },
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked: key.revoked,
        }))
    }

    async fn put_key(&self, key: StoredKey) -> Result<(), StoreError> {
        let stored = KeyItem {
            tenant: key.principal.tenant.clone(),
            subject: key.principal.subject,
            role: key.principal.role,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked: key.revoked,
        };
        let mut item = items::item_at(keys::api_key(&key.sha256), "API key", &stored)?;
        // The first 16 digits of the hash name it in lists.
        let id = key.sha256.get(..16).unwrap_or(&key.sha256).to_owned();
        item.insert("list_pk".into(), s(keys::list_of(&key.principal.tenant, "KEY")));
        item.insert("list_sk".into(), s(keys::list_sort(key.created_at, &id)));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unavailable)
    }
}
