//! What stands so at this moment, as a scraper reads it.

use galley_api::health::Component;
use galley_domain::{
    generation::breaker::Breaker,
    metrics::stats::{Gauge, precise},
    queue::message::Lane,
};

use crate::parts::{Part, Seen};

const QUEUES: [(Part, Lane); 2] = [(Part::WorkQueue, Lane::Work), (Part::QuickQueue, Lane::Quick)];
const LETTERS: [(Part, Lane); 2] = [(Part::WorkDeadLetters, Lane::Work), (Part::QuickDeadLetters, Lane::Quick)];

pub(super) fn of(seen: &Seen, providers: &[String]) -> Vec<Gauge> {
    vec![
        parts(seen),
        depths(seen, "queue_messages", "Messages that wait in a queue, about.", QUEUES),
        depths(seen, "dead_letters", "Messages that were given up, about.", LETTERS),
        oldest(seen),
        overdue_items(seen),
        overdue_seconds(seen),
        breakers(seen, providers),
    ]
}

fn parts(seen: &Seen) -> Gauge {
    let up = |one: &Component| (one.name.to_owned(), if one.is_ok() { 1.0 } else { 0.0 });
    let values = seen.components.iter().map(up).collect();
    Gauge { name: "part_up", help: "Whether a part answers within two seconds.", label: Some("part"), values }
}

fn depths(seen: &Seen, name: &'static str, help: &'static str, of: [(Part, Lane); 2]) -> Gauge {
    let depth = |part: Part| seen.components.iter().find(|one| one.name == part.name())?.depth;
    let values = of.into_iter().filter_map(|(part, lane)| Some((lane.name().to_owned(), precise(depth(part)?))));
    Gauge { name, help, label: Some("queue"), values: values.collect() }
}

fn oldest(seen: &Seen) -> Gauge {
    let help = "For how long the oldest thing that a queue is to carry waits, taken by nobody.";
    let age = |lane: Lane| {
        let since = seen.waiting.as_ref()?.oldest.get(&lane);
        Some(since.map_or(0.0, |since| seen.now.duration_since(*since).as_secs_f64()))
    };
    let values = Lane::ALL.into_iter().filter_map(|lane| Some((lane.name().to_owned(), age(lane)?))).collect();
    Gauge { name: "queue_oldest_seconds", help, label: Some("queue"), values }
}

fn overdue_items(seen: &Seen) -> Gauge {
    let count = seen.waiting.iter().map(|waiting| waiting.stuck.len());
    let values = count.map(|count| (String::new(), precise(u64::try_from(count).unwrap_or(u64::MAX)))).collect();
    Gauge { name: "overdue_items", help: "Items that are stuck, as operators see them listed.", label: None, values }
}

fn overdue_seconds(seen: &Seen) -> Gauge {
    let help = "For how long the item that is stuck the longest has been overdue.";
    let age = seen.waiting.iter().map(|waiting| waiting.overdue(seen.now).as_secs_f64());
    Gauge { name: "overdue_seconds", help, label: None, values: age.map(|age| (String::new(), age)).collect() }
}

fn breakers(seen: &Seen, providers: &[String]) -> Gauge {
    let open = |provider: &String| {
        let open = seen.breakers.as_ref()?.get(provider).is_some_and(Breaker::is_open);
        Some((provider.clone(), if open { 1.0 } else { 0.0 }))
    };
    let values = providers.iter().filter_map(open).collect();
    Gauge {
        name: "breaker_open",
        help: "Whether a provider's circuit breaker is open: it opened, and no call has succeeded since.",
        label: Some("provider"),
        values,
    }
}
