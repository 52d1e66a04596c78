//! The list of tenants, whether each is served, what each has spent, and what somebody has done.

use crate::{App, Deps};
use galley_domain::{
    idempotency::claim::SavedResponse,
    kernel::{
        clock::Clock,
        ids::{Subject, TenantId},
        paging::Page,
    },
    money::budget::{CostStore, day_of},
    operations::trail,
    tenancy::{
        flags::{FlagName, FlagStore},
        registry::{Registered, RegistryStore},
        suspension::{self, Because, Standing, SuspendError},
    },
};
use galley_edge::{
    api::{self, InspectedTrailView, TenantCostsView, TenantView, TrailView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

impl<D: Deps> App<D> {
    pub(super) async fn list_tenants(&self, call: &Call) -> Result<Reply, ApiError> {
        let (limit, after) = (call.limit()?, self.cursors.after(call, "tenants").await?);
        let flag = self.store.flag(&FlagName::tenants()).await?;
        let page = self.store.all_registered(limit, after).await?;
        let view = |one: Registered| {
            let standing = Standing::of(flag.as_ref(), &one.tenant);
            TenantView::listed(one, standing)
        };
        self.cursors.page(page.map(view), "tenants").await
    }

    pub(super) async fn get_tenant(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let view = self.tenant(&tenant).await?;
        let is_known = view.since.is_some() || view.status != Standing::Active;
        is_known.then(|| Reply::json(200, &view)).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    pub(super) async fn make_tenant(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let registered = Registered { tenant: tenant.clone(), since: self.clock.now() };
        self.recording(call, &tenant, &tenant)?.register(&registered).await?;
        tracing::info!(%tenant, by = %call.principal()?.subject, "a tenant was put on the list");
        Ok(Reply::json(200, &self.tenant(&tenant).await?))
    }

    /// What is said of a tenant whose name was mistyped would look as if it were said of the one that is meant.
    ///
    /// # Errors
    /// `refusal` of what would put it there.
    pub(super) async fn is_on_the_list(
        &self,
        tenant: &TenantId,
        refusal: impl FnOnce(String) -> ApiError + Send,
    ) -> Result<(), ApiError> {
        if tenant.is_system() || self.store.registered(tenant).await?.is_some() {
            return Ok(());
        }
        Err(refusal(format!("PUT /api/admin/tenants/{tenant} puts it there")))
    }

    async fn tenant(&self, tenant: &TenantId) -> Result<TenantView, ApiError> {
        let flag = self.store.flag(&FlagName::tenants()).await?;
        let registered = self.store.registered(tenant).await?;
        let since = registered.map(|registered| registered.since);
        Ok(TenantView::of(tenant.clone(), Standing::of(flag.as_ref(), tenant), since))
    }

    pub(super) async fn suspend_tenant(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.turned_to(call, Standing::Suspended)).await
    }

    pub(super) async fn resume_tenant(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.turned_to(call, Standing::Active)).await
    }

    async fn turned_to(&self, call: &Call, to: Standing) -> Result<SavedResponse, ApiError> {
        let (tenant, because): (TenantId, Because) = (call.named("tenant")?, body::parse(call.json_bytes()?)?);
        let by = &call.principal()?.subject;
        let store = self.recording(call, &tenant, &tenant)?;
        let changed = suspension::turn(&store, &self.clock, (&tenant, to), (by, &because)).await;
        if changed.map_err(refusal)?.is_some() {
            let reason = because.reason.as_str();
            tracing::warn!(%tenant, status = to.name(), reason, %by, "a tenant's standing was changed");
        }
        let registered = self.store.registered(&tenant).await?;
        Ok(api::saved(200, &TenantView::of(tenant, to, registered.map(|registered| registered.since))))
    }

    /// Of the tenants on the list; exact for each of them.
    pub(super) async fn all_costs(&self, call: &Call) -> Result<Reply, ApiError> {
        let month = call.month("month")?.unwrap_or_else(|| day_of(self.clock.now()).first_of_month());
        let scope = format!("costs/{month}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let page = self.store.all_registered(limit, after).await?;
        let tenants: Vec<TenantId> = page.items.into_iter().map(|one| one.tenant).collect();
        let items = self.store.spending_of(&tenants, month).await?.into_iter().map(TenantCostsView::of).collect();
        self.cursors.page(Page { items, next: page.next }, &scope).await
    }

    /// To operators without anybody's words; the log says who looked.
    pub(super) async fn tenant_trail(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, who): (TenantId, Subject) = (call.named("tenant")?, call.named("subject")?);
        let page = self.trail_of(call, &tenant, &who).await?;
        let by = &call.principal()?.subject;
        tracing::info!(%tenant, subject = %who, %by, "an operator looked at what somebody did");
        self.cursors.page(page.map(InspectedTrailView::from), &scope(&tenant, &who)).await
    }

    pub(super) async fn trail(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, who): (&TenantId, Subject) = (&call.principal()?.tenant, call.named("subject")?);
        let page = self.trail_of(call, tenant, &who).await?;
        self.cursors.page(page.map(TrailView::from), &scope(tenant, &who)).await
    }

    async fn trail_of(&self, call: &Call, tenant: &TenantId, who: &Subject) -> Result<Page<trail::Trail>, ApiError> {
        let after = self.cursors.after(call, &scope(tenant, who)).await?;
        Ok(trail::of(&self.store, (tenant, who), call.limit()?, after).await?)
    }
}

fn scope(tenant: &TenantId, who: &Subject) -> String {
    format!("trail/{tenant}/{who}")
}

fn refusal(error: SuspendError) -> ApiError {
    match error {
        SuspendError::Operators | SuspendError::TooMany | SuspendError::SwitchedOff | SuspendError::Conflict => {
            ApiError::new(Problem::Conflict).detail(error.to_string())
        }
        SuspendError::Store(error) => error.into(),
    }
}
