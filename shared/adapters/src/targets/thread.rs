//! Threads on networks of short posts, whichever network it is: each call makes one write, and a look finds what the write before it did
//! (`outbox::posts`). A network says what a post is there.
//!
//! There is no draft, for nothing can be kept there that no reader sees: what a copy begins at is kept in its place.

use std::future::Future;

use futures_util::future;
use galley_domain::{
    kernel::url::PublicUrl,
    outbox::{
        port::{Mark, Piece, Publication, RemoteId, Seen, SeenState, Trail, Welcome},
        posts::{self, Step},
        trouble::{Effect, Trouble, Why},
    },
};

use crate::targets::{
    copy::{Copy, is_id},
    http::trouble,
};

/// A post that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) id: String,
    /// As it was typed.
    pub(super) text: String,
}

/// What a network has to do.
pub(super) trait Network: Sync {
    /// Whether the secret opens the account, and may post.
    fn greet(&self) -> impl Future<Output = Result<Welcome, Trouble>> + Send;

    /// What a piece says there.
    fn posts(&self, piece: &Piece) -> Vec<String>;

    /// Whether it takes each of them.
    fn takes(&self, posts: &[String]) -> impl Future<Output = Result<bool, Trouble>> + Send;

    /// What the first post of a copy is sought from.
    fn begin(&self, mark: &Mark, piece: &Piece) -> impl Future<Output = Result<String, Trouble>> + Send;

    fn read(&self, id: &str) -> impl Future<Output = Result<Option<Post>, Trouble>> + Send;

    /// A post of which nobody knows whether it was made: the one after those of the copy, with that fingerprint.
    fn lost(&self, copy: &Copy<'_>, sought: &str) -> impl Future<Output = Result<Option<Post>, Trouble>> + Send;

    /// Makes a post that answers the last of the copy, and tells its id.
    fn add(&self, copy: &Copy<'_>, text: &str, piece: &Piece) -> impl Future<Output = Result<String, Trouble>> + Send;

    /// Gives a post another text, over the one of the fingerprint `over`.
    fn edit(&self, id: &str, text: &str, piece: &Piece, over: &str)
    -> impl Future<Output = Result<(), Trouble>> + Send;

    /// One that is not there counts as deleted.
    fn delete(&self, id: &str) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Where readers find it.
    fn address(&self, id: &str) -> impl Future<Output = Result<Option<String>, Trouble>> + Send;
}

/// Where an article is read, for a post that leads to it.
pub(super) fn address_of(site: Option<&PublicUrl>, piece: &Piece) -> Option<String> {
    site.map(|site| format!("{}/{}/", site.as_str().trim_end_matches('/'), piece.slug.as_str()))
}

/// A target whose copies are threads of a network.
pub(super) struct Threads<N>(pub(super) N);

impl<N: Network> Threads<N> {
    pub(super) async fn greet(&self) -> Result<Welcome, Trouble> {
        self.0.greet().await
    }

    pub(super) fn fingerprint(&self, piece: &Piece) -> String {
        posts::fingerprint(self.0.posts(piece).iter().map(String::as_str))
    }

    pub(super) async fn look(&self, trail: Trail<'_>) -> Result<Option<Seen>, Trouble> {
        let (id, writing) = match trail {
            Trail::Id(id) => (id, ""),
            Trail::Writing(id, writing) => (id, writing),
            // Whatever was posted has an id that is known.
            Trail::Mark(_) => return Ok(None),
        };
        let Some(copy) = Copy::parse(id) else { return Ok(None) };
        let read = future::try_join_all(copy.ids.iter().map(|id| self.0.read(id))).await?;
        let mut there: Vec<Post> = read.into_iter().flatten().collect();
        let mut copy = Copy { ids: there.iter().map(|post| post.id.clone()).collect(), ..copy };
        if let Some(sought) = posts::added(writing, there.len())
            && let Some(post) = self.0.lost(&copy, sought).await?
        {
            copy.ids.push(post.id.clone());
            there.push(post);
        }
        if there.is_empty() {
            return Ok(None);
        }
        let fingerprint = posts::fingerprint(there.iter().map(|post| &*post.text));
        self.seen(&copy, fingerprint, SeenState::Public).await.map(Some)
    }

    async fn seen(&self, copy: &Copy<'_>, fingerprint: String, state: SeenState) -> Result<Seen, Trouble> {
        let url = match copy.ids.first() {
            Some(first) => self.0.address(first).await?,
            None => None,
        };
        Ok(Seen { id: copy.id(), url, state, pictured: false, fingerprint })
    }

    /// What a piece says there, if the network takes all of it: before any of it is sent.
    async fn taken(&self, piece: &Piece) -> Result<Vec<String>, Trouble> {
        let posts = self.0.posts(piece);
        if posts.is_empty() {
            return Err(trouble(Effect::Never, Why::Rejected));
        }
        if self.0.takes(&posts).await? { Ok(posts) } else { Err(trouble(Effect::Never, Why::TooLong)) }
    }

    pub(super) async fn draft(&self, mark: &Mark, piece: &Piece) -> Result<Seen, Trouble> {
        self.taken(piece).await?;
        let from = self.0.begin(mark, piece).await?;
        let copy = Copy { mark: mark.as_str(), from: &from, ids: Vec::new() };
        self.seen(&copy, String::new(), SeenState::Draft).await
    }

    pub(super) async fn publish(
        &self,
        id: &RemoteId,
        piece: &Piece,
        _: Publication,
        over: &str,
    ) -> Result<Seen, Trouble> {
        let mut copy = Copy::parse(id).ok_or(trouble(Effect::Never, Why::Rejected))?;
        let posts = self.taken(piece).await?;
        let intended = self.fingerprint(piece);
        let changed = trouble(Effect::None, Why::EditedThere);
        match posts::step(over, &intended) {
            Some(Step::Edit(nth)) => {
                let (id, text) = copy.ids.get(nth).zip(posts.get(nth)).ok_or(changed)?;
                self.0.edit(id, text, piece, posts::of_post(over, nth)).await?;
            }
            Some(Step::Add(nth)) => {
                let text = posts.get(nth).filter(|_| copy.ids.len() == nth).ok_or(changed)?;
                let id = self.0.add(&copy, text, piece).await?;
                if !is_id(&id) {
                    return Err(trouble(Effect::Unknown, Why::Unreadable));
                }
                copy.ids.push(id);
            }
            Some(Step::Drop) => self.0.delete(&copy.ids.pop().ok_or(changed)?).await?,
            None => {}
        }
        let fingerprint = posts::after(over, &intended);
        let state = if fingerprint == intended { SeenState::Public } else { SeenState::Partly };
        self.seen(&copy, fingerprint, state).await
    }

    /// The last one first: what is left of it is a thread still.
    pub(super) async fn unpublish(&self, id: &RemoteId) -> Result<(), Trouble> {
        let Some(copy) = Copy::parse(id) else { return Ok(()) };
        for id in copy.ids.iter().rev() {
            self.0.delete(id).await?;
        }
        Ok(())
    }
}
