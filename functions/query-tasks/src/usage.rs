//! How much of each limit a caller has used.

use galley_domain::{
    access::{
        limits::{LimitStore, QuotaDay, RateClass, Window},
        role::Principal,
    },
    kernel::clock::Clock,
    tenancy::settings::Limits,
};
use galley_edge::{
    api::{UsageLine, UsageView},
    http::{error::ApiError, reply::Reply},
};

/// One read, whatever the number of limits. `limits` are those in force for this caller.
pub(super) async fn usage(
    store: &impl LimitStore,
    clock: &impl Clock,
    principal: &Principal,
    limits: Limits,
) -> Result<Reply, ApiError> {
    let now = clock.now();
    let windows: Vec<Window> = RateClass::ALL
        .iter()
        .filter_map(|class| {
            let limit = limits.per_minute(*class)?;
            Some(Window::of(*class, &principal.tenant, &principal.subject, limit, now))
        })
        .collect();
    let day = QuotaDay::of(&principal.tenant, &principal.subject, now);
    let used = store.used(&windows, &day).await?;
    let minutes = windows.iter().zip(used.windows).map(|(window, used)| {
        UsageLine::of(format!("{}_per_minute", window.class.name()), window.limit, used, window.resets_at())
    });
    let days = [
        ("user_tasks_per_day", limits.quota.user, used.user),
        ("org_tasks_per_day", limits.quota.organisation, used.organisation),
    ]
    .map(|(name, limit, used)| UsageLine::of(name.to_owned(), limit, used, day.resets_at()));
    Ok(Reply::json(200, &UsageView { data: minutes.chain(days).collect() }))
}
