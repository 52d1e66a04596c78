//! Where a subject is named, and the jobs that export or erase it.

use aws_sdk_dynamodb::types::AttributeValue;
use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{JobId, Subject, TaskId, TenantId, TraceId},
        paging::{Page, PageKey},
    },
    privacy::jobs::{First, Job, JobKind, Made, PrivacyStore},
    task::{state::TaskState, store::TaskStore},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, Item, SCHEMA_VERSION, n, s, text, ttl},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const RENAME_MAKER: &str = "SET about.#maker = :pseudonym";
const RENAME_MAKER_OVER: &str = "SET about.#maker = :pseudonym ADD version :one";
const LIST: Listed = Listed { name: "JOB", prefix: keys::JOB_PREFIX, sk: keys::META };
const OVER: &str = "#version = :over";
const NAMES: &str = "#who.#subject = :subject";
const RENAME: &str = "SET #who.#subject = :pseudonym";
/// How long an export can be fetched.
const EXPORT_KEPT_DAYS: i64 = 7;

#[derive(Serialize, Deserialize)]
struct JobItem {
    tenant: TenantId,
    trace_id: TraceId,
    version: u64,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    kind: JobKind,
    subject: Subject,
    pseudonym: Subject,
    requested_by: Subject,
    begun: bool,
    tasks: u64,
    parts: u32,
    left: u64,
    after_sort: Option<String>,
    created_at: Timestamp,
    completed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_at: Option<Timestamp>,
}

fn job_item(job: &Job) -> Result<Item, StoreError> {
    let stored = JobItem {
        tenant: job.tenant.clone(),
        trace_id: job.trace_id.clone(),
        version: job.version,
        about: About {
            kind: job.kind,
            subject: job.subject.clone(),
            pseudonym: job.pseudonym.clone(),
            requested_by: job.requested_by.clone(),
            begun: job.begun,
            tasks: job.tasks,
            parts: job.parts,
            left: job.left,
            after_sort: job.after.as_ref().map(|after| after.sort.clone()),
            created_at: job.created_at,
            completed_at: job.completed_at,
            failed_at: job.failed_at,
        },
    };
    let key = keys::job(&job.id);
    let place = key.0.clone();
    let mut item = items::item_at(key, "privacy job", &stored)?;
    item.insert("list_pk".into(), s(keys::list_of(&job.tenant, LIST.name)));
    item.insert("list_sk".into(), s(keys::list_sort(job.created_at, job.id.as_str())));
    items::insert_due(&mut item, &place, job.due_at);
    Ok(item)
}

fn job_from(item: Item) -> Result<Job, StoreError> {
    let id = text(&item, "pk").unwrap_or_default();
    let id: JobId = id
        .strip_prefix(keys::JOB_PREFIX)
        .unwrap_or_default()
        .parse()
        .map_err(|error| items::unreadable("privacy job", error))?;
    let due_at = item.get("due_at").and_then(|value| value.as_n().ok()?.parse().ok());
    // A listed item has neither version nor trace. It gets defaults, because it is never written back.
    let mut item = item;
    item.entry("version".into()).or_insert_with(|| n(0));
    let nobody = TraceId::from_uuid(uuid::Uuid::nil());
    item.entry("trace_id".into()).or_insert_with(|| s(nobody.as_str()));
    let JobItem { tenant, trace_id, version, about } = items::from_item("privacy job", item)?;
    Ok(Job {
        after: about.after_sort.map(|sort| PageKey { sort, id: about.subject.to_string() }),
        id,
        tenant,
        kind: about.kind,
        subject: about.subject,
        pseudonym: about.pseudonym,
        requested_by: about.requested_by,
        begun: about.begun,
        tasks: about.tasks,
        parts: about.parts,
        left: about.left,
        created_at: about.created_at,
        completed_at: about.completed_at,
        failed_at: about.failed_at,
        due_at: due_at.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        version,
        trace_id,
    })
}

/// It is kept from its writing on: a job that was given up may be done long after it was made.
fn part_item(job: &Job, number: u32, records: &str, at: Timestamp) -> Item {
    let (pk, sk) = keys::job_part(&job.id, number);
    Item::from([
        ("pk".into(), s(pk)),
        ("sk".into(), s(sk)),
        ("schema_version".into(), n(SCHEMA_VERSION)),
        ("records".into(), s(records)),
        ("ttl".into(), ttl(at, EXPORT_KEPT_DAYS)),
    ])
}

/// The task that a subject's link leads to.
fn linked_task(item: &Item) -> Result<TaskId, StoreError> {
    let sk = text(item, "sk").unwrap_or_default();
    let id = sk.strip_prefix(keys::TASK_PREFIX).unwrap_or_default();
    TaskId::new(id).map_err(|error| items::unreadable("subject link", error))
}

impl PrivacyStore for Table {
    async fn tasks_of(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        first: First,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<TaskId>, StoreError> {
        let pk = keys::subject_pk(tenant, subject);
        let query = self.beginning(&pk, keys::TASK_PREFIX).scan_index_forward(first == First::Oldest);
        self.page(query, (pk, subject.to_string()), limit, after, |item| linked_task(&item)).await
    }

    async fn erase_from_task(&self, id: &TaskId, subject: &Subject, pseudonym: &Subject) -> Result<bool, StoreError> {
        let Some((task, _)) = self.load(id).await? else { return Ok(true) };
        // Of what is held no worker has it, and that may be for long.
        if task.state == TaskState::Generating && !task.is_held() {
            return Ok(false);
        }
        self.erase_assignee(&task, subject).await?;
        if !self.erase_from_comments(id, subject, pseudonym).await? {
            return Ok(false);
        }
        for (prefix, who) in [(keys::EVENTS, "actor"), (keys::EVENTS, "about"), (keys::REVISIONS, "author")] {
            self.rename(id, prefix, who, subject, pseudonym).await?;
        }
        let asked = task.requested_by == *subject;
        let decided = task.approval.as_ref().is_some_and(|approval| approval.reviewer_id == *subject);
        let placed = task.place.as_ref().is_some_and(|place| place.subject == *subject);
        // One update sets one other name, so the quota place is removed. It is then not given back, but the name is gone.
        let expression = match (asked, decided) {
            (false, false) if !placed => return Ok(true),
            (false, false) => "SET place.subject = :pseudonym ADD #version :one",
            (true, false) => "SET requested_by = :pseudonym REMOVE place ADD #version :one",
            (false, true) => "SET approval.reviewer_id = :pseudonym REMOVE place ADD #version :one",
            (true, true) => {
                "SET requested_by = :pseudonym, approval.reviewer_id = :pseudonym REMOVE place ADD #version :one"
            }
        };
        let erased = self
            .update(keys::task(id))
            .update_expression(expression)
            .condition_expression(OVER)
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":over", n(task.version))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":pseudonym", s(pseudonym.as_str()))
            .send()
            .await;
        met(erased)
    }

    async fn rename_maker(
        &self,
        tenant: &TenantId,
        made: &Made,
        subject: &Subject,
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let (key, maker) = match made {
            Made::Key(id) => (keys::api_key(id), "made_by"),
            Made::Source(id) => (keys::source(id), "created_by"),
            Made::Target(name) => (keys::target(tenant, name), "created_by"),
            Made::Person(who) => (keys::person(tenant, who), "added_by"),
            Made::Job(id) => (keys::job(id), "requested_by"),
            Made::Schedule(id) => (keys::schedule(id), "owner"),
        };
        let update = self.update(key);
        // Who has read a job, a target or a schedule before must not write the name back: that write fails on the version, and is made anew.
        let update = match made {
            Made::Job(_) | Made::Target(_) | Made::Schedule(_) => {
                update.update_expression(RENAME_MAKER_OVER).expression_attribute_values(":one", n(1))
            }
            Made::Key(_) | Made::Source(_) | Made::Person(_) => update.update_expression(RENAME_MAKER),
        };
        let renamed = update
            .condition_expression("tenant = :tenant AND about.#maker = :subject")
            .expression_attribute_names("#maker", maker)
            .expression_attribute_values(":tenant", s(tenant.as_str()))
            .expression_attribute_values(":subject", s(subject.as_str()))
            .expression_attribute_values(":pseudonym", s(pseudonym.as_str()))
            .send()
            .await;
        met(renamed).map(|_| ())
    }

    async fn unlink(&self, tenant: &TenantId, subject: &Subject, task: &TaskId) -> Result<(), StoreError> {
        self.delete(keys::link(tenant, subject, task)).send().await.map(|_| ()).map_err(unavailable)
    }

    async fn put_job(&self, job: &Job, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, job_item(job)?, Condition::New)?;
        self.write_once(transaction, claim).await.map(|_| ())
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, StoreError> {
        self.get(keys::job(id)).await?.map(job_from).transpose()
    }

    async fn jobs(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Job>, StoreError> {
        self.listed(LIST, tenant, limit, after, job_from).await
    }

    async fn keep_job(&self, job: &Job, over: u64) -> Result<bool, StoreError> {
        self.put_over(job_item(job)?, over).await
    }

    async fn put_part(&self, job: &Job, number: u32, records: &str, at: Timestamp) -> Result<(), StoreError> {
        let item = part_item(job, number, records, at);
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(unavailable)
    }

    async fn part(&self, id: &JobId, number: u32) -> Result<Option<String>, StoreError> {
        Ok(self.get(keys::job_part(id, number)).await?.and_then(|item| text(&item, "records")))
    }
}

impl Table {
    /// Puts the pseudonym wherever an item of the task has the subject as its `who`.
    async fn rename(
        &self,
        id: &TaskId,
        prefix: &'static str,
        who: &'static str,
        subject: &Subject,
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let mut start = None;
        loop {
            let query = self
                .belonging(id, prefix)
                .filter_expression(NAMES)
                .projection_expression("pk, sk")
                .expression_attribute_names("#who", who)
                .expression_attribute_names("#subject", "subject")
                .expression_attribute_values(":subject", s(subject.as_str()))
                .set_exclusive_start_key(start);
            let answer = query.send().await.map_err(unavailable)?;
            for item in answer.items.unwrap_or_default() {
                let key = (text(&item, "pk").unwrap_or_default(), text(&item, "sk").unwrap_or_default());
                let renamed = self
                    .update(key)
                    .update_expression(RENAME)
                    .condition_expression(NAMES)
                    .expression_attribute_names("#who", who)
                    .expression_attribute_names("#subject", "subject")
                    .expression_attribute_values(":subject", s(subject.as_str()))
                    .expression_attribute_values(":pseudonym", AttributeValue::S(pseudonym.to_string()))
                    .send()
                    .await;
                met(renamed)?;
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_written_late_is_kept_as_long_as_any() {
        let made: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let subject = |name: &str| Subject::new(name).unwrap();
        let job = Job {
            id: JobId::from_uuid(uuid::Uuid::nil()),
            tenant: TenantId::new("acme").unwrap(),
            kind: JobKind::Export,
            subject: subject("ana"),
            pseudonym: subject("erased-1"),
            requested_by: subject("ben"),
            begun: true,
            tasks: 0,
            parts: 0,
            after: None,
            left: 0,
            created_at: made,
            completed_at: None,
            failed_at: None,
            due_at: None,
            version: 1,
            trace_id: TraceId::from_uuid(uuid::Uuid::nil()),
        };
        let written: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let until: i64 = part_item(&job, 1, "[]", written)["ttl"].as_n().unwrap().parse().unwrap();
        assert_eq!(until, written.as_second() + EXPORT_KEPT_DAYS * 86_400);
    }
}
