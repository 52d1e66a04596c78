//! A target that is no more than its posts. It does what the real ones do that make trouble: a second draft is a second post, and a call
//! may fail before or after it has done something.

use std::sync::{Arc, Mutex, MutexGuard};

use galley_domain::outbox::{
    port::{
        Mark, Piece, Publication, PublishingTarget, RemoteId, Seen, SeenState, Site, Trail, Welcome, fingerprint_of,
    },
    trouble::{Effect, Trouble, Why},
};

#[derive(Clone, Debug, Default)]
pub struct MemoryTarget {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    posts: Vec<Post>,
    calls: usize,
    fails: Vec<(usize, Moment, Trouble)>,
    hangs: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub slug: String,
    pub title: String,
    pub html: String,
    pub excerpt: String,
    pub state: SeenState,
    pub pictured: bool,
    pub removed: bool,
}

/// When a call fails: before it does anything, or after, so that its answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

impl MemoryTarget {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// The call of this number, from 0, fails.
    pub fn fail(&self, call: usize, moment: Moment, trouble: Trouble) {
        self.held().fails.push((call, moment, trouble));
    }

    /// The call of this number, from 0, does something and never answers.
    pub fn hang(&self, call: usize) {
        self.held().hangs = Some(call);
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.held().calls
    }

    /// What is there, bin and drafts too.
    pub fn posts(&self) -> Vec<Post> {
        self.held().posts.iter().filter(|post| !post.removed).cloned().collect()
    }

    /// What readers see.
    pub fn public(&self) -> Vec<Post> {
        self.posts().into_iter().filter(|post| post.state == SeenState::Public).collect()
    }

    /// As somebody does it by hand.
    pub fn by_hand(&self, nth: usize, edit: impl FnOnce(&mut Post)) {
        edit(&mut self.held().posts[nth]);
    }

    async fn call<T>(&self, act: impl FnOnce(&mut Vec<Post>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let (answer, hangs) = {
            let mut held = self.held();
            let number = held.calls;
            held.calls += 1;
            let fails = held.fails.iter().find(|(nth, ..)| *nth == number).copied();
            let answer = match fails {
                Some((_, Moment::Before, trouble)) => Err(trouble),
                Some((_, Moment::After, trouble)) => act(&mut held.posts).and(Err(trouble)),
                None => act(&mut held.posts),
            };
            (answer, held.hangs == Some(number))
        };
        if hangs { std::future::pending().await } else { answer }
    }
}

fn seen(nth: usize, post: &Post) -> Seen {
    Seen {
        id: RemoteId((nth + 1).to_string()),
        url: (post.state == SeenState::Public).then(|| format!("https://blog.example.com/{}", post.slug)),
        state: post.state,
        pictured: post.pictured,
        fingerprint: fingerprint_of([&*post.title, &post.html, &post.excerpt]),
    }
}

fn at(posts: &mut [Post], RemoteId(id): &RemoteId) -> Result<(usize, Post), Trouble> {
    let nth = id.parse::<usize>().ok().and_then(|id| id.checked_sub(1));
    let found = nth.and_then(|nth| Some((nth, posts.get(nth)?.clone())));
    let gone = Trouble { effect: Effect::None, why: Why::RemovedThere, after: None };
    found.filter(|(_, post)| !post.removed).ok_or(gone)
}

impl PublishingTarget for MemoryTarget {
    async fn greet(&self, _: Site<'_>) -> Result<Welcome, Trouble> {
        self.call(|_| Ok(Welcome { may_publish: true })).await
    }

    async fn look(&self, _: Site<'_>, trail: Trail<'_>) -> Result<Option<Seen>, Trouble> {
        self.call(|posts| {
            let mut posts = posts.iter().enumerate().filter(|(_, post)| !post.removed);
            Ok(posts
                .find(|(nth, post)| match trail {
                    Trail::Id(RemoteId(id)) | Trail::Writing(RemoteId(id), _) => *id == (nth + 1).to_string(),
                    Trail::Mark(mark) => post.slug == mark.as_str(),
                })
                .map(|(nth, post)| seen(nth, post)))
        })
        .await
    }

    async fn draft(&self, _: Site<'_>, mark: &Mark, piece: &Piece) -> Result<Seen, Trouble> {
        self.call(|posts| {
            posts.push(Post {
                slug: mark.as_str().to_owned(),
                title: piece.title.clone(),
                html: piece.html.clone(),
                excerpt: piece.excerpt.clone(),
                state: SeenState::Draft,
                // As if a picture of that name could not be had.
                pictured: piece.image.as_ref().is_some_and(|image| !image.url.ends_with("/missing.jpg")),
                removed: false,
            });
            let nth = posts.len() - 1;
            Ok(seen(nth, &posts[nth]))
        })
        .await
    }

    async fn publish(
        &self,
        _: Site<'_>,
        id: &RemoteId,
        piece: &Piece,
        publication: Publication,
        _: &str,
    ) -> Result<Seen, Trouble> {
        self.call(|posts| {
            let (nth, mut post) = at(posts, id)?;
            if publication == Publication::First {
                piece.slug.as_str().clone_into(&mut post.slug);
            }
            post.title.clone_from(&piece.title);
            post.html.clone_from(&piece.html);
            post.excerpt.clone_from(&piece.excerpt);
            post.state = SeenState::Public;
            posts[nth] = post;
            Ok(seen(nth, &posts[nth]))
        })
        .await
    }

    async fn unpublish(&self, _: Site<'_>, id: &RemoteId) -> Result<(), Trouble> {
        self.call(|posts| {
            let (nth, _) = at(posts, id)?;
            posts[nth].state = SeenState::Draft;
            Ok(())
        })
        .await
    }

    fn fingerprint(&self, _: Site<'_>, piece: &Piece) -> String {
        fingerprint_of([&*piece.title, &piece.html, &piece.excerpt])
    }
}
