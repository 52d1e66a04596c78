//! Secret addresses of calendars.

use galley_domain::{
    idempotency::claim::SavedResponse,
    kernel::ids::FeedId,
    plans::feed::{Feed, FeedName},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{admin::maybe_exposed, saved::saved};

/// An address of the tenant's calendar, without its secret.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CalendarFeed))]
pub struct FeedView {
    /// The SHA-256 of the secret.
    pub feed_id: FeedId,
    /// What the calendar is called where it is shown.
    pub name: FeedName,
    pub created_at: Timestamp,
}

impl From<Feed> for FeedView {
    fn from(Feed { id, tenant: _, name, created_at }: Feed) -> Self {
        Self { feed_id: id, name, created_at }
    }
}

/// All of a tenant's, at most 20, the newest first.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CalendarFeedList))]
pub struct FeedList {
    pub data: Vec<FeedView>,
}

impl From<Vec<Feed>> for FeedList {
    fn from(feeds: Vec<Feed>) -> Self {
        Self { data: feeds.into_iter().map(FeedView::from).collect() }
    }
}

/// The one answer that ever shows an address; or, for a repeat under its idempotency key, what that answer said besides.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MadeCalendarFeed))]
pub struct MadeFeedView {
    #[serde(flatten)]
    about: FeedView,
    /// The path of the calendar, with its secret. Whoever has it may read titles and hours. It is not stored, so a replay leaves it out.
    #[serde(serialize_with = "maybe_exposed", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    path: Option<SecretString>,
    /// Whether an earlier answer has shown the path; this one does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    secret_shown: bool,
}

impl MadeFeedView {
    pub fn of(feed: Feed, secret: &SecretString) -> Self {
        let path = SecretString::from(format!("/api/calendar/ical/{}", secret.expose_secret()));
        Self { about: feed.into(), path: Some(path), secret_shown: false }
    }
}

pub fn made_feed(feed: &Feed) -> SavedResponse {
    saved(201, &MadeFeedView { about: feed.clone().into(), path: None, secret_shown: true })
}
