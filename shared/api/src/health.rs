//! The health answer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{ids::Subject, rule::choice};

choice!(
    /// Whether a part that is needed answers.
    ComponentStatus { Ok => "ok", Unavailable => "unavailable" }
);
choice!(
    /// Whether requests can be served.
    ReadinessStatus { Ready => "ready", NotReady => "not_ready" }
);
choice!(HealthStatus {
    Ok => "ok",
    /// Something waits for an operator.
    Degraded => "degraded",
    /// Something cannot be accepted.
    Unavailable => "unavailable",
});

/// That the function runs.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Live {
    #[cfg_attr(feature = "schema", schema(schema_with = alive))]
    pub status: &'static str,
    pub timestamp: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ready {
    pub status: ReadinessStatus,
    /// Each part that is needed, by its name.
    pub checks: BTreeMap<&'static str, ComponentStatus>,
    pub timestamp: Timestamp,
    pub version: &'static str,
    pub components: Vec<Component>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Component {
    pub name: &'static str,
    pub status: ComponentStatus,
    /// Messages that wait, for a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<u64>,
    /// Seconds that the oldest thing meant for the queue has waited to be taken, to within a run of the sweeper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_s: Option<i64>,
}

impl Component {
    pub fn is_ok(&self) -> bool {
        self.status == ComponentStatus::Ok
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StuckSummary {
    pub count: usize,
    /// The one that the sweeper has sent for most often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<StuckWorst>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StuckWorst {
    pub id: String,
    pub reason: &'static str,
    pub resends: u32,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Health {
    /// `degraded` when something waits for an operator.
    pub status: HealthStatus,
    pub timestamp: Timestamp,
    pub version: &'static str,
    /// The commit that it was packaged from; `null` where it was built otherwise.
    pub commit: Option<&'static str>,
    pub api_version: &'static str,
    pub function_version: String,
    pub components: Vec<Component>,
    /// The providers whose circuit breaker is open; `null` when that could not be read.
    pub open_breakers: Option<Vec<String>>,
    /// What is overdue; `null` when that could not be read.
    pub stuck: Option<StuckSummary>,
    /// The flags that are off for somebody; `null` when they could not be read. One that is off for all degrades.
    pub flags: Option<Vec<HeldFlag>>,
}

/// A flag that holds something back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HeldFlag {
    pub flag: String,
    /// `false`: it is off for all.
    pub enabled: bool,
    /// The share of the tenants for whom it is on, while it is.
    pub percent: u8,
    /// For how many tenants it is off besides.
    pub tenants_off: usize,
    /// Since when it says so, who has said it, and why; `null` where that is long ago, or was not said.
    pub since: Option<Timestamp>,
    pub by: Option<Subject>,
    pub reason: Option<String>,
}

#[cfg(feature = "schema")]
fn alive() -> utoipa::openapi::schema::Object {
    crate::schema::one_of(["alive"].into_iter()).build()
}
