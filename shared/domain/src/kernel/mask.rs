//! Personal data and secrets that must not spread: what is masked wherever Galley speaks of its work, in logs, the audit and
//! the ledger. The content itself is kept as it is.

use std::{borrow::Cow, fmt, ops::Range, sync::LazyLock};

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

/// Text without personal data and secrets. There is no other way to make one, not even by reading it back.
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

galley_api::schema::scalar!(Masked, galley_api::schema::text());

impl fmt::Display for Masked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A kind of what is masked: what it looks like, and what must be true of it and of what stands around it.
struct Kind {
    shown_as: &'static str,
    looks: Regex,
    is_one: fn(&str) -> bool,
    stands: fn(&str, &Range<usize>) -> bool,
}

const SECRET: &str = "[secret]";
const MAIL: &str = "[email]";
/// What each secret that can be told from other text has in it.
const MARKS: [&str; 22] = [
    "galley_",
    "eyJ",
    "~",
    "whsec_",
    "sk-",
    "sk_",
    "rk_",
    "hf_",
    "gsk_",
    "gho_",
    "ghp_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "AIza",
    "AKIA",
    "ASIA",
    "earer",
    "asic",
];
/// How often text may have been encoded for a URL.
const MOST_DECODINGS: usize = 4;
/// No number that is masked has fewer digits: the United Kingdom's has six.
const FEWEST_DIGITS: usize = 6;

/// In this order: a card is no phone number, and an id with a checksum is neither.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let kind =
        |shown_as, looks, is_one| Some(Kind { shown_as, looks: Regex::new(looks).ok()?, is_one, stands: stands_alone });
    let secret =
        |looks, is_one| Some(Kind { shown_as: SECRET, looks: Regex::new(looks).ok()?, is_one, stands: begins });
    [
        // Our keys and tickets; tokens (JWS, JWE); refresh tokens; what providers and platforms hand out; what headers carry.
        secret(r"galley_(?:ticket_)?[0-9A-Fa-f]{16,}", |_| true),
        secret(r"eyJ[A-Za-z0-9_-]{12,}(?:\.[A-Za-z0-9_-]+){0,4}\.?", |_| true),
        secret(r"[0-9a-f]{64}\.[A-Za-z0-9_~-]{16,}", |_| true),
        secret(
            r"(?:whsec_|sk-|sk_live_|sk_test_|rk_live_|hf_|gsk_|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|AIza)[A-Za-z0-9+/=_-]{16,}",
            has_digit,
        ),
        secret(r"(?:AKIA|ASIA)[0-9A-Z]{16}", |_| true),
        secret(r"(?:[Bb]earer|[Bb]asic)[ +]+[A-Za-z0-9._~+/=-]{20,}", has_digit),
        // Letters of any script: addresses and hosts have them too (RFC 6531, RFC 5890).
        mail(),
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

fn mail() -> Option<Kind> {
    let looks = concat!(
        r"[A-Za-z0-9\x{80}-\x{10FFFF}._%+'-]{1,64}[@\x{FF20}]",
        r"(?:[A-Za-z0-9\x{80}-\x{10FFFF}-]{1,63}[.\x{3002}]){1,8}",
        r"[A-Za-z\x{80}-\x{10FFFF}][A-Za-z0-9\x{80}-\x{10FFFF}-]{1,62}"
    );
    Some(Kind { shown_as: MAIL, looks: Regex::new(looks).ok()?, is_one: |_| true, stands: |_, _| true })
}

/// `text` with a word in place of each key or token, e-mail address, phone number, card number and national id that can be
/// told from other text. What was encoded for a URL, however often, is looked at as it was before.
pub fn mask(text: &str) -> Cow<'_, str> {
    let masked = mask_plain(text);
    let mut plain = masked.clone();
    for _ in 0..MOST_DECODINGS {
        let Some(decoded) = decoded(&plain) else { return masked };
        if let Cow::Owned(masked) = mask_plain(&decoded) {
            return Cow::Owned(mask(&masked).into_owned());
        }
        plain = Cow::Owned(decoded);
    }
    masked
}

/// `text` without one layer of percent encoding, if it has one.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let (mut rest, mut changed) = (text.as_bytes(), false);
    while let Some((first, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, hex(0), hex(1)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            rest = after.get(2..).unwrap_or_default();
            changed = true;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    changed.then(|| String::from_utf8_lossy(&out).into_owned())
}

fn mask_plain(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    // Looking for all of them is the dearest thing that a request could do; most texts can have none.
    let secrets = MARKS.iter().any(|mark| text.contains(mark));
    let mail = text.contains(['@', '\u{FF20}']);
    let numbers = text.bytes().filter(u8::is_ascii_digit).count() >= FEWEST_DIGITS;
    let possible = |kind: &&Kind| match kind.shown_as {
        SECRET => secrets,
        MAIL => mail,
        _ => numbers,
    };
    if !secrets && !mail && !numbers {
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
        if (kind.stands)(text, &found.range()) && (kind.is_one)(found.as_str()) {
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

/// Not the end of a word: `task-…` has `sk-` in it.
fn begins(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).and_then(|text| text.chars().next_back());
    !before.is_some_and(|c| c.is_ascii_alphanumeric())
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
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
    fn a_secret_is_masked_whatever_stands_around_it_and_however_it_is_encoded() {
        let key = format!("galley_{}", "0".repeat(64));
        let token = format!("{}.{}.{}", "eyJhbGciOiJub25lIn0", "eyJzdWIiOiJhbmEifQ", "c2lnbmF0dXJl");
        let ticket = format!("galley_ticket_{}", "0".repeat(64));
        let refresh = format!("{}.{}~{}", "a".repeat(64), "b".repeat(43), "c".repeat(22));
        let provider = format!("sk-{}1", "test".repeat(6));
        let webhook = format!("whsec_{}1", "test".repeat(6));
        for secret in [&key, &ticket, &token, &refresh, &provider, &webhook] {
            for text in [
                format!("/{secret}"),
                format!("/x/{secret}/y"),
                format!("key={secret}&x=1"),
                format!("Bearer {secret}"),
                format!("\"{secret}\"."),
                format!("/{}", secret.replace('.', "%2E").replace('_', "%5F").replace('-', "%2d")),
                format!("/{}", secret.replace('.', "%252E").replace('_', "%255F").replace('-', "%25252d")),
            ] {
                let masked = mask(&text);
                assert!(masked.contains(SECRET), "{text} -> {masked}");
                assert!(!masked.contains(secret.get(8..24).unwrap()), "{text} -> {masked}");
                assert_eq!(mask(&masked), masked, "masking twice is masking once");
            }
        }
        assert_eq!(mask(&format!("bearer {}1", "x".repeat(20))), SECRET);
    }

    #[test]
    fn an_address_is_masked_in_every_script_and_however_it_is_encoded() {
        for text in [
            "/jürgen@münchen.example/",
            "/a%C3%A9@ex%C3%A4mple.org",
            "/ana%40example.org",
            "/ana%2540example.org",
            "/ana%25252540example%2525252Eorg",
            "/ana@xn--mnchen-3ya.xn--p1ai",
            "почта@пример.рф",
            "用户@例子.广告",
            "ana＠example.org",
            "https://ana:pass@example.org:8080/x",
            "x_ana@example.org_y",
        ] {
            let masked = mask(text);
            assert!(masked.contains(MAIL) && !masked.contains('@') && !masked.contains("%40"), "{text} -> {masked}");
            assert_eq!(mask(&masked), masked);
        }
        // As numbers are.
        assert_eq!(mask("/4111%201111%201111%201111"), "/[card]");
        assert_eq!(mask("tel:%2B14155552671"), "tel:[phone]");
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
            "task-forces-and-sk-learn-tutorials-galore, 100%25 of 50%",
            "galley_domain::generate, eyJ, Bearer of good news that nobody expected at all",
            "basic information-about-something-long",
            "/a%2Fb%20c",
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
        assert_eq!(KINDS.len(), 17);
    }
}
