//! A Git repository on GitHub or GitLab: an article is one file, on a path that is made of its slug, and each change of it is one commit.
//!
//! There is no draft: nothing is written before the first publication, whose path is kept before. A file is ours if its front matter has
//! our mark. What is written is written over what was read: a forge refuses it where somebody has written since.

mod forge;
mod github;
mod gitlab;
mod page;
mod place;

use galley_domain::outbox::{
    kinds::git::{Branch, Forge, Git},
    port::{Mark, Piece, Publication, RemoteId, Seen, SeenState, Site, Trail, Welcome},
    trouble::{Effect, Trouble, Why},
};

use crate::targets::{
    git::{
        forge::{About, Bytes, Change, Onto, Over, Proposal, Remote, Repository, Tip, What, trouble},
        github::GitHub,
        gitlab::GitLab,
        page::Page,
        place::{parsed, path_of, picture_of, slug_of},
    },
    http::TargetHttp,
    picture::{ENDINGS, Picture},
};

/// How often a write is begun anew where somebody else's commit came between.
const TRIES: u8 = 3;

/// One repository, opened.
pub(super) struct Api<'a> {
    http: &'a TargetHttp,
    site: Site<'a>,
    settings: &'a Git,
}

/// What was read, and where it is written to.
struct Stand {
    /// The branch that readers' site is made of.
    branch: String,
    onto: Onto,
    proposal: Option<Proposal>,
}

macro_rules! of_its_forge {
    ($self:ident, $repository:ident => $call:expr) => {
        match $self.settings.forge {
            Forge::Github => {
                let $repository = &GitHub($self.remote());
                $call
            }
            Forge::Gitlab => {
                let $repository = &GitLab($self.remote());
                $call
            }
        }
    };
}

impl<'a> Api<'a> {
    pub(super) const fn new(http: &'a TargetHttp, site: Site<'a>, settings: &'a Git) -> Self {
        Self { http, site, settings }
    }

    const fn remote(&self) -> Remote<'_> {
        Remote { http: self.http, site: self.site, repository: &self.settings.repository }
    }

    pub(super) fn fingerprint(&self, piece: &Piece) -> String {
        page::fingerprint(self.settings, piece)
    }

    pub(super) async fn greet(&self) -> Result<Welcome, Trouble> {
        of_its_forge!(self, repository => self.greeted(repository).await)
    }

    pub(super) async fn look(&self, trail: Trail<'_>) -> Result<Option<Seen>, Trouble> {
        // Whatever was published has an id that is known, and nothing is there before.
        let (Trail::Id(id) | Trail::Writing(id, _)) = trail else { return Ok(None) };
        of_its_forge!(self, repository => self.seen_at(repository, id).await)
    }

    pub(super) async fn draft(&self, mark: &Mark, piece: &Piece) -> Result<Seen, Trouble> {
        of_its_forge!(self, repository => self.placed(repository, mark.as_str(), piece).await)
    }

    pub(super) async fn publish(
        &self,
        id: &RemoteId,
        piece: &Piece,
        _: Publication,
        over: &str,
    ) -> Result<Seen, Trouble> {
        of_its_forge!(self, repository => self.published(repository, id, piece, over).await)
    }

    pub(super) async fn unpublish(&self, id: &RemoteId) -> Result<(), Trouble> {
        of_its_forge!(self, repository => self.removed(repository, id).await)
    }

    async fn greeted<R: Repository>(&self, repository: &R) -> Result<Welcome, Trouble> {
        let About { may_push, default_branch } = repository.about().await?;
        if !may_push {
            return Ok(Welcome { may_publish: false });
        }
        let branch = self.or_default(default_branch);
        match repository.tip(&branch).await? {
            Tip::Empty if !self.settings.pull_request => {}
            Tip::Empty | Tip::Missing => return Err(trouble(Effect::None, Why::NoBranch)),
            Tip::At(_) if self.settings.pull_request || repository.is_open(&branch).await? => {}
            Tip::At(_) => return Err(trouble(Effect::None, Why::BranchProtected)),
        }
        Ok(Welcome { may_publish: true })
    }

    async fn branch<R: Repository>(&self, repository: &R) -> Result<String, Trouble> {
        let default = if self.settings.branch.is_none() { repository.about().await?.default_branch } else { None };
        Ok(self.or_default(default))
    }

    fn or_default(&self, default: Option<String>) -> String {
        let named = self.settings.branch.as_ref().map(|branch| branch.as_str().to_owned());
        // GitLab names none where there is none: whatever is written first makes it.
        named.or(default).unwrap_or_else(|| "main".to_owned())
    }

    async fn seen_at<R: Repository>(&self, repository: &R, id: &RemoteId) -> Result<Option<Seen>, Trouble> {
        let Some((path, mark)) = parsed(id) else { return Ok(None) };
        let proposal = if self.settings.pull_request { repository.proposal(mark).await? } else { None };
        let published = self.settings.branch.as_ref().map(Branch::as_str);
        let file = repository.file(path, if proposal.is_some() { Some(mark) } else { published }).await?;
        Ok(file.map(|file| self.seen(id, path, &Page::read(self.settings.preset, &file.text), proposal.as_ref())))
    }

    fn seen(&self, id: &RemoteId, path: &str, page: &Page, proposal: Option<&Proposal>) -> Seen {
        Seen {
            id: id.clone(),
            url: proposal.map_or_else(|| Some(self.address(path)), |proposal| proposal.url.clone()),
            state: SeenState::Public,
            pictured: page.image.is_some(),
            fingerprint: page.fingerprint.clone(),
        }
    }

    /// Where a page is read, and else its file at the forge.
    fn address(&self, path: &str) -> String {
        let Git { repository, branch, forge, preset, .. } = self.settings;
        if let Some(address) = self.canonical(slug_of(*preset, path)) {
            return address;
        }
        let api = self.site.target.url.as_str().trim_end_matches('/');
        let (forge, files) = match forge {
            Forge::Github if self.site.target.url.host() == "api.github.com" => ("https://github.com", "blob"),
            Forge::Github => (api.trim_end_matches("/api/v3"), "blob"),
            Forge::Gitlab => (api.trim_end_matches("/api/v4"), "-/blob"),
        };
        let branch = branch.as_ref().map_or("HEAD", |branch| branch.as_str());
        format!("{forge}/{}/{files}/{branch}/{path}", repository.as_str())
    }

    fn canonical(&self, slug: &str) -> Option<String> {
        let site = self.settings.site_url.as_ref()?;
        Some(format!("{}/{slug}/", site.as_str().trim_end_matches('/')))
    }

    /// Where the article will be: the path of its slug, and where that is somebody's, one with a part of its mark.
    async fn placed<R: Repository>(&self, repository: &R, mark: &str, piece: &Piece) -> Result<Seen, Trouble> {
        let published = self.settings.branch.as_ref().map(Branch::as_str);
        let slug = piece.slug.as_str();
        let own = format!("{slug}-{}", mark.get("galley-".len()..).and_then(|hex| hex.get(..6)).unwrap_or_default());
        for slug in [slug, &*own] {
            let path = path_of(self.settings, slug, piece);
            let id = RemoteId(format!("{path}#{mark}"));
            let Some(file) = repository.file(&path, published).await? else {
                let fingerprint = self.fingerprint(piece);
                return Ok(Seen { id, url: None, state: SeenState::Draft, pictured: false, fingerprint });
            };
            let page = Page::read(self.settings.preset, &file.text);
            if page.mark.as_deref() == Some(mark) {
                return Ok(self.seen(&id, &path, &page, None));
            }
        }
        Err(trouble(Effect::Never, Why::Rejected))
    }

    async fn stand<R: Repository>(&self, repository: &R, mark: &str) -> Result<Stand, Trouble> {
        let branch = self.branch(repository).await?;
        let proposal = if self.settings.pull_request { repository.proposal(mark).await? } else { None };
        let (read, anew) = if proposal.is_some() { (mark, None) } else { (&*branch, Some(branch.clone())) };
        let base = match repository.tip(read).await? {
            Tip::At(commit) => Some(commit),
            Tip::Empty if !self.settings.pull_request => None,
            Tip::Empty | Tip::Missing => return Err(trouble(Effect::None, Why::NoBranch)),
        };
        let onto = if self.settings.pull_request {
            Onto { branch: mark.to_owned(), base, anew }
        } else {
            Onto { branch: branch.clone(), base, anew: None }
        };
        Ok(Stand { branch, onto, proposal })
    }

    async fn published<R: Repository>(
        &self,
        repository: &R,
        id: &RemoteId,
        piece: &Piece,
        over: &str,
    ) -> Result<Seen, Trouble> {
        let (path, mark) = parsed(id).ok_or(trouble(Effect::Never, Why::Rejected))?;
        let preset = self.settings.preset;
        for _ in 0..TRIES {
            let Stand { onto, proposal, .. } = self.stand(repository, mark).await?;
            let file = match &onto.base {
                Some(base) => repository.file(path, Some(base)).await?,
                None => None,
            };
            let found = file.as_ref().map(|file| Page::read(preset, &file.text));
            let intended = self.fingerprint(piece);
            if let Some(page) = found.as_ref() {
                if page.fingerprint == intended {
                    return Ok(self.seen(id, path, page, proposal.as_ref()));
                }
                if page.fingerprint != over {
                    // Written there since it was looked at: the next look tells.
                    return Err(trouble(Effect::None, Why::EditedThere));
                }
            }
            let ours = found.filter(|page| page.head.contains(mark));
            let (head, picture) = match ours {
                Some(page) => (page.head, None),
                None => self.head(path, mark, piece).await,
            };
            let text = page::write(self.settings, &head, piece);
            let mut changes = Vec::new();
            if let Some((path, Picture { bytes, .. })) = picture {
                let is_there = match &onto.base {
                    Some(base) => repository.has(&path, base).await?,
                    None => false,
                };
                let over = if is_there { Over::Whatever } else { Over::Nothing };
                changes.push(Change { path, what: What::Put(Bytes::Picture(bytes), over) });
            }
            let over = file.map_or(Over::Nothing, |file| Over::Version(file.version));
            changes.push(Change { path: path.to_owned(), what: What::Put(Bytes::Text(text.clone()), over) });
            if repository.commit(&onto, &format!("Publish {path}"), &changes).await? {
                let proposal = self.proposed(repository, &onto, path, proposal).await?;
                return Ok(self.seen(id, path, &Page::read(preset, &text), proposal.as_ref()));
            }
        }
        Err(trouble(Effect::None, Why::Interrupted))
    }

    /// The head of a new file, and its picture where there is one to be had.
    async fn head(&self, path: &str, mark: &str, piece: &Piece) -> (String, Option<(String, Picture)>) {
        let preset = self.settings.preset;
        let slug = slug_of(preset, path);
        let canonical = self.canonical(slug);
        let fetched = match &piece.image {
            Some(image) => self.http.picture(&image.url).await.map(|picture| (image, picture)),
            None => None,
        };
        let placed = fetched.and_then(|(image, picture)| {
            let (at, name) = picture_of(preset, path, picture.format.ending())?;
            Some((image, at, name, picture))
        });
        let named = placed.as_ref().map(|(image, _, name, _)| (&**name, *image));
        let head = page::head(preset, mark, slug, canonical.as_deref(), named);
        (head, placed.map(|(_, at, _, picture)| (at, picture)))
    }

    /// The request to merge, found again or opened.
    async fn proposed<R: Repository>(
        &self,
        repository: &R,
        onto: &Onto,
        path: &str,
        known: Option<Proposal>,
    ) -> Result<Option<Proposal>, Trouble> {
        let (None, Some(into)) = (&known, &onto.anew) else { return Ok(known) };
        match repository.propose(&onto.branch, into, &format!("Change {path}")).await? {
            Some(proposal) => Ok(Some(proposal)),
            None => repository.proposal(&onto.branch).await,
        }
    }

    async fn removed<R: Repository>(&self, repository: &R, id: &RemoteId) -> Result<(), Trouble> {
        let Some((path, mark)) = parsed(id) else { return Ok(()) };
        let preset = self.settings.preset;
        for _ in 0..TRIES {
            let Stand { branch, onto, proposal } = self.stand(repository, mark).await?;
            if let Some(proposal) = &proposal
                && repository.file(path, Some(&branch)).await?.is_none()
            {
                // It was never merged.
                return repository.withdraw(proposal).await;
            }
            let Some(base) = &onto.base else { return Ok(()) };
            let Some(file) = repository.file(path, Some(base)).await? else { return Ok(()) };
            let page = Page::read(preset, &file.text);
            if page.mark.as_deref() != Some(mark) {
                // Somebody's own, in the place of ours.
                return Ok(());
            }
            let mut changes = vec![Change { path: path.to_owned(), what: What::Delete(Over::Version(file.version)) }];
            let pictures = ENDINGS.iter().filter_map(|ending| picture_of(preset, path, ending));
            let picture = pictures.into_iter().find(|(_, name)| Some(name) == page.image.as_ref());
            if let Some((path, _)) = picture
                && repository.has(&path, base).await?
            {
                changes.push(Change { path, what: What::Delete(Over::Whatever) });
            }
            if repository.commit(&onto, &format!("Unpublish {path}"), &changes).await? {
                return self.proposed(repository, &onto, path, proposal).await.map(|_| ());
            }
        }
        Err(trouble(Effect::None, Why::Interrupted))
    }
}
