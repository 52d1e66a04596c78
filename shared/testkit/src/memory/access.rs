//! Keys, sessions, people, windows and days, open streams.

use galley_domain::{
    access::{
        keys::{KeyStore, StoredKey},
        limits::{Counted, DayQuota, LimitStore, QuotaDay, Reserved, Used, Window},
        people::{Person, PersonStore},
        sign_in::{Begun, Session, SessionStore},
        streams::{Holder, Opened, StreamSlot, StreamStore, free_place},
        tickets::{Ticket, TicketId, TicketStore},
    },
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{KeyId, SessionId, Subject, TenantId},
        paging::{Page, PageKey},
    },
};
use jiff::{Timestamp, civil::Date};

use crate::memory::store::{Day, Held, MemoryStore, page};

impl Held {
    pub(super) fn day(&mut self, day: &QuotaDay) -> &mut Day {
        self.days.entry((day.tenant.clone(), day.date.to_string())).or_default()
    }
}

impl Day {
    pub(super) fn add(&mut self, day: &QuotaDay, by: i64) {
        self.organisation += by;
        *self.users.entry(day.subject.to_string()).or_default() += by;
    }
}

impl LimitStore for MemoryStore {
    async fn count(&self, window: &Window) -> Result<Counted, StoreError> {
        let mut held = self.held();
        let key = (format!("{}#{}", window.class.name(), window.principal), window.minute);
        let used = held.windows.entry(key).or_default();
        if *used >= window.limit {
            return Ok(Counted::Exceeded);
        }
        *used += 1;
        Ok(Counted::Within { used: *used })
    }

    async fn reserve(&self, day: &QuotaDay, quota: DayQuota) -> Result<Reserved, StoreError> {
        let mut held = self.held();
        let taken = held.day(day);
        let user = taken.users.get(day.subject.as_str()).copied().unwrap_or(0);
        if taken.organisation >= i64::from(quota.organisation) || user >= i64::from(quota.user) {
            return Ok(Reserved::Exhausted);
        }
        taken.add(day, 1);
        Ok(Reserved::Taken)
    }

    async fn give_back(&self, day: &QuotaDay) -> Result<(), StoreError> {
        let mut held = self.held();
        let taken = held.day(day);
        if taken.organisation > 0 && taken.users.get(day.subject.as_str()).is_some_and(|user| *user > 0) {
            taken.add(day, -1);
        }
        Ok(())
    }

    async fn used(&self, windows: &[Window], day: &QuotaDay) -> Result<Used, StoreError> {
        let mut held = self.held();
        let of = |window: &Window| (format!("{}#{}", window.class.name(), window.principal), window.minute);
        let windows = windows.iter().map(|window| held.windows.get(&of(window)).copied().unwrap_or(0)).collect();
        let taken = held.day(day);
        let whole = |count: i64| u32::try_from(count).unwrap_or(0);
        let user = taken.users.get(day.subject.as_str()).copied().unwrap_or(0);
        Ok(Used { windows, user: whole(user), organisation: whole(taken.organisation) })
    }
}

impl KeyStore for MemoryStore {
    async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, StoreError> {
        Ok(self.held().keys.get(id).cloned())
    }

    async fn put_key(&self, key: StoredKey, claim: Option<ClaimRecord>) -> Result<(), ClaimError> {
        let mut held = self.held();
        held.claim_new(claim.as_ref())?;
        held.keep_claim(claim);
        held.register(&key.principal.tenant, key.created_at);
        held.keys.insert(key.id.clone(), key);
        self.record(&mut held);
        Ok(())
    }

    async fn keys(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<StoredKey>, StoreError> {
        let held = self.held();
        let place =
            |key: &StoredKey| PageKey { sort: format!("{:.3}#{}", key.created_at, key.id), id: key.id.to_string() };
        let mut keys: Vec<StoredKey> =
            held.keys.values().filter(|key| key.principal.tenant == *tenant).cloned().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(place(key).sort));
        keys.retain(|key| after.as_ref().is_none_or(|after| place(key).sort < after.sort));
        Ok(page(keys, limit, place))
    }

    async fn revoke_key(&self, tenant: &TenantId, id: &KeyId) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = held.keys.get_mut(id).filter(|key| key.principal.tenant == *tenant);
        let was_revoked = key.map(|key| std::mem::replace(&mut key.revoked, true));
        if was_revoked == Some(false) {
            self.record(&mut held);
        }
        Ok(was_revoked.is_some())
    }

    async fn erase_key(&self, tenant: &TenantId, id: &KeyId, pseudonym: &Subject) -> Result<(), StoreError> {
        let mut held = self.held();
        if let Some(key) = held.keys.get_mut(id).filter(|key| key.principal.tenant == *tenant) {
            key.revoked = true;
            key.principal.subject.clone_from(pseudonym);
        }
        Ok(())
    }

    async fn key_used(&self, id: &KeyId, on: Date) -> Result<(), StoreError> {
        if let Some(key) = self.held().keys.get_mut(id) {
            key.last_used = key.last_used.max(Some(on));
        }
        Ok(())
    }
}

impl SessionStore for MemoryStore {
    async fn keep_begun(&self, state: &str, begun: &Begun) -> Result<(), StoreError> {
        self.held().begun.insert(state.to_owned(), begun.clone());
        Ok(())
    }

    async fn take_begun(&self, state: &str) -> Result<Option<Begun>, StoreError> {
        Ok(self.held().begun.remove(state))
    }

    async fn start_session(&self, session: &Session) -> Result<(), StoreError> {
        self.held().sessions.insert(session.id.clone(), session.clone());
        Ok(())
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.held().sessions.get(id).cloned())
    }

    async fn refresh_session(
        &self,
        id: &SessionId,
        present: &str,
        next: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let mut held = self.held();
        let session = held.sessions.get_mut(id).filter(|session| session.lasts(now) && session.refresh == present);
        Ok(session.map(|session| {
            next.clone_into(&mut session.refresh);
            session.clone()
        }))
    }

    async fn end_session(&self, id: &SessionId) -> Result<(), StoreError> {
        if let Some(session) = self.held().sessions.get_mut(id) {
            session.ended = true;
        }
        Ok(())
    }
}

impl PersonStore for MemoryStore {
    async fn person(&self, tenant: &TenantId, subject: &Subject) -> Result<Option<Person>, StoreError> {
        Ok(self.held().people.get(&(tenant.clone(), subject.clone())).cloned())
    }

    async fn put_person(&self, person: &Person) -> Result<(), StoreError> {
        let mut held = self.held();
        held.people.insert((person.tenant.clone(), person.subject.clone()), person.clone());
        self.record(&mut held);
        Ok(())
    }

    async fn people(&self, tenant: &TenantId, limit: u32, after: Option<PageKey>) -> Result<Page<Person>, StoreError> {
        let held = self.held();
        let sort = |one: &Person| format!("{}#{}", one.added_at, one.subject);
        let mut all: Vec<Person> = held.people.values().filter(|one| one.tenant == *tenant).cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse(sort(one)));
        all.retain(|one| after.as_ref().is_none_or(|after| sort(one) < after.sort));
        Ok(page(all, limit, |one| PageKey { sort: sort(one), id: one.subject.to_string() }))
    }

    async fn remove_person(&self, tenant: &TenantId, subject: &Subject) -> Result<bool, StoreError> {
        let mut held = self.held();
        let removed = held.people.remove(&(tenant.clone(), subject.clone())).is_some();
        if removed {
            self.record(&mut held);
        }
        Ok(removed)
    }
}

impl StreamStore for MemoryStore {
    async fn open_stream(
        &self,
        holder: &Holder,
        most: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Opened, StoreError> {
        let mut held = self.held();
        let places = held.streams.entry(holder.clone()).or_default();
        let present: Vec<(u32, Timestamp)> = places.iter().map(|(number, until)| (*number, *until)).collect();
        if let Some((number, _)) = present.iter().find(|(_, held)| *held == until) {
            return Ok(Opened::Taken(StreamSlot { holder: holder.clone(), number: *number, until }));
        }
        Ok(match free_place(&present, most, now) {
            Err(free_at) => Opened::Full { free_at },
            Ok(number) => {
                places.insert(number, until);
                Opened::Taken(StreamSlot { holder: holder.clone(), number, until })
            }
        })
    }

    async fn close_stream(&self, place: &StreamSlot) -> Result<(), StoreError> {
        if let Some(places) = self.held().streams.get_mut(&place.holder)
            && places.get(&place.number) == Some(&place.until)
        {
            places.remove(&place.number);
        }
        Ok(())
    }
}

impl TicketStore for MemoryStore {
    async fn keep_ticket(&self, id: &TicketId, ticket: &Ticket) -> Result<(), StoreError> {
        self.held().tickets.insert(id.clone(), ticket.clone());
        Ok(())
    }

    async fn take_ticket(&self, id: &TicketId) -> Result<Option<Ticket>, StoreError> {
        Ok(self.held().tickets.remove(id))
    }
}
