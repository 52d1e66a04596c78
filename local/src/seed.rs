//! Development keys: one for each role of the default tenant, and one for the operator. Made once for a data
//! folder, kept in a file that only its owner can read; the table has only their hashes, as for any key. If the file was
//! removed, the keys that it held are revoked and new ones are made.

use std::collections::BTreeMap;

use galley_domain::{
    access::{
        keys::{KeyStore, StoredKey},
        role::{Principal, Role},
    },
    kernel::ids::{KeyId, Subject, TenantId},
};
use jiff::Timestamp;

use crate::{
    error::StackError,
    folder::{Folder, FolderError},
    parts,
};

/// The default tenant of the template.
pub const TENANT: &str = "default";

/// Where the keys are.
pub const FILE: &str = "keys.json";

const KEYS_AT_ONCE: u32 = 100;
const MARK: &str = "galley_";
/// The number of hexadecimal digits of a key's 256 random bits.
const HEX: usize = 64;

pub type Keys = BTreeMap<String, String>;

/// The keys by name: `viewer`, `author`, `editor`, `admin`, and `operator` of the tenant `system`.
///
/// # Errors
/// When the table refuses, or the file has something else than keys: those that it had are still in force.
pub async fn dev_keys(folder: &Folder, store: &impl KeyStore) -> Result<Keys, StackError> {
    let kept: Option<Keys> = folder.read(FILE)?;
    let mut keys = kept.clone().unwrap_or_default();
    let wanted = Role::ALL.map(|role| (role.name(), TENANT, role)).into_iter().chain([(
        "operator",
        TenantId::SYSTEM,
        Role::Admin,
    )]);
    if kept.is_none() {
        // The lost keys are revoked, in case someone else has the file; new ones are made below.
        for (name, tenant, _) in wanted.clone() {
            revoke_lost(store, tenant, &subject_of(name)).await?;
        }
    }
    for (name, ..) in wanted.clone() {
        // A file that exists must hold all keys. A missing one is not made anew, because the lost key would stay valid.
        if kept.is_none() {
            keys.insert(name.to_owned(), format!("{MARK}{}", parts::random_text()));
        }
        if !keys.get(name).is_some_and(|key| is_key(key)) {
            let why = format!("{name} has no whole key");
            return Err(FolderError::Damaged { path: folder.path().join(FILE), why }.into());
        }
    }
    // Written before the keys are stored in the table: a key that is in no file could not be revoked.
    if kept.as_ref() != Some(&keys) {
        folder.write(FILE, &keys)?;
    }
    for (name, tenant, role) in wanted {
        let key = keys.get(name).map_or("", String::as_str);
        // An existing key may have been revoked, and must stay so.
        if store.key(&KeyId::of(key)).await.map_err(|error| failed(error.to_string()))?.is_none() {
            put_key(store, key, tenant, &subject_of(name), role).await?;
        }
    }
    Ok(keys)
}

fn subject_of(name: &str) -> String {
    format!("dev-{name}")
}

/// Revokes the keys of a file that was removed; a new folder has none.
async fn revoke_lost(store: &impl KeyStore, tenant: &str, subject: &str) -> Result<(), StackError> {
    let tenant = TenantId::new(tenant).map_err(|error| failed(error.to_string()))?;
    let mut after = None;
    loop {
        let page = store.keys(&tenant, KEYS_AT_ONCE, after).await.map_err(|error| failed(error.to_string()))?;
        for key in page.items {
            if key.principal.subject.as_str() == subject && !key.revoked {
                store.revoke_key(&tenant, &key.id).await.map_err(|error| failed(error.to_string()))?;
                tracing::warn!(
                    "{FILE} is gone: the key of {subject} that begins {} is revoked, there is a new one",
                    key.prefix
                );
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn is_key(text: &str) -> bool {
    text.strip_prefix(MARK).is_some_and(|rest| rest.len() == HEX && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Stores `key` for a principal.
///
/// # Errors
/// When a name breaks its rule, or the table refuses.
pub async fn put_key(
    store: &impl KeyStore,
    key: &str,
    tenant: &str,
    subject: &str,
    role: Role,
) -> Result<(), StackError> {
    let principal = Principal {
        tenant: TenantId::new(tenant).map_err(|error| failed(error.to_string()))?,
        subject: Subject::new(subject).map_err(|error| failed(error.to_string()))?,
        role,
    };
    let stored = StoredKey::new(key, principal, Timestamp::now());
    store.put_key(stored, None).await.map_err(|error| failed(error.to_string()))
}

const fn failed(why: String) -> StackError {
    StackError::Part { what: "seed", why }
}

/// Makes the first key of a deployment: an operator's, with which all others are made.
///
/// # Errors
/// When the table refuses.
pub async fn operator_key(store: &impl KeyStore) -> Result<String, StackError> {
    let key = format!("galley_{}", parts::random_text());
    put_key(store, &key, TenantId::SYSTEM, "first-operator", Role::Admin).await?;
    Ok(key)
}
