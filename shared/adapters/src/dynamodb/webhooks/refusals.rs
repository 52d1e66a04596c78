//! What was refused of sources' webhooks: an item for each source and day, with a count and a last time for each reason.

use galley_domain::{
    kernel::error::StoreError,
    money::budget::day_of,
    webhooks::refusals::{KEPT_DAYS, Reason, RefusalStore, Refused, RefusedLine, Sender, days_before},
};
use jiff::{Timestamp, civil::Date};

use crate::dynamodb::{
    errors::unavailable,
    items::{Item, n, s, text, ttl},
    keys,
    table::Table,
};

const ADD: &str = "ADD #count :more SET #last = :at, #ttl = :ttl";

/// The attribute with the time of a reason's last refusal.
fn last_of(reason: Reason) -> String {
    format!("{}_at", reason.name())
}

fn lines(item: &Item) -> Vec<RefusedLine> {
    let Some(day) = text(item, "sk").and_then(|day| day.parse::<Date>().ok()) else { return Vec::new() };
    let line = |reason: Reason| {
        let count = item.get(reason.name())?.as_n().ok()?.parse().ok()?;
        let last_at = text(item, &last_of(reason))?.parse().ok()?;
        Some(RefusedLine { day, reason, count, last_at })
    };
    Reason::ALL.into_iter().filter_map(line).collect()
}

impl RefusalStore for Table {
    async fn count_refused(&self, refused: &Refused) -> Result<(), StoreError> {
        let Refused { sender, reason, count, at } = refused;
        self.update(keys::refusals(sender, day_of(*at)))
            .update_expression(ADD)
            .expression_attribute_names("#count", reason.name())
            .expression_attribute_names("#last", last_of(*reason))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":more", n(*count))
            .expression_attribute_values(":at", s(at.to_string()))
            // A day more, so that all of the day before the first that is told has gone.
            .expression_attribute_values(":ttl", ttl(*at, KEPT_DAYS + 1))
            .send()
            .await
            .map(drop)
            .map_err(unavailable)
    }

    async fn refused(&self, sender: &Sender, now: Timestamp) -> Result<Vec<RefusedLine>, StoreError> {
        let wanted: Vec<keys::Key> = days_before(now).map(|day| keys::refusals(sender, day)).collect();
        let mut all: Vec<RefusedLine> = self.get_all(&wanted).await?.iter().flat_map(lines).collect();
        all.sort_by_key(|line| (std::cmp::Reverse(line.day), line.reason));
        Ok(all)
    }
}
