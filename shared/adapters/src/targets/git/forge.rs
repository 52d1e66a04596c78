//! What a forge has to do for a target, whichever it is.

use std::future::Future;

use galley_domain::outbox::{kinds::git, port::Site, trouble::Trouble};
use reqwest::Method;
use serde_json::Value;

use crate::targets::http::{Answer, Ask, Body, Credentials, TargetHttp, shown};
pub(super) use crate::targets::http::{refused, trouble};

/// The way to a repository.
#[derive(Clone, Copy)]
pub(super) struct Remote<'a> {
    pub(super) http: &'a TargetHttp,
    pub(super) site: Site<'a>,
    pub(super) repository: &'a git::Repository,
}

impl Remote<'_> {
    pub(super) async fn ask(
        &self,
        method: Method,
        path: String,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Answer, Trouble> {
        let body = body.map_or(Body::None, Body::Json);
        let ask = Ask { method, path, query, credentials: Credentials::Bearer(self.site.secret), body };
        self.http.ask(&self.site.target.url, ask).await
    }
}

/// What the forge says of the repository.
pub(super) struct About {
    pub(super) default_branch: Option<String>,
    pub(super) may_push: bool,
}

/// Where a branch is.
pub(super) enum Tip {
    At(String),
    Missing,
    /// The repository has no commit at all.
    Empty,
}

/// A file as it was read.
pub(super) struct File {
    pub(super) text: String,
    /// What the forge wants to hear before it writes over it.
    pub(super) version: String,
}

pub(super) struct Change {
    pub(super) path: String,
    pub(super) what: What,
}

pub(super) enum What {
    Put(Bytes, Over),
    Delete(Over),
}

pub(super) enum Bytes {
    Text(String),
    Picture(Vec<u8>),
}

/// What a change is made over.
pub(super) enum Over {
    Nothing,
    Version(String),
    Whatever,
}

/// Where a commit goes.
pub(super) struct Onto {
    pub(super) branch: String,
    /// The commit that was read. None: the repository is empty.
    pub(super) base: Option<String>,
    /// The branch is made anew, from this one.
    pub(super) anew: Option<String>,
}

/// An open request to merge.
pub(super) struct Proposal {
    pub(super) number: u64,
    pub(super) url: Option<String>,
}

impl Proposal {
    /// As the forge tells of it. What is no address to show is none.
    pub(super) fn told(number: u64, url: Option<String>) -> Self {
        Self { number, url: shown(url) }
    }
}

/// What a forge has to do. `commit` says whether it did: it does not where somebody wrote since the base was read.
pub(super) trait Repository: Sync {
    fn about(&self) -> impl Future<Output = Result<About, Trouble>> + Send;
    fn tip(&self, branch: &str) -> impl Future<Output = Result<Tip, Trouble>> + Send;
    /// Whether the token's user may push to it, as far as the forge says.
    fn is_open(&self, branch: &str) -> impl Future<Output = Result<bool, Trouble>> + Send;
    /// `at`: a branch or a commit; without it, the default branch.
    fn file(&self, path: &str, at: Option<&str>) -> impl Future<Output = Result<Option<File>, Trouble>> + Send;
    fn has(&self, path: &str, at: &str) -> impl Future<Output = Result<bool, Trouble>> + Send;
    fn commit(
        &self,
        onto: &Onto,
        message: &str,
        changes: &[Change],
    ) -> impl Future<Output = Result<bool, Trouble>> + Send;
    /// The open one of a branch.
    fn proposal(&self, branch: &str) -> impl Future<Output = Result<Option<Proposal>, Trouble>> + Send;
    /// `None`: there is one already.
    fn propose(
        &self,
        branch: &str,
        into: &str,
        title: &str,
    ) -> impl Future<Output = Result<Option<Proposal>, Trouble>> + Send;
    fn withdraw(&self, proposal: &Proposal) -> impl Future<Output = Result<(), Trouble>> + Send;
}
