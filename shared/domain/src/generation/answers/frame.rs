//! What an article may stand in, as programs hand texts to one another: a string of JSON, or behind the fields of a front matter.

use std::borrow::Cow;

use crate::content::removed::{Place, Removed, What};

/// The text of an answer that is one string of JSON.
pub(super) fn unquoted(answer: &str) -> Cow<'_, str> {
    let is_string = answer.trim_start().starts_with('"');
    let text = is_string.then(|| serde_json::from_str::<String>(answer).ok()).flatten();
    text.map_or(Cow::Borrowed(answer), Cow::Owned)
}

/// The text with its line ends, where they are all written out.
pub(super) fn with_line_ends(text: &str) -> Cow<'_, str> {
    let is_written_out = !text.contains('\n') && text.matches("\\n\\n").count() > 1;
    if is_written_out { Cow::Owned(text.replace("\\n", "\n").replace("\\\"", "\"")) } else { Cow::Borrowed(text) }
}

/// The text behind its front matter, with the title that it names.
pub(super) fn without_matter<'a>(text: &'a str, removed: &mut Vec<Removed>) -> Cow<'a, str> {
    let Some((matter, rest)) = matter(text) else { return Cow::Borrowed(text) };
    removed.push(Removed::quoted(What::Fence, Place::Before, matter));
    let field = |line: &str| {
        let (name, value) = line.split_once([':', '='])?;
        (name.trim().eq_ignore_ascii_case("title")).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    };
    let has_own = rest.trim_start().starts_with("# ");
    match matter.lines().find_map(field).filter(|title| !has_own && !title.is_empty()) {
        Some(title) => Cow::Owned(format!("# {title}\n\n{}", rest.trim_start())),
        None => Cow::Borrowed(rest),
    }
}

/// Fields of YAML or TOML between two lines of marks, and what follows. A text between two rules has sentences there.
fn matter(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let mark = ["---", "+++"].into_iter().find(|mark| text.lines().next().map(str::trim_end) == Some(mark))?;
    let body = text.split_once('\n')?.1;
    let mut length = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end() == mark {
            let fields = body.get(..length)?;
            let is_matter = fields.lines().any(is_field) && fields.lines().all(is_part);
            return is_matter.then_some((fields, body.get(length + line.len()..)?));
        }
        length += line.len();
    }
    None
}

/// `name: value`, `name = value`.
fn is_field(line: &str) -> bool {
    let (name, _) = line.split_once([':', '=']).unwrap_or_default();
    let name = name.trim();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn is_part(line: &str) -> bool {
    is_field(line) || line.trim().is_empty() || line.starts_with([' ', '\t', '-', '#', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_matter_is_no_part_of_the_text_and_names_its_title() {
        for (text, expected) in [
            ("---\ntitle: \"Bread\"\ntags:\n  - salt\n---\n\nIt takes time.", "# Bread\n\nIt takes time."),
            ("+++\ntitle = 'Bread'\n+++\nIt takes time.", "# Bread\n\nIt takes time."),
            ("---\ntitle: Bread\n---\n# Loaves\n\nIt takes time.", "# Loaves\n\nIt takes time."),
            ("---\ndate: 2026-01-01\n---\nIt takes time.", "It takes time."),
        ] {
            let mut removed = Vec::new();
            assert_eq!(without_matter(text, &mut removed), expected);
            assert_eq!(removed.len(), 1, "{text}");
        }
        for text in [
            "---\nA line that is text: it says so.\nAnd more\n---\nEnd.",
            "---\n\nBetween.\n\n---\nEnd.",
            "---\ntitle: x",
            "a: b",
        ] {
            let mut removed = Vec::new();
            assert_eq!(without_matter(text, &mut removed), text);
            assert!(removed.is_empty());
        }
    }

    #[test]
    fn a_text_within_a_string_has_its_line_ends() {
        assert_eq!(unquoted("\"# A\\n\\nB \\\"c\\\".\""), "# A\n\nB \"c\".");
        assert_eq!(unquoted("\"Bread\" is a word."), "\"Bread\" is a word.");
        assert_eq!(with_line_ends("# A\\n\\nB.\\n\\nC."), "# A\n\nB.\n\nC.");
        let about = "A line ends with \\n here.\n\nAnd \\n\\n there, \\n\\n too.";
        assert_eq!(with_line_ends(about), about);
    }
}
