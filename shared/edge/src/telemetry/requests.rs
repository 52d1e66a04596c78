//! How long requests took, for `/metrics`: collected by an instance and written to the table now and then, beside a later
//! request. Counts that a discarded instance had not written are missing there; the metrics in the log are complete.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join;
use galley_domain::{
    kernel::error::StoreError,
    metrics::{
        Metric,
        stats::{Counters, StatStore, Tally},
    },
};
use jiff::Timestamp;

/// Least time between writes, unless many requests have come.
const KEPT: Duration = Duration::from_mins(1);
const MOST: u64 = 50;

/// What an instance has collected.
struct Collected {
    since: Instant,
    took: Tally,
    by_route: Tally,
    requests: u64,
}

static COLLECTED: Mutex<Option<Collected>> = Mutex::new(None);

/// Another request: of which function, how long it took, and by which route; `None` is none of ours.
pub(crate) fn took(function: &str, took: Duration, route: Option<(&str, &str)>, status: u16) {
    let mut held = COLLECTED.lock().unwrap_or_else(PoisonError::into_inner);
    let collected = held.get_or_insert_with(|| Collected {
        since: Instant::now(),
        took: Tally::of_nothing(Metric::ApiRequestDuration),
        by_route: Tally::of_nothing(Metric::HttpRequests),
        requests: 0,
    });
    collected.requests += 1;
    collected.took.add_duration(&[function], took);
    let (method, path) = route.unwrap_or(("none", "none"));
    collected.by_route.add(&[method, path, &status.to_string()], 1);
}

/// Writes what has been kept long enough.
pub(crate) async fn keep(stats: &impl StatStore, shard: &str) {
    let due = {
        let mut held = COLLECTED.lock().unwrap_or_else(PoisonError::into_inner);
        held.take_if(|collected| collected.since.elapsed() >= KEPT || collected.requests >= MOST)
    };
    let Some(Collected { took, by_route, .. }) = due else { return };
    let now = Timestamp::now();
    let (took, by_route) = join(stats.tally(&took, shard, now), stats.tally(&by_route, shard, now)).await;
    if let Err(error) = took.and(by_route) {
        tracing::warn!(error = super::chain(&error), "requests were not counted");
    }
}

/// For functions that write nothing to the table.
#[derive(Clone, Copy, Debug)]
pub struct Uncounted;

impl StatStore for Uncounted {
    async fn tally(&self, _: &Tally, _: &str, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn totals(&self) -> Result<BTreeMap<Metric, Counters>, StoreError> {
        Ok(BTreeMap::new())
    }
}
