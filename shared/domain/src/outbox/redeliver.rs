//! Deliveries that are sent again on request.

use uuid::Uuid;

use crate::{
    idempotency::claim::{ClaimError, ClaimStore, Keyed, Once},
    kernel::{
        clock::Clock,
        error::StoreError,
        ids::{TaskId, TenantId},
    },
    outbox::{
        again,
        deliver::{Delivery, DeliveryStore, parse_message_id},
    },
    queue::message::{Message, Queue},
};

/// Sends a delivery again, once under an idempotency key. `None`: the task has no such delivery.
///
/// # Errors
/// When the key was used for another request, or the store does not answer.
pub async fn redeliver<S: DeliveryStore + ClaimStore>(
    store: &S,
    queue: &impl Queue,
    clock: &impl Clock,
    tenant: &TenantId,
    (task, id): (&TaskId, Uuid),
    keyed: &Keyed<Delivery>,
) -> Result<Option<Once<Delivery>>, ClaimError> {
    loop {
        let (found, now) = (store.delivery(task, id).await?, clock.now());
        let Some(found) = found.filter(|found| found.tenant == *tenant) else { return Ok(None) };
        let Some(again) = found.again(now) else {
            // It is under way, and nothing is written but that this was the answer.
            let written = match keyed.record(&found, now) {
                Some(record) => store.keep_claim(record).await,
                None => Ok(()),
            };
            return Once::of(found, written).map(Some);
        };
        let written = match store.redeliver(&again, found.version, keyed.record(&again, now)).await {
            Ok(true) => Ok(()),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let sent = Once::of(again, written)?;
        if let Once::New(again) = &sent {
            again::send(queue, &again.message()).await;
        }
        return Ok(Some(sent));
    }
}

/// Sends again what `message` names. `false`: there is no such delivery.
///
/// # Errors
/// When the store does not answer.
pub(crate) async fn again(
    store: &impl DeliveryStore,
    queue: &impl Queue,
    clock: &impl Clock,
    message: &Message,
) -> Result<bool, StoreError> {
    let Some((task, id)) = parse_message_id(&message.id) else { return Ok(false) };
    loop {
        let found = store.delivery(&task, id).await?;
        let Some(found) = found.filter(|found| found.tenant == message.tenant) else { return Ok(false) };
        let Some(again) = found.again(clock.now()) else { return Ok(true) };
        if store.keep_delivery(&again, found.version).await? {
            again::send(queue, &again.message()).await;
            return Ok(true);
        }
    }
}
