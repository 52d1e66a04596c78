//! What a kind of target has to do. Each kind's adapter keeps one contract (`galley_testkit::target_contract`).
//!
//! Nothing that a target answers is passed on: it is read, and what is told of it is a `Why` of ours.

use std::future::Future;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    content::{kind::TaskType, slug::Slug},
    kernel::ids::{TargetName, TaskId},
    outbox::{target::Target, trouble::Trouble},
    task::revision::Image,
};

/// A target that can be opened.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    pub target: &'a Target,
    pub secret: &'a SecretString,
}

/// What is to stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub task_type: TaskType,
    pub title: String,
    /// Cleaned.
    pub html: String,
    /// The Markdown of which the HTML was made, where it says no more than that.
    pub markdown: Option<String>,
    pub excerpt: String,
    pub slug: Slug,
    pub tags: Vec<String>,
    pub categories: Vec<String>,
    pub image: Option<Image>,
    /// Of the text.
    pub language: String,
    /// When it went live first.
    pub published_at: Timestamp,
    /// When this text was written.
    pub written_at: Timestamp,
    /// When it went live, where that is so long ago that the target's own clock would tell another day.
    pub dated: Option<Timestamp>,
}

/// What a copy is found by before its id is known: a name that is derived of task and target, and that nothing else has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    pub fn of(task: &TaskId, target: &TargetName) -> Self {
        let digest = hex::encode(Sha256::digest(format!("{task}/{target}")));
        Self(format!("galley-{}", digest.get(..24).unwrap_or(&digest)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The target's own name of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoteId(pub String);

/// How to find a copy.
#[derive(Clone, Copy, Debug)]
pub enum Trail<'a> {
    Id(&'a RemoteId),
    /// By its id, and with the fingerprint of what was being written there: nobody knows whether it was.
    Writing(&'a RemoteId, &'a str),
    Mark(&'a Mark),
}

/// Which of the two writes of an article it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// A draft of ours becomes public, under its slug.
    First,
    /// What is there gets another text. Its slug, date, tags and author stay as they are.
    Update,
}

/// A copy as it is on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: RemoteId,
    /// Where readers find it.
    pub url: Option<String>,
    pub state: SeenState,
    /// Whether it has a picture of its own.
    pub pictured: bool,
    /// Of title, text and excerpt as the target keeps them: another one says that somebody wrote there. Of a thread, those of its posts
    /// (`outbox::posts`).
    pub fingerprint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenState {
    Draft,
    Public,
    /// Readers see a part of what is to stand there, and the next write goes on.
    Partly,
    /// In the target's bin.
    Binned,
}

/// Who answers at a target, as far as it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// Whether the user may publish.
    pub may_publish: bool,
}

/// A kind of target. Every call is one that may be repeated: a draft is made only after a look that did not find it.
pub trait PublishingTarget: Send + Sync {
    /// Whether it can be reached and opened; changes nothing there.
    fn greet(&self, site: Site<'_>) -> impl Future<Output = Result<Welcome, Trouble>> + Send;

    /// The copy, if it is there.
    fn look(&self, site: Site<'_>, trail: Trail<'_>) -> impl Future<Output = Result<Option<Seen>, Trouble>> + Send;

    /// Makes a copy that no reader sees, and that is found by `mark`.
    fn draft(&self, site: Site<'_>, mark: &Mark, piece: &Piece) -> impl Future<Output = Result<Seen, Trouble>> + Send;

    /// Makes the copy public with the piece's text. `over` is the fingerprint that was seen there: a target that can refuse to write over
    /// anything else does. One whose copies are of several posts writes one of them, and says `Partly` as long as there is another to write;
    /// the copy's id is another after each.
    fn publish(
        &self,
        site: Site<'_>,
        id: &RemoteId,
        piece: &Piece,
        publication: Publication,
        over: &str,
    ) -> impl Future<Output = Result<Seen, Trouble>> + Send;

    /// Takes the copy from readers, and leaves it to those who write there.
    fn unpublish(&self, site: Site<'_>, id: &RemoteId) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// The fingerprint of a copy that is kept there as it is sent.
    fn fingerprint(&self, site: Site<'_>, piece: &Piece) -> String;
}

/// A fingerprint of a text's parts.
pub fn fingerprint_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
