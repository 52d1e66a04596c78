//! Every state, every move of a person, every role, with and without a live article: what a move does beside its own
//! effect needs the role of that effect.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    access::{allowance::Allowance, role::Role},
    review::{
        action::{Action, Approver, Command, DecideError},
        plan::{Read, Then, plan},
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
use jiff::Timestamp;
use serde_json::{Value, json};

const NAMES: [&str; 8] = ["approve", "reject", "request-changes", "edit", "cancel", "retry", "unpublish", "republish"];

fn action(name: &str, more: &Value) -> Action {
    let review = json!({"human_feedback": "Because the table says so", "reviewer_id": "ana"});
    let with = |extra: Value| {
        let mut body = review.clone();
        for (name, value) in extra.as_object().unwrap().iter().chain(more.as_object().unwrap()) {
            body[name] = value.clone();
        }
        body
    };
    match name {
        "approve" => Action::Approve(serde_json::from_value(with(json!({"approved": true, "revision": 2}))).unwrap()),
        "reject" => Action::Reject(serde_json::from_value(review).unwrap()),
        "request-changes" => Action::RequestChanges(serde_json::from_value(with(json!({}))).unwrap()),
        "edit" => {
            let text = galley_testkit::prose::about("HTTP caching and how it works", 280, 0);
            Action::Edit(serde_json::from_value(json!({"title": "Another text", "markdown": text})).unwrap())
        }
        "cancel" => Action::Cancel(serde_json::from_value(json!({})).unwrap()),
        "retry" => Action::Retry(serde_json::from_value(json!({})).unwrap()),
        "unpublish" => Action::Unpublish(serde_json::from_value(json!({})).unwrap()),
        "republish" => Action::Republish(serde_json::from_value(with(json!({"revision": 2}))).unwrap()),
        other => panic!("{other}"),
    }
}

struct Fixture {
    clock: TestClock,
    draft: Revision,
}

impl Fixture {
    fn new() -> Self {
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        let mut draft = revision(2, "A draft", "2026-11-20T12:00:00Z".parse().unwrap());
        draft.blockers.clear();
        Self { clock, draft }
    }

    fn at(&self) -> Timestamp {
        self.draft.created_at
    }

    fn live(&self) -> Live {
        let slug = galley_domain::content::slug::Slug::from_title("What is live");
        Live::article(slug, 1, self.at())
    }

    /// A task in `state` with two revisions, beside the first of which, if `live`, is what the public reads.
    fn task(&self, state: TaskState, live: bool) -> Task {
        let mut task = a_task().accepted().task;
        task.state = state;
        task.revision = 2;
        task.live = live.then(|| self.live());
        task
    }

    fn tried(&self, task: &Task, role: Role, action: Action) -> Result<(Task, LiveChange), DecideError> {
        let (task_id, trace_id) = (task.id.clone(), trace());
        let command = Command {
            principal: principal(role),
            task_id,
            action,
            if_match: None,
            claim: None,
            approver: Approver::Anyone,
            allowance: Allowance::default(),
            trace_id,
        };
        let number = command.action.revision(task).unwrap_or(task.revision);
        let revision = Revision { number, ..self.draft.clone() };
        let planned = plan(&command, Read { task, revision: Some(&revision), writer: None }, 0, &self.clock)?;
        assert_eq!(planned.then, Then::Done);
        Ok((planned.change.task, planned.change.live))
    }
}

#[test]
fn an_author_cannot_take_a_live_article_down() {
    let fixture = Fixture::new();
    let published = fixture.task(TaskState::Published, true);
    let (edited, _) = fixture.tried(&published, Role::Author, action("edit", &json!({}))).unwrap();
    assert_eq!(edited.state, TaskState::AwaitingApproval);
    let (cancelled, change) = fixture.tried(&edited, Role::Author, action("cancel", &json!({}))).unwrap();
    assert_eq!((cancelled.state, cancelled.live), (TaskState::Published, published.live));
    assert!(matches!(change, LiveChange::None), "{change:?}");
}

#[test]
fn no_move_below_an_editor_touches_what_is_live_or_undoes_what_an_editor_decided() {
    let fixture = Fixture::new();
    for state in TaskState::ALL {
        for live in [false, true] {
            let task = fixture.task(state, live);
            for name in NAMES {
                for role in [Role::Viewer, Role::Author] {
                    let Ok((next, change)) = fixture.tried(&task, role, action(name, &json!({}))) else { continue };
                    let what = format!("{} may {name} a task that is {state}, live: {live}", role.name());
                    assert_eq!(role, Role::Author, "{what}");
                    assert!(["edit", "cancel", "retry"].contains(&name), "{what}");
                    assert!(matches!(change, LiveChange::None) && next.live == task.live, "{what}");
                    assert_ne!(state, TaskState::Approved, "{what}, which undoes a decision");
                    let reads = next.live.is_some() && (next.state.is_closed() || next.state == TaskState::Failed);
                    assert!(!reads, "{what}, and then nobody can act on its article");
                }
            }
        }
    }
}

#[test]
fn what_gives_up_a_text_leaves_the_article_that_is_live() {
    let fixture = Fixture::new();
    let back = |state, name| {
        let (next, change) = fixture.tried(&fixture.task(state, true), Role::Editor, action(name, &json!({}))).unwrap();
        assert_eq!((next.state, &next.live), (TaskState::Published, &Some(fixture.live())), "{name} from {state}");
        assert!(matches!(change, LiveChange::None), "{name} from {state}");
        assert_eq!((next.due_at, next.lease_until, next.publish_at), (None, None, None));
    };
    for state in [TaskState::Pending, TaskState::Generating, TaskState::AwaitingApproval, TaskState::Approved] {
        back(state, "cancel");
    }
    back(TaskState::AwaitingApproval, "reject");
    let failure = Failure { code: "worker_lost".into(), message: String::new(), stage: String::new(), attempt: 3 };
    for state in [TaskState::Pending, TaskState::Generating] {
        let task = fixture.task(state, true);
        let (next, event) = task.gave_up(failure.clone(), &context(fixture.at())).unwrap();
        assert_eq!((next.state, &next.live), (TaskState::Published, &task.live), "gave up from {state}");
        assert_eq!(next.error.unwrap().code, "worker_lost", "the editor learns why nothing came");
        assert_eq!(event.event, "gave_up");
    }
}

#[test]
fn what_was_rejected_or_cancelled_is_not_what_the_next_text_begins_from() {
    let fixture = Fixture::new();
    for given_up in ["reject", "cancel"] {
        let waiting = fixture.task(TaskState::AwaitingApproval, true);
        let (task, _) = fixture.tried(&waiting, Role::Editor, action(given_up, &json!({}))).unwrap();
        assert_eq!((task.revision, task.shown_revision()), (2, Some(1)));
        let requested = |more: Value| fixture.tried(&task, Role::Editor, action("request-changes", &more));
        let begun_from = |more: Value| requested(more).unwrap().0.revised();
        assert_eq!(begun_from(json!({})), Some(1), "after {given_up}");
        assert_eq!(begun_from(json!({"revision": 1})), Some(1), "which is no outdated one");
        assert_eq!(begun_from(json!({"revision": 2})), Some(2), "whoever means it names it");
        assert!(matches!(requested(json!({"revision": 3})), Err(DecideError::NoSuchRevision(3))));
        assert_eq!(action("edit", &json!({})).revision(&task), Some(1), "an edit keeps the article's image");
    }
}

#[test]
fn what_waits_for_a_decision_is_what_changes_are_requested_of() {
    let fixture = Fixture::new();
    for live in [false, true] {
        let task = fixture.task(TaskState::AwaitingApproval, live);
        let (next, _) = fixture.tried(&task, Role::Editor, action("request-changes", &json!({}))).unwrap();
        assert_eq!(next.revised(), Some(2));
    }
}

#[test]
fn an_editor_takes_a_live_article_down_whatever_is_done_to_its_next_text() {
    let fixture = Fixture::new();
    for state in TaskState::ALL.into_iter().filter(|state| !state.is_closed()) {
        let task = fixture.task(state, true);
        let (next, change) = fixture.tried(&task, Role::Editor, action("unpublish", &json!({}))).unwrap();
        assert_eq!((next.state, next.live), (TaskState::Archived, None), "{state}");
        assert!(matches!(change, LiveChange::Remove(_)), "{state}");
        assert!(next.fence > task.fence, "whoever works on it may no longer write");
        let without = fixture.tried(&fixture.task(state, false), Role::Editor, action("unpublish", &json!({})));
        assert!(without.is_err() || state == TaskState::Published, "{state}");
    }
}

#[test]
fn only_an_editor_takes_back_what_an_editor_approved() {
    let fixture = Fixture::new();
    let approved = fixture.task(TaskState::Approved, false);
    let refused = fixture.tried(&approved, Role::Author, action("cancel", &json!({})));
    assert!(matches!(refused, Err(DecideError::UndoesADecision)));
    assert!(fixture.tried(&approved, Role::Editor, action("cancel", &json!({}))).is_ok());
}

/// Role by role and state by state, what is allowed at all; `l` beside a live article alone.
#[test]
fn every_move_of_every_role_is_allowed_where_the_table_says() {
    use TaskState as S;
    const TABLE: &[(&str, Role, &[TaskState], &[TaskState])] = &[
        ("approve", Role::Editor, &[S::AwaitingApproval], &[]),
        ("reject", Role::Editor, &[S::AwaitingApproval], &[]),
        ("request-changes", Role::Editor, &[S::AwaitingApproval, S::Published], &[]),
        ("edit", Role::Author, &[S::AwaitingApproval, S::Published], &[]),
        ("cancel", Role::Author, &[S::Pending, S::Generating, S::AwaitingApproval], &[]),
        ("cancel", Role::Editor, &[S::Pending, S::Generating, S::AwaitingApproval, S::Approved], &[]),
        ("retry", Role::Author, &[S::Failed], &[]),
        (
            "unpublish",
            Role::Editor,
            &[S::Published],
            &[S::Pending, S::Generating, S::AwaitingApproval, S::Approved, S::Failed],
        ),
        ("republish", Role::Editor, &[S::Published], &[]),
    ];
    let fixture = Fixture::new();
    for state in TaskState::ALL {
        for live in [false, true] {
            for name in NAMES {
                for role in Role::ALL {
                    let allowed = TABLE.iter().any(|(named, least, from, beside)| {
                        *named == name && role >= *least && (from.contains(&state) || live && beside.contains(&state))
                    });
                    let tried = fixture.tried(&fixture.task(state, live), role, action(name, &json!({})));
                    let what = format!("{} {name} from {state}, live: {live}: {tried:?}", role.name());
                    assert_eq!(tried.is_ok(), allowed, "{what}");
                }
            }
        }
    }
}
