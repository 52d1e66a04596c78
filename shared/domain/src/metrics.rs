//! What is measured while Galley runs: the names under which dashboards and alarms know it. Where it goes is for the
//! edge to say; without a recorder, as in most tests, nothing is kept.

pub mod stats;

use std::{fmt, sync::OnceLock};

/// How a value is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Seconds,
    /// US dollars.
    None,
}

impl Unit {
    /// As `CloudWatch` calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

macro_rules! metrics {
    ($($variant:ident $name:literal $unit:ident [$($label:literal),*] $help:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $(#[doc = $help] $variant,)+
        }

        impl Metric {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            pub const fn unit(self) -> Unit {
                match self {
                    $(Self::$variant => Unit::$unit,)+
                }
            }

            /// What its values are told apart by.
            pub const fn labels(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$($label),*],)+
                }
            }

            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$variant => $help,)+
                }
            }
        }
    };
}

metrics! {
    TasksCreated "tasks_created_total" Count ["task_type"] "Tasks that were accepted.";
    TasksCompleted "tasks_completed_total" Count ["task_type", "outcome"]
        "Ends that tasks came to; one that is retried or replaced may come to several.";
    TaskDuration "task_duration_seconds" Seconds ["task_type", "outcome"]
        "From a task's creation until its draft waits for a person, or it failed.";
    PhaseDuration "phase_duration_seconds" Seconds ["phase"] "Work of a phase in one attempt, its waiting included.";
    ApiRequestDuration "api_request_duration_seconds" Seconds ["function"] "Requests, from the event to the answer.";
    ApiRequests "api_requests_total" Count ["function", "status"] "Answers, by the class of their status.";
    HttpRequests "http_requests_total" Count ["method", "route", "status"]
        "Answers, by route; what no route has counts under none. Streams and the console are not among them.";
    ApiErrors "api_errors_total" Count ["function"] "Answers with 5xx.";
    Throttles "throttles_total" Count ["function"] "Answers with 429: a limit or a quota.";
    CacheHits "cache_hits_total" Count ["kind"] "Questions that were answered before: answer, search, photograph.";
    CacheMisses "cache_misses_total" Count ["kind"] "Questions that were not.";
    ProviderLatency "provider_latency_seconds" Seconds ["provider"] "Calls of providers, answered or not.";
    ProviderErrors "provider_errors_total" Count ["provider"] "Calls of providers that brought nothing of use.";
    ProviderTokens "provider_tokens_total" Count ["provider", "direction"] "Tokens by the providers' reports.";
    ProviderCost "provider_cost_usd" None ["provider"] "What calls cost, at the reserve where nothing was reported.";
    UsageDisbelieved "usage_disbelieved_total" Count ["provider"] "Reports of more tokens than a call can use.";
    BreakerMoves "breaker_moves_total" Count ["provider", "to"] "Circuit breakers that opened or closed.";
    BreakerOpened "breaker_opened_total" Count ["provider"]
        "Circuit breakers that opened, or stayed open after a trial.";
    QueueAge "queue_age_seconds" Seconds ["kind"] "From a message's sending to its receipt.";
    Retries "retries_total" Count ["kind"] "Messages that were left for another delivery.";
    BudgetAlerts "budget_alerts_total" Count ["cap", "percent"] "Caps of tenants' days and months that are nearly spent.";
    TargetsPaused "targets_paused_total" Count ["kind"] "Targets that paused themselves after failures in a row.";
    Overdue "overdue_items" Count [] "Items that are stuck after a sweep, as operators see them listed.";
    OverdueAge "overdue_seconds" Seconds [] "For how long the item that is stuck the longest has been overdue.";
}

/// Takes what is measured.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// `labels` are the values of `metric.labels()`, in their order.
    fn record(&self, metric: Metric, value: f64, labels: &[&str]);
}

static RECORDER: OnceLock<Box<dyn Recorder>> = OnceLock::new();

/// Sends everything to `recorder` from now on. A second one is not taken.
pub fn install(recorder: Box<dyn Recorder>) {
    // The first one stays.
    drop(RECORDER.set(recorder));
}

/// Measures `value`, told apart by `labels` in the order of `metric.labels()`.
pub fn record(metric: Metric, value: f64, labels: &[&str]) {
    debug_assert_eq!(labels.len(), metric.labels().len(), "{metric:?}");
    if let Some(recorder) = RECORDER.get() {
        recorder.record(metric, value, labels);
    }
}

/// One more.
pub fn count(metric: Metric, labels: &[&str]) {
    record(metric, 1.0, labels);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_say_their_unit() {
        let names: BTreeSet<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), Metric::ALL.len());
        for metric in Metric::ALL {
            let suffix = match metric.unit() {
                Unit::Seconds => "_seconds",
                Unit::None => "_usd",
                Unit::Count => continue,
            };
            assert!(metric.name().ends_with(suffix), "{metric:?}");
        }
    }
}
