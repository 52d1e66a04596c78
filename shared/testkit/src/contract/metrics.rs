//! Counters.

use std::time::Duration;

use galley_domain::metrics::{
    Metric,
    stats::{COUNTED, Tally},
};

use crate::contract::{
    steps::{accepted, now},
    store::Store,
};

pub(super) async fn holds_for(store: &impl Store) {
    what_happened_is_counted_for_ever(store).await;
}

/// Others count too while this runs, so all of it is about what grows.
async fn what_happened_is_counted_for_ever(store: &impl Store) {
    let of = async |metric: Metric, counter: &str| {
        let totals = store.totals().await.unwrap();
        assert_eq!(totals.len(), COUNTED.len(), "also of what never happened");
        totals[&metric].get(counter).copied().unwrap_or_default()
    };
    let before = of(Metric::TasksCreated, "blog_post").await;
    accepted(store, "counted-for-ever", 0).await;
    assert_eq!(of(Metric::TasksCreated, "blog_post").await, before + 1);
    let mut requests = Tally::duration(Metric::ApiRequestDuration, &["contract"], Duration::from_millis(7));
    requests.add_duration(&["contract"], Duration::from_millis(70));
    for shard in ["one", "another", "a third"] {
        store.tally(&requests, shard, now()).await.unwrap();
    }
    for (counter, expected) in [("count", 6), ("ms", 231), ("le_10", 3), ("le_100", 3), ("le_25", 0)] {
        assert_eq!(of(Metric::ApiRequestDuration, &format!("contract/{counter}")).await, expected, "{counter}");
    }
}
