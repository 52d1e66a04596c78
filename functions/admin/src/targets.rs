//! Targets of articles.

use galley_domain::{
    idempotency::claim::SavedResponse,
    kernel::ids::TargetName,
    outbox::{
        manage::TargetError,
        target::{NewTarget, TargetPatch, TargetStore},
    },
};
use galley_edge::{
    api::{self, TargetList, TargetTestView, TargetView},
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
    pub(super) async fn make_target(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: NewTarget = body::parse(call.json_bytes()?)?;
        let made = self.targets.make(&call.acting()?, asked, &call.keyed(api::made_target)?).await.map_err(refused)?;
        Ok(Reply::once(made, |target| {
            tracing::info!(target_name = %target.name, kind = target.settings.kind(), by = %by.subject, "a target was made");
            Reply::saved(api::made_target(&target))
        }))
    }

    pub(super) async fn list_targets(&self, call: &Call) -> Result<Reply, ApiError> {
        let targets = self.store.targets(&call.principal()?.tenant).await?;
        Ok(Reply::json(200, &TargetList { data: targets.into_iter().map(TargetView::from).collect() }))
    }

    pub(super) async fn get_target(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, name) = (&call.principal()?.tenant, call.named::<TargetName>("target")?);
        let found = self.store.target(tenant, &name).await?;
        let target = found.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        Ok(Reply::json(200, &TargetView::from(target)))
    }

    pub(super) async fn patch_target(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, name) = (call.principal()?, call.named::<TargetName>("target")?);
        let asked: TargetPatch = body::parse(call.json_bytes()?)?;
        let target = self.targets.change(&call.acting()?, &name, &asked).await.map_err(refused)?;
        let (moved, secret, paused) = (asked.url.is_some(), asked.secret.is_some(), target.pause.is_some());
        tracing::info!(target_name = %name, moved, secret, paused, by = %by.subject, "a target was changed");
        Ok(Reply::json(200, &TargetView::from(target)))
    }

    pub(super) async fn remove_target(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, name) = (call.principal()?, call.named::<TargetName>("target")?);
        self.targets.remove(&call.acting()?, &name).await.map_err(refused)?;
        tracing::info!(target_name = %name, by = %by.subject, "a target was removed");
        Ok(Reply::empty(204))
    }

    pub(super) async fn test_target(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.tested(call)).await
    }

    async fn tested(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let (by, name) = (call.principal()?, call.named::<TargetName>("target")?);
        let tested = self.targets.test(&by.tenant, &name).await.map_err(refused)?;
        tracing::info!(target_name = %name, ?tested, by = %by.subject, "a target was tested");
        Ok(api::saved(200, &TargetTestView::from(tested)))
    }
}

fn refused(error: TargetError) -> ApiError {
    match error {
        TargetError::Taken => ApiError::new(Problem::TargetTaken),
        TargetError::Unknown => ApiError::new(Problem::NotFound),
        TargetError::TooMany | TargetError::Contended => ApiError::new(Problem::Conflict).detail(error.to_string()),
        TargetError::InvalidUrl => ApiError::invalid("url", error.to_string()),
        TargetError::TooManyDefaults(_) => ApiError::invalid("default_for", error.to_string()),
        TargetError::AnotherKind => ApiError::invalid("settings", error.to_string()),
        TargetError::Entropy(_) => ApiError::internal(&chain(&error)),
        TargetError::Secret(error) => error.into(),
        TargetError::Claim(error) => error.into(),
    }
}
