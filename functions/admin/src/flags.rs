//! The flags: what is off for whom, who turned it, and back.

use galley_domain::{
    kernel::{clock::Clock, ids::Subject},
    secrets::store::Secrets,
    tenancy::flags::{Flag, FlagChange, FlagError, FlagName, FlagStore},
};
use galley_edge::{
    api::flags::{FlagList, FlagView, Revert},
    cursor::Cursors,
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::as_json,
};
use uuid::Uuid;

#[derive(Debug)]
pub struct FlagAdmin<S, C, X> {
    pub store: S,
    pub clock: C,
    pub cursors: Cursors<X>,
}

impl<S: FlagStore, C: Clock, X: Secrets> FlagAdmin<S, C, X> {
    pub(super) async fn list(&self) -> Result<Reply, ApiError> {
        let flags = self.store.flags().await.map_err(|error| ApiError::unavailable(&error))?;
        let data = flags.into_iter().map(|(name, flag)| FlagView::of(name, Some(flag))).collect();
        Ok(Reply::json(200, &FlagList { data }))
    }

    pub(super) async fn set(&self, call: &Call) -> Result<Reply, ApiError> {
        let name: FlagName = call.path_parameter("flag").unwrap_or_default().try_into().map_err(invalid)?;
        let flag: Flag = body::parse(call.json_bytes()?)?;
        let by = call.principal()?.subject.clone();
        self.turn(name, Some(flag), by, None).await.map_err(refusal)
    }

    /// Turns a switch to what it was before a change.
    pub(super) async fn revert(&self, call: &Call) -> Result<Reply, ApiError> {
        let name: FlagName = call.path_parameter("flag").unwrap_or_default().try_into().map_err(invalid)?;
        let Revert { change_id } = body::parse(call.json_bytes()?)?;
        let change = self.store.flag_change(change_id).await.map_err(|error| ApiError::unavailable(&error))?;
        let change = change.filter(|change| change.flag == name).ok_or_else(|| refusal(FlagError::NoChange))?;
        let by = call.principal()?.subject.clone();
        self.turn(name, change.before, by, Some(change.id)).await.map_err(refusal)
    }

    pub(super) async fn log(&self, call: &Call) -> Result<Reply, ApiError> {
        let (limit, after) = (call.limit()?, self.cursors.after(call, "flags").await?);
        let page = self.store.flag_changes(limit, after).await.map_err(|error| ApiError::unavailable(&error))?;
        self.cursors.page(page, "flags").await
    }

    async fn turn(
        &self,
        flag: FlagName,
        after: Option<Flag>,
        by: Subject,
        reverts: Option<Uuid>,
    ) -> Result<Reply, FlagError> {
        let before = self.store.flags().await?.remove(&flag);
        let change = FlagChange { id: self.clock.uuid(), flag, before, after, by, at: self.clock.now(), reverts };
        if !self.store.change_flag(&change).await? {
            return Err(FlagError::Conflict);
        }
        let (before, after) = (as_json(&change.before), as_json(&change.after));
        tracing::info!(flag = %change.flag, before, after, by = %change.by, "a switch was turned");
        Ok(Reply::json(200, &FlagView::of(change.flag, change.after)))
    }
}

fn invalid(rule: impl std::fmt::Display) -> ApiError {
    ApiError::invalid("flag", rule.to_string())
}

fn refusal(error: FlagError) -> ApiError {
    match error {
        FlagError::NoChange => ApiError::new(Problem::NotFound),
        FlagError::Conflict => ApiError::new(Problem::Conflict),
        FlagError::Store(error) => ApiError::unavailable(&error),
    }
}
