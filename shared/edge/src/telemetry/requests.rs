//! How long requests took, for `/metrics`: collected by an instance and written to the table now and then, beside a later
//! request. Counts that a discarded instance had not written are missing there; the metrics in the log are complete.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

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

static TOOK: Mutex<Option<(Instant, Tally)>> = Mutex::new(None);

/// Another request.
pub(crate) fn took(function: &str, took: Duration) {
    let mut held = TOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, tally) = held
        .get_or_insert_with(|| (Instant::now(), Tally { metric: Metric::ApiRequestDuration, adds: Counters::new() }));
    tally.add_duration(&[function], took);
}

/// Writes what has been kept long enough.
pub(crate) async fn keep(stats: &impl StatStore, shard: &str) {
    let due = {
        let mut held = TOOK.lock().unwrap_or_else(PoisonError::into_inner);
        let many = |tally: &Tally| tally.adds.iter().any(|(name, count)| name.ends_with("/count") && *count >= MOST);
        held.take_if(|(since, tally)| since.elapsed() >= KEPT || many(tally))
    };
    let Some((_, tally)) = due else { return };
    if let Err(error) = stats.tally(&tally, shard, Timestamp::now()).await {
        tracing::warn!(error = super::chain(&error), "how long requests took was not counted");
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
