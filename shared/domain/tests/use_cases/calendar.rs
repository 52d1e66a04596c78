//! The calendar: each thing once and under what it is, within bounds, for its tenant alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    kernel::usd::MicroUsd,
    plans::{
        calendar::{Calendar, Clash, Estimated, MOST_PLANNED, Standing, arrange},
        span::{self, Span},
    },
    schedule::{
        record::{Because, Schedule},
        store::ScheduleStore,
        zone::Zone,
    },
    task::{
        record::{Live, Task},
        state::TaskState,
        store::{Acceptance, TaskStore},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, tenant},
    plan::a_schedule,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A Friday, nine o'clock in Berlin.
const NOW: &str = "2026-11-20T08:00:00Z";

fn now() -> Timestamp {
    at(NOW)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> Zone {
    name.to_owned().try_into().unwrap()
}

fn days(from: &str, to: &str) -> Span {
    Span::new(from.parse().unwrap(), to.parse().unwrap(), zone("UTC")).unwrap()
}

async fn calendar(store: &MemoryStore, span: &Span) -> Calendar {
    let found = span::gather(store, &tenant("acme"), span, now()).await.unwrap();
    let cent = MicroUsd::from_micros(10_000);
    arrange(found, span, now(), |_| Some(Estimated { expected: cent, most: cent + cent }))
}

async fn scheduled(store: &MemoryStore, number: u128, fields: &Value) -> Schedule {
    let schedule = a_schedule("acme", number, now(), fields);
    store.make_schedule(&schedule, None).await.unwrap();
    schedule
}

/// A task as it is later: the moves on the way are not what these tests are about.
async fn a_task_that(store: &MemoryStore, number: u8, is: impl FnOnce(&mut Task)) -> Task {
    let mut acceptance = a_task().number(number).accepted();
    is(&mut acceptance.task);
    let task = acceptance.task.clone();
    store.accept(acceptance).await.unwrap();
    task
}

#[test]
fn a_span_ends_after_it_begins_and_within_ninety_two_days() {
    let span = |from: &str, to: &str| Span::new(from.parse().unwrap(), to.parse().unwrap(), zone("UTC"));
    assert_eq!(span("2026-11-20", "2026-11-19"), None);
    assert_eq!(span("2026-11-20", "2027-02-20"), None);
    assert!(span("2026-11-20", "2026-11-20").is_some() && span("2026-11-20", "2027-02-19").is_some());
    assert_eq!(span("9999-12-31", "9999-12-31"), None, "there is no day behind it");
}

#[test]
fn the_days_are_those_of_the_zone_that_is_asked_for() {
    let span =
        |name: &str| Span::new("2026-11-20".parse().unwrap(), "2026-11-20".parse().unwrap(), zone(name)).unwrap();
    assert_eq!(
        (span("Asia/Tokyo").start(), span("Asia/Tokyo").end()),
        (at("2026-11-19T15:00:00Z"), at("2026-11-20T15:00:00Z"))
    );
    assert_eq!(span("America/New_York").day_of(at("2026-11-20T03:00:00Z")).to_string(), "2026-11-19");
    let spring =
        Span::new("2026-03-29".parse().unwrap(), "2026-03-29".parse().unwrap(), zone("Europe/Berlin")).unwrap();
    assert_eq!(spring.end().duration_since(spring.start()).as_hours(), 23);
}

#[tokio::test]
async fn each_thing_stands_once_and_under_what_it_is() {
    let store = MemoryStore::default();
    scheduled(&store, 1, &json!({})).await;
    let hour = at("2026-11-22T10:00:00Z");
    let due = a_task_that(&store, 1, |task| (task.state, task.publish_at) = (TaskState::Approved, Some(hour))).await;
    let approved = a_task_that(&store, 2, |task| task.state = TaskState::Approved).await;
    let waits = a_task_that(&store, 3, |task| task.state = TaskState::AwaitingApproval).await;
    let worked = a_task_that(&store, 4, |task| task.state = TaskState::Generating).await;
    for (number, state) in [(5, TaskState::Failed), (6, TaskState::Rejected)] {
        a_task_that(&store, number, |task| task.state = state).await;
    }
    let told = calendar(&store, &days("2026-11-20", "2026-11-22")).await;
    let entries: Vec<_> =
        told.entries.iter().map(|one| (one.standing, one.date.to_string(), one.title.as_str())).collect();
    // Of today nine o'clock has passed.
    assert_eq!(
        entries,
        [
            (Standing::Planned, "2026-11-21".to_owned(), "What is new on 2026-11-21"),
            (Standing::Planned, "2026-11-22".to_owned(), "What is new on 2026-11-22"),
            (Standing::Scheduled, "2026-11-22".to_owned(), "How HTTP caching works"),
        ]
    );
    assert_eq!(told.entries[2].task, Some(due.id));
    let drawer: Vec<_> = told.unscheduled.iter().map(|one| (one.standing, &one.task)).collect();
    let expected = [(Standing::InWork, &worked.id), (Standing::Waiting, &waits.id), (Standing::Approved, &approved.id)];
    assert_eq!(drawer.len(), 3);
    assert!(expected.iter().all(|one| drawer.contains(one)), "{drawer:?}");
    assert!(told.is_complete);
    let other = days("2026-11-23", "2026-11-23");
    assert!(calendar(&store, &other).await.entries.iter().all(|one| one.standing == Standing::Planned));
    let found = span::gather(&store, &tenant("rival"), &other, now()).await.unwrap();
    assert!(found.schedules.is_empty() && found.open.is_empty(), "another tenant's calendar is empty");
}

#[tokio::test]
async fn what_is_sent_is_told_when_it_went_out_and_nothing_went_live_in_days_to_come() {
    let store = MemoryStore::default();
    let mail = |number: u8, on: &str| {
        let live = Live {
            outlet: galley_domain::task::record::Outlet::Task,
            ..Live::article("a-mail".parse().unwrap(), 1, at(on))
        };
        let asked = a_task().number(number).asking(json!({"task_type": "email"}));
        let mut acceptance: Acceptance = asked.accepted();
        (acceptance.task.state, acceptance.task.live) = (TaskState::Published, Some(live));
        acceptance
    };
    store.accept(mail(1, "2026-11-20T13:00:00Z")).await.unwrap();
    store.accept(mail(2, "2026-11-21T13:00:00Z")).await.unwrap();
    let told = calendar(&store, &days("2026-11-20", "2026-11-20")).await;
    assert_eq!(told.entries.iter().map(|one| one.standing).collect::<Vec<_>>(), [Standing::Published]);
    assert_eq!(calendar(&store, &days("2026-11-21", "2026-11-21")).await.entries, []);
}

#[tokio::test]
async fn a_day_costs_what_its_occurrences_will_and_never_more_than_their_cap() {
    let store = MemoryStore::default();
    scheduled(&store, 1, &json!({})).await;
    scheduled(&store, 2, &json!({"max_cost_usd": "0.005"})).await;
    scheduled(&store, 3, &json!({"request": {"topic": "What others write", "generator": "external"}})).await;
    let span = days("2026-11-21", "2026-11-22");
    let told = calendar(&store, &span).await;
    let amounts = |day: usize| (told.days[day].estimated.expected.micros(), told.days[day].estimated.most.micros());
    assert_eq!((told.days.len(), told.days[0].planned, amounts(0)), (2, 3, (15_000, 25_000)));
    assert_eq!(amounts(0), amounts(1));
    let found = span::gather(&store, &tenant("acme"), &span, now()).await.unwrap();
    let unknown = arrange(found, &span, now(), |_| None);
    assert_eq!((unknown.days[0].unpriced, unknown.days[0].estimated), (2, Estimated::default()));
}

#[tokio::test]
async fn a_list_of_topics_is_told_in_its_order_and_where_it_ends() {
    let store = MemoryStore::default();
    let fields =
        json!({"request": {"topic": "{{topic}}, part {{part}}"}, "topics": ["How it began", "How it went on"]});
    let schedule = scheduled(&store, 1, &fields).await;
    let told = calendar(&store, &days("2026-11-21", "2026-11-25")).await;
    let titles: Vec<&str> = told.entries.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["How it began, part 1", "How it went on, part 2"]);
    let ends = &told.conflicts[0];
    assert_eq!((told.conflicts.len(), ends.clash, ends.at), (1, Clash::TopicsUsedUp, at("2026-11-23T08:00:00Z")));
    assert_eq!(ends.schedules, [schedule.plan.id]);
}

#[tokio::test]
async fn what_is_in_each_others_way_is_told() {
    let store = MemoryStore::default();
    let open = a_task_that(&store, 1, |task| task.state = TaskState::AwaitingApproval).await;
    let mut waits = a_schedule("acme", 1, now(), &json!({}));
    waits.last_task = Some(open.id.clone());
    store.make_schedule(&waits, None).await.unwrap();
    let same = scheduled(&store, 2, &json!({})).await;
    let paused = a_schedule("acme", 3, now(), &json!({})).paused(Because::Asked, now());
    store.make_schedule(&paused, None).await.unwrap();
    let mut hours = Vec::new();
    for (number, hour) in [(2, "2026-11-21T10:00:00Z"), (3, "2026-11-21T10:59:00Z"), (4, "2026-11-21T11:59:00Z")] {
        let hour = Some(at(hour));
        hours.push(
            a_task_that(&store, number, |task| (task.state, task.publish_at) = (TaskState::Approved, hour)).await.id,
        );
    }
    let told = calendar(&store, &days("2026-11-21", "2026-11-21")).await;
    let found = |clash: Clash| told.conflicts.iter().filter(|one| one.clash == clash).collect::<Vec<_>>();
    let close = found(Clash::PublishedTogether);
    assert_eq!((close.len(), &close[0].tasks), (1, &hours[..2].to_vec()), "an hour apart is apart");
    let together = found(Clash::DueTogether);
    assert_eq!((together.len(), &together[0].schedules), (1, &vec![waits.plan.id.clone(), same.plan.id.clone()]));
    let blocked = found(Clash::TaskStillOpen);
    assert_eq!((blocked.len(), &blocked[0].tasks, &blocked[0].schedules), (1, &vec![open.id], &vec![waits.plan.id]));
    let stopped = found(Clash::SchedulePaused);
    assert_eq!(
        (stopped.len(), &stopped[0].schedules, stopped[0].at),
        (1, &vec![paused.plan.id], at("2026-11-21T08:00:00Z"))
    );
    assert_eq!(
        told.entries.iter().filter(|one| one.standing == Standing::Planned).count(),
        2,
        "what pauses plans nothing"
    );
}

#[tokio::test]
async fn a_hundred_schedules_of_a_quarter_are_told_within_bounds_and_it_is_said() {
    let store = MemoryStore::default();
    for number in 0..100 {
        scheduled(&store, number, &json!({})).await;
    }
    let told = calendar(&store, &days("2026-11-20", "2027-02-19")).await;
    assert_eq!((told.entries.len(), told.is_complete), (MOST_PLANNED, false));
    assert_eq!(told.days.iter().map(|day| day.planned).sum::<u32>(), 500);
    assert_eq!(told.entries[0].at, at("2026-11-21T08:00:00Z"), "the earliest are told");
}

#[tokio::test]
async fn where_a_months_cap_could_be_reached_is_told_once_a_month() {
    let store = MemoryStore::default();
    let fields = json!({"max_cost_usd": "1", "max_cost_usd_per_month": "3"});
    let schedule = scheduled(&store, 1, &fields).await;
    let told = calendar(&store, &days("2026-11-20", "2026-12-31")).await;
    let over: Vec<_> = told.conflicts.iter().map(|one| (one.clash, one.at, one.schedules.clone())).collect();
    let ids = vec![schedule.plan.id];
    let expected =
        ["2026-11-24T08:00:00Z", "2026-12-04T08:00:00Z"].map(|hour| (Clash::OverMonth, at(hour), ids.clone()));
    assert_eq!(over, expected);
    let later = calendar(&store, &days("2026-12-10", "2026-12-20")).await;
    assert_eq!(later.conflicts, [], "it was told at the first that could");
}
