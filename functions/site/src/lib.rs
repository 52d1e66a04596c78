//! Live articles as a site: pages for readers, each tenant's under its own path or at its own domain. It only reads, knows no caller,
//! and runs nothing in a reader's browser. Whatever of it is a tenant's is text that is escaped, or HTML that was cleaned.

mod cursor;
mod feed;
mod linked_data;
mod look;
mod page;
mod place;
mod sitemap;
mod style;
mod visited;
mod wanted;
mod words;

use futures_util::future;
use galley_domain::{
    content::slug::Slug,
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        paging::PageKey,
    },
    publishing::{
        hosts::Hosts,
        label::{self, Label},
        live::{Address, PublishedStore},
    },
    tenancy::{
        flags::{FlagCache, FlagStore},
        settings::TenantStore,
    },
};
use galley_edge::{
    api,
    http::{reply::Reply, visit::Visit},
};

use feed::Feed;
use look::Look;
use place::Place;
use sitemap::Map;
use visited::Visited;
use wanted::{Asked, Format, Wanted};

/// Nothing but our own style and pictures by https. A script is never run, whatever a text may have in it.
const CSP: &str =
    "default-src 'none'; style-src 'self'; img-src https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Kept for a minute, and shown while it is asked for again: what is taken down is gone within six minutes from every cache.
const PUBLIC: &str = "public, max-age=60, stale-while-revalidate=300";
/// Programs ask for it, and a list costs more to read than a page.
const HOURLY: &str = "public, max-age=3600";
/// What is published there next is not to be hidden for long.
const BRIEFLY: &str = "public, max-age=10";
/// A name stands for one content for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const HTML: &str = "text/html; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// A site may be at the domain of an organisation: what is below that is not ours to speak for.
const HTTPS: &str = "max-age=63072000";
/// So many articles a page.
const LINES: u32 = 20;
/// When whoever meets a table that does not answer may ask again.
const RETRY_S: &str = "30";
/// For a domain that shows every tenant: nobody finds one there who was not told its name.
const ROBOTS: &str = "User-agent: *\nAllow: /\n";

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, C> {
    pub store: S,
    pub clock: C,
    pub hosts: Hosts,
    /// Says which tenants are suspended: nothing of theirs is shown.
    pub flags: FlagCache,
}

/// Why a page could not be shown that is there.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the page could not be written")]
    Page(#[from] askama::Error),
}

impl<S: PublishedStore + TenantStore + FlagStore, C: Clock> App<S, C> {
    pub async fn handle(&self, visit: Visit) -> Reply {
        if !visit.reads() {
            return plain(405, "Method Not Allowed").header("allow", "GET, HEAD");
        }
        let (place, path) = match Visited::by(&visit, &self.hosts) {
            Visited::Site(place, path) => (place, path),
            Visited::Robots => return sent(&visit, TEXT, ROBOTS.to_owned()),
            Visited::Nothing => return plain(404, "Not Found"),
        };
        if !self.flags.serves(&self.store, &place.tenant, self.clock.now()).await {
            return plain(404, "Not Found").cached(BRIEFLY);
        }
        let shown = self.shown(&visit, &place, &path).await;
        shown.unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "a page could not be shown");
            plain(503, "Service Unavailable").header("retry-after", RETRY_S)
        })
    }

    async fn shown(&self, visit: &Visit, place: &Place, path: &str) -> Result<Reply, Failed> {
        match Wanted::at(path) {
            Wanted::Index => self.index(visit, place).await,
            Wanted::Article(slug) => self.article(visit, place, &slug).await,
            Wanted::Label(label) => self.label(visit, place, &label).await,
            Wanted::Feed(format) => self.feed(visit, place, format).await,
            Wanted::Sitemap => self.sitemap(visit, place).await,
            Wanted::Robots if place.is_at_root() => {
                Ok(sent(visit, TEXT, format!("{ROBOTS}Sitemap: {}\n", place.address("/sitemap.xml"))))
            }
            Wanted::Asset(name) if name == style::name() => Ok(asset(style::STYLE.to_owned())),
            Wanted::Asset(name) if let Some(style) = look::accent(&name) => Ok(asset(style)),
            Wanted::Moved(to) => Ok(ours(Reply::empty(308).header("location", place.path(&to)).cached(PUBLIC))),
            Wanted::Robots | Wanted::Asset(_) | Wanted::Nothing => self.absent(place).await,
        }
    }

    async fn index(&self, visit: &Visit, place: &Place) -> Result<Reply, Failed> {
        let Some(after) = after(visit) else { return self.absent(place).await };
        let is_first = after.is_none();
        let (settings, page) =
            future::join(self.store.settings(&place.tenant), self.store.articles(&place.tenant, LINES, after)).await;
        let (look, page) = (Look::of(&place.tenant, settings?), page?);
        // Nobody learns whether there is a tenant that has published nothing.
        if is_first && page.items.is_empty() {
            return Ok(written(404, &page::absent(&look, place)?));
        }
        let older = older(place, "/", page.next.as_ref());
        Ok(html(visit, page::index(&look, place, page.items, older)?))
    }

    async fn label(&self, visit: &Visit, place: &Place, label: &Label) -> Result<Reply, Failed> {
        let Some(after) = after(visit) else { return self.absent(place).await };
        let listed = label::labelled(&self.store, &place.tenant, label, after);
        let (settings, page) = future::join(self.store.settings(&place.tenant), listed).await;
        let (look, page) = (Look::of(&place.tenant, settings?), page?);
        if page.items.is_empty() && page.next.is_none() {
            return Ok(written(404, &page::absent(&look, place)?));
        }
        let older = older(place, &place::of_label(label), page.next.as_ref());
        Ok(html(visit, page::labelled(&look, place, label, page.items, older)?))
    }

    async fn feed(&self, visit: &Visit, place: &Place, format: Format) -> Result<Reply, Failed> {
        let Some(asked) = Asked::of(visit) else { return self.absent(place).await };
        let listed = async {
            match &asked {
                Asked::All => self.store.articles(&place.tenant, LINES, None).await,
                Asked::Under(label) => label::labelled(&self.store, &place.tenant, label, None).await,
            }
        };
        let (settings, page) = future::join(self.store.settings(&place.tenant), listed).await;
        let (look, page) = (Look::of(&place.tenant, settings?), page?);
        if page.items.is_empty() && page.next.is_none() {
            return Ok(written(404, &page::absent(&look, place)?));
        }
        let feed = Feed::of(&look, place, &asked, page.items);
        Ok(sent(visit, format.content_type(), feed.written(format)?))
    }

    async fn sitemap(&self, visit: &Visit, place: &Place) -> Result<Reply, Failed> {
        let map = match visit.query("day").map(|day| day.parse()) {
            None => Map::of_all(&self.store, &place.tenant).await?,
            Some(Ok(day)) => Map::of_day(&self.store, &place.tenant, day).await?,
            Some(Err(_)) => Map::Nothing,
        };
        match map.written(place)? {
            Some(map) => Ok(sent(visit, XML, map).cached(HOURLY)),
            None => self.absent(place).await,
        }
    }

    async fn article(&self, visit: &Visit, place: &Place, slug: &Slug) -> Result<Reply, Failed> {
        let (settings, address) =
            future::join(self.store.settings(&place.tenant), self.store.address(&place.tenant, slug)).await;
        let look = Look::of(&place.tenant, settings?);
        match address? {
            Address::Live(article) => Ok(html(visit, page::article(&look, place, *article)?)),
            Address::Gone => Ok(written(410, &page::gone(&look, place)?)),
            Address::Nothing => Ok(written(404, &page::absent(&look, place)?)),
        }
    }

    async fn absent(&self, place: &Place) -> Result<Reply, Failed> {
        let look = Look::of(&place.tenant, self.store.settings(&place.tenant).await?);
        Ok(written(404, &page::absent(&look, place)?))
    }
}

/// The place in a list that a visit names: `Some(None)` is the beginning, and `None` is no place.
#[expect(clippy::option_option, reason = "no place is not the beginning")]
fn after(visit: &Visit) -> Option<Option<PageKey>> {
    match visit.query("after") {
        None => Some(None),
        Some(text) => cursor::read(&text).map(Some),
    }
}

/// The path of the page that begins after `key`.
fn older(place: &Place, list: &str, key: Option<&PageKey>) -> Option<String> {
    key.map(|key| place.path(&format!("{list}?after={}", cursor::written(key))))
}

/// With what every answer of a site carries besides that of every function.
fn ours(reply: Reply) -> Reply {
    reply.header("strict-transport-security", HTTPS).header("referrer-policy", "strict-origin-when-cross-origin")
}

fn plain(status: u16, text: &'static str) -> Reply {
    ours(Reply::asset(TEXT, text.into(), CSP).with_status(status))
}

/// A page that says that there is none.
fn written(status: u16, page: &str) -> Reply {
    ours(Reply::asset(HTML, page.to_owned().into(), CSP).with_status(status)).cached(BRIEFLY).compressible()
}

fn html(visit: &Visit, page: String) -> Reply {
    sent(visit, HTML, page)
}

/// A text with its tag, or that the reader has it.
fn sent(visit: &Visit, content_type: &'static str, text: String) -> Reply {
    let etag = api::etag_of(&text);
    let reply =
        if visit.not_modified(&etag) { Reply::empty(304) } else { Reply::asset(content_type, text.into(), CSP) };
    ours(reply.header("etag", etag)).cached(PUBLIC).compressible()
}

fn asset(style: String) -> Reply {
    ours(Reply::asset("text/css; charset=utf-8", style.into(), CSP)).cached(FOR_EVER).compressible()
}
