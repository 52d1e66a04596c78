//! Lists of a tenant's items, newest first, from the index `by_tenant`. The listed fields, other than keys, are in
//! the attributes that the index projects: a task's and an article's own, or `about` for every other kind.

use galley_domain::kernel::{
    error::StoreError,
    ids::TenantId,
    paging::{Page, PageKey},
};

use crate::dynamodb::{
    errors::unavailable,
    items::{Item, s, text},
    keys,
    table::Table,
};

const OF_TENANT: &str = "list_pk = :list";

/// A kind of item that is listed: under which name, and where its items are.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a> {
    pub(super) name: &'a str,
    pub(super) prefix: &'static str,
    pub(super) sk: &'static str,
}

impl Table {
    pub(super) async fn listed<T>(
        &self,
        kind: Listed<'_>,
        tenant: &TenantId,
        limit: u32,
        after: Option<PageKey>,
        read: fn(Item) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let list = keys::list_of(tenant, kind.name);
        let start = after.map(|key| {
            Item::from([
                ("pk".into(), s(format!("{}{}", kind.prefix, key.id))),
                ("sk".into(), s(kind.sk)),
                ("list_pk".into(), s(list.clone())),
                ("list_sk".into(), s(key.sort)),
            ])
        });
        let answer = self
            .query()
            .index_name("by_tenant")
            .key_condition_expression(OF_TENANT)
            .expression_attribute_values(":list", s(list))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(unavailable)?;
        let next = answer.last_evaluated_key.as_ref().and_then(|key| {
            let id = text(key, "pk")?.strip_prefix(kind.prefix)?.to_owned();
            Some(PageKey { sort: text(key, "list_sk")?, id })
        });
        let items = answer.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// The last item of a list.
    pub(super) async fn oldest<T>(
        &self,
        kind: Listed<'_>,
        tenant: &TenantId,
        read: fn(Item) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let asked = self
            .query()
            .index_name("by_tenant")
            .key_condition_expression(OF_TENANT)
            .expression_attribute_values(":list", s(keys::list_of(tenant, kind.name)))
            .limit(1);
        let answer = asked.send().await.map_err(unavailable)?;
        answer.items.unwrap_or_default().pop().map(read).transpose()
    }
}
