//! Keys to try Galley with: one for each role of the default tenant, and one for the operator. Made once for a data
//! folder, kept in a file that only its owner reads; the table has their hashes alone, as for any key.

use std::collections::BTreeMap;

use galley_adapters::{aws::Aws, dynamodb::Table};
use galley_domain::{
    access::{Principal, Role},
    ids::{Subject, TenantId},
    ports::{KeyStore, StoredKey},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{Stack, StackError, parts};

/// The default tenant of the template.
pub const TENANT: &str = "default";

/// The keys by name: `viewer`, `author`, `editor`, `admin`, and `operator` of the tenant `system`.
///
/// # Errors
/// When the table or the file refuses.
pub async fn dev_keys(stack: &Stack) -> Result<BTreeMap<String, String>, StackError> {
    let file = stack.data().join("keys.json");
    let mut keys: BTreeMap<String, String> =
        std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let wanted = Role::ALL.map(|role| (role.name(), TENANT, role)).into_iter().chain([(
        "operator",
        TenantId::SYSTEM,
        Role::Admin,
    )]);
    for (name, tenant, role) in wanted {
        let key = keys.entry(name.to_owned()).or_insert_with(|| format!("galley_{}", parts::random_text()));
        put_key(stack, key, tenant, &format!("dev-{name}"), role).await?;
    }
    parts::write_private(&file, &keys)?;
    Ok(keys)
}

/// Makes `key` stand for somebody.
///
/// # Errors
/// When a name breaks its rule, or the table refuses.
pub async fn put_key(stack: &Stack, key: &str, tenant: &str, subject: &str, role: Role) -> Result<(), StackError> {
    let failed = |why: String| StackError::Part { what: "seed", why };
    let environment = stack.environment();
    let aws = Aws::from_vars(|name| environment.get(name).cloned()).map_err(|error| failed(error.to_string()))?;
    let table = Table::new(&aws, stack.table_name().to_owned());
    let principal = Principal {
        tenant: TenantId::new(tenant).map_err(|error| failed(error.to_string()))?,
        subject: Subject::new(subject).map_err(|error| failed(error.to_string()))?,
        role,
    };
    let stored = StoredKey {
        sha256: hex::encode(Sha256::digest(key)),
        principal,
        created_at: Timestamp::now(),
        expires_at: None,
        revoked: false,
    };
    table.put_key(stored).await.map_err(|error| failed(error.to_string()))
}
