//! What a tenant is given before a test begins, as if somebody had set it.

use galley_domain::{
    kernel::ids::TenantId,
    tenancy::{
        flags::FlagStore,
        history::{HistoryStore, Own, TenantChange, Turned, What},
        settings::{Overrides, Settings, TenantStore},
        suspension::{self, Because, Standing},
    },
};
use uuid::Uuid;

use crate::{
    build::{self, subject},
    clock::TestClock,
};

pub async fn set_limits(store: &(impl TenantStore + HistoryStore), tenant: &TenantId, after: Overrides) {
    let before = store.settings(tenant).await.unwrap().limits;
    let made = store.make_change(&change(tenant, What::Limits(Turned { before, after }))).await;
    assert!(made.unwrap(), "nobody else changes it");
}

/// All but the limits.
pub async fn set_own(store: &(impl TenantStore + HistoryStore), tenant: &TenantId, after: &Settings) {
    let before = Own::of(&store.settings(tenant).await.unwrap());
    let made = store.make_change(&change(tenant, What::Settings(Turned { before, after: Own::of(after) }))).await;
    assert!(made.unwrap(), "nobody else changes it");
}

/// A change that Ana made.
pub fn change(tenant: &TenantId, what: What) -> TenantChange {
    TenantChange {
        id: Uuid::now_v7(),
        tenant: tenant.clone(),
        what,
        by: subject("ana"),
        by_tenant: tenant.clone(),
        at: "2026-11-20T12:00:00Z".parse().unwrap(),
        reverts: None,
    }
}

/// Has `name` suspended, or served again.
pub async fn turn(store: &impl FlagStore, name: &str, to: Standing) {
    let clock = TestClock::at("2026-11-20T12:00:00Z");
    let because: Because = serde_json::from_value(serde_json::json!({"reason": "As a test wants it"})).unwrap();
    suspension::turn(store, &clock, (&build::tenant(name), to), (&subject("opal"), &because)).await.unwrap();
}
