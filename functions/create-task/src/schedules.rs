//! What editors do with schedules.

use galley_domain::{
    kernel::{clock::Clock, ids::ScheduleId},
    plans::manage::ScheduleError,
    queue::message::Queue,
    schedule::{
        record::{NewSchedule, SchedulePatch},
        rule::LocalMoment,
    },
};
use galley_edge::{
    api::{self, ScheduleView},
    http::{
        body,
        call::Call,
        counting,
        error::{ApiError, FieldError, Problem},
        reply::Reply,
    },
};

use crate::{App, MakingStore, refusal};

impl<S: MakingStore, Q: Queue + Clone, C: Clock + Clone> App<S, Q, C> {
    pub(super) async fn counted(
        &self,
        call: &Call,
        answer: impl Future<Output = Result<Reply, ApiError>>,
    ) -> Result<Reply, ApiError> {
        let (store, now) = (&self.firing.creator.store, self.firing.creator.clock.now());
        // Boxed: the future is large, and most calls are none of these.
        counting::counted_or_replayed(store, now, call, Box::pin(answer)).await
    }

    pub(super) async fn make_schedule(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: NewSchedule = body::parse(call.json_bytes()?)?;
        let made = self.firing.make(&call.acting()?, asked, &call.keyed(api::made_schedule)?).await;
        Ok(Reply::once(made.map_err(refused)?, |schedule| {
            tracing::info!(schedule = %schedule.plan.id, tenant = %by.tenant, by = %by.subject, "a schedule was made");
            Reply::saved(api::made_schedule(&schedule))
        }))
    }

    pub(super) async fn patch_schedule(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<ScheduleId>("schedule_id")?);
        let asked: SchedulePatch = body::parse(call.json_bytes()?)?;
        let schedule = self.firing.change(&call.acting()?, &id, &asked).await.map_err(refused)?;
        let (paused, taken) = (schedule.plan.pause.is_some(), asked.takes_over());
        tracing::info!(schedule = %id, tenant = %by.tenant, paused, taken, by = %by.subject, "a schedule was changed");
        Ok(Reply::json(200, &ScheduleView::from(schedule)))
    }

    pub(super) async fn remove_schedule(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<ScheduleId>("schedule_id")?);
        self.firing.remove(&call.acting()?, &id).await.map_err(refused)?;
        tracing::info!(schedule = %id, tenant = %by.tenant, by = %by.subject, "a schedule was removed");
        Ok(Reply::empty(204))
    }

    pub(super) async fn skip_occurrence(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<ScheduleId>("schedule_id")?);
        let at = call.named::<LocalMoment>("at")?;
        let skipped =
            self.firing.skip(&call.acting()?, (&id, at), &call.keyed(api::left_out)?).await.map_err(refused)?;
        Ok(Reply::once(skipped, |run| {
            tracing::info!(schedule = %id, tenant = %by.tenant, %at, by = %by.subject, "an occurrence was left out");
            Reply::saved(api::left_out(&run))
        }))
    }

    pub(super) async fn run_schedule(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<ScheduleId>("schedule_id")?);
        let ran =
            self.firing.run_now((&call.acting()?, &id), call.claim()?, api::ran_at_once).await.map_err(refused)?;
        Ok(Reply::once(ran, |run| {
            tracing::info!(schedule = %id, tenant = %by.tenant, by = %by.subject, "a schedule was run at once");
            Reply::saved(api::ran_at_once(&run))
        }))
    }
}

pub(crate) fn refused(error: ScheduleError) -> ApiError {
    match error {
        ScheduleError::Unknown | ScheduleError::NotToCome => ApiError::new(Problem::NotFound),
        ScheduleError::TooMany
        | ScheduleError::TooManySkipped
        | ScheduleError::NotRun(_)
        | ScheduleError::Contended => ApiError::new(Problem::Conflict).detail(error.to_string()),
        ScheduleError::NobodyToLookUp | ScheduleError::MayNotPublish | ScheduleError::NoContent => {
            ApiError::new(Problem::Forbidden).detail(error.to_string())
        }
        ScheduleError::Invalid(faults) => {
            let errors = faults.into_iter().map(|fault| FieldError { field: fault.field, message: fault.rule });
            ApiError::invalid_fields(errors.collect())
        }
        ScheduleError::Create(error) => refusal(error),
        ScheduleError::Claim(error) => error.into(),
    }
}
