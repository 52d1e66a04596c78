//! What a tenant spends: a budget that is reserved before a call and settled after it, and counters that say what the
//! money went for. Both are written in the transaction of the call that they count, so that they agree with the ledger
//! to the micro-dollar.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::kernel::{error::StoreError, ids::TenantId};
use crate::{kernel::usd::MicroUsd, money::ledger::ModelCall};
use std::future::Future;

/// Costs count on the day, in UTC, on which their call was begun.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The month that a day is in: `2026-11`.
pub fn month_of(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// What was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    Task,
    Day,
    Month,
    /// The tenant's tokens of the day, of models that cost nothing.
    Tokens,
}

impl Cap {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Day => "day",
            Self::Month => "month",
            Self::Tokens => "tokens",
        }
    }

    /// As a failure tells it.
    pub const fn described(self) -> &'static str {
        match self {
            Self::Task => "the task's cap",
            Self::Day => "the tenant's cap for the day",
            Self::Month => "the tenant's cap for the month",
            Self::Tokens => "the tenant's tokens for the day",
        }
    }

    /// Why a call is not made.
    pub fn refusal(self) -> String {
        format!("the next call could cost more than {} leaves", self.described())
    }
}

/// A call that is about to be made, and how much may be spent.
#[derive(Clone, Debug)]
pub struct Intent {
    pub call: ModelCall,
    pub caps: Caps,
}

/// Whether `more` still fits under `cap` after what is `spent`.
pub fn fits(spent: MicroUsd, more: MicroUsd, cap: MicroUsd) -> bool {
    spent + more <= cap
}

/// What a month has cost so far, reserved and settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    pub month: MicroUsd,
    pub days: BTreeMap<Date, MicroUsd>,
    /// Of models that cost nothing.
    pub tokens: BTreeMap<Date, u64>,
}

impl Spending {
    pub fn on(&self, day: Date) -> MicroUsd {
        self.days.get(&day).copied().unwrap_or_default()
    }

    pub fn tokens_on(&self, day: Date) -> u64 {
        self.tokens.get(&day).copied().unwrap_or_default()
    }
}

galley_api::rule::choice!(
    /// What costs are told by.
    CostBy { Day => "day", Model => "model", Phase => "phase", Task => "task" }
    default Day
);

/// The cost of one thing over some days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostLine {
    pub cost: MicroUsd,
    pub calls: u64,
}

/// How much of a cap is used when somebody should hear of it, in percent; the highest that is reached.
pub fn alert_level(spent: MicroUsd, cap: MicroUsd) -> Option<u8> {
    level_of(spent.micros(), cap.micros())
}

/// As `alert_level`, of anything.
pub fn level_of(used: u64, most: u64) -> Option<u8> {
    let percent = u128::from(used) * 100;
    [100_u8, 90, 80].into_iter().find(|level| used > 0 && percent >= u128::from(most) * u128::from(*level))
}

/// Which cap a call would break after what is spent, if one.
pub fn broken(spending: &Spending, Intent { call, caps }: &Intent) -> Option<Cap> {
    let (day, quote) = (day_of(call.at), &call.quote);
    let tokens = spending.tokens_on(day).saturating_add(quote.reserved_tokens);
    if !fits(spending.month, quote.reserved, caps.month) {
        Some(Cap::Month)
    } else if !fits(spending.on(day), quote.reserved, caps.day) {
        Some(Cap::Day)
    } else {
        (quote.reserved_tokens > 0 && tokens > caps.tokens).then_some(Cap::Tokens)
    }
}

/// What a tenant has spent. All of it is counted in the transactions of the calls themselves.
pub trait CostStore: Send + Sync {
    /// What the month of `day` has cost so far.
    fn spending(&self, tenant: &TenantId, day: Date) -> impl Future<Output = Result<Spending, StoreError>> + Send;

    /// As `spending`, of several tenants at once; none is left out.
    fn spending_of(
        &self,
        tenants: &[TenantId],
        day: Date,
    ) -> impl Future<Output = Result<Vec<(TenantId, Spending)>, StoreError>> + Send;

    /// What each value of `by` has cost from one day to another, both included. By day, a call counts nothing.
    fn costs(
        &self,
        tenant: &TenantId,
        by: CostBy,
        from: Date,
        to: Date,
    ) -> impl Future<Output = Result<BTreeMap<String, CostLine>, StoreError>> + Send;

    /// Notes that a cap of this day's, or of its month's, is used to `level` percent. `false`: that was noted before.
    fn note_alert(
        &self,
        tenant: &TenantId,
        cap: Cap,
        day: Date,
        level: u8,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What may be spent at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    pub task: MicroUsd,
    pub day: MicroUsd,
    pub month: MicroUsd,
    /// Tokens of a day, of models that cost nothing.
    pub tokens: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_counted_under_the_name_that_it_is_stored_with_and_told_in_words_of_its_own() {
        let caps = [Cap::Task, Cap::Day, Cap::Month, Cap::Tokens];
        for cap in caps {
            assert_eq!(serde_json::to_value(cap).unwrap(), cap.name());
        }
        assert_eq!(caps.map(Cap::described).into_iter().collect::<std::collections::BTreeSet<_>>().len(), caps.len());
    }

    #[test]
    fn a_cap_is_reached_by_what_equals_it_and_refuses_what_exceeds_it() {
        let usd = MicroUsd::from_dollars;
        assert!(fits(usd(3), usd(2), usd(5)));
        assert!(!fits(usd(3), usd(2) + MicroUsd::from_micros(1), usd(5)));
        assert!(!fits(MicroUsd::ZERO, MicroUsd::from_micros(u64::MAX), usd(5)));
        assert!(fits(MicroUsd::ZERO, MicroUsd::ZERO, MicroUsd::ZERO));
    }

    #[test]
    fn the_highest_level_that_is_reached_is_told() {
        let level = |spent| alert_level(MicroUsd::from_micros(spent), MicroUsd::from_micros(1000));
        assert_eq!(
            [level(0), level(799), level(800), level(899), level(900), level(1000), level(5000)],
            [None, None, Some(80), Some(80), Some(90), Some(100), Some(100)]
        );
        assert_eq!(alert_level(MicroUsd::ZERO, MicroUsd::ZERO), None, "nothing spent of nothing");
    }

    #[test]
    fn a_call_counts_on_the_day_on_which_it_was_begun() {
        let day = day_of("2026-11-30T23:59:59Z".parse().unwrap());
        assert_eq!((day.to_string().as_str(), month_of(day).as_str()), ("2026-11-30", "2026-11"));
    }
}
