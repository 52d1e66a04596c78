//! Articles as the public reads them.

use std::future::Future;

use crate::{
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        paging::{Page, PageKey},
    },
    task::{record::Live, revision::Revision},
};

/// One article as the public reads it.
#[derive(Clone, Debug)]
pub struct Article {
    pub tenant: TenantId,
    pub task_id: TaskId,
    pub live: Live,
    pub revision: Revision,
}

/// An article's line in the list.
#[derive(Clone, Debug)]
pub struct ArticleSummary {
    pub live: Live,
    pub title: String,
    pub excerpt: String,
}

pub trait PublishedStore: Send + Sync {
    fn article(
        &self,
        tenant: &TenantId,
        slug: &Slug,
    ) -> impl Future<Output = Result<Option<Article>, StoreError>> + Send;

    fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ArticleSummary>, StoreError>> + Send;
}
