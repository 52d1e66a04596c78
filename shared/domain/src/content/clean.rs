//! HTML that is safe to publish. The allow-list is the whole policy: what is not named here does not survive.
//! Invariant: cleaning is idempotent, so a second pass that changes something shows that the rules have changed.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use linkify::{LinkFinder, LinkKind};
use serde::Serialize;

/// Ids in content begin with this, so that none can clobber a name of the page around it.
const ID_PREFIX: &str = "content-";

/// HTML that went through `clean`; only this module makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CleanHtml(String);

impl CleanHtml {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Stored text that today's rules would change; here is what they make of it.
#[derive(Clone, Debug)]
pub struct Changed(pub CleanHtml);

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> = [
        "p",
        "br",
        "strong",
        "em",
        "u",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "code",
        "pre",
        "a",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "div",
        "span",
    ]
    .into();
    let attributes = [
        ("a", ["href", "title"].as_slice()),
        ("img", &["src", "alt", "title", "width", "height"]),
        ("code", &["class"]),
        ("div", &["class", "id"]),
        ("span", &["class", "id"]),
    ];
    let mut builder = Builder::empty();
    builder
        .tags(tags)
        .tag_attributes(attributes.into_iter().map(|(tag, names)| (tag, names.iter().copied().collect())).collect())
        .generic_attributes(HashSet::new())
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean_content_tags(["script", "style"].into())
        .strip_comments(true)
        .attribute_filter(|tag, name, value| match (tag, name) {
            // `id_prefix` of ammonia would prefix again at each pass.
            (_, "id") if value.starts_with(ID_PREFIX) => Some(Cow::Borrowed(value)),
            (_, "id") => Some(Cow::Owned(format!("{ID_PREFIX}{value}"))),
            ("img", "src") if !value.trim_start().to_ascii_lowercase().starts_with("http") => None,
            ("img", "width" | "height") if !value.bytes().all(|b| b.is_ascii_digit()) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// Cleans `html` and turns bare URLs into links.
pub fn clean(html: &str) -> CleanHtml {
    let html = without_deep_nesting(html);
    // Adopting misnested formatting can take the parser a second look; the third never sees anything new in practice,
    // and a text that still moves is reduced to its words.
    let mut text = CLEANER.clean(&linkified(&CLEANER.clean(&html).to_string())).to_string();
    for _ in 0..3 {
        let again = CLEANER.clean(&linkified(&text)).to_string();
        if again == text {
            return CleanHtml(text);
        }
        text = again;
    }
    CleanHtml(ammonia::clean_text(&text))
}

/// Cleans what is stored again.
///
/// # Errors
/// `Changed` when that made a difference.
pub fn recheck(stored: &str) -> Result<CleanHtml, Changed> {
    let cleaned = clean(stored);
    if cleaned.0 == stored { Ok(cleaned) } else { Err(Changed(cleaned)) }
}

/// What is nested deeper than anyone writes costs the parser quadratic time; it is shown as the text that it is.
const MAX_NESTING: usize = 1024;

/// Elements that never hold others open: void ones, and those that the next of their kind ends.
const SHALLOW: [&str; 10] = ["br", "img", "hr", "wbr", "input", "p", "li", "td", "th", "tr"];

fn without_deep_nesting(html: &str) -> Cow<'_, str> {
    let (mut opened, mut deepest) = (0_usize, 0_usize);
    for (at, _) in html.match_indices('<') {
        let (name, closing) = tag_name(html.get(at..).unwrap_or_default());
        if name.is_empty() || SHALLOW.iter().any(|shallow| name.eq_ignore_ascii_case(shallow)) {
            continue;
        }
        if closing {
            opened = opened.saturating_sub(1);
        } else {
            opened += 1;
            deepest = deepest.max(opened);
        }
    }
    if deepest <= MAX_NESTING { Cow::Borrowed(html) } else { Cow::Owned(ammonia::clean_text(html)) }
}

/// Wraps bare URLs of cleaned HTML in links, but not inside a, code or pre. Works on cleaned text alone, where every
/// `<` begins a tag of the allow-list and every attribute is quoted.
fn linkified(cleaned: &str) -> String {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut out = String::with_capacity(cleaned.len());
    let mut untouchable = 0_usize;
    let mut rest = cleaned;
    while !rest.is_empty() {
        let tag_at = rest.find('<').unwrap_or(rest.len());
        let (text, from_tag) = rest.split_at(tag_at);
        if untouchable == 0 {
            link_urls(&finder, text, &mut out);
        } else {
            out.push_str(text);
        }
        let end = tag_end(from_tag);
        let (tag, after) = from_tag.split_at(end);
        match tag_name(tag) {
            ("a" | "code" | "pre", false) => untouchable += 1,
            ("a" | "code" | "pre", true) => untouchable = untouchable.saturating_sub(1),
            _ => {}
        }
        out.push_str(tag);
        rest = after;
    }
    out
}

/// Where the tag at the start of `text` ends: after its `>`, quoted ones aside.
fn tag_end(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The tag's name and whether it closes.
fn tag_name(tag: &str) -> (&str, bool) {
    let inner = tag.strip_prefix('<').unwrap_or(tag);
    let (inner, closing) = inner.strip_prefix('/').map_or((inner, false), |inner| (inner, true));
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
    (inner.get(..end).unwrap_or_default(), closing)
}

fn link_urls(finder: &LinkFinder, text: &str, out: &mut String) {
    for span in finder.spans(text) {
        let piece = span.as_str();
        let web = piece.starts_with("http://") || piece.starts_with("https://");
        // An escaped quote or bracket ends a URL: linkify sees text, not entities.
        let entity = ["&lt;", "&gt;", "&quot;", "&nbsp;"].iter().filter_map(|entity| piece.find(entity)).min();
        match (span.kind(), web) {
            (Some(LinkKind::Url), true) => {
                let (url, tail) = piece.split_at(entity.unwrap_or(piece.len()));
                out.push_str("<a href=\"");
                out.push_str(url);
                out.push_str("\">");
                out.push_str(url);
                out.push_str("</a>");
                out.push_str(tail);
            }
            _ => out.push_str(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(html: &str) -> String {
        clean(html).into_string()
    }

    #[test]
    fn nothing_that_runs_survives() {
        for payload in [
            "<script>alert(1)</script>",
            "<ScRiPt>alert(1)</sCrIpT>",
            "<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)>",
            "<svg><script>alert(1)</script></svg>",
            "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "<a href=javascript:alert(1)>x</a>",
            "<a href='JaVaScRiPt:alert(1)'>x</a>",
            "<a href='java\tscript:alert(1)'>x</a>",
            "<a href='&#106;avascript:alert(1)'>x</a>",
            "<a href=data:text/html,x>x</a>",
            "<a href='vbscript:x'>x</a>",
            "<iframe src=//evil>",
            "<object data=x>",
            "<embed src=x>",
            "<form action=x><input></form>",
            "<style>*{x:y}</style>",
            "<div style='background:url(javascript:1)'>x</div>",
            "<p onclick=alert(1)>x</p>",
            "<base href=//evil>",
            "<meta http-equiv=refresh content=0>",
            "<link rel=stylesheet href=//evil>",
            "<img src='data:image/svg+xml,x'>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<textarea><script>alert(1)</script>",
            "<template><script>alert(1)</script></template>",
            "<!--<img src='--><img src=x onerror=alert(1)>'>",
            "<img src=\"mailto:x\">",
            "<video><source onerror=alert(1)></video>",
            "<details open ontoggle=alert(1)>",
            "<a href=\"//evil.example\">x</a>",
            "<xmp><script>alert(1)</script></xmp>",
            "<table background=javascript:1>",
        ] {
            let out = cleaned(payload).to_ascii_lowercase();
            for bad in [
                "<script",
                "<svg",
                "<math",
                "<iframe",
                "<style",
                "<form",
                "<object",
                "<embed",
                "javascript:alert",
                "<img src=\"data",
                "<base",
                "<meta",
                "<link",
                "style=",
                "<noscript",
                "<textarea",
                "<template",
            ] {
                let escaped = out.contains("&lt;");
                assert!(escaped || !out.contains(bad), "{payload} -> {out}");
            }
            for attribute in [" onerror=", " onload=", " onclick=", " ontoggle="] {
                assert!(
                    !out.split('<').skip(1).any(|tag| tag.split('>').next().unwrap_or("").contains(attribute)),
                    "{payload} -> {out}"
                );
            }
        }
    }

    #[test]
    fn script_and_style_vanish_with_their_text() {
        assert_eq!(cleaned("<p>a<script>b</script><style>c</style></p>"), "<p>a</p>");
    }

    #[test]
    fn links_are_kept_from_telling_and_ranking() {
        assert_eq!(
            cleaned("<a href=\"https://example.com/\" target=_blank onclick=x>t</a>"),
            "<a href=\"https://example.com/\" rel=\"noopener noreferrer nofollow\">t</a>"
        );
        assert!(!cleaned("<a href=\"/relative\">t</a>").contains("href"));
    }

    #[test]
    fn ids_are_prefixed_once() {
        let once = cleaned("<div id=\"location\">x</div>");
        assert_eq!(once, "<div id=\"content-location\">x</div>");
        assert_eq!(cleaned(&once), once);
    }

    #[test]
    fn bare_urls_become_links_but_not_in_a_code_or_pre() {
        let out = cleaned("<p>see https://example.com/a?b=1&amp;c=2, ok</p>");
        assert!(out.contains("<a href=\"https://example.com/a?b=1&amp;c=2\" rel="), "{out}");
        for untouched in ["<code>https://example.com</code>", "<pre>https://example.com</pre>"] {
            assert_eq!(cleaned(untouched), untouched);
        }
        assert_eq!(cleaned("<a href=\"https://example.com\">https://example.com</a>").matches("<a ").count(), 1);
    }

    #[test]
    fn a_changed_text_is_told_with_its_cleaning() {
        assert!(recheck("<p>fine</p>").is_ok());
        let Err(Changed(cleaned)) = recheck("<p onclick=x>fine</p>") else { panic!("must differ") };
        assert_eq!(cleaned.as_str(), "<p>fine</p>");
    }

    #[test]
    fn a_long_flat_text_keeps_its_tags() {
        let html = format!("{}{}", "line<br>".repeat(5000), "<p>para".repeat(5000));
        assert_eq!(cleaned(&html).matches("<br>").count(), 5000);
        assert_eq!(cleaned(&html).matches("<p>").count(), 5000);
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack_or_the_clock() {
        for html in [
            "<".repeat(200_000),
            "<div>".repeat(100_000),
            format!("{}x{}", "<b><div>".repeat(10_000), "</div></b>".repeat(10_000)),
        ] {
            let start = std::time::Instant::now();
            assert!(recheck(clean(&html).as_str()).is_ok());
            assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(html in "(<(p|a|div|b|table|tr|td|pre|code|script|svg|math|style)( (href|id|class|src|onclick)=\"?[a-z:/#.&;]{0,12}\"?)?>|</(p|a|div|b|table|pre|code|svg)>|https://[a-z.]{1,8}/[a-z&;<>\"']{0,4}|[a-z &;<>\"'!-]{0,6}){0,24}") {
            let once = clean(&html);
            prop_assert!(recheck(once.as_str()).is_ok(), "{} -> {}", html, once.as_str());
        }
    }
}
