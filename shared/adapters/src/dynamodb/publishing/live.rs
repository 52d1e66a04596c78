//! Live articles.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use galley_domain::{
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        paging::{Page, PageKey},
    },
    publishing::live::{Article, ArticleSummary, PublishedStore},
    task::{
        record::{Live, Task},
        store::{LiveChange, TaskStore},
    },
};
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, s},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const LIVE: Listed = Listed { name: "LIVE", prefix: keys::SLUG_PREFIX, sk: "LIVE" };
const SLUG_OURS: &str = "attribute_not_exists(pk) OR task_id = :me";

/// An entry in the list of published articles, with a reference to its text.
#[derive(Debug, Serialize, Deserialize)]
struct StoredSlug {
    task_id: String,
    live: Live,
    title: String,
    excerpt: String,
    list_pk: String,
    list_sk: String,
}

impl Transaction<'_> {
    pub(crate) fn slug(&mut self, task: &Task, change: &LiveChange) -> Result<(), StoreError> {
        match change {
            LiveChange::None => Ok(()),
            LiveChange::Put(live) => {
                let stored = StoredSlug {
                    task_id: task.id.to_string(),
                    live: live.clone(),
                    title: task.title.clone().unwrap_or_default(),
                    excerpt: task.excerpt.clone().unwrap_or_default(),
                    list_pk: keys::list_of(&task.tenant, "LIVE"),
                    list_sk: keys::list_sort(live.published_at, task.id.as_str()),
                };
                let item = items::item_at(keys::slug(&task.tenant, &live.slug), "article", &stored)?;
                self.put(Part::Slug, item, Condition::With(SLUG_OURS, ":me", s(task.id.as_str())))
            }
            LiveChange::Remove(slug) => {
                let (pk, sk) = keys::slug(&task.tenant, slug);
                let delete = Delete::builder()
                    .table_name(self.table)
                    .key("pk", s(pk))
                    .key("sk", s(sk))
                    .condition_expression(SLUG_OURS)
                    .expression_attribute_values(":me", s(task.id.as_str()))
                    .build()
                    .map_err(unavailable)?;
                self.parts.push(Part::Slug);
                self.writes.push(TransactWriteItem::builder().delete(delete).build());
                Ok(())
            }
        }
    }
}

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

/// An article as the index projects it.
#[derive(Deserialize)]
struct Line {
    live: Live,
    title: String,
    excerpt: String,
}

fn line_from(item: Item) -> Result<ArticleSummary, StoreError> {
    let stored: Line = items::from_item("article", item)?;
    Ok(ArticleSummary { live: stored.live, title: stored.title, excerpt: stored.excerpt })
}
