//! People whom admins have let in.

use std::collections::BTreeSet;

use galley_domain::{
    access::{
        people::{DisplayName, Person, PersonStore},
        role::Role,
    },
    kernel::{
        error::StoreError,
        ids::{GroupName, Subject, TenantId},
        paging::{Page, PageKey},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, Item, s, text},
    keys,
    listing::Listed,
    table::Table,
    task::transaction::{Condition, Part, Transaction},
};

const LIST: Listed = Listed { name: "PERSON", prefix: keys::PERSON_PREFIX, sk: keys::META };
const OURS: &str = "tenant = :tenant";

#[derive(Serialize, Deserialize)]
struct PersonItem {
    tenant: TenantId,
    about: About,
}

#[derive(Serialize, Deserialize)]
struct About {
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    display_name: Option<DisplayName>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    groups: BTreeSet<GroupName>,
    added_at: Timestamp,
    added_by: Subject,
}

fn person_from(item: Item) -> Result<Person, StoreError> {
    let subject = text(&item, "pk").unwrap_or_default();
    // A tenant's name has no `#`.
    let subject = subject.rsplit('#').next().unwrap_or_default().parse();
    let PersonItem { tenant, about } = items::from_item("person", item)?;
    Ok(Person {
        subject: subject.map_err(|error| items::unreadable("person", error))?,
        tenant,
        role: about.role,
        display_name: about.display_name,
        groups: about.groups,
        added_at: about.added_at,
        added_by: about.added_by,
    })
}

impl PersonStore for Table {
    async fn person(&self, tenant: &TenantId, subject: &Subject) -> Result<Option<Person>, StoreError> {
        self.get(keys::person(tenant, subject)).await?.map(person_from).transpose()
    }

    async fn put_person(&self, person: &Person) -> Result<(), StoreError> {
        let about = About {
            role: person.role,
            display_name: person.display_name.clone(),
            groups: person.groups.clone(),
            added_at: person.added_at,
            added_by: person.added_by.clone(),
        };
        let stored = PersonItem { tenant: person.tenant.clone(), about };
        let mut item = items::item_at(keys::person(&person.tenant, &person.subject), "person", &stored)?;
        item.insert("list_pk".into(), s(keys::list_of(&person.tenant, LIST.name)));
        item.insert("list_sk".into(), s(keys::list_sort(person.added_at, person.subject.as_str())));
        let mut transaction = Transaction::new(&self.name);
        transaction.put(Part::Own, item, Condition::None)?;
        if self.write(transaction).await? {
            Ok(())
        } else {
            Err(unavailable("others were at the same person all the while"))
        }
    }

    async fn people(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Person>, StoreError> {
        self.listed(LIST, tenant, limit, after, person_from).await
    }

    async fn remove_person(&self, tenant: &TenantId, subject: &Subject) -> Result<bool, StoreError> {
        let mut transaction = Transaction::new(&self.name);
        transaction.delete(Part::Own, keys::person(tenant, subject), (OURS, ":tenant", s(tenant.as_str())))?;
        self.write(transaction).await
    }
}
