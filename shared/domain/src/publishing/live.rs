//! Articles as the public reads them.

use std::future::Future;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::people::DisplayName,
    content::{kind::TaskType, language::Language, slug::Slug},
    kernel::{
        error::StoreError,
        ids::{Subject, TaskId, TenantId},
        paging::{Page, PageKey},
    },
    task::{
        making::Making,
        record::{Live, Task},
        request::{Labels, TaskRequest},
        revision::{Author, Revision},
    },
    tenancy::settings::Disclosure,
};

/// One article as the public reads it.
#[derive(Clone, Debug)]
pub struct Article {
    pub tenant: TenantId,
    pub task_id: TaskId,
    pub live: Live,
    pub revision: Revision,
    pub request: TaskRequest,
    pub making: Making,
    /// Who wrote it, or asked for it, by the name that an admin gave them.
    pub author: Option<DisplayName>,
    /// The tenant's line of today.
    pub disclosure: Option<Disclosure>,
}

/// What is at an address.
#[derive(Debug)]
pub enum Address {
    Live(Box<Article>),
    /// An article was here, and was taken down. Another may come here.
    Gone,
    Nothing,
}

impl Address {
    pub fn article(self) -> Option<Article> {
        match self {
            Self::Live(article) => Some(*article),
            Self::Gone | Self::Nothing => None,
        }
    }
}

/// Whose name an article bears: that of the person who wrote its text, else of whoever asked for it.
pub fn author_of<'a>(task: &'a Task, revision: &'a Revision) -> &'a Subject {
    match &revision.author {
        Author::Person { subject } => subject,
        Author::Outline | Author::Model { .. } | Author::External { .. } | Author::Cleaner { .. } => &task.requested_by,
    }
}

/// An article's line in the list.
#[derive(Clone, Debug)]
pub struct ArticleSummary {
    /// Its place in the list.
    pub key: PageKey,
    /// Whose article it is.
    pub task: Option<TaskId>,
    pub live: Live,
    pub title: String,
    pub excerpt: String,
    /// `None`: it went live before this was kept.
    pub about: Option<About>,
}

/// What a line says of an article besides its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub task_type: TaskType,
    pub language: Language,
    pub tags: Labels<10>,
    pub categories: Labels<5>,
    pub word_count: u32,
}

impl About {
    pub fn of(request: &TaskRequest, word_count: u32) -> Self {
        let (tags, categories) = (request.tags.clone(), request.categories.clone());
        Self { task_type: request.task_type, language: request.language(), tags, categories, word_count }
    }
}

pub trait PublishedStore: Send + Sync {
    fn address(&self, tenant: &TenantId, slug: &Slug) -> impl Future<Output = Result<Address, StoreError>> + Send;

    /// The article at an address.
    fn article(
        &self,
        tenant: &TenantId,
        slug: &Slug,
    ) -> impl Future<Output = Result<Option<Article>, StoreError>> + Send {
        async { Ok(self.address(tenant, slug).await?.article()) }
    }

    fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> impl Future<Output = Result<Page<ArticleSummary>, StoreError>> + Send;

    /// The list from the newest that went live before `end`; `articles` has what follows.
    fn articles_before(
        &self,
        tenant: &TenantId,
        limit: u32,
        end: Timestamp,
    ) -> impl Future<Output = Result<Page<ArticleSummary>, StoreError>> + Send;

    /// When the oldest of the list went live.
    fn first_published(&self, tenant: &TenantId) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;
}
