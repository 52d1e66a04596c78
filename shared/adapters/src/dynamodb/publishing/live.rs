//! What is live.

use galley_domain::{
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        paging::{Page, PageKey},
    },
    publishing::live::{Article, ArticleSummary, PublishedStore},
    task::store::TaskStore,
};

use super::{Item, Table, commit::StoredSlug, items, keys, listing::Listed};

const LIVE: Listed = Listed { name: "LIVE", prefix: keys::SLUG_PREFIX, sk: "LIVE" };

impl PublishedStore for Table {
    async fn article(&self, tenant: &TenantId, slug: &Slug) -> Result<Option<Article>, StoreError> {
        let Some(item) = self.get(keys::slug(tenant, slug)).await? else { return Ok(None) };
        let stored: StoredSlug = items::from_item("article", item)?;
        let task_id = TaskId::new(stored.task_id).map_err(|error| items::unreadable("article", error))?;
        let revision = self.revision(&task_id, stored.live.revision).await?;
        Ok(revision.map(|revision| Article { tenant: tenant.clone(), task_id, live: stored.live, revision }))
    }

    async fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        self.listed(LIVE, tenant, limit, after, line_from).await
    }
}

/// What the index shows of an article.
#[derive(serde::Deserialize)]
struct Line {
    live: galley_domain::task::record::Live,
    title: String,
    excerpt: String,
}

fn line_from(item: Item) -> Result<ArticleSummary, StoreError> {
    let stored: Line = items::from_item("article", item)?;
    Ok(ArticleSummary { live: stored.live, title: stored.title, excerpt: stored.excerpt })
}
