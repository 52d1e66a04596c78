//! What of a site a path asks for.

use galley_domain::{
    content::slug::Slug,
    publishing::label::{self, Label},
};
use galley_edge::http::visit::Visit;
use percent_encoding::percent_decode_str;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Index,
    Article(Slug),
    Label(Label),
    /// What is new, of all or of a label that the query names.
    Feed(Format),
    Sitemap,
    /// Of a domain of the tenant's own.
    Robots,
    /// A file that pages load.
    Asset(String),
    /// The same is elsewhere in the site.
    Moved(String),
    Nothing,
}

/// In which form a feed is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Atom,
    Json,
}

impl Format {
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// What a feed is asked for: all articles, or those under a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    All,
    Under(Label),
}

impl Asked {
    /// `None` for what is no label, or two.
    pub(crate) fn of(visit: &Visit) -> Option<Self> {
        match (visit.query("tag"), visit.query("category")) {
            (None, None) => Some(Self::All),
            (Some(tag), None) => label::name(tag).map(|name| Self::Under(Label::Tag(name))),
            (None, Some(category)) => label::name(category).map(|name| Self::Under(Label::Category(name))),
            (Some(_), Some(_)) => None,
        }
    }

    /// How what is asked for is called on the site of this name.
    pub(crate) fn title(&self, site: &str) -> String {
        match self {
            Self::All => site.to_owned(),
            Self::Under(label) => format!("{} – {site}", label.name()),
        }
    }
}

impl Wanted {
    /// `path` begins with `/`, or is empty.
    pub(crate) fn at(path: &str) -> Self {
        let Some(path) = path.strip_prefix('/') else { return Self::Moved("/".to_owned()) };
        match path.split('/').collect::<Vec<_>>()[..] {
            [""] => Self::Index,
            ["feed.xml"] => Self::Feed(Format::Atom),
            ["feed.json"] => Self::Feed(Format::Json),
            ["sitemap.xml"] => Self::Sitemap,
            ["robots.txt"] => Self::Robots,
            ["assets", name] => Self::Asset(name.to_owned()),
            // What gateways decode may have slashes of its own.
            ["tags", _, ..] => Self::labelled(path.strip_prefix("tags/"), Label::Tag),
            ["categories", _, ..] => Self::labelled(path.strip_prefix("categories/"), Label::Category),
            [slug] => slug.parse().map_or(Self::Nothing, Self::Article),
            [slug, ""] if slug.parse::<Slug>().is_ok() => Self::Moved(format!("/{slug}")),
            _ => Self::Nothing,
        }
    }

    fn labelled(name: Option<&str>, kind: fn(String) -> Label) -> Self {
        let name = percent_decode_str(name.unwrap_or_default()).decode_utf8();
        let name = name.ok().and_then(|name| label::name(name.into_owned()));
        name.map_or(Self::Nothing, |name| Self::Label(kind(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_nothing() {
        for path in ["//", "/A-Title", "/a_title", "/a-title/x", "/..", "/%61", "/a.b", "/assets/", "/a//"] {
            let wanted = Wanted::at(path);
            assert!(matches!(wanted, Wanted::Nothing | Wanted::Asset(_)), "{path}: {wanted:?}");
        }
    }

    #[test]
    fn a_label_is_read_as_it_is_linked_and_as_gateways_decode_it() {
        let tag = |name: &str| Wanted::Label(Label::Tag(name.to_owned()));
        for (path, name) in [
            ("/tags/http", "http"),
            ("/tags/ci%2Fcd", "ci/cd"),
            ("/tags/ci/cd", "ci/cd"),
            ("/tags/tags/x", "tags/x"),
            ("/tags/%E7%BC%93", "缓"),
            ("/tags/缓", "缓"),
            ("/tags/100%25", "100%"),
            ("/tags/100%", "100%"),
            ("/tags/%3Cscript%3E", "<script>"),
        ] {
            assert_eq!(Wanted::at(path), tag(name), "{path}");
        }
        for path in ["/tags/", "/tags/%FF", &format!("/tags/{}", "x".repeat(51))] {
            assert_eq!(Wanted::at(path), Wanted::Nothing, "{path}");
        }
        assert_eq!(Wanted::at("/tags"), Wanted::Article("tags".parse().unwrap()), "a title may be any word");
        assert_eq!(Wanted::at("/categories/web"), Wanted::Label(Label::Category("web".to_owned())));
    }

    #[test]
    fn a_slash_more_or_less_leads_to_the_one_address() {
        assert_eq!(Wanted::at(""), Wanted::Moved("/".to_owned()));
        assert_eq!(Wanted::at("/a-title/"), Wanted::Moved("/a-title".to_owned()));
        assert_eq!(Wanted::at("/a-title"), Wanted::Article("a-title".parse().unwrap()));
        assert_eq!(Wanted::at("/"), Wanted::Index);
    }
}
