//! Money as whole micro-dollars. Never a float: the ledger must agree to the last one.

use std::{fmt, iter::Sum, ops::Add, str::FromStr};

use serde::{Deserialize, Serialize};

/// What an amount reads like as a text. A request's are far below what a number of micro-dollars holds, which is what is stored.
pub const AMOUNT: &str = r"^0*([0-9]{1,13}|1[0-7][0-9]{12})(\.[0-9]{1,6})?$";

/// A double holds fifteen digits, so that a number with six decimals is exact up to here.
pub const MOST_AS_NUMBER: u64 = 1_000_000_000;

/// Millionths of a US dollar. On the wire a decimal string such as `"0.0125"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Decimal", into = "String")]
pub struct MicroUsd(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a decimal amount of dollars such as \"0.50\", below 18 million million, with at most six decimals; as a number, at most 1000000000"
)]
pub struct InvalidMoney;

/// Clients may write an amount as a JSON string or number; serde hands both over as text.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "must be a decimal amount of dollars such as \"0.50\", below 18 million million, with at most six decimals; as a number, at most 1000000000"
)]
enum Decimal {
    Text(String),
    Number(serde_json::Number),
}

impl MicroUsd {
    pub const ZERO: Self = Self(0);

    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub const fn from_dollars(dollars: u32) -> Self {
        Self(dollars as u64 * 1_000_000)
    }

    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        // Cents always show, further decimals only where they say something.
        let shown = text.trim_end_matches('0');
        let cents = text.len() - 4;
        f.write_str(text.get(..shown.len().max(cents)).unwrap_or(&text))
    }
}

impl FromStr for MicroUsd {
    type Err = InvalidMoney;
    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return Err(InvalidMoney);
        }
        let dollars: u64 = whole.parse().map_err(|_| InvalidMoney)?;
        let micros: u64 = format!("{fraction:0<6}").parse().map_err(|_| InvalidMoney)?;
        dollars.checked_mul(1_000_000).and_then(|value| value.checked_add(micros)).map(Self).ok_or(InvalidMoney)
    }
}

impl TryFrom<Decimal> for MicroUsd {
    type Error = InvalidMoney;
    fn try_from(decimal: Decimal) -> Result<Self, InvalidMoney> {
        match decimal {
            Decimal::Text(text) => text.parse(),
            Decimal::Number(number) => of_number(&number).ok_or(InvalidMoney),
        }
    }
}

/// However the number is written: `3e-6` is three millionths.
fn of_number(number: &serde_json::Number) -> Option<MicroUsd> {
    if let Some(dollars) = number.as_u64() {
        return (dollars <= MOST_AS_NUMBER).then(|| MicroUsd(dollars * 1_000_000));
    }
    let dollars = number.as_f64().filter(|dollars| (0.0..=1e9).contains(dollars))?;
    let amount: MicroUsd = format!("{dollars:.6}").parse().ok()?;
    (amount.to_string().parse() == Ok(dollars)).then_some(amount)
}

impl From<MicroUsd> for String {
    fn from(amount: MicroUsd) -> String {
        amount.to_string()
    }
}

crate::schema::scalar!(
    MicroUsd,
    crate::schema::text()
        .pattern(Some(AMOUNT))
        .description(Some("Dollars, as a decimal string with at most six decimals."))
        .examples(["0.50"])
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in ["", ".", "1.", ".5", "-1", "1e3", "0.0000001", "NaN", " 1", "99999999999999999999"] {
            assert_eq!(text.parse::<MicroUsd>(), Err(InvalidMoney), "{text}");
        }
    }

    #[test]
    fn reads_and_writes_the_same_amount() {
        for (text, micros, shown) in [
            ("0", 0, "0.00"),
            ("1.5", 1_500_000, "1.50"),
            ("0.000001", 1, "0.000001"),
            ("12.345", 12_345_000, "12.345"),
            // The most that the document allows, and the most that is stored.
            ("17999999999999.999999", 17_999_999_999_999_999_999, "17999999999999.999999"),
            ("18446744073709.551615", u64::MAX, "18446744073709.551615"),
        ] {
            let amount: MicroUsd = text.parse().unwrap();
            assert_eq!(amount.micros(), micros);
            assert_eq!(amount.to_string(), shown);
        }
    }

    #[test]
    fn json_takes_strings_and_numbers() {
        assert_eq!(serde_json::from_str::<MicroUsd>("0.25").unwrap(), MicroUsd::from_micros(250_000));
        assert_eq!(serde_json::from_str::<MicroUsd>("\"0.25\"").unwrap(), MicroUsd::from_micros(250_000));
        for (text, micros) in
            [("3e-6", 3), ("0.1", 100_000), ("1e2", 100_000_000), ("0.30", 300_000), ("5.0", 5_000_000)]
        {
            assert_eq!(serde_json::from_str::<MicroUsd>(text).unwrap(), MicroUsd::from_micros(micros), "{text}");
        }
        for text in ["true", "1000000001", "1e-7", "0.1234567", "-1", "-0.5", "1e300"] {
            assert!(serde_json::from_str::<MicroUsd>(text).is_err(), "{text}");
        }
    }
}
