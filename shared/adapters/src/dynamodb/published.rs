//! What is live.

use galley_domain::{
    content::slug::Slug,
    ids::{TaskId, TenantId},
    ports::{Article, ArticleSummary, Page, PageKey, PublishedStore, StoreError, TaskStore},
};

use super::{Item, Table, commit::StoredSlug, items, keys, s, tasks::text, unavailable};

const OF_TENANT: &str = "list_pk = :list";

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
        let list = keys::list_of(tenant, "LIVE");
        let start = after.map(|key| {
            Item::from([
                ("pk".into(), s(key.id)),
                ("sk".into(), s("LIVE")),
                ("list_pk".into(), s(list.clone())),
                ("list_sk".into(), s(key.sort)),
            ])
        });
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name("by_tenant")
            .key_condition_expression(OF_TENANT)
            .expression_attribute_values(":list", s(list))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(unavailable)?;
        let next = answer
            .last_evaluated_key
            .as_ref()
            .and_then(|key| Some(PageKey { sort: text(key, "list_sk")?, id: text(key, "pk")? }));
        let line = |item| {
            let stored: Line = items::from_item("article", item)?;
            Ok(ArticleSummary { live: stored.live, title: stored.title, excerpt: stored.excerpt })
        };
        let items = answer.items.unwrap_or_default().into_iter().map(line).collect::<Result<_, StoreError>>()?;
        Ok(Page { items, next })
    }
}

/// What the index shows of an article.
#[derive(serde::Deserialize)]
struct Line {
    live: galley_domain::task::Live,
    title: String,
    excerpt: String,
}
