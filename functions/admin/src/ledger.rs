//! Corrects the cost of a model call.

use galley_domain::{
    kernel::ids::TaskId,
    operations::correction::{self, Asked, CorrectError},
};
use galley_edge::{
    api::CallView,
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};
use uuid::Uuid;

use crate::{App, Deps};

impl<D: Deps> App<D> {
    /// The body names the new cost, not a difference, so a repeat is harmless and needs no key.
    pub(super) async fn correct_call(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = &call.principal()?.subject;
        let id: TaskId = call.named("task_id")?;
        let which: Uuid = call
            .path_parameter("call_id")
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let asked: Asked = body::parse(call.json_bytes()?)?;
        let corrected = correction::correct(&self.store, &self.clock, &call.acting()?, (&id, which), asked).await;
        let corrected = corrected.map_err(|error| match error {
            CorrectError::NotFound => ApiError::new(Problem::NotFound),
            CorrectError::UnderWay | CorrectError::TokensNotCounted | CorrectError::Conflict => {
                ApiError::new(Problem::Conflict).detail(error.to_string())
            }
            CorrectError::Store(error) => error.into(),
        })?;
        tracing::info!(task_id = %id, call_id = %which, tenant = %corrected.tenant, cost_usd = %corrected.cost, %by, "a call's cost was put right");
        Ok(Reply::json(200, &CallView::from(corrected)))
    }
}
