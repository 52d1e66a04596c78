//! What is live.

use galley_domain::{
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        paging::{Page, PageKey},
    },
    publishing::live::{Article, ArticleSummary, PublishedStore},
    task::record::Live,
};

use crate::memory::store::{MemoryStore, page};

impl PublishedStore for MemoryStore {
    async fn article(&self, tenant: &TenantId, slug: &Slug) -> Result<Option<Article>, StoreError> {
        let held = self.held();
        let Some((task_id, live)) = held.slugs.get(&(tenant.clone(), slug.clone())) else { return Ok(None) };
        let revision = held.revisions.get(task_id).and_then(|all| all.get(&live.revision)).cloned();
        Ok(revision.map(|revision| Article {
            tenant: tenant.clone(),
            task_id: task_id.clone(),
            live: live.clone(),
            revision,
        }))
    }

    async fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        let held = self.held();
        let mut live: Vec<_> = held.slugs.iter().filter(|((of, _), _)| of == tenant).map(|(_, line)| line).collect();
        let key = |(id, live): &(TaskId, Live)| format!("{:.3}#{id}", live.published_at);
        live.sort_by_key(|line| std::cmp::Reverse(key(line)));
        live.retain(|line| after.as_ref().is_none_or(|after| key(line) < after.sort));
        let lines = page(live, limit, |line| PageKey { sort: key(line), id: line.0.to_string() });
        Ok(lines.map(|(id, live)| {
            let revision = &held.revisions[id][&live.revision];
            ArticleSummary { live: live.clone(), title: revision.title.clone(), excerpt: revision.excerpt.clone() }
        }))
    }
}
