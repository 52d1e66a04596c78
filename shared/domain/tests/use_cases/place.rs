//! Targets: one copy, whatever dies on the way; what follows a change; what somebody changed there by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::time::Duration;

use galley_domain::{
    access::role::Role,
    idempotency::claim::{Keyed, Once, SavedResponse},
    kernel::{
        clock::Clock,
        ids::{Generation, TargetName},
    },
    operations::due::DueStore,
    outbox::{
        manage::{self, Again},
        place::{PlaceOutcome, Placer},
        placement::{Placement, PlacementState, PlacementStore, Resolution},
        port::SeenState,
        target::{FAILURES_BEFORE_PAUSE, Pause, Target, TargetStore},
        trouble::{Effect, Trouble, Why},
    },
    publishing::publish,
    queue::message::Kind,
    task::{
        record::Task,
        revision::{Image, Revision},
        state::TaskState,
        store::{Change, TaskStore},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_target, a_task, change, context, principal, revision, tenant},
    clock::TestClock,
    fakes::{MemoryQueue, MemorySecrets, MemoryTarget, Moment},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const DAY: i64 = 86_400;

struct Bench {
    placer: Placer<MemoryStore, MemoryQueue, MemorySecrets, TestClock, MemoryTarget>,
    task: Task,
}

fn name() -> TargetName {
    TargetName::new("blog").unwrap()
}

fn trouble(effect: Effect, why: Why) -> Trouble {
    Trouble { effect, why, after: None }
}

impl Bench {
    /// A task whose first revision was just published, to one target.
    async fn published() -> Self {
        let (store, clock) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"));
        store.make_target(&a_target("blog"), None).await.unwrap();
        let accepted = a_task().asking(json!({"publish_to": ["blog"], "tags": ["http"]})).accepted();
        let task = accepted.task.clone();
        store.accept(accepted).await.unwrap();
        let claimed = task.claim(&context(clock.now())).unwrap();
        store.commit(change(&task, claimed.clone())).await.unwrap();
        let placer = Placer {
            store,
            queue: MemoryQueue::default(),
            secrets: MemorySecrets { cached: vec!["an application password"], fresh: vec!["an application password"] },
            secret_prefix: "galley/targets/".to_owned(),
            clock,
            target: MemoryTarget::default(),
        };
        let mut bench = Self { placer, task: claimed.0.clone() };
        bench.draft(1, "How caching works").await;
        bench.publish(1).await;
        bench
    }

    async fn draft(&mut self, number: u32, title: &str) {
        let at = self.placer.clock.now();
        self.edit(revision(number, title, at)).await;
    }

    async fn edit(&mut self, text: Revision) {
        let at = self.placer.clock.now();
        let moved = match self.task.state {
            TaskState::Generating => self.task.drafted(&text, &context(at)).unwrap(),
            _ => self.task.edited(&text, &context(at), None).unwrap(),
        };
        let commit = Change { revision: Some(text), ..change(&self.task, moved) };
        self.task = commit.task.clone();
        self.placer.store.commit(commit).await.unwrap();
    }

    async fn text(&self, number: u32) -> Revision {
        self.placer.store.revision(&self.task.id, number).await.unwrap().unwrap()
    }

    async fn publish(&mut self, number: u32) {
        let (at, text) = (self.placer.clock.now(), self.text(number).await);
        let before = if self.task.state == TaskState::Published {
            self.task.clone()
        } else {
            Task { state: TaskState::Approved, ..self.task.clone() }
        };
        let live = publish::live_at(&before, &text, 0, at);
        let commit = change(&self.task, before.published(live, &context(at)).unwrap());
        self.task = commit.task.clone();
        self.placer.store.commit(commit).await.unwrap();
    }

    async fn unpublish(&mut self) {
        let commit = change(&self.task, self.task.unpublished(None, &context(self.placer.clock.now())).unwrap());
        self.task = commit.task.clone();
        self.placer.store.commit(commit).await.unwrap();
    }

    async fn now(&self) -> Placement {
        self.placer.store.placement(&self.task.id, &name()).await.unwrap().unwrap()
    }

    async fn place(&self) -> PlaceOutcome {
        self.placer.place(&self.now().await.message(), self.deadline()).await.unwrap()
    }

    /// The end of a function that has just begun.
    fn deadline(&self) -> Timestamp {
        self.placer.clock.now() + SignedDuration::from_mins(1)
    }

    fn wait(&self, seconds: i64) {
        self.placer.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Lets the sweeper's time pass, try after try, until the placement rests.
    async fn until_it_rests(&self) -> PlacementState {
        for _ in 0..20 {
            let now = self.now().await;
            let Some(next_at) = now.next_at else { return now.state };
            let left = next_at.duration_since(self.placer.clock.now()).as_secs() + 1;
            self.wait(left.max(0));
            // Whatever it meets with, the message comes again.
            drop(self.placer.place(&now.message(), self.deadline()).await);
        }
        panic!("it never rests: {:?}", self.now().await);
    }

    async fn again(&self, resolution: Option<Resolution>) -> Again {
        let Placer { store, queue, clock, .. } = &self.placer;
        let render = |_: &Placement| SavedResponse { status: 202, location: None, etag: None, body: "{}".to_owned() };
        let keyed = Keyed { claim: None, render };
        manage::again(store, queue, clock, &principal(Role::Editor), (&self.task.id, &name()), resolution, &keyed)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_publication_stands_on_its_target_once_under_its_slug() {
    let bench = Bench::published().await;
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
    let public = bench.placer.target.public();
    assert_eq!(public.len(), 1);
    assert_eq!(
        (public[0].slug.as_str(), public[0].html.as_str()),
        ("how-caching-works", bench.text(1).await.html.as_str())
    );
    let placement = bench.now().await;
    let remote = placement.remote.unwrap();
    assert_eq!((remote.id.0.as_str(), placement.attempts, placement.next_at), ("1", 1, None));
    assert!(remote.url.unwrap().ends_with("/how-caching-works"));
    assert_eq!(bench.place().await, PlaceOutcome::NothingToDo, "a duplicate");
}

/// Every call of the first publication fails in turn, before it does something and after, and the process goes on or dies.
#[tokio::test]
async fn a_call_that_fails_at_any_point_makes_no_second_post() {
    let calls = {
        let bench = Bench::published().await;
        bench.place().await;
        bench.placer.target.calls()
    };
    assert!(calls >= 3, "look, draft, publish");
    for call in 0..calls {
        for moment in [Moment::Before, Moment::After] {
            for why in [Why::Timeout, Why::Broken, Why::Unreachable] {
                let bench = Bench::published().await;
                bench.placer.target.fail(call, moment, trouble(Effect::Unknown, why));
                let state = bench.until_it_rests().await;
                assert_eq!(state, PlacementState::Placed, "{call} {moment:?} {why:?}");
                assert_eq!(bench.placer.target.posts().len(), 1, "{call} {moment:?} {why:?}");
            }
        }
    }
}

/// The table is away from each write on, as it is for a process that dies there; then another goes on.
#[tokio::test]
async fn a_process_that_dies_at_any_write_leaves_no_second_post() {
    for commits in 0..8 {
        let bench = Bench::published().await;
        bench.placer.store.break_after(commits);
        let message = {
            bench.placer.store.heal();
            let message = bench.now().await.message();
            bench.placer.store.break_after(commits);
            message
        };
        let died = bench.placer.place(&message, bench.deadline()).await;
        bench.placer.store.heal();
        assert!(died.is_err() || bench.now().await.state == PlacementState::Placed, "{commits}");
        assert_eq!(bench.until_it_rests().await, PlacementState::Placed, "{commits}");
        assert_eq!(bench.placer.target.posts().len(), 1, "{commits}");
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_leaves_no_second_post() {
    for commits in 0..4 {
        let bench = Bench::published().await;
        bench.placer.store.lose_answers_after(commits, 1);
        drop(bench.placer.place(&bench.now().await.message(), bench.deadline()).await);
        assert_eq!(bench.until_it_rests().await, PlacementState::Placed, "{commits}");
        assert_eq!(bench.placer.target.posts().len(), 1, "{commits}");
    }
}

#[tokio::test]
async fn an_article_whose_picture_cannot_be_had_is_placed_without_it_and_says_so() {
    for (url, told) in [
        ("https://images.example.com/a.jpg", None),
        ("https://images.example.com/missing.jpg", Some(Why::WithoutPicture)),
    ] {
        let mut bench = Bench::published().await;
        let image =
            Image { url: url.to_owned(), alt: "A cache".to_owned(), photographer: None, licence: None, page: None };
        let text = Revision { featured_image: Some(image), ..revision(2, "With a picture", bench.placer.clock.now()) };
        bench.edit(text).await;
        bench.publish(2).await;
        assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed), "{url}");
        assert_eq!((bench.now().await.last_error, bench.placer.target.public().len()), (told, 1), "{url}");
    }
}

#[tokio::test]
async fn another_text_replaces_the_copy_and_leaves_its_slug() {
    let mut bench = Bench::published().await;
    bench.place().await;
    bench.draft(2, "Caching, explained better").await;
    bench.publish(2).await;
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
    let posts = bench.placer.target.posts();
    assert_eq!(posts.len(), 1);
    assert_eq!((posts[0].title.as_str(), posts[0].slug.as_str()), ("Caching, explained better", "how-caching-works"));
}

#[tokio::test]
async fn what_is_taken_down_is_taken_down_there_even_where_it_was_changed_by_hand() {
    let mut bench = Bench::published().await;
    bench.place().await;
    bench.placer.target.by_hand(0, |post| post.title = "Changed there".to_owned());
    bench.unpublish().await;
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Gone));
    assert!(bench.placer.target.public().is_empty());
    assert_eq!(bench.placer.target.posts()[0].title, "Changed there", "and its text is left alone");
}

#[tokio::test]
async fn what_is_taken_down_before_it_was_placed_never_gets_there() {
    let mut bench = Bench::published().await;
    bench.unpublish().await;
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Gone));
    assert!(bench.placer.target.posts().is_empty());
}

#[tokio::test]
async fn what_was_changed_there_by_hand_is_not_overwritten_until_somebody_says_so() {
    let mut bench = Bench::published().await;
    bench.place().await;
    bench.placer.target.by_hand(0, |post| post.html = "<p>By hand.</p>".to_owned());
    bench.draft(2, "Caching, explained better").await;
    bench.publish(2).await;
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Conflict));
    assert_eq!(bench.placer.target.public()[0].html, "<p>By hand.</p>");
    assert_eq!(bench.now().await.last_error, Some(Why::EditedThere));

    assert!(matches!(bench.again(Some(Resolution::Keep)).await, Again::Done(Once::New(_))));
    assert_eq!(bench.now().await.state, PlacementState::Kept);
    bench.publish(1).await;
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Conflict), "the next text asks again");

    assert!(matches!(bench.again(Some(Resolution::Overwrite)).await, Again::Done(Once::New(_))));
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
    assert_eq!(bench.placer.target.public()[0].title, "How caching works");
    assert!(matches!(bench.again(Some(Resolution::Overwrite)).await, Again::NotNow(_)), "there is no conflict");
}

#[tokio::test]
async fn a_copy_that_was_removed_there_is_not_made_again_until_somebody_says_so() {
    for binned in [true, false] {
        let mut bench = Bench::published().await;
        bench.place().await;
        bench.placer.target.by_hand(
            0,
            |post| {
                if binned { post.state = SeenState::Binned } else { post.removed = true }
            },
        );
        bench.draft(2, "Caching, explained better").await;
        bench.publish(2).await;
        assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Conflict));
        assert_eq!(bench.now().await.last_error, Some(Why::RemovedThere));
        bench.again(Some(Resolution::Overwrite)).await;
        assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
        assert_eq!(bench.placer.target.public().len(), 1);
    }
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_no_edit_by_hand() {
    for moment in [Moment::Before, Moment::After] {
        let mut bench = Bench::published().await;
        bench.place().await;
        bench.draft(2, "Second").await;
        bench.publish(2).await;
        let publish = bench.placer.target.calls() + 1;
        bench.placer.target.fail(publish, moment, trouble(Effect::Unknown, Why::Timeout));
        assert!(matches!(bench.place().await, PlaceOutcome::RetryIn(wait) if wait >= Duration::from_secs(30)));
        // And something else is wanted before anybody has looked.
        bench.draft(3, "Third").await;
        bench.publish(3).await;
        assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed), "{moment:?}");
        assert_eq!(bench.placer.target.public()[0].title, "Third");
    }
}

#[tokio::test]
async fn what_is_changed_while_a_try_is_under_way_is_not_lost() {
    let mut bench = Bench::published().await;
    let message = bench.now().await.message();
    // A try that began and died.
    bench.placer.store.break_after(2);
    drop(bench.placer.place(&message, bench.deadline()).await);
    bench.placer.store.heal();
    bench.unpublish().await;
    assert!(matches!(bench.place().await, PlaceOutcome::RetryIn(_)), "the lease is another's still");
    bench.wait(91);
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Gone));
    assert!(bench.placer.target.public().is_empty());
}

#[tokio::test]
async fn a_broken_target_pauses_itself_and_loses_nothing() {
    let bench = Bench::published().await;
    for call in 0..usize::try_from(FAILURES_BEFORE_PAUSE).unwrap() {
        bench.placer.target.fail(call, Moment::Before, trouble(Effect::None, Why::CredentialsRefused));
        assert!(matches!(bench.place().await, PlaceOutcome::RetryIn(_)));
        bench.wait(DAY);
    }
    let target = bench.placer.store.target(&tenant("acme"), &name()).await.unwrap().unwrap();
    assert!(matches!(target.pause, Some(Pause { because: Some(Why::CredentialsRefused), .. })));
    let (calls, attempts) = (bench.placer.target.calls(), bench.now().await.attempts);
    for _ in 0..5 {
        assert_eq!(bench.place().await, PlaceOutcome::Held);
        bench.wait(DAY);
    }
    assert_eq!((bench.placer.target.calls(), bench.now().await.attempts), (calls, attempts), "it is left alone");
    let is_due = async || {
        let mut due = Vec::new();
        for shard in 0..MemoryStore::SHARDS {
            due.extend(bench.placer.store.due(shard, bench.placer.clock.now(), 100, None).await.unwrap().items);
        }
        due.iter().any(|due| due.message.kind == Kind::Place)
    };
    assert!(is_due().await, "the sweeper asks for it still");
    let resumed = Target { pause: None, failures: 0, version: target.version + 1, ..target.clone() };
    assert!(bench.placer.store.keep_target(&resumed, target.version).await.unwrap());
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
}

#[tokio::test]
async fn a_target_that_asks_for_a_rest_gets_it_and_loses_no_try_by_it() {
    let bench = Bench::published().await;
    let rest = Trouble { effect: Effect::None, why: Why::RateLimited, after: Some(Duration::from_mins(10)) };
    for call in 0..20 {
        bench.placer.target.fail(call, Moment::Before, rest);
        assert_eq!(bench.place().await, PlaceOutcome::RetryIn(Duration::from_mins(10)));
        bench.wait(599);
        assert_eq!(bench.place().await, PlaceOutcome::NothingToDo, "not a second earlier");
        bench.wait(1);
    }
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
    assert_eq!(bench.placer.store.target(&tenant("acme"), &name()).await.unwrap().unwrap().failures, 0);
}

#[tokio::test]
async fn what_is_refused_for_good_fails_at_once_and_can_be_tried_again() {
    let bench = Bench::published().await;
    bench.placer.target.fail(1, Moment::Before, trouble(Effect::Never, Why::Rejected));
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Failed));
    assert_eq!((bench.now().await.last_error, bench.now().await.next_at), (Some(Why::Rejected), None));
    assert!(matches!(bench.again(None).await, Again::Done(Once::New(_))));
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
    assert_eq!(bench.placer.target.posts().len(), 1);
}

#[tokio::test]
async fn a_target_under_another_address_gets_a_copy_of_its_own_unless_it_is_the_same_site() {
    for same in [true, false] {
        let mut bench = Bench::published().await;
        bench.place().await;
        if !same {
            // What is there under the copy's number is somebody's.
            bench.placer.target.by_hand(0, |post| post.html = "<p>Of another site.</p>".to_owned());
        }
        let moved = Target { site: Generation::of([9; 32]), version: 2, ..a_target("blog") };
        assert!(bench.placer.store.keep_target(&moved, 1).await.unwrap());
        bench.draft(2, "Second").await;
        bench.publish(2).await;
        assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Placed));
        let posts = bench.placer.target.posts();
        assert_eq!(posts.len(), if same { 1 } else { 2 });
        assert_eq!(posts.last().unwrap().title, "Second");
        assert!(same || posts[0].html == "<p>Of another site.</p>");
    }
}

#[tokio::test]
async fn a_write_of_which_nobody_heard_is_known_again_under_another_address() {
    let mut bench = Bench::published().await;
    bench.place().await;
    bench.draft(2, "Second").await;
    bench.publish(2).await;
    // It is done, after a look, and the answer is lost.
    let calls = bench.placer.target.calls();
    bench.placer.target.fail(calls + 1, Moment::After, trouble(Effect::Unknown, Why::Timeout));
    assert!(matches!(bench.place().await, PlaceOutcome::RetryIn(_)));
    let found = bench.placer.store.target(&tenant("acme"), &name()).await.unwrap().unwrap();
    let moved = Target { site: Generation::of([9; 32]), version: found.version + 1, ..found.clone() };
    assert!(bench.placer.store.keep_target(&moved, found.version).await.unwrap());
    assert_eq!(bench.until_it_rests().await, PlacementState::Placed);
    assert_eq!(bench.placer.target.posts().len(), 1);
}

#[tokio::test]
async fn a_try_that_a_slow_target_makes_long_ends_before_the_process_does() {
    let bench = Bench::published().await;
    // The draft is made, and nothing is ever heard of it.
    bench.placer.target.hang(1);
    let message = bench.now().await.message();
    let (came_to, ()) = futures_util::future::join(bench.placer.place(&message, bench.deadline()), async {
        while bench.placer.target.calls() < 2 {
            tokio::task::yield_now().await;
        }
        bench.wait(50);
    })
    .await;
    assert!(matches!(came_to.unwrap(), PlaceOutcome::RetryIn(_)));
    assert_eq!(bench.now().await.last_error, Some(Why::Timeout));
    assert_eq!(bench.until_it_rests().await, PlacementState::Placed);
    assert_eq!(bench.placer.target.posts().len(), 1, "the next try looks first");
}

#[tokio::test]
async fn a_target_without_a_secret_is_not_called() {
    let bench = Bench::published().await;
    let bare = Target { secret: None, version: 2, ..a_target("blog") };
    assert!(bench.placer.store.keep_target(&bare, 1).await.unwrap());
    assert!(matches!(bench.place().await, PlaceOutcome::RetryIn(_)));
    assert_eq!((bench.now().await.last_error, bench.placer.target.calls()), (Some(Why::NoSecret), 0));
}

#[tokio::test]
async fn a_target_that_was_removed_fails_what_waits_for_it() {
    let bench = Bench::published().await;
    assert!(bench.placer.store.remove_target(&a_target("blog")).await.unwrap());
    assert_eq!(bench.place().await, PlaceOutcome::Reached(PlacementState::Failed));
    assert_eq!(bench.now().await.last_error, Some(Why::TargetRemoved));
}

#[tokio::test]
async fn a_message_of_another_tenant_places_nothing() {
    let bench = Bench::published().await;
    let message = galley_domain::queue::message::Message::new(
        Kind::Place,
        tenant("rival"),
        bench.now().await.message().id,
        bench.now().await.trace_id,
    );
    assert_eq!(bench.placer.place(&message, bench.deadline()).await.unwrap(), PlaceOutcome::NothingToDo);
    assert_eq!(bench.placer.target.calls(), 0);
}
