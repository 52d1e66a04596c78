//! What operators see of a task of any tenant, and what they do to it. Never its text, nor what was asked for.

use galley_domain::{
    access::acts::Acting,
    idempotency::claim::Once,
    kernel::ids::TaskId,
    operations::{
        account,
        hand::{Hand, HandError, Stop},
    },
    outbox::deliver::DeliveryStore,
    task::{record::Task, store::TaskStore},
};
use galley_edge::{
    api::{self, InspectedDeliveryView, InspectedEventView, InspectedTaskView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn inspect_task(&self, call: &Call) -> Result<Reply, ApiError> {
        let task = self.looked_at(call, &call.task_id()?).await?;
        let account = account::of(&self.store, &task).await?;
        Ok(Reply::json(200, &InspectedTaskView::of(&task, account)))
    }

    pub(super) async fn inspect_events(&self, call: &Call) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("inspected-events/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        self.looked_at(call, &id).await?;
        let page = self.store.events(&id, limit, after).await?;
        self.cursors.page(page.map(InspectedEventView::from), &scope).await
    }

    pub(super) async fn inspect_deliveries(&self, call: &Call) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("inspected-deliveries/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        self.looked_at(call, &id).await?;
        let page = self.store.deliveries(&id, limit, after).await?;
        self.cursors.page(page.map(InspectedDeliveryView::from), &scope).await
    }

    /// The task, and a line in the log of who looked at it: it is somebody else's.
    async fn looked_at(&self, call: &Call, id: &TaskId) -> Result<Task, ApiError> {
        let task = self.store.task(id).await?.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let by = &call.principal()?.subject;
        tracing::info!(task_id = %id, tenant = %task.tenant, %by, "an operator looked at a task");
        Ok(task)
    }

    pub(super) async fn kick_task(&self, call: &Call) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let acting = call.acting()?;
        let done = self.hand(&acting).kick(&id, &call.keyed(api::inspected)?).await;
        operated(call, done, "an operator sent for a task")
    }

    pub(super) async fn stop_task(&self, call: &Call) -> Result<Reply, ApiError> {
        let (id, stop): (TaskId, Stop) = (call.task_id()?, body::parse(call.json_bytes()?)?);
        let acting = call.acting()?;
        let done = self.hand(&acting).stop(&id, &stop, &call.keyed(api::inspected)?).await;
        operated(call, done, "an operator cancelled a task")
    }

    const fn hand<'a>(&'a self, acting: &'a Acting) -> Hand<'a, D::Store, D::Queue, D::Clock> {
        Hand { store: &self.store, queue: &self.queue, clock: &self.clock, acting }
    }
}

/// The audit says that an operator did it; this line and the operators' acts say who.
fn operated(call: &Call, done: Result<Once<Task>, HandError>, what: &str) -> Result<Reply, ApiError> {
    let by = &call.principal()?.subject;
    Ok(Reply::once(done.map_err(refusal)?, |task| {
        tracing::info!(task_id = %task.id, tenant = %task.tenant, status = task.state.name(), %by, "{what}");
        Reply::saved(api::inspected(&task))
    }))
}

fn refusal(error: HandError) -> ApiError {
    let text = error.to_string();
    match error {
        HandError::NotFound => ApiError::new(Problem::NotFound),
        HandError::IllegalMove(illegal) => {
            ApiError::new(Problem::IllegalMove).detail(illegal.to_string()).state(illegal.from.name())
        }
        HandError::NothingToSendFor(state, _) => ApiError::new(Problem::IllegalMove).detail(text).state(state.name()),
        HandError::Conflict(state) => ApiError::new(Problem::Conflict).detail(text).state(state.name()),
        HandError::Claim(error) => error.into(),
        HandError::Store(error) => error.into(),
    }
}
