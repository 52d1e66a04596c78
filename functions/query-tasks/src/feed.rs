//! A tenant's calendar for whoever has its secret address: titles and hours.

use galley_domain::{
    access::{
        allowance::Refused,
        limits::{Counted, RateClass, Window},
    },
    kernel::clock::{Clock, Entropy},
    plans::{calendar, feed, span},
    secrets::store::Secrets,
};
use galley_edge::{
    api::{self, ical},
    http::{
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

use crate::{App, ReadStore};

impl<S: ReadStore, X: Secrets, C: Clock, E: Entropy> App<S, X, C, E> {
    /// What is no address of ours, was revoked or is a suspended tenant's looks the same. Only an address that there is has a window: others
    /// cannot be guessed, and the gateway's throttle stands before them.
    pub(super) async fn feed(&self, call: &Call) -> Result<Reply, ApiError> {
        let not_found = || ApiError::new(Problem::NotFound);
        let id = call.path_parameter("secret").and_then(|text| feed::id_of(&text)).ok_or_else(not_found)?;
        let (found, now) = (self.store.feed(&id).await?.ok_or_else(not_found)?, self.clock.now());
        if !self.flags.serves(&self.store, &found.tenant, now).await {
            return Err(not_found());
        }
        let window = Window::new(RateClass::Feed, id.to_string(), self.feed_per_minute, now);
        if let Counted::Exceeded = self.store.count(&window).await? {
            return Err(Refused::RateLimited(window.state(window.limit, now)).into());
        }
        let span = feed::span(now).ok_or_else(|| ApiError::internal("the clock is beyond all days"))?;
        let calendar =
            calendar::arrange(span::gather(&self.store, &found.tenant, &span, now).await?, &span, now, |_| None);
        let text = ical::written(found.name.as_str(), &calendar);
        let etag = api::etag_of(&text);
        let reply = if call.not_modified(&etag) { Reply::empty(304) } else { Reply::text(ical::MEDIA_TYPE, text) };
        Ok(reply.header("etag", etag).header("referrer-policy", "no-referrer"))
    }
}
