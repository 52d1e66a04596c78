//! Tickets for streams.

use galley_domain::{
    access::{
        role::Principal,
        tickets::{self, Bearer, TicketError, TicketStore},
    },
    kernel::clock::{Clock, Entropy},
    task::store::TaskStore,
};
use galley_edge::{
    api::StreamTicketView,
    http::{
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::chain,
};

/// How long API Gateway remembers what an authorizer of an older release said.
const REMEMBERED_S: u64 = 60;

pub(crate) async fn make(
    store: &(impl TaskStore + TicketStore),
    entropy: &impl Entropy,
    clock: &impl Clock,
    call: &Call,
    caller: &Principal,
) -> Result<Reply, ApiError> {
    let id = call.task_id()?;
    let task = store.task(&id).await?.filter(|task| task.tenant == caller.tenant);
    task.ok_or_else(|| ApiError::new(Problem::NotFound))?;
    let proof = call.proof().ok_or_else(|| ApiError::new(Problem::Unavailable).retry_after(REMEMBERED_S))?;
    let bearer = Bearer::of(caller, proof.clone());
    let made = tickets::make(store, entropy, clock, &id, bearer).await.map_err(|error| match error {
        TicketError::Entropy(_) => ApiError::internal(&chain(&error)),
        TicketError::Store(error) => error.into(),
    })?;
    Ok(Reply::json(201, &StreamTicketView { ticket: made.text, expires_at: made.expires_at }))
}
