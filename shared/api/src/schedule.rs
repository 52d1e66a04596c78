//! Names of schedules and calendars, and what a schedule may spend.

use serde::{Deserialize, Serialize};

use crate::{
    rule::{RuleBroken, text_field},
    usd::MicroUsd,
};

text_field!(
    /// What people call a schedule.
    ScheduleName,
    1..=80,
    "must be 1 to 80 characters, without control or hidden characters"
);

text_field!(
    /// What a calendar is called where it is shown.
    FeedName,
    1..=80,
    "must be 1 to 80 characters, without control or hidden characters"
);

/// What the tasks that a schedule makes in a month may cost together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MicroUsd", into = "MicroUsd")]
pub struct MonthCap(MicroUsd);

impl MonthCap {
    pub const MOST_DOLLARS: u32 = 10_000;

    pub const fn amount(self) -> MicroUsd {
        self.0
    }
}

impl TryFrom<MicroUsd> for MonthCap {
    type Error = RuleBroken;
    fn try_from(amount: MicroUsd) -> Result<Self, RuleBroken> {
        if amount <= MicroUsd::from_dollars(Self::MOST_DOLLARS) {
            Ok(Self(amount))
        } else {
            Err(RuleBroken("must be 0 to 10000 dollars"))
        }
    }
}

impl From<MonthCap> for MicroUsd {
    fn from(cap: MonthCap) -> Self {
        cap.0
    }
}

crate::schema::scalar!(
    MonthCap,
    crate::schema::text()
        .pattern(Some(crate::usd::AMOUNT))
        .maximum(Some(MonthCap::MOST_DOLLARS))
        .description(Some(format!(
            "Dollars, 0 to {}, as a decimal string with at most six decimals.",
            MonthCap::MOST_DOLLARS
        )))
        .examples(["20.00"])
);
