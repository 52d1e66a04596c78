//! Live articles, as they read publicly.

use galley_domain::{
    content::seo::Seo,
    kernel::ids::TenantId,
    publishing::live::{Article, ArticleSummary},
    task::revision::Image,
};
use jiff::Timestamp;
use serde::Serialize;

/// A live article as anyone reads it: nothing of its making.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Article))]
pub struct ArticleView {
    pub tenant: TenantId,
    pub slug: String,
    pub title: String,
    /// Cleaned HTML.
    pub content: String,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub seo: Seo,
    pub featured_image: Option<Image>,
    pub word_count: u32,
    pub published_at: Timestamp,
}

impl From<Article> for ArticleView {
    fn from(article: Article) -> Self {
        Self {
            tenant: article.tenant,
            slug: article.live.slug.as_str().to_owned(),
            title: article.revision.title,
            content: article.revision.html,
            excerpt: article.revision.excerpt,
            seo: article.revision.seo,
            featured_image: article.revision.featured_image,
            word_count: article.revision.word_count,
            published_at: article.live.published_at,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArticleLine {
    pub slug: String,
    pub title: String,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub published_at: Timestamp,
    pub published_url: String,
}

impl ArticleLine {
    pub fn of(tenant: &TenantId, summary: ArticleSummary) -> Self {
        let slug = summary.live.slug.as_str().to_owned();
        Self {
            published_url: format!("/api/content/published/{tenant}/{slug}"),
            slug,
            title: summary.title,
            excerpt: summary.excerpt,
            published_at: summary.live.published_at,
        }
    }
}
