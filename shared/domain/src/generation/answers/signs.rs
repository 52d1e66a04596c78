//! Characters that show nothing.

/// `text` with a sign for each character that shows nothing, and how many there are. Lines end as Unix ends them.
pub(super) fn seen(text: &str) -> (String, usize) {
    let mut replaced = 0;
    let seen = |c: char| match c {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\n' | '\t' => c,
        c if c.is_control() => {
            replaced += 1;
            char::REPLACEMENT_CHARACTER
        }
        c => c,
    };
    let text = text.replace("\r\n", "\n").chars().map(seen).collect();
    (text, replaced)
}
