//! What a text may lead to and show. Who writes it decides.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::address;

/// What a text by a model may lead to and show.
#[derive(Clone, Debug, Default)]
pub struct Admitted {
    /// Each page with the address by which it was found: that one is written, for another of the same page may say more.
    pages: HashMap<String, String>,
    pictures: HashSet<String>,
    /// The paths of articles beside this one.
    articles: HashSet<String>,
}

impl Admitted {
    pub fn new(links: impl IntoIterator<Item = Url>, pictures: impl IntoIterator<Item = Url>) -> Self {
        Self {
            pages: links.into_iter().map(|url| (address::page(&url), url.into())).collect(),
            pictures: pictures.into_iter().map(Url::into).collect(),
            articles: HashSet::new(),
        }
    }

    /// With other articles, by their paths.
    #[must_use]
    pub fn with_articles(self, articles: impl IntoIterator<Item = String>) -> Self {
        Self { articles: articles.into_iter().collect(), ..self }
    }

    /// The address by which the page of `href` was found.
    pub(super) fn page(&self, href: &str) -> Option<&str> {
        let found = || address::link(href).and_then(|url| self.pages.get(&address::page(&url)));
        self.articles.get(address::trimmed(href)).or_else(found).map(String::as_str)
    }

    pub(super) fn shows(&self, src: &str) -> bool {
        address::web(src).is_some_and(|url| self.pictures.contains(url.as_str()))
    }
}

/// Where a text may lead: who writes it decides.
#[derive(Clone, Copy, Debug)]
pub(super) enum Admits<'a> {
    Anything,
    Only(&'a Admitted),
}

impl<'a> Admits<'a> {
    /// The address of `url` as it is to be written; `None` where the text may not lead there.
    pub(super) fn link(self, url: &Url, written: &'a str) -> Option<&'a str> {
        match self {
            Self::Anything => Some(written),
            Self::Only(admitted) => admitted.pages.get(&address::page(url)).map(String::as_str),
        }
    }
}
