//! Windows and quotas. The limit is a condition of the update that counts, so two requests cannot both take the
//! last place.

use aws_sdk_dynamodb::types::{ReturnValue, Update};
use galley_domain::{
    access::limits::{Counted, DayQuota, LimitStore, QuotaDay, Reserved, Used, Window},
    kernel::error::StoreError,
};
use sha2::{Digest, Sha256};

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{Item, n, s, text},
    keys,
    table::Table,
    task::transaction::{Part, Transaction},
};

const COUNT: &str = "ADD used :one SET #ttl = :ttl";
const WINDOW_OPEN: &str = "attribute_not_exists(used) OR used < :limit";
const TAKE: &str = "ADD org :one, #user :one SET #ttl = :ttl";
const DAY_OPEN: &str =
    "(attribute_not_exists(org) OR org < :org_limit) AND (attribute_not_exists(#user) OR #user < :user_limit)";
const ADD_TO_DAY: &str = "ADD org :one, #user :one";
const DAY_TAKEN: &str = "org > :zero AND #user > :zero";
const QUOTA_KEPT_S: i64 = 90 * 86_400;

/// The attribute of a user's count within the tenant's day. A hash, because attribute names allow fewer characters.
fn user_attribute(day: &QuotaDay) -> String {
    let hash = hex::encode(Sha256::digest(day.subject.as_str()));
    format!("u_{}", hash.get(..16).unwrap_or(&hash))
}

impl LimitStore for Table {
    async fn count(&self, window: &Window) -> Result<Counted, StoreError> {
        let counted = self
            .update(keys::window(window))
            .update_expression(COUNT)
            .condition_expression(WINDOW_OPEN)
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":limit", n(window.limit))
            .expression_attribute_values(":ttl", n((window.minute + 10) * 60))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await;
        let used = counted.as_ref().ok().and_then(|answer| answer.attributes()?.get("used")?.as_n().ok()?.parse().ok());
        Ok(if met(counted)? { Counted::Within { used: used.unwrap_or(window.limit) } } else { Counted::Exceeded })
    }

    async fn reserve(&self, day: &QuotaDay, quota: DayQuota) -> Result<Reserved, StoreError> {
        let kept_until =
            day.date.to_zoned(jiff::tz::TimeZone::UTC).map_err(unavailable)?.timestamp().as_second() + QUOTA_KEPT_S;
        let reserved = self
            .update(keys::quota(day))
            .update_expression(TAKE)
            .condition_expression(DAY_OPEN)
            .expression_attribute_names("#user", user_attribute(day))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":org_limit", n(quota.organisation))
            .expression_attribute_values(":user_limit", n(quota.user))
            .expression_attribute_values(":ttl", n(kept_until))
            .send()
            .await;
        Ok(if met(reserved)? { Reserved::Taken } else { Reserved::Exhausted })
    }

    async fn give_back(&self, day: &QuotaDay) -> Result<(), StoreError> {
        let given = self
            .update(keys::quota(day))
            .update_expression(ADD_TO_DAY)
            .condition_expression(DAY_TAKEN)
            .expression_attribute_names("#user", user_attribute(day))
            .expression_attribute_values(":one", n(-1))
            .expression_attribute_values(":zero", n(0))
            .send()
            .await;
        met(given).map(|_| ())
    }

    async fn used(&self, windows: &[Window], day: &QuotaDay) -> Result<Used, StoreError> {
        let places: Vec<keys::Key> = windows.iter().map(keys::window).chain([keys::quota(day)]).collect();
        let found = self.get_all(&places).await?;
        let count = |(pk, sk): &keys::Key, name: &str| {
            let is_it = |item: &&Item| text(item, "pk").as_ref() == Some(pk) && text(item, "sk").as_ref() == Some(sk);
            let item = found.iter().find(is_it)?;
            item.get(name)?.as_n().ok()?.parse::<u32>().ok()
        };
        let quota = keys::quota(day);
        Ok(Used {
            windows: places.iter().take(windows.len()).map(|place| count(place, "used").unwrap_or(0)).collect(),
            user: count(&quota, &user_attribute(day)).unwrap_or(0),
            organisation: count(&quota, "org").unwrap_or(0),
        })
    }
}

impl Transaction<'_> {
    pub(crate) fn refund(&mut self, day: &QuotaDay) -> Result<(), StoreError> {
        let (pk, sk) = keys::quota(day);
        let update = Update::builder()
            .key("pk", s(pk))
            .key("sk", s(sk))
            .update_expression(ADD_TO_DAY)
            .expression_attribute_names("#user", user_attribute(day))
            .expression_attribute_values(":one", n(-1));
        self.update(Part::Quota, update)
    }
}
