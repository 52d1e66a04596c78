//! The task protocol, checked in every order of events: a client that retries, an API that dies between its two writes,
//! a queue that loses, repeats and reorders, two workers that crash or sleep through their leases, a clock that jumps,
//! a sweeper, two reviewers and a cancellation. The moves, leases and conditions are production's own functions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test fails by a panic")]

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use galley_domain::{
    generation::ending,
    kernel::timings::Timings,
    task::{
        audit::Context,
        record::{Approval, Decision, Failure, Live, Stamp, Task, progress},
        revision::Revision,
        state::{Attempts, TaskState},
    },
};
use galley_testkit::build::{a_task, context, revision, subject};
use jiff::{SignedDuration, Timestamp};
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

use crate::memo::Memo;

const WORKERS: usize = 2;
const REVIEWERS: usize = 2;
const MOST_MESSAGES: u8 = 2;
/// The clock jumps so often: enough for a worker to lose its lease, and for the next one too.
const MOST_TICKS: u8 = 2;
const ATTEMPTS: u32 = 2;

/// What of production is taken away, to see that the check would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Whole,
    /// Writes find nothing to be refused by.
    NoFence,
    NoSweeper,
    /// A call is made without looking for a kept result.
    NoCheckpoint,
}

/// A task by what can differ between two of them here.
#[derive(Clone, Debug)]
struct Stored(Arc<Task>);

impl Stored {
    fn facts(&self) -> impl Hash + PartialEq + use<> {
        let task = &self.0;
        (
            task.state.name(),
            (task.version, task.attempt, task.fence),
            (task.lease_until.map(Timestamp::as_second), task.due_at.map(Timestamp::as_second)),
            (task.revision, task.refunded, task.live.is_some()),
        )
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.facts() == other.facts()
    }
}

impl Eq for Stored {}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.facts().hash(hasher);
    }
}

#[derive(Clone, Debug, PartialEq, Hash)]
enum Api {
    Idle,
    /// The task is written, its message not yet sent.
    Written,
}

#[derive(Clone, Debug, PartialEq, Hash)]
enum Worker {
    Idle,
    Loaded(Stored),
    /// Claimed, with what it then read of the stage's checkpoint.
    Claimed(Stored, bool),
    /// The intent is in the ledger.
    Intended(Stored),
    /// The provider has done its work, and will be paid.
    Answered(Stored),
    /// The result is kept.
    Kept(Stored),
}

#[derive(Clone, Debug, PartialEq, Hash)]
enum Person {
    Idle,
    Read(Stored),
    Done,
}

/// Everything there is.
#[expect(clippy::struct_excessive_bools, reason = "facts of a world, not options of a call")]
#[derive(Clone, Debug, PartialEq, Hash)]
struct World {
    ticks: u8,
    faults: u8,
    now: i64,
    task: Option<Stored>,
    checkpoint: bool,
    messages: u8,
    /// The sweeper has moved `due_at` on and not yet sent.
    sweeping: bool,
    api: Api,
    answered: bool,
    workers: [Worker; WORKERS],
    reviewers: [Person; REVIEWERS],
    canceller: Person,
    // What must never happen is counted here.
    accepted: u8,
    drafts: u8,
    decisions: u8,
    refunds: u8,
    intents: u8,
    calls: u8,
    settled: u8,
    paid_again: bool,
}

impl Eq for World {}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    ClientAsks,
    ApiSends,
    ApiDies,
    ApiSendLost,
    Deliver(usize),
    DeliverTwice(usize),
    MessageLost,
    Claim(usize),
    Intend(usize),
    Call(usize),
    Keep(usize),
    Finish(usize),
    Fail(usize),
    Renew(usize),
    Crash(usize),
    Sweep,
    SweeperSends,
    SweeperDies,
    HalfALease,
    ALongTime,
    Read(usize),
    Decide(usize),
    ReadToCancel,
    Cancel,
}

/// What is explored: every kind of fault, so often, and whether people interfere.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    faults: u8,
    people: bool,
}

const WITH_PEOPLE: Bounds = Bounds { faults: 1, people: true };
const MORE_FAULTS: Bounds = Bounds { faults: 3, people: false };

#[derive(Clone, Debug)]
struct Protocol {
    variant: Variant,
    bounds: Bounds,
    accepted: Task,
    draft: Revision,
    recovered: Memo<(i64, bool, Option<Stored>), bool>,
}

impl Protocol {
    fn new(variant: Variant, bounds: Bounds) -> Self {
        let accepted = a_task().accepted().task;
        let draft = revision(1, "A draft", accepted.created_at);
        Self { variant, bounds, accepted, draft, recovered: Memo::new() }
    }

    fn at(world: &World) -> Timestamp {
        Timestamp::from_second(world.now).unwrap()
    }

    fn context(world: &World) -> Context {
        context(Self::at(world))
    }

    /// A conditional write, by production's condition.
    fn write(&self, world: &mut World, before: Stamp, next: Task) -> Option<Stored> {
        let present = world.task.as_ref()?;
        if self.variant != Variant::NoFence && !before.admits(&present.0) {
            return None;
        }
        let stored = Stored(Arc::new(next));
        world.task = Some(stored.clone());
        Some(stored)
    }

    fn claim(&self, world: &mut World, who: usize, read: &Stored) {
        world.workers[who] = Worker::Idle;
        let now = Self::at(world);
        if let Some((failure, refund)) = ending::hopeless(&read.0, ATTEMPTS, now) {
            if let Ok((mut next, _)) = read.0.gave_up(failure, &Self::context(world)) {
                let due = refund == ending::Refund::Due && next.take_refund().is_some();
                if self.write(world, read.0.stamp(), next).is_some() {
                    world.refunds += u8::from(due);
                }
            }
            return;
        }
        let Ok((next, _)) = read.0.claim(&Self::context(world)) else { return };
        if let Some(stored) = self.write(world, read.0.stamp(), next) {
            world.workers[who] = Worker::Claimed(stored, world.checkpoint);
        }
    }

    fn intend(&self, world: &mut World, who: usize, held: &Stored) {
        let next = held.0.progressed(progress("draft", 10, ""), Self::at(world));
        world.workers[who] = match self.write(world, held.0.stamp(), next) {
            Some(stored) => {
                world.intents += 1;
                Worker::Intended(stored)
            }
            None => Worker::Idle,
        };
    }

    fn keep(&self, world: &mut World, who: usize, held: &Stored) {
        let next = held.0.progressed(progress("assess", 70, ""), Self::at(world));
        // Settled with the result, or without it: the money is spent.
        world.settled += 1;
        world.workers[who] = match self.write(world, held.0.stamp(), next) {
            Some(stored) => {
                world.checkpoint = true;
                Worker::Kept(stored)
            }
            None => Worker::Idle,
        };
    }

    fn finish(&self, world: &mut World, who: usize, held: &Stored) {
        world.workers[who] = Worker::Idle;
        let Ok((next, _)) = held.0.drafted(&self.draft, &Self::context(world)) else { return };
        if self.write(world, held.0.stamp(), next).is_some() {
            world.drafts += 1;
        }
    }

    fn fail(&self, world: &mut World, who: usize, held: &Stored) {
        world.workers[who] = Worker::Idle;
        let failure = Failure { code: "x".into(), message: String::new(), stage: String::new(), attempt: 1 };
        let attempts = held.0.attempts(ATTEMPTS);
        let failed = held.0.attempt_failed(failure, attempts, SignedDuration::ZERO, &Self::context(world));
        let Ok((mut next, _)) = failed else { return };
        let refund = next.state == TaskState::Failed && next.take_refund().is_some();
        let tries_again = attempts == Attempts::Left;
        if self.write(world, held.0.stamp(), next).is_some() {
            world.refunds += u8::from(refund);
            // The record comes again by itself.
            if tries_again {
                world.messages = (world.messages + 1).min(MOST_MESSAGES);
            }
        }
    }

    /// The first reviewer approves, the second rejects.
    fn decide(&self, world: &mut World, who: usize, read: &Stored) {
        world.reviewers[who] = Person::Done;
        let at = Self::at(world);
        let approval = Approval {
            decision: if who == 0 { Decision::Approved } else { Decision::Rejected },
            reviewer_id: subject("ana"),
            human_feedback: String::new(),
            revision: 1,
            content_hash: String::new(),
            overrode: Vec::new(),
            at,
        };
        let context = Self::context(world);
        let decided = if who == 0 {
            let live = Live::article(galley_domain::content::slug::Slug::from_title("A draft"), 1, at);
            let approved = read.0.approved(approval, None, &context);
            approved.and_then(|(task, _)| Ok((task.published(live, &context)?.0, ())))
        } else {
            read.0.rejected(approval, &context).map(|(task, _)| (task, ()))
        };
        let Ok((next, ())) = decided else { return };
        if self.write(world, read.0.stamp(), next).is_some() {
            world.decisions += 1;
        }
    }

    fn sweep(&self, world: &mut World) -> bool {
        let now = Self::at(world);
        let Some(task) = &world.task else { return false };
        if self.variant == Variant::NoSweeper || task.0.due_at.is_none_or(|due| due > now) {
            return false;
        }
        let mut next = Task::clone(&task.0);
        next.due_at = Some(now + Timings::default().patience(0));
        world.task = Some(Stored(Arc::new(next)));
        world.sweeping = true;
        true
    }

    /// Whether the task comes to rest once nothing goes wrong any more, with whoever is still there dead.
    fn recovers(&self, world: &World) -> bool {
        self.recovered.get((world.now, world.checkpoint, world.task.clone()), || self.rests_at_last(world.clone()))
    }

    fn rests_at_last(&self, mut world: World) -> bool {
        world.workers = [Worker::Idle, Worker::Idle];
        world.sweeping = false;
        world.messages = 0;
        for _ in 0..4 {
            if world.task.as_ref().is_none_or(|task| rests(task.0.state)) {
                return true;
            }
            world.now += Timings::default().longest_patience().as_secs() + 1;
            self.sweep(&mut world);
            if std::mem::take(&mut world.sweeping) {
                self.work(&mut world);
            }
        }
        false
    }

    /// One worker's undisturbed run.
    fn work(&self, world: &mut World) {
        let Some(read) = world.task.clone() else { return };
        self.claim(world, 0, &read);
        if let Worker::Claimed(held, kept) = world.workers[0].clone() {
            let held = if kept {
                held
            } else {
                self.intend(world, 0, &held);
                let Worker::Intended(held) = world.workers[0].clone() else { return };
                self.keep(world, 0, &held);
                let Worker::Kept(held) = world.workers[0].clone() else { return };
                held
            };
            self.finish(world, 0, &held);
        }
    }
}

fn rests(state: TaskState) -> bool {
    !matches!(state, TaskState::Pending | TaskState::Generating | TaskState::Approved)
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        let person = || Person::Idle;
        vec![World {
            ticks: 0,
            faults: 0,
            now: self.accepted.created_at.as_second(),
            task: None,
            checkpoint: false,
            messages: 0,
            sweeping: false,
            api: Api::Idle,
            answered: false,
            workers: [Worker::Idle, Worker::Idle],
            reviewers: [person(), person()],
            canceller: person(),
            accepted: 0,
            drafts: 0,
            decisions: 0,
            refunds: 0,
            intents: 0,
            calls: 0,
            settled: 0,
            paid_again: false,
        }]
    }

    #[expect(clippy::too_many_lines, reason = "a table: what may happen next")]
    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        let faulty = world.faults < self.bounds.faults;
        match world.api {
            Api::Idle if !world.answered => steps.push(Step::ClientAsks),
            Api::Idle => {}
            Api::Written => {
                steps.push(Step::ApiSends);
                if faulty {
                    steps.extend([Step::ApiDies, Step::ApiSendLost]);
                }
            }
        }
        if faulty && world.messages > 0 {
            steps.push(Step::MessageLost);
        }
        for (who, worker) in world.workers.iter().enumerate() {
            match worker {
                Worker::Idle if world.messages > 0 => {
                    steps.push(Step::Deliver(who));
                    if faulty {
                        steps.push(Step::DeliverTwice(who));
                    }
                }
                Worker::Idle => {}
                Worker::Loaded(_) => steps.push(Step::Claim(who)),
                Worker::Claimed(_, kept) => {
                    let again = self.variant == Variant::NoCheckpoint;
                    steps.push(if *kept && !again { Step::Finish(who) } else { Step::Intend(who) });
                }
                Worker::Intended(_) => {
                    steps.push(Step::Call(who));
                    if faulty {
                        steps.push(Step::Fail(who));
                    }
                }
                Worker::Answered(_) => steps.push(Step::Keep(who)),
                Worker::Kept(_) => steps.push(Step::Finish(who)),
            }
            if !matches!(worker, Worker::Idle | Worker::Loaded(_)) {
                steps.push(Step::Renew(who));
            }
            if faulty && *worker != Worker::Idle {
                steps.push(Step::Crash(who));
            }
        }
        if world.sweeping {
            steps.push(Step::SweeperSends);
            if faulty {
                steps.push(Step::SweeperDies);
            }
        } else {
            steps.push(Step::Sweep);
        }
        if world.ticks < MOST_TICKS {
            steps.extend([Step::HalfALease, Step::ALongTime]);
        }
        if !self.bounds.people {
            return;
        }
        for (who, reviewer) in world.reviewers.iter().enumerate() {
            match reviewer {
                Person::Idle => steps.push(Step::Read(who)),
                Person::Read(_) => steps.push(Step::Decide(who)),
                Person::Done => {}
            }
        }
        match world.canceller {
            Person::Idle => steps.push(Step::ReadToCancel),
            Person::Read(_) => steps.push(Step::Cancel),
            Person::Done => {}
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each step: a table, not a procedure")]
    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        let held = |who: usize| match &before.workers[who] {
            Worker::Idle => None,
            Worker::Loaded(task)
            | Worker::Claimed(task, _)
            | Worker::Intended(task)
            | Worker::Answered(task)
            | Worker::Kept(task) => Some(task.clone()),
        };
        match step {
            Step::ClientAsks => {
                // The idempotency claim is in the same transaction: a second time it is found, and nothing is written.
                if world.task.is_none() {
                    world.task = Some(Stored(Arc::new(self.accepted.clone())));
                    world.accepted += 1;
                    world.api = Api::Written;
                } else {
                    world.answered = true;
                }
            }
            Step::ApiSends => {
                world.messages = (world.messages + 1).min(MOST_MESSAGES);
                (world.api, world.answered) = (Api::Idle, true);
            }
            Step::ApiSendLost => {
                world.faults += 1;
                (world.api, world.answered) = (Api::Idle, true);
            }
            Step::ApiDies => {
                world.faults += 1;
                world.api = Api::Idle;
            }
            Step::Deliver(who) => {
                world.messages -= 1;
                world.workers[who] = Worker::Loaded(world.task.clone()?);
            }
            Step::DeliverTwice(who) => {
                world.faults += 1;
                world.workers[who] = Worker::Loaded(world.task.clone()?);
            }
            Step::MessageLost => {
                world.faults += 1;
                world.messages -= 1;
            }
            Step::Claim(who) => self.claim(&mut world, who, &held(who)?),
            Step::Intend(who) => self.intend(&mut world, who, &held(who)?),
            Step::Call(who) => {
                world.calls += 1;
                // One that lost its task between intent and call cannot know: its call is in the ledger, and is all it costs.
                let held = held(who)?;
                let ours = world.task.as_ref().is_some_and(|task| task.0.fence == held.0.fence);
                world.paid_again |= world.checkpoint && ours;
                world.workers[who] = Worker::Answered(held);
            }
            Step::Keep(who) => self.keep(&mut world, who, &held(who)?),
            Step::Finish(who) => self.finish(&mut world, who, &held(who)?),
            Step::Fail(who) => {
                world.faults += 1;
                self.fail(&mut world, who, &held(who)?);
            }
            Step::Renew(who) => {
                let held = held(who)?;
                let present = world.task.as_ref()?;
                if present.0.fence != held.0.fence || present.0.state != TaskState::Generating {
                    world.workers[who] = Worker::Idle;
                } else {
                    let mut next = Task::clone(&present.0);
                    next.lease_until = Some(Self::at(&world) + Timings::default().lease());
                    next.due_at = next.lease_until;
                    world.task = Some(Stored(Arc::new(next)));
                }
            }
            Step::Crash(who) => {
                world.faults += 1;
                world.workers[who] = Worker::Idle;
            }
            Step::Sweep => {
                if !self.sweep(&mut world) {
                    return None;
                }
            }
            Step::SweeperSends => {
                world.messages = (world.messages + 1).min(MOST_MESSAGES);
                world.sweeping = false;
            }
            Step::SweeperDies => {
                world.faults += 1;
                world.sweeping = false;
            }
            Step::HalfALease => {
                world.ticks += 1;
                world.now += Timings::default().lease().as_secs() / 2 + 1;
            }
            Step::ALongTime => {
                world.ticks += 1;
                world.now += Timings::default().longest_patience().as_secs() + 1;
            }
            Step::Read(who) => {
                let awaiting = |task: &&Stored| task.0.state == TaskState::AwaitingApproval;
                world.reviewers[who] = Person::Read(world.task.as_ref().filter(awaiting)?.clone());
            }
            Step::Decide(who) => {
                let Person::Read(read) = before.reviewers[who].clone() else { return None };
                self.decide(&mut world, who, &read);
            }
            Step::ReadToCancel => world.canceller = Person::Read(world.task.clone()?),
            Step::Cancel => {
                let Person::Read(read) = before.canceller.clone() else { return None };
                world.canceller = Person::Done;
                if let Ok((next, _)) = read.0.cancelled(None, &Self::context(&world)) {
                    self.write(&mut world, read.0.stamp(), next);
                }
            }
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("what is accepted comes to rest once nothing goes wrong", |model: &Self, world| {
                model.recovers(world)
            }),
            Property::always("an open task has a next step", |_, world: &World| {
                world.task.as_ref().is_none_or(|task| rests(task.0.state) == task.0.due_at.is_none())
            }),
            Property::always("a request is accepted once", |_, world: &World| world.accepted <= 1),
            Property::always("one worker's result counts", |_, world: &World| world.drafts <= 1),
            Property::always("a decision happens once", |_, world: &World| world.decisions <= 1),
            Property::always("published means live, and nothing else does", |_, world: &World| {
                world.task.as_ref().is_none_or(|task| task.0.live.is_some() == (task.0.state == TaskState::Published))
            }),
            Property::always("a kept result is not paid for again", |_, world: &World| !world.paid_again),
            Property::always("no call is outside the ledger", |_, world: &World| {
                world.calls <= world.intents && world.settled <= world.calls
            }),
            Property::always("a place is given back once", |_, world: &World| world.refunds <= 1),
            // And the check sees what it is about.
            Property::sometimes("a task is published", |_, world: &World| {
                world.task.as_ref().is_some_and(|task| task.0.state == TaskState::Published)
            }),
            Property::sometimes("a task is given up", |_, world: &World| world.refunds == 1),
            Property::sometimes("two workers pay for the same", |_, world: &World| world.calls == 2),
        ]
    }
}

/// What of the promises a search finds broken.
fn violated(variant: Variant, bounds: Bounds) -> Vec<&'static str> {
    let model = Protocol::new(variant, bounds);
    let promises: Vec<&str> = model
        .properties()
        .into_iter()
        .filter(|property| property.expectation == Expectation::Always)
        .map(|property| property.name)
        .collect();
    let checker = model.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    checker.discoveries().into_keys().filter(|name| promises.contains(name)).collect()
}

fn holds_within(bounds: Bounds) {
    let model = Protocol::new(Variant::Whole, bounds);
    let checker = model.checker().threads(2).spawn_bfs().join();
    println!("{bounds:?}: {} states, {} of them different", checker.state_count(), checker.unique_state_count());
    for property in checker.model().properties() {
        match property.expectation {
            Expectation::Always => checker.assert_no_discovery(property.name),
            _ if bounds.people => drop(checker.assert_any_discovery(property.name)),
            _ => {}
        }
    }
    assert!(checker.unique_state_count() > 100_000, "{}", checker.unique_state_count());
}

#[test]
fn every_promise_holds_in_every_order_of_events_with_people() {
    holds_within(WITH_PEOPLE);
}

#[test]
fn every_promise_holds_in_every_order_of_events_with_more_faults() {
    holds_within(MORE_FAULTS);
}

#[test]
fn without_the_fence_it_is_noticed() {
    let violated = violated(Variant::NoFence, MORE_FAULTS);
    assert!(violated.contains(&"one worker's result counts"), "{violated:?}");
}

#[test]
fn without_the_sweeper_it_is_noticed() {
    let violated = violated(Variant::NoSweeper, MORE_FAULTS);
    assert_eq!(violated, ["what is accepted comes to rest once nothing goes wrong"]);
}

#[test]
fn without_checkpoints_it_is_noticed() {
    let violated = violated(Variant::NoCheckpoint, MORE_FAULTS);
    assert!(violated.contains(&"a kept result is not paid for again"), "{violated:?}");
}
