//! Tenants as operators see them, and what somebody has done.

use galley_domain::{
    kernel::{
        ids::{TaskId, TenantId},
        usd::MicroUsd,
    },
    money::budget::Spending,
    operations::trail::Trail,
    tenancy::{registry::Registered, suspension::Standing},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{inspect::InspectedEventView, task::EventView};

/// A tenant.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Tenant))]
pub struct TenantView {
    pub tenant: TenantId,
    /// `suspended`: nobody of it gets in, and nothing of it goes out or is shown.
    pub status: Standing,
    /// Since when it is on the list. Null: it is not, but a flag names it.
    pub since: Option<Timestamp>,
}

impl TenantView {
    pub const fn of(tenant: TenantId, standing: Standing, since: Option<Timestamp>) -> Self {
        Self { tenant, status: standing, since }
    }

    pub fn listed(Registered { tenant, since }: Registered, standing: Standing) -> Self {
        Self::of(tenant, standing, Some(since))
    }
}

/// What a tenant has spent in a month, with what is reserved for calls under way. Exact: it is what its caps are held against.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TenantCosts))]
pub struct TenantCostsView {
    pub tenant: TenantId,
    pub month_usd: MicroUsd,
    /// Of its most expensive day.
    pub highest_day_usd: MicroUsd,
    pub highest_day: Option<Date>,
    /// Of models without a price, in the whole month.
    pub tokens: u64,
}

impl TenantCostsView {
    pub fn of((tenant, spending): (TenantId, Spending)) -> Self {
        let highest = spending.days.iter().max_by_key(|(day, cost)| (**cost, std::cmp::Reverse(**day)));
        let (highest_day, highest_day_usd) = highest.map(|(day, cost)| (*day, *cost)).unzip();
        Self {
            tenant,
            month_usd: spending.month,
            highest_day_usd: highest_day_usd.unwrap_or_default(),
            highest_day,
            tokens: spending.tokens.values().sum(),
        }
    }
}

/// What somebody did to one task, the newest first.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SubjectTrail))]
pub struct TrailView {
    pub task_id: TaskId,
    pub events: Vec<EventView>,
    /// Whether the task has older events, which were not looked at: `…/tasks/{task_id}/events` has them.
    pub is_cut: bool,
}

impl From<Trail> for TrailView {
    fn from(Trail { task, events, is_cut }: Trail) -> Self {
        Self { task_id: task, events: events.into_iter().map(EventView::from).collect(), is_cut }
    }
}

/// As `SubjectTrail`, without words.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = InspectedTrail))]
pub struct InspectedTrailView {
    pub task_id: TaskId,
    pub events: Vec<InspectedEventView>,
    /// Whether the task has older events, which were not looked at.
    pub is_cut: bool,
}

impl From<Trail> for InspectedTrailView {
    fn from(Trail { task, events, is_cut }: Trail) -> Self {
        Self { task_id: task, events: events.into_iter().map(InspectedEventView::from).collect(), is_cut }
    }
}
