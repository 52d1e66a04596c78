//! What a tenant has spent, from the counters that are written with its calls.

use futures_util::future;
use galley_domain::{
    kernel::clock::Clock,
    money::budget::{self, Cap, CostBy, CostStore, day_of},
    tenancy::settings::TenantStore,
};
use galley_edge::{
    api::models::{BudgetView, CostLineView, CostsView, TokensTodayView},
    http::{call::Call, error::ApiError, reply::Reply, written::as_written},
};
use jiff::civil::Date;

use crate::{App, Deps};

/// Days that one answer may cover.
const MOST_DAYS: i32 = 92;

impl<D: Deps> App<D> {
    pub(super) async fn costs(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let today = day_of(self.clock.now());
        let by = call.choice("by", CostBy::ALL, CostBy::name)?.unwrap_or_default();
        let from = day(call, "from")?.unwrap_or_else(|| today.first_of_month());
        let to = day(call, "to")?.unwrap_or(today.max(from));
        let days = from.until(to).map_or(i32::MAX, |span| span.get_days());
        if to < from || days >= MOST_DAYS {
            return Err(ApiError::invalid("to", "must not be before from, nor 92 days or more after it"));
        }
        let (lines, spending, settings) = future::join3(
            self.store.costs(tenant, by, from, to),
            self.store.spending(tenant, today),
            self.store.settings(tenant),
        )
        .await;
        let lines = lines?;
        let spending = spending?;
        let caps = settings?.limits.caps(self.caps);
        let budget = |cap, spent, most| BudgetView {
            period: cap,
            spent_usd: spent,
            cap_usd: most,
            alert_percent: budget::alert_level(spent, most),
        };
        let total_usd = lines.values().map(|line| line.cost).sum();
        let data = lines.into_iter().map(|(value, line)| CostLineView {
            value,
            cost_usd: line.cost,
            calls: (by != CostBy::Day).then_some(line.calls),
        });
        Ok(Reply::json(
            200,
            &CostsView {
                by,
                from,
                to,
                total_usd,
                budgets: vec![
                    budget(Cap::Day, spending.on(today), caps.day),
                    budget(Cap::Month, spending.month, caps.month),
                ],
                tokens_today: TokensTodayView {
                    used: spending.tokens_on(today),
                    cap: caps.tokens,
                    alert_percent: budget::level_of(spending.tokens_on(today), caps.tokens),
                },
                data: data.collect(),
            },
        )
        .compressible())
    }
}

pub(super) fn day(call: &Call, name: &str) -> Result<Option<Date>, ApiError> {
    let parsed = call.query(name).map(|text| as_written(&text).ok_or(())).transpose();
    parsed.map_err(|()| ApiError::invalid(name, "must be a date such as 2026-11-20"))
}
