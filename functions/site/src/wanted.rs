//! What of a site a path asks for.

use galley_domain::{content::slug::Slug, publishing::label::Label};
use percent_encoding::percent_decode_str;

/// As the labels of a request are: no article has a longer one.
const LONGEST_LABEL: usize = 50;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Index,
    Article(Slug),
    Label(Label),
    /// A file that pages load.
    Asset(String),
    /// The same is elsewhere in the site.
    Moved(String),
    Nothing,
}

impl Wanted {
    /// `path` begins with `/`, or is empty.
    pub(crate) fn at(path: &str) -> Self {
        let Some(path) = path.strip_prefix('/') else { return Self::Moved("/".to_owned()) };
        match path.split('/').collect::<Vec<_>>()[..] {
            [""] => Self::Index,
            [slug] => slug.parse().map_or(Self::Nothing, Self::Article),
            ["assets", name] => Self::Asset(name.to_owned()),
            // What gateways decode may have slashes of its own.
            ["tags", ..] => Self::labelled(path.strip_prefix("tags/"), Label::Tag),
            ["categories", ..] => Self::labelled(path.strip_prefix("categories/"), Label::Category),
            [slug, ""] if slug.parse::<Slug>().is_ok() => Self::Moved(format!("/{slug}")),
            _ => Self::Nothing,
        }
    }

    fn labelled(name: Option<&str>, label: fn(String) -> Label) -> Self {
        let name = percent_decode_str(name.unwrap_or_default()).decode_utf8();
        match name {
            Ok(name) if (1..=LONGEST_LABEL).contains(&name.chars().count()) => Self::Label(label(name.into_owned())),
            _ => Self::Nothing,
        }
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
