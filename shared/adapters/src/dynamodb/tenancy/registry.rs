//! The list of tenants: one item collection, sorted by name.

use aws_sdk_dynamodb::types::{Update, builders::UpdateBuilder};
use galley_domain::{
    kernel::{
        error::StoreError,
        ids::TenantId,
        paging::{Page, PageKey},
    },
    tenancy::registry::{Registered, RegistryStore},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::dynamodb::{
    items::{self, Item, SCHEMA_VERSION, n, to_value},
    keys,
    table::Table,
    task::transaction::{Part, Transaction},
};

/// Whoever is there stays since when it was.
const REGISTER: &str = "SET since = if_not_exists(since, :since), schema_version = :schema";

const NOT_LISTED: &str = "attribute_not_exists(pk)";

#[derive(Deserialize)]
struct RegisteredItem {
    sk: TenantId,
    since: Timestamp,
}

fn registered_from(item: Item) -> Result<Registered, StoreError> {
    let RegisteredItem { sk, since } = items::from_item("tenant", item)?;
    Ok(Registered { tenant: sk, since })
}

/// The update that puts a tenant on the list, for the transaction that makes it one.
pub(crate) fn registering(tenant: &TenantId, since: Timestamp) -> Result<UpdateBuilder, StoreError> {
    let (pk, sk) = keys::registered(tenant);
    Ok(Update::builder()
        .key("pk", items::s(pk))
        .key("sk", items::s(sk))
        .update_expression(REGISTER)
        .expression_attribute_values(":since", to_value("tenant", &since)?)
        .expression_attribute_values(":schema", n(SCHEMA_VERSION)))
}

impl RegistryStore for Table {
    async fn register(&self, registered: &Registered) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(&self.name);
        let update = registering(&registered.tenant, registered.since)?;
        transaction.update(Part::Own, update.condition_expression(NOT_LISTED))?;
        // Whoever is there stays as they are.
        self.write(transaction).await.map(|_| ())
    }

    async fn registered(&self, tenant: &TenantId) -> Result<Option<Registered>, StoreError> {
        self.get(keys::registered(tenant)).await?.map(registered_from).transpose()
    }

    async fn all_registered(&self, limit: u32, after: Option<PageKey>) -> Result<Page<Registered>, StoreError> {
        let pk = keys::TENANTS.to_owned();
        self.page(self.all_of(keys::TENANTS), (pk.clone(), pk), limit, after, registered_from).await
    }
}
