//! What a draft needs of others: searches, photographs, links, and answers that were paid for.

use jiff::Timestamp;
use std::future::Future;

use crate::{
    content::{language::Language, references::Reference},
    generation::recipe::Search,
    kernel::{error::StoreError, ids::TenantId, usd::MicroUsd},
    models::ask::ProviderError,
    task::revision::Image,
};

/// Answers that a tenant has paid for and may get again. Only ever its own.
pub trait AnswerStore: Send + Sync {
    /// What was kept under this key, unless it has expired by `now`.
    fn recall(
        &self,
        tenant: &TenantId,
        key: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    fn remember(
        &self,
        tenant: &TenantId,
        key: &str,
        value: &str,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What a search found, and what the provider took for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchResults {
    pub references: Vec<Reference>,
    pub cost: MicroUsd,
}

/// Finds what has been published on a topic.
pub trait Researcher: Send + Sync {
    /// What one search costs at most. `None`: nothing can be searched.
    fn price(&self) -> impl Future<Output = Option<MicroUsd>> + Send;

    /// Pages in `language`, where there are any.
    fn search(
        &self,
        search: Search,
        query: &str,
        language: Language,
    ) -> impl Future<Output = Result<SearchResults, ProviderError>> + Send;
}

/// Finds photographs that may be used.
pub trait ImageSearch: Send + Sync {
    /// Whether there is somebody to ask. Asks nobody.
    fn can_be_asked(&self) -> impl Future<Output = bool> + Send;

    /// One that fits, landscape, with its licence. `None`: none fits.
    fn find(&self, query: &str) -> impl Future<Output = Result<Option<Image>, ProviderError>> + Send;
}

/// What is at the end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    Alive,
    /// The page, or the whole host, is not there.
    Dead,
    /// Nobody can say now.
    Unknown,
}

/// Follows links.
pub trait LinkChecker: Send + Sync {
    /// Looks at a public host; follows nothing, waits a bounded time.
    fn follow(&self, url: &str) -> impl Future<Output = LinkState> + Send;
}
