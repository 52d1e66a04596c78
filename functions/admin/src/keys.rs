//! API keys.

use galley_domain::{
    access::keys::{self, KeyError, KeyStore, NewKey},
    kernel::ids::{KeyId, Subject, TenantId},
};
use galley_edge::{
    api::{self, KeyView, MadeKeyView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::chain,
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    /// What is kept for a replay holds no secret: only the first answer shows the key.
    pub(super) async fn make_key(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: NewKey = body::parse(call.json_bytes()?)?;
        let keyed = call.keyed(api::made_key)?;
        let made = keys::make(&self.store, &self.entropy, &self.clock, &call.acting()?, asked, &keyed).await;
        let made = made.map_err(|error| match error {
            KeyError::Forbidden(_) => ApiError::new(Problem::Forbidden),
            KeyError::InvalidExpiry => ApiError::invalid("expires_at", error.to_string()),
            KeyError::Entropy(_) => ApiError::internal(&chain(&error)),
            KeyError::Claim(error) => error.into(),
        })?;
        Ok(Reply::once(made, |(key, text)| {
            let (tenant, subject) = (&key.principal.tenant, &key.principal.subject);
            tracing::info!(key = %key.id, %tenant, %subject, role = key.principal.role.name(), by = %by.subject, "a key was made");
            let location = format!("/api/admin/keys/{}", key.id);
            Reply::json(201, &MadeKeyView::of(key, text)).header("location", location)
        }))
    }

    pub(super) async fn list_keys(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let scope = format!("keys/{tenant}");
        let after = self.cursors.after(call, &scope).await?;
        let page = self.store.keys(tenant, call.limit()?, after).await?;
        self.cursors.page(page.map(KeyView::from), &scope).await
    }

    /// The operator reads a key of any tenant; to an admin another tenant's key does not exist.
    pub(super) async fn get_key(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let key = self.store.key(&call.named("key_id")?).await?;
        let key = key.filter(|key| by.is_operator() || key.principal.tenant == by.tenant);
        if let Some(key) = key.as_ref().filter(|key| key.principal.tenant != by.tenant) {
            tracing::info!(key_id = %key.id, tenant = %key.principal.tenant, by = %by.subject, "an operator looked at a key");
        }
        key.map(|key| Reply::json(200, &KeyView::from(key))).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    /// With `subject`, keys of others on the page are left out, so a page may be short before the last.
    pub(super) async fn list_tenant_keys(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let subject = call.query("subject").map(Subject::new).transpose();
        let subject = subject.map_err(|rule| ApiError::invalid("subject", rule.to_string()))?;
        let scope = format!("tenant-keys/{tenant}");
        let after = self.cursors.after(call, &scope).await?;
        let mut page = self.store.keys(&tenant, call.limit()?, after).await?;
        tracing::info!(%tenant, by = %call.principal()?.subject, "an operator looked at keys");
        page.items.retain(|key| subject.as_ref().is_none_or(|subject| key.principal.subject == *subject));
        self.cursors.page(page.map(KeyView::from), &scope).await
    }

    /// A revocation is final. A key used in the last minute may still be accepted until that minute is over: API Gateway
    /// caches the authorizer's answer for a minute.
    pub(super) async fn revoke_key(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let id: KeyId = call.named("key_id")?;
        let not_found = || ApiError::new(Problem::NotFound);
        // The operator may revoke a key of any tenant; an admin only keys of their own tenant.
        let tenant = if by.is_operator() {
            let key = self.store.key(&id).await?;
            key.ok_or_else(not_found)?.principal.tenant
        } else {
            by.tenant.clone()
        };
        let revoked = self.recording(call, &tenant, &id)?.revoke_key(&tenant, &id).await?;
        if !revoked {
            return Err(not_found());
        }
        tracing::info!(key = %id, %tenant, by = %by.subject, "a key was revoked");
        Ok(Reply::empty(204))
    }
}
