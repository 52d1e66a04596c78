//! What a person's text becomes: cleaned, measured, and with what would keep it from publication.

use jiff::Timestamp;

use crate::{
    access::{role::Principal, route::Route},
    content::{blockers::Finish, clean, kind::TaskType, markdown, references},
    kernel::ids::{Subject, TaskId},
    review::action::{DecideError, Edit},
    task::{
        record::Task,
        revision::{Author, InvalidManuscript, Manuscript, Revision, Work},
        state::Event,
        store::TaskStore,
    },
};

/// The revision that an edit of `task` is. The photograph of the one `before` stays.
///
/// # Errors
/// See `DecideError`.
pub(super) fn revised(
    author: &Subject,
    task: &Task,
    before: Option<&Revision>,
    body: &Edit,
    now: Timestamp,
) -> Result<Revision, DecideError> {
    task.state.next(Event::Edited)?;
    let read = match (&body.html, &body.markdown) {
        (Some(html), None) => clean::told(html).map_err(|bound| DecideError::TooMuch { field: "html", bound })?,
        (None, Some(text)) => {
            markdown::told(text).map_err(|bound| DecideError::TooMuch { field: "markdown", bound })?
        }
        _ => return Err(DecideError::AmbiguousContent),
    };
    let dead_references = references::foreign(&read.html, &task.tenant);
    let manuscript = Manuscript {
        title: body.title.clone(),
        html: read.html,
        excerpt: body.excerpt.clone(),
        seo: body.seo.clone(),
        featured_image: before.and_then(|revision| revision.featured_image.clone()),
        finish: Finish::Complete,
        author: Author::Person { subject: author.clone() },
        work: Work {
            markdown: body.markdown.clone(),
            cleaned: read.removed,
            dead_references,
            // An edited text is made of the same sources, and repeats one no less.
            references: before.map(|revision| revision.references.clone()).unwrap_or_default(),
            ..Work::default()
        },
    };
    let field = if body.markdown.is_some() { "markdown" } else { "html" };
    let made = Revision::assessed(task.revision + 1, manuscript, &task.request, task.bar(), now);
    made.map_err(|error| match error {
        InvalidManuscript::Empty => DecideError::Empty { field },
        error => error.into(),
    })
}

/// What an edit would be, and of what type its task is. Nothing is stored.
///
/// # Errors
/// As an edit that is stored.
pub async fn check(
    store: &impl TaskStore,
    principal: &Principal,
    id: &TaskId,
    body: &Edit,
    now: Timestamp,
) -> Result<(TaskType, Revision), DecideError> {
    principal.may(Route::CheckDraft)?;
    let found = store.load(id).await?.filter(|(task, _)| task.tenant == principal.tenant);
    let (task, newest) = found.ok_or(DecideError::NotFound)?;
    let revision = revised(&principal.subject, &task, newest.as_ref(), body, now)?;
    Ok((task.request.task_type, revision))
}
