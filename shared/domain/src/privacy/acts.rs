//! Acts that name the subject of a job: what they did, and what was done to them.

use crate::{
    access::acts::{Act, ActStore, Between, Named},
    kernel::error::StoreError,
    privacy::{jobs::Job, records::Record},
};

const PAGE: u32 = 100;

pub(super) async fn exported(store: &impl ActStore, job: &Job) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for named in Named::ALL {
        records.extend(naming(store, job, named).await?.into_iter().map(|act| Record::act(act, named)));
    }
    Ok(records)
}

/// Puts the pseudonym into each of them. A run that is repeated finds those that are left.
pub(super) async fn erase(store: &impl ActStore, job: &Job) -> Result<(), StoreError> {
    for named in Named::ALL {
        for act in naming(store, job, named).await? {
            store.rename_in_act(&job.tenant, act.place(), (named, &job.subject), &job.pseudonym).await?;
        }
    }
    Ok(())
}

async fn naming(store: &impl ActStore, job: &Job, named: Named) -> Result<Vec<Act>, StoreError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let who = (named, &job.subject);
        let page = store.acts_naming(&job.tenant, who, Between::default(), PAGE, after).await?;
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}
