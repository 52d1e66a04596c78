//! What people say of a task's text: made, changed, taken away.

use galley_domain::{
    access::limits::LimitStore,
    idempotency::claim::ClaimStore,
    kernel::{clock::Clock, ids::TaskId},
    queue::message::Queue,
    review::{
        comment::{CommentError, Commenter},
        decide::Decider,
    },
    task::{comment::CommentStore, store::TaskStore},
};
use galley_edge::{
    api::{self, CommentView},
    http::{
        body,
        call::Call,
        counting,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::App;

impl<S: TaskStore + CommentStore + LimitStore + ClaimStore, Q: Queue, C: Clock> App<S, Q, C> {
    pub(crate) async fn make_comment(&self, call: &Call, bytes: &[u8]) -> Result<Reply, ApiError> {
        let made = async {
            let id = call.task_id()?;
            let (asked, keyed) = (body::parse(bytes)?, call.keyed(api::made_comment)?);
            let made = self.commenter(call, &id)?.make(asked, &keyed).await.map_err(refusal)?;
            Ok(Reply::once(made, |comment| Reply::saved(api::made_comment(&comment))))
        };
        counting::counted_or_replayed(&self.decider.store, self.decider.clock.now(), call, made).await
    }

    pub(crate) async fn change_comment(&self, call: &Call, bytes: &[u8]) -> Result<Reply, ApiError> {
        let changed = async {
            let (id, comment) = (call.task_id()?, call.named("comment_id")?);
            let changed = self.commenter(call, &id)?.change(&comment, &body::parse(bytes)?).await;
            Ok(Reply::json(200, &CommentView::from(changed.map_err(refusal)?)))
        };
        counting::counted(&self.decider.store, self.decider.clock.now(), call, changed).await
    }

    pub(crate) async fn remove_comment(&self, call: &Call) -> Result<Reply, ApiError> {
        let removed = async {
            let (id, comment) = (call.task_id()?, call.named("comment_id")?);
            self.commenter(call, &id)?.remove(&comment).await.map_err(refusal)?;
            Ok(Reply::empty(204))
        };
        counting::counted(&self.decider.store, self.decider.clock.now(), call, removed).await
    }

    fn commenter<'a>(&'a self, call: &'a Call, task: &'a TaskId) -> Result<Commenter<'a, S, Q, C>, ApiError> {
        let Decider { store, queue, clock } = &self.decider;
        Ok(Commenter { store, queue, clock, by: call.principal()?, task, trace_id: &call.trace_id })
    }
}

fn refusal(error: CommentError) -> ApiError {
    let text = error.to_string();
    match error {
        CommentError::Forbidden(_) => ApiError::new(Problem::Forbidden),
        CommentError::NotTheAuthor | CommentError::NotAnEditor => ApiError::new(Problem::Forbidden).detail(text),
        CommentError::NotFound => ApiError::new(Problem::NotFound),
        CommentError::NoSuchParent => ApiError::invalid("parent", text),
        CommentError::NoSuchRevision => ApiError::invalid("anchor.revision", text),
        CommentError::TooManyMentioned => ApiError::invalid("text", text),
        CommentError::IsAReply => ApiError::invalid("resolved", text),
        CommentError::Removed | CommentError::Full | CommentError::Contended => {
            ApiError::new(Problem::Conflict).detail(text)
        }
        CommentError::Claim(error) => error.into(),
    }
}
