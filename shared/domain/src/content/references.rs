//! What a text refers to. A model may link what it was told of and nothing else: a source that nobody found is no source.

use serde::{Deserialize, Serialize};
use url::Url;

use super::clean::{CleanHtml, clean};

/// More links of one text are not followed.
pub const MOST_CHECKED: usize = 30;

/// Something found on the topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub title: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub snippet: String,
    /// When it says it was published, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
}

/// One link of cleaned HTML: where its tag begins, its target, its text, where it ends.
struct Link<'a> {
    start: usize,
    end: usize,
    href: &'a str,
    inner: &'a str,
}

/// The links of a text, in their order. The cleaner writes them in one way only.
fn links(html: &CleanHtml) -> Vec<Link<'_>> {
    let source = html.as_str();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = source.get(from..).and_then(|rest| rest.find("<a ")) {
        let start = from + at;
        let rest = source.get(start..).unwrap_or_default();
        let (Some(open), Some(close)) = (rest.find('>'), rest.find("</a>")) else { break };
        let tag = rest.get(..open).unwrap_or_default();
        let href = tag.split_once("href=\"").and_then(|(_, after)| after.split('"').next()).unwrap_or_default();
        let end = start + close + "</a>".len();
        found.push(Link { start, end, href, inner: rest.get(open + 1..close).unwrap_or_default() });
        from = end;
    }
    found
}

/// The addresses on the web that a text links, each once.
pub fn linked(html: &CleanHtml) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for link in links(html) {
        let url = link.href.replace("&amp;", "&");
        if url.starts_with("http") && !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls
}

/// The text with all other links than those to `allowed` taken out; their words stay.
#[must_use]
pub fn only(html: CleanHtml, allowed: &[String]) -> CleanHtml {
    let admits = |href: &str| {
        let url = href.replace("&amp;", "&");
        !url.starts_with("http") || allowed.iter().any(|one| same_page(one, &url))
    };
    let strangers: Vec<Link<'_>> = links(&html).into_iter().filter(|link| !admits(link.href)).collect();
    if strangers.is_empty() {
        return html;
    }
    let source = html.as_str();
    let mut out = String::with_capacity(source.len());
    let mut from = 0;
    for link in strangers {
        out.push_str(source.get(from..link.start).unwrap_or_default());
        // A bare address would be made a link again.
        if link.inner.contains("://") {
            let host = Url::parse(link.href).ok().and_then(|url| url.host_str().map(str::to_owned));
            out.push_str(&host.unwrap_or_default());
        } else {
            out.push_str(link.inner);
        }
        from = link.end;
    }
    out.push_str(source.get(from..).unwrap_or_default());
    clean(&out)
}

/// Whether two addresses lead to the same page: fragments and a last slash aside.
fn same_page(one: &str, other: &str) -> bool {
    let bare = |url: &str| url.split('#').next().unwrap_or_default().trim_end_matches('/').to_owned();
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::markdown::to_html;

    #[test]
    fn a_link_that_nobody_found_leaves_its_words_alone() {
        let html = to_html(
            "See [one](https://a.example/x?a=1&b=2), [two](https://b.example/) and https://c.example/long/path.",
        );
        assert_eq!(linked(&html).len(), 3);
        let kept = only(html, &["https://a.example/x?a=1&b=2".to_owned()]);
        assert_eq!(linked(&kept), ["https://a.example/x?a=1&b=2"]);
        assert!(kept.as_str().contains("two") && kept.as_str().contains("c.example"), "{}", kept.as_str());
        assert_eq!(clean(kept.as_str()), kept, "nothing is left for the cleaner");
    }

    #[test]
    fn a_fragment_and_a_slash_make_no_other_page() {
        let html = to_html("[one](https://a.example/x/#part) [mail](mailto:a@b.example)");
        assert_eq!(only(html.clone(), &["https://a.example/x".to_owned()]), html);
    }
}
