//! Live articles of one tag or category. They are picked from the tenant's list, of which a page looks at a bounded stretch: nothing
//! more is written when an article goes live, and what went live before there was a site is found like the rest (ADR 33).

use crate::{
    kernel::{
        error::StoreError,
        ids::TenantId,
        paging::{Page, PageKey},
    },
    publishing::live::{About, ArticleSummary, PublishedStore},
};

/// So many articles a page.
pub const PER_PAGE: usize = 20;
/// A page looks at so many of the list in one call,
const LOOKED_AT: u32 = 100;
/// and calls so often: three calls are what a request may make, and one is the settings'.
const LOOKS: usize = 2;

/// What articles are sorted under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    Tag(String),
    Category(String),
}

/// As the labels of a request are: no article has a longer one.
const LONGEST: usize = 50;

/// What may be a label's name, as somebody asks for it.
pub fn name(asked: String) -> Option<String> {
    (1..=LONGEST).contains(&asked.chars().count()).then_some(asked)
}

impl Label {
    pub fn name(&self) -> &str {
        match self {
            Self::Tag(name) | Self::Category(name) => name,
        }
    }

    /// What went live before labels were kept beside it has none here.
    fn is_on(&self, about: Option<&About>) -> bool {
        about.is_some_and(|about| match self {
            Self::Tag(name) => about.tags.iter().any(|tag| tag == name),
            Self::Category(name) => about.categories.iter().any(|category| category == name),
        })
    }
}

/// A page of the articles under `label`, the newest first. It may have few where most of the list is under others, and still say
/// where the next one begins.
///
/// # Errors
/// What the store says.
pub async fn labelled(
    store: &impl PublishedStore,
    tenant: &TenantId,
    label: &Label,
    mut after: Option<PageKey>,
) -> Result<Page<ArticleSummary>, StoreError> {
    let mut items: Vec<ArticleSummary> = Vec::new();
    for _ in 0..LOOKS {
        let page = store.articles(tenant, LOOKED_AT, after).await?;
        for line in page.items {
            if items.len() == PER_PAGE && label.is_on(line.about.as_ref()) {
                let next = items.last().map(|last| last.key.clone());
                return Ok(Page { items, next });
            }
            if label.is_on(line.about.as_ref()) {
                items.push(line);
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(Page { items, next: after })
}
