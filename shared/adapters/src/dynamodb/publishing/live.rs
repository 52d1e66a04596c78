//! Live articles.

use galley_domain::{
    access::people::PersonStore,
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        paging::{Page, PageKey},
    },
    publishing::live::{About, Address, Article, ArticleSummary, PublishedStore, author_of},
    task::{
        making::Making,
        record::{Live, Outlet, Task},
        revision::Revision,
        store::{Entry, LiveChange},
    },
    tenancy::settings::Disclosure,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    items::{self, Item, s},
    keys,
    listing::Listed,
    table::Table,
    task::{
        shapes,
        transaction::{Condition, Part, Transaction},
    },
    tenancy::settings,
};

const LIVE: Listed = Listed { name: "LIVE", prefix: keys::SLUG_PREFIX, sk: "LIVE" };
/// Nobody's, this task's, or left behind.
const SLUG_OURS: &str = "attribute_not_exists(pk) OR task_id = :me OR attribute_exists(gone_at)";

/// An entry in the list of published articles, with a reference to its text. An entry of before has nothing said about it.
#[derive(Debug, Serialize, Deserialize)]
struct StoredSlug {
    task_id: String,
    live: Live,
    title: String,
    excerpt: String,
    #[serde(default)]
    about: Option<About>,
    #[serde(default)]
    making: Option<Making>,
    list_pk: String,
    list_sk: String,
}

/// What an article that was taken down leaves at its address, in the place of its entry. No list has it.
#[derive(Debug, Serialize)]
struct StoredGone {
    task_id: String,
    gone_at: Timestamp,
}

impl Transaction<'_> {
    pub(crate) fn slug(&mut self, task: &Task, change: &LiveChange) -> Result<(), StoreError> {
        match change {
            LiveChange::None => Ok(()),
            LiveChange::Put(entry) => {
                self.marks(task, entry)?;
                let Entry { live, title, excerpt, word_count, making, sketches: _ } = entry.as_ref().clone();
                let key = keys::slug(&task.tenant, &live.slug);
                let stored = StoredSlug {
                    task_id: task.id.to_string(),
                    list_pk: keys::list_of(&task.tenant, "LIVE"),
                    list_sk: keys::list_sort(live.published_at, task.id.as_str()),
                    live,
                    title,
                    excerpt,
                    about: Some(About::of(&task.request, word_count)),
                    making: Some(making),
                };
                let item = items::item_at(key, "article", &stored)?;
                self.put(Part::Slug, item, Condition::With(SLUG_OURS, ":me", s(task.id.as_str())))
            }
            LiveChange::Remove(slug) => {
                let gone = StoredGone { task_id: task.id.to_string(), gone_at: task.updated_at };
                let item = items::item_at(keys::slug(&task.tenant, slug), "article", &gone)?;
                self.put(Part::Slug, item, Condition::With(SLUG_OURS, ":me", s(task.id.as_str())))
            }
        }
    }
}

impl PublishedStore for Table {
    async fn address(&self, tenant: &TenantId, slug: &Slug) -> Result<Address, StoreError> {
        let Some(item) = self.get(keys::slug(tenant, slug)).await? else { return Ok(Address::Nothing) };
        if item.contains_key("gone_at") {
            return Ok(Address::Gone);
        }
        let StoredSlug { task_id, live, making, .. } = items::from_item("article", item)?;
        let task_id = TaskId::new(task_id).map_err(|error| items::unreadable("article", error))?;
        let Parts { task, revision, disclosure } = self.parts(tenant, &task_id, live.revision).await?;
        // Before e-mails and threads had no address, they had one.
        let task = task.filter(|task| Outlet::of(task.request.task_type) == Outlet::Articles);
        let (Some(task), Some(revision)) = (task, revision) else { return Ok(Address::Nothing) };
        let author = self.person(tenant, author_of(&task, &revision)).await?.and_then(|person| person.display_name);
        let making = making.unwrap_or_else(|| Making::of(&task, &revision));
        let (tenant, request) = (tenant.clone(), task.request);
        let article = Article { tenant, task_id, live, revision, request, making, author, disclosure };
        Ok(Address::Live(Box::new(article)))
    }

    async fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        self.listed(LIVE, tenant, limit, after, line_from).await
    }

    async fn articles_before(
        &self,
        tenant: &TenantId,
        limit: u32,
        end: Timestamp,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        // Before every place of that moment: each has an id behind its time.
        let place = PageKey { sort: keys::list_sort(end, ""), id: tenant.as_str().to_owned() };
        self.listed(LIVE, tenant, limit, Some(place), line_from).await
    }

    async fn first_published(&self, tenant: &TenantId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.oldest(LIVE, tenant, line_from).await?.map(|line| line.live.published_at))
    }
}

/// What an article is put together from.
#[derive(Default)]
struct Parts {
    task: Option<Task>,
    revision: Option<Revision>,
    disclosure: Option<Disclosure>,
}

impl Table {
    /// All in one call.
    async fn parts(&self, tenant: &TenantId, task: &TaskId, revision: u32) -> Result<Parts, StoreError> {
        let keys = [keys::task(task), keys::revision(task, revision), keys::settings(tenant)];
        let mut parts = Parts::default();
        for item in self.get_all(&keys).await? {
            let sk = items::text(&item, "sk").unwrap_or_default();
            match keys.iter().position(|(_, of)| *of == sk) {
                Some(0) => parts.task = Some(shapes::task_from(item)?),
                Some(1) => parts.revision = Some(shapes::revision_from(item)?),
                Some(_) => parts.disclosure = settings::settings_from(item)?.disclosure,
                None => {}
            }
        }
        Ok(parts)
    }
}

/// An article as the index projects it.
#[derive(Deserialize)]
struct Line {
    pk: String,
    list_sk: String,
    live: Live,
    title: String,
    excerpt: String,
    #[serde(default)]
    about: Option<About>,
}

fn line_from(item: Item) -> Result<ArticleSummary, StoreError> {
    let stored: Line = items::from_item("article", item)?;
    let id = stored.pk.strip_prefix(keys::SLUG_PREFIX).unwrap_or(&stored.pk).to_owned();
    let task = stored.list_sk.split_once('#').and_then(|(_, id)| id.parse().ok());
    let key = PageKey { sort: stored.list_sk, id };
    Ok(ArticleSummary {
        key,
        task,
        live: stored.live,
        title: stored.title,
        excerpt: stored.excerpt,
        about: stored.about,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_of_before_has_nothing_said_about_it() {
        let live = json!({"slug": "a-title", "revision": 1, "published_at": "2026-11-20T12:00:00Z"});
        let stored = json!({
            "task_id": "task_01", "live": live, "title": "A title", "excerpt": "It begins.",
            "list_pk": "acme#LIVE", "list_sk": "x",
        });
        let item = items::item_at(("SLUG#acme#a-title".to_owned(), "LIVE".to_owned()), "article", &stored).unwrap();
        let read = line_from(item.clone()).unwrap();
        assert_eq!((read.about, read.live.updated_at()), (None, read.live.published_at));
        assert_eq!(items::from_item::<StoredSlug>("article", item).unwrap().making, None);
    }
}
