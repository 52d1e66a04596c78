//! What every store does, whichever it is. Each case gets a store of its own and is run against the fake and the real one.

mod access;
mod acts;
mod agents;
mod assignment;
mod comment;
mod generation;
mod idempotency;
mod intent;
mod metrics;
mod money;
mod operations;
mod outbox;
mod plans;
mod privacy;
mod publishing;
mod queue;
mod schedule;
mod steps;
mod store;
mod streams;
mod task;
mod tenancy;
mod webhooks;

pub use store::Store;

/// Runs every case on `store`. The cases use tenants of their own, so they do not see each other.
pub async fn holds_for(store: &impl Store) {
    task::holds_for(store).await;
    assignment::holds_for(store).await;
    comment::holds_for(store).await;
    idempotency::holds_for(store).await;
    publishing::holds_for(store).await;
    webhooks::holds_for(store).await;
    access::holds_for(store).await;
    streams::holds_for(store).await;
    generation::holds_for(store).await;
    operations::holds_for(store).await;
    queue::holds_for(store).await;
    metrics::holds_for(store).await;
    money::holds_for(store).await;
    outbox::holds_for(store).await;
    tenancy::holds_for(store).await;
    privacy::holds_for(store).await;
    schedule::holds_for(store).await;
    plans::holds_for(store).await;
    intent::holds_for(store).await;
    agents::holds_for(store).await;
    // Its flag is in no other case's log.
    acts::holds_for(store).await;
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        super::holds_for(&crate::MemoryStore::default()).await;
    }
}
