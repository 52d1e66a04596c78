//! Jobs that export or erase: they go on where they stopped, wait for what is still worked on, and end once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use galley_domain::{
    access::{
        acts::{self, ActKind, ActStore, Acting, Between, Recording},
        keys::{KeyStore, StoredKey},
        role::{Principal, Role},
    },
    idempotency::claim::{Keyed, Once, SavedResponse},
    kernel::{
        clock::{Clock, Entropy},
        error::BoxError,
        ids::{Generation, KeyId, TaskId},
    },
    operations::ended,
    outbox::{
        placement::{Fidelity, Placement, PlacementStore, Remote, Stage},
        port::RemoteId,
        target::TargetStore,
    },
    privacy::{
        jobs::{First, Job, JobKind, PrivacyStore, accept},
        worker::{JobOutcome, PrivacyWorker},
    },
    queue::{
        message::{Kind, Message},
        tries::{EndedStore, MOST_TRIES},
    },
    task::{
        assigning::AssignmentStore,
        audit::{Actor, Context},
        record::{Live, Task},
        state::TaskState,
        store::{Change, TaskStore},
    },
    tenancy::{
        history::{History, HistoryStore},
        settings::{Policy, Settings},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_target, a_task, acting, change, context, operating, principal, revision, subject, tenant, trace},
    clock::TestClock,
    fakes::MemoryQueue,
    tenants::set_own,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

struct Dice;

impl Entropy for Dice {
    fn secret(&self) -> Result<[u8; 32], BoxError> {
        Ok([7; 32])
    }
}

struct Bench {
    worker: PrivacyWorker<MemoryStore, MemoryQueue, TestClock>,
}

impl Bench {
    fn new() -> Self {
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        Self { worker: PrivacyWorker { store: MemoryStore::default(), queue: MemoryQueue::default(), clock } }
    }

    /// So many tasks of ana's; their ids.
    async fn tasks(&self, count: u8) -> Vec<TaskId> {
        let mut ids = Vec::new();
        for number in 0..count {
            let accepted = a_task().by("ana").number(number).accepted();
            ids.push(accepted.task.id.clone());
            self.worker.store.accept(accepted).await.unwrap();
        }
        ids
    }

    async fn accepted(&self, kind: JobKind) -> Job {
        let PrivacyWorker { store, queue, clock } = &self.worker;
        let boss = acting(&Principal { subject: subject("boss"), ..principal(Role::Admin) });
        let render = |job: &Job| SavedResponse { status: 202, location: None, etag: None, body: job.id.to_string() };
        let keyed = Keyed { claim: None, render };
        match accept(store, queue, clock, &Dice, &boss, (kind, subject("ana")), &keyed).await.unwrap() {
            Once::New(job) => job,
            Once::Replay(saved) => panic!("{saved:?}"),
        }
    }

    async fn work(&self, job: &Job, seconds: i64) -> JobOutcome {
        let deadline = self.worker.clock.now() + SignedDuration::from_secs(seconds);
        self.worker.work(&job.message(), deadline).await.unwrap()
    }

    async fn job(&self, job: &Job) -> Job {
        self.worker.store.job(&job.id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_job_hands_over_and_goes_on_where_it_stopped() {
    let bench = Bench::new();
    bench.tasks(25).await;
    let job = bench.accepted(JobKind::Export).await;
    assert_eq!(bench.worker.queue.take().len(), 1);
    assert_eq!(bench.work(&job, 5).await, JobOutcome::HandedOver);
    assert_eq!((bench.job(&job).await.tasks, bench.worker.queue.take().len()), (10, 1));
    assert_eq!(bench.work(&job, 60).await, JobOutcome::Done);
    let done = bench.job(&job).await;
    assert_eq!((done.tasks, done.parts, done.due_at), (25, 3, None));
    assert_eq!(bench.work(&job, 60).await, JobOutcome::NothingToDo, "a duplicate");
    let other = Message::new(Kind::Job, tenant("rival"), job.id.as_str(), trace());
    let deadline = bench.worker.clock.now() + SignedDuration::from_secs(60);
    assert_eq!(bench.worker.work(&other, deadline).await.unwrap(), JobOutcome::NothingToDo);
}

/// Given up after its first part, and found by an operator weeks later, when that part is gone.
#[tokio::test]
async fn an_export_that_is_tried_again_lacks_none_of_its_first_parts() {
    let bench = Bench::new();
    bench.tasks(25).await;
    let job = bench.accepted(JobKind::Export).await;
    assert_eq!(bench.work(&job, 5).await, JobOutcome::HandedOver);
    let PrivacyWorker { store, queue, clock } = &bench.worker;
    ended::give_up(store, queue, clock, &job.message(), MOST_TRIES).await.unwrap();
    clock.advance(SignedDuration::from_hours(8 * 24));
    let listed = store.all_ended(10, None).await.unwrap().items;
    ended::redrive(store, queue, clock, &operating(), &listed[0].id).await.unwrap();
    let again = bench.job(&job).await;
    assert_eq!((again.parts, again.tasks, again.begun, &again.after), (0, 0, false, &None));
    assert_eq!(bench.work(&job, 60).await, JobOutcome::Done);
    let done = bench.job(&job).await;
    assert_eq!((done.tasks, done.parts), (25, 3), "each once");
}

#[tokio::test]
async fn an_erasure_waits_for_what_is_still_worked_on() {
    let bench = Bench::new();
    let ids = bench.tasks(3).await;
    let store = &bench.worker.store;
    let key = StoredKey::new(
        "galley_anas",
        Principal { subject: subject("ana"), ..principal(Role::Author) },
        bench.worker.clock.now(),
    );
    store.put_key(key, None).await.unwrap();
    let busy = store.load(ids.last().unwrap()).await.unwrap().unwrap().0;
    let claimed = change(&busy, busy.claim(&context(bench.worker.clock.now())).unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();

    let job = bench.accepted(JobKind::Erase).await;
    assert_eq!(bench.work(&job, 60).await, JobOutcome::Waits);
    let waiting = bench.job(&job).await;
    assert_eq!((waiting.tasks, waiting.left, waiting.completed_at), (2, 0, None));
    assert!(waiting.due_at.unwrap() > bench.worker.clock.now(), "the sweeper looks again");
    assert!(store.key(&KeyId::of("galley_anas")).await.unwrap().unwrap().revoked, "but nobody calls under the name");

    let written = revision(1, "A title", bench.worker.clock.now());
    let drafted = change(&generating, generating.drafted(&written, &context(bench.worker.clock.now())).unwrap());
    store.commit(Change { revision: Some(written), ..drafted }).await.unwrap();
    assert_eq!(bench.work(&job, 60).await, JobOutcome::Done);
    let done = bench.job(&job).await;
    assert_eq!((done.tasks, &done.subject), (3, &job.pseudonym));
    for id in &ids {
        assert_eq!(store.load(id).await.unwrap().unwrap().0.requested_by, job.pseudonym);
    }
    assert!(store.tasks_of(&tenant("acme"), &subject("ana"), First::Oldest, 10, None).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn who_changed_a_setting_is_exported_and_erased_with_the_rest() {
    let bench = Bench::new();
    let of = tenant("acme");
    let settings = Settings { policy: Policy { auto_publish: true, ..Policy::default() }, ..Settings::default() };
    set_own(&bench.worker.store, &of, &settings).await;
    let export = bench.accepted(JobKind::Export).await;
    assert_eq!(bench.work(&export, 300).await, JobOutcome::Done);
    let part = bench.worker.store.part(&export.id, 1).await.unwrap().unwrap();
    assert!(part.contains(r#"{"change":{"at":"2026-11-20T12:00:00Z","of":"settings","tenant":"acme"}}"#), "{part}");
    let erase = bench.accepted(JobKind::Erase).await;
    assert_eq!(bench.work(&erase, 300).await, JobOutcome::Done);
    let kept = bench.worker.store.changes(&of, History::Settings, 10, None).await.unwrap().items;
    assert_eq!(
        kept.iter().map(|one| &one.by).collect::<Vec<_>>(),
        [&erase.pseudonym],
        "the change stays, without a name"
    );
}

#[tokio::test]
async fn what_somebody_did_as_an_admin_and_what_was_done_to_them_is_exported_and_erased_with_the_rest() {
    let bench = Bench::new();
    let (store, clock, acme) = (&bench.worker.store, &bench.worker.clock, tenant("acme"));
    let of = |who: &str, what| {
        let by = Principal { subject: subject(who), ..principal(Role::Admin) };
        Acting { what, ..acting(&by) }
    };
    let key = StoredKey {
        made_by: Some(acts::Actor::Person { subject: subject("ana") }),
        ..StoredKey::new("galley_bens", Principal { subject: subject("ben"), ..principal(Role::Author) }, clock.now())
    };
    store.with_act(of("ana", ActKind::KeyMade).own(clock, &key.id)).put_key(key.clone(), None).await.unwrap();
    clock.advance(SignedDuration::from_secs(1));
    store.keep_act(&of("ben", ActKind::PersonSet).own(clock, "ana")).await.unwrap();
    let export = bench.accepted(JobKind::Export).await;
    assert_eq!(bench.work(&export, 300).await, JobOutcome::Done);
    let part = store.part(&export.id, 1).await.unwrap().unwrap();
    let records: Vec<Value> = serde_json::from_str(&part).unwrap();
    let acts: Vec<(&Value, &Value)> =
        records.iter().filter_map(|record| record.get("act")).map(|act| (&act["what"], &act["own"])).collect();
    assert_eq!(acts, [(&json!("key_made"), &json!(true)), (&json!("person_set"), &json!(false))], "{part}");
    let erase = bench.accepted(JobKind::Erase).await;
    assert_eq!(bench.work(&erase, 300).await, JobOutcome::Done);
    let kept = store.acts(&acme, Between::default(), 10, None).await.unwrap().items;
    let told: Vec<String> = kept.iter().map(|act| serde_json::to_string(act).unwrap()).collect();
    assert_eq!(told.len(), 4, "the acts stay, without a name");
    assert!(told.iter().all(|act| !act.contains("\"ana\"")), "{told:?}");
    assert_eq!((kept[2].thing.as_str(), kept[2].by.subject()), (erase.pseudonym.as_str(), Some(&subject("ben"))));
    assert_eq!(kept[3].by.subject(), Some(&erase.pseudonym));
    assert!(store.key(&key.id).await.unwrap().unwrap().is_made_by(&erase.pseudonym), "and no key names its maker");
}

/// A task of ana's whose article stands on the target `blog`.
async fn placed_elsewhere(bench: &Bench) {
    let (store, at) = (&bench.worker.store, bench.worker.clock.now());
    store.make_target(&a_target("blog"), None).await.unwrap();
    let accepted = a_task().by("ana").asking(json!({"publish_to": ["blog", "wiki"]})).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let approved = Task { state: TaskState::Approved, ..task.clone() };
    let live = Live::article("a-title".parse().unwrap(), 1, at);
    store.commit(change(&task, approved.published(live, &context(at)).unwrap())).await.unwrap();
    let placed = store.placement(&task.id, &"blog".parse().unwrap()).await.unwrap().unwrap();
    let remote = Remote {
        site: Generation::of([1; 32]),
        id: RemoteId("17".to_owned()),
        url: Some("https://blog.example.com/a-title".to_owned()),
        stage: Stage::Public,
        fingerprint: String::new(),
        fidelity: Fidelity::Same,
        writing: None,
    };
    let next = Placement { remote: Some(remote), version: placed.version + 1, ..placed.clone() };
    assert!(store.keep_placement(&next, placed.version).await.unwrap());
}

#[tokio::test]
async fn an_erasure_tells_of_the_copies_that_stand_elsewhere() {
    let bench = Bench::new();
    placed_elsewhere(&bench).await;
    let store = &bench.worker.store;
    for kind in [JobKind::Export, JobKind::Erase] {
        let job = bench.accepted(kind).await;
        assert_eq!(bench.work(&job, 300).await, JobOutcome::Done);
        let parts = bench.job(&job).await.parts;
        let last = store.part(&job.id, parts).await.unwrap().unwrap();
        let copies: Vec<Value> = serde_json::from_str::<Vec<Value>>(&last).unwrap();
        let copies: Vec<&Value> = copies.iter().filter_map(|record| record.get("remote_copy")).collect();
        assert_eq!(copies.len(), 1, "the one that is known to stand there: {last}");
        assert_eq!((&copies[0]["remote_id"], &copies[0]["target"]), (&json!("17"), &json!("blog")));
    }
    let maker = store.target(&tenant("acme"), &"blog".parse().unwrap()).await.unwrap().unwrap().created_by;
    assert_ne!(maker, subject("ana"), "and of nobody as the maker of a target");
}

#[tokio::test]
async fn no_copy_is_left_out_wherever_an_erasure_breaks_off() {
    for writes in 0..8 {
        let bench = Bench::new();
        placed_elsewhere(&bench).await;
        let (job, store) = (bench.accepted(JobKind::Erase).await, &bench.worker.store);
        store.break_after(writes);
        let deadline = bench.worker.clock.now() + SignedDuration::from_mins(5);
        drop(bench.worker.work(&job.message(), deadline).await);
        store.heal();
        bench.work(&job, 300).await;
        let done = bench.job(&job).await;
        assert!(done.completed_at.is_some(), "{writes}");
        let mut told = String::new();
        for number in 1..=done.parts {
            told.push_str(&store.part(&job.id, number).await.unwrap().unwrap());
        }
        assert!(told.contains("\"17\""), "{writes}: {told}");
    }
}

#[tokio::test]
async fn what_was_given_to_somebody_is_told_them_and_is_nobodys_when_they_are_erased() {
    let bench = Bench::new();
    let (store, at) = (&bench.worker.store, bench.worker.clock.now());
    let accepted = a_task().by("ben").accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let by_eda = Context { actor: Actor::Person { subject: subject("eda") }, ..context(at) };
    assert!(store.assign(&task.assigned(Some(&subject("ana")), &by_eda).unwrap()).await.unwrap());
    let export = bench.accepted(JobKind::Export).await;
    assert_eq!(bench.work(&export, 300).await, JobOutcome::Done);
    let part = store.part(&export.id, 1).await.unwrap().unwrap();
    let records: Vec<Value> = serde_json::from_str(&part).unwrap();
    let of = |kind: &str| records.iter().find_map(|record| record.get(kind)).unwrap().clone();
    assert_eq!((&of("task")["assigned"], &of("task")["request"]), (&json!(true), &Value::Null));
    assert_eq!((&of("event")["event"], &of("event")["own"]), (&json!("assigned"), &json!(false)));
    let erase = bench.accepted(JobKind::Erase).await;
    assert_eq!(bench.work(&erase, 300).await, JobOutcome::Done);
    assert_eq!(store.task(&task.id).await.unwrap().unwrap().assignment.assignee, None);
    let events = store.events(&task.id, 10, None).await.unwrap().items;
    assert!(!serde_json::to_string(&events).unwrap().contains("\"ana\""), "{events:?}");
}
