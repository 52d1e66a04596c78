//! What people say of a task's text.

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{CommentId, TaskId},
        paging::{Page, PageKey},
    },
    outbox::{deliver::Delivery, listen::Heard},
    task::comment::{Comment, CommentStore, Commenting, Kept, MOST_COMMENTS},
};

use crate::memory::store::{Held, MemoryStore, page};

impl Held {
    fn said(&mut self, commenting: &Commenting) {
        let task = &commenting.task;
        for event in &commenting.events {
            if let Some(delivery) = Delivery::of(task, event) {
                let due_at = delivery.due_at();
                self.deliveries.insert((task.id.clone(), delivery.id), (delivery, due_at));
            }
            self.heard.extend(Heard::of(task, event));
        }
        let named = commenting.names().into_iter();
        self.links.extend(named.map(|subject| (task.tenant.clone(), subject.clone(), task.id.clone())));
        self.events.entry(task.id.clone()).or_default().extend(commenting.events.iter().cloned());
    }
}

impl CommentStore for MemoryStore {
    async fn make_comment(&self, commenting: &Commenting, claim: Option<ClaimRecord>) -> Result<Kept, ClaimError> {
        self.counted()?;
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let Commenting { task, comment, .. } = commenting;
        let count = held.comments.keys().filter(|(of, _)| *of == task.id).count();
        if !held.tasks.contains_key(&task.id) || count >= usize::try_from(MOST_COMMENTS).unwrap() {
            return Ok(Kept::Full);
        }
        held.comments.insert((task.id.clone(), comment.id.clone()), comment.clone());
        held.said(commenting);
        held.keep_claim(claim);
        if self.answer_lost() {
            return Err(StoreError::Unavailable("the answer was lost".into()).into());
        }
        Ok(Kept::Written)
    }

    async fn keep_comment(&self, commenting: &Commenting) -> Result<bool, StoreError> {
        self.counted()?;
        let mut held = self.held();
        let place = (commenting.task.id.clone(), commenting.comment.id.clone());
        let found = held.comments.get_mut(&place);
        let Some(present) = found.filter(|present| present.version + 1 == commenting.comment.version) else {
            return Ok(false);
        };
        *present = Comment { worked_in: present.worked_in, ..commenting.comment.clone() };
        held.said(commenting);
        Ok(true)
    }

    async fn comment(&self, task: &TaskId, id: &CommentId) -> Result<Option<Comment>, StoreError> {
        Ok(self.held().comments.get(&(task.clone(), id.clone())).cloned())
    }

    async fn comments(&self, task: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<Comment>, StoreError> {
        let held = self.held();
        let all = held.comments.iter().filter(|((of, _), _)| of == task).map(|(_, comment)| comment.clone());
        let key = |comment: &Comment| format!("CMT#{}", comment.id);
        let rest = all.filter(|one| after.as_ref().is_none_or(|after| key(one) > after.sort)).collect();
        Ok(page(rest, limit, |one| PageKey { sort: key(one), id: task.to_string() }))
    }
}
