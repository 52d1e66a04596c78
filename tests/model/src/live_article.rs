//! A live article, and everybody who may do something to its task, in every order: an author and an editor who act on
//! what they read a while ago, and a worker that drafts, fails, publishes or gives up. The moves and the roles are
//! production's own functions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use galley_domain::{
    access::{allowance::Allowance, role::Role},
    publishing::publish,
    review::{
        action::{Action, Approver, Command},
        plan::{Read, plan},
    },
    task::{
        record::{Failure, Live, Task},
        revision::Revision,
        state::TaskState,
        store::LiveChange,
    },
};
use galley_testkit::{
    build::{a_task, context, principal, revision, trace},
    clock::TestClock,
};
use serde_json::json;
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

use crate::memo::Memo;

const PEOPLE: [Role; 2] = [Role::Author, Role::Editor];
const MOST_MOVES: u8 = 6;
const MOVES: [Move; 9] = [
    Move::Approve,
    Move::Reject,
    Move::RequestChanges,
    Move::Edit,
    Move::Cancel,
    Move::Retry,
    Move::Unpublish,
    Move::Republish,
    Move::Schedule,
];

/// What of production is taken away, to see that the check would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Whole,
    /// Cancelling closes the task, whatever is live.
    CancelCloses,
    /// Writes find nothing to be refused by.
    NoCondition,
}

/// What a person may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Move {
    Approve,
    Reject,
    RequestChanges,
    Edit,
    Cancel,
    Retry,
    Unpublish,
    Republish,
    Schedule,
}

/// What a worker may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Work {
    Claim,
    Draft,
    GiveUp,
    Publish,
    FailToPublish,
}

/// A task by what can differ between two of them here.
#[derive(Clone, Debug)]
struct Stored(Arc<Task>);

impl Stored {
    fn facts(&self) -> impl Hash + PartialEq + use<> {
        let task = &self.0;
        let live = task.live.as_ref().map(|live| live.revision);
        (task.state, task.version, task.fence, task.revision, live, task.publish_at)
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

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Hash)]
struct World {
    moves: u8,
    task: Stored,
    /// The revision that the public reads.
    public: Option<u32>,
    people: [Option<Stored>; 2],
    // What must never happen is noted here.
    by_an_author: bool,
    undone_by_an_author: bool,
    back: bool,
}

impl Eq for World {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Read(usize),
    Act(usize, Move),
    Work(Work),
}

#[derive(Clone, Debug)]
struct Fixture {
    variant: Variant,
    published: Task,
    draft: Revision,
    clock: TestClock,
    decisions: Memo<(Stored, Role, Move), Option<(Task, LiveChange)>>,
}

impl Fixture {
    fn new(variant: Variant) -> Self {
        let accepted = a_task().accepted().task;
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        let mut draft = revision(1, "What is live", accepted.created_at);
        draft.blockers.clear();
        let slug = galley_domain::content::slug::Slug::from_title("What is live");
        let live = Live::article(slug, 1, accepted.created_at);
        let published = Task { state: TaskState::Published, revision: 1, live: Some(live), ..accepted };
        Self { variant, published, draft, clock, decisions: Memo::new() }
    }

    fn newest(&self, task: &Task) -> Revision {
        Revision { number: task.revision, ..self.draft.clone() }
    }

    /// What `role` makes of the task as they read it, if they may.
    fn decided(&self, task: &Stored, role: Role, tried: Move) -> Option<(Task, LiveChange)> {
        self.decisions.get((task.clone(), role, tried), || self.planned(&task.0, role, tried))
    }

    fn planned(&self, task: &Task, role: Role, tried: Move) -> Option<(Task, LiveChange)> {
        let command = Command {
            principal: principal(role),
            task_id: task.id.clone(),
            action: action(tried, task.revision),
            if_match: None,
            claim: None,
            approver: Approver::Anyone,
            allowance: Allowance::default(),
            trace_id: trace(),
        };
        let number = command.action.revision(task).unwrap_or(task.revision);
        let revision = Revision { number, ..self.draft.clone() };
        let change =
            plan(&command, Read { task, revision: Some(&revision), writer: None }, 0, &self.clock).ok()?.change;
        if self.variant == Variant::CancelCloses && tried == Move::Cancel && task.live.is_some() {
            let closed = Task { state: TaskState::Cancelled, live: None, ..change.task };
            return Some((closed, LiveChange::Remove(task.live.clone()?.slug)));
        }
        Some((change.task, change.live))
    }

    /// A conditional write, and what the public reads afterwards.
    fn write(&self, world: &mut World, read: &Task, (next, live): (Task, LiveChange)) -> bool {
        if self.variant != Variant::NoCondition && !read.stamp().admits(&world.task.0) {
            return false;
        }
        match live {
            LiveChange::None => {}
            LiveChange::Put(entry) => world.public = Some(entry.live.revision),
            LiveChange::Remove(_) => world.public = None,
        }
        world.task = Stored(Arc::new(next));
        true
    }

    fn act(&self, world: &mut World, role: Role, read: &Stored, tried: Move) -> bool {
        let Some((next, live)) = self.decided(read, role, tried) else { return false };
        let before = (world.public, world.task.0.state);
        let returned = read.0.state != TaskState::Published
            && next.state == TaskState::Published
            && matches!(live, LiveChange::None);
        if !self.write(world, &read.0, (next, live)) {
            return false;
        }
        let author = role == Role::Author;
        world.by_an_author |= author && before.0 != world.public;
        world.undone_by_an_author |= author && before.1 == TaskState::Approved;
        world.back |= returned;
        true
    }

    /// One worker's undisturbed step.
    fn work(&self, world: &mut World, work: Work) -> bool {
        let read = Task::clone(&world.task.0);
        let context = context(self.draft.created_at);
        let next = Revision { number: read.revision + 1, ..self.draft.clone() };
        let failure = || Failure { code: "x".into(), message: String::new(), stage: String::new(), attempt: 1 };
        let done = match work {
            Work::Claim => read.claim(&context).map(|(task, _)| (task, LiveChange::None)),
            Work::Draft => read.drafted(&next, &context).map(|(task, _)| (task, LiveChange::None)),
            Work::GiveUp => read.gave_up(failure(), &context).map(|(task, _)| (task, LiveChange::None)),
            // Only what a person approved is due to be published.
            Work::Publish if read.state != TaskState::Approved => return false,
            Work::Publish => {
                let newest = self.newest(&read);
                let live = publish::live_at(&read, &newest, 0, context.at);
                read.published(live, &context).map(|(task, _)| {
                    let listed = publish::listing(&read, &task, &newest);
                    (task, listed)
                })
            }
            Work::FailToPublish => {
                read.publication_failed("x", None, &context).map(|(task, _)| (task, LiveChange::None))
            }
        };
        done.is_ok_and(|done| self.write(world, &read, done))
    }
}

fn action(tried: Move, revision: u32) -> Action {
    let review = json!({"human_feedback": "Because the check says so", "reviewer_id": "ana"});
    let mut named = review.clone();
    named["revision"] = json!(revision);
    let mut later = named.clone();
    later["approved"] = json!(true);
    later["publish_at"] = json!("2026-11-20T13:00:00Z");
    let text = galley_testkit::prose::about("HTTP caching and how it works", 280, 0);
    let edit = json!({"title": "Another text", "html": format!("<p>{text}</p>")});
    match tried {
        // To be published in an hour, so that there is something to take back.
        Move::Approve => Action::Approve(serde_json::from_value(later).unwrap()),
        Move::Reject => Action::Reject(serde_json::from_value(review).unwrap()),
        Move::RequestChanges => Action::RequestChanges(serde_json::from_value(review).unwrap()),
        Move::Edit => Action::Edit(serde_json::from_value(edit).unwrap()),
        Move::Cancel => Action::Cancel(serde_json::from_value(json!({})).unwrap()),
        Move::Retry => Action::Retry(serde_json::from_value(json!({})).unwrap()),
        Move::Unpublish => Action::Unpublish(serde_json::from_value(json!({})).unwrap()),
        Move::Republish => Action::Republish(serde_json::from_value(named).unwrap()),
        Move::Schedule => {
            Action::Schedule(serde_json::from_value(json!({"publish_at": "2026-11-20T14:00:00Z"})).unwrap())
        }
    }
}

impl Model for Fixture {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            moves: 0,
            task: Stored(Arc::new(self.published.clone())),
            public: Some(1),
            people: [None, None],
            by_an_author: false,
            undone_by_an_author: false,
            back: false,
        }]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        if world.moves == MOST_MOVES {
            return;
        }
        for (who, person) in world.people.iter().enumerate() {
            steps.push(Step::Read(who));
            if person.is_some() {
                steps.extend(MOVES.map(|tried| Step::Act(who, tried)));
            }
        }
        let work = [Work::Claim, Work::Draft, Work::GiveUp, Work::Publish, Work::FailToPublish];
        steps.extend(work.map(Step::Work));
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        let happened = match step {
            Step::Read(who) => {
                world.people[who] = Some(world.task.clone());
                return (world != *before).then_some(world);
            }
            Step::Act(who, tried) => {
                let read = before.people[who].clone()?;
                self.act(&mut world, PEOPLE[who], &read, tried)
            }
            Step::Work(work) => self.work(&mut world, work),
        };
        world.moves += 1;
        happened.then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("the public reads what the task says is live", |_, world: &World| {
                world.public == world.task.0.live.as_ref().map(|live| live.revision)
            }),
            Property::always("no author changes what the public reads", |_, world: &World| !world.by_an_author),
            Property::always("no author takes back a decision", |_, world: &World| !world.undone_by_an_author),
            Property::always("a closed or failed task has no live article", |_, world: &World| {
                let task = &world.task.0;
                task.live.is_none() || !(task.state.is_closed() || task.state == TaskState::Failed)
            }),
            Property::always("an editor can take down what is live, at once", |model: &Self, world: &World| {
                let task = &world.task.0;
                task.live.is_none() || model.decided(&world.task, Role::Editor, Move::Unpublish).is_some()
            }),
            Property::always("what waits for its hour is approved", |_, world: &World| {
                let task = &world.task.0;
                task.publish_at.is_none() || matches!(task.state, TaskState::Approved | TaskState::Published)
            }),
            // And the check sees what it is about.
            Property::sometimes("what waits is moved to another hour", |_, world: &World| {
                world.task.0.publish_at.is_some_and(|at| at.to_string() == "2026-11-20T14:00:00Z")
            }),
            Property::sometimes("a newer text goes live", |_, world: &World| world.public == Some(2)),
            Property::sometimes("an article is taken down", |_, world: &World| world.public.is_none()),
            Property::sometimes("a text is given up beside a live article", |_, world: &World| world.back),
        ]
    }
}

fn violated(variant: Variant) -> Vec<&'static str> {
    let model = Fixture::new(variant);
    let always = |property: &Property<Fixture>| property.expectation == Expectation::Always;
    let promises: Vec<&str> = model.properties().iter().filter(|one| always(one)).map(|one| one.name).collect();
    let checker = model.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    checker.discoveries().into_keys().filter(|name| promises.contains(name)).collect()
}

#[test]
fn nobody_below_an_editor_touches_a_live_article_in_any_order_of_moves() {
    let checker = Fixture::new(Variant::Whole).checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.unique_state_count() > 1_000, "{}", checker.unique_state_count());
}

#[test]
fn a_cancellation_that_closes_beside_a_live_article_is_noticed() {
    let violated = violated(Variant::CancelCloses);
    assert!(violated.contains(&"no author changes what the public reads"), "{violated:?}");
}

#[test]
fn a_write_without_its_condition_is_noticed() {
    let violated = violated(Variant::NoCondition);
    assert!(!violated.is_empty());
}
