//! What is live.

use std::collections::BTreeSet;

use galley_domain::{
    content::slug::Slug,
    kernel::{
        error::StoreError,
        ids::{TaskId, TenantId},
        paging::{Page, PageKey},
    },
    publishing::{
        live::{About, Address, Article, ArticleSummary, PublishedStore, author_of},
        near::{Kept, Mark, NearStore},
    },
    task::{
        record::{Outlet, Task},
        store::Entry,
    },
};
use jiff::Timestamp;

use crate::memory::store::{Held, MemoryStore, page};

impl PublishedStore for MemoryStore {
    async fn address(&self, tenant: &TenantId, slug: &Slug) -> Result<Address, StoreError> {
        let held = self.held();
        let place = (tenant.clone(), slug.clone());
        let Some((task_id, entry)) = held.slugs.get(&place) else {
            return Ok(if held.left_slugs.contains(&place) { Address::Gone } else { Address::Nothing });
        };
        let revision = held.revisions.get(task_id).and_then(|all| all.get(&entry.live.revision)).cloned();
        let task = held.tasks.get(task_id).filter(|task| Outlet::of(task.request.task_type) == Outlet::Articles);
        let (Some(task), Some(revision)) = (task, revision) else { return Ok(Address::Nothing) };
        let author = held.people.get(&(tenant.clone(), author_of(task, &revision).clone()));
        Ok(Address::Live(Box::new(Article {
            tenant: tenant.clone(),
            task_id: task_id.clone(),
            live: entry.live.clone(),
            request: task.request.clone(),
            making: entry.making.clone(),
            author: author.and_then(|person| person.display_name.clone()),
            disclosure: held.settings.get(tenant).and_then(|settings| settings.disclosure.clone()),
            revision,
        })))
    }

    async fn articles(
        &self,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        let held = self.held();
        let mut live: Vec<_> = held.slugs.iter().filter(|((of, _), _)| of == tenant).map(|(_, line)| line).collect();
        let key = |(id, entry): &(TaskId, Entry)| format!("{:.3}#{id}", entry.live.published_at);
        live.sort_by_key(|line| std::cmp::Reverse(key(line)));
        live.retain(|line| after.as_ref().is_none_or(|after| key(line) < after.sort));
        let place = |line: &(TaskId, Entry)| PageKey { sort: key(line), id: line.0.to_string() };
        let lines = page(live, limit, |line| place(line));
        Ok(lines.map(|(id, entry)| ArticleSummary {
            key: place(&(id.clone(), entry.clone())),
            task: Some(id.clone()),
            live: entry.live.clone(),
            title: entry.title.clone(),
            excerpt: entry.excerpt.clone(),
            about: Some(About::of(&held.tasks[id].request, entry.word_count)),
        }))
    }

    async fn articles_before(
        &self,
        tenant: &TenantId,
        limit: u32,
        end: Timestamp,
    ) -> Result<Page<ArticleSummary>, StoreError> {
        self.articles(tenant, limit, Some(PageKey { sort: format!("{end:.3}#"), id: tenant.to_string() })).await
    }

    async fn first_published(&self, tenant: &TenantId) -> Result<Option<Timestamp>, StoreError> {
        let held = self.held();
        let of_tenant = held.slugs.iter().filter(|((of, _), _)| of == tenant);
        Ok(of_tenant.map(|(_, (_, entry))| entry.live.published_at).min())
    }
}

impl Held {
    pub(super) fn mark(&mut self, task: &Task, entry: &Entry) {
        for sketch in &entry.sketches {
            let kept = Kept { task: task.id.clone(), revision: entry.live.revision, sketch: sketch.clone() };
            for mark in sketch.marks() {
                self.marks.insert((task.tenant.clone(), mark), kept.clone());
            }
        }
    }
}

impl NearStore for MemoryStore {
    async fn kept(&self, tenant: &TenantId, marks: &[Mark]) -> Result<Vec<Kept>, StoreError> {
        let held = self.held();
        let wanted: BTreeSet<&Mark> = marks.iter().collect();
        Ok(wanted.into_iter().filter_map(|mark| held.marks.get(&(tenant.clone(), mark.clone()))).cloned().collect())
    }
}
