//! Every GET of tasks and of what belongs to them, and of published articles; and tickets to follow a task by. A read of a task is one call to
//! the table, of a live article three; the caller's window is counted concurrently. What a list takes, domain/task/desk.rs says.

mod desk;
mod feed;
mod schedules;
mod ticket;
mod usage;

use futures_util::future;
use galley_api::route::QueryTasksRoute;
use galley_domain::{
    access::{limits::LimitStore, tickets::TicketStore},
    generation::transcript::TranscriptStore,
    kernel::{
        clock::{Clock, Entropy},
        error::StoreError,
        ids::TenantId,
    },
    outbox::{deliver::DeliveryStore, placement::PlacementStore},
    plans::feed::FeedStore,
    publishing::{live::PublishedStore, near::NearStore},
    review::{action::Approver, writer},
    schedule::store::ScheduleStore,
    secrets::store::Secrets,
    task::{
        audit::{Actor, AuditEvent},
        comment::CommentStore,
        record::Task,
        revision::Revision,
        store::TaskStore,
    },
    tenancy::{
        flags::{FlagCache, FlagStore},
        settings::Limits,
    },
};
use galley_edge::{
    api::{
        self, ArticleLine, ArticleView, CallView, CommentView, DeliveryView, EventView, PlacementList, PlacementView,
        ProvenanceView, RevisionView, TaskView, article_page,
    },
    cursor::Cursors,
    http::{
        call::Call,
        counting,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

/// Articles may be cached publicly for a minute, and served stale while they are revalidated.
const PUBLIC: &str = "public, max-age=60, stale-while-revalidate=300";

/// How many of the newest events are searched for people's decisions when provenance is shown.
const DECISIONS: u32 = 100;

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, X, C, E> {
    pub store: S,
    pub cursors: Cursors<X>,
    pub clock: C,
    pub entropy: E,
    /// The usual limits, for a tenant without its own.
    pub limits: Limits,
    /// Says which tenants are suspended: nothing of theirs is shown to the public.
    pub flags: FlagCache,
    /// How often a minute a calendar is read at one address.
    pub feed_per_minute: u32,
}

/// The parts of the table that are read.
pub trait ReadStore:
    TaskStore
    + CommentStore
    + LimitStore
    + PublishedStore
    + DeliveryStore
    + PlacementStore
    + TranscriptStore
    + TicketStore
    + FlagStore
    + ScheduleStore
    + FeedStore
    + NearStore
{
}

impl<T> ReadStore for T where
    T: TaskStore
        + CommentStore
        + LimitStore
        + PublishedStore
        + DeliveryStore
        + PlacementStore
        + TranscriptStore
        + TicketStore
        + FlagStore
        + ScheduleStore
        + FeedStore
        + NearStore
{
}

impl<S: ReadStore, X: Secrets, C: Clock, E: Entropy> App<S, X, C, E> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        counting::counted(&self.store, self.clock.now(), &call, self.read(&call)).await
    }

    async fn read(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = || call.principal().map(|principal| &principal.tenant);
        let reply = match call.of::<QueryTasksRoute>()? {
            QueryTasksRoute::ListPublished => self.articles(call).await,
            QueryTasksRoute::GetPublished => self.article(call).await,
            // A secret is in its path.
            QueryTasksRoute::GetFeed => return self.feed(call).await,
            QueryTasksRoute::Usage => {
                usage::usage(&self.store, &self.clock, call.principal()?, call.limits(self.limits)).await
            }
            // A secret.
            QueryTasksRoute::StreamTicket => {
                return ticket::make(&self.store, &self.entropy, &self.clock, call, call.principal()?).await;
            }
            QueryTasksRoute::ListTasks => self.list(call, tenant()?).await,
            QueryTasksRoute::ReviewTask => self.review(call, tenant()?).await,
            QueryTasksRoute::GetTask => self.task(call, tenant()?).await,
            QueryTasksRoute::ListEvents => self.events(call, tenant()?).await,
            QueryTasksRoute::ListComments => self.comments(call, tenant()?).await,
            QueryTasksRoute::ListRevisions => self.revisions(call, tenant()?).await,
            QueryTasksRoute::ListPlacements => self.placements(call, tenant()?).await,
            QueryTasksRoute::ListDeliveries => self.deliveries(call, tenant()?).await,
            QueryTasksRoute::Provenance => self.provenance(call, tenant()?).await,
            QueryTasksRoute::GetTranscript => self.transcript(call, tenant()?).await,
            QueryTasksRoute::GetRevision => self.revision(call, tenant()?).await,
            QueryTasksRoute::ListSchedules => self.schedules(call, tenant()?).await,
            QueryTasksRoute::GetSchedule => self.schedule(call, tenant()?).await,
            QueryTasksRoute::ListRuns => self.runs(call, tenant()?).await,
        };
        reply.map(Reply::compressible)
    }

    async fn task(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let (task, draft) = owned(self.store.load(&id).await, tenant)?;
        let etag = api::etag(&task);
        if call.not_modified(&etag) {
            return Ok(Reply::empty(304).header("etag", etag));
        }
        Ok(Reply::json(200, &TaskView::whole(&task, draft.as_ref())).header("etag", etag))
    }

    async fn events(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("events/{tenant}/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let (task, page) = future::join(self.store.load(&id), self.store.events(&id, limit, after)).await;
        owned(task, tenant)?;
        let page = page?;
        self.cursors.page(page.map(EventView::from), &scope).await
    }

    async fn revisions(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("revisions/{tenant}/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let (task, page) = future::join(self.store.load(&id), self.store.revisions(&id, limit, after)).await;
        owned(task, tenant)?;
        let page = page?;
        self.cursors.page(page.map(RevisionView::summary), &scope).await
    }

    async fn comments(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("comments/{tenant}/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let (task, page) = future::join(self.store.load(&id), self.store.comments(&id, limit, after)).await;
        owned(task, tenant)?;
        let page = page?;
        self.cursors.page(page.map(CommentView::from), &scope).await
    }

    async fn deliveries(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("deliveries/{tenant}/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let (task, page) = future::join(self.store.load(&id), self.store.deliveries(&id, limit, after)).await;
        owned(task, tenant)?;
        let page = page?;
        self.cursors.page(page.map(DeliveryView::from), &scope).await
    }

    async fn placements(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let (task, placements) = future::join(self.store.load(&id), self.store.placements(&id)).await;
        owned(task, tenant)?;
        let data = placements?.into_iter().map(PlacementView::from).collect();
        Ok(Reply::json(200, &PlacementList { data }))
    }

    async fn provenance(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let scope = format!("provenance/{tenant}/{id}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let (task, calls, events) = future::join3(
            self.store.load(&id),
            self.store.calls(&id, limit, after),
            self.store.events(&id, DECISIONS, None),
        )
        .await;
        let (task, revision) = owned(task, tenant)?;
        let page = calls?;
        let events = events?;
        let decided = |event: &AuditEvent| matches!(event.actor, Actor::Person { .. });
        let next_cursor = self.cursors.next(page.next.as_ref(), &scope).await?;
        let view = ProvenanceView {
            revision: revision.map(RevisionView::summary),
            models: task.models.clone(),
            cost_usd: task.cost_usd(),
            decisions: events.items.into_iter().filter(decided).map(EventView::from).collect(),
            data: page.items.into_iter().map(CallView::from).collect(),
            next_cursor,
        };
        Ok(Reply::json(200, &view))
    }

    async fn transcript(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let (id, which) = (call.task_id()?, call.named("call_id")?);
        let (task, transcript) = future::join(self.store.load(&id), self.store.transcript(&id, which)).await;
        owned(task, tenant)?;
        let transcript = transcript?;
        transcript.map(|said| Reply::json(200, &said)).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    async fn revision(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let (id, number) = (call.task_id()?, call.numbered("n")?);
        let (task, revision) = future::join(self.store.load(&id), self.store.revision(&id, number)).await;
        let (task, _) = owned(task, tenant)?;
        let revision = revision?.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        // Further reads, so only for whom it matters.
        let writer = match call.approver() {
            Some(Approver::NotTheWriter) => writer::of(&self.store, &id, &revision, &[]).await?,
            _ => None,
        };
        Ok(Reply::json(200, &RevisionView { writer, ..RevisionView::whole(task.request.task_type, revision) }))
    }

    /// The tenant whose articles are asked for. One that is suspended looks like one that nobody knows.
    async fn shown_tenant(&self, call: &Call) -> Result<TenantId, ApiError> {
        let tenant: TenantId = call.named("tenant")?;
        let is_shown = self.flags.serves(&self.store, &tenant, self.clock.now()).await;
        is_shown.then_some(tenant).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    async fn articles(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = self.shown_tenant(call).await?;
        let scope = format!("published/{tenant}");
        let (limit, after) = (call.limit()?, self.cursors.after(call, &scope).await?);
        let page = self.store.articles(&tenant, limit, after).await?.map(|line| ArticleLine::of(&tenant, line));
        Ok(self.cursors.page(page, &scope).await?.header("vary", "Origin").cached(PUBLIC))
    }

    async fn article(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, slug) = (self.shown_tenant(call).await?, call.named("slug")?);
        let article = self.store.article(&tenant, &slug).await?.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let article = ArticleView::from(article);
        let page = call.prefers_html().then(|| article_page::page(&article));
        let etag = page.as_ref().map_or_else(|| api::etag_of(&article), api::etag_of);
        let reply = match page {
            _ if call.not_modified(&etag) => Reply::empty(304),
            Some(page) => Reply::asset("text/html; charset=utf-8", page.into(), article_page::CSP),
            None => Reply::json(200, &article),
        };
        Ok(reply.header("etag", etag).header("vary", "Accept, Origin").cached(PUBLIC))
    }
}

/// The task, if the tenant owns it. Another tenant's task is answered as if it did not exist.
fn owned(
    loaded: Result<Option<(Task, Option<Revision>)>, StoreError>,
    tenant: &TenantId,
) -> Result<(Task, Option<Revision>), ApiError> {
    loaded?.filter(|(task, _)| task.tenant == *tenant).ok_or_else(|| ApiError::new(Problem::NotFound))
}
