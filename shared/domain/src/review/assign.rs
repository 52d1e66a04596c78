//! Giving a task to somebody. What else is done to it at the same time is neither refused nor undone.

use crate::{
    access::{
        people::PersonStore,
        role::{Forbidden, Principal},
        route::Route,
    },
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{Subject, TaskId, TraceId},
    },
    outbox::announce,
    queue::message::Queue,
    task::{
        assigning::AssignmentStore,
        audit::{Actor, Context},
        record::Task,
        store::TaskStore,
    },
};

/// How often it is begun anew where a move came between.
const TRIES: u8 = 5;

#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the task does not exist")]
    NotFound,
    #[error("must be yourself, or a person whom an admin has let in as editor or admin")]
    NotAReviewer,
    #[error("the task kept changing")]
    Contended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gives the task to `to`, or to nobody. Who has it already keeps it, and nothing is written.
///
/// # Errors
/// See `AssignError`; nothing has changed.
pub async fn assign<S: TaskStore + AssignmentStore + PersonStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    by: &Principal,
    (id, to): (&TaskId, Option<&Subject>),
    trace_id: &TraceId,
) -> Result<Task, AssignError> {
    by.may(Route::Assign)?;
    let mut is_reviewer = to.is_none_or(|to| *to == by.subject);
    for _ in 0..TRIES {
        let found = store.task(id).await?.filter(|task| task.tenant == by.tenant).ok_or(AssignError::NotFound)?;
        // Asked after the task: whoever may not see it learns nothing of the tenant's people.
        if let (false, Some(to)) = (is_reviewer, to) {
            is_reviewer = may_review(store, by, to).await?;
            if !is_reviewer {
                return Err(AssignError::NotAReviewer);
            }
        }
        let context = Context::now(clock, Actor::Person { subject: by.subject.clone() }, trace_id);
        let Some(assigning) = found.assigned(to, &context) else { return Ok(found) };
        if store.assign(&assigning).await? {
            announce::announce(queue, &assigning.task, std::slice::from_ref(&assigning.event)).await;
            return Ok(assigning.task);
        }
    }
    Err(AssignError::Contended)
}

async fn may_review(store: &impl PersonStore, by: &Principal, to: &Subject) -> Result<bool, StoreError> {
    let person = store.person(&by.tenant, to).await?;
    Ok(person.is_some_and(|person| Route::Approve.access().admits(person.role, person.tenant.is_system())))
}
