//! Schedules at work: one task for each occurrence, whatever dies on the way, and none that a client would not get.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use futures_util::future;
use galley_domain::{
    access::{
        keys::{KeyStore, StoredKey},
        limits::DayQuota,
        people::{Person, PersonStore},
        role::{Principal, Role},
    },
    intake::{create::Creator, known_models::KnownModels},
    kernel::{clock::Clock, ids::ScheduleId, usd::MicroUsd},
    models::phase::Phase,
    operations::{ended, sweep},
    plans::{
        fire::{Fired, Firing},
        manage::ScheduleError,
    },
    queue::{
        message::{Kind, Message},
        tries::{self, Begin, MOST_TRIES},
    },
    schedule::{
        record::{Because, NewSchedule, Schedule, SchedulePatch},
        run::{Outcome, Ran, Run},
        store::ScheduleStore,
    },
    task::{
        audit::Actor,
        record::Task,
        state::TaskState,
        store::{Change, TaskQuery, TaskStore},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, acting, change, context, operating, principal, subject, tenant, trace},
    clock::TestClock,
    fakes::MemoryQueue,
    plan::new_schedule,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A Friday, nine o'clock in Berlin.
const NOW: &str = "2026-11-20T08:00:00Z";

struct Bench {
    store: MemoryStore,
    queue: MemoryQueue,
    clock: TestClock,
    firing: Firing<MemoryStore, MemoryQueue, TestClock>,
}

impl Bench {
    /// `ana` is one of the tenant's people.
    async fn of(role: Role) -> Self {
        let (store, queue, clock) = (MemoryStore::default(), MemoryQueue::default(), TestClock::at(NOW));
        let creator = Creator {
            store: store.clone(),
            queue: queue.clone(),
            clock: clock.clone(),
            models: KnownModels::default(),
        };
        let firing = Firing { creator, quota: DayQuota { user: 500, organisation: 500 } };
        let bench = Self { store, queue, clock, firing };
        bench.let_in("ana", role).await;
        bench
    }

    async fn let_in(&self, who: &str, role: Role) {
        let person = Person {
            subject: subject(who),
            tenant: tenant("acme"),
            role,
            display_name: None,
            groups: [].into(),
            added_at: self.clock.now(),
            added_by: subject("boss"),
        };
        self.store.put_person(&person).await.unwrap();
    }

    async fn ask(&self, by: &Principal, fields: &Value) -> Result<Schedule, ScheduleError> {
        let asked: NewSchedule = serde_json::from_value(new_schedule(fields)).unwrap();
        let keyed =
            galley_domain::idempotency::claim::Keyed { claim: None, render: |_| unreachable!("no claim is made") };
        match self.firing.make(&acting(by), asked, &keyed).await? {
            galley_domain::idempotency::claim::Once::New(schedule) => Ok(schedule),
            galley_domain::idempotency::claim::Once::Replay(saved) => panic!("{saved:?}"),
        }
    }

    async fn made(&self, fields: &Value) -> Schedule {
        self.ask(&principal(Role::Editor), fields).await.unwrap()
    }

    async fn present(&self, id: &ScheduleId) -> Schedule {
        self.store.schedule(id).await.unwrap().unwrap()
    }

    /// A run of the sweeper, and what it sends for is worked on.
    async fn swept(&self) -> Vec<Fired> {
        sweep::sweep(&self.store, &self.queue, &self.clock, Timestamp::MAX).await;
        let mut fired = Vec::new();
        for message in self.messages() {
            fired.push(self.firing.fire(&message).await.unwrap());
        }
        fired
    }

    fn messages(&self) -> Vec<Message> {
        self.queue.take().into_iter().filter(|message| message.kind == Kind::Schedule).collect()
    }

    async fn tasks(&self) -> Vec<Task> {
        let query =
            TaskQuery { tenant: tenant("acme"), state: None, task_type: None, before: None, limit: 100, after: None };
        self.store.list(query).await.unwrap().items
    }

    async fn runs(&self, schedule: &Schedule) -> Vec<Run> {
        self.store.runs(&schedule.plan.id, 100, None).await.unwrap().items
    }

    fn to(&self, at: &str) {
        self.clock.advance(at.parse::<Timestamp>().unwrap().duration_since(self.clock.now()));
    }
}

fn patch(body: &Value) -> SchedulePatch {
    galley_api::read::read(body.clone(), galley_api::read::Null::Clears).unwrap()
}

fn faults(refused: Result<Schedule, ScheduleError>) -> Vec<String> {
    match refused {
        Err(ScheduleError::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?}"),
    }
}

const DAILY: &str = "2026-11-21T08:00:00Z";

#[tokio::test]
async fn a_schedule_that_could_make_nothing_is_refused_by_its_field() {
    let (bench, editor) = (Bench::of(Role::Editor).await, principal(Role::Editor));
    let past = json!({"rule": {"repeat": "once", "date": "2026-11-20", "at": "08:59", "zone": "Europe/Berlin"}});
    for (fields, field) in [
        (past, "rule"),
        (json!({"request": {"topic": "{{topic}}"}}), "topics"),
        (json!({"topics": ["HTTP caching"]}), "topics"),
        (json!({"request": {"topic": "News of {{day}}"}}), "request.topic"),
        (json!({"request": {"topic": "News", "style": "loud"}}), "request.style"),
        (json!({"request": {"topic": "News", "max_cost_usd": "1"}}), "request.max_cost_usd"),
        (json!({"request": {"topic": "News", "publish_to": ["nowhere"]}}), "request.publish_to"),
    ] {
        assert_eq!(faults(bench.ask(&editor, &fields).await), [field], "{fields}");
    }
    assert!(bench.store.schedules(&tenant("acme"), 9, None).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn whoever_cannot_be_looked_up_owns_no_schedule_and_who_is_no_admin_none_that_publishes() {
    let bench = Bench::of(Role::Editor).await;
    let publishes = json!({"request": {"topic": "What is new", "publish_mode": "publish"}});
    let stranger = Principal { subject: subject("token-1"), ..principal(Role::Admin) };
    assert!(matches!(bench.ask(&stranger, &json!({})).await, Err(ScheduleError::NobodyToLookUp)));
    let operator = Principal { tenant: tenant("system"), ..principal(Role::Admin) };
    assert!(matches!(bench.ask(&operator, &json!({})).await, Err(ScheduleError::NoContent)));
    for role in [Role::Editor, Role::Admin] {
        // Also not by a request that shows more than she has been since.
        let refused = bench.ask(&principal(role), &publishes).await;
        assert!(matches!(refused, Err(ScheduleError::MayNotPublish)), "{refused:?}");
    }
    bench.let_in("ana", Role::Admin).await;
    assert!(matches!(bench.ask(&principal(Role::Editor), &publishes).await, Err(ScheduleError::MayNotPublish)));
    bench.ask(&principal(Role::Admin), &publishes).await.unwrap();
    let key = StoredKey::new(
        "galley_of-a-robot",
        Principal { subject: subject("robot"), ..principal(Role::Editor) },
        bench.clock.now(),
    );
    bench.store.put_key(key, None).await.unwrap();
    bench.ask(&Principal { subject: subject("robot"), ..principal(Role::Editor) }, &json!({})).await.unwrap();
}

#[tokio::test]
async fn a_tenant_has_a_hundred_schedules_and_no_more() {
    let bench = Bench::of(Role::Editor).await;
    for _ in 0..100 {
        bench.made(&json!({})).await;
    }
    assert!(matches!(bench.ask(&principal(Role::Editor), &json!({})).await, Err(ScheduleError::TooMany)));
}

#[tokio::test]
async fn another_tenants_schedule_is_none() {
    let bench = Bench::of(Role::Editor).await;
    let schedule = bench.made(&json!({})).await;
    let (id, rival) = (&schedule.plan.id, Principal { tenant: tenant("rival"), ..principal(Role::Admin) });
    assert!(matches!(
        bench.firing.change(&acting(&rival), id, &patch(&json!({"paused": true}))).await,
        Err(ScheduleError::Unknown)
    ));
    assert!(matches!(bench.firing.remove(&acting(&rival), id).await, Err(ScheduleError::Unknown)));
    bench.to(DAILY);
    let foreign = Message::new(Kind::Schedule, tenant("rival"), id.as_str(), trace());
    assert_eq!(bench.firing.fire(&foreign).await.unwrap(), Fired::NothingToDo);
    assert!(bench.tasks().await.is_empty());
}

#[tokio::test]
async fn an_occurrence_makes_one_task_by_the_way_of_a_clients() {
    let bench = Bench::of(Role::Author).await;
    bench.let_in("ana", Role::Editor).await;
    let fields =
        json!({"max_cost_usd": "0.25", "request": {"topic": "News {{part}} of {{date}}", "tags": ["{{week}}"]}});
    let schedule = bench.made(&fields).await;
    assert!(bench.swept().await.is_empty(), "nine o'clock of this day is over");
    bench.to("2026-11-21T07:59:59Z");
    assert!(bench.swept().await.is_empty());
    bench.to(DAILY);
    let fired = bench.swept().await;
    let tasks = bench.tasks().await;
    assert_eq!(fired, [Fired::Ran(Outcome::Made { task_id: tasks[0].id.clone() })]);
    let task = &tasks[0];
    assert_eq!(task.request.topic.as_str(), "News 1 of 2026-11-21");
    assert_eq!(task.request.tags.iter().collect::<Vec<_>>(), ["2026-W47"]);
    assert_eq!(serde_json::to_value(task.request.max_cost_usd).unwrap(), json!("0.25"));
    assert_eq!(task.requested_by, subject("ana"));
    let events = bench.store.events(&task.id, 9, None).await.unwrap().items;
    assert_eq!(events[0].actor, Actor::Schedule { schedule: schedule.plan.id.clone() });
    let present = bench.present(&schedule.plan.id).await;
    assert_eq!((present.plan.made, present.last_task.as_ref()), (1, Some(&task.id)));
    assert_eq!(present.plan.next.unwrap().local.to_string(), "2026-11-22T09:00");
}

#[tokio::test]
async fn the_same_sweep_twice_and_two_workers_at_once_make_one_task() {
    let bench = Bench::of(Role::Editor).await;
    let schedule = bench.made(&json!({})).await;
    bench.to(DAILY);
    let (one, other) = future::join(
        sweep::sweep(&bench.store, &bench.queue, &bench.clock, Timestamp::MAX),
        sweep::sweep(&bench.store, &bench.queue, &bench.clock, Timestamp::MAX),
    )
    .await;
    assert_eq!(one.sent + other.sent, 1);
    let message = bench.messages().pop().unwrap();
    let (one, other) = future::join(bench.firing.fire(&message), bench.firing.fire(&message)).await;
    let ran = [one.unwrap(), other.unwrap()].into_iter().filter(|fired| matches!(fired, Fired::Ran(_))).count();
    assert_eq!((ran, bench.tasks().await.len()), (1, 1));
    assert_eq!(bench.firing.fire(&message).await.unwrap(), Fired::NothingToDo, "a third delivery");
    assert_eq!(bench.runs(&schedule).await.len(), 1);
}

#[tokio::test]
async fn whatever_dies_between_the_steps_there_is_one_task() {
    // What a run asks of the store that counts: the schedule, and the write. After so many of them the table is gone.
    for healthy in 0..4 {
        let bench = Bench::of(Role::Editor).await;
        let schedule = bench.made(&json!({})).await;
        bench.to(DAILY);
        let message = schedule.message();
        bench.store.break_after(healthy);
        let first = bench.firing.fire(&message).await;
        bench.store.heal();
        let day = galley_domain::access::limits::QuotaDay::of(&tenant("acme"), &subject("ana"), bench.clock.now());
        let again = bench.firing.fire(&message).await.unwrap();
        let tasks = bench.tasks().await;
        assert_eq!(tasks.len(), 1, "after {healthy}: {first:?}, then {again:?}");
        assert_eq!(first.is_ok(), healthy >= 2, "after {healthy}: {first:?}");
        assert_eq!(bench.runs(&schedule).await.len(), 1);
        assert!(bench.store.taken(&day) >= 1);
    }
    // The write happens, and its answer is lost.
    let bench = Bench::of(Role::Editor).await;
    let schedule = bench.made(&json!({})).await;
    bench.to(DAILY);
    bench.store.lose_answers_after(0, 1);
    assert!(bench.firing.fire(&schedule.message()).await.is_err());
    assert_eq!(bench.firing.fire(&schedule.message()).await.unwrap(), Fired::NothingToDo);
    assert_eq!((bench.tasks().await.len(), bench.runs(&schedule).await.len()), (1, 1));
}

#[tokio::test]
async fn a_year_of_a_daily_schedule_makes_a_task_for_each_day() {
    for (zone, time, start, days) in
        [("Europe/Berlin", "02:30", "2027-01-01", 365), ("America/New_York", "01:30", "2028-01-01", 366)]
    {
        let bench = Bench::of(Role::Editor).await;
        let end = format!("{}-12-31", &start[..4]);
        let rule = json!({"repeat": "daily", "at": time, "zone": zone, "start": start, "end": end});
        let schedule = bench.made(&json!({"rule": rule, "overlap": "allow"})).await;
        bench.to(&format!("{start}T00:00:00Z"));
        let (mut made, message) = (0, schedule.message());
        // Its message comes every hour, from before the first day to after the last: too early, it does nothing.
        for _ in 0..24 * (days + 2) {
            made += usize::from(matches!(bench.firing.fire(&message).await.unwrap(), Fired::Ran(Outcome::Made { .. })));
            bench.clock.advance(SignedDuration::from_hours(1));
        }
        assert_eq!(made, days, "{zone}");
        let present = bench.present(&schedule.plan.id).await;
        assert_eq!((usize::try_from(present.plan.made).unwrap(), present.plan.next), (days, None));
    }
}

#[tokio::test]
async fn an_hour_that_was_missed_is_left_out_or_run_once_as_the_schedule_says() {
    for (policy, expected) in [("skip", 0), ("run_once", 1)] {
        let bench = Bench::of(Role::Editor).await;
        let schedule = bench.made(&json!({"missed": policy})).await;
        // Nobody swept for three days.
        bench.to("2026-11-23T12:00:00Z");
        bench.swept().await;
        assert_eq!(bench.tasks().await.len(), expected, "{policy}");
        let runs = bench.runs(&schedule).await;
        assert_eq!(
            (runs.len(), runs[0].missed_before, runs[0].occurrence.unwrap().to_string().as_str()),
            (1, 2, "2026-11-23T09:00")
        );
        assert_eq!(matches!(runs[0].outcome, Outcome::Missed), policy == "skip");
        assert_eq!(bench.present(&schedule.plan.id).await.plan.next.unwrap().local.to_string(), "2026-11-24T09:00");
        // A few minutes late is not missed.
        bench.to("2026-11-24T09:00:00Z");
        bench.swept().await;
        let made = bench.runs(&schedule).await.iter().filter(|run| matches!(run.outcome, Outcome::Made { .. })).count();
        assert_eq!(made, 1, "{policy}: while the first is open the second is in its way");
    }
}

#[tokio::test]
async fn while_the_task_before_is_open_another_is_made_only_where_that_is_said() {
    let bench = Bench::of(Role::Editor).await;
    let schedule = bench.made(&json!({})).await;
    bench.to(DAILY);
    bench.swept().await;
    let first = bench.tasks().await.remove(0);
    bench.to("2026-11-22T08:00:00Z");
    assert_eq!(bench.swept().await, [Fired::Ran(Outcome::Overlapped { task_id: first.id.clone() })]);
    let cancelled = first.cancelled(None, &context(bench.clock.now())).unwrap();
    bench.store.commit(change(&first, cancelled)).await.unwrap();
    bench.to("2026-11-23T08:00:00Z");
    assert!(matches!(&bench.swept().await[..], [Fired::Ran(Outcome::Made { .. })]));
    let allowed = patch(&json!({"overlap": "allow"}));
    bench.firing.change(&acting(&principal(Role::Editor)), &schedule.plan.id, &allowed).await.unwrap();
    bench.to("2026-11-24T08:00:00Z");
    assert!(matches!(&bench.swept().await[..], [Fired::Ran(Outcome::Made { .. })]));
    assert_eq!(bench.tasks().await.len(), 3);
}

#[tokio::test]
async fn a_schedule_runs_by_what_its_owner_is_and_pauses_where_that_does_not_do() {
    let publishes = json!({"request": {"topic": "What is new", "publish_mode": "publish"}});
    for (fields, before, after, because) in [
        (json!({}), Role::Editor, None, Because::OwnerGone),
        (json!({}), Role::Editor, Some(Role::Viewer), Because::OwnerMayNot),
        (publishes, Role::Admin, Some(Role::Editor), Because::OwnerMayNotPublish),
    ] {
        let bench = Bench::of(before).await;
        let schedule = bench.ask(&principal(before), &fields).await.unwrap();
        match after {
            None => assert!(bench.store.remove_person(&tenant("acme"), &subject("ana")).await.unwrap()),
            Some(role) => bench.let_in("ana", role).await,
        }
        bench.to(DAILY);
        assert_eq!(bench.swept().await, [Fired::Ran(Outcome::Paused { because })]);
        let present = bench.present(&schedule.plan.id).await;
        assert_eq!((present.plan.pause.unwrap().because, present.plan.next), (because, None));
        bench.clock.advance(SignedDuration::from_hours(48));
        assert!(bench.swept().await.is_empty() && bench.tasks().await.is_empty());
        // Somebody else has it go on, and it is theirs from then on: by what they may.
        bench.let_in("ben", Role::Editor).await;
        let ben = Principal { subject: subject("ben"), ..principal(Role::Editor) };
        let resumed = bench.firing.change(&acting(&ben), &schedule.plan.id, &patch(&json!({"paused": false}))).await;
        if because == Because::OwnerMayNotPublish {
            assert!(matches!(resumed, Err(ScheduleError::MayNotPublish)), "{resumed:?}");
            continue;
        }
        let resumed = resumed.unwrap();
        assert_eq!((resumed.plan.owner, resumed.plan.pause), (subject("ben"), None));
        assert_eq!(
            resumed.plan.next.unwrap().local.to_string(),
            "2026-11-24T09:00",
            "what fell into the pause is left out"
        );
    }
    let bench = Bench::of(Role::Editor).await;
    bench.made(&json!({})).await;
    bench.let_in("ana", Role::Author).await;
    bench.to(DAILY);
    assert!(matches!(&bench.swept().await[..], [Fired::Ran(Outcome::Made { .. })]), "an author may ask for tasks");
}

#[tokio::test]
async fn a_run_that_is_refused_says_why_and_the_next_comes_all_the_same() {
    let bench = Bench::of(Role::Editor).await;
    let firing = Firing { quota: DayQuota { user: 0, organisation: 9 }, ..bench.firing.clone() };
    let schedule = bench.made(&json!({})).await;
    bench.to(DAILY);
    let fired = firing.fire(&schedule.message()).await.unwrap();
    let reason = "the day's quota is used up".to_owned();
    assert_eq!(fired, Fired::Ran(Outcome::Refused { reason }));
    assert_eq!(firing.fire(&schedule.message()).await.unwrap(), Fired::NothingToDo);
    bench.to("2026-11-22T08:00:00Z");
    assert!(matches!(&bench.swept().await[..], [Fired::Ran(Outcome::Made { .. })]));
}

#[tokio::test]
async fn each_topic_has_one_task_and_after_the_last_it_pauses() {
    let bench = Bench::of(Role::Editor).await;
    let fields = json!({"request": {"topic": "{{topic}}"}, "topics": ["HTTP caching", "Weaving"], "overlap": "allow"});
    let schedule = bench.made(&fields).await;
    for day in 21..24 {
        bench.to(&format!("2026-11-{day}T08:00:00Z"));
        bench.swept().await;
    }
    let mut topics: Vec<String> =
        bench.tasks().await.iter().map(|task| task.request.topic.as_str().to_owned()).collect();
    topics.sort();
    assert_eq!(topics, ["HTTP caching", "Weaving"]);
    assert_eq!(bench.present(&schedule.plan.id).await.plan.pause.unwrap().because, Because::TopicsUsedUp);
    let more = patch(&json!({"topics": ["Dyeing"], "paused": false}));
    bench.firing.change(&acting(&principal(Role::Editor)), &schedule.plan.id, &more).await.unwrap();
    bench.to("2026-11-24T08:00:00Z");
    bench.swept().await;
    assert_eq!(bench.tasks().await.len(), 3);
}

#[tokio::test]
async fn what_is_left_out_or_run_at_once_changes_nothing_else() {
    use galley_domain::idempotency::claim::{Keyed, SavedResponse};
    let bench = Bench::of(Role::Editor).await;
    let editor = principal(Role::Editor);
    let schedule = bench.made(&json!({})).await;
    let id = &schedule.plan.id;
    let keyed = || Keyed { claim: None, render: |_: &Run| unreachable!("no claim is made") };
    for never in ["2026-11-20T09:00", "2026-11-22T09:01", "2026-11-22T10:00"] {
        let refused = bench.firing.skip(&acting(&editor), (id, never.parse().unwrap()), &keyed()).await;
        assert!(matches!(refused, Err(ScheduleError::NotToCome)), "{never}: {refused:?}");
    }
    bench.to(DAILY);
    // It is due, and has not run: leaving out the next one does not lose it.
    bench.firing.skip(&acting(&editor), (id, "2026-11-22T09:00".parse().unwrap()), &keyed()).await.unwrap();
    let twice = bench.firing.skip(&acting(&editor), (id, "2026-11-22T09:00".parse().unwrap()), &keyed()).await;
    assert!(matches!(twice, Err(ScheduleError::NotToCome)), "{twice:?}");
    assert!(matches!(&bench.swept().await[..], [Fired::Ran(Outcome::Made { .. })]));
    assert_eq!(bench.present(id).await.plan.next.unwrap().local.to_string(), "2026-11-23T09:00");
    let saved = |_: &Run| SavedResponse { status: 201, location: None, etag: None, body: String::new() };
    bench.firing.run_now((&acting(&editor), id), None, saved).await.unwrap();
    let present = bench.present(id).await;
    assert_eq!((present.plan.made, present.plan.next.unwrap().local.to_string().as_str()), (2, "2026-11-23T09:00"));
    let outcomes: Vec<String> =
        bench.runs(&schedule).await.iter().map(|run| run.outcome.state().name().to_owned()).collect();
    assert_eq!(outcomes, ["skipped", "made", "made"], "two at nine and one at once");
}

#[tokio::test]
async fn another_rule_makes_nothing_twice_and_loses_nothing_that_is_due() {
    let bench = Bench::of(Role::Editor).await;
    let (editor, fields) = (principal(Role::Editor), json!({"overlap": "allow"}));
    let schedule = bench.made(&fields).await;
    let id = &schedule.plan.id;
    let in_zone = |zone: &str| patch(&json!({"rule": {"repeat": "daily", "at": "09:00", "zone": zone}}));
    bench.to("2026-11-21T08:00:20Z");
    bench.firing.change(&acting(&editor), id, &in_zone("America/New_York")).await.unwrap();
    assert!(
        matches!(&bench.swept().await[..], [Fired::Ran(Outcome::Made { .. })]),
        "it was due before the rule changed"
    );
    // Nine o'clock of the 21st is still to come in New York, and is the same occurrence.
    assert_eq!(bench.present(id).await.plan.next.unwrap().local.to_string(), "2026-11-22T09:00");
    bench.firing.change(&acting(&editor), id, &in_zone("Pacific/Auckland")).await.unwrap();
    bench.to("2026-11-23T12:00:00Z");
    bench.swept().await;
    let names: Vec<Option<String>> =
        bench.runs(&schedule).await.iter().map(|run| run.occurrence.map(|at| at.to_string())).collect();
    let mut distinct = names.clone();
    distinct.dedup();
    assert_eq!(names, distinct);
}

#[tokio::test]
async fn a_run_that_never_ends_pauses_the_schedule_until_an_operator_has_it_tried_again() {
    let bench = Bench::of(Role::Editor).await;
    let schedule = bench.made(&json!({})).await;
    bench.to(DAILY);
    let message = schedule.message();
    for _ in 0..MOST_TRIES {
        assert_eq!(tries::begin(&bench.store, &message).await.unwrap(), Begin::Work);
    }
    let Begin::GiveUp { tries } = tries::begin(&bench.store, &message).await.unwrap() else { panic!("it goes on") };
    ended::give_up(&bench.store, &bench.queue, &bench.clock, &message, tries).await.unwrap();
    assert_eq!(bench.present(&schedule.plan.id).await.plan.pause.unwrap().because, Because::GivenUp);
    let listed = tries::EndedStore::all_ended(&bench.store, 9, None).await.unwrap().items;
    let again = ended::redrive(&bench.store, &bench.queue, &bench.clock, &operating(), &listed[0].id).await.unwrap();
    assert!(matches!(again, ended::Redriven::Again(_)), "{again:?}");
    let present = bench.present(&schedule.plan.id).await.plan;
    assert_eq!((present.pause, present.next.unwrap().local.to_string().as_str()), (None, "2026-11-22T09:00"));
}

#[tokio::test]
async fn a_cap_for_the_month_needs_one_for_each_task_that_fits_into_it() {
    let (bench, editor) = (Bench::of(Role::Editor).await, principal(Role::Editor));
    for (fields, field) in [
        (json!({"max_cost_usd_per_month": "5"}), "max_cost_usd"),
        (json!({"max_cost_usd_per_month": "0.50", "max_cost_usd": "0.51"}), "max_cost_usd_per_month"),
    ] {
        assert_eq!(faults(bench.ask(&editor, &fields).await), [field], "{fields}");
    }
    let schedule = bench.made(&json!({"max_cost_usd_per_month": "0.50", "max_cost_usd": "0.50"})).await;
    let changed = async |body: Value| bench.firing.change(&acting(&editor), &schedule.plan.id, &patch(&body)).await;
    assert_eq!(faults(changed(json!({"max_cost_usd": null})).await), ["max_cost_usd"]);
    let without = changed(json!({"max_cost_usd": null, "max_cost_usd_per_month": null})).await.unwrap();
    assert_eq!((without.plan.max_cost_usd, without.plan.max_cost_usd_per_month), (None, None));
}

/// As it stands once somebody has said no.
async fn ended(bench: &Bench, fired: &[Fired]) {
    let [Fired::Ran(Outcome::Made { task_id })] = fired else { panic!("{fired:?}") };
    let task = bench.store.task(task_id).await.unwrap().unwrap();
    let over = Task { state: TaskState::Rejected, version: task.version + 1, ..task.clone() };
    bench.store.commit(Change::new(task.stamp(), over, Vec::new())).await.unwrap();
}

#[tokio::test]
async fn what_would_go_beyond_the_months_cap_is_not_made_and_the_next_month_begins_anew() {
    let bench = Bench::of(Role::Editor).await;
    let fields = json!({"overlap": "allow", "max_cost_usd": "0.50", "max_cost_usd_per_month": "1.20"});
    let schedule = bench.made(&fields).await;
    bench.to(DAILY);
    let first = bench.swept().await;
    bench.to("2026-11-22T08:00:00Z");
    let second = bench.swept().await;
    assert!(matches!(second[..], [Fired::Ran(Outcome::Made { .. })]), "{second:?}");
    // Two are open, and may cost a dollar.
    bench.to("2026-11-23T08:00:00Z");
    let refused = bench.swept().await;
    let [Fired::Ran(Outcome::Refused { reason })] = &refused[..] else { panic!("{refused:?}") };
    assert!(reason.contains("1.20 dollars") && reason.contains("1.00 are spent or reserved"), "{reason}");
    let by_hand =
        bench.firing.run_now((&acting(&principal(Role::Editor)), &schedule.plan.id), None, |_| unreachable!()).await;
    assert!(matches!(by_hand, Err(ScheduleError::NotRun(Outcome::Refused { .. }))), "{by_hand:?}");
    // The first is over, and has cost nothing.
    ended(&bench, &first).await;
    bench.to("2026-11-24T08:00:00Z");
    let third = bench.swept().await;
    assert!(matches!(third[..], [Fired::Ran(Outcome::Made { .. })]), "{third:?}");
    bench.to("2026-11-25T08:00:00Z");
    assert!(matches!(bench.swept().await[..], [Fired::Ran(Outcome::Refused { .. })]));
    bench.to("2026-12-01T08:00:00Z");
    let anew = bench.swept().await;
    assert!(matches!(anew[..], [Fired::Ran(Outcome::Made { .. })]), "November's tasks are November's: {anew:?}");
}

#[tokio::test]
async fn what_a_months_tasks_have_cost_counts_to_the_cent() {
    for (cents, fits) in [(70, true), (71, false)] {
        let bench = Bench::of(Role::Editor).await;
        let schedule = bench.made(&json!({"max_cost_usd": "0.50", "max_cost_usd_per_month": "1.20"})).await;
        let mut acceptance = a_task().accepted();
        acceptance.task.state = TaskState::Published;
        acceptance.task.cost.insert(Phase::Draft, MicroUsd::from_micros(cents * 10_000));
        let run = Run {
            schedule: schedule.plan.id.clone(),
            occurrence: None,
            due_at: bench.clock.now(),
            at: bench.clock.now(),
            missed_before: 0,
            outcome: Outcome::Missed,
        };
        let after = Schedule { version: schedule.version + 1, ..schedule.clone() };
        let ran = Ran { schedule: Box::new(after), over: schedule.version, run };
        acceptance.ran = Some(ran.made(&acceptance.task.id));
        bench.store.accept(acceptance).await.unwrap();
        bench.to(DAILY);
        let fired = bench.swept().await;
        assert_eq!(matches!(fired[..], [Fired::Ran(Outcome::Made { .. })]), fits, "{cents}: {fired:?}");
    }
}
