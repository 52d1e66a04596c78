//! Which pages there are, for search engines (<https://www.sitemaps.org/protocol.html>). One file names them all while a request may
//! read the whole list; a longer list is named day by day, and an index names the days.

use askama::Template;
use galley_domain::{
    kernel::{error::StoreError, ids::TenantId},
    publishing::live::{ArticleSummary, PublishedStore},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::place::{Place, of_article, of_sitemap_of};

/// A request looks at so many of the list in one call; a day has fewer.
const LOOKED_AT: u32 = 500;
/// and calls so often.
const LOOKS: usize = 2;

#[derive(Debug, Template)]
#[template(path = "sitemap.xml")]
struct Pages {
    home: String,
    /// Each with the time of its last change.
    pages: Vec<(String, Timestamp)>,
}

#[derive(Debug, Template)]
#[template(path = "sitemap_index.xml")]
struct Maps {
    maps: Vec<String>,
}

/// What there is to be named.
#[derive(Debug)]
pub(crate) enum Map {
    Nothing,
    Pages(Vec<ArticleSummary>),
    /// From the first to the last.
    Days(Date, Date),
}

impl Map {
    /// Of the whole site.
    pub(crate) async fn of_all(store: &impl PublishedStore, tenant: &TenantId) -> Result<Self, StoreError> {
        let mut page = store.articles(tenant, LOOKED_AT, None).await?;
        let mut lines = std::mem::take(&mut page.items);
        for _ in 1..LOOKS {
            if page.next.is_some() {
                page = store.articles(tenant, LOOKED_AT, page.next).await?;
                lines.append(&mut page.items);
            }
        }
        let Some(newest) = lines.first().map(|line| day(line.live.published_at)) else { return Ok(Self::Nothing) };
        if page.next.is_none() {
            return Ok(Self::Pages(lines));
        }
        let oldest = store.first_published(tenant).await?;
        Ok(Self::Days(oldest.map_or(newest, day), newest))
    }

    /// Of what went live on one day.
    pub(crate) async fn of_day(
        store: &impl PublishedStore,
        tenant: &TenantId,
        asked: Date,
    ) -> Result<Self, StoreError> {
        let Some(end) = asked.tomorrow().ok().and_then(|next| next.to_zoned(TimeZone::UTC).ok()) else {
            return Ok(Self::Nothing);
        };
        let mut page = store.articles_before(tenant, LOOKED_AT, end.timestamp()).await?;
        let mut lines = std::mem::take(&mut page.items);
        // Before the first day, or behind the last: no index names it.
        let is_named = match lines.first() {
            None => false,
            Some(newest) => {
                day(newest.live.published_at) == asked
                    || store
                        .articles(tenant, 1, None)
                        .await?
                        .items
                        .first()
                        .is_some_and(|last| day(last.live.published_at) > asked)
            }
        };
        if !is_named {
            return Ok(Self::Nothing);
        }
        for _ in 1..=LOOKS {
            let goes_on = lines.last().is_some_and(|line| day(line.live.published_at) == asked);
            if page.next.is_some() && goes_on {
                page = store.articles(tenant, LOOKED_AT, page.next).await?;
                lines.append(&mut page.items);
            }
        }
        lines.retain(|line| day(line.live.published_at) == asked);
        // A day in between may have none: its file is in the index, and names the index page alone.
        Ok(Self::Pages(lines))
    }

    /// `None`: there is none.
    pub(crate) fn written(self, place: &Place) -> Result<Option<String>, askama::Error> {
        match self {
            Self::Nothing => Ok(None),
            Self::Pages(lines) => {
                let named =
                    |line: ArticleSummary| (place.address(&of_article(&line.live.slug)), line.live.updated_at());
                Pages { home: place.address("/"), pages: lines.into_iter().map(named).collect() }.render().map(Some)
            }
            Self::Days(first, last) => {
                let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
                Maps { maps: days.map(|day| place.address(&of_sitemap_of(day))).collect() }.render().map(Some)
            }
        }
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
