//! Schedules and their runs.

use std::collections::BTreeSet;

use galley_domain::{
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{ScheduleId, TenantId},
        paging::{Page, PageKey},
    },
    schedule::{
        record::{Plan, Schedule},
        run::{Ran, Run},
        store::ScheduleStore,
    },
};

use crate::memory::store::{Held, MemoryStore, page};

impl Held {
    /// Whether an occurrence has no run yet, and its schedule is as it was read.
    pub(super) fn may_run(&self, ran: &Ran) -> bool {
        let schedule = self.schedules.get(&ran.run.schedule);
        schedule.is_some_and(|present| present.version == ran.over)
            && !self.runs.contains_key(&(ran.run.schedule.clone(), ran.run.name()))
    }

    pub(super) fn put_ran(&mut self, ran: Ran) {
        self.runs.insert((ran.run.schedule.clone(), ran.run.name()), ran.run);
        self.put_schedule(&ran.schedule);
    }

    fn put_schedule(&mut self, schedule: &Schedule) {
        let id = schedule.plan.id.clone();
        self.tries.remove(id.as_str());
        self.resends.remove(id.as_str());
        self.schedules.insert(id.clone(), schedule.clone());
        match schedule.due_at() {
            Some(due) => self.schedules_due.insert(id, due),
            None => self.schedules_due.remove(&id),
        };
    }
}

impl ScheduleStore for MemoryStore {
    async fn schedule(&self, id: &ScheduleId) -> Result<Option<Schedule>, StoreError> {
        self.counted()?;
        Ok(self.held().schedules.get(id).cloned())
    }

    async fn schedules(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Plan>, StoreError> {
        let held = self.held();
        let sort = |plan: &Plan| format!("{:.3}#{}", plan.created_at, plan.id);
        let mut plans: Vec<Plan> =
            held.schedules.values().map(|one| one.plan.clone()).filter(|plan| plan.tenant == *tenant).collect();
        plans.sort_by_key(|plan| std::cmp::Reverse(sort(plan)));
        plans.retain(|plan| after.as_ref().is_none_or(|after| sort(plan) < after.sort));
        Ok(page(plans, limit, |plan| PageKey { sort: sort(plan), id: plan.id.to_string() }))
    }

    async fn schedules_of(&self, ids: &[ScheduleId]) -> Result<Vec<Schedule>, StoreError> {
        self.counted()?;
        let held = self.held();
        let wanted: BTreeSet<&ScheduleId> = ids.iter().collect();
        Ok(wanted.into_iter().filter_map(|id| held.schedules.get(id)).cloned().collect())
    }

    async fn make_schedule(&self, schedule: &Schedule, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        held.put_schedule(schedule);
        held.keep_claim(claim);
        self.record(&mut held);
        Ok(())
    }

    async fn keep_schedule(&self, schedule: &Schedule, over: u64) -> Result<bool, StoreError> {
        let mut held = self.held();
        let as_read = held.schedules.get(&schedule.plan.id).is_some_and(|present| present.version == over);
        if as_read {
            held.put_schedule(schedule);
            self.record(&mut held);
        }
        Ok(as_read)
    }

    async fn keep_run(&self, ran: &Ran, claim: Option<ClaimRecord>) -> Result<bool, ClaimError> {
        self.counted()?;
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        let may = held.may_run(ran);
        if may {
            held.put_ran(ran.clone());
            held.keep_claim(claim);
            self.record(&mut held);
        }
        Ok(may)
    }

    async fn remove_schedule(&self, schedule: &Schedule) -> Result<bool, StoreError> {
        let mut held = self.held();
        let id = &schedule.plan.id;
        let as_read = held.schedules.get(id).is_some_and(|present| present.version == schedule.version);
        if as_read {
            held.schedules.remove(id);
            held.schedules_due.remove(id);
            self.record(&mut held);
        }
        Ok(as_read)
    }

    async fn runs(&self, id: &ScheduleId, limit: u32, after: Option<PageKey>) -> Result<Page<Run>, StoreError> {
        let held = self.held();
        let sort = |run: &Run| format!("RUN#{}", run.name());
        let mut runs: Vec<Run> = held.runs.iter().filter(|((of, _), _)| of == id).map(|(_, run)| run.clone()).collect();
        runs.reverse();
        runs.retain(|run| after.as_ref().is_none_or(|after| sort(run) < after.sort));
        Ok(page(runs, limit, |run| PageKey { sort: sort(run), id: id.to_string() }))
    }
}
