//! What admins and operators did.

use galley_domain::{
    access::acts::{self, ActKind, Between, NewAct, Recording as _, Wanted},
    kernel::ids::{KeyId, Subject, TenantId},
};
use galley_edge::{
    api::ActView,
    http::{call::Call, error::ApiError, params::End, reply::Reply},
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    /// To an operator those of operators, whichever tenant they were done to.
    pub(super) async fn list_acts(&self, call: &Call) -> Result<Reply, ApiError> {
        self.acts_of(call, &call.principal()?.tenant).await
    }

    /// The log says who looked.
    pub(super) async fn list_tenant_acts(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let page = self.acts_of(call, &tenant).await?;
        tracing::info!(%tenant, by = %call.principal()?.subject, "an operator looked at acts");
        Ok(page)
    }

    async fn acts_of(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let wanted = wanted(call)?;
        let scope = format!("acts/{tenant}/{wanted:?}");
        let after = self.cursors.after(call, &scope).await?;
        let page = acts::list(&self.store, tenant, &wanted, call.limit()?, after).await?;
        self.cursors.page(page.map(ActView::from), &scope).await
    }

    /// The store that takes the call's act with each write, done to `thing` of `tenant`.
    pub(super) fn recording(
        &self,
        call: &Call,
        tenant: &TenantId,
        thing: impl std::fmt::Display,
    ) -> Result<D::Store, ApiError> {
        Ok(self.store.with_act(self.act(call, tenant, thing)?))
    }

    pub(super) fn act(
        &self,
        call: &Call,
        tenant: &TenantId,
        thing: impl std::fmt::Display,
    ) -> Result<NewAct, ApiError> {
        Ok(call.acting()?.act(&self.clock, tenant, thing))
    }
}

fn wanted(call: &Call) -> Result<Wanted, ApiError> {
    let subject = call.query("actor").map(Subject::new).transpose();
    let key = call.query("key").map(KeyId::new).transpose();
    Ok(Wanted {
        actor: subject.map_err(|rule| ApiError::invalid("actor", rule.to_string()))?,
        key: key.map_err(|rule| ApiError::invalid("key", rule.to_string()))?,
        what: call.choice("what", ActKind::ALL, ActKind::name)?,
        between: Between { since: call.moment("since", End::From)?, until: call.moment("until", End::Before)? },
    })
}
