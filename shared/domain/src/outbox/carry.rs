//! Brings a copy to what is wanted: looks whether it is there, makes it as a draft, keeps its id, publishes it by its id. Each step may
//! be the last of this process, and the next try begins with a look.

use jiff::SignedDuration;

use crate::{
    content::markdown,
    kernel::{clock::Clock, error::StoreError},
    outbox::{
        placement::{Fidelity, HandEdits, Placement, PlacementState, PlacementStore, Remote, Stage, Wanted},
        port::{Mark, Piece, Publication, PublishingTarget, Seen, SeenState, Site, Trail},
        posts,
        target::Target,
        trouble::{Effect, Trouble, Why},
    },
    task::store::TaskStore,
};

/// What is younger is dated by the target's own clock: one that is behind would take it for the future, and hide it until then.
const DATED_FROM: SignedDuration = SignedDuration::from_mins(10);

/// Why a try ends before what is wanted stands there.
#[derive(Debug)]
pub(super) enum Halt {
    Trouble(Trouble),
    /// Somebody changed the copy, and has to say what becomes of that.
    Conflict(Why),
    /// Something else is wanted since.
    Overtaken,
    /// Another try has begun, for this one took longer than it may.
    Lost,
    Store(StoreError),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

const fn never(why: Why) -> Halt {
    Halt::Trouble(Trouble { effect: Effect::Never, why, after: None })
}

/// What was found.
enum Standing {
    /// No copy of ours.
    Nothing,
    /// A copy whose id is not kept yet. It was never public, for the id comes first.
    Unkept(Seen),
    Kept(Remote, Seen),
    /// A copy that readers saw was removed by somebody.
    Removed,
    /// The copy is at another address.
    Elsewhere,
}

/// One try.
pub(super) struct Run<'a, S, C, P> {
    pub(super) store: &'a S,
    pub(super) clock: &'a C,
    pub(super) target: &'a P,
    pub(super) placement: Placement,
    pub(super) site: Site<'a>,
}

/// Where a try got to, and what is to be told of it all the same.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) state: PlacementState,
    pub(super) told: Option<Why>,
}

const GONE: Reached = Reached { state: PlacementState::Gone, told: None };

fn placed(piece: &Piece, seen: &Seen) -> Reached {
    let bare = piece.image.is_some() && !seen.pictured;
    Reached { state: PlacementState::Placed, told: bare.then_some(Why::WithoutPicture) }
}

impl<S: PlacementStore + TaskStore, C: Clock, P: PublishingTarget> Run<'_, S, C, P> {
    /// What it came to, where it came to its end.
    pub(super) async fn carry_out(&mut self) -> Result<Reached, Halt> {
        match self.placement.wanted.clone() {
            Wanted::Live { .. } => self.live().await,
            Wanted::Gone => self.gone().await,
        }
    }

    async fn live(&mut self) -> Result<Reached, Halt> {
        let piece = self.piece().await?;
        let (target, site) = (self.target, self.site);
        let intended = target.fingerprint(site, &piece);
        let overwrite = self.placement.hand_edits == HandEdits::Overwritten;
        let (mut remote, publication, mut over) = match self.find().await? {
            Standing::Removed if !overwrite => return Err(Halt::Conflict(Why::RemovedThere)),
            Standing::Nothing | Standing::Elsewhere | Standing::Removed => {
                let mark = Mark::of(&self.placement.task, &self.placement.target);
                let seen = target.draft(site, &mark, &piece).await?;
                (self.drafted(&seen, &intended), Publication::First, seen.fingerprint)
            }
            Standing::Unkept(seen) => (self.drafted(&seen, &intended), Publication::First, seen.fingerprint),
            Standing::Kept(remote, seen) => {
                if edited(&remote, &seen, &intended) && !overwrite {
                    self.placement.remote = Some(remote);
                    return Err(Halt::Conflict(Why::EditedThere));
                }
                let is_there = seen.state == SeenState::Public && seen.fingerprint == intended;
                if is_there {
                    self.placement.remote = Some(published(site.target, &seen, &intended));
                    return Ok(placed(&piece, &seen));
                }
                let first = remote.stage == Stage::Draft || seen.state == SeenState::Binned;
                let remote = Remote { id: seen.id, ..remote };
                (remote, if first { Publication::First } else { Publication::Update }, seen.fingerprint)
            }
        };
        loop {
            // Its id, before readers see it; and what is written, before it is.
            let (id, next) = (remote.id.clone(), posts::after(&over, &intended));
            self.placement.remote = Some(Remote { writing: Some(next.clone()), ..remote });
            self.keep().await?;
            let seen = target.publish(site, &id, &piece, publication, &over).await?;
            remote = published(site.target, &seen, &next);
            self.placement.remote = Some(remote.clone());
            if seen.state != SeenState::Partly {
                return Ok(placed(&piece, &seen));
            }
            over = seen.fingerprint;
        }
    }

    /// What was changed there by hand stays as it is, and is not read any more.
    async fn gone(&mut self) -> Result<Reached, Halt> {
        let (remote, seen) = match self.find().await? {
            Standing::Nothing | Standing::Removed => return Ok(GONE),
            Standing::Elsewhere => return Err(never(Why::AnotherAddress)),
            Standing::Unkept(seen) => (self.drafted(&seen, ""), seen),
            Standing::Kept(remote, seen) => (remote, seen),
        };
        let id = seen.id.clone();
        self.placement.remote = Some(Remote { id: seen.id, ..remote });
        if seen.state == SeenState::Public {
            self.target.unpublish(self.site, &id).await?;
        }
        Ok(GONE)
    }

    async fn find(&self) -> Result<Standing, Halt> {
        let (target, site) = (self.target, self.site);
        let mark = Mark::of(&self.placement.task, &self.placement.target);
        let Some(remote) = &self.placement.remote else {
            let unkept = target.look(site, Trail::Mark(&mark)).await?;
            return Ok(unkept.map_or(Standing::Nothing, Standing::Unkept));
        };
        let trail = match &remote.writing {
            Some(writing) => Trail::Writing(&remote.id, writing),
            None => Trail::Id(&remote.id),
        };
        let seen = target.look(site, trail).await?;
        if remote.site != site.target.site {
            // The same site under another address has the same copy; another site may have anything under this id.
            return match seen.filter(|seen| is_ours(remote, seen)) {
                Some(seen) => Ok(Standing::Kept(Remote { site: site.target.site.clone(), ..remote.clone() }, seen)),
                None => Ok(match target.look(site, Trail::Mark(&mark)).await? {
                    Some(seen) => Standing::Unkept(seen),
                    None => Standing::Elsewhere,
                }),
            };
        }
        let overwrite = self.placement.hand_edits == HandEdits::Overwritten;
        Ok(match (seen, remote.stage) {
            (Some(seen), Stage::Public) if seen.state == SeenState::Binned && !overwrite => Standing::Removed,
            (Some(seen), _) => Standing::Kept(remote.clone(), seen),
            (None, Stage::Public) => Standing::Removed,
            (None, Stage::Draft) => Standing::Nothing,
        })
    }

    fn drafted(&self, seen: &Seen, intended: &str) -> Remote {
        let kept_as_sent = seen.fingerprint == intended;
        Remote {
            site: self.site.target.site.clone(),
            id: seen.id.clone(),
            url: None,
            stage: Stage::Draft,
            fingerprint: seen.fingerprint.clone(),
            fidelity: if kept_as_sent { Fidelity::Same } else { Fidelity::Changed },
            writing: None,
        }
    }

    async fn piece(&self) -> Result<Piece, Halt> {
        let Wanted::Live { revision, hash, slug, published_at } = &self.placement.wanted else {
            return Err(Halt::Overtaken);
        };
        let store = self.store;
        let task = store.task(&self.placement.task).await?.ok_or(never(Why::TextMissing))?;
        let text = store.revision(&self.placement.task, *revision).await?;
        // What was approved is what goes there, byte for byte.
        let approved = text.filter(|text| hash.as_ref().is_none_or(|hash| *hash == text.content_hash()));
        let text = approved.ok_or(never(Why::TextMissing))?;
        let now = self.clock.now();
        // What cleaning took out of the HTML is in the Markdown still.
        let says_the_same = |markdown: &String| text.cleaned.is_empty() && markdown::is_plain(markdown);
        Ok(Piece {
            task_type: task.request.task_type,
            title: text.title,
            markdown: text.markdown.filter(says_the_same),
            html: text.html,
            excerpt: text.excerpt,
            slug: slug.clone(),
            tags: task.request.tags.iter().map(str::to_owned).collect(),
            categories: task.request.categories.iter().map(str::to_owned).collect(),
            image: text.featured_image,
            language: task.request.language().to_string(),
            published_at: *published_at,
            written_at: text.created_at,
            dated: Some(*published_at).filter(|at| now.duration_since(*at) > DATED_FROM),
        })
    }

    /// Keeps what is known so far, whatever was written since it was read.
    pub(super) async fn keep(&mut self) -> Result<(), Halt> {
        let mine = &self.placement;
        let over = mine.version;
        let next = Placement { version: over + 1, ..mine.clone() };
        if self.store.keep_placement(&next, over).await? {
            self.placement = next;
            return Ok(());
        }
        loop {
            let found = self.store.placement(&mine.task, &mine.target).await?;
            let found = found.filter(|found| found.attempts == mine.attempts).ok_or(Halt::Lost)?;
            let over = found.version;
            let merged = Placement { remote: mine.remote.clone(), version: over + 1, ..found };
            if self.store.keep_placement(&merged, over).await? {
                let overtaken = merged.wanted != mine.wanted;
                self.placement = merged;
                return if overtaken { Err(Halt::Overtaken) } else { Ok(()) };
            }
        }
    }
}

/// What is known of a copy that was just written, or found as it is wanted.
fn published(target: &Target, seen: &Seen, intended: &str) -> Remote {
    Remote {
        site: target.site.clone(),
        id: seen.id.clone(),
        url: seen.url.clone(),
        stage: Stage::Public,
        fingerprint: seen.fingerprint.clone(),
        fidelity: if seen.fingerprint == intended { Fidelity::Same } else { Fidelity::Changed },
        writing: None,
    }
}

/// Whether somebody else wrote there since. What is there is ours if it is what the target kept of our last text, what is wanted now, or
/// what a write was about to put there whose end nobody knows. A target that changes what it is sent may keep such a text in another
/// form, which cannot be told from somebody's: it is taken for ours.
fn edited(remote: &Remote, seen: &Seen, intended: &str) -> bool {
    let unsettled = remote.writing.is_some() && remote.fidelity == Fidelity::Changed;
    let hidden = remote.stage == Stage::Public && seen.state == SeenState::Draft;
    hidden || !(is_ours(remote, seen) || seen.fingerprint == intended || unsettled)
}

/// Whether what is there is what the target kept of our last text, or what a write was about to put there.
fn is_ours(remote: &Remote, seen: &Seen) -> bool {
    [Some(&remote.fingerprint), remote.writing.as_ref()].contains(&Some(&seen.fingerprint))
}
