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
    let environment = stack.environment();
    put(|name| environment.get(name).cloned(), stack.table_name(), key, (tenant, subject, role)).await
}

/// Makes the first key of a deployment, an operator's, who makes all others. `get` knows region and credentials, as
/// `AWS_REGION` and the like.
///
/// # Errors
/// When something is missing, or the table refuses.
pub async fn operator_key(get: impl Fn(&str) -> Option<String>, table: &str) -> Result<String, StackError> {
    let key = format!("galley_{}", parts::random_text());
    put(get, table, &key, (TenantId::SYSTEM, "first-operator", Role::Admin)).await?;
    Ok(key)
}

async fn put(
    get: impl Fn(&str) -> Option<String>,
    table: &str,
    key: &str,
    (tenant, subject, role): (&str, &str, Role),
) -> Result<(), StackError> {
    let failed = |why: String| StackError::Part { what: "seed", why };
    let aws = Aws::from_vars(get).map_err(|error| failed(error.to_string()))?;
    let table = Table::new(&aws, table.to_owned());
    let principal = Principal {
        tenant: TenantId::new(tenant).map_err(|error| failed(error.to_string()))?,
        subject: Subject::new(subject).map_err(|error| failed(error.to_string()))?,
        role,
    };
    let stored = StoredKey::new(key, principal, Timestamp::now());
    table.put_key(stored).await.map_err(|error| failed(error.to_string()))
}
