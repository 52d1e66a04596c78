//! Personal data that must not spread: what is masked wherever Galley speaks of its work, in logs, the audit and the ledger.
//! The content itself is kept as it is.

pub mod jobs;

use std::{borrow::Cow, fmt, ops::Range, sync::LazyLock};

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

/// Text without personal data. There is no other way to make one, not even by reading it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Masked(String);

impl Masked {
    pub fn of(text: &str) -> Self {
        Self(mask(text).into_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Masked {
    fn from(text: String) -> Self {
        Self::of(&text)
    }
}

impl From<Masked> for String {
    fn from(text: Masked) -> String {
        text.0
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A kind of personal data: what it looks like, and what must be true of it besides.
struct Kind {
    shown_as: &'static str,
    looks: Regex,
    is_one: fn(&str) -> bool,
}

const MAIL: &str = "[email]";
/// No number that is masked has fewer digits: the United Kingdom's has six.
const FEWEST_DIGITS: usize = 6;

/// In this order: a card is no phone number, and an id with a checksum is neither.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let kind = |shown_as, looks, is_one| Some(Kind { shown_as, looks: Regex::new(looks).ok()?, is_one });
    [
        kind(MAIL, r"[A-Za-z0-9._%+'-]{1,64}(@|%40)[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}", |_| true),
        kind("[card]", r"[2-6](?:[ -]?\d){12,18}", is_card),
        // The United States', Brazil's, the United Kingdom's, Italy's, Spain's, France's.
        kind("[id]", r"\d{3}-\d{2}-\d{4}", is_social_security_number),
        kind("[id]", r"\d{3}\.\d{3}\.\d{3}-\d{2}", |_| true),
        kind("[id]", r"[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-Za-z] ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]", |_| true),
        kind("[id]", r"[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z]", |_| true),
        kind("[id]", r"[XYZxyz0-9]\d{7}-?[A-Za-z]", is_dni),
        kind("[id]", r"[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}", is_nir),
        kind("[phone]", r"\+\d[\d ()./-]{6,18}\d", |text| (8..=15).contains(&digits(text).count())),
        kind("[phone]", r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}", |_| true),
        kind("[phone]", r"\(?0\d{1,4}\)?[ /-]\d[\d -]{4,10}\d", |text| (8..=13).contains(&digits(text).count())),
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// `text` with a word in place of each e-mail address, phone number, card number and national id that can be told from
/// other numbers.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    // Looking for all of them is the dearest thing that a request could do; most texts can have none.
    let mail = text.contains('@') || text.contains("%40");
    let numbers = text.bytes().filter(u8::is_ascii_digit).count() >= FEWEST_DIGITS;
    let possible = |kind: &&Kind| if kind.shown_as == MAIL { mail } else { numbers };
    if !mail && !numbers {
        return masked;
    }
    for kind in KINDS.iter().filter(possible) {
        // Most lines have nothing of most kinds: they are not copied.
        if let Cow::Owned(changed) = masked_of(kind, &masked) {
            masked = Cow::Owned(changed);
        }
    }
    masked
}

fn masked_of<'a>(kind: &Kind, text: &'a str) -> Cow<'a, str> {
    let (mut out, mut done) = (String::new(), 0);
    for found in kind.looks.find_iter(text) {
        if stands_alone(text, &found.range()) && (kind.is_one)(found.as_str()) {
            out.push_str(text.get(done..found.start()).unwrap_or_default());
            out.push_str(kind.shown_as);
            done = found.end();
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Not a part of a longer word or number: of a time, an id of ours, a version.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|text| text.chars().next_back());
    let mut after = text.get(range.end..).unwrap_or_default().chars();
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let next = after.next();
    let goes_on = next.is_some_and(joins) || (matches!(next, Some('-' | '.' | ':')) && after.next().is_some_and(joins));
    !goes_on && !before.is_some_and(|c| joins(c) || c == '-' || c == '.')
}

fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// Of an issuer's range, and right by Luhn's formula.
fn is_card(text: &str) -> bool {
    let sum: u32 = digits(text)
        .rev()
        .enumerate()
        .map(|(nth, digit)| match (nth % 2, digit * 2) {
            (0, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    (13..=19).contains(&digits(text).count()) && sum.is_multiple_of(10)
}

fn is_social_security_number(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = || parts.next().unwrap_or_default();
    let (area, group, serial) = (next(), next(), next());
    area != "000" && area != "666" && !area.starts_with('9') && group != "00" && serial != "0000"
}

fn is_dni(text: &str) -> bool {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let text = text.replace('-', "").to_ascii_uppercase();
    let (number, letter) = text.split_at(text.len().saturating_sub(1));
    // A foreigner's first letter stands for a digit.
    let number = number.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1);
    let wanted = number.parse::<usize>().ok().and_then(|number| LETTERS.get(number % LETTERS.len()));
    wanted.is_some_and(|wanted| letter.as_bytes() == [*wanted])
}

fn is_nir(text: &str) -> bool {
    let number = digits(text).fold(0_u64, |number, digit| number * 10 + u64::from(digit));
    digits(text).count() == 15 && 97 - number / 100 % 97 == number % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_masked() {
        for (text, shown) in [
            ("write to ana.b+x@mail.example.com now", "write to [email] now"),
            ("{\"email\":\"Ana@Example.org\"}", "{\"email\":\"[email]\"}"),
            ("/tasks?by=ana%40example.org", "/tasks?by=[email]"),
            ("card 4111 1111 1111 1111.", "card [card]."),
            ("5500-0000-0000-0004, 378282246310005", "[card], [card]"),
            ("ssn 123-45-6789", "ssn [id]"),
            ("nino AB 12 34 56 C", "nino [id]"),
            ("dni 12345678Z, nie X1234567L", "dni [id], nie [id]"),
            ("codice RSSMRA85T10A562S", "codice [id]"),
            ("cpf 123.456.789-09", "cpf [id]"),
            ("nir 1 85 05 78 006 084 91", "nir [id]"),
            ("call +49 (30) 901820 or tel:+14155552671", "call [phone] or tel:[phone]"),
            ("call (415) 555-2671, 415-555-2671", "call [phone], [phone]"),
            ("ruf 030/901820-14 an", "ruf [phone] an"),
        ] {
            assert_eq!(mask(text), shown);
            assert_eq!(mask(shown), shown, "masking twice is masking once");
        }
    }

    #[test]
    fn what_is_not_is_left() {
        for text in [
            "2026-11-21T08:14:52.210501Z",
            "\"at\":\"2026-11-20T12:00:00+00:00\"",
            "task_01a1fd2c2926724a87483bc9d00dd93d took 1234567890123 ns",
            "01a1fd2c-2929-72f4-a821-f977f8b6ece4",
            "0af7651916cd43dd8448eb211c80319c",
            "Root=1-01a1fd2c-292a744eb2766db46b65a08f;Sampled=0",
            "galley 1.95.0, 192.0.2.10, port 8787, 4111111111111112",
            "arn:aws:sqs:us-east-1:123456789012:WorkQueue",
            "{\"cost\":\"0.000300\",\"tokens\":1234567}",
            "@example and a@b",
            "12345678A",
        ] {
            assert!(matches!(mask(text), Cow::Borrowed(_)), "{text} -> {}", mask(text));
        }
    }

    #[test]
    fn what_was_kept_before_it_was_masked_is_masked_when_read() {
        let read: Masked = serde_json::from_str("\"ask ana@example.org\"").unwrap();
        assert_eq!(read.as_str(), "ask [email]");
    }

    #[test]
    fn every_kind_compiles() {
        assert_eq!(KINDS.len(), 11);
    }
}
