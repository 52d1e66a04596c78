//! Comments: made, said in other words, removed, resolved. Nothing else that is done to the task is disturbed.

use crate::{
    access::{
        role::{Forbidden, Principal, Role},
        route::Route,
    },
    idempotency::claim::{ClaimError, Keyed, Once},
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{CommentId, TaskId, TraceId},
    },
    outbox::announce,
    queue::message::Queue,
    task::{
        audit::{Actor, AuditEvent, Context, Whom},
        comment::{
            Comment, CommentPatch, CommentStore, Commenting, Kept, MENTIONED, MOST_COMMENTS, MOST_MENTIONED,
            NewComment, Resolved,
        },
        record::Task,
        store::TaskStore,
    },
};

/// How often a change is begun anew where another came between.
const TRIES: u8 = 5;

#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the task or the comment does not exist")]
    NotFound,
    /// It is another's.
    #[error("only whoever wrote a comment may change its words; an admin may remove it")]
    NotTheAuthor,
    #[error("only an editor may resolve a comment")]
    NotAnEditor,
    #[error("must be a comment of this task that replies to nothing")]
    NoSuchParent,
    #[error("must be a revision of this task")]
    NoSuchRevision,
    #[error("must mention at most {MOST_MENTIONED} people")]
    TooManyMentioned,
    #[error("only a comment that replies to nothing is resolved")]
    IsAReply,
    #[error("the comment was removed")]
    Removed,
    #[error("a task has at most {MOST_COMMENTS} comments")]
    Full,
    #[error("the comment kept changing")]
    Contended,
    #[error(transparent)]
    Claim(#[from] ClaimError),
}

impl From<StoreError> for CommentError {
    fn from(error: StoreError) -> Self {
        Self::Claim(error.into())
    }
}

/// Who comments, on what, and when.
#[derive(Debug)]
pub struct Commenter<'a, S, Q, C> {
    pub store: &'a S,
    pub queue: &'a Q,
    pub clock: &'a C,
    pub by: &'a Principal,
    pub task: &'a TaskId,
    pub trace_id: &'a TraceId,
}

impl<S: TaskStore + CommentStore, Q: Queue, C: Clock> Commenter<'_, S, Q, C> {
    /// Makes a comment, once under an idempotency key.
    ///
    /// # Errors
    /// See `CommentError`; nothing was written.
    pub async fn make(&self, asked: NewComment, keyed: &Keyed<Comment>) -> Result<Once<Comment>, CommentError> {
        self.by.may(Route::MakeComment)?;
        let task = self.task().await?;
        if asked.anchor.as_ref().is_some_and(|anchor| anchor.revision == 0 || anchor.revision > task.revision) {
            return Err(CommentError::NoSuchRevision);
        }
        if let Some(parent) = &asked.parent {
            let found = self.store.comment(self.task, parent).await?;
            found.filter(|parent| parent.parent.is_none()).ok_or(CommentError::NoSuchParent)?;
        }
        let context = self.context();
        let comment = Comment {
            id: CommentId::from_uuid(self.clock.uuid()),
            author: self.by.subject.clone(),
            text: Some(asked.text),
            anchor: asked.anchor,
            parent: asked.parent,
            resolved: None,
            worked_in: None,
            created_at: context.at,
            edited_at: None,
            version: 1,
        };
        let events = self.said(&task, &["commented"], &comment, None)?;
        let commenting = Commenting { task, comment, events };
        let written = self.store.make_comment(&commenting, keyed.record(&commenting.comment, context.at)).await;
        let kept = match written {
            Ok(Kept::Full) => return Err(CommentError::Full),
            Ok(Kept::Written) => Ok(()),
            Err(error) => Err(error),
        };
        let once = Once::of(commenting.comment.clone(), kept)?;
        if let Once::New(_) = &once {
            announce::announce(self.queue, &commenting.task, &commenting.events).await;
        }
        Ok(once)
    }

    /// Says it in other words, resolves it, or opens it again.
    ///
    /// # Errors
    /// See `CommentError`; nothing was written.
    pub async fn change(&self, id: &CommentId, patch: &CommentPatch) -> Result<Comment, CommentError> {
        self.by.may(Route::PatchComment)?;
        if patch.resolved.is_some() && self.by.may(Route::Approve).is_err() {
            return Err(CommentError::NotAnEditor);
        }
        self.over(id, |comment| {
            let (mut next, mut what) = (comment.clone(), Vec::new());
            if comment.text.is_none() {
                return Err(CommentError::Removed);
            }
            if let Some(text) = patch.text.as_ref().filter(|text| Some(*text) != comment.text.as_ref()) {
                if comment.author != self.by.subject {
                    return Err(CommentError::NotTheAuthor);
                }
                (next.text, next.edited_at) = (Some(text.clone()), Some(self.clock.now()));
                what.push("comment_edited");
            }
            if let Some(resolved) = patch.resolved.filter(|resolved| *resolved != comment.resolved.is_some()) {
                if comment.parent.is_some() {
                    return Err(CommentError::IsAReply);
                }
                what.push(if resolved { "comment_resolved" } else { "comment_reopened" });
                let by = self.by.subject.clone();
                next.resolved = resolved.then(|| Resolved { by, at: self.clock.now() });
            }
            Ok((next, what))
        })
        .await
    }

    /// Takes the words away. Its place stays, for those who reply to it.
    ///
    /// # Errors
    /// See `CommentError`; nothing was written.
    pub async fn remove(&self, id: &CommentId) -> Result<(), CommentError> {
        self.by.may(Route::RemoveComment)?;
        let removed = self.over(id, |comment| {
            if comment.text.is_none() {
                return Ok((comment.clone(), Vec::new()));
            }
            if comment.author != self.by.subject && self.by.role != Role::Admin {
                return Err(CommentError::NotTheAuthor);
            }
            Ok((Comment { text: None, anchor: None, ..comment.clone() }, vec!["comment_removed"]))
        });
        removed.await.map(|_| ())
    }

    /// Writes what `change` makes of the comment, with an event for each thing that it did. What comes to the same is not written.
    async fn over(
        &self,
        id: &CommentId,
        change: impl Fn(&Comment) -> Result<(Comment, Vec<&'static str>), CommentError> + Send + Sync,
    ) -> Result<Comment, CommentError> {
        for _ in 0..TRIES {
            let task = self.task().await?;
            let found = self.store.comment(self.task, id).await?.ok_or(CommentError::NotFound)?;
            let (next, what) = change(&found)?;
            if next == found {
                return Ok(found);
            }
            let comment = Comment { version: found.version + 1, ..next };
            let events = self.said(&task, &what, &comment, Some(&found))?;
            let commenting = Commenting { task, comment, events };
            if self.store.keep_comment(&commenting).await? {
                announce::announce(self.queue, &commenting.task, &commenting.events).await;
                return Ok(commenting.comment);
            }
        }
        Err(CommentError::Contended)
    }

    async fn task(&self) -> Result<Task, CommentError> {
        let found = self.store.task(self.task).await?;
        found.filter(|task| task.tenant == self.by.tenant).ok_or(CommentError::NotFound)
    }

    fn context(&self) -> Context {
        Context::now(self.clock, Actor::Person { subject: self.by.subject.clone() }, self.trace_id)
    }

    /// What happened, and that somebody was mentioned who was not before.
    fn said(
        &self,
        task: &Task,
        what: &[&str],
        comment: &Comment,
        before: Option<&Comment>,
    ) -> Result<Vec<AuditEvent>, CommentError> {
        let (mentioned, known) = (comment.mentions(), before.map(Comment::mentions).unwrap_or_default());
        if mentioned.len() > MOST_MENTIONED {
            return Err(CommentError::TooManyMentioned);
        }
        let event = |what: &str, about: Option<Whom>| {
            let context = self.context();
            AuditEvent {
                id: context.event_id,
                event: what.to_owned(),
                actor: context.actor,
                from: Some(task.state),
                to: task.state,
                reason: None,
                revision: comment.anchor.as_ref().map(|anchor| anchor.revision),
                about,
                comment: Some(comment.id.clone()),
                at: context.at,
                trace_id: context.trace_id,
            }
        };
        let new = mentioned.into_iter().filter(|subject| !known.contains(subject));
        let told = new.map(|subject| event(MENTIONED, Some(Whom { subject })));
        Ok(what.iter().map(|what| event(what, None)).chain(told).collect())
    }
}
