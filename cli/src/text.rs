//! An article's cleaned HTML as text for a terminal. What is shown is no HTML again; a reader only has to follow it.

/// Headings with `#`, items with `-`, paragraphs apart.
pub(crate) fn of_html(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        push(&mut out, before);
        let Some(end) = tag.find('>') else { break };
        let (inside, after) = tag.split_at(end);
        mark(&mut out, inside.trim_start_matches('<'));
        rest = after.trim_start_matches('>');
    }
    if !rest.contains('<') {
        push(&mut out, rest);
    }
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    let mut told = String::new();
    for (at, line) in lines.iter().enumerate() {
        let double = line.is_empty() && (at == 0 || lines.get(at - 1).is_some_and(|before| before.is_empty()));
        if !double {
            told.push_str(line);
            told.push('\n');
        }
    }
    told.trim().to_owned()
}

fn push(out: &mut String, text: &str) {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    out.push_str(&text.replace("&nbsp;", " ").replace("&amp;", "&"));
}

fn mark(out: &mut String, tag: &str) {
    let name = tag.split([' ', '/']).next().unwrap_or_default();
    match name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let depth = name.trim_start_matches('h').parse().unwrap_or(1);
            out.push_str(&format!("\n\n{} ", "#".repeat(depth)));
        }
        "li" => out.push_str("\n- "),
        "br" | "tr" => out.push('\n'),
        "p" | "ul" | "ol" | "pre" | "blockquote" | "table" => out.push_str("\n\n"),
        "" if tag.starts_with("/h") || tag == "/p" => out.push_str("\n\n"),
        "td" | "th" => out.push_str("  "),
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_reads_as_text() {
        let html =
            "<h2 id=\"a\">Why &amp; how</h2><p>One <em>two</em>.<br>Three &lt;b&gt;</p><ul><li>a</li><li>b</li></ul>";
        assert_eq!(of_html(html), "## Why & how\n\nOne two.\nThree <b>\n\n- a\n- b");
        for odd in ["<", "<p", "a < b", "", "<>"] {
            of_html(odd);
        }
        assert_eq!(of_html("&amp;lt;"), "&lt;", "once");
    }
}
