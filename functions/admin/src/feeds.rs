//! Secret addresses of the tenant's calendar.

use galley_domain::plans::feed::{self, FeedError, FeedStore, NewFeed};
use galley_edge::{
    api::{self, FeedList, MadeFeedView},
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
    /// What is kept for a replay holds no secret: only the first answer shows the address.
    pub(super) async fn make_feed(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: NewFeed = body::parse(call.json_bytes()?)?;
        let keyed = call.keyed(api::made_feed)?;
        let made = feed::make(&self.store, &self.entropy, &self.clock, &call.acting()?, asked, &keyed).await;
        let made = made.map_err(|error| match error {
            FeedError::TooMany => ApiError::new(Problem::Conflict).detail(error.to_string()),
            FeedError::NoContent => ApiError::new(Problem::Forbidden).detail(error.to_string()),
            FeedError::Entropy(_) => ApiError::internal(&chain(&error)),
            FeedError::Claim(error) => error.into(),
        })?;
        Ok(Reply::once(made, |(feed, secret)| {
            tracing::info!(feed = %feed.id, tenant = %by.tenant, by = %by.subject, "an address of the calendar was made");
            Reply::json(201, &MadeFeedView::of(feed, &secret))
        }))
    }

    pub(super) async fn list_feeds(&self, call: &Call) -> Result<Reply, ApiError> {
        let feeds = self.store.feeds(&call.principal()?.tenant).await?;
        Ok(Reply::json(200, &FeedList::from(feeds)))
    }

    pub(super) async fn revoke_feed(&self, call: &Call) -> Result<Reply, ApiError> {
        let (by, id) = (call.principal()?, call.named("feed_id")?);
        if !self.recording(call, &by.tenant, &id)?.remove_feed(&by.tenant, &id).await? {
            return Err(ApiError::new(Problem::NotFound));
        }
        tracing::info!(feed = %id, tenant = %by.tenant, by = %by.subject, "an address of the calendar was revoked");
        Ok(Reply::empty(204))
    }
}
