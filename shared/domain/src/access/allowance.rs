//! Taking what a request is allowed: a place in its window and, where it begins a generation, one in the tenant's day.
//! Invariant: who is refused holds no place of the day.

use futures_util::future;
use jiff::Timestamp;

use crate::{
    access::limits::{Counted, DayQuota, LimitStore, QuotaDay, RateState, Reserved, Window},
    kernel::error::{StoreError, chain},
};

/// What a request is counted in. Nothing: somebody else has counted it.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    pub window: Option<Window>,
    pub day: Option<(QuotaDay, DayQuota)>,
}

#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("too many requests in this minute")]
    RateLimited(RateState),
    #[error("the day's quota is used up")]
    QuotaExhausted { resets_in_s: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of taking: the place of the day, if one was asked for, and how the window stands.
#[derive(Debug)]
pub struct Taken {
    pub place: Result<Option<QuotaDay>, Refused>,
    pub rate: Option<RateState>,
}

impl Allowance {
    pub const fn of_window(window: Window) -> Self {
        Self { window: Some(window), day: None }
    }

    pub const fn of_day(day: QuotaDay, quota: DayQuota) -> Self {
        Self { window: None, day: Some((day, quota)) }
    }

    /// Takes both side by side: neither is inside a transaction, where a tenant's hot item would make its creates
    /// collide. What cannot be counted is not begun.
    pub async fn take(self, store: &impl LimitStore, now: Timestamp) -> Taken {
        let Self { window, day } = self;
        let count = async {
            match &window {
                Some(window) => store.count(window).await.map(Some),
                None => Ok(None),
            }
        };
        let reserve = async {
            match &day {
                Some((day, quota)) => store.reserve(day, *quota).await.map(Some),
                None => Ok(None),
            }
        };
        // Boxed, for they are large, and joining moves them about.
        let (counted, reserved) = future::join(Box::pin(count), Box::pin(reserve)).await;
        let rate = window.map(|window| match counted {
            Ok(Some(Counted::Within { used })) => window.state(used, now),
            _ => window.state(window.limit, now),
        });
        let day = day.map(|(day, _)| day);
        let refused = match (counted, &reserved) {
            (Err(error), _) => Some(Refused::Store(error)),
            (Ok(Some(Counted::Exceeded)), Ok(_)) => rate.map(Refused::RateLimited),
            (Ok(_), Ok(Some(Reserved::Exhausted))) => {
                let resets_in_s = day.as_ref().map_or(0, |day| day.resets_in(now));
                Some(Refused::QuotaExhausted { resets_in_s })
            }
            (Ok(_), _) => None,
        };
        let taken = matches!(reserved, Ok(Some(Reserved::Taken)));
        let refused = refused.or_else(|| reserved.err().map(Refused::Store));
        let Some(refused) = refused else { return Taken { place: Ok(day), rate } };
        if let (true, Some(day)) = (taken, &day) {
            give_back(store, day).await;
        }
        Taken { place: Err(refused), rate }
    }
}

/// Gives a place of the day back. One that cannot be stays taken until the day ends.
pub async fn give_back(store: &impl LimitStore, day: &QuotaDay) {
    if let Err(error) = store.give_back(day).await {
        tracing::warn!(tenant = %day.tenant, error = chain(&error), "a place of the quota was not given back");
    }
}
