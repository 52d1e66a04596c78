//! Rules of fields, in the words that a client reads.

use jiff::Timestamp;
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleBroken(pub &'static str);

/// A field with hidden characters: its name and the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    pub field: String,
    pub rule: RuleBroken,
}

/// Parses a date and time in RFC 3339. The parser's own message is replaced by the rule.
///
/// # Errors
/// When the text is not RFC 3339.
pub fn moment<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let rule = || serde::de::Error::custom("must be a date and a time such as 2026-11-20T12:00:00Z");
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().ok().filter(|_| is_of_a_day(&text)).ok_or_else(rule)).transpose()
}

/// The parser takes an offset of more hours than a day has.
fn is_of_a_day(moment: &str) -> bool {
    let time = moment.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
    let offset = time.rsplit_once(['+', '-']).and_then(|(_, offset)| offset.get(..2)?.parse::<u8>().ok());
    offset.is_none_or(|hours| hours < 24)
}

/// A line of text of a bounded length, as a type.
macro_rules! text_field {
    ($(#[$doc:meta])* $name:ident, $min:literal ..= $max:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub const MIN_CHARS: usize = $min;
            pub const MAX_CHARS: usize = $max;
            const RULE: $crate::rule::RuleBroken = $crate::rule::RuleBroken($rule);

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The broken rule, if the text has hidden characters or too few visible ones.
            pub fn hides(&self) -> Option<$crate::rule::RuleBroken> {
                let is_seen = $crate::printable::is_printable(&self.0) && $crate::printable::seen_chars(&self.0) >= $min;
                (!is_seen).then_some(Self::RULE)
            }
        }

        /// Does not check for hidden characters, because stored values may be older than that rule: see `TaskRequest::hides`.
        impl TryFrom<String> for $name {
            type Error = $crate::rule::RuleBroken;
            fn try_from(text: String) -> Result<Self, $crate::rule::RuleBroken> {
                let text = text.trim();
                if ($min..=$max).contains(&text.chars().count()) && !text.contains(char::is_control) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Self::RULE)
                }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        $crate::schema::scalar!($name, $crate::schema::text().min_length(Some($min)).max_length(Some($max)));
    };
}

/// A whole number within bounds, as a type. It is read from any whole number, so that one far beyond the bounds is told the same rule.
#[macro_export]
macro_rules! bounded_number {
    ($(#[$doc:meta])* $name:ident $(as $shown:literal)?: $kind:ty, $min:literal ..= $max:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name($kind);

        impl $name {
            pub const MIN: $kind = $min;
            pub const MAX: $kind = $max;
            pub const RULE: $crate::rule::RuleBroken = $crate::rule::RuleBroken($rule);
        }

        impl TryFrom<i64> for $name {
            type Error = $crate::rule::RuleBroken;
            fn try_from(number: i64) -> Result<Self, $crate::rule::RuleBroken> {
                let number = <$kind>::try_from(number).map_err(|_| Self::RULE)?;
                if (Self::MIN..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(Self::RULE) }
            }
        }

        impl From<$name> for i64 {
            fn from(number: $name) -> i64 {
                // It was read from one.
                number.0.try_into().unwrap_or(i64::MAX)
            }
        }

        impl From<$name> for $kind {
            fn from(number: $name) -> $kind {
                number.0
            }
        }

        $crate::schema::scalar!($name $(as $shown)?, $crate::schema::whole().minimum(Some($min)).maximum(Some($max)));
    };
}
pub use crate::bounded_number;

/// Text of a bounded length in which lines may end, as a type.
macro_rules! prose {
    ($(#[$doc:meta])* $name:ident, $min:literal ..= $max:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::rule::RuleBroken;
            fn try_from(text: String) -> Result<Self, $crate::rule::RuleBroken> {
                let text = text.trim();
                let fits = text.chars().count() <= $max && $crate::printable::seen_chars(text) >= $min;
                if fits && $crate::printable::is_prose(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::rule::RuleBroken($rule))
                }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        $crate::schema::scalar!($name, $crate::schema::text().min_length(Some($min)).max_length(Some($max)));
    };
}

/// One of a few words, as a type. The document has it under its name, or another.
#[macro_export]
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variants:tt)+ } $(default $default:ident)?) => {
        $crate::choice!($(#[$doc])* $name as stringify!($name), { $($variants)+ } $(default $default)?);
    };
    (
        $(#[$doc:meta])* $name:ident as $shown:expr,
        { $($(#[$means:meta])* $variant:ident => $text:literal),+ $(,)? } $(default $default:ident)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$means])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.name() == name)
            }
        }

        $(impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        })?

        $crate::schema::scalar!($name as $shown, $crate::schema::one_of(Self::ALL.iter().map(|choice| choice.name())));
    };
}

pub use crate::choice;
pub(crate) use {prose, text_field};

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Timestamp> {
        let text = serde_json::Value::from(text);
        moment(text).ok().flatten()
    }

    #[test]
    fn an_offset_is_less_than_a_day() {
        assert_eq!(read("2026-11-20T12:00:00+23:59"), read("2026-11-19T12:01:00Z"));
        for wrong in
            ["2026-11-20T12:00:00+24:00", "2026-11-20T12:00:00-25:00", "2026-11-20T12:00:00+25", "2026-11-20", ""]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read("2026-11-20T12:00:00-00:00"), read("2026-11-20T12:00:00Z"));
        for whole in ["2026-11-28T12:00:00Z", "2026-12-31 23:59:59.5z", "2026-11-30T12:00:00+02:00"] {
            assert!(read(whole).is_some(), "{whole}");
        }
    }
}
