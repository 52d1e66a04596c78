//! Values that are written in one way alone.

use std::{fmt::Display, str::FromStr};

/// Reads what stands as it would be written: `4`, but not `+4` or `04`, which parsers take too. What means the same is
/// written in one way, or whoever compares text is told another thing than whoever compares values.
pub fn as_written<T: FromStr + Display>(text: &str) -> Option<T> {
    text.parse().ok().filter(|value: &T| value.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_a_sign_or_zeros_before_it_is_none() {
        for text in ["", "+4", "-0", "04", " 4", "4 ", "4.0", "0x4", "\u{664}", "4294967296"] {
            assert_eq!(as_written::<u32>(text), None, "{text}");
        }
        assert_eq!(as_written::<u32>("4"), Some(4));
    }
}
