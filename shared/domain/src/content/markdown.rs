//! Markdown as models and people write it. The HTML it becomes, raw HTML in it included, is cleaned like any other.

use pulldown_cmark::{Options, Parser, html};

use super::clean::{CleanHtml, clean};

pub fn to_html(markdown: &str) -> CleanHtml {
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut out, Parser::new_ext(markdown, Options::ENABLE_TABLES));
    clean(&out)
}

/// `text` as Markdown that shows exactly it: every character that could mean something is escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_cleaned() {
        assert_eq!(to_html("a <script>b</script> c").as_str().trim(), "<p>a  c</p>");
        assert!(!to_html("[x](javascript:alert(1))").as_str().contains("javascript"));
    }

    #[test]
    fn structure_survives() {
        let html = to_html("# T\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n");
        for tag in ["<h1>", "<ul>", "<table>", "<td>"] {
            assert!(html.as_str().contains(tag), "{}", html.as_str());
        }
    }

    #[test]
    fn escaped_text_has_no_structure() {
        for text in ["<script>", "](javascript:x)", "# head", "`code`", "**bold**", "[a]: b", "| x |"] {
            let html = to_html(&format!("before {}", escaped(text)));
            assert_eq!(html.as_str().matches('<').count(), 2, "{}", html.as_str());
        }
    }
}
