//! Health, metrics, the API's description and its page. Also the `$default` route: unknown paths are answered here.

pub mod docs;
mod gauges;
mod parts;
mod views;

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::{self, Either};
use galley_api::{
    health::{Component, Health, Live},
    route::HealthRoute,
};
use galley_domain::{
    access::limits::LimitStore,
    generation::breaker::{Breaker, BreakerStore},
    kernel::{
        clock::Clock,
        error::{BoxError, StoreError},
    },
    metrics::stats::{self, Gauge, StatStore},
    operations::{due::DueStore, stuck},
    queue::message::Lane,
    tenancy::{flags::FlagStore, held},
};
use galley_edge::{
    http::{
        call::Call,
        counting,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::chain,
};

use docs::Document;
use parts::Seen;
pub use parts::{Part, Probe};

/// A part that does not answer within this is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// What this function runs on.
#[derive(Debug)]
pub struct App<P, S, C> {
    pub probe: P,
    pub store: S,
    pub clock: C,
    /// The providers whose circuit breakers are reported.
    pub providers: Vec<String>,
    pub function_version: String,
    pub document: Document,
}

impl<P: Probe, S: BreakerStore + DueStore + FlagStore + StatStore + LimitStore, C: Clock> App<P, S, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let now = self.clock.now();
        let Some(window) = call.take_window() else { return self.answer(&call).await };
        // Health must be answered even when the table does not respond, so counting has a timeout.
        let count = async {
            let counted = self.within(async { Ok(self.store.count(&window).await?) }).await;
            counted.map_err(StoreError::Unavailable)
        };
        let (reply, rate) = counting::beside(&window, count, now, self.answer(&call)).await?;
        Ok(reply.rated(rate))
    }

    async fn answer(&self, call: &Call) -> Result<Reply, ApiError> {
        match call.of::<HealthRoute>()? {
            HealthRoute::Live => Ok(Reply::json(200, &Live { status: "alive", timestamp: self.clock.now() })),
            HealthRoute::Ready => Ok(self.ready().await),
            HealthRoute::Health => Ok(self.health().await),
            HealthRoute::Metrics => self.metrics().await,
            HealthRoute::OpenApi => Ok(self.document.sent(call)),
            HealthRoute::Docs => Ok(docs::page()),
            HealthRoute::DocsAsset => {
                let name = call.path_parameter("asset").unwrap_or_default();
                docs::asset(call, &name).ok_or_else(|| ApiError::new(Problem::NotFound))
            }
        }
    }

    async fn ready(&self) -> Reply {
        let components = self.components(&Part::NEEDED).await;
        let ready = components.iter().all(Component::is_ok);
        let view = views::ready(components, self.clock.now());
        if ready { Reply::json(200, &view) } else { Reply::json(503, &view).header("retry-after", "5") }
    }

    /// What an operator looks at first. Always 200; the body names what is wrong.
    async fn health(&self) -> Reply {
        Reply::json(200, &self.health_view().await)
    }

    async fn health_view(&self) -> Health {
        let Seen { components, breakers, waiting, held, now } = self.seen().await;
        let stuck = waiting.map(|waiting| views::summary(&waiting.stuck));
        let open: Option<Vec<String>> = breakers.map(|all| open(&all));
        views::health((components, open, stuck, held), &self.function_version, now)
    }

    /// Looks at everything at once; what does not answer in time is missing.
    async fn seen(&self) -> Seen {
        let providers: Vec<&str> = self.providers.iter().map(String::as_str).collect();
        let (now, timings) = (self.clock.now(), self.clock.timings());
        let (mut components, breakers, waiting, held) = future::join4(
            self.components(&Part::ALL),
            self.within(async { Ok(self.store.breakers(&providers).await?) }),
            self.within(async { Ok(stuck::waiting(&self.store, timings, now).await?) }),
            self.within(async { Ok(held::held(&self.store).await?) }),
        )
        .await;
        let breakers = breakers.inspect_err(|error| tell("breakers", &**error)).ok();
        let waiting = waiting.inspect_err(|error| tell("stuck items", &**error)).ok();
        let held = held.inspect_err(|error| tell("flags", &**error)).ok();
        if let Some(waiting) = &waiting {
            for (part, lane) in [(Part::WorkQueue, Lane::Work), (Part::QuickQueue, Lane::Quick)] {
                let age_s = waiting.oldest.get(&lane).map_or(0, |since| now.duration_since(*since).as_secs());
                components.iter_mut().filter(|one| one.name == part.name()).for_each(|one| one.age_s = Some(age_s));
            }
        }
        Seen { components, breakers, waiting, held, now }
    }

    /// What stands so at this moment, for a scraper. What cannot be looked at is left out, so that nobody takes it for nothing.
    async fn gauges(&self) -> Vec<Gauge> {
        gauges::of(&self.seen().await, &self.providers)
    }

    async fn metrics(&self) -> Result<Reply, ApiError> {
        let (totals, gauges) = future::join(self.store.totals(), self.gauges()).await;
        let text = stats::exposition(&totals?) + &stats::gauges(&gauges);
        Ok(Reply::text("text/plain; version=0.0.4; charset=utf-8", text).compressible())
    }

    /// Asks all parts concurrently, each with its own timeout, so that one that does not answer does not affect the others.
    async fn components(&self, parts: &[Part]) -> Vec<Component> {
        let asked = parts.iter().map(|part| async {
            let state = self.within(self.probe.ask(*part)).await;
            views::component(part.name(), state.inspect_err(|error| tell(part.name(), &**error)))
        });
        future::join_all(asked).await
    }

    async fn within<T>(&self, answer: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
        match future::select(std::pin::pin!(answer), std::pin::pin!(self.clock.sleep(PATIENCE))).await {
            Either::Left((answered, _)) => answered,
            Either::Right(_) => Err(format!("no answer within {} s", PATIENCE.as_secs()).into()),
        }
    }
}

fn open(breakers: &BTreeMap<String, Breaker>) -> Vec<String> {
    breakers.iter().filter(|(_, breaker)| breaker.is_open()).map(|(provider, _)| provider.clone()).collect()
}

fn tell(part: &str, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(part, error = chain(error), "a part does not answer");
}

#[cfg(test)]
mod tests {
    use galley_domain::{
        kernel::{ids::Subject, reason::OperatorReason},
        tenancy::flags::{self, FlagName},
    };
    use galley_testkit::{MemoryStore, clock::TestClock};
    use jiff::SignedDuration;
    use serde_json::{Value, json};

    use super::*;

    /// Fake parts: one may never answer, and one queue may hold dead letters.
    #[derive(Clone, Copy)]
    struct Bench {
        silent: Option<Part>,
        letters: u64,
    }

    impl Probe for Bench {
        async fn ask(&self, part: Part) -> Result<Option<u64>, BoxError> {
            if self.silent == Some(part) {
                return future::pending().await;
            }
            Ok((part == Part::WorkDeadLetters).then_some(self.letters))
        }
    }

    fn app(silent: Option<Part>, letters: u64) -> App<Bench, MemoryStore, TestClock> {
        App {
            probe: Bench { silent, letters },
            store: MemoryStore::default(),
            clock: TestClock::at("2026-11-20T12:00:00Z"),
            providers: vec!["openai".to_owned()],
            function_version: "7".to_owned(),
            document: Document::of(docs::Contact::Untold),
        }
    }

    async fn told(app: &App<Bench, MemoryStore, TestClock>) -> Value {
        serde_json::to_value(app.health_view().await).unwrap_or_default()
    }

    #[tokio::test]
    async fn the_silent_part_is_named_and_the_others_are_well() {
        let app = app(Some(Part::QuickQueue), 0);
        let later = async {
            tokio::task::yield_now().await;
            app.clock.advance(SignedDuration::from_secs(2));
        };
        let (components, ()) = future::join(app.components(&Part::NEEDED), later).await;
        let said: Vec<Value> = components.iter().filter_map(|one| serde_json::to_value(one).ok()).collect();
        let ok = |name: &str| json!({"name": name, "status": "ok"});
        let silent = json!({"name": "quick queue", "status": "unavailable"});
        assert_eq!(said, [ok("table"), ok("work queue"), silent, ok("secrets")]);
    }

    #[tokio::test]
    async fn a_part_that_does_not_answer_makes_the_whole_not_ready_and_is_named() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap_or_default();
        let of = |name, state: Result<Option<u64>, BoxError>| views::component(name, state);
        let told = |queue| {
            let ready = views::ready(vec![of("table", Ok(None)), of("work queue", queue)], now);
            serde_json::to_value(ready).unwrap_or_default()
        };
        let (silent, well) = (told(Err("silent".into())), told(Ok(None)));
        assert_eq!((&silent["status"], &well["status"]), (&json!("not_ready"), &json!("ready")));
        assert_eq!(silent["checks"], json!({"table": "ok", "work queue": "unavailable"}));
        assert_eq!(silent["timestamp"], "2026-11-20T12:00:00Z");
    }

    #[tokio::test]
    async fn what_stands_so_now_is_told_to_a_scraper_and_what_is_silent_is_left_out() {
        let app = app(None, 3);
        let now = app.clock.now();
        let open = (0..5).fold(Breaker::default(), |breaker, _| breaker.failed(now));
        assert!(app.store.keep_breaker("openai", &open, 0).await.is_ok_and(|kept| kept));
        let told = stats::gauges(&app.gauges().await);
        for line in [
            "part_up{part=\"table\"} 1",
            "dead_letters{queue=\"work\"} 3",
            "queue_oldest_seconds{queue=\"quick\"} 0",
            "breaker_open{provider=\"openai\"} 1",
            "overdue_items 0",
            "overdue_seconds 0",
        ] {
            assert!(told.lines().any(|one| one == line), "{line}\n{told}");
        }
        let silent = self::app(Some(Part::WorkDeadLetters), 3);
        let later = async {
            tokio::task::yield_now().await;
            silent.clock.advance(SignedDuration::from_secs(2));
        };
        let (gauges, ()) = future::join(silent.gauges(), later).await;
        let told = stats::gauges(&gauges);
        assert!(told.contains("part_up{part=\"work dead letters\"} 0"), "{told}");
        assert!(!told.contains("dead_letters{queue=\"work\"}"), "nobody takes silence for none: {told}");
    }

    #[tokio::test]
    async fn what_an_operator_has_switched_off_is_named_with_who_and_why_and_degrades_where_it_is_off_for_all() {
        let app = app(None, 0);
        let turn = async |name: FlagName, flag: Value| {
            let (flag, by) = (serde_json::from_value(flag).unwrap(), Subject::new("opal").unwrap());
            let because: OperatorReason = serde_json::from_value(json!("No provider answers")).unwrap();
            flags::turn(&app.store, &app.clock, (name, Some(flag)), (by, Some(&because))).await.unwrap();
        };
        turn(FlagName::tenants(), json!({"enabled": true, "tenants_off": ["acme"]})).await;
        turn(FlagName::provider("openai"), json!({"enabled": true})).await;
        let before = told(&app).await;
        assert_eq!((&before["status"], &before["flags"][0]["tenants_off"]), (&json!("ok"), &json!(1)), "{before}");
        assert_eq!(before["flags"].as_array().map(Vec::len), Some(1), "{before}");
        turn(FlagName::generation(), json!({"enabled": false})).await;
        let held = told(&app).await;
        let flag = json!({"flag": "generation", "enabled": false, "percent": 100, "tenants_off": 0,
            "since": "2026-11-20T12:00:00Z", "by": "opal", "reason": "No provider answers"});
        assert_eq!((&held["status"], &held["flags"][0]), (&json!("degraded"), &flag), "{held}");
    }

    #[tokio::test]
    async fn what_waits_for_an_operator_degrades() {
        let well = told(&app(None, 0)).await;
        assert_eq!(
            (&well["status"], &well["open_breakers"], &well["stuck"]["count"]),
            (&json!("ok"), &json!([]), &json!(0))
        );
        assert_eq!(told(&app(None, 3)).await["status"], "degraded", "dead letters");
        assert_eq!(well["flags"], json!([]));
        let app = app(None, 0);
        let now = app.clock.now();
        let open = (0..5).fold(Breaker::default(), |breaker, _| breaker.failed(now));
        assert!(app.store.keep_breaker("openai", &open, 0).await.is_ok_and(|kept| kept));
        let told = told(&app).await;
        assert_eq!((&told["status"], &told["open_breakers"]), (&json!("degraded"), &json!(["openai"])));
    }
}
