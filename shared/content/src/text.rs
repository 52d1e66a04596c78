//! Plain text out of HTML, and what is measured on it.

use galley_api::printable;

use crate::{clean::CleanHtml, cut, words};

/// Elements that end a line.
const BLOCKS: [&str; 23] = [
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "blockquote",
    "pre",
    "tr",
    "div",
    "table",
    "caption",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "figure",
    "figcaption",
];

/// What says nothing where a text is only named: its beginning goes on behind them.
const BESIDE: [&str; 8] = ["h1", "h2", "h3", "h4", "h5", "h6", "pre", "figcaption"];

/// The words of `html`, a line for each block.
pub fn plain_text(html: &CleanHtml) -> String {
    plain_part(html.as_str())
}

/// The words of `html` without its headings, code and captions, for an excerpt; all of them where it has no others.
pub fn prose(html: &CleanHtml) -> String {
    let prose = without(html.as_str(), &BESIDE);
    if printable::shows(&prose) { prose } else { plain_text(html) }
}

/// The words of a part of cleaned HTML.
pub(super) fn plain_part(html: &str) -> String {
    without(html, &[])
}

/// The words of a part of cleaned HTML, but those in elements named in `left_out`.
fn without(html: &str, left_out: &[&str]) -> String {
    let mut out = String::with_capacity(html.len());
    // Where an element began that is left out.
    let mut left = None;
    let mut rest = html;
    // Where what is raised or lowered began.
    let mut raised = None;
    while let Some(at) = rest.find('<') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let from = rest.get(at..).unwrap_or_default();
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let is_end = from.starts_with("</");
        let name = from.trim_start_matches(['<', '/']);
        let name =
            name.get(..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())).unwrap_or_default();
        if left_out.contains(&name) {
            match left.take() {
                Some(began) if is_end => out.truncate(began),
                began => left = began.or((!is_end).then_some(out.len())),
            }
        }
        match name {
            block if BLOCKS.contains(&block) && !out.ends_with('\n') => out.push('\n'),
            "td" | "th" => out.push(' '),
            "q" => out.push('"'),
            "rt" if !is_end && !out.ends_with('(') => out.push(' '),
            "sup" | "sub" if !is_end => raised = Some((out.len(), name)),
            "sup" | "sub" => {
                if let Some((began, by)) = raised.take()
                    && let Some(shown) = out.get(began..).and_then(|text| moved(text, by))
                {
                    out.truncate(began);
                    out.push_str(&shown);
                }
            }
            _ => {}
        }
        rest = from.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    decoded(&out).trim().to_owned()
}

/// `text` in characters that are raised or lowered themselves, if there is one for each: 10 to the power of 6 is not 106.
fn moved(text: &str, by: &str) -> Option<String> {
    const PLAIN: &str = "0123456789+-=()";
    let to = if by == "sup" {
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾"
    } else {
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"
    };
    text.chars().map(|c| PLAIN.chars().position(|plain| plain == c).and_then(|at| to.chars().nth(at))).collect()
}

/// The entities that a serializer of HTML writes.
pub(super) fn decoded(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// How long a text is, as its readers count (`words`).
pub fn word_count(plain: &str) -> usize {
    words::count(plain)
}

/// The minutes that a text of `words` takes to be read, at the 238 words a minute that adults read silently (Brysbaert, "How many
/// words do we read per minute?", Journal of Memory and Language 109, 2019).
pub fn reading_minutes(words: u32) -> u32 {
    const PER_MINUTE: u32 = 238;
    words.div_ceil(PER_MINUTE).max(1)
}

/// The beginning of `plain`, cut at a word, on one line.
pub fn excerpt(plain: &str, max_chars: usize) -> String {
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = printable::stripped(&line);
    if line.chars().count() <= max_chars {
        return line;
    }
    let room = cut::beginning(&line, max_chars.saturating_sub(1));
    // A character that is a word of its own is cut behind; of a script without blanks there is no other place.
    let end = match (line.get(room.len()..), room.chars().last()) {
        (Some(rest), Some(last)) if rest.starts_with(words::stands_alone) || words::stands_alone(last) => room.len(),
        _ => room.rfind(' ').filter(|at| *at > room.len() / 2).unwrap_or(room.len()),
    };
    let cut = room.get(..end).unwrap_or(room);
    format!("{}…", cut.trim_end_matches([' ', ',', ';', ':', '，', '、', '；', '：', '،', '؛']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::clean;

    #[test]
    fn blocks_stand_on_lines_of_their_own() {
        let html = clean("<h1>A &amp; B</h1><p>one <em>two</em></p><ul><li>x</li><li>y</li></ul>").unwrap();
        assert_eq!(plain_text(&html).split_whitespace().collect::<Vec<_>>(), ["A", "&", "B", "one", "two", "x", "y"]);
        assert!(plain_text(&html).contains("A & B\n"));
    }

    #[test]
    fn an_excerpt_begins_with_prose() {
        for (html, prose) in [
            (
                "<h2>Why</h2><p>A cache <em>keeps</em> copies.</p><h3>How</h3><p>It asks.</p>",
                "A cache keeps copies. It asks.",
            ),
            ("<pre><code>let a = 1;</code></pre><figure><figcaption>A cache</figcaption></figure><p>One.</p>", "One."),
            ("<h2>A line<br>and another</h2><ul><li>One</li></ul>", "One"),
            ("<h2>Nothing else</h2>", "Nothing else"),
            ("<pre><code>let a = 1;</code></pre>", "let a = 1;"),
        ] {
            assert_eq!(excerpt(&super::prose(&clean(html).unwrap()), 100), prose, "{html}");
        }
    }

    #[test]
    fn a_power_is_no_other_number_and_a_term_no_part_of_its_meaning() {
        for (html, plain) in [
            ("10<sup>6</sup> cells, H<sub>2</sub>O, x<sup>-2</sup>", "10⁶ cells, H₂O, x⁻²"),
            ("the 19<sup>th</sup>", "the 19th"),
            ("<p>a</p><hr><p>b</p>", "a\nb"),
            ("<dl><dt>HTTP</dt><dd>Protocol</dd></dl>", "HTTP\nProtocol"),
            ("She said <q>no</q>.", "She said \"no\"."),
        ] {
            let lines: Vec<_> =
                plain_text(&clean(html).unwrap()).lines().filter(|l| !l.is_empty()).map(str::to_owned).collect();
            assert_eq!(lines.join("\n"), plain);
        }
    }

    #[test]
    fn an_escaped_tag_is_text() {
        assert_eq!(plain_text(&clean("<p>&lt;script&gt;</p>").unwrap()), "<script>");
    }

    #[test]
    fn an_excerpt_hides_and_turns_nothing() {
        let html = clean("<p>Pay \u{202e}0001\u{202c} now \u{e0041}&#x202e;&#8203;.</p>").unwrap();
        assert_eq!(excerpt(&plain_text(&html), 100), "Pay 0001 now .");
    }

    #[test]
    fn a_cut_leaves_no_part_of_a_flag_a_family_or_a_letter() {
        for cluster in ["🇩🇪", "👨‍👩‍👧‍👦", "e\u{301}", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"]
        {
            for max in 2..24 {
                let cut = excerpt(&cluster.repeat(40), max);
                assert_eq!(cut.trim_end_matches('…').replace(cluster, ""), "", "{cluster} {max}: {cut}");
                assert!(cut.chars().count() <= max, "{cut}");
            }
        }
    }

    #[test]
    fn an_excerpt_is_cut_at_a_word() {
        assert_eq!(excerpt("one two three four", 12), "one two…");
        assert_eq!(excerpt("short", 12), "short");
        assert!(excerpt(&"x".repeat(500), 300).chars().count() <= 300);
    }
}
