//! Whose a text is, where nobody may publish their own.

use crate::{
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId},
    },
    task::{revision::Revision, store::TaskStore},
};

/// Whoever wrote a text. What Galley has only cleaned, and what a model wrote again, is still its writer's. `None`: it is nobody's, or
/// what it was made of is not kept. `known` are revisions of the task that need not be read again.
///
/// # Errors
/// When the store cannot be read.
pub async fn of(
    store: &impl TaskStore,
    task: &TaskId,
    made: &Revision,
    known: &[Revision],
) -> Result<Option<Subject>, StoreError> {
    let (mut number, mut author) = (made.number, made.author.clone());
    // Numbers only fall, so this ends.
    while let Some(before) = author.made_of(number) {
        author = match known.iter().find(|one| one.number == before) {
            Some(earlier) => earlier.author.clone(),
            None => match store.revision(task, before).await? {
                Some(earlier) => earlier.author,
                None => return Ok(None),
            },
        };
        number = before;
    }
    Ok(author.subject().cloned())
}
