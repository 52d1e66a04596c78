//! Schedules, and what came of their occurrences.

use galley_domain::{
    kernel::{
        clock::{Clock, Entropy},
        error::StoreError,
        ids::{ScheduleId, TaskId, TenantId},
    },
    schedule::record::Schedule,
    secrets::store::Secrets,
};
use galley_edge::{
    api::{PlanView, RunView, ScheduleView},
    http::{
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, ReadStore};

impl<S: ReadStore, X: Secrets, C: Clock, E: Entropy> App<S, X, C, E> {
    pub(super) async fn schedules(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let scope = format!("schedules/{tenant}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let page = self.store.schedules(tenant, limit, after).await?;
        self.cursors.page(page.map(PlanView::from), &scope).await
    }

    pub(super) async fn schedule(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.named::<ScheduleId>("schedule_id")?;
        let schedule = owned(self.store.schedule(&id).await, tenant)?;
        Ok(Reply::json(200, &ScheduleView::from(schedule)))
    }

    /// The schedule, its runs, and their tasks: three calls of the table, the first two side by side.
    pub(super) async fn runs(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.named::<ScheduleId>("schedule_id")?;
        let scope = format!("runs/{tenant}/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let (schedule, page) =
            futures_util::future::join(self.store.schedule(&id), self.store.runs(&id, limit, after)).await;
        owned(schedule, tenant)?;
        let page = page?;
        let of_runs: Vec<TaskId> = page.items.iter().filter_map(|run| run.outcome.task()).cloned().collect();
        let tasks = self.store.tasks(&of_runs).await?;
        self.cursors.page(page.map(|run| RunView::beside(run, &tasks)), &scope).await
    }
}

/// Another tenant's schedule is as none.
fn owned(found: Result<Option<Schedule>, StoreError>, tenant: &TenantId) -> Result<Schedule, ApiError> {
    found?.filter(|schedule| schedule.plan.tenant == *tenant).ok_or_else(|| ApiError::new(Problem::NotFound))
}
