//! What a schedule's owner may do at this moment: nobody signs in for a run, so the role is looked up.

use jiff::Timestamp;

use crate::{
    access::{
        keys::KeyStore,
        people::PersonStore,
        role::{Principal, Role},
    },
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
    },
};

/// Keys of a tenant that are looked through, the newest first, in pages of a hundred.
const MOST_PAGES: u8 = 10;
const PAGE: u32 = 100;

/// The highest role that somebody has, as one of the tenant's people or by a key that lasts; no more is looked for than is `enough`. `None`:
/// they are neither. A token of a foreign issuer tells its role only to whoever is shown it.
///
/// # Errors
/// When the store does not answer.
pub async fn present_role<S: PersonStore + KeyStore>(
    store: &S,
    (tenant, subject): (&TenantId, &Subject),
    enough: Role,
    now: Timestamp,
) -> Result<Option<Role>, StoreError> {
    let mut found = store.person(tenant, subject).await?.map(|person| person.role);
    let mut after = None;
    for _ in 0..MOST_PAGES {
        if found.is_some_and(|role| role >= enough) {
            break;
        }
        let page = store.keys(tenant, PAGE, after).await?;
        let theirs = page.items.iter().filter(|key| key.principal.subject == *subject && key.lasts(now));
        found = found.max(theirs.map(|key| key.principal.role).max());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(found)
}

/// What somebody may do by what they are now, at most as much as the request at hand shows.
///
/// # Errors
/// As `present_role`.
pub(super) async fn standing<S: PersonStore + KeyStore>(
    store: &S,
    by: &Principal,
    now: Timestamp,
) -> Result<Option<Role>, StoreError> {
    let present = present_role(store, (&by.tenant, &by.subject), by.role, now).await?;
    Ok(present.map(|role| role.min(by.role)))
}
