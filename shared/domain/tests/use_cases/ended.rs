//! Work whose handler dies each time, before it can write a word of it: it ends, is listed, and can be tried again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use galley_domain::{
    idempotency::receipt::{Receipt, ReceiptOutcome},
    kernel::{
        clock::Clock,
        ids::{EndedId, Generation, JobId, SourceId, SourceKey, WebhookId},
        mask::Masked,
    },
    operations::{
        due::DueStore,
        ended::{self, Redriven},
    },
    privacy::jobs::{Job, JobKind, PrivacyStore},
    queue::{
        message::{Kind, Message},
        tries::{self, Begin, Ended, EndedStore, MOST_TRIES},
    },
    task::{
        record::{Approval, Decision},
        state::TaskState,
        store::{Change, LiveChange, TaskStore},
    },
    webhooks::receive::ReceiptStore,
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, operating, revision, subject, tenant, trace},
    clock::TestClock,
    fakes::MemoryQueue,
};
use jiff::SignedDuration;

struct Bench {
    store: MemoryStore,
    queue: MemoryQueue,
    clock: TestClock,
}

impl Bench {
    fn new() -> Self {
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        Self { store: MemoryStore::default(), queue: MemoryQueue::default(), clock }
    }

    /// A handler that begins what `message` names and dies of it each time, and then one that does not.
    async fn dies_of(&self, message: &Message) -> Ended {
        for _ in 0..MOST_TRIES {
            assert_eq!(tries::begin(&self.store, message).await.unwrap(), Begin::Work);
        }
        let Begin::GiveUp { tries } = tries::begin(&self.store, message).await.unwrap() else { panic!("it goes on") };
        assert_eq!(tries, MOST_TRIES);
        ended::give_up(&self.store, &self.queue, &self.clock, message, tries).await.unwrap();
        // It is over: nothing is due, and a duplicate of the message begins nothing.
        assert_eq!(tries::begin(&self.store, message).await.unwrap(), Begin::NothingToDo);
        let later = self.clock.now() + SignedDuration::from_hours(24);
        for shard in 0..MemoryStore::SHARDS {
            assert!(self.store.due(shard, later, 10, None).await.unwrap().items.is_empty());
        }
        let mut listed = self.store.all_ended(10, None).await.unwrap().items;
        assert_eq!(listed.len(), 1);
        let ended = listed.remove(0);
        assert_eq!((&ended.message, ended.tries), (message, MOST_TRIES));
        self.queue.take();
        ended
    }

    async fn redrive(&self, id: &EndedId) -> Redriven {
        ended::redrive(&self.store, &self.queue, &self.clock, &operating(), id).await.unwrap()
    }

    async fn is_begun_again(&self, ended: &Ended) {
        assert_eq!(self.redrive(&ended.id).await, Redriven::Again(ended.clone()));
        assert_eq!(self.queue.take(), std::slice::from_ref(&ended.message));
        assert_eq!(tries::begin(&self.store, &ended.message).await.unwrap(), Begin::Work);
        assert!(self.store.all_ended(10, None).await.unwrap().items.is_empty());
        assert_eq!(self.redrive(&ended.id).await, Redriven::Gone);
    }
}

fn a_receipt(bench: &Bench) -> Receipt {
    let source = SourceId::new("cms").unwrap();
    Receipt {
        key: SourceKey::of(&source, Some(&Generation::of([1; 32]))),
        source,
        id: WebhookId::new("e1").unwrap(),
        tenant: tenant("acme"),
        event_type: "content.generated".into(),
        payload: Some("{}".into()),
        outcome: ReceiptOutcome::Received,
        received_at: bench.clock.now(),
        expires: true,
        trace_id: trace(),
    }
}

#[tokio::test]
async fn a_receipt_whose_handler_always_dies_ends_and_can_be_tried_again() {
    let bench = Bench::new();
    let receipt = a_receipt(&bench);
    let key = receipt.key.clone();
    bench.store.receive(receipt.clone(), Some(bench.clock.now())).await.unwrap();
    let message = Message::new(Kind::Webhook, tenant("acme"), receipt.message_id(), trace());
    let ended = bench.dies_of(&message).await;
    let listed = bench.store.receipts(&tenant("acme"), &key, 10, None).await.unwrap().items;
    assert_eq!(listed.first().unwrap().outcome, ReceiptOutcome::Abandoned { tries: MOST_TRIES });
    bench.is_begun_again(&ended).await;
    assert_eq!(bench.store.receipt(&key, &receipt.id).await.unwrap(), Some(receipt));
}

#[tokio::test]
async fn a_job_whose_handler_always_dies_ends_and_can_be_tried_again() {
    let bench = Bench::new();
    let job = Job {
        id: JobId::from_uuid(bench.clock.uuid()),
        tenant: tenant("acme"),
        kind: JobKind::Export,
        subject: subject("ana"),
        pseudonym: subject("erased-1"),
        requested_by: subject("ben"),
        begun: true,
        tasks: 3,
        parts: 1,
        after: None,
        left: 0,
        created_at: bench.clock.now(),
        completed_at: None,
        failed_at: None,
        due_at: Some(bench.clock.now()),
        version: 1,
        trace_id: trace(),
    };
    bench.store.put_job(&job, None).await.unwrap();
    let ended = bench.dies_of(&job.message()).await;
    let failed = bench.store.job(&job.id).await.unwrap().unwrap();
    assert_eq!((failed.failed_at, failed.tasks), (Some(bench.clock.now()), 3));
    bench.is_begun_again(&ended).await;
    assert_eq!(bench.store.job(&job.id).await.unwrap().unwrap().failed_at, None);
    // A job that gets on has all its tries before it.
    for version in 2..40 {
        let job = bench.store.job(&job.id).await.unwrap().unwrap();
        assert_eq!(tries::begin(&bench.store, &job.message()).await.unwrap(), Begin::Work);
        assert!(
            bench.store.keep_job(&Job { version: job.version + 1, ..job.clone() }, job.version).await.unwrap(),
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_publication_whose_handler_always_dies_goes_back_to_its_reviewers() {
    let bench = Bench::new();
    let accepted = a_task().accepted();
    let task = accepted.task.clone();
    bench.store.accept(accepted).await.unwrap();
    let now = bench.clock.now();
    let claimed = task.claim(&context(now)).unwrap();
    bench.store.commit(change(&task, claimed.clone())).await.unwrap();
    let written = revision(1, "A title", now);
    let drafted = change(&claimed.0, claimed.0.drafted(&written, &context(now)).unwrap());
    let waiting = drafted.task.clone();
    bench.store.commit(Change { revision: Some(written.clone()), ..drafted }).await.unwrap();
    let approval = Approval {
        decision: Decision::Approved,
        reviewer_id: subject("ben"),
        human_feedback: "Reads well.".into(),
        revision: 1,
        content_hash: written.content_hash(),
        at: now,
        overrode: Vec::new(),
    };
    let approved = waiting.approved(approval, Some(now), &context(now)).unwrap();
    let approved = change(&waiting, approved);
    assert!(matches!(approved.live, LiveChange::None));
    bench.store.commit(approved).await.unwrap();

    let message = Message::new(Kind::Publish, task.tenant.clone(), task.id.as_str(), trace());
    let ended = bench.dies_of(&message).await;
    let task = bench.store.task(&task.id).await.unwrap().unwrap();
    assert_eq!(task.state, TaskState::AwaitingApproval);
    let events = bench.store.events(&task.id, 10, None).await.unwrap().items;
    let last = events.iter().find(|event| event.event == "publication_failed").unwrap();
    assert_eq!(last.reason, Some(Masked::of("given_up")));
    assert_eq!(bench.redrive(&ended.id).await, Redriven::NeedsDecision);
}

#[tokio::test]
async fn what_ended_meanwhile_is_not_listed_as_given_up() {
    let bench = Bench::new();
    let accepted = a_task().accepted();
    let message = Message::new(Kind::Publish, accepted.task.tenant.clone(), accepted.task.id.as_str(), trace());
    bench.store.accept(accepted).await.unwrap();
    ended::give_up(&bench.store, &bench.queue, &bench.clock, &message, 10).await.unwrap();
    assert!(bench.store.all_ended(10, None).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_store_that_is_away_for_long_gives_nothing_up() {
    let bench = Bench::new();
    let accepted = a_task().accepted();
    let message = Message::new(Kind::Publish, accepted.task.tenant.clone(), accepted.task.id.as_str(), trace());
    bench.store.accept(accepted).await.unwrap();
    for _ in 0..3 * MOST_TRIES {
        assert_eq!(tries::begin(&bench.store, &message).await.unwrap(), Begin::Work);
        tries::failed(&bench.store, &message).await;
    }
}

#[tokio::test]
async fn what_two_give_up_at_once_stays_listed() {
    let bench = Bench::new();
    let receipt = a_receipt(&bench);
    bench.store.receive(receipt.clone(), Some(bench.clock.now())).await.unwrap();
    let message = Message::new(Kind::Webhook, tenant("acme"), receipt.message_id(), trace());
    for _ in 0..2 {
        ended::give_up(&bench.store, &bench.queue, &bench.clock, &message, MOST_TRIES).await.unwrap();
        assert_eq!(bench.store.all_ended(10, None).await.unwrap().items.len(), 1);
    }
    // One that came to another end is not.
    let other = Receipt { id: WebhookId::new("e2").unwrap(), ..receipt };
    bench.store.receive(other.clone(), Some(bench.clock.now())).await.unwrap();
    bench.store.finish(other.done(ReceiptOutcome::ignored("no such task"))).await.unwrap();
    let message = Message::new(Kind::Webhook, tenant("acme"), other.message_id(), trace());
    ended::give_up(&bench.store, &bench.queue, &bench.clock, &message, MOST_TRIES).await.unwrap();
    assert_eq!(bench.store.all_ended(10, None).await.unwrap().items.len(), 1);
}
