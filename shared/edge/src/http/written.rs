//! Values with only one accepted spelling.

use std::{fmt::Display, str::FromStr};

/// Parses `text` only in its canonical form: `4`, but not `+4` or `04`, which parsers accept too. With one
/// spelling for each value, comparing texts and comparing values give the same result.
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
