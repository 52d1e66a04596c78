//! Acts: each in the list of the tenant whose people did it, and, done to another tenant's, in that one's; and linked from whom it names.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use galley_domain::{
    access::acts::{Act, ActPlace, ActStore, Between, KEPT_DAYS, Named, NewAct, Recording},
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
        paging::{Page, PageKey},
    },
};

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, Item, SCHEMA_VERSION, n, s, text, ttl},
    keys,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const DURING: &str = "pk = :pk AND sk BETWEEN :since AND :until";
const RENAME_ACTOR: &str = "SET #by.subject = :pseudonym";
const HAS_ACTOR: &str = "#by.subject = :subject";
const RENAME_THING: &str = "SET thing = :pseudonym";
const HAS_THING: &str = "thing = :subject";

fn act_from(item: Item) -> Result<Act, StoreError> {
    items::from_item("act", item)
}

impl Transaction<'_> {
    /// The act of a request, beside what it does.
    pub(crate) fn act(&mut self, new: &NewAct) -> Result<(), StoreError> {
        let place = new.act.place();
        for (of, act) in new.listed() {
            let mut item = items::item_at(keys::act(of, place), "act", &act)?;
            item.insert("ttl".into(), ttl(place.at, KEPT_DAYS));
            self.put(Part::Link, item, Condition::None)?;
        }
        for (named, subject) in new.names() {
            let (pk, sk) = keys::act_link(&new.of, (named, &subject), place);
            let link = [("pk", s(pk)), ("sk", s(sk)), ("schema_version", n(SCHEMA_VERSION))];
            let mut link: Item = link.map(|(name, value)| (name.to_owned(), value)).into();
            link.insert("ttl".into(), ttl(place.at, KEPT_DAYS));
            self.put(Part::Link, link, Condition::None)?;
        }
        Ok(())
    }
}

impl Table {
    fn during(&self, pk: &str, prefix: &str, between: Between) -> QueryFluentBuilder {
        let [since, until] = keys::during(prefix, between);
        self.query()
            .key_condition_expression(DURING)
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":since", s(since))
            .expression_attribute_values(":until", s(until))
            .consistent_read(true)
            .scan_index_forward(false)
    }
}

impl Recording for Table {
    fn with_act(&self, act: NewAct) -> Self {
        Self { act: Some(Arc::new(act)), ..self.clone() }
    }
}

impl ActStore for Table {
    async fn keep_act(&self, act: &NewAct) -> Result<(), StoreError> {
        let written = self.with_act(act.clone()).write(Transaction::new(&self.name)).await?;
        if written { Ok(()) } else { Err(unavailable("others were at the same act all the while")) }
    }

    async fn acts(
        &self,
        of: &TenantId,
        between: Between,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Act>, StoreError> {
        let pk = keys::acts_pk(of);
        self.page(self.during(&pk, keys::ACTS, between), (pk.clone(), pk), limit, after, act_from).await
    }

    async fn acts_naming(
        &self,
        of: &TenantId,
        (named, subject): (Named, &Subject),
        between: Between,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Act>, StoreError> {
        let (pk, list) = (keys::subject_pk(of, subject), keys::acts_pk(of));
        let query = self.during(&pk, keys::acts_naming(named), between);
        let place = |item: Item| {
            let sk = text(&item, "sk").unwrap_or_default();
            keys::linked_act(named, &sk).ok_or_else(|| StoreError::invalid(format!("the link {sk:?} names no act")))
        };
        let Page { items: places, next } = self.page(query, (pk.clone(), pk), limit, after, place).await?;
        let wanted: Vec<keys::Key> = places.iter().map(|sk| (list.clone(), sk.clone())).collect();
        let found = self.get_all(&wanted).await?.into_iter();
        let mut found: HashMap<String, Item> =
            found.map(|item| (text(&item, "sk").unwrap_or_default(), item)).collect();
        // One that has expired before its link is left out.
        let items = places.iter().filter_map(|sk| found.remove(sk)).map(act_from).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    async fn rename_in_act(
        &self,
        of: &TenantId,
        place: ActPlace,
        (named, subject): (Named, &Subject),
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let update = self.update(keys::act(of, place));
        let update = match named {
            Named::Actor => update
                .update_expression(RENAME_ACTOR)
                .condition_expression(HAS_ACTOR)
                .expression_attribute_names("#by", "by"),
            Named::Thing => update.update_expression(RENAME_THING).condition_expression(HAS_THING),
        };
        let renamed = update
            .expression_attribute_values(":subject", s(subject.as_str()))
            .expression_attribute_values(":pseudonym", s(pseudonym.as_str()))
            .send()
            .await;
        met(renamed)?;
        let link = self.delete(keys::act_link(of, (named, subject), place)).send().await;
        link.map(|_| ()).map_err(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As this release writes it; a later one has to read it.
    #[test]
    fn an_act_of_this_release_is_read_by_later_ones() {
        let item = serde_json::json!({"id": "01a1fed2-daa7-7712-a608-5f4255540dd0", "tenant": "acme", "what": "key_made",
            "thing": "a".repeat(64), "by": {"kind": "person", "subject": "ana"}, "at": "2026-11-20T12:00:00Z",
            "credential": {"kind": "key", "key_id": "b".repeat(64)}, "trace_id": "0af7651916cd43dd8448eb211c80319c"});
        let act = act_from(serde_dynamo::to_item(item).unwrap()).unwrap();
        assert_eq!(act.by.subject().map(Subject::as_str), Some("ana"));
        let acme = TenantId::new("acme").unwrap();
        let link = keys::act_link(&acme, (Named::Thing, &Subject::new("ben").unwrap()), act.place());
        assert_eq!(
            keys::linked_act(Named::Thing, &link.1),
            Some(keys::act(&acme, act.place()).1),
            "the link leads to it"
        );
        assert_eq!(keys::linked_act(Named::Thing, "CHANGE#limits#acme"), None);
    }

    #[test]
    fn a_span_of_time_begins_with_its_first_moment_and_ends_before_its_last() {
        let [first, last] = ["2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z"].map(|at| at.parse().unwrap());
        let sort = |at| keys::act_sort(ActPlace { at, id: uuid::Uuid::nil() });
        let [since, until] = keys::during(keys::ACTS, Between { since: Some(first), until: Some(last) });
        assert!(since <= sort(first) && sort(first) < until && until < sort(last));
        let [since, until] = keys::during(keys::ACTS, Between::default());
        assert!(since < sort(first) && sort(last) < until);
    }
}
