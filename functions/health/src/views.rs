//! Turns the results of the probes into answers.

use galley_api::health::{Component, Health, StuckSummary, StuckWorst};
use galley_domain::{kernel::error::BoxError, operations::stuck::Stuck};
use galley_edge::{http::API_VERSION, telemetry};

pub(super) const VERSION: &str = telemetry::RELEASE;

pub(super) fn component(name: &'static str, state: Result<Option<u64>, BoxError>) -> Component {
    let status = if state.is_ok() { "ok" } else { "unavailable" };
    Component { name, status, depth: state.ok().flatten(), age_s: None }
}

fn has_dead_letters(component: &Component) -> bool {
    component.name.ends_with("dead letters") && component.depth.is_some_and(|depth| depth > 0)
}

pub(super) fn summary(all: &[Stuck]) -> StuckSummary {
    let worst = all.first().map(|stuck| StuckWorst {
        id: stuck.due.message.id.clone(),
        reason: stuck.reason.name(),
        resends: stuck.due.resends,
    });
    StuckSummary { count: all.len(), worst }
}

/// `unavailable` when something cannot be accepted, `degraded` when something waits for an operator.
pub(super) fn health(
    components: Vec<Component>,
    open_breakers: Option<Vec<String>>,
    stuck: Option<StuckSummary>,
    function_version: &str,
) -> Health {
    let well = components.iter().all(Component::is_ok) && open_breakers.is_some() && stuck.is_some();
    let waits = components.iter().any(has_dead_letters)
        || open_breakers.as_ref().is_some_and(|open| !open.is_empty())
        || stuck.as_ref().is_some_and(|stuck| stuck.count > 0);
    let status = match (well, waits) {
        (false, _) => "unavailable",
        (true, true) => "degraded",
        (true, false) => "ok",
    };
    Health {
        status,
        version: VERSION,
        commit: telemetry::COMMIT,
        api_version: API_VERSION,
        function_version: function_version.to_owned(),
        components,
        open_breakers,
        stuck,
    }
}
