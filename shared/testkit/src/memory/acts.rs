//! What admins and operators did.

use std::sync::Arc;

use galley_domain::{
    access::acts::{Act, ActPlace, ActStore, Actor, Between, Named, NewAct, Recording},
    kernel::{
        error::StoreError,
        ids::{Subject, TenantId},
        paging::{Page, PageKey},
    },
};

use crate::memory::store::{Held, MemoryStore, page};

impl MemoryStore {
    /// Keeps the act that a write takes with it; what did not happen is no act.
    pub(super) fn record(&self, held: &mut Held) {
        if let Some(act) = &self.act {
            held.keep_act(act);
        }
    }
}

impl Held {
    fn keep_act(&mut self, new: &NewAct) {
        let place = new.act.place();
        self.acts.extend(new.listed().into_iter().map(|(of, act)| ((of.clone(), place), act)));
        self.act_links.extend(new.names().into_iter().map(|(named, subject)| (new.of.clone(), named, subject, place)));
    }
}

impl Recording for MemoryStore {
    fn with_act(&self, act: NewAct) -> Self {
        let mut store = self.clone();
        store.act = Some(Arc::new(act));
        store
    }
}

impl ActStore for MemoryStore {
    async fn keep_act(&self, act: &NewAct) -> Result<(), StoreError> {
        self.held().keep_act(act);
        Ok(())
    }

    async fn acts(
        &self,
        of: &TenantId,
        between: Between,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Act>, StoreError> {
        let held = self.held();
        let theirs = held.acts.iter().filter(|((list, _), _)| list == of).map(|(_, act)| act.clone());
        Ok(newest(theirs, of, between, limit, after.as_ref()))
    }

    async fn acts_naming(
        &self,
        of: &TenantId,
        (named, subject): (Named, &Subject),
        between: Between,
        limit: u32,
        after: Option<PageKey>,
    ) -> Result<Page<Act>, StoreError> {
        let held = self.held();
        let links =
            held.act_links.iter().filter(|(list, as_what, who, _)| list == of && *as_what == named && who == subject);
        let theirs = links.filter_map(|(list, _, _, place)| held.acts.get(&(list.clone(), *place)).cloned());
        Ok(newest(theirs, of, between, limit, after.as_ref()))
    }

    async fn rename_in_act(
        &self,
        of: &TenantId,
        place: ActPlace,
        (named, subject): (Named, &Subject),
        pseudonym: &Subject,
    ) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(act) = held.acts.get_mut(&(of.clone(), place)) {
            match named {
                Named::Actor if act.by.subject() == Some(subject) => {
                    act.by = Actor::Person { subject: pseudonym.clone() }
                }
                Named::Thing if act.thing == subject.as_str() => act.thing = pseudonym.to_string(),
                Named::Actor | Named::Thing => {}
            }
        }
        held.act_links.remove(&(of.clone(), named, subject.clone(), place));
        Ok(())
    }
}

fn newest(
    acts: impl Iterator<Item = Act>,
    of: &TenantId,
    Between { since, until }: Between,
    limit: u32,
    after: Option<&PageKey>,
) -> Page<Act> {
    let sort = |act: &Act| format!("{:.3}#{}", act.at, act.id);
    let during = |act: &Act| since.is_none_or(|since| act.at >= since) && until.is_none_or(|until| act.at < until);
    let mut acts: Vec<Act> = acts.filter(during).collect();
    acts.sort_by_key(|act| std::cmp::Reverse(sort(act)));
    acts.retain(|act| after.is_none_or(|after| sort(act) < after.sort));
    page(acts, limit, |act| PageKey { sort: sort(act), id: of.to_string() })
}
