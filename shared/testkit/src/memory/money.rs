//! The ledger, the budget and the counters of costs.

use std::collections::BTreeMap;

use galley_domain::{
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        usd::MicroUsd,
    },
    money::{
        budget::{Cap, CostBy, CostLine, CostStore, Intent, Spending, broken, day_of, month_of},
        ledger::{CallOutcome, ModelCall, Settlement},
    },
    task::record::Task,
};
use jiff::civil::Date;

use crate::memory::store::{Held, MemoryStore};

impl Held {
    /// Whether a settlement finds its call open.
    pub(super) fn call_open(&self, id: &TaskId, settlement: &Settlement) -> bool {
        let call = self.calls.get(id).and_then(|calls| calls.get(&settlement.call));
        call.is_some_and(|call| call.outcome == CallOutcome::Intent)
    }

    /// Keeps a call before it is made, at the most that it can cost.
    pub(super) fn intend(&mut self, task: &mut Task, call: ModelCall) {
        let reserved = i64::try_from(call.quote.reserved.micros()).unwrap();
        task.charge(call.phase, reserved);
        let values = [call.quote.model_id(), call.phase.name().to_owned(), task.id.to_string()];
        *self.tokens.entry((call.tenant.clone(), day_of(call.at))).or_default() +=
            i64::try_from(call.quote.reserved_tokens).unwrap();
        self.count_cost(&call.tenant, day_of(call.at), values, reserved, 1);
        self.calls.entry(task.id.clone()).or_default().insert(call.id, call);
    }

    pub(super) fn settle(&mut self, id: &TaskId, settlement: &Settlement) {
        if let Some(call) = self.calls.get_mut(id).and_then(|calls| calls.get_mut(&settlement.call)) {
            call.outcome = settlement.outcome.clone();
            call.cost = settlement.cost;
        }
        let values = [settlement.model_id(), settlement.phase.name().to_owned(), id.to_string()];
        let day = day_of(settlement.at);
        *self.tokens.entry((settlement.tenant.clone(), day)).or_default() += settlement.tokens_difference();
        self.count_cost(&settlement.tenant, day, values, settlement.difference(), 0);
    }

    pub(super) fn spending(&self, tenant: &TenantId, day: Date) -> Spending {
        let month = month_of(day);
        let ours = |of: &TenantId, day: &Date| of == tenant && month_of(*day) == month;
        let days = self.spent.iter().filter(|((of, day), _)| ours(of, day));
        let days = days.map(|((_, day), micros)| (*day, MicroUsd::from_micros(u64::try_from(*micros).unwrap())));
        let tokens = self.tokens.iter().filter(|((of, day), _)| ours(of, day));
        let tokens = tokens.map(|((_, day), tokens)| (*day, u64::try_from(*tokens).unwrap()));
        Spending { month: self.month(tenant, day), days: days.collect(), tokens: tokens.collect() }
    }

    pub(super) fn month(&self, tenant: &TenantId, day: Date) -> MicroUsd {
        let month = month_of(day);
        let days = self.spent.iter().filter(|((of, day), _)| of == tenant && month_of(*day) == month);
        MicroUsd::from_micros(u64::try_from(days.map(|(_, micros)| micros).sum::<i64>()).unwrap())
    }

    /// Which cap a call would break, if one.
    pub(super) fn capped(&self, intent: &Intent) -> Option<Cap> {
        broken(&self.spending(&intent.call.tenant, day_of(intent.call.at)), intent)
    }

    pub(super) fn count_cost(&mut self, tenant: &TenantId, day: Date, values: [String; 3], micros: i64, calls: u64) {
        *self.spent.entry((tenant.clone(), day)).or_default() += micros;
        for (by, value) in [CostBy::Model, CostBy::Phase, CostBy::Task].into_iter().zip(values) {
            let line = self.costs.entry((tenant.clone(), by, day, value)).or_default();
            *line = (line.0 + micros, line.1 + calls);
        }
    }
}

impl CostStore for MemoryStore {
    async fn spending(&self, tenant: &TenantId, day: Date) -> Result<Spending, StoreError> {
        Ok(self.held().spending(tenant, day))
    }

    async fn spending_of(&self, tenants: &[TenantId], day: Date) -> Result<Vec<(TenantId, Spending)>, StoreError> {
        let held = self.held();
        Ok(tenants.iter().map(|tenant| (tenant.clone(), held.spending(tenant, day))).collect())
    }

    async fn costs(
        &self,
        tenant: &TenantId,
        by: CostBy,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<String, CostLine>, StoreError> {
        let held = self.held();
        let micros = |micros: i64| MicroUsd::from_micros(u64::try_from(micros).unwrap());
        if by == CostBy::Day {
            let days = held.spent.iter().filter(|((of, day), _)| of == tenant && (from..=to).contains(day));
            let line = |cost| CostLine { cost: micros(cost), calls: 0 };
            return Ok(days.map(|((_, day), cost)| (day.to_string(), line(*cost))).collect());
        }
        let mut lines: BTreeMap<String, CostLine> = BTreeMap::new();
        for ((of, what, day, value), (cost, calls)) in &held.costs {
            if of == tenant && *what == by && (from..=to).contains(day) {
                let line = lines.entry(value.clone()).or_default();
                *line = CostLine { cost: line.cost + micros(*cost), calls: line.calls + calls };
            }
        }
        Ok(lines)
    }

    async fn note_alert(&self, tenant: &TenantId, cap: Cap, day: Date, level: u8) -> Result<bool, StoreError> {
        let when = if cap == Cap::Month { month_of(day) } else { format!("{day} {}", cap.name()) };
        let mut held = self.held();
        let noted = held.alerts.entry((tenant.clone(), when)).or_default();
        let news = *noted < level;
        *noted = (*noted).max(level);
        Ok(news)
    }
}
