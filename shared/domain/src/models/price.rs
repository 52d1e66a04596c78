//! What a model costs, and what a call of it did.

use serde::Deserialize;
use serde::Serialize;

use crate::kernel::usd::MicroUsd;

/// What a model costs, in micro-dollars for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    pub input: MicroUsd,
    pub output: MicroUsd,
}

impl Price {
    /// Whether caps in money hold whatever such a model does. Where a part of it is free, they do not.
    pub fn is_bound_by_money(self) -> bool {
        self.input > MicroUsd::ZERO && self.output > MicroUsd::ZERO
    }

    /// Rounded up, so that many small calls do not come for free.
    pub fn of(self, tokens: Tokens) -> MicroUsd {
        let part = |price: MicroUsd, tokens: u64| u128::from(price.micros()) * u128::from(tokens);
        let millionths = part(self.input, tokens.input) + part(self.output, tokens.output);
        MicroUsd::from_micros(u64::try_from(millionths.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

/// What a failed call has cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It never reached the provider, or the provider refused it before any work.
    Nothing,
    /// As the provider reports.
    Known { tokens: Tokens, cost: MicroUsd },
    /// It was sent, and no report came back.
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TokenCount))]
pub struct Tokens {
    pub input: u64,
    /// Thinking included, where it is paid for.
    pub output: u64,
}

impl Tokens {
    /// Whether no more is reported than can have been used.
    pub const fn within(self, most: Self) -> bool {
        self.input <= most.input && self.output <= most.output
    }

    pub const fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_for_a_million_and_rounds_up() {
        let price = Price { input: MicroUsd::from_dollars(2), output: MicroUsd::from_dollars(8) };
        assert_eq!(price.of(Tokens { input: 1_000_000, output: 500_000 }), MicroUsd::from_dollars(6));
        assert_eq!(price.of(Tokens { input: 0, output: 0 }), MicroUsd::ZERO);
        let cheap = Price { input: MicroUsd::from_micros(1), output: MicroUsd::ZERO };
        assert_eq!(cheap.of(Tokens { input: 1, output: 0 }), MicroUsd::from_micros(1));
        assert_eq!(price.of(Tokens { input: u64::MAX, output: u64::MAX }).micros(), u64::MAX);
    }
}
