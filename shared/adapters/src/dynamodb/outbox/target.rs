//! Targets, and their lines in the directory that the tenant's settings hold. Both are written together.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{Update, builders::UpdateBuilder};
use galley_domain::{
    content::kind::TaskType,
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{Generation, Subject, TargetName, TenantId},
        url::PublicUrl,
    },
    outbox::target::{Pause, Target, TargetSettings, TargetStore},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, SCHEMA_VERSION, n, s, text},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const LIST: &str = "SET #line = :types, schema_version = :schema";
const UNLIST: &str = "REMOVE #line";

#[derive(Serialize, Deserialize)]
struct TargetItem {
    tenant: TenantId,
    version: u64,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    url: PublicUrl,
    settings: TargetSettings,
    default_for: BTreeSet<TaskType>,
    site: Generation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<Generation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<Pause>,
    #[serde(default)]
    failures: u32,
    created_at: Timestamp,
    created_by: Subject,
}

fn target_item(target: &Target) -> Result<Item, StoreError> {
    let about = About {
        url: target.url.clone(),
        settings: target.settings.clone(),
        default_for: target.default_for.clone(),
        site: target.site.clone(),
        secret: target.secret.clone(),
        pause: target.pause.clone(),
        failures: target.failures,
        created_at: target.created_at,
        created_by: target.created_by.clone(),
    };
    let stored = TargetItem { tenant: target.tenant.clone(), version: target.version, about };
    items::item_at(keys::target(&target.tenant, &target.name), "target", &stored)
}

fn target_from(item: Item) -> Result<Target, StoreError> {
    let name = TargetName::new(text(&item, "sk").unwrap_or_default());
    let TargetItem { tenant, version, about } = items::from_item("target", item)?;
    Ok(Target {
        name: name.map_err(|error| items::unreadable("target", error))?,
        tenant,
        url: about.url,
        settings: about.settings,
        default_for: about.default_for,
        site: about.site,
        secret: about.secret,
        pause: about.pause,
        failures: about.failures,
        version,
        created_at: about.created_at,
        created_by: about.created_by,
    })
}

fn line_of(target: &Target) -> UpdateBuilder {
    let (pk, sk) = keys::settings(&target.tenant);
    let update = Update::builder().key("pk", s(pk)).key("sk", s(sk));
    update.expression_attribute_names("#line", keys::directory_line(&target.name))
}

impl Transaction<'_> {
    fn list(&mut self, target: &Target) -> Result<(), StoreError> {
        let types = items::to_value("target", &target.default_for)?;
        let update = line_of(target)
            .update_expression(LIST)
            .expression_attribute_values(":types", types)
            .expression_attribute_values(":schema", n(SCHEMA_VERSION));
        self.update(Part::Own, update)
    }

    fn unlist(&mut self, target: &Target) -> Result<(), StoreError> {
        self.update(Part::Own, line_of(target).update_expression(UNLIST))
    }
}

impl TargetStore for Table {
    async fn target(&self, tenant: &TenantId, name: &TargetName) -> Result<Option<Target>, StoreError> {
        self.get(keys::target(tenant, name)).await?.map(target_from).transpose()
    }

    async fn targets(&self, tenant: &TenantId) -> Result<Vec<Target>, StoreError> {
        // A tenant has few, far fewer than fill a page.
        let answer = self.all_of(keys::targets_pk(tenant)).send().await.map_err(unavailable)?;
        answer.items.unwrap_or_default().into_iter().map(target_from).collect()
    }

    async fn make_target(&self, target: &Target, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, target_item(target)?, Condition::New)?;
        transaction.list(target)?;
        self.write_once(transaction, claim).await
    }

    async fn keep_target(&self, target: &Target, over: u64) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put_over(Part::Own, target_item(target)?, over)?;
        transaction.list(target)?;
        self.write(transaction).await
    }

    async fn remove_target(&self, target: &Target) -> Result<bool, StoreError> {
        let (pk, sk) = keys::target(&target.tenant, &target.name);
        let mut transaction = Transaction::new(&self.name);
        let key = Item::from([("pk".into(), s(pk)), ("sk".into(), s(sk))]);
        transaction.delete_over(Part::Own, key, target.version)?;
        transaction.unlist(target)?;
        self.write(transaction).await
    }
}
