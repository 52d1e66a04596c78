//! What every kind of target does, whichever it is. The fake keeps it, and each adapter against the real thing.

use galley_domain::{
    content::kind::TaskType,
    kernel::ids::TaskId,
    outbox::{
        port::{Mark, Piece, Publication, PublishingTarget, RemoteId, Seen, SeenState, Site, Trail},
        trouble::Trouble,
    },
};
use jiff::Timestamp;

use crate::build::tenant;

/// Whether the user behind the site may write whatever HTML it likes: then a text is kept as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    AsSent,
    Perhaps,
}

/// Whether a copy that no reader sees is kept there, or nothing until the first publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drafts {
    There,
    NotThere,
}

/// How readers come to a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// By its slug, under which it comes back where it was.
    OfSlug,
    /// The target gives posts addresses of its own, and new ones to those that come back.
    ItsOwn,
}

/// A thread of these posts.
pub fn a_thread(posts: &[&str]) -> Piece {
    let html = format!("<ol>\n<li>{}</li>\n</ol>", posts.join("</li>\n<li>"));
    let html = if posts.is_empty() { "<ol></ol>".to_owned() } else { html };
    Piece { task_type: TaskType::SocialMedia, html, ..a_piece("A thread") }
}

/// Publishes as a worker does: a target of several posts writes one at a time, and says what its copy is called after each.
pub async fn published(
    target: &impl PublishingTarget,
    site: Site<'_>,
    from: &Seen,
    piece: &Piece,
    publication: Publication,
) -> Result<Seen, Trouble> {
    let mut seen = target.publish(site, &from.id, piece, publication, &from.fingerprint).await?;
    while seen.state == SeenState::Partly {
        assert_eq!(
            target.look(site, Trail::Id(&seen.id)).await?.map(|there| there.fingerprint),
            Some(seen.fingerprint.clone())
        );
        seen = target.publish(site, &seen.id, piece, publication, &seen.fingerprint).await?;
    }
    Ok(seen)
}

/// An article with what breaks where it is quoted wrongly.
pub fn a_piece(title: &str) -> Piece {
    Piece {
        task_type: TaskType::BlogPost,
        title: format!("{title} & “more”"),
        html: "<h2 id=\"a\">What it is</h2>\n<p>A &amp; B — <a href=\"https://example.com/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">a link</a>, \
               <code>x &lt; y</code>.</p>\n<div><span>Kept.</span></div>\n<table><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>\n\
               <pre><code>one\n\n\ntwo \\n $x</code></pre>"
            .to_owned(),
        excerpt: "What it \"is\", & why.".to_owned(),
        slug: title.to_lowercase().replace(' ', "-").parse().unwrap(),
        tags: vec!["http".to_owned(), "R&D".to_owned()],
        categories: vec!["Web".to_owned()],
        image: None,
        markdown: None,
        language: "en".to_owned(),
        published_at: Timestamp::UNIX_EPOCH,
        written_at: Timestamp::UNIX_EPOCH,
        dated: None,
    }
}

/// Runs every case. `seed` is another for each run on the same site.
pub async fn holds_for(
    target: &impl PublishingTarget,
    site: Site<'_>,
    seed: &str,
    (kept, drafts, addresses): (Kept, Drafts, Addresses),
) {
    assert_eq!(site.target.tenant, tenant("acme"));
    assert!(target.greet(site).await.unwrap().may_publish);
    let task = TaskId::from_uuid(uuid::Uuid::nil());
    let mark = Mark::of(&task, &format!("target-{seed}").parse().unwrap());
    assert_eq!(target.look(site, Trail::Mark(&mark)).await.unwrap(), None, "nothing is there yet");
    assert_eq!(target.look(site, Trail::Id(&RemoteId("987654".to_owned()))).await.unwrap(), None);

    let first = a_piece(&format!("Of the contract {seed}"));
    let draft = target.draft(site, &mark, &first).await.unwrap();
    assert_eq!((draft.state, draft.url.as_deref()), (SeenState::Draft, None), "no reader sees it");
    let found = (drafts == Drafts::There).then_some(&draft);
    for trail in [Trail::Mark(&mark), Trail::Id(&draft.id)] {
        assert_eq!(
            target.look(site, trail).await.unwrap().as_ref(),
            found,
            "found by its mark and by its id, or nowhere"
        );
    }
    if drafts == Drafts::NotThere {
        assert_eq!(target.draft(site, &mark, &first).await.unwrap(), draft, "it is made up of what is known");
    }

    let public = published(target, site, &draft, &first, Publication::First).await.unwrap();
    assert_eq!(public.state, SeenState::Public);
    if addresses == Addresses::OfSlug {
        assert_eq!(public.id, draft.id);
        assert!(public.url.as_ref().unwrap().trim_end_matches('/').ends_with(first.slug.as_str()), "{public:?}");
        assert_eq!(public.fingerprint, draft.fingerprint, "the same text");
    }
    assert!(public.url.as_ref().unwrap().starts_with("http"), "{public:?}");
    if kept == Kept::AsSent {
        assert_eq!(public.fingerprint, target.fingerprint(site, &first));
    }
    assert_eq!(target.look(site, Trail::Mark(&mark)).await.unwrap(), None, "its name is its own from now on");
    let again = published(target, site, &public, &first, Publication::First).await.unwrap();
    assert_eq!(again, public, "the same again changes nothing");

    let second = Piece { title: "Another title".to_owned(), slug: "another-slug".parse().unwrap(), ..first.clone() };
    let updated = published(target, site, &public, &second, Publication::Update).await.unwrap();
    assert_eq!((&updated.id, &updated.url), (&public.id, &public.url), "it stays where readers know it");
    assert_ne!(updated.fingerprint, public.fingerprint);
    assert_eq!(target.look(site, Trail::Id(&public.id)).await.unwrap(), Some(updated.clone()));

    for _ in 0..2 {
        target.unpublish(site, &public.id).await.unwrap();
        let gone = target.look(site, Trail::Id(&public.id)).await.unwrap();
        assert!(gone.is_none_or(|gone| gone.state != SeenState::Public), "no reader sees it");
    }
    if addresses == Addresses::OfSlug {
        let back = published(target, site, &updated, &second, Publication::Update).await.unwrap();
        assert_eq!(back, updated, "it comes back where it was");
        target.unpublish(site, &public.id).await.unwrap();
    }
    of_a_thread(target, site, seed, addresses).await;
}

/// A thread is what it is meant to be whatever it was before; where a copy is one page, that page has all of it.
async fn of_a_thread(target: &impl PublishingTarget, site: Site<'_>, seed: &str, addresses: Addresses) {
    let mark = Mark::of(&TaskId::from_uuid(uuid::Uuid::nil()), &format!("thread-{seed}").parse().unwrap());
    let slug = || format!("thread-{seed}").parse().unwrap();
    let two = Piece { slug: slug(), ..a_thread(&["One & only.", "Two. #go"]) };
    let three = Piece { slug: slug(), ..a_thread(&["One & only.", "Two, changed. #go", "Three. #go"]) };
    let one = Piece { slug: slug(), ..a_thread(&["Another."]) };
    let draft = target.draft(site, &mark, &two).await.unwrap();
    let mut there = published(target, site, &draft, &two, Publication::First).await.unwrap();
    for piece in [&two, &three, &one] {
        let before = there.clone();
        there = published(target, site, &there, piece, Publication::Update).await.unwrap();
        assert_eq!((there.state, &there.url), (SeenState::Public, &before.url));
        assert_eq!(target.look(site, Trail::Id(&there.id)).await.unwrap().as_ref(), Some(&there));
        if addresses == Addresses::ItsOwn {
            assert_eq!(there.fingerprint, target.fingerprint(site, piece));
        }
    }
    target.unpublish(site, &there.id).await.unwrap();
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::{build::a_target, fakes::MemoryTarget};

    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        let (target, secret) = (a_target("blog"), SecretString::from("not a real password"));
        let site = Site { target: &target, secret: &secret };
        holds_for(&MemoryTarget::default(), site, "one", (Kept::AsSent, Drafts::There, Addresses::OfSlug)).await;
    }
}
