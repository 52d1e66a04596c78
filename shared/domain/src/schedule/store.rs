//! Where schedules and their runs are kept.

use std::future::Future;

use crate::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{ScheduleId, TenantId},
        paging::{Page, PageKey},
    },
    schedule::{
        record::{Plan, Schedule},
        run::{Ran, Run},
    },
};

/// How long what came of an occurrence is kept.
pub const RUN_KEPT_DAYS: i64 = 400;

/// Schedules of tenants.
pub trait ScheduleStore: Send + Sync {
    fn schedule(&self, id: &ScheduleId) -> impl Future<Output = Result<Option<Schedule>, StoreError>> + Send;

    /// A page of a tenant's, newest first, without what their tasks are asked for with.
    fn schedules(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Plan>, StoreError>> + Send;

    /// Those of at most a hundred that exist, in no particular order.
    fn schedules_of(&self, ids: &[ScheduleId]) -> impl Future<Output = Result<Vec<Schedule>, StoreError>> + Send;

    /// Keeps a new schedule, and the claim of the request.
    fn make_schedule(
        &self,
        schedule: &Schedule,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<(), ClaimError>> + Send;

    /// Keeps a schedule over the version that was read. `false`: it has changed since, or is gone.
    fn keep_schedule(&self, schedule: &Schedule, over: u64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps a run that made no task, and the schedule after it, with the claim of the request. `false`: the schedule has changed since it was
    /// read, or the occurrence has a run already; nothing is written.
    fn keep_run(&self, ran: &Ran, claim: Option<ClaimRecord>) -> impl Future<Output = Result<bool, ClaimError>> + Send;

    /// Removes a schedule; its runs stay as long as they are kept. `false`: it has changed since it was read.
    fn remove_schedule(&self, schedule: &Schedule) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A page of what came of a schedule's occurrences, the last one first.
    fn runs(
        &self,
        id: &ScheduleId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<Run>, StoreError>> + Send;
}
