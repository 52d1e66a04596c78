//! Webhook sources.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::Update;
use galley_domain::{
    idempotency::claim::{Claim, ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{Generation, Subject, TenantId},
        paging::{Page, PageKey},
    },
    signing::scheme::Scheme,
    webhooks::source::{Event, Found, Rotating, RotationStart, Source, SourceName, SourceStore},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    idempotency::claim::StoredClaim,
    items::{self, Item, n, s, text},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const LIST: Listed = Listed { name: "SOURCE", prefix: keys::SOURCE_PREFIX, sk: keys::META };
const AS_MADE: &str = "about.created_at = :made";
/// How often a removal is begun anew where another life of the name came between.
const REMOVALS: u8 = 3;
const BEGIN: &str = "SET about.rotation = :rotation";
/// The source as it was read, with the secret that it had, and nobody who is giving it another.
const BEGIN_OF_GENERATION: &str = "tenant = :tenant AND about.generation = :generation \
     AND (attribute_not_exists(about.secret_generation) OR about.secret_generation = :before) \
     AND (attribute_not_exists(about.rotation) OR about.rotation.ends_ms <= :now)";
const BEGIN_OF_NONE: &str = "tenant = :tenant AND attribute_not_exists(about.generation) \
     AND (attribute_not_exists(about.secret_generation) OR about.secret_generation = :before) \
     AND (attribute_not_exists(about.rotation) OR about.rotation.ends_ms <= :now)";
const END: &str = "SET about.secret_generation = :secret REMOVE about.rotation";
const END_OF_GENERATION: &str =
    "tenant = :tenant AND about.generation = :generation AND about.rotation.generation = :secret";
const END_OF_NONE: &str =
    "tenant = :tenant AND attribute_not_exists(about.generation) AND about.rotation.generation = :secret";

#[derive(Serialize, Deserialize)]
struct SourceItem {
    tenant: TenantId,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    scheme: Scheme,
    events: BTreeSet<Event>,
    may_auto_publish: bool,
    created_at: Timestamp,
    created_by: Subject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generation: Option<Generation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_generation: Option<Generation>,
}

/// A rotation that is under way.
#[derive(Serialize)]
struct StoredRotation<'a> {
    generation: &'a Generation,
    ends_ms: i64,
}

fn source_from(item: Item) -> Result<Source, StoreError> {
    let name = keys::source_name(&text(&item, "pk").unwrap_or_default());
    let SourceItem { tenant, about } = items::from_item("webhook source", item)?;
    Ok(Source {
        name: name.map_err(|error| items::unreadable("webhook source", error))?,
        tenant,
        generation: about.generation,
        secret_generation: about.secret_generation,
        scheme: about.scheme,
        events: about.events,
        may_auto_publish: about.may_auto_publish,
        created_at: about.created_at,
        created_by: about.created_by,
    })
}

impl SourceStore for Table {
    async fn source(&self, name: &SourceName) -> Result<Option<Source>, StoreError> {
        self.get(keys::source(name)).await?.map(source_from).transpose()
    }

    async fn look_up(&self, names: &[SourceName], claim: Option<&Claim>, now: Timestamp) -> Result<Found, StoreError> {
        let wanted: Vec<keys::Key> = names.iter().map(keys::source).chain(claim.map(keys::claim)).collect();
        let mut found = Found::default();
        for item in self.get_all(&wanted).await? {
            match claim.filter(|claim| text(&item, "pk").as_ref() == Some(&keys::claim(claim).0)) {
                Some(claim) => found.claimed = StoredClaim::of(item, claim, now)?,
                None => found.sources.push(source_from(item)?),
            }
        }
        Ok(found)
    }

    async fn make_source(&self, source: Source, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let list = keys::list_of(&source.tenant, LIST.name);
        let about = About {
            scheme: source.scheme,
            events: source.events,
            may_auto_publish: source.may_auto_publish,
            created_at: source.created_at,
            created_by: source.created_by,
            generation: source.generation,
            secret_generation: source.secret_generation,
        };
        let stored = SourceItem { tenant: source.tenant, about };
        let mut item = items::item_at(keys::source(&source.name), "webhook source", &stored)?;
        item.insert("list_pk".into(), s(list));
        item.insert("list_sk".into(), s(keys::list_sort(source.created_at, source.name.id().as_str())));
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, item, Condition::New)?;
        self.write_once(transaction, claim).await
    }

    async fn sources(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Source>, StoreError> {
        self.listed(LIST, tenant, limit, after, source_from).await
    }

    async fn begin_rotation(
        &self,
        source: &Source,
        rotation: &Rotating,
        claim: Option<&Claim>,
        now: Timestamp,
    ) -> Result<RotationStart, ClaimError> {
        let stored = StoredRotation { generation: &rotation.generation, ends_ms: rotation.until.as_millisecond() };
        let before = source.secret_generation.as_ref().map_or("", Generation::as_str);
        let (pk, sk) = keys::source(&source.name);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(BEGIN)
            .expression_attribute_values(":tenant", s(source.tenant.as_str()))
            .expression_attribute_values(":rotation", items::to_value("rotation", &stored)?)
            .expression_attribute_values(":before", s(before))
            .expression_attribute_values(":now", n(now.as_millisecond()));
        let update = match &source.generation {
            Some(generation) => update
                .condition_expression(BEGIN_OF_GENERATION)
                .expression_attribute_values(":generation", s(generation.as_str())),
            None => update.condition_expression(BEGIN_OF_NONE),
        };
        let mut transaction = Transaction::new(&self.name);
        transaction.update(Part::Own, update)?;
        if let Some(claim) = claim {
            transaction.claim_is_free(claim, now)?;
        }
        if self.write_once(transaction, None).await? {
            return Ok(RotationStart::Alone);
        }
        let present = self.source(&source.name).await?;
        Ok(if present.is_some_and(|present| present.is_life_of(source)) {
            RotationStart::Elsewhere
        } else {
            RotationStart::Gone
        })
    }

    async fn keep_secret_generation(
        &self,
        source: &Source,
        secret: &Generation,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        let (pk, sk) = keys::source(&source.name);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(END)
            .expression_attribute_values(":tenant", s(source.tenant.as_str()))
            .expression_attribute_values(":secret", s(secret.as_str()));
        let update = match &source.generation {
            Some(generation) => update
                .condition_expression(END_OF_GENERATION)
                .expression_attribute_values(":generation", s(generation.as_str())),
            None => update.condition_expression(END_OF_NONE),
        };
        let mut transaction = Transaction::new(&self.name);
        transaction.update(Part::Own, update)?;
        self.write_once(transaction, claim).await
    }

    async fn remove_source(&self, tenant: &TenantId, name: &SourceName) -> Result<Option<Source>, StoreError> {
        // What it was is told by what was read: the removal is of that life of the name, and of no later one.
        for _ in 0..REMOVALS {
            let found = self.source(name).await?.filter(|found| found.tenant == *tenant);
            let Some(found) = found else { return Ok(None) };
            let made = items::to_value("webhook source", &found.created_at)?;
            let mut transaction = Transaction::new(&self.name);
            transaction.delete(Part::Own, keys::source(name), (AS_MADE, ":made", made))?;
            if self.write(transaction).await? {
                return Ok(Some(found));
            }
        }
        Err(unavailable("the source kept changing"))
    }
}

#[cfg(test)]
mod tests {
    use galley_domain::kernel::ids::SourceKey;

    use super::*;

    /// As it was written while names were one for all tenants.
    #[test]
    fn an_older_source_is_read_and_keeps_the_name_of_its_secret() {
        let item: Item = [
            ("pk", s("SOURCE#cms")),
            ("sk", s("META")),
            ("tenant", s("acme")),
            (
                "about",
                items::to_value(
                    "webhook source",
                    &serde_json::json!({"scheme": "galley", "events": ["content.failed"], "may_auto_publish": false,
                        "created_at": "2026-11-20T12:00:00Z", "created_by": "ana"}),
                )
                .unwrap(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let source = source_from(item).unwrap();
        let id: galley_domain::kernel::ids::SourceId = "cms".parse().unwrap();
        assert_eq!(source.name, SourceName::Shared(id.clone()));
        assert_eq!(source.key(), SourceKey::of(&id, None));
        let secret = source.secret("galley/dev/webhooks/");
        assert_eq!((secret.id.as_str(), secret.generation), ("galley/dev/webhooks/cms", None));
    }
}
