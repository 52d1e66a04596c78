//! Turns the results of the probes into answers.

use galley_api::health::{
    Component, ComponentStatus, Health, HealthStatus, HeldFlag, ReadinessStatus, Ready, StuckSummary, StuckWorst,
};
use galley_domain::{kernel::error::BoxError, operations::stuck::Stuck, tenancy::held::Held};
use galley_edge::{http::API_VERSION, telemetry};
use jiff::Timestamp;

pub(super) const VERSION: &str = telemetry::RELEASE;

pub(super) fn component(name: &'static str, state: Result<Option<u64>, BoxError>) -> Component {
    let status = if state.is_ok() { ComponentStatus::Ok } else { ComponentStatus::Unavailable };
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

/// `ready` when all that is needed answers.
pub(super) fn ready(components: Vec<Component>, timestamp: Timestamp) -> Ready {
    let is_ready = components.iter().all(Component::is_ok);
    let checks = components.iter().map(|component| (component.name, component.status)).collect();
    let status = if is_ready { ReadinessStatus::Ready } else { ReadinessStatus::NotReady };
    Ready { status, checks, timestamp, version: VERSION, components }
}

/// The parts, the open breakers, what is stuck and what is switched off; what could not be read is `None`.
pub(super) type Found = (Vec<Component>, Option<Vec<String>>, Option<StuckSummary>, Option<Vec<Held>>);

/// `unavailable` when something cannot be accepted, `degraded` when something waits for an operator.
pub(super) fn health(
    (components, open_breakers, stuck, held): Found,
    function_version: &str,
    timestamp: Timestamp,
) -> Health {
    let well = components.iter().all(Component::is_ok) && open_breakers.is_some() && stuck.is_some() && held.is_some();
    let waits = components.iter().any(has_dead_letters)
        || open_breakers.as_ref().is_some_and(|open| !open.is_empty())
        || stuck.as_ref().is_some_and(|stuck| stuck.count > 0)
        || held.iter().flatten().any(Held::is_for_all);
    let status = match (well, waits) {
        (false, _) => HealthStatus::Unavailable,
        (true, true) => HealthStatus::Degraded,
        (true, false) => HealthStatus::Ok,
    };
    Health {
        status,
        timestamp,
        version: VERSION,
        commit: telemetry::COMMIT,
        api_version: API_VERSION,
        function_version: function_version.to_owned(),
        components,
        open_breakers,
        stuck,
        flags: held.map(|all| all.into_iter().map(flag).collect()),
    }
}

fn flag(Held { name, flag, last }: Held) -> HeldFlag {
    HeldFlag {
        flag: name.into(),
        enabled: flag.enabled,
        percent: flag.percent.into(),
        tenants_off: flag.tenants_off.len(),
        since: last.as_ref().map(|change| change.at),
        by: last.as_ref().map(|change| change.by.clone()),
        reason: last.and_then(|change| change.reason).map(|reason| reason.as_str().to_owned()),
    }
}
