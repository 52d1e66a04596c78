//! Schedules, their runs, and when they are due.

use galley_domain::{
    idempotency::claim::{Claim, ClaimError, SavedResponse},
    kernel::ids::{IdempotencyKey, ScheduleId, TaskId},
    privacy::jobs::Made,
    queue::message::Kind,
    schedule::{
        record::{Because, Schedule},
        rule::Occurrence,
        run::{Outcome, Ran, Run},
    },
    task::store::{Acceptance, CommitError},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{a_task, subject, tenant},
    contract::{
        steps::{due_of, later, now},
        store::Store,
    },
    plan::a_schedule,
};

pub(super) async fn holds_for(store: &impl Store) {
    a_schedule_reads_as_it_was_written(store).await;
    several_schedules_are_read_at_once(store).await;
    schedules_are_listed_newest_first_for_their_tenant_alone(store).await;
    a_schedule_is_due_at_its_next_occurrence_and_not_while_it_pauses(store).await;
    a_task_its_run_and_its_schedule_are_one_write(store).await;
    an_occurrence_runs_once_whatever_its_schedule_says(store).await;
    runs_are_listed_the_last_first(store).await;
    an_owner_is_renamed_and_whoever_read_before_writes_nothing(store).await;
    tries_are_counted_while_it_has_a_next_step(store).await;
}

async fn several_schedules_are_read_at_once(store: &impl Store) {
    let (one, other) = (made(store, "plans-several", 15).await, made(store, "plans-several", 16).await);
    let nobodys = ScheduleId::from_uuid(Uuid::from_u128(17));
    let ids = [other.plan.id.clone(), nobodys, one.plan.id.clone(), other.plan.id.clone()];
    let mut found = store.schedules_of(&ids).await.unwrap();
    found.sort_by(|one, other| one.plan.id.cmp(&other.plan.id));
    assert_eq!(found, [one, other], "what exists, whole and once");
    assert!(store.schedules_of(&[]).await.unwrap().is_empty());
}

async fn made(store: &impl Store, of: &str, number: u128) -> Schedule {
    let schedule = a_schedule(of, number, now(), &json!({}));
    store.make_schedule(&schedule, None).await.unwrap();
    schedule
}

fn next(schedule: &Schedule) -> Occurrence {
    schedule.plan.next.unwrap()
}

/// The run of what comes next, with the schedule after it.
fn run_of(schedule: &Schedule, outcome: Outcome) -> Ran {
    let due = next(schedule);
    let run = Run {
        schedule: schedule.plan.id.clone(),
        occurrence: Some(due.local),
        due_at: due.at,
        at: due.at,
        missed_before: 0,
        outcome,
    };
    Ran { schedule: Box::new(schedule.past(due, due.at)), over: schedule.version, run }
}

async fn a_schedule_reads_as_it_was_written(store: &impl Store) {
    let body = json!({
        "rule": {"repeat": "weekly", "weekdays": ["mon", "fri"], "at": "23:30", "zone": "America/New_York", "count": 9,
            "except": ["2026-12-25"]},
        "request": {"topic": "{{topic}}, part {{part}}", "target_length": 200.0, "tags": [], "metadata": {"": ""}},
        "topics": ["HTTP caching", "Weaving"], "missed": "run_once", "overlap": "allow", "max_cost_usd": "0.25", "max_cost_usd_per_month": "20",
    });
    let mut schedule = a_schedule("plans-read", 1, now(), &body);
    let due = next(&schedule);
    let left_out = schedule.coming(due.at).next().unwrap().local;
    schedule.skipped.insert(left_out);
    (schedule.last, schedule.last_task) = (Some(due.local), Some(TaskId::from_uuid(Uuid::nil())));
    schedule.topics_used = 1;
    store.make_schedule(&schedule, None).await.unwrap();
    assert_eq!(store.schedule(&schedule.plan.id).await.unwrap(), Some(schedule.clone()));
    let unknown = ScheduleId::from_uuid(Uuid::from_u128(u128::MAX));
    assert_eq!(store.schedule(&unknown).await.unwrap(), None);
    let paused = schedule.paused(Because::TopicsUsedUp, later(9));
    assert!(!store.keep_schedule(&paused, 7).await.unwrap(), "it was read in another version");
    assert!(store.keep_schedule(&paused, schedule.version).await.unwrap());
    assert_eq!(store.schedule(&schedule.plan.id).await.unwrap(), Some(paused.clone()));
    assert!(!store.remove_schedule(&schedule).await.unwrap());
    assert!(store.remove_schedule(&paused).await.unwrap());
    assert_eq!(store.schedule(&schedule.plan.id).await.unwrap(), None);
    assert!(!store.keep_schedule(&paused, paused.version).await.unwrap(), "what is gone does not come back");
}

async fn schedules_are_listed_newest_first_for_their_tenant_alone(store: &impl Store) {
    made(store, "plans-other", 10).await;
    for (number, seconds) in [(11, 0), (12, 1), (13, 2)] {
        let schedule = a_schedule("plans-listed", number, later(seconds), &json!({}));
        store.make_schedule(&schedule, None).await.unwrap();
    }
    let of = tenant("plans-listed");
    let first = store.schedules(&of, 2, None).await.unwrap();
    let second = store.schedules(&of, 2, first.next.clone()).await.unwrap();
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|plan| plan.created_at).collect();
    assert_eq!(listed, [later(2), later(1), later(0)]);
    let whole = store.schedule(&first.items[0].id).await.unwrap().unwrap();
    assert_eq!(first.items[0], whole.plan);
}

async fn a_schedule_is_due_at_its_next_occurrence_and_not_while_it_pauses(store: &impl Store) {
    let schedule = made(store, "plans-due", 20).await;
    let due_at = next(&schedule).at;
    let early = due_at - jiff::SignedDuration::from_millis(1);
    assert!(due_of(store, "plans-due", early).await.is_empty());
    let found = due_of(store, "plans-due", due_at).await;
    assert_eq!(
        found.iter().map(|due| (due.message.clone(), due.due_at)).collect::<Vec<_>>(),
        [(schedule.message(), due_at)]
    );
    assert_eq!(found[0].message.kind, Kind::Schedule);
    assert!(store.postpone(&found[0], later(3_000_000)).await.unwrap());
    assert!(!store.postpone(&found[0], later(3_000_000)).await.unwrap());
    assert!(due_of(store, "plans-due", due_at).await.is_empty());
    let paused = schedule.paused(Because::Asked, now());
    assert!(store.keep_schedule(&paused, schedule.version).await.unwrap());
    assert!(due_of(store, "plans-due", later(100_000_000)).await.is_empty());
}

async fn a_task_its_run_and_its_schedule_are_one_write(store: &impl Store) {
    let schedule = made(store, "plans-run", 30).await;
    let accept = |number: u8| {
        let acceptance = a_task().of("plans-run").number(number).accepted();
        let ran = run_of(&schedule, Outcome::Missed).made(&acceptance.task.id);
        Acceptance { ran: Some(ran), ..acceptance }
    };
    let (first, second) = (accept(1), accept(2));
    let (task, ran) = (first.task.id.clone(), first.ran.clone().unwrap());
    store.accept(first).await.unwrap();
    let refused = store.accept(second.clone()).await;
    assert!(matches!(refused, Err(CommitError::Stale)), "{refused:?}");
    assert_eq!(store.task(&second.task.id).await.unwrap(), None, "nothing of it was written");
    let wanted = [task.clone(), second.task.id.clone(), task.clone()];
    let found: Vec<TaskId> = store.tasks(&wanted).await.unwrap().into_iter().map(|task| task.id).collect();
    assert_eq!(found, std::slice::from_ref(&task), "what exists, once");
    assert!(store.tasks(&[]).await.unwrap().is_empty());
    let present = store.schedule(&schedule.plan.id).await.unwrap().unwrap();
    assert_eq!(present, *ran.schedule);
    assert_eq!((present.last_task, present.plan.made), (Some(task.clone()), 1));
    assert_eq!(store.runs(&schedule.plan.id, 9, None).await.unwrap().items, [ran.run]);
    let due = due_of(store, "plans-run", next(&schedule).at).await;
    assert!(
        due.iter().all(|due| due.message.kind == Kind::Generate),
        "the task is due, and the schedule on the next day"
    );
    let removed = store.schedule(&schedule.plan.id).await.unwrap().unwrap();
    assert!(store.remove_schedule(&removed).await.unwrap());
    let late = Acceptance { ran: Some(run_of(&removed, Outcome::Missed)), ..accept(3) };
    assert!(matches!(store.accept(late).await, Err(CommitError::Stale)), "a schedule that is gone makes nothing");
}

async fn an_occurrence_runs_once_whatever_its_schedule_says(store: &impl Store) {
    let schedule = made(store, "plans-once", 40).await;
    let ran = run_of(&schedule, Outcome::Skipped);
    assert!(store.keep_run(&ran, None).await.unwrap());
    assert!(!store.keep_run(&ran, None).await.unwrap());
    // As if somebody had written the schedule back as it was.
    let back = Schedule { version: ran.schedule.version + 1, ..schedule.clone() };
    assert!(store.keep_schedule(&back, ran.schedule.version).await.unwrap());
    let again = Ran { over: back.version, ..ran.clone() };
    assert!(!store.keep_run(&again, None).await.unwrap());
    let key = IdempotencyKey::new("skip-it").unwrap();
    let claim = Claim::new(&tenant("plans-once"), &subject("ana"), "POST", "/skip", &key, b"");
    let claim = claim.record(SavedResponse { status: 200, location: None, etag: None, body: "{}".into() }, now());
    let other = run_of(&schedule.past(next(&schedule), now()), Outcome::Missed);
    let other = Ran { over: back.version, ..other };
    assert!(store.keep_run(&other, Some(claim.clone())).await.unwrap());
    let repeated = store.keep_run(&other, Some(claim)).await;
    assert!(matches!(repeated, Err(ClaimError::Claimed(_))), "{repeated:?}");
}

async fn runs_are_listed_the_last_first(store: &impl Store) {
    let mut schedule = made(store, "plans-runs", 50).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let ran = run_of(&schedule, Outcome::Refused { reason: "the day's quota is used up".to_owned() });
        assert!(store.keep_run(&ran, None).await.unwrap());
        kept.insert(0, ran.run);
        schedule = *ran.schedule;
    }
    let first = store.runs(&schedule.plan.id, 2, None).await.unwrap();
    let second = store.runs(&schedule.plan.id, 2, first.next.clone()).await.unwrap();
    assert_eq!(first.items.into_iter().chain(second.items).collect::<Vec<_>>(), kept);
    assert!(store.runs(&ScheduleId::from_uuid(Uuid::from_u128(51)), 9, None).await.unwrap().items.is_empty());
}

async fn an_owner_is_renamed_and_whoever_read_before_writes_nothing(store: &impl Store) {
    let schedule = made(store, "plans-owner", 60).await;
    let rename = async |of: &str, who: &str| {
        let made = Made::Schedule(schedule.plan.id.clone());
        store.rename_maker(&tenant(of), &made, &subject(who), &subject("erased-1")).await.unwrap();
        store.schedule(&schedule.plan.id).await.unwrap().unwrap().plan.owner
    };
    assert_eq!(rename("plans-other", "ana").await, subject("ana"));
    assert_eq!(rename("plans-owner", "ben").await, subject("ana"));
    assert_eq!(rename("plans-owner", "ana").await, subject("erased-1"));
    assert!(!store.keep_run(&run_of(&schedule, Outcome::Missed), None).await.unwrap());
}

async fn tries_are_counted_while_it_has_a_next_step(store: &impl Store) {
    let schedule = made(store, "plans-tries", 70).await;
    let message = schedule.message();
    assert_eq!(store.begin(&message).await.unwrap(), Some(1));
    assert_eq!(store.begin(&message).await.unwrap(), Some(2));
    store.take_back(&message).await.unwrap();
    assert_eq!(store.begin(&message).await.unwrap(), Some(2));
    let ran = run_of(&schedule, Outcome::Missed);
    assert!(store.keep_run(&ran, None).await.unwrap());
    assert_eq!(store.begin(&message).await.unwrap(), Some(1), "each occurrence has its own");
    let paused = ran.schedule.paused(Because::GivenUp, now());
    assert!(store.keep_schedule(&paused, ran.schedule.version).await.unwrap());
    assert_eq!(store.begin(&message).await.unwrap(), None);
}
