//! HTML that is safe to publish. The allow-list is the whole policy: what is not named here does not survive.
//! Invariant: cleaning is idempotent, so a second pass that changes something shows that the rules have changed.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use linkify::{LinkFinder, LinkKind};
use serde::Serialize;

use super::bombs::is_bomb;

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

/// Cleans `html` and turns bare URLs into links. A text that costs too much, or never settles, is shown as the text that
/// it is.
pub fn clean(html: &str) -> CleanHtml {
    let as_it_is = if is_bomb(html) { None } else { settled(html) };
    as_it_is.or_else(|| settled(&ammonia::clean_text(html))).unwrap_or_else(|| CleanHtml(String::new()))
}

/// Cleaned until another pass changes nothing. Adopting misnested formatting can take the parser a second look; the third
/// never sees anything new in practice.
fn settled(html: &str) -> Option<CleanHtml> {
    let mut text = CLEANER.clean(&linkified(&CLEANER.clean(html).to_string())).to_string();
    for _ in 0..3 {
        let again = CLEANER.clean(&linkified(&text)).to_string();
        if again == text {
            return (!is_bomb(&text)).then_some(CleanHtml(text));
        }
        text = again;
    }
    None
}

/// Cleans what is stored again.
///
/// # Errors
/// `Changed` when that made a difference.
pub fn recheck(stored: &str) -> Result<CleanHtml, Changed> {
    let cleaned = clean(stored);
    if cleaned.0 == stored { Ok(cleaned) } else { Err(Changed(cleaned)) }
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
    use html5ever::tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
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

    /// Of about `bytes`, in the shapes that parsers dislike.
    fn disliked(bytes: usize) -> Vec<String> {
        let fill = |unit: &str| unit.repeat(bytes / unit.len());
        let distinct = (0..900).map(|nth| format!("<u id={nth}>")).collect::<Vec<_>>().concat();
        vec![
            fill("<"),
            fill("<div>"),
            fill("<div></x>"),
            fill("<b><div>"),
            fill("<table>"),
            fill("<table><td>"),
            fill("<a href=x>"),
            fill("<a href=x></div>"),
            fill("<p>x</p>"),
            fill("<code class=x><p>"),
            fill("<svg><style>"),
            fill("<!--"),
            fill("</p>"),
            fill("<li><b>"),
            fill("https://example.com/ "),
            format!("<a title=\"{}", fill("<b>")),
            format!("<div {}>", fill("a=1 ")),
            format!("<p>{distinct}{}", fill("</p><p>x")),
            format!("<p>{distinct}{}", fill("<p>x")),
            format!("{}x{}", "<i><div>".repeat(bytes / 32), "</div></i>".repeat(bytes / 32)),
        ]
    }

    #[test]
    fn a_mebibyte_of_tags_takes_four_times_as_long_as_a_quarter() {
        for (quarter, whole) in disliked(256 * 1024).iter().zip(disliked(1024 * 1024)) {
            let time = |html: &str| {
                let start = std::time::Instant::now();
                clean(html);
                start.elapsed().as_secs_f64()
            };
            let (mut short, mut long) = (time(quarter), time(&whole));
            // Quadratic would be 16 times; what is over at once has no ratio to speak of, and the machine may be busy.
            for _ in 0..3 {
                if long < 0.2 || long < 8.0 * short {
                    break;
                }
                (short, long) = (short.max(time(quarter)), long.min(time(&whole)));
            }
            assert!(long < 0.2 || long < 8.0 * short, "{:?}: {short} s, {long} s", whole.get(..40));
        }
    }

    /// A tag's name with its attributes.
    type FoundTag = (String, Vec<(String, String)>);

    /// What a tokenizer finds.
    #[derive(Default)]
    struct Tags(std::cell::RefCell<Vec<FoundTag>>);

    impl TokenSink for Tags {
        type Handle = ();
        fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
            if let Token::TagToken(tag) = token {
                let attribute = |one: &html5ever::Attribute| (one.name.local.to_string(), one.value.to_string());
                self.0.borrow_mut().push((tag.name.to_string(), tag.attrs.iter().map(attribute).collect()));
            }
            TokenSinkResult::Continue
        }
    }

    fn tags(html: &str) -> Vec<FoundTag> {
        let input = BufferQueue::default();
        input.push_back(html.into());
        let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
        drop(tokenizer.feed(&input));
        tokenizer.end();
        tokenizer.sink.0.into_inner()
    }

    /// Whether the allow-list of the design, written down a second time, knows this tag as it is.
    fn is_allowed(tag: &str, attributes: &[(String, String)]) -> bool {
        const TAGS: &str =
            "p br strong em u h1 h2 h3 h4 h5 h6 ul ol li blockquote code pre a img table thead tbody tr th td div span";
        let known = TAGS.split(' ').any(|known| known == tag);
        known
            && attributes.iter().all(|(name, value)| match (tag, name.as_str()) {
                ("a", "href") => {
                    ["http:", "https:", "mailto:"].iter().any(|scheme| value.to_ascii_lowercase().starts_with(scheme))
                }
                ("a", "rel") => value == "noopener noreferrer nofollow",
                ("img", "src") => value.to_ascii_lowercase().starts_with("http"),
                ("img", "width" | "height") => value.bytes().all(|byte| byte.is_ascii_digit()),
                ("a" | "img", "title") | ("img", "alt") | ("code" | "div" | "span", "class") => true,
                ("div" | "span", "id") => value.starts_with(ID_PREFIX),
                _ => false,
            })
    }

    /// As long as `html` is once every character that stands for itself is written as one that does.
    fn escaped_len(html: &str) -> usize {
        html.chars().map(|c| if "&<>\"\u{a0}".contains(c) { 6 } else { c.len_utf8() }).sum()
    }

    const PIECES: &str = concat!(
        "(<(p|a|div|b|u|i|table|tr|td|pre|code|li|ul|img|br|script|svg|math|style|template|select|form|x-y)",
        "( (href|id|class|src|title|width|onclick|style)=[\"']?[a-z0-9:/#.&;]{0,12}[\"']?){0,3}/?>",
        "|</(p|a|div|b|u|table|pre|code|svg|style|li|math)>|<!--|-->|<!\\[CDATA\\[|https://[a-z.]{1,8}/[a-z&;<>\"']{0,4}",
        "|javascript:|&(lt|gt|amp|quot|nbsp|#x3c);?|\\PC{0,4}|[a-z &;<>\"'!=`-]{0,6}){0,32}"
    );

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn cleaning_twice_is_cleaning_once(html in PIECES) {
            let once = clean(&html);
            prop_assert!(recheck(once.as_str()).is_ok(), "{} -> {}", html, once.as_str());
        }

        #[test]
        fn only_the_allow_list_comes_out(html in PIECES) {
            let out = cleaned(&html);
            for (tag, attributes) in tags(&out) {
                prop_assert!(is_allowed(&tag, &attributes), "{html} -> {out}");
            }
        }

        /// What opens once and is then paid for by every piece that follows.
        #[test]
        fn no_repetition_makes_a_bomb(start in PIECES, more in PIECES) {
            let html = format!("{start}{}", more.repeat(200));
            let out = cleaned(&html);
            let link = out.matches("<a ").count() * 80 + out.matches("<td").count() * 30;
            prop_assert!(out.len() <= 2 * escaped_len(&html) + link + 64 * 1024, "{html} -> {}", out.len());
        }

        #[test]
        fn nothing_grows_beyond_twice_its_escaped_self_and_its_links(html in PIECES) {
            let out = cleaned(&html);
            // A link is written twice, with what surrounds it; a cell gets its row and its table's body.
            let link = out.matches("<a ").count() * 80 + out.matches("<td").count() * 30 + 64;
            prop_assert!(out.len() <= 2 * escaped_len(&html) + link, "{html} -> {out}");
        }
    }
}
