//! HTML that is safe to publish, at a bounded cost. `policy` says what may be shown, `bounds` what reading may cost.
//! Invariant: cleaning is idempotent, so a second pass that changes something shows that the rules have changed.

mod admitted;
mod anchors;
mod bounds;
mod policy;
mod read;
mod removed;
mod tree;
mod write;

use serde::Serialize;

use crate::clean::{admitted::Admits, anchors::Ids};
pub use crate::clean::{
    admitted::Admitted,
    bounds::{MAX_HTML_BYTES, TooMuch},
    removed::{Removal, What},
};

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

/// Why stored text cannot go out as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Today's rules would change it; here is what they make of it, and what they took out.
    Changed { html: CleanHtml, removed: Vec<Removal> },
    /// Today's rules would not read it.
    TooMuch(TooMuch),
}

/// A text of which only what may be shown is left.
#[derive(Clone, Debug)]
pub struct Cleaned {
    pub html: CleanHtml,
    /// Pictures that were left out because nobody had placed them.
    pub pictures_left_out: usize,
    /// What was taken out, in its order.
    pub removed: Vec<Removal>,
}

/// Cleans `html` and turns bare URLs into links.
///
/// # Errors
/// `TooMuch`, naming the bound that it passes.
pub fn clean(html: &str) -> Result<CleanHtml, TooMuch> {
    told(html).map(|cleaned| cleaned.html)
}

/// As `clean`, and says what was taken out.
///
/// # Errors
/// As `clean`.
pub fn told(html: &str) -> Result<Cleaned, TooMuch> {
    settled(html, Admits::Anything, Ids::Given)
}

/// Cleans `html`, takes the links to anything but `admitted` out, whose words stay, and all other pictures.
///
/// # Errors
/// As `clean`.
pub fn confine(html: &str, admitted: &Admitted) -> Result<Cleaned, TooMuch> {
    settled(html, Admits::Only(admitted), Ids::Given)
}

/// Cleans what is stored again.
///
/// # Errors
/// `Stale` when it cannot go out as it is.
pub fn recheck(stored: &str) -> Result<CleanHtml, Stale> {
    match settled(stored, Admits::Anything, Ids::Kept) {
        Ok(Cleaned { html, .. }) if html.0 == stored => Ok(html),
        Ok(Cleaned { html, removed, .. }) => Err(Stale::Changed { html, removed }),
        Err(bound) => Err(Stale::TooMuch(bound)),
    }
}

/// Misnested formatting can take the parser another look. What a third look still changes never settles.
const LOOKS: usize = 4;

/// Read and written until another reading, the one that publishing does, changes nothing.
fn settled(html: &str, admits: Admits<'_>, ids: Ids) -> Result<Cleaned, TooMuch> {
    let read = read::read(html, admits)?;
    let pictures_left_out = read.pictures_left_out;
    let mut removed = read.removed;
    let lost = anchors::place(&read.tree, ids);
    for fragment in lost.links {
        removed.add(What::Link, &fragment);
    }
    // What is written now may have an element that the parser opens twice; what is stored was written by Galley.
    for _ in 0..if ids == Ids::Kept { lost.ids } else { 0 } {
        removed.add(What::Attribute, "id");
    }
    let removed = removed.into_vec();
    let mut text = write::write(&read.tree, admits);
    for _ in 0..LOOKS {
        if text.len() > MAX_HTML_BYTES {
            return Err(TooMuch::Bytes);
        }
        let again = once_more(&text, Admits::Anything)?;
        if again == text {
            return Ok(Cleaned { html: CleanHtml(text), pictures_left_out, removed });
        }
        text = match admits {
            Admits::Anything => again,
            Admits::Only(_) => once_more(&text, admits)?,
        };
    }
    Err(TooMuch::Unsettled)
}

fn once_more(text: &str, admits: Admits<'_>) -> Result<String, TooMuch> {
    let read = read::read(text, admits)?;
    anchors::place(&read.tree, Ids::Kept);
    Ok(write::write(&read.tree, admits))
}

#[cfg(test)]
mod tests {
    use galley_testkit::{
        bodies::{DISLIKED, Sent},
        clock,
    };
    use html5ever::tokenizer::{BufferQueue, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
    use proptest::prelude::*;

    use super::{super::markdown, *};

    fn cleaned(html: &str) -> String {
        clean(html).unwrap().into_string()
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of payloads")]
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
        let Err(Stale::Changed { html, .. }) = recheck("<p onclick=x>fine</p>") else { panic!("must differ") };
        assert_eq!(html.as_str(), "<p>fine</p>");
    }

    #[test]
    fn what_todays_rules_take_out_of_a_stored_text_is_told() {
        let stored = "<h2 id=\"content-a\">A</h2><p id=\"content-a\">x <img alt=\"Chart\"> <a href=\"/x\">y</a></p>";
        let Err(Stale::Changed { removed, .. }) = recheck(stored) else { panic!("must differ") };
        let told: Vec<_> = removed.iter().map(|one| (one.what, one.name.as_str(), one.count)).collect();
        for one in [(What::Picture, "Chart", 1), (What::Link, "/x", 1), (What::Attribute, "id", 1)] {
            assert!(told.contains(&one), "{one:?}: {told:?}");
        }
        assert_eq!(told.len(), 3);
    }

    #[test]
    fn a_picture_that_never_had_an_address_is_told_too() {
        let read = told("<p>See <img alt=Chart> and <img> and <img src=a.png alt=b>.</p>").unwrap();
        assert!(!read.html.as_str().contains("<img"));
        let names: Vec<_> = read.removed.iter().map(|one| (one.what, one.name.as_str())).collect();
        assert_eq!(names, [(What::Picture, "Chart"), (What::Picture, "img"), (What::Picture, "a.png")]);
    }

    #[test]
    fn a_long_flat_text_keeps_its_tags() {
        let html = format!("{}{}", "line<br>".repeat(5000), "<p>para".repeat(5000));
        assert_eq!(cleaned(&html).matches("<br>").count(), 5000);
        assert_eq!(cleaned(&html).matches("<p>").count(), 5000);
    }

    /// What a reading looked at, at a quarter of the length and at the whole.
    fn steps(make: impl Fn(usize) -> String) -> (u64, u64) {
        let taken =
            |bytes| read::read(&make(bytes), Admits::Anything).map_or(0, |read| read.tree.spent().steps_taken());
        (taken(64 * 1024), taken(256 * 1024))
    }

    #[test]
    fn no_body_makes_the_parser_look_more_often_than_its_length_allows() {
        for disliked in DISLIKED.iter().filter(|disliked| disliked.sent == Sent::Html) {
            let (quarter, whole) = steps(|bytes| disliked.of(bytes));
            assert!(whole <= bounds::MAX_STEPS, "{}: {whole}", disliked.name);
            // Four times as much for four times as long; what is refused has taken none.
            assert!(whole <= 5 * quarter + 50_000, "{}: {quarter}, {whole}", disliked.name);
        }
    }

    #[test]
    fn no_body_costs_seconds_or_outgrows_its_bound() {
        for disliked in DISLIKED {
            let body = disliked.of(256 * 1024);
            let start = clock::on_processor();
            let read = match disliked.sent {
                Sent::Html | Sent::Excerpt => clean(&body),
                Sent::Markdown => markdown::to_html(&body),
            };
            // Without optimization: the bench holds the real bound.
            let took = clock::on_processor().saturating_sub(start);
            assert!(took.as_secs() < 5, "{}: {took:?}", disliked.name);
            if let Ok(html) = read {
                assert!(html.as_str().len() <= MAX_HTML_BYTES, "{}", disliked.name);
                assert!(recheck(html.as_str()).is_ok(), "{}", disliked.name);
            }
        }
    }

    #[test]
    fn a_text_that_costs_far_more_than_it_is_long_is_refused_by_the_bound_that_it_passes() {
        let distinct =
            |count: usize| (0..count).map(|nth| format!("<code class=language-{nth}>")).collect::<Vec<_>>().concat();
        let wide = (0..65).map(|nth| format!(" a{nth}")).collect::<Vec<_>>().concat();
        for (html, bound) in [
            ("<div>".repeat(200), TooMuch::Depth),
            (distinct(200), TooMuch::Depth),
            (format!("<p>{}{}", distinct(100), "<p>x".repeat(4000)), TooMuch::Bytes),
            ("<p>x".repeat(40_000), TooMuch::Bytes),
            (format!("{}{}", "<span>".repeat(1000), "</x>".repeat(62_000)), TooMuch::Depth),
            ("&".repeat(255_000), TooMuch::Bytes),
            ("<br>x".repeat(35_000), TooMuch::Nodes),
            (format!("<p{wide}>"), TooMuch::Attributes),
            (format!("<p>a</p{wide}>"), TooMuch::Attributes),
            (format!("<p <!-- {}", "x".repeat(40_000)), TooMuch::Tag),
            (format!("<p title='<!--{}", "x".repeat(40_000)), TooMuch::Tag),
            (format!("<!doctype {}", "x".repeat(40_000)), TooMuch::Tag),
            (format!("<p title='{}'>", "x".repeat(40_000)), TooMuch::Tag),
        ] {
            assert_eq!(clean(&html), Err(bound), "{:?}", html.get(..60));
            assert_eq!(recheck(&html), Err(Stale::TooMuch(bound)));
        }
    }

    #[test]
    fn what_people_write_is_read_however_it_is_closed() {
        for html in [
            "<p>One <b>two</b> <a href=\"https://example.com/\">three</a></p>".repeat(1200),
            format!("<em>{}</em>", "<p>In one stress.</p>".repeat(5000)),
            format!("<p><strong>Never closed.{}", "<p>A paragraph of some words.</p>".repeat(2000)),
            format!("<pre><code class=\"language-rust\">{}</code></pre>", "<span class=\"k\">fn</span> ".repeat(6000)),
            format!("<ul>{}</ul>", "<li><a href=\"https://example.com/a/long/path\">x".repeat(100)),
            format!("<table>{}</table>", "<tr><td>a<td>b".repeat(5000)),
            format!("<div>{}{}</div>", "<table><tr><td>".repeat(20), "x</table>".repeat(20)),
            "<".repeat(40_000),
            "a < b and ".repeat(10_000),
            format!("<!--{}--><p>Pasted.</p>", "<w:LsdException Locked=\"false\" Name=\"List\"/>".repeat(6000)),
        ] {
            assert!(clean(&html).is_ok(), "{:?}: {:?}", html.get(..60), clean(&html));
        }
    }

    #[test]
    fn a_comment_is_dropped_however_long_it_is() {
        let word = "<w:LsdException Locked=\"false\" Name=\"List\"/>\n".repeat(5000);
        for (start, end) in [("<!--", "-->"), ("<!--", "--!>"), ("<!--[if gte mso 9]><xml>", "</xml><![endif]-->")] {
            let html = format!("<p>One.</p>{start}{word}{end}<p>Two.</p>{start}{word}{end}");
            assert_eq!(cleaned(&html), "<p>One.</p><p>Two.</p>");
        }
        let long = "x ".repeat(50_000);
        assert_eq!(cleaned(&format!("<p>One.</p><?{long}><p>Two.</p><!{long}>")), "<p>One.</p><p>Two.</p>");
        assert_eq!(cleaned(&format!("<p>One.</p><!--{long}")), "<p>One.</p>");
    }

    #[test]
    fn what_is_written_apart_does_not_run_together() {
        for (html, out) in [
            ("<dl><dt>HTTP</dt><dd>Protocol</dd></dl>", "<dl><dt>HTTP</dt><dd>Protocol</dd></dl>"),
            ("<details open><summary>More</summary>Hidden text</details>", "<div><div>More</div>Hidden text</div>"),
            ("<fieldset><legend>One</legend>Two</fieldset>", "<div><div>One</div>Two</div>"),
            ("<select><option>One<option>Two</select>", "<div>One<div>Two</div></div>"),
            ("<title>One</title>Two", " One Two"),
            (
                "<table><caption>One</caption><tr><td>Two</table>",
                "<table><caption>One</caption><tbody><tr><td>Two</td></tr></tbody></table>",
            ),
        ] {
            assert_eq!(cleaned(html), out, "{html}");
        }
    }

    #[test]
    fn what_a_sign_says_is_not_lost_with_it() {
        for kept in [
            "10<sup>6</sup> cells, H<sub>2</sub>O",
            "<del>$99</del> <ins>$49</ins> <s>no</s>",
            "<kbd>Ctrl</kbd> <mark>here</mark> <q>said</q>",
            "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
            "<figure><img src=\"https://a.example/\" alt=\"\"><figcaption>What it shows</figcaption></figure>",
            "<p>a</p><hr><p>b</p>",
        ] {
            assert_eq!(cleaned(kept), kept);
        }
        for (html, out) in [
            ("<b>a</b> <i>b</i> <strike>c</strike>", "<strong>a</strong> <em>b</em> <s>c</s>"),
            ("<cite>a</cite> <samp>b</samp>", "<em>a</em> <code>b</code>"),
            (
                "<ul><li><input type=checkbox disabled checked> a<li><input type=CheckBox> b</ul><input value=c>",
                "<ul><li>☑  a</li><li>☐  b</li></ul>",
            ),
        ] {
            assert_eq!(cleaned(html), out, "{html}");
        }
    }

    #[test]
    fn numbers_of_lists_spans_and_directions_keep_their_bounds() {
        for kept in [
            "<ol start=\"3\" type=\"a\"><li value=\"7\">x</li></ol>",
            "<p dir=\"rtl\" lang=\"ar-EG\">x</p>",
            "<table><tbody><tr><td colspan=\"30\" rowspan=\"100\" align=\"right\">x</td></tr></tbody></table>",
        ] {
            assert_eq!(cleaned(kept), kept);
        }
        for (html, out) in [
            ("<ol start=1000000 type=z reversed><li value=x>x</ol>", "<ol><li>x</li></ol>"),
            ("<ol start=' +3 '><li value=-02>x</ol>", "<ol start=\"3\"><li value=\"-2\">x</li></ol>"),
            ("<p dir=RTL lang='x y' align=right>x</p>", "<p dir=\"rtl\">x</p>"),
            (
                "<table><tr><td colspan=31 rowspan=0 style='color:red; Text-Align : CENTER' align=left>x</table>",
                "<table><tbody><tr><td align=\"center\">x</td></tr></tbody></table>",
            ),
            (
                "<table><tr><td style='text-align:url(x)' scope=row>x</table>",
                "<table><tbody><tr><td>x</td></tr></tbody></table>",
            ),
        ] {
            assert_eq!(cleaned(html), out, "{html}");
        }
    }

    #[test]
    fn a_heading_has_an_id_of_its_words_that_no_page_has_and_no_other_heading() {
        for (html, out) in [
            ("<h2>Set up</h2>", "<h2 id=\"content-set-up\">Set up</h2>"),
            ("<h2>Über <em>uns</em></h2>", "<h2 id=\"content-uber-uns\">Über <em>uns</em></h2>"),
            ("<h2>设置</h2>", "<h2 id=\"content-she-zhi\">设置</h2>"),
            ("<h2>!</h2>", "<h2 id=\"content-section\">!</h2>"),
            ("<h2> </h2>", "<h2> </h2>"),
            (
                "<h2>a</h2><h2>a</h2><h2>a-1</h2>",
                "<h2 id=\"content-a\">a</h2><h2 id=\"content-a-1\">a</h2><h2 id=\"content-a-1-1\">a-1</h2>",
            ),
            ("<div id=\"a\">x</div><h2>a</h2>", "<div id=\"content-a\">x</div><h2 id=\"content-a-1\">a</h2>"),
            ("<h2 id=\"location\">a</h2>", "<h2 id=\"content-location\">a</h2>"),
            ("<h2 id=\"a\">b</h2><h2 id=\"a\">c</h2>", "<h2 id=\"content-a\">b</h2><h2 id=\"content-c\">c</h2>"),
        ] {
            assert_eq!(cleaned(html), out, "{html}");
            assert_eq!(cleaned(out), out, "{html}");
        }
    }

    #[test]
    fn a_text_that_was_stored_before_headings_had_ids_may_go_out_as_it_is() {
        assert!(recheck("<h2>Set up</h2><p>Text.</p>").is_ok());
    }

    #[test]
    fn a_link_within_the_text_leads_to_its_heading_or_nowhere_and_says_so() {
        let text = |href: &str| format!("<h2>Set up</h2><h2>Über uns</h2><a id=\"Own\"></a><a href=\"{href}\">x</a>");
        for (href, id) in [
            ("#set-up", "set-up"),
            ("#Set-Up", "set-up"),
            ("#content-set-up", "set-up"),
            ("#über-uns", "uber-uns"),
            ("#%C3%BCber-uns", "uber-uns"),
            ("#Own", "Own"),
        ] {
            let out = cleaned(&text(href));
            assert!(out.contains(&format!("href=\"#content-{id}\"")), "{href} -> {out}");
            assert!(recheck(&out).is_ok(), "{out}");
        }
        for href in ["#nowhere", "#", "#location", "#%ff"] {
            let told = told(&text(href)).unwrap();
            assert!(!told.html.as_str().contains("href"), "{href} -> {}", told.html.as_str());
            assert_eq!(told.removed.len(), 1, "{href}: {:?}", told.removed);
            assert_eq!((told.removed[0].what, told.removed[0].name.as_str()), (What::Link, href));
        }
    }

    #[test]
    fn what_is_taken_out_is_told_with_its_count_and_its_place() {
        let html = "<p onclick=x style=\"color:red\">a</p><script>b</script><h2>Part <b>two</b></h2><p onclick=y>c</p>\
            <iframe src=x></iframe><h2>Three</h2><iframe></iframe><img src=\"data:x\"><a href=/y>d</a>";
        let of = |what, name: &str, count, place: &str| Removal {
            what,
            name: name.to_owned(),
            count,
            place: place.to_owned(),
        };
        assert_eq!(
            told(html).unwrap().removed,
            [
                of(What::Attribute, "onclick", 2, ""),
                of(What::Attribute, "style", 1, ""),
                of(What::Element, "script", 1, ""),
                of(What::Element, "iframe", 2, "Part two"),
                of(What::Picture, "data:x", 1, "Three"),
                of(What::Link, "/y", 1, "Three"),
            ]
        );
        assert_eq!(told("<h2>a</h2><p>b <b>c</b></p>").unwrap().removed, []);
        let picture = (0..30).map(|nth| format!("<x{nth}>")).collect::<Vec<_>>().concat() + "<img src=/chart.png>";
        assert!(told(&picture).unwrap().removed.iter().any(|one| one.what == What::Picture), "others do not hide it");
        let many = (0..100).map(|nth| format!("<x{nth}>")).collect::<Vec<_>>().concat();
        let removed = told(&many).unwrap().removed;
        assert_eq!((removed.len(), removed[19].what, removed[19].count), (20, What::More, 81));
        assert_eq!(
            serde_json::to_value(&removed[0]).unwrap(),
            serde_json::json!({"what": "element", "name": "x0", "count": 1, "where": ""})
        );
    }

    #[test]
    fn a_bare_address_ends_before_the_punctuation_of_chinese_and_japanese() {
        let link = |url: &str| format!("<a href=\"{url}\" rel=\"noopener noreferrer nofollow\">{url}</a>");
        let text = "请看 https://example.com/docs（说明）。再看https://example.com/guide，详见 https://example.com。然后“https://example.com/q”";
        let out = format!(
            "请看 {}（说明）。再看{}，详见 {}。然后“{}”",
            link("https://example.com/docs"),
            link("https://example.com/guide"),
            link("https://example.com"),
            link("https://example.com/q"),
        );
        assert_eq!(cleaned(text), out);
        assert_eq!(
            cleaned("https://en.wikipedia.org/wiki/A_(b),"),
            format!("{},", link("https://en.wikipedia.org/wiki/A_(b)"))
        );
    }

    #[test]
    fn comments_scripts_and_foreign_elements_leave_no_mark() {
        for (html, out) in [
            ("<p>a<!-- </p> -->b</p>", "<p>ab</p>"),
            ("<p>a<svg><title><p>x</p></title></svg>b</p>", "<p>a &lt;p&gt;x&lt;/p&gt; b</p>"),
            ("<p>a<math><mi>x</mi></math>b</p>", "<p>axb</p>"),
            ("a<template><p>x</p></template>", "a<p>x</p>"),
            ("a<![CDATA[<p>x]]>b", "ax]]&gt;b"),
            ("a\0b", "ab"),
            ("<section>One.</section><section>Two.</section>", "<div>One.</div><div>Two.</div>"),
            ("<p>a<hr>b</p>", "<p>a</p><hr>b<p></p>"),
            ("<script>x</scrip></script>a<style>b", "a"),
        ] {
            assert_eq!(cleaned(html), out, "{html}");
        }
    }

    #[test]
    fn an_address_is_linked_only_where_it_has_a_host_that_can_be() {
        for text in [
            "http://bar.com:xkcd",
            "http://foo.com:99999/",
            "http://",
            "https://?a",
            "ftp://a.example/",
            "xhttp://a.example/",
            "www.a.example",
        ] {
            assert_eq!(cleaned(&format!("<p>{text}</p>")), format!("<p>{text}</p>"));
        }
        for text in ["HTTP://EXAMPLE.COM/a", "hTTps://example.com", "http://example.com:8080/a"] {
            let link = format!("<a href=\"{text}\" rel=\"noopener noreferrer nofollow\">{text}</a>");
            assert_eq!(cleaned(&format!("see {text}, ok")), format!("see {link}, ok"));
        }
    }

    #[test]
    fn a_link_or_picture_that_is_not_absolute_leads_nowhere() {
        for address in ["http:evil", "https:/evil.example", "https:\\\\evil.example", "//evil.example", "http://a:b:c"]
        {
            let out = cleaned(&format!("<a href=\"{address}\">a</a><img src=\"{address}\" alt=\"b\">"));
            assert!(!out.contains("href") && !out.contains("src"), "{address} -> {out}");
        }
        assert!(cleaned("<a href=\" HTTPS://a.example/ \">a</a>").contains("href=\"HTTPS://a.example/\""));
    }

    #[test]
    fn a_class_of_the_page_around_cannot_be_taken() {
        for (html, out) in [
            ("<div class=\"fixed inset-0 z-50\">x</div>", "<div>x</div>"),
            ("<span class=\"hidden\">words</span>", "<span>words</span>"),
            ("<div class=\"content-note hidden\">x</div>", "<div class=\"content-note\">x</div>"),
            ("<code class=\"language-rust hidden\">x</code>", "<code class=\"language-rust\">x</code>"),
            ("<code class=\"content-note\">x</code>", "<code>x</code>"),
            ("<code class=\"language-c++ language-\">x</code>", "<code class=\"language-c++\">x</code>"),
            ("<p class=\"content-note\">x</p>", "<p>x</p>"),
        ] {
            assert_eq!(cleaned(html), out);
        }
    }

    #[test]
    fn a_picture_has_bounds_and_its_words_hide_nothing() {
        for size in ["0", "10001", "99999999999999999999", "-1", "1e3", "50%", ""] {
            assert!(
                !cleaned(&format!("<img src=\"https://a.example/\" width=\"{size}\">")).contains("width"),
                "{size}"
            );
        }
        assert_eq!(
            cleaned("<img src=\"https://a.example/\" alt=\"a\u{202e}b\u{200f}\" width=\"10000\">"),
            "<img src=\"https://a.example/\" alt=\"ab\u{200f}\" width=\"10000\">"
        );
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

    const TAGS: &str = "p br hr strong em u s del ins sup sub kbd mark q ruby rt rp h1 h2 h3 h4 h5 h6 ul ol li dl dt dd \
        blockquote figure figcaption code pre a img table caption thead tbody tfoot tr th td div span";

    /// Whether the allow-list of the design, written down a second time, knows this tag as it is.
    fn is_allowed(tag: &str, attributes: &[(String, String)]) -> bool {
        let known = TAGS.split_whitespace().any(|known| known == tag);
        known
            && attributes.iter().all(|(name, value)| match (tag, name.as_str()) {
                ("a", "href") if value.starts_with("#content-") => true,
                ("a", "href") => {
                    let lower = value.to_ascii_lowercase();
                    ["http://", "https://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme))
                }
                ("a", "rel") => value == "noopener noreferrer nofollow",
                ("img", "src") => value.to_ascii_lowercase().starts_with("http"),
                ("img", "width" | "height") => value.parse().is_ok_and(|pixels: u32| (1..=10_000).contains(&pixels)),
                ("a" | "img", "title") | ("img", "alt") => true,
                ("code", "class") => value.split(' ').all(|class| class.starts_with("language-")),
                ("div" | "span", "class") => value.split(' ').all(|class| class.starts_with("content-")),
                ("div" | "span" | "li" | "a" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", "id") => {
                    value.starts_with(policy::OWN_PREFIX)
                }
                ("ol", "start") | ("li", "value") => value.parse().is_ok_and(|n: i32| n.abs() < 1_000_000),
                ("ol", "type") => ["1", "a", "A", "i", "I"].contains(&value.as_str()),
                ("td" | "th", "colspan") => value.parse().is_ok_and(|n: u32| (1..=30).contains(&n)),
                ("td" | "th", "rowspan") => value.parse().is_ok_and(|n: u32| (1..=100).contains(&n)),
                ("td" | "th", "align") => ["left", "center", "right"].contains(&value.as_str()),
                ("th", "scope") => ["col", "row", "colgroup", "rowgroup"].contains(&value.as_str()),
                (_, "dir") => ["ltr", "rtl", "auto"].contains(&value.as_str()),
                (_, "lang") => value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
                _ => false,
            })
    }

    fn within(url: &str) -> Option<std::borrow::Cow<'_, str>> {
        url.starts_with("#content-").then(|| url.into())
    }

    static ANOTHER: std::sync::LazyLock<ammonia::Builder<'static>> = std::sync::LazyLock::new(|| {
        let attributes = [
            ("a", "href title id"),
            ("img", "src alt title width height"),
            ("code", "class"),
            ("div", "class id"),
            ("span", "class id"),
            ("ol", "start type"),
            ("li", "value id"),
            ("h1", "id"),
            ("h2", "id"),
            ("h3", "id"),
            ("h4", "id"),
            ("h5", "id"),
            ("h6", "id"),
            ("td", "colspan rowspan align"),
            ("th", "colspan rowspan align scope"),
        ];
        let mut builder = ammonia::Builder::empty();
        builder
            .tags(TAGS.split_whitespace().collect())
            .generic_attributes(["dir", "lang"].into())
            .tag_attributes(attributes.into_iter().map(|(tag, names)| (tag, names.split(' ').collect())).collect())
            .url_schemes(["http", "https", "mailto"].into())
            .url_relative(ammonia::UrlRelative::Custom(Box::new(within)))
            .link_rel(Some(policy::REL));
        builder
    });

    /// As long as `html` is once every character that stands for itself is written as one that does.
    fn escaped_len(html: &str) -> usize {
        html.chars().map(|c| if "&<>\"\u{a0}".contains(c) { 6 } else { c.len_utf8() }).sum()
    }

    const PIECES: &str = concat!(
        "(<(p|a|div|b|u|i|s|del|sup|q|ruby|rt|h2|h3|dl|dt|dd|hr|figure|figcaption|caption|option|input|table|tfoot|tr|td|pre|code|",
        "li|ul|ol|img|br|script|svg|math|style|template|select|form|x-y)",
        "( (href|id|class|src|title|width|onclick|style|align|start|colspan|dir|lang)=[\"']?#?[a-z0-9:/#.&;-]{0,12}[\"']?){0,3}/?>",
        "|</(p|a|div|b|u|s|del|q|ruby|h2|h3|dl|dt|dd|figure|caption|table|pre|code|svg|style|li|math)>|<!--|-->|<!\\[CDATA\\[|https://[a-z.]{1,8}/[a-z&;<>\"']{0,4}",
        "|javascript:|&(lt|gt|amp|quot|nbsp|#x3c);?|\\PC{0,4}|[a-z &;<>\"'!=`-]{0,6}){0,32}"
    );

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Wherever the reader has to take it up.
        #[test]
        fn a_long_comment_ends_where_it_ends(start in "<!--|<!|<\\?|<p|<p a='", skip in 0_usize..32, piece in "[-!<>x]{2,9}|<!--|--!>") {
            let html = format!("{start}{}{}<h2>in</h2>--><h2>out</h2>", "y".repeat(36_000 + skip), piece.repeat(3000));
            if let Ok(out) = clean(&html) {
                let found = ANOTHER.clean(&html).to_string().matches("<h2").count();
                prop_assert_eq!(out.as_str().matches("<h2").count(), found, "{}", out.as_str());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn cleaning_twice_is_cleaning_once(html in PIECES) {
            let once = clean(&html);
            prop_assert!(once.is_ok(), "{} is not read: {:?}", html, once);
            let once = once.unwrap();
            prop_assert!(recheck(once.as_str()).is_ok(), "{} -> {}", html, once.as_str());
        }

        /// A sanitizer that is not ours, with the same lists, finds nothing to do.
        #[test]
        fn another_sanitizer_leaves_it_as_it_is(html in PIECES) {
            let out = cleaned(&html);
            prop_assert_eq!(ANOTHER.clean(&out).to_string(), out);
        }

        #[test]
        fn what_a_model_may_not_link_is_in_no_reading(html in PIECES) {
            let admitted = Admitted::default();
            let confined = confine(&html, &admitted).unwrap();
            prop_assert!(recheck(confined.html.as_str()).is_ok(), "{html} -> {}", confined.html.as_str());
            let leads = |(tag, attributes): &FoundTag| {
                tag == "img" || attributes.iter().any(|(name, value)| name == "href" && !value.starts_with("#content-"))
            };
            prop_assert!(!tags(confined.html.as_str()).iter().any(leads), "{html} -> {}", confined.html.as_str());
        }

        #[test]
        fn only_the_allow_list_comes_out(html in PIECES) {
            let out = cleaned(&html);
            for (tag, attributes) in tags(&out) {
                prop_assert!(is_allowed(&tag, &attributes), "{html} -> {out}");
            }
        }

        #[test]
        fn nothing_grows_beyond_twice_its_escaped_self_and_its_links(html in PIECES) {
            let out = cleaned(&html);
            // A link is written twice, with what surrounds it; a cell gets its row and its table's body.
            let link = out.matches(" id=").count() * 80 + out.matches("<a ").count() * 80 + out.matches("<td").count() * 30 + 64;
            prop_assert!(out.len() <= 2 * escaped_len(&html) + link, "{html} -> {out}");
        }
    }
}
