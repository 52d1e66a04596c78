//! What is told of Galley's health.

use galley_domain::{kernel::error::BoxError, operations::stuck};
use galley_edge::http::API_VERSION;
use serde::Serialize;

use crate::parts::Part;

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Debug, Serialize)]
pub(super) struct Ready {
    pub(super) status: &'static str,
    pub(super) version: &'static str,
    pub(super) components: Vec<Component>,
}

#[derive(Debug, Serialize)]
pub(super) struct Component {
    name: &'static str,
    status: &'static str,
    /// Messages that wait, for a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<u64>,
    /// For how long the oldest thing meant for a queue has waited to be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_s: Option<i64>,
}

impl Component {
    pub(super) fn of(name: &'static str, state: Result<Option<u64>, BoxError>) -> Self {
        let status = if state.is_ok() { "ok" } else { "unavailable" };
        Self { name, status, depth: state.ok().flatten(), age_s: None }
    }

    pub(super) fn is(&self, part: Part) -> bool {
        self.name == part.name()
    }

    pub(super) const fn waits(&mut self, age_s: i64) {
        self.age_s = Some(age_s);
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == "ok"
    }

    fn has_dead_letters(&self) -> bool {
        self.name.ends_with("dead letters") && self.depth.is_some_and(|depth| depth > 0)
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Stuck {
    count: usize,
    /// The one that the sweeper has sent for most often.
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<Worst>,
}

#[derive(Debug, Serialize)]
struct Worst {
    id: String,
    reason: &'static str,
    resends: u32,
}

impl Stuck {
    pub(super) fn of(all: &[stuck::Stuck]) -> Self {
        let worst = all.first().map(|stuck| Worst {
            id: stuck.due.message.id.clone(),
            reason: stuck.reason.name(),
            resends: stuck.due.resends,
        });
        Self { count: all.len(), worst }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    api_version: &'static str,
    function_version: String,
    components: Vec<Component>,
    /// The providers whose circuit breaker is open; `null` when that could not be read.
    open_breakers: Option<Vec<String>>,
    /// What is overdue; `null` when that could not be read.
    stuck: Option<Stuck>,
}

impl Health {
    /// `unavailable` when something cannot be accepted, `degraded` when something waits for an operator.
    pub(super) fn of(
        components: Vec<Component>,
        open_breakers: Option<Vec<String>>,
        stuck: Option<Stuck>,
        function_version: &str,
    ) -> Self {
        let well = components.iter().all(Component::is_ok) && open_breakers.is_some() && stuck.is_some();
        let waits = components.iter().any(Component::has_dead_letters)
            || open_breakers.as_ref().is_some_and(|open| !open.is_empty())
            || stuck.as_ref().is_some_and(|stuck| stuck.count > 0);
        let status = match (well, waits) {
            (false, _) => "unavailable",
            (true, true) => "degraded",
            (true, false) => "ok",
        };
        let (version, api_version) = (VERSION, API_VERSION);
        Self {
            status,
            version,
            api_version,
            function_version: function_version.to_owned(),
            components,
            open_breakers,
            stuck,
        }
    }
}
