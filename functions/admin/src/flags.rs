//! Flags: read and set them, read the log of changes, revert a change.

use galley_domain::{
    idempotency::claim::SavedResponse,
    kernel::mask::Masked,
    tenancy::flags::{self, Flag, FlagChange, FlagError, FlagName, FlagStore, SetFlag},
};
use galley_edge::{
    api::{
        self,
        flags::{FlagList, FlagView, Revert, flag_etag},
    },
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::as_json,
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn list_flags(&self) -> Result<Reply, ApiError> {
        let flags = self.store.flags().await?;
        let data = flags.into_iter().map(|(name, flag)| FlagView::of(name, Some(flag))).collect();
        Ok(Reply::json(200, &FlagList { data }))
    }

    pub(super) async fn set_flag(&self, call: &Call) -> Result<Reply, ApiError> {
        let (name, asked) = (named(call)?, body::parse::<SetFlag>(call.json_bytes()?)?);
        let (flag, tags) = (asked.flag(), call.if_match_tags()?);
        // One write too much would bring back whom somebody suspended, or take everybody off.
        if name == FlagName::tenants() {
            let suspended = self.store.flag(&name).await?.unwrap_or_default().tenants_off;
            if flag != (Flag { tenants_off: suspended, ..Flag::default() }) {
                let rule = "tenants is set by POST /api/admin/tenants/{tenant}/suspend and resume; here it may only be on for all but those";
                return Err(ApiError::invalid("flag", rule));
            }
        }
        self.names_a_provider(&name, &flag)?;
        self.names_tenants_of_the_list(&name, &flag).await?;
        let by = call.principal()?;
        let (store, because) = (self.recording(call, &by.tenant, &name)?, (by.subject.clone(), asked.reason.as_ref()));
        let seen = |present: Option<&Flag>| tags.as_ref().is_none_or(|tags| tags.contains(&flag_etag(present)));
        turned(flags::turn_from(&store, &self.clock, seen, (name, Some(flag)), because).await).map(Reply::saved)
    }

    /// A provider whose name was mistyped would be asked on. What was said of one that is in the catalogue no more can be taken back.
    fn names_a_provider(&self, name: &FlagName, flag: &Flag) -> Result<(), ApiError> {
        let Some(provider) = name.of_provider().filter(|_| *flag != Flag::default()) else { return Ok(()) };
        let known = self.known.providers();
        if known.iter().any(|one| one == provider) {
            return Ok(());
        }
        let rule = format!("must name a provider of this deployment, {provider} is none: {}", known.join(", "));
        Err(ApiError::invalid("flag", rule))
    }

    /// A tenant whose name was mistyped would go on, and look as if it were stopped. Whoever is named already stays.
    async fn names_tenants_of_the_list(&self, name: &FlagName, flag: &Flag) -> Result<(), ApiError> {
        if flag.tenants_off.is_empty() && flag.tenants_on.is_empty() {
            return Ok(());
        }
        let present = self.store.flag(name).await?.unwrap_or_default();
        let sets = [
            ("tenants_off", &flag.tenants_off, &present.tenants_off),
            ("tenants_on", &flag.tenants_on, &present.tenants_on),
        ];
        for (field, asked, present) in sets {
            for tenant in asked.difference(present) {
                let rule = |todo| format!("must name tenants of the list: {tenant} is not on it; {todo}");
                let refusal = |todo| ApiError::invalid(field, rule(todo));
                self.is_on_the_list(tenant, refusal).await?;
            }
        }
        Ok(())
    }

    /// Sets a flag back to its value before a change.
    pub(super) async fn revert_flag(&self, call: &Call) -> Result<Reply, ApiError> {
        self.remembered(call, self.reverted(call)).await
    }

    async fn reverted(&self, call: &Call) -> Result<SavedResponse, ApiError> {
        let (name, asked) = (named(call)?, body::parse::<Revert>(call.json_bytes()?)?);
        let by = call.principal()?;
        let store = self.recording(call, &by.tenant, &name)?;
        turned(flags::revert(&store, &self.clock, (name, asked.change_id), by.subject.clone()).await)
    }

    pub(super) async fn flag_log(&self, call: &Call) -> Result<Reply, ApiError> {
        let (limit, after) = (call.limit()?, self.cursors.after(call, "flags").await?);
        let page = self.store.flag_changes(limit, after).await?;
        self.cursors.page(page, "flags").await
    }
}

fn named(call: &Call) -> Result<FlagName, ApiError> {
    let name = FlagName::try_from(call.path_parameter("flag").unwrap_or_default());
    name.map_err(|rule| ApiError::invalid("flag", rule.to_string()))
}

fn turned(changed: Result<FlagChange, FlagError>) -> Result<SavedResponse, ApiError> {
    let change = changed.map_err(refusal)?;
    let (before, after) = (as_json(&change.before), as_json(&change.after));
    let reason = change.reason.as_ref().map(Masked::as_str);
    tracing::info!(flag = %change.flag, before, after, reason, by = %change.by, "a flag was set");
    let view = FlagView::of(change.flag, change.after);
    Ok(SavedResponse { etag: Some(view.etag.clone()), ..api::saved(200, &view) })
}

fn refusal(error: FlagError) -> ApiError {
    match error {
        FlagError::NoChange => ApiError::new(Problem::NotFound),
        FlagError::Conflict => ApiError::new(Problem::Conflict),
        FlagError::Unseen(present) => ApiError::new(Problem::VersionMismatch)
            .detail("somebody else has set the flag since: read it again, and set it to what it should be")
            .header("etag", flag_etag(present.as_ref())),
        FlagError::ChangedSince => {
            ApiError::new(Problem::Conflict).detail("the flag has been changed since; set it to what it should be")
        }
        FlagError::Store(error) => error.into(),
    }
}
