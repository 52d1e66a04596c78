//! Export and erasure of personal data.

use galley_domain::{
    kernel::ids::JobId,
    privacy::jobs::{self, Asked, Job, JobError, JobKind, PrivacyStore},
};
use galley_edge::{
    api::{self, JobPartView, JobView},
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn accept_job(&self, call: &Call, kind: JobKind) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: Asked = body::parse(call.json_bytes()?)?;
        let (acting, what) = (call.acting()?, (kind, asked.subject));
        let keyed = call.keyed(api::accepted)?;
        let accepted = jobs::accept(&self.store, &self.queue, &self.clock, &self.entropy, &acting, what, &keyed).await;
        let accepted = accepted.map_err(|error| match error {
            JobError::Entropy(error) => ApiError::internal(&error.to_string()),
            JobError::Claim(error) => error.into(),
        })?;
        Ok(Reply::once(accepted, |job| {
            tracing::info!(job = %job.id, kind = kind.name(), by = %by.subject, "a privacy job was accepted");
            Reply::saved(api::accepted(&job))
        }))
    }

    pub(super) async fn list_jobs(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let scope = format!("jobs/{tenant}");
        let after = self.cursors.after(call, &scope).await?;
        let page = self.store.jobs(tenant, call.limit()?, after).await?;
        self.cursors.page(page.map(JobView::from), &scope).await
    }

    pub(super) async fn get_job(&self, call: &Call) -> Result<Reply, ApiError> {
        Ok(Reply::json(200, &JobView::from(self.job(call).await?)))
    }

    /// Parts are complete once the job is done; before that, a part may still be overwritten.
    pub(super) async fn get_job_part(&self, call: &Call) -> Result<Reply, ApiError> {
        let (job, number) = (self.job(call).await?, call.numbered("n")?);
        let part = self.store.part(&job.id, number).await?;
        let done = part.filter(|_| job.completed_at.is_some());
        let text = done.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        Ok(Reply::json(200, &JobPartView::of(&text)).compressible())
    }

    async fn job(&self, call: &Call) -> Result<Job, ApiError> {
        let (tenant, id) = (&call.principal()?.tenant, call.named::<JobId>("job_id")?);
        let found = self.store.job(&id).await?;
        found.filter(|job| job.tenant == *tenant).ok_or_else(|| ApiError::new(Problem::NotFound))
    }
}
