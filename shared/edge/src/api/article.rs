//! Live articles, as they read publicly.

use galley_domain::{
    access::people::DisplayName,
    content::{
        kind::TaskType,
        language::Language,
        references::{self, Reference},
        seo::Seo,
        text,
    },
    kernel::ids::TenantId,
    publishing::live::{Article, ArticleSummary},
    task::{
        making::Making,
        record::article_path,
        request::Labels,
        revision::{Image, Revision},
    },
    tenancy::settings::Disclosure,
};
use jiff::Timestamp;
use serde::Serialize;

/// A live article as anyone reads it: its text, what it is, and how it was made. No subject id is in it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Article))]
pub struct ArticleView {
    pub tenant: TenantId,
    pub slug: String,
    /// A path, as `Location` is: no function knows its host.
    pub canonical_url: String,
    pub task_type: TaskType,
    pub language: Language,
    pub title: String,
    /// Cleaned HTML.
    pub content: String,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub seo: Seo,
    pub featured_image: Option<Image>,
    /// The name that an admin gave the person who wrote the text or asked for it; null while they have none.
    pub author: Option<DisplayName>,
    pub tags: Labels<10>,
    pub categories: Labels<5>,
    /// What was found on the topic and the text links to.
    pub references: Vec<Citation>,
    pub word_count: u32,
    /// Minutes, at least one.
    pub reading_minutes: u32,
    pub making: Making,
    /// The tenant's line on how the text was made: plain text, to be shown with the article. Null where the tenant has none, and
    /// where people alone wrote the text.
    pub disclosure: Option<Disclosure>,
    pub published_at: Timestamp,
    /// When the present text went live.
    pub updated_at: Timestamp,
}

/// A source that a text links to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Citation {
    pub title: String,
    pub url: String,
    /// When it says it was published, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
}

impl From<Article> for ArticleView {
    fn from(article: Article) -> Self {
        let Article { tenant, task_id: _, live, revision, request, making, author, disclosure } = article;
        Self {
            canonical_url: article_path(&tenant, &live.slug),
            tenant,
            slug: live.slug.as_str().to_owned(),
            task_type: request.task_type,
            language: request.language(),
            references: cited(&revision),
            title: revision.title,
            content: revision.html,
            excerpt: revision.excerpt,
            seo: revision.seo,
            featured_image: revision.featured_image,
            author,
            tags: request.tags,
            categories: request.categories,
            word_count: revision.word_count,
            reading_minutes: text::reading_minutes(revision.word_count),
            disclosure: disclosure.filter(|_| making.is_disclosed()),
            making,
            published_at: live.published_at,
            updated_at: live.updated_at(),
        }
    }
}

/// A search finds more than a text is made of: only what it links is its source.
fn cited(revision: &Revision) -> Vec<Citation> {
    let all = references::cited(&revision.references, &revision.html).into_iter();
    let citation = |found: &Reference| Citation {
        title: found.title.clone(),
        url: found.url.clone(),
        published: found.published.clone(),
    };
    all.map(citation).collect()
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArticleLine {
    pub slug: String,
    /// Null for what went live before this was kept; so are the other fields that may be.
    pub task_type: Option<TaskType>,
    pub language: Option<Language>,
    pub title: String,
    /// Plain text: escape it where it is shown as HTML.
    pub excerpt: String,
    pub tags: Option<Labels<10>>,
    pub categories: Option<Labels<5>>,
    pub reading_minutes: Option<u32>,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
    pub published_url: String,
}

impl ArticleLine {
    pub fn of(tenant: &TenantId, summary: ArticleSummary) -> Self {
        let ArticleSummary { key: _, task: _, live, title, excerpt, about } = summary;
        let reading_minutes = about.as_ref().map(|about| text::reading_minutes(about.word_count));
        let language = about.as_ref().map(|about| about.language);
        let (task_type, labels) = about.map(|about| (about.task_type, (about.tags, about.categories))).unzip();
        let (tags, categories) = labels.unzip();
        Self {
            published_url: article_path(tenant, &live.slug),
            slug: live.slug.as_str().to_owned(),
            task_type,
            language,
            title,
            excerpt,
            tags,
            categories,
            reading_minutes,
            published_at: live.published_at,
            updated_at: live.updated_at(),
        }
    }
}
