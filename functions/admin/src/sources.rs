//! Webhook sources.

use galley_domain::{
    kernel::{clock::Clock, ids::SourceId},
    webhooks::{
        receive::ReceiptStore,
        refusals::{RefusalStore, Sender},
        source::{self, NewSource, Rotation, SourceError, SourceStore},
    },
};
use galley_edge::{
    api::{self, ReceiptListView, SourceSecretView, SourceView},
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
    /// What is kept for a replay holds no secret. A caller who lost the first answer rotates it.
    pub(super) async fn make_source(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: NewSource = body::parse(call.json_bytes()?)?;
        let made = self.sources.make(&call.acting()?, asked, &call.keyed(api::made_source)?).await.map_err(refused)?;
        Ok(Reply::once(made, |(source, secret)| {
            tracing::info!(source = %source.id(), scheme = source.scheme.name(), by = %by.subject, "a webhook source was made");
            let location = format!("/api/admin/webhook-sources/{}", source.id());
            Reply::json(201, &SourceSecretView::of(source, secret)).header("location", location)
        }))
    }

    pub(super) async fn list_sources(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let scope = format!("sources/{tenant}");
        let after = self.cursors.after(call, &scope).await?;
        let page = self.sources.store.sources(tenant, call.limit()?, after).await?;
        self.cursors.page(page.map(SourceView::from), &scope).await
    }

    /// The outcome of each of a source's webhooks, and how many were refused before they had any. Their bodies are not shown.
    pub(super) async fn list_receipts(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, id) = (&call.principal()?.tenant, call.named::<SourceId>("source")?);
        let store = &self.sources.store;
        let source = source::of_tenant(store, tenant, &id, &self.sources.default_tenant).await?;
        let key = source.ok_or_else(|| ApiError::new(Problem::NotFound))?.key();
        let scope = format!("receipts/{tenant}/{key}");
        let after = self.cursors.after(call, &scope).await?;
        let sender = Sender { tenant: tenant.clone(), source: key };
        let refused = match after {
            None => store.refused(&sender, self.clock.now()).await?,
            Some(_) => Vec::new(),
        };
        let page = store.receipts(tenant, &sender.source, call.limit()?, after).await?;
        let next_cursor = self.cursors.next(page.next.as_ref(), &scope).await?;
        let data = page.items.into_iter().map(Into::into).collect();
        let refused = refused.into_iter().map(Into::into).collect();
        Ok(Reply::json(200, &ReceiptListView { data, next_cursor, refused }).compressible())
    }

    pub(super) async fn rotate_source(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<SourceId>("source")?);
        let asked: Rotation = body::parse(call.json_bytes()?)?;
        let revoked = asked.revoke_previous;
        let made =
            self.sources.rotate(&call.acting()?, &id, asked, &call.keyed(api::rotated)?).await.map_err(refused)?;
        Ok(Reply::once(made, |(source, secret)| {
            tracing::info!(source = %id, revoked, by = %by.subject, "a webhook source has another secret");
            Reply::json(200, &SourceSecretView::of(source, secret))
        }))
    }

    pub(super) async fn remove_source(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named::<SourceId>("source")?);
        self.sources.remove(&call.acting()?, &id).await.map_err(refused)?;
        tracing::info!(source = %id, by = %by.subject, "a webhook source was removed");
        Ok(Reply::empty(204))
    }
}

fn refused(error: SourceError) -> ApiError {
    match error {
        SourceError::Taken => ApiError::new(Problem::SourceTaken),
        SourceError::Unknown => ApiError::new(Problem::NotFound),
        SourceError::RotatedElsewhere => {
            let detail = "another secret is just being given to this source; whoever does that is shown it";
            ApiError::new(Problem::Conflict).detail(detail).retry_after(5)
        }
        SourceError::SecretNotOfScheme => ApiError::invalid("secret", error.to_string()),
        SourceError::Entropy(_) => ApiError::internal(&chain(&error)),
        SourceError::Secret(error) => error.into(),
        SourceError::Claim(error) => error.into(),
    }
}
