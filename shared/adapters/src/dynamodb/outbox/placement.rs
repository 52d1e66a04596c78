//! Placements. A change of a task writes what is wanted over whatever is there, and leaves what is known of the copy; every other write
//! replaces the whole item, over the version that was read.

use aws_sdk_dynamodb::types::Update;
use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{TargetName, TaskId, TenantId, TraceId},
    },
    outbox::{
        placement::{HandEdits, Placement, PlacementState, PlacementStore, Remote, Wanted},
        trouble::Why,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, SCHEMA_VERSION, n, s, text},
    keys,
    table::Table,
    task::transaction::{Part, Transaction},
};

/// A new item gets all that it needs, one that is there keeps `remote`, `attempts`, `lease_until` and `created_at`.
const WANT: &str = "SET wanted = :wanted, progress = :pending, hand_edits = :respected, counted = :zero, rested = :zero, \
     next_at = :at, updated_at = :at, created_at = if_not_exists(created_at, :at), attempts = if_not_exists(attempts, :zero), \
     #version = if_not_exists(#version, :zero) + :one, tenant = :tenant, trace_id = :trace, due_at = :due_at, \
     due_shard = :due_shard, resends = :zero, schema_version = :schema";

#[derive(Serialize, Deserialize)]
struct PlacementItem {
    tenant: TenantId,
    trace_id: TraceId,
    version: u64,
    wanted: Wanted,
    progress: PlacementState,
    #[serde(default)]
    remote: Option<Remote>,
    #[serde(default)]
    hand_edits: HandEdits,
    attempts: u32,
    counted: u32,
    #[serde(default)]
    rested: u32,
    #[serde(default)]
    last_error: Option<Why>,
    #[serde(default)]
    lease_until: Option<Timestamp>,
    #[serde(default)]
    next_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Transaction<'_> {
    /// What a change of its task wants on a target.
    pub(crate) fn placement(&mut self, placement: &Placement) -> Result<(), StoreError> {
        let (pk, sk) = keys::placement(&placement.task, &placement.target);
        let at = items::to_value("placement", &placement.updated_at)?;
        let due_at = placement.due_at().unwrap_or(placement.updated_at);
        let update = Update::builder()
            .update_expression(WANT)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":wanted", items::to_value("placement", &placement.wanted)?)
            .expression_attribute_values(":pending", items::to_value("placement", &PlacementState::Pending)?)
            .expression_attribute_values(":respected", items::to_value("placement", &HandEdits::Respected)?)
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":at", at)
            .expression_attribute_values(":tenant", s(placement.tenant.as_str()))
            .expression_attribute_values(":trace", s(placement.trace_id.as_str()))
            .expression_attribute_values(":due_at", n(due_at.as_millisecond()))
            .expression_attribute_values(":due_shard", items::due_shard(&format!("{pk}{sk}")))
            .expression_attribute_values(":schema", n(SCHEMA_VERSION));
        self.update(Part::Task, update.key("pk", s(pk)).key("sk", s(sk)))
    }
}

fn placement_item(placement: &Placement) -> Result<Item, StoreError> {
    let stored = PlacementItem {
        tenant: placement.tenant.clone(),
        trace_id: placement.trace_id.clone(),
        version: placement.version,
        wanted: placement.wanted.clone(),
        progress: placement.state,
        remote: placement.remote.clone(),
        hand_edits: placement.hand_edits,
        attempts: placement.attempts,
        counted: placement.counted,
        rested: placement.rested,
        last_error: placement.last_error,
        lease_until: placement.lease_until,
        next_at: placement.next_at,
        created_at: placement.created_at,
        updated_at: placement.updated_at,
    };
    let key = keys::placement(&placement.task, &placement.target);
    let place = format!("{}{}", key.0, key.1);
    let mut item = items::item_at(key, "placement", &stored)?;
    items::insert_due(&mut item, &place, placement.due_at());
    Ok(item)
}

fn placement_from(item: Item) -> Result<Placement, StoreError> {
    let of = |name: &str, prefix: &str| {
        let text = text(&item, name).unwrap_or_default();
        text.strip_prefix(prefix).unwrap_or_default().to_owned()
    };
    let task = TaskId::new(of("pk", keys::TASK_PREFIX)).map_err(|error| items::unreadable("placement", error))?;
    let target = TargetName::new(of("sk", keys::PLACEMENTS)).map_err(|error| items::unreadable("placement", error))?;
    let stored: PlacementItem = items::from_item("placement", item)?;
    Ok(Placement {
        task,
        target,
        tenant: stored.tenant,
        wanted: stored.wanted,
        state: stored.progress,
        remote: stored.remote,
        hand_edits: stored.hand_edits,
        attempts: stored.attempts,
        counted: stored.counted,
        rested: stored.rested,
        last_error: stored.last_error,
        lease_until: stored.lease_until,
        next_at: stored.next_at,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        trace_id: stored.trace_id,
    })
}

impl PlacementStore for Table {
    async fn placement(&self, task: &TaskId, target: &TargetName) -> Result<Option<Placement>, StoreError> {
        self.get(keys::placement(task, target)).await?.map(placement_from).transpose()
    }

    async fn placements(&self, task: &TaskId) -> Result<Vec<Placement>, StoreError> {
        // A task has few targets, far fewer than fill a page.
        let answer = self.belonging(task, keys::PLACEMENTS).send().await.map_err(unavailable)?;
        answer.items.unwrap_or_default().into_iter().map(placement_from).collect()
    }

    async fn keep_placement(&self, placement: &Placement, over: u64) -> Result<bool, StoreError> {
        self.put_over(placement_item(placement)?, over).await
    }

    async fn replace_placement(
        &self,
        placement: &Placement,
        over: u64,
        claim: Option<ClaimRecord>,
    ) -> Result<bool, ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put_over(Part::Own, placement_item(placement)?, over)?;
        self.write_once(transaction, claim).await
    }
}
