//! What people say of a task's text. A comment is no move: it disturbs neither a worker nor whoever decides.
//! Invariant: what was removed keeps its place with nothing in it, so that replies have something to reply to.

use std::{collections::BTreeSet, future::Future};

pub use galley_api::comment::{Anchor, Beside, CommentPatch, CommentText, NewComment, Quote};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{CommentId, Subject, TaskId},
        paging::{Page, PageKey},
    },
    task::{
        audit::{Actor, AuditEvent},
        record::Task,
    },
};

/// The event of somebody who is mentioned.
pub const MENTIONED: &str = "mentioned";
/// So many comments a task has at most, the removed ones too.
pub const MOST_COMMENTS: u32 = 200;
/// So many people a comment mentions at most.
pub const MOST_MENTIONED: usize = 5;
/// So many open comments a writer is told at most, the oldest first; and so many characters of them.
const MOST_TOLD: usize = 40;
const MOST_TOLD_CHARS: usize = 20_000;
/// So many are read at once.
const PAGE: u32 = 50;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub id: CommentId,
    pub author: Subject,
    /// `None`: it was removed, or whoever wrote it was erased.
    pub text: Option<CommentText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CommentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
    /// The newest revision that a model wrote after it was told this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked_in: Option<u32>,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Rises with every change that a person makes.
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Resolved {
    pub by: Subject,
    pub at: Timestamp,
}

impl Comment {
    /// Whether a writer is still to be told it.
    pub const fn is_open(&self) -> bool {
        self.text.is_some() && self.resolved.is_none() && self.parent.is_none()
    }

    /// Whom it mentions.
    pub fn mentions(&self) -> BTreeSet<Subject> {
        self.text.as_ref().map(|text| mentioned(text.as_str())).unwrap_or_default()
    }

    /// With `pseudonym` wherever it names `subject`, and without what they wrote. `None`: it does not name them.
    #[must_use]
    pub fn erased(&self, subject: &Subject, pseudonym: &Subject) -> Option<Self> {
        let mut next = Self { version: self.version + 1, ..self.clone() };
        if next.author == *subject {
            next.author.clone_from(pseudonym);
            next.text = None;
        } else if self.mentions().contains(subject) {
            next.text = next.text.and_then(|text| renamed(text.as_str(), subject, pseudonym));
        }
        if let Some(resolved) = next.resolved.as_mut().filter(|resolved| resolved.by == *subject) {
            resolved.by.clone_from(pseudonym);
        }
        let is_same = Self { version: self.version, ..next.clone() } == *self;
        (!is_same).then_some(next)
    }
}

/// The names that a text mentions, with where they begin: behind an `@` that ends no word, without what ends a sentence.
fn handles(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('@').filter_map(|(at, _)| {
        let ends_a_word = text.get(..at)?.chars().next_back().is_some_and(char::is_alphanumeric);
        let rest = text.get(at + 1..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "(),;\"<>@".contains(c)).unwrap_or(rest.len());
        let name = rest.get(..end)?.trim_end_matches(['.', ':', '!', '?', '\'']);
        (!ends_a_word && !name.is_empty()).then_some((at + 1, name))
    })
}

fn mentioned(text: &str) -> BTreeSet<Subject> {
    handles(text).filter_map(|(_, name)| Subject::new(name).ok()).collect()
}

/// `None`: with the other name it is none any more. Then it has to go.
fn renamed(text: &str, subject: &Subject, pseudonym: &Subject) -> Option<CommentText> {
    let theirs: Vec<usize> =
        handles(text).filter(|(_, name)| *name == subject.as_str()).map(|(start, _)| start).collect();
    let mut out = text.to_owned();
    for start in theirs.into_iter().rev() {
        out.replace_range(start..start + subject.as_str().len(), pseudonym.as_str());
    }
    CommentText::try_from(out).ok()
}

/// A change of a task's comments: all of it is written, or nothing.
#[derive(Clone, Debug)]
pub struct Commenting {
    /// As it was read: whose it is, and where its events go.
    pub task: Task,
    pub comment: Comment,
    pub events: Vec<AuditEvent>,
}

impl Commenting {
    /// Whom it names besides who asked for the task, who was named before.
    pub fn names(&self) -> BTreeSet<&Subject> {
        let actors = self.events.iter().filter_map(|event| match &event.actor {
            Actor::Person { subject } => Some(subject),
            _ => None,
        });
        let about = self.events.iter().filter_map(|event| event.about.as_ref().map(|whom| &whom.subject));
        let all = actors.chain(about).chain([&self.comment.author]);
        all.filter(|subject| **subject != self.task.requested_by).collect()
    }
}

/// What came of a new comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Written,
    /// The task has as many as it may have.
    Full,
}

pub trait CommentStore: Send + Sync {
    /// Writes a new comment with its events and the links of whom it names.
    fn make_comment(
        &self,
        commenting: &Commenting,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<Kept, ClaimError>> + Send;

    /// Writes a comment over the version before. `false`: it is another by now.
    fn keep_comment(&self, commenting: &Commenting) -> impl Future<Output = Result<bool, StoreError>> + Send;

    fn comment(
        &self,
        task: &TaskId,
        id: &CommentId,
    ) -> impl Future<Output = Result<Option<Comment>, StoreError>> + Send;

    /// The oldest first.
    fn comments(
        &self,
        task: &TaskId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Comment>, StoreError>> + Send;
}

/// All of a task's comments, which are not many.
///
/// # Errors
/// When the store does not answer.
pub async fn all(store: &impl CommentStore, task: &TaskId) -> Result<Vec<Comment>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.comments(task, PAGE, after).await?;
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// What a writer is told of comments beside the feedback: data, like all that people say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub text: Option<String>,
    /// Which of them.
    pub ids: Vec<CommentId>,
}

/// The open comments with their replies, as far as a writer is told them.
pub fn told(feedback: Option<&str>, comments: &[Comment]) -> Told {
    let (mut text, mut ids) = (feedback.unwrap_or_default().to_owned(), Vec::new());
    let mut chars = 0;
    for comment in comments.iter().filter(|comment| comment.is_open()).take(MOST_TOLD) {
        let said = in_words(comment, comments);
        chars += said.chars().count();
        if chars > MOST_TOLD_CHARS {
            break;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&said);
        ids.push(comment.id.clone());
    }
    Told { text: Some(text).filter(|text| !text.is_empty()), ids }
}

fn in_words(comment: &Comment, all: &[Comment]) -> String {
    let mut said = match &comment.anchor {
        Some(anchor) => format!("On the words \u{201c}{}\u{201d}: ", anchor.quote.as_str()),
        None => String::new(),
    };
    said.push_str(comment.text.as_ref().map_or("", CommentText::as_str));
    let replies = all.iter().filter(|reply| reply.parent.as_ref() == Some(&comment.id));
    for text in replies.filter_map(|reply| reply.text.as_ref()) {
        said.push_str("\nIn reply: ");
        said.push_str(text.as_str());
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(name: &str) -> Subject {
        Subject::new(name).unwrap()
    }

    fn comment(number: u128, by: &str, text: &str) -> Comment {
        Comment {
            id: CommentId::from_uuid(uuid::Uuid::from_u128(number)),
            author: subject(by),
            text: CommentText::try_from(text.to_owned()).ok(),
            anchor: None,
            parent: None,
            resolved: None,
            worked_in: None,
            created_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
            version: 1,
        }
    }

    #[test]
    fn whoever_stands_behind_an_at_is_mentioned_and_an_address_of_mail_is_nobody() {
        let text = "@rex, please. (@ben) write to ana@example.com or @eva! @rex @ again\n@github-7: yes";
        let names: Vec<String> = mentioned(text).iter().map(ToString::to_string).collect();
        assert_eq!(names, ["ben", "eva", "github-7", "rex"]);
    }

    #[test]
    fn whoever_is_erased_is_in_no_comment_by_name_nor_by_word() {
        let (ana, nobody) = (subject("ana"), subject("erased-1"));
        let own = comment(1, "ana", "My own words.").erased(&ana, &nobody).unwrap();
        assert_eq!((own.author, own.text, own.version), (nobody.clone(), None, 2));
        let about = comment(2, "ben", "Ask @ana. Or @anabel, or @ana").erased(&ana, &nobody).unwrap();
        assert_eq!(about.text.unwrap().as_str(), "Ask @erased-1. Or @anabel, or @erased-1");
        let long = comment(3, "ben", &format!("{} @ana", "x".repeat(3995))).erased(&ana, &nobody).unwrap();
        assert_eq!(long.text, None, "it would be too long with the other name, and the name has to go");
        let resolved = Some(Resolved { by: ana.clone(), at: Timestamp::UNIX_EPOCH });
        let ended = Comment { resolved, ..comment(4, "ben", "Done?") }.erased(&ana, &nobody).unwrap();
        assert_eq!(ended.resolved.unwrap().by, nobody);
        assert_eq!(comment(5, "ben", "Of nobody").erased(&ana, &nobody), None);
    }

    #[test]
    fn a_writer_is_told_open_comments_with_their_replies_and_no_others() {
        let anchor = serde_json::from_str(r#"{"revision": 1, "quote": "ten years"}"#).unwrap();
        let first = Comment { anchor: Some(anchor), ..comment(1, "ana", "Is that so?") };
        let reply = Comment { parent: Some(first.id.clone()), ..comment(2, "ben", "It is twelve.") };
        let done = Comment {
            resolved: Some(Resolved { by: subject("ben"), at: Timestamp::UNIX_EPOCH }),
            ..comment(3, "ana", "Done with")
        };
        let gone = Comment { text: None, ..comment(4, "ana", "Removed") };
        let told = told(Some("More examples."), &[first.clone(), reply, done, gone]);
        assert_eq!(told.ids, [first.id]);
        assert_eq!(
            told.text.unwrap(),
            "More examples.\n\nOn the words \u{201c}ten years\u{201d}: Is that so?\nIn reply: It is twelve."
        );
        assert_eq!(super::told(None, &[]), Told::default());
    }

    #[test]
    fn what_a_writer_is_told_has_an_end() {
        let many: Vec<Comment> = (0..100).map(|number| comment(number, "ana", &"word ".repeat(300))).collect();
        let told = told(None, &many);
        assert!(told.text.unwrap().chars().count() <= MOST_TOLD_CHARS + 2 * MOST_TOLD);
        assert_eq!(told.ids.len(), 13, "the oldest");
    }
}
