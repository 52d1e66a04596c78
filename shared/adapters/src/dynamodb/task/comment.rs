//! What people say of a task's text: items beside it, counted in `META` by an attribute that no move writes.

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{CommentId, Subject, TaskId},
        paging::{Page, PageKey},
    },
    task::comment::{self, Comment, CommentStore, Commenting, Kept, MOST_COMMENTS},
};

use crate::dynamodb::{
    items::{self, Item, n, s},
    keys,
    table::Table,
    task::transaction::{Condition, OVER, Part, Transaction},
};

const COUNT: &str = "ADD #comments :one";
const ROOM: &str = "attribute_exists(pk) AND (attribute_not_exists(#comments) OR #comments < :most)";
/// What a person may change of a comment. In which revision it was worked in is a worker's to say.
const CHANGED: [&str; 6] = ["author", "text", "anchor", "resolved", "edited_at", "version"];
const CHANGE: &str = "SET #author = :author, #text = :text, #anchor = :anchor, #resolved = :resolved, \
                      #edited_at = :edited_at, #version = :version";
const WORKED_IN: &str = "SET worked_in = :revision";
const THERE: &str = "attribute_exists(pk)";

impl CommentStore for Table {
    async fn make_comment(&self, commenting: &Commenting, claim: Option<ClaimRecord>) -> Result<Kept, ClaimError> {
        let Commenting { task, comment, .. } = commenting;
        let mut transaction = Transaction::new(&self.name);
        let (pk, sk) = keys::task(&task.id);
        let count = Update::builder().key("pk", s(pk)).key("sk", s(sk)).update_expression(COUNT);
        let count = count
            .condition_expression(ROOM)
            .expression_attribute_names("#comments", "comments")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":most", n(MOST_COMMENTS));
        transaction.update(Part::Task, count)?;
        let item = items::item_at(keys::comment(&task.id, &comment.id), "comment", comment)?;
        transaction.put(Part::Task, item, Condition::New)?;
        transaction.said(commenting)?;
        Ok(if self.write_once(transaction, claim).await? { Kept::Written } else { Kept::Full })
    }

    async fn keep_comment(&self, commenting: &Commenting) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.comment(&commenting.task.id, &commenting.comment)?;
        transaction.said(commenting)?;
        self.write(transaction).await
    }

    async fn comment(&self, task: &TaskId, id: &CommentId) -> Result<Option<Comment>, StoreError> {
        self.get(keys::comment(task, id)).await?.map(comment_from).transpose()
    }

    async fn comments(&self, task: &TaskId, limit: u32, after: Option<PageKey>) -> Result<Page<Comment>, StoreError> {
        self.page_of(self.belonging(task, keys::COMMENTS), task, limit, after, comment_from).await
    }
}

fn comment_from(item: Item) -> Result<Comment, StoreError> {
    items::from_item("comment", item)
}

impl Transaction<'_> {
    /// The events of a comment, what is sent of them, and the links of whom it names.
    fn said(&mut self, commenting: &Commenting) -> Result<(), StoreError> {
        let task = &commenting.task;
        for event in &commenting.events {
            self.event(task, event)?;
        }
        for subject in commenting.names() {
            self.link(task, subject)?;
        }
        Ok(())
    }

    /// Writes a comment over the version before.
    fn comment(&mut self, task: &TaskId, comment: &Comment) -> Result<(), StoreError> {
        let (pk, sk) = keys::comment(task, &comment.id);
        let mut item = items::to_item("comment", comment)?;
        let mut update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(CHANGE)
            .condition_expression(OVER)
            .expression_attribute_values(":over", n(comment.version - 1));
        for name in CHANGED {
            let value = item.remove(name).unwrap_or(AttributeValue::Null(true));
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        self.update(Part::Task, update)
    }

    /// The writer of `revision` was told these.
    pub(super) fn worked_in(&mut self, task: &TaskId, ids: &[CommentId], revision: u32) -> Result<(), StoreError> {
        for id in ids {
            let (pk, sk) = keys::comment(task, id);
            let update = Update::builder().key("pk", s(pk)).key("sk", s(sk)).update_expression(WORKED_IN);
            let update = update.condition_expression(THERE).expression_attribute_values(":revision", n(revision));
            self.update(Part::Task, update)?;
        }
        Ok(())
    }
}

impl Table {
    /// Takes the subject out of a task's comments. `false`: somebody was faster.
    pub(crate) async fn erase_from_comments(
        &self,
        task: &TaskId,
        subject: &Subject,
        pseudonym: &Subject,
    ) -> Result<bool, StoreError> {
        let found = comment::all(self, task).await?;
        for erased in found.iter().filter_map(|one| one.erased(subject, pseudonym)) {
            let mut transaction = Transaction::new(&self.name);
            transaction.comment(task, &erased)?;
            if !self.write(transaction).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
