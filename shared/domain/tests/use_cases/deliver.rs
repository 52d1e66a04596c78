//! Callbacks: tried until they are taken, given up in time, never sent by two at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use galley_domain::{
    idempotency::claim::{Claim, Keyed, Once, SavedResponse},
    kernel::{
        clock::Clock,
        ids::{Generation, IdempotencyKey},
    },
    operations::{due::DueStore, ended},
    outbox::{
        deliver::{Deliverer, Delivery, DeliveryOutcome, DeliveryState, DeliveryStore, Undelivered, signing_keys},
        redeliver::redeliver,
    },
    queue::{
        message::{Kind, Message},
        tries::{self, EndedStore},
    },
    secrets::store::{SecretError, Secrets},
    signing::scheme::Scheme,
    task::store::TaskStore,
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, operating, subject, tenant, trace},
    clock::TestClock,
    fakes::{MemoryQueue, MemorySecrets, ScriptedCallbackSender},
    sign,
};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

const RETRIES: [u64; 6] = [5, 300, 1800, 7200, 18_000, 36_000];

type Answer = Result<u16, Undelivered>;

struct Bench {
    deliverer: Deliverer<MemoryStore, MemoryQueue, MemorySecrets, TestClock, ScriptedCallbackSender>,
    delivery: Delivery,
}

impl Bench {
    /// A task that was just claimed, whose client wants to hear of it.
    async fn with(answers: impl IntoIterator<Item = Answer>) -> Self {
        let (store, clock) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"));
        let asking = json!({"callback_url": "https://hooks.example.com/x", "metadata": {"order": "7"}});
        let accepted = a_task().asking(asking).accepted();
        let task = accepted.task.clone();
        store.accept(accepted).await.unwrap();
        let claimed = change(&task, task.claim(&context(clock.now())).unwrap());
        let delivery = Delivery::of(&claimed.task, &claimed.events[0]).unwrap();
        store.commit(claimed).await.unwrap();
        let deliverer = Deliverer {
            store,
            queue: MemoryQueue::default(),
            secrets: MemorySecrets { cached: vec!["the new master..", "the old master.."], fresh: vec![] },
            secret_id: "galley/callback".to_owned(),
            clock,
            sender: ScriptedCallbackSender::new(answers),
        };
        Self { deliverer, delivery }
    }

    async fn deliver(&self) -> DeliveryOutcome {
        self.deliverer.deliver(&self.delivery.message()).await.unwrap()
    }

    async fn now(&self) -> Delivery {
        self.deliverer.store.delivery(&self.delivery.task, self.delivery.id).await.unwrap().unwrap()
    }

    fn wait(&self, seconds: u64) {
        self.deliverer.clock.advance(SignedDuration::from_secs(i64::try_from(seconds).unwrap()));
    }

    async fn redeliver(&self, by: &str) -> Option<Delivery> {
        self.redeliver_under(by, None).await.map(|once| match once {
            Once::New(delivery) => delivery,
            Once::Replay(saved) => panic!("{saved:?}"),
        })
    }

    async fn redeliver_under(&self, by: &str, key: Option<&str>) -> Option<Once<Delivery>> {
        let Deliverer { store, queue, clock, .. } = &self.deliverer;
        let claim =
            |key: &str| Claim::new(&tenant(by), &subject("ana"), "POST", "/x", &IdempotencyKey::new(key).unwrap(), b"");
        let render =
            |one: &Delivery| SavedResponse { status: 202, location: None, etag: None, body: one.version.to_string() };
        let keyed = Keyed { claim: key.map(claim), render };
        redeliver(store, queue, clock, &tenant(by), (&self.delivery.task, self.delivery.id), &keyed).await.unwrap()
    }

    /// Whether the sweeper would send it now.
    async fn is_due(&self) -> bool {
        let mut due = Vec::new();
        for shard in 0..MemoryStore::SHARDS {
            let found = self.deliverer.store.due(shard, self.deliverer.clock.now(), 100, None).await.unwrap().items;
            due.extend(found.into_iter().filter(|due| due.message.kind == Kind::Deliver));
        }
        !due.is_empty()
    }
}

#[tokio::test]
async fn what_is_taken_is_sent_once_signed_by_every_key_in_force() {
    let bench = Bench::with([Ok(204)]).await;
    assert_eq!(bench.deliver().await, DeliveryOutcome::Delivered);
    assert_eq!(bench.deliver().await, DeliveryOutcome::NothingToDo, "a duplicate");
    let posted = &bench.deliverer.sender.posted()[0];
    assert_eq!(posted.url, "https://hooks.example.com/x");
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    assert_eq!(body["type"], "task.generating");
    assert_eq!((&body["data"]["previous_status"], &body["data"]["status"]), (&json!("pending"), &json!("generating")));
    assert_eq!(body["data"]["metadata"], json!({"order": "7"}));
    let headers =
        |wanted: &str| posted.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
    let header = |name: &str| headers(name).unwrap();
    let keys = signing_keys(&bench.deliverer.secrets, "galley/callback", &tenant("acme")).await.unwrap();
    let foreign = signing_keys(&bench.deliverer.secrets, "galley/callback", &tenant("rival")).await.unwrap();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0].expose_secret(), foreign[0].expose_secret(), "a tenant knows no other's key");
    for key in &keys {
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        let theirs = sign::headers("standard", key.expose_secret(), id, at, posted.body.as_bytes());
        let signature = theirs[2].1.split(' ').next_back().unwrap().to_owned();
        assert!(header("webhook-signature").contains(&signature));
    }
    // Galley itself takes it, as any receiver would.
    let claim = Scheme::Standard.claim(headers, bench.deliverer.clock.now()).unwrap();
    assert!(claim.verify(posted.body.as_bytes(), &Scheme::Standard.keys(&keys[..1])).is_ok());
    assert!(claim.verify(posted.body.as_bytes(), &Scheme::Standard.keys(&foreign)).is_err());
}

#[tokio::test]
async fn what_is_not_taken_is_tried_six_times_more_and_then_given_up() {
    let answers = [
        Ok(500),
        Ok(302),
        Ok(404),
        Err(Undelivered::Timeout),
        Err(Undelivered::Unreachable),
        Err(Undelivered::AddressNotPublic),
        Ok(503),
    ];
    let bench = Bench::with(answers).await;
    for seconds in RETRIES {
        assert_eq!(bench.deliver().await, DeliveryOutcome::RetryIn(Duration::from_secs(seconds)));
        let queued = bench.deliverer.queue.take().len();
        assert_eq!(queued, usize::from(seconds <= 900), "the queue cannot wait longer, the sweeper can");
        bench.wait(seconds - 1);
        assert_eq!(bench.deliver().await, DeliveryOutcome::NothingToDo, "not yet");
        bench.wait(1);
    }
    assert_eq!(bench.deliver().await, DeliveryOutcome::Failed);
    let given_up = bench.now().await;
    assert_eq!((given_up.state, given_up.tries.len()), (DeliveryState::Failed, 7));
    let log: Vec<Answer> =
        given_up.tries.iter().map(|tried| tried.status.ok_or_else(|| tried.error.unwrap())).collect();
    assert_eq!(log, answers);
    let posted = bench.deliverer.sender.posted();
    let ids: Vec<&String> = posted.iter().map(|posted| &posted.headers[0].1).collect();
    assert!(ids.iter().all(|id| *id == ids[0]) && posted.iter().all(|one| one.body == posted[0].body));
    assert!(!bench.is_due().await);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_asked_again() {
    let bench = Bench::with([Ok(410)]).await;
    assert_eq!(bench.deliver().await, DeliveryOutcome::Failed);
    assert!(bench.deliverer.queue.take().is_empty());
}

#[tokio::test]
async fn a_lost_message_or_a_sender_that_died_is_found_by_the_sweeper() {
    let bench = Bench::with([Ok(500), Ok(200)]).await;
    assert!(!bench.is_due().await, "the message has its time first");
    bench.wait(31);
    assert!(bench.is_due().await);
    bench.deliver().await;
    bench.deliverer.queue.take();
    bench.wait(34);
    assert!(!bench.is_due().await);
    bench.wait(2);
    assert!(bench.is_due().await, "the second try's message was lost");
    assert_eq!(bench.deliver().await, DeliveryOutcome::Delivered);
}

#[tokio::test]
async fn without_the_secret_nothing_is_sent_and_no_try_is_used() {
    let mut bench = Bench::with([Ok(200)]).await;
    let secrets = std::mem::replace(&mut bench.deliverer.secrets, MemorySecrets { cached: vec![], fresh: vec![] });
    for seconds in &RETRIES[..3] {
        assert_eq!(bench.deliver().await, DeliveryOutcome::RetryIn(Duration::from_secs(*seconds)));
        assert_eq!(bench.deliver().await, DeliveryOutcome::NothingToDo, "not yet");
        bench.wait(*seconds);
    }
    let waits = bench.now().await;
    assert_eq!((waits.state, waits.counted, waits.tries.len()), (DeliveryState::Pending, 0, 0));
    assert!(bench.deliverer.sender.posted().is_empty());
    bench.deliverer.secrets = secrets;
    assert_eq!(bench.deliver().await, DeliveryOutcome::Delivered);
}

#[tokio::test]
async fn a_delivery_that_can_never_be_signed_ends_is_listed_and_can_be_tried_again() {
    for weak in [vec![], vec!["short", " "]] {
        let mut bench = Bench::with([Ok(200)]).await;
        let secrets = std::mem::replace(&mut bench.deliverer.secrets, MemorySecrets { cached: weak, fresh: vec![] });
        let mut tries = 1;
        while let DeliveryOutcome::RetryIn(wait) = bench.deliver().await {
            tries += 1;
            bench.wait(wait.as_secs());
        }
        let over = bench.now().await;
        assert_eq!((tries, over.state, over.next_at), (tries::MOST_TRIES, DeliveryState::Failed, None));
        assert_eq!(over.tries.last().unwrap().error, Some(Undelivered::Unsigned));
        assert_eq!(over.given_up_at(), Some(bench.deliverer.clock.now()));
        assert!(!bench.is_due().await && bench.deliverer.sender.posted().is_empty());

        let Deliverer { store, queue, clock, .. } = &bench.deliverer;
        let listed = store.all_ended(10, None).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].tries), (1, tries::MOST_TRIES));
        ended::redrive(store, queue, clock, &operating(), &listed[0].id).await.unwrap();
        bench.deliverer.secrets = secrets;
        assert_eq!(bench.deliver().await, DeliveryOutcome::Delivered);
    }
}

/// A store of secrets that says no to whoever asks, and will say so tomorrow.
struct Refusing;

impl Secrets for Refusing {
    async fn active(&self, _: &str) -> Result<Vec<SecretString>, SecretError> {
        Err(SecretError::Refused("AccessDeniedException".into()))
    }

    async fn refreshed(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }

    async fn of_generation(&self, id: &str, _: &Generation) -> Result<Vec<SecretString>, SecretError> {
        self.active(id).await
    }
}

#[tokio::test]
async fn a_vault_that_refuses_for_good_keeps_no_delivery_on_its_way_for_ever() {
    let Bench { deliverer: Deliverer { store, queue, secret_id, clock, sender, .. }, delivery } =
        Bench::with([Ok(200)]).await;
    let deliverer = Deliverer { store, queue, secrets: Refusing, secret_id, clock, sender };
    let mut tries = 1;
    while let DeliveryOutcome::RetryIn(wait) = deliverer.deliver(&delivery.message()).await.unwrap() {
        tries += 1;
        assert!(tries <= tries::MOST_TRIES);
        deliverer.clock.advance(SignedDuration::try_from(wait).unwrap());
    }
    let over = deliverer.store.delivery(&delivery.task, delivery.id).await.unwrap().unwrap();
    assert_eq!((over.state, over.counted), (DeliveryState::Failed, 0), "none of the receiver's tries");
    assert_eq!(over.tries.last().unwrap().error, Some(Undelivered::Unsigned));
    assert_eq!(deliverer.store.all_ended(10, None).await.unwrap().items.len(), 1);
}

/// A try that its maker does not survive is counted like any other, for it was counted before it was made.
#[tokio::test]
async fn a_delivery_whose_maker_always_dies_is_given_up_and_listed() {
    // What the script does not foresee is the end of whoever asks.
    let bench = Bench::with([]).await;
    for _ in 0..=RETRIES.len() {
        assert!(AssertUnwindSafe(bench.deliver()).catch_unwind().await.is_err());
        assert_eq!(bench.deliver().await, DeliveryOutcome::NothingToDo, "it is under way, as far as anyone knows");
        bench.wait(91);
        assert!(bench.is_due().await);
    }
    assert_eq!(bench.deliver().await, DeliveryOutcome::Failed);
    let over = bench.now().await;
    assert_eq!((over.state, over.next_at), (DeliveryState::Failed, None));
    assert_eq!(over.tries.last().unwrap().error, Some(Undelivered::Interrupted));
    assert!(!bench.is_due().await);

    let Deliverer { store, queue, clock, .. } = &bench.deliverer;
    let listed = store.all_ended(10, None).await.unwrap().items;
    assert_eq!((listed.len(), &listed[0].message), (1, &bench.delivery.message()));
    let redriven = ended::redrive(store, queue, clock, &operating(), &listed[0].id).await.unwrap();
    assert!(matches!(redriven, ended::Redriven::Again(_)));
    assert_eq!((bench.now().await.state, queue.take().len()), (DeliveryState::Pending, 1));
}

#[tokio::test]
async fn on_request_it_is_sent_again() {
    let bench = Bench::with([Ok(410), Ok(200)]).await;
    assert_eq!(bench.redeliver("acme").await.unwrap(), bench.delivery, "it is on its way already");
    assert!(bench.deliverer.queue.take().is_empty());
    bench.deliver().await;
    assert!(bench.redeliver("rival").await.is_none());
    assert_eq!(bench.redeliver("acme").await.unwrap().state, DeliveryState::Pending);
    assert_eq!(bench.deliverer.queue.take().len(), 1);
    assert_eq!(bench.deliver().await, DeliveryOutcome::Delivered);
    assert_eq!(bench.now().await.tries.len(), 2);
}

#[tokio::test]
async fn one_idempotency_key_sends_a_delivery_once() {
    let bench = Bench::with([Ok(410), Ok(410), Ok(200)]).await;
    let once = async |key: &str| bench.redeliver_under("acme", Some(key)).await.unwrap();
    assert!(matches!(once("early").await, Once::New(_)), "it is on its way already");
    bench.deliver().await;
    assert!(matches!(once("early").await, Once::Replay(_)), "the key was for nothing to do, and that stays");
    assert!(bench.deliverer.queue.take().is_empty());
    assert!(matches!(once("late").await, Once::New(_)));
    bench.deliver().await;
    bench.deliverer.queue.take();
    assert!(matches!(once("late").await, Once::Replay(_)));
    assert!(bench.deliverer.queue.take().is_empty());
    assert_eq!((bench.now().await.state, bench.now().await.tries.len()), (DeliveryState::Failed, 2));
}

#[tokio::test]
async fn a_message_of_another_tenant_or_of_nonsense_does_nothing() {
    let bench = Bench::with([]).await;
    let of = |name: &str, id: String| Message::new(Kind::Deliver, tenant(name), id, trace());
    let right = bench.delivery.message().id;
    let unknown = format!("{}#{}", bench.delivery.task, Uuid::nil());
    for message in [of("rival", right), of("acme", "x".into()), of("acme", "a#b".into()), of("acme", unknown)] {
        assert_eq!(bench.deliverer.deliver(&message).await.unwrap(), DeliveryOutcome::NothingToDo);
    }
}

#[test]
fn only_a_change_of_state_is_told_and_only_to_who_asked() {
    let at = "2026-11-20T12:00:00Z".parse().unwrap();
    let task = a_task().accepted().task;
    let (claimed, event) = task.claim(&context(at)).unwrap();
    assert!(Delivery::of(&claimed, &event).is_none(), "nobody asked");
    let asking = json!({"callback_url": "https://hooks.example.com/x"});
    let accepted = a_task().asking(asking).accepted();
    assert!(Delivery::of(&accepted.task, &accepted.event).is_none(), "the answer told it");
}
