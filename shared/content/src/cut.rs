//! Where a text may be cut.

use unicode_segmentation::UnicodeSegmentation;

/// At most `max_chars` of `text`, cut where a reader sees a character end.
pub(crate) fn beginning(text: &str, max_chars: usize) -> &str {
    let (mut end, mut chars) = (0, 0);
    for cluster in text.graphemes(true) {
        chars += cluster.chars().count();
        if chars > max_chars {
            break;
        }
        end += cluster.len();
    }
    text.get(..end).unwrap_or_default()
}
