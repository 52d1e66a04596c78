//! Schedules, and what came of their occurrences. A schedule's `about` is what lists show; what its tasks are asked for with is beside
//! it, in attributes that no index has.

use std::collections::BTreeSet;

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{ScheduleId, Subject, TaskId, TenantId, TraceId},
        paging::{Page, PageKey},
    },
    schedule::{
        record::{CostCap, Missed, MonthCap, Overlap, Pause, Plan, Schedule, ScheduleName, Topic},
        rule::{LocalMoment, Occurrence, Rule},
        run::{Outcome, Ran, Run},
        store::{RUN_KEPT_DAYS, ScheduleStore},
        template::Template,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, Item, s, text, ttl},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const LIST: Listed<'_> = Listed { name: "SCHEDULE", prefix: keys::SCHEDULE_PREFIX, sk: keys::META };

/// As an index has it.
#[derive(Serialize, Deserialize)]
struct PlanItem {
    tenant: TenantId,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    owner: Subject,
    name: ScheduleName,
    rule: Rule,
    missed: Missed,
    overlap: Overlap,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_cost_usd: Option<CostCap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_cost_usd_per_month: Option<MonthCap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<Pause>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Occurrence>,
    made: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct ScheduleItem {
    version: u64,
    trace_id: TraceId,
    /// JSON, as it was sent.
    template: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    topics: Vec<Topic>,
    topics_used: u32,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    skipped: BTreeSet<LocalMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<LocalMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_task: Option<TaskId>,
    #[serde(flatten)]
    plan: PlanItem,
}

fn schedule_item(schedule: &Schedule) -> Result<Item, StoreError> {
    let plan = &schedule.plan;
    let about = About {
        owner: plan.owner.clone(),
        name: plan.name.clone(),
        rule: plan.rule.clone(),
        missed: plan.missed,
        overlap: plan.overlap,
        max_cost_usd: plan.max_cost_usd,
        max_cost_usd_per_month: plan.max_cost_usd_per_month,
        pause: plan.pause,
        next: plan.next,
        made: plan.made,
        created_at: plan.created_at,
        updated_at: plan.updated_at,
    };
    let stored = ScheduleItem {
        version: schedule.version,
        trace_id: schedule.trace_id.clone(),
        template: serde_json::to_string(&schedule.request).map_err(StoreError::invalid)?,
        topics: schedule.topics.clone(),
        topics_used: schedule.topics_used,
        skipped: schedule.skipped.clone(),
        last: schedule.last,
        last_task: schedule.last_task.clone(),
        plan: PlanItem { tenant: plan.tenant.clone(), about },
    };
    let key = keys::schedule(&plan.id);
    let place = key.0.clone();
    let mut item = items::item_at(key, "schedule", &stored)?;
    item.insert("list_pk".into(), s(keys::list_of(&plan.tenant, LIST.name)));
    item.insert("list_sk".into(), s(keys::list_sort(plan.created_at, plan.id.as_str())));
    items::insert_due(&mut item, &place, schedule.due_at());
    Ok(item)
}

fn id_of(item: &Item) -> Result<ScheduleId, StoreError> {
    let id = text(item, "pk").unwrap_or_default();
    let id = id.strip_prefix(keys::SCHEDULE_PREFIX).unwrap_or_default().parse();
    id.map_err(|error| items::unreadable("schedule", error))
}

fn plan_of(id: ScheduleId, PlanItem { tenant, about }: PlanItem) -> Plan {
    Plan {
        id,
        tenant,
        owner: about.owner,
        name: about.name,
        rule: about.rule,
        missed: about.missed,
        overlap: about.overlap,
        max_cost_usd: about.max_cost_usd,
        max_cost_usd_per_month: about.max_cost_usd_per_month,
        pause: about.pause,
        next: about.next,
        made: about.made,
        created_at: about.created_at,
        updated_at: about.updated_at,
    }
}

fn plan_from(item: Item) -> Result<Plan, StoreError> {
    Ok(plan_of(id_of(&item)?, items::from_item("schedule", item)?))
}

fn schedule_from(item: Item) -> Result<Schedule, StoreError> {
    let id = id_of(&item)?;
    let stored: ScheduleItem = items::from_item("schedule", item)?;
    let request: Template =
        serde_json::from_str(&stored.template).map_err(|error| items::unreadable("schedule", error))?;
    Ok(Schedule {
        plan: plan_of(id, stored.plan),
        request,
        topics: stored.topics,
        topics_used: stored.topics_used,
        skipped: stored.skipped,
        last: stored.last,
        last_task: stored.last_task,
        version: stored.version,
        trace_id: stored.trace_id,
    })
}

#[derive(Serialize, Deserialize)]
struct RunItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurrence: Option<LocalMoment>,
    due_at_time: Timestamp,
    at: Timestamp,
    missed_before: u32,
    outcome: Outcome,
}

fn run_item(run: &Run) -> Result<Item, StoreError> {
    let stored = RunItem {
        occurrence: run.occurrence,
        due_at_time: run.due_at,
        at: run.at,
        missed_before: run.missed_before,
        outcome: run.outcome.clone(),
    };
    let mut item = items::item_at(keys::run(&run.schedule, &run.name()), "run", &stored)?;
    // Of what is left out long before its time, from its time on.
    item.insert("ttl".into(), ttl(run.at.max(run.due_at), RUN_KEPT_DAYS));
    Ok(item)
}

fn run_from(item: Item) -> Result<Run, StoreError> {
    let schedule = id_of(&item)?;
    let RunItem { occurrence, due_at_time, at, missed_before, outcome } = items::from_item("run", item)?;
    Ok(Run { schedule, occurrence, due_at: due_at_time, at, missed_before, outcome })
}

impl Transaction<'_> {
    /// A run, and the schedule after it.
    pub(crate) fn ran(&mut self, ran: &Ran) -> Result<(), StoreError> {
        self.put(Part::Own, run_item(&ran.run)?, Condition::New)?;
        self.put_over(Part::Own, schedule_item(&ran.schedule)?, ran.over)
    }
}

impl ScheduleStore for Table {
    async fn schedule(&self, id: &ScheduleId) -> Result<Option<Schedule>, StoreError> {
        self.get(keys::schedule(id)).await?.map(schedule_from).transpose()
    }

    async fn schedules(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Plan>, StoreError> {
        self.listed(LIST, tenant, limit, after, plan_from).await
    }

    async fn schedules_of(&self, ids: &[ScheduleId]) -> Result<Vec<Schedule>, StoreError> {
        // A batch names no key twice.
        let wanted: BTreeSet<keys::Key> = ids.iter().map(keys::schedule).collect();
        let wanted: Vec<keys::Key> = wanted.into_iter().collect();
        self.get_all(&wanted).await?.into_iter().map(schedule_from).collect()
    }

    async fn make_schedule(&self, schedule: &Schedule, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, schedule_item(schedule)?, Condition::New)?;
        self.write_once(transaction, claim).await.map(|_| ())
    }

    async fn keep_schedule(&self, schedule: &Schedule, over: u64) -> Result<bool, StoreError> {
        self.put_over(schedule_item(schedule)?, over).await
    }

    async fn keep_run(&self, ran: &Ran, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.ran(ran)?;
        self.write_once(transaction, claim).await
    }

    async fn remove_schedule(&self, schedule: &Schedule) -> Result<bool, StoreError> {
        let (pk, sk) = keys::schedule(&schedule.plan.id);
        let key = Item::from([("pk".into(), s(pk)), ("sk".into(), s(sk))]);
        let mut transaction = Transaction::new(&self.name);
        transaction.delete_over(Part::Own, key, schedule.version)?;
        self.write(transaction).await
    }

    async fn runs(&self, id: &ScheduleId, limit: u32, after: Option<PageKey>) -> Result<Page<Run>, StoreError> {
        let (pk, _) = keys::schedule(id);
        let query = self.beginning(&pk, keys::RUNS).scan_index_forward(false);
        self.page(query, (pk, id.to_string()), limit, after, run_from).await
    }
}
