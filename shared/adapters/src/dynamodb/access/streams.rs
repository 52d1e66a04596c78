//! Slots of open streams: one item for each holder, one attribute for each slot, taken by one conditional update.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use galley_domain::{
    access::streams::{Holder, Opened, StreamSlot, StreamStore, free_place},
    kernel::error::StoreError,
};
use jiff::{SignedDuration, Timestamp};

use crate::dynamodb::{
    errors::{met, present},
    items::{Item, n, ttl},
    keys,
    table::Table,
};

const TAKE: &str = "SET #place = :until, #ttl = :ttl";
/// A slot with our own time is ours already: the answer to an earlier try of this call was lost.
const FREE: &str = "attribute_not_exists(#place) OR #place <= :now OR #place = :until";
const GIVE_BACK: &str = "REMOVE #place";
const OURS: &str = "#place = :until";
/// How often a lost race for a free slot is tried again.
const TRIES: u32 = 4;
/// Nanoseconds of a millisecond.
const MILLION: i128 = 1_000_000;

impl StreamStore for Table {
    async fn open_stream(
        &self,
        holder: &Holder,
        most: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Opened, StoreError> {
        let mut number = 0;
        for _ in 0..TRIES {
            let taken = self
                .update(keys::streams(holder))
                .update_expression(TAKE)
                .condition_expression(FREE)
                .expression_attribute_names("#place", attribute(number))
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":until", exactly(until))
                .expression_attribute_values(":now", n(now.as_millisecond()))
                .expression_attribute_values(":ttl", ttl(until, 1))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
                .await;
            let present = present(&taken);
            if met(taken)? {
                return Ok(Opened::Taken(StreamSlot { holder: holder.clone(), number, until }));
            }
            match free_place(&places(&present), most, now) {
                Ok(free) => number = free,
                Err(free_at) => return Ok(Opened::Full { free_at }),
            }
        }
        // Too many concurrent requests; the client is told to retry in a second.
        Ok(Opened::Full { free_at: now + SignedDuration::from_secs(1) })
    }

    async fn close_stream(&self, place: &StreamSlot) -> Result<(), StoreError> {
        let given_back = self
            .update(keys::streams(&place.holder))
            .update_expression(GIVE_BACK)
            .condition_expression(OURS)
            .expression_attribute_names("#place", attribute(place.number))
            .expression_attribute_values(":until", exactly(place.until))
            .send()
            .await;
        met(given_back).map(|_| ())
    }
}

/// Milliseconds, as earlier releases wrote them, with nanoseconds as decimals to tell slots of one millisecond apart.
fn exactly(until: Timestamp) -> AttributeValue {
    let nanoseconds = until.as_nanosecond();
    AttributeValue::N(format!("{}.{:06}", nanoseconds.div_euclid(MILLION), nanoseconds.rem_euclid(MILLION)))
}

fn read(number: &str) -> Option<Timestamp> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let part: i128 = format!("{part:0<6}").parse().ok()?;
    Timestamp::from_nanosecond(whole.parse::<i128>().ok()? * MILLION + part).ok()
}

fn attribute(number: u32) -> String {
    format!("p{number}")
}

fn places(item: &Item) -> Vec<(u32, Timestamp)> {
    let of = |(name, value): (&String, &AttributeValue)| {
        let number = name.strip_prefix('p')?.parse().ok()?;
        Some((number, read(value.as_n().ok()?)?))
    };
    item.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_as_an_older_release_wrote_it() {
        let until: Timestamp = "2026-11-20T12:05:20.000450100Z".parse().unwrap();
        let AttributeValue::N(written) = exactly(until) else { panic!("no number") };
        assert_eq!((written.as_str(), read(&written)), ("1795176320000.450100", Some(until)));
        // DynamoDB drops trailing zeros.
        assert_eq!(read("1795176320000.4501"), Some(until));
        assert_eq!(read("1795176320000"), Some("2026-11-20T12:05:20Z".parse().unwrap()));
        assert_eq!((read("soon"), read("1.x")), (None, None));
    }
}
