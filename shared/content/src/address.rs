//! Addresses that a text may lead to, read as a browser reads them.

use url::Url;

use galley_api::ids::TenantId;

use crate::slug::{ARTICLES, Slug};

const LONGEST_FRAGMENT: usize = 400;

/// An address on the web: `http` or `https` in any case, `://`, and a host. What a browser would complete or mend (`http:x`,
/// `https:/x`, a backslash, a line break within) is none: others read it as another address.
pub(super) fn web(text: &str) -> Option<Url> {
    let text = trimmed(text);
    let (scheme, rest) = text.split_once("://")?;
    let is_web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if !is_web || rest.starts_with(['/', '\\', '?', '#']) || text.contains(['\t', '\n', '\r', '\\']) {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

/// What a link may lead to: a page, or somebody's mail.
pub(super) fn link(text: &str) -> Option<Url> {
    web(text).or_else(|| {
        let text = trimmed(text);
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "mailto" && !url.path().is_empty())?;
        (!text.contains(['\t', '\n', '\r'])).then_some(url)
    })
}

/// The article that a link without a host leads to: under the host that shows the text, another text of Galley's.
pub(super) fn article(text: &str) -> Option<(TenantId, Slug)> {
    let (tenant, slug) = trimmed(text).strip_prefix(ARTICLES)?.split_once('/')?;
    Some((tenant.parse().ok()?, slug.parse().ok()?))
}

/// Whether a link leads to a place in its own text.
pub(super) fn is_within(text: &str) -> bool {
    trimmed(text).strip_prefix('#').is_some_and(|fragment| {
        !fragment.is_empty() && fragment.len() <= LONGEST_FRAGMENT && !fragment.chars().any(char::is_control)
    })
}

/// Without what a browser takes off both ends (WHATWG URL, section 4.4).
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// What two addresses of one page have in common: a fragment and a last slash make no other page.
pub(super) fn page(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_fragment(None);
    bare.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_have_to_mend_is_no_address() {
        for text in [
            "",
            "/a",
            "//evil.example/a",
            "http:evil",
            "https:/evil.example",
            "https:///evil.example",
            "https:\\\\evil.example",
            "https://found.example\\@evil.example/",
            "https://found.example\\..\\x",
            "https://",
            "https://?a",
            "ht\ntps://evil.example",
            "https://evil.example/\na",
            "http://bar.com:xkcd",
            "http://foo.com:99999/",
            "javascript://x",
            "ftp://a.example/",
            "mailto:a@b.example",
        ] {
            assert_eq!(web(text), None, "{text:?}");
        }
        assert_eq!(link("mailto:"), None);
        assert_eq!(link("mail\tto:a@b.example"), None);
    }

    #[test]
    fn only_the_very_path_of_an_article_leads_to_one() {
        let (tenant, slug) = article(" /api/content/published/acme/a-title ").unwrap();
        assert_eq!((tenant.as_str(), slug.as_str()), ("acme", "a-title"));
        for text in [
            "/api/content/published/acme",
            "/api/content/published/acme/",
            "/api/content/published/acme/a-title/",
            "/api/content/published/acme/../../admin/keys",
            "/api/content/published/acme/a-title?x=1",
            "/api/content/published/acme/a%2fb",
            "//api/content/published/acme/a-title",
            "/api/content/published//a-title",
            "api/content/published/acme/a-title",
            "/api/content/tasks/acme/a-title",
            "/api\\content/published/acme/a-title",
        ] {
            assert_eq!(article(text), None, "{text}");
        }
    }

    #[test]
    fn scheme_and_host_have_no_case_and_no_blanks_around_them() {
        for text in
            ["HTTPS://A.Example/x", " https://a.example/x", "\nhttps://a.EXAMPLE/x/ ", "hTTps://a.example:443/x#y"]
        {
            assert_eq!(web(text).map(|url| page(&url)).as_deref(), Some("https://a.example/x"), "{text:?}");
        }
        assert_eq!(link("MAILTO:a@b.example").map(|url| page(&url)).as_deref(), Some("mailto:a@b.example"));
    }
}
