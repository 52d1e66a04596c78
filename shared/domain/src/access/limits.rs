//! How much a principal may ask for: a window per class and minute, a quota per day.

pub use galley_api::role::RateClass;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::kernel::error::StoreError;
use crate::kernel::ids::{Subject, TenantId};
use std::future::Future;

/// The limits in force, from configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayQuota {
    pub user: u32,
    pub organisation: u32,
}

/// One principal's window of one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub class: RateClass,
    pub principal: String,
    pub minute: i64,
    pub limit: u32,
}

impl Window {
    pub fn of(class: RateClass, tenant: &TenantId, subject: &Subject, limit: u32, now: Timestamp) -> Self {
        Self::new(class, format!("{tenant}/{subject}"), limit, now)
    }

    /// Of whoever `principal` names within the class.
    pub fn new(class: RateClass, principal: String, limit: u32, now: Timestamp) -> Self {
        Self { class, principal, minute: now.as_second().div_euclid(60), limit }
    }

    /// When the next window opens.
    pub fn resets_at(&self) -> Timestamp {
        Timestamp::from_second((self.minute + 1) * 60).unwrap_or(Timestamp::MAX)
    }

    /// How it stands when so many have been counted.
    pub fn state(&self, used: u32, now: Timestamp) -> RateState {
        let remaining = self.limit.saturating_sub(used);
        RateState { limit: self.limit, remaining, resets_in_s: self.resets_in(now) }
    }

    /// Seconds until the next window opens: 1 to 60.
    pub fn resets_in(&self, now: Timestamp) -> u64 {
        u64::try_from(((self.minute + 1) * 60 - now.as_second()).clamp(1, 60)).unwrap_or(60)
    }
}

/// What is left of a window after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateState {
    pub limit: u32,
    pub remaining: u32,
    pub resets_in_s: u64,
}

/// The outcome of counting one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Within { used: u32 },
    Exceeded,
}

/// One task's place in a tenant's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaDay {
    pub tenant: TenantId,
    pub subject: Subject,
    pub date: Date,
}

impl QuotaDay {
    /// Days are UTC days.
    pub fn of(tenant: &TenantId, subject: &Subject, at: Timestamp) -> Self {
        Self { tenant: tenant.clone(), subject: subject.clone(), date: at.to_zoned(TimeZone::UTC).date() }
    }

    /// When the day ends.
    pub fn resets_at(&self) -> Timestamp {
        let end = self.date.tomorrow().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        end.map_or(Timestamp::MAX, |end| end.timestamp())
    }

    /// Seconds from `now` until the day ends.
    pub fn resets_in(&self, now: Timestamp) -> u64 {
        let seconds = self.resets_at().as_second() - now.as_second();
        u64::try_from(seconds.clamp(1, 86_400)).unwrap_or(86_400)
    }
}

/// What of the limits is used up, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Of each window that was asked for, in order.
    pub windows: Vec<u32>,
    pub user: u32,
    pub organisation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    Taken,
    /// The user's or the organisation's day is full.
    Exhausted,
}

/// Windows and quotas: counted by conditional updates, outside of any transaction.
pub trait LimitStore: Send + Sync {
    /// Counts one request, unless the window is full.
    fn count(&self, window: &Window) -> impl Future<Output = Result<Counted, StoreError>> + Send;

    /// Takes one place of the day, unless the user's or the organisation's is full.
    fn reserve(&self, day: &QuotaDay, quota: DayQuota) -> impl Future<Output = Result<Reserved, StoreError>> + Send;

    fn give_back(&self, day: &QuotaDay) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How much of each is used, with one read.
    fn used(&self, windows: &[Window], day: &QuotaDay) -> impl Future<Output = Result<Used, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(now: i64) -> Window {
        let (tenant, subject) = (TenantId::new("acme").unwrap(), Subject::new("ana").unwrap());
        Window::of(RateClass::Create, &tenant, &subject, 5, Timestamp::from_second(now).unwrap())
    }

    #[test]
    fn a_window_ends_with_its_minute() {
        assert_eq!(window(119).minute, 1);
        assert_eq!(window(119).resets_in(Timestamp::from_second(119).unwrap()), 1);
        assert_eq!(window(120).resets_in(Timestamp::from_second(120).unwrap()), 60);
    }

    #[test]
    fn a_quota_day_ends_at_midnight_utc() {
        let noon: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let day = QuotaDay::of(&TenantId::new("acme").unwrap(), &Subject::new("ana").unwrap(), noon);
        assert_eq!(day.date.to_string(), "2026-11-20");
        assert_eq!(day.resets_in(noon), 12 * 3600);
    }
}
