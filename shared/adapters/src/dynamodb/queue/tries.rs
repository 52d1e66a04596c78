//! Counts tries before they are made, and lists abandoned work.

use aws_sdk_dynamodb::{error::ProvideErrorMetadata, types::ReturnValue};
use galley_domain::{
    access::acts::ActStore,
    idempotency::receipt::parse_message_id,
    kernel::{
        error::StoreError,
        ids::{EndedId, JobId, ScheduleId, TaskId, TenantId, TraceId},
        paging::{Page, PageKey},
    },
    operations::ended::KEPT_DAYS,
    queue::{
        message::{Kind, Message},
        tries::{Ended, EndedStore},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::{REFUSED, unavailable, unwritten},
    items::{self, Item, n, s, text, ttl},
    keys,
    listing::Listed,
    table::Table,
};

const LIST: Listed<'_> = Listed { name: "ENDED", prefix: keys::ENDED_PREFIX, sk: keys::META };
const TRY: &str = "ADD tries :one";
const TAKE_BACK: &str = "ADD tries :minus_one";
const HAS_TRIES: &str = "tries >= :one AND tenant = :tenant";
/// An item with `due_at` has a next step.
const HAS_NEXT_STEP: &str = "attribute_exists(due_at) AND tenant = :tenant";

#[derive(Serialize, Deserialize)]
struct EndedItem {
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    kind: Kind,
    tenant: TenantId,
    id: String,
    tries: u32,
    at: Timestamp,
    trace_id: TraceId,
}

fn ended_from(item: Item) -> Result<Ended, StoreError> {
    let pk = text(&item, "pk").unwrap_or_default();
    let id = EndedId::new(pk.strip_prefix(keys::ENDED_PREFIX).unwrap_or_default());
    let EndedItem { about } = items::from_item("given-up work", item)?;
    Ok(Ended {
        id: id.map_err(|error| items::unreadable("given-up work", error))?,
        message: Message::new(about.kind, about.tenant, about.id, about.trace_id),
        tries: about.tries,
        at: about.at,
    })
}

/// The key of the item that counts a message's tries.
fn counted_at(message: &Message) -> Option<keys::Key> {
    match message.kind {
        Kind::Webhook => parse_message_id(&message.id).map(|(key, id)| keys::receipt(&key, &id)),
        Kind::Job => JobId::new(message.id.clone()).ok().map(|id| keys::job(&id)),
        Kind::Schedule => ScheduleId::new(message.id.clone()).ok().map(|id| keys::schedule(&id)),
        Kind::Generate | Kind::Publish => TaskId::new(message.id.clone()).ok().map(|id| keys::task(&id)),
        // These count their tries themselves and replace their whole item.
        Kind::Deliver | Kind::Place => None,
    }
}

/// The reserved tenant, under which items of all tenants are listed.
fn system() -> Result<TenantId, StoreError> {
    TenantId::new(TenantId::SYSTEM).map_err(|error| items::unreadable("given-up work", error))
}

impl EndedStore for Table {
    async fn begin(&self, message: &Message) -> Result<Option<u32>, StoreError> {
        let Some(key) = counted_at(message) else { return Ok(None) };
        let counted = self
            .update(key)
            .update_expression(TRY)
            .condition_expression(HAS_NEXT_STEP)
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":tenant", s(message.tenant.as_str()))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await;
        match counted {
            Ok(answer) => {
                let tries = answer.attributes.as_ref().and_then(|item| item.get("tries")?.as_n().ok()?.parse().ok());
                tries.map(Some).ok_or_else(|| unavailable("the table did not say how many tries there were"))
            }
            Err(error) if error.as_service_error().is_some_and(|error| error.code() == Some(REFUSED)) => Ok(None),
            Err(error) => Err(unwritten(error)),
        }
    }

    async fn take_back(&self, message: &Message) -> Result<(), StoreError> {
        let Some(key) = counted_at(message) else { return Ok(()) };
        let taken = self
            .update(key)
            .update_expression(TAKE_BACK)
            .condition_expression(HAS_TRIES)
            .expression_attribute_values(":minus_one", n(-1))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":tenant", s(message.tenant.as_str()))
            .send()
            .await;
        match taken {
            Err(error) if error.as_service_error().is_some_and(|error| error.code() == Some(REFUSED)) => Ok(()),
            taken => taken.map(|_| ()).map_err(unavailable),
        }
    }

    async fn keep_ended(&self, ended: &Ended) -> Result<(), StoreError> {
        let Message { kind, tenant, id, trace_id, .. } = ended.message.clone();
        let stored = EndedItem { about: About { kind, tenant, id, tries: ended.tries, at: ended.at, trace_id } };
        let mut item = items::item_at(keys::ended(&ended.id), "given-up work", &stored)?;
        item.insert("list_pk".into(), s(keys::list_of(&system()?, LIST.name)));
        item.insert("list_sk".into(), s(keys::list_sort(ended.at, ended.id.as_str())));
        item.insert("ttl".into(), ttl(ended.at, KEPT_DAYS));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unavailable)
    }

    async fn ended(&self, id: &EndedId) -> Result<Option<Ended>, StoreError> {
        self.get(keys::ended(id)).await?.map(ended_from).transpose()
    }

    async fn all_ended(&self, limit: u32, after: Option<PageKey>) -> Result<Page<Ended>, StoreError> {
        self.listed(LIST, &system()?, limit, after, ended_from).await
    }

    async fn forget_ended(&self, id: &EndedId) -> Result<(), StoreError> {
        let Some(act) = &self.act else {
            return self.delete(keys::ended(id)).send().await.map(|_| ()).map_err(unavailable);
        };
        // On record also where somebody else has it forgotten meanwhile.
        self.keep_act(act).await?;
        self.delete(keys::ended(id)).send().await.map(|_| ()).map_err(unavailable)
    }
}
