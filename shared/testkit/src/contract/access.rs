//! Keys, sign-in, people, windows and days.

use galley_domain::{
    access::{
        acts::Actor,
        keys::StoredKey,
        limits::{Counted, DayQuota, QuotaDay, RateClass, Reserved, Used, Window},
        people::Person,
        role::Role,
        sign_in::{Begun, Session},
    },
    kernel::ids::{GroupName, KeyId, SessionId},
    privacy::jobs::Made,
};
use jiff::civil::Date;

use crate::{
    build::{principal, subject, tenant},
    contract::{
        steps::{later, now},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    windows_and_days_are_never_exceeded(store).await;
    what_is_used_is_what_was_counted(store).await;
    keys_are_found_by_their_hash(store).await;
    a_begun_sign_in_is_taken_once(store).await;
    a_session_is_refreshed_by_its_newest_token_alone(store).await;
    a_person_is_known_to_a_tenant(store).await;
}

async fn windows_and_days_are_never_exceeded(store: &impl Store) {
    let window = |at| Window::of(RateClass::Create, &tenant("limits"), &subject("ana"), 2, at);
    assert_eq!(store.count(&window(now())).await.unwrap(), Counted::Within { used: 1 });
    assert_eq!(store.count(&window(now())).await.unwrap(), Counted::Within { used: 2 });
    assert_eq!(store.count(&window(now())).await.unwrap(), Counted::Exceeded);
    assert_eq!(store.count(&window(later(60))).await.unwrap(), Counted::Within { used: 1 });

    let quota = DayQuota { user: 1, organisation: 2 };
    let day = |who| QuotaDay::of(&tenant("limits"), &subject(who), now());
    assert_eq!(store.reserve(&day("ana"), quota).await.unwrap(), Reserved::Taken);
    assert_eq!(store.reserve(&day("ana"), quota).await.unwrap(), Reserved::Exhausted);
    assert_eq!(store.reserve(&day("ben"), quota).await.unwrap(), Reserved::Taken);
    assert_eq!(store.reserve(&day("cem"), quota).await.unwrap(), Reserved::Exhausted);
    store.give_back(&day("ben")).await.unwrap();
    // Nothing is there to be given back twice.
    store.give_back(&day("ben")).await.unwrap();
    assert_eq!(store.reserve(&day("cem"), quota).await.unwrap(), Reserved::Taken);
    assert_eq!(store.reserve(&day("ben"), quota).await.unwrap(), Reserved::Exhausted);
}

async fn what_is_used_is_what_was_counted(store: &impl Store) {
    let (tenant, ana) = (tenant("usage"), subject("ana"));
    let window = |class| Window::of(class, &tenant, &ana, 9, later(0));
    let (create, read) = (window(RateClass::Create), window(RateClass::Read));
    let day = QuotaDay::of(&tenant, &ana, later(0));
    let other = QuotaDay::of(&tenant, &subject("ben"), later(0));
    let used = async || store.used(&[create.clone(), read.clone()], &day).await.unwrap();
    assert_eq!(used().await, Used { windows: vec![0, 0], user: 0, organisation: 0 });
    for _ in 0..2 {
        store.count(&read).await.unwrap();
    }
    for day in [&day, &other, &other] {
        store.reserve(day, DayQuota { user: 9, organisation: 9 }).await.unwrap();
    }
    assert_eq!(used().await, Used { windows: vec![0, 2], user: 1, organisation: 3 });
    store.give_back(&day).await.unwrap();
    assert_eq!(used().await, Used { windows: vec![0, 2], user: 0, organisation: 2 });
}

async fn keys_are_found_by_their_hash(store: &impl Store) {
    let unknown = KeyId::new("c".repeat(64)).unwrap();
    let key = |digit: &str, seconds| StoredKey {
        id: KeyId::new(digit.repeat(64)).unwrap(),
        prefix: format!("galley_{digit}"),
        principal: principal(Role::Editor),
        created_at: later(seconds),
        made_by: Some(Actor::Person { subject: subject("ana") }),
        expires_at: Some(later(60)),
        last_used: None,
        revoked: false,
    };
    let (first, second) = (key("a", 1), key("b", 2));
    assert!(store.key(&first.id).await.unwrap().is_none());
    store.put_key(first.clone(), None).await.unwrap();
    store.put_key(second.clone(), None).await.unwrap();
    assert_eq!(store.key(&first.id).await.unwrap(), Some(first.clone()));
    let page = store.keys(&first.principal.tenant, 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second));
    assert_eq!(store.keys(&first.principal.tenant, 1, page.next).await.unwrap().items, std::slice::from_ref(&first));
    assert!(store.keys(&tenant("nobody"), 10, None).await.unwrap().items.is_empty());
    // Another tenant's key cannot be revoked, nor one that does not exist.
    assert!(!store.revoke_key(&tenant("rival"), &first.id).await.unwrap());
    assert!(!store.revoke_key(&first.principal.tenant, &unknown).await.unwrap());
    assert!(store.revoke_key(&first.principal.tenant, &first.id).await.unwrap());
    assert!(store.revoke_key(&first.principal.tenant, &first.id).await.unwrap());
    let day: Date = "2026-11-20".parse().unwrap();
    for (on, kept) in [("2026-11-19", "2026-11-19"), ("2026-11-20", "2026-11-20"), ("2026-11-19", "2026-11-20")] {
        store.key_used(&second.id, on.parse().unwrap()).await.unwrap();
        assert_eq!(store.key(&second.id).await.unwrap().unwrap().last_used, Some(kept.parse().unwrap()));
    }
    store.key_used(&unknown, day).await.unwrap();
    assert!(store.key(&unknown).await.unwrap().is_none());
    let found = store.key(&first.id).await.unwrap().unwrap();
    assert!(found.revoked);
    for (by, expected) in [("ben", "ana"), ("ana", "erased-1"), ("ana", "erased-1")] {
        let made = Made::Key(first.id.clone());
        store.rename_maker(&first.principal.tenant, &made, &subject(by), &subject("erased-1")).await.unwrap();
        store.rename_maker(&tenant("rival"), &made, &subject("ana"), &subject("erased-2")).await.unwrap();
        assert!(store.key(&first.id).await.unwrap().unwrap().is_made_by(&subject(expected)), "{by}");
    }
    let operators = StoredKey { made_by: Some(Actor::Operator), ..key("d", 3) };
    store.put_key(operators.clone(), None).await.unwrap();
    assert_eq!(store.key(&operators.id).await.unwrap(), Some(operators));
}

async fn a_begun_sign_in_is_taken_once(store: &impl Store) {
    let begun = Begun { tenant: tenant("acme"), verifier: "v".into(), browser: "b".into(), expires_at: later(60) };
    assert_eq!(store.take_begun("state").await.unwrap(), None);
    store.keep_begun("state", &begun).await.unwrap();
    assert_eq!(store.take_begun("state").await.unwrap(), Some(begun));
    assert_eq!(store.take_begun("state").await.unwrap(), None);
}

async fn a_session_is_refreshed_by_its_newest_token_alone(store: &impl Store) {
    let id = SessionId::new("a".repeat(64)).unwrap();
    let session = Session {
        id: id.clone(),
        tenant: tenant("acme"),
        subject: subject("github-1"),
        refresh: "one".into(),
        ended: false,
        expires_at: later(60),
    };
    let refresh = async |present: &str, next: &str, at| {
        store.refresh_session(&id, present, next, later(at)).await.unwrap().map(|session| session.refresh)
    };
    assert_eq!(refresh("one", "two", 1).await, None, "no such session");
    store.end_session(&id).await.unwrap();
    assert_eq!(store.session(&id).await.unwrap(), None, "ending nothing makes nothing");
    store.start_session(&session).await.unwrap();
    assert_eq!(store.session(&id).await.unwrap(), Some(session));
    assert_eq!(refresh("other", "two", 1).await, None);
    assert_eq!(refresh("one", "two", 1).await.as_deref(), Some("two"));
    assert_eq!(refresh("one", "three", 2).await, None);
    assert_eq!(refresh("two", "three", 60).await, None, "its time is over");
    store.end_session(&id).await.unwrap();
    assert_eq!(refresh("two", "three", 3).await, None);
    assert!(!store.session(&id).await.unwrap().unwrap().lasts(later(3)));
}

async fn a_person_is_known_to_a_tenant(store: &impl Store) {
    let (one, other, who) = (tenant("people-one"), tenant("people-other"), subject("github-1"));
    let person = |role, seconds| Person {
        subject: who.clone(),
        tenant: one.clone(),
        role,
        display_name: Some("Anna Nowak".to_owned().try_into().unwrap()),
        groups: [GroupName::new("brand").unwrap()].into(),
        added_at: later(seconds),
        added_by: subject("ana"),
    };
    store.put_person(&person(Role::Viewer, 0)).await.unwrap();
    store.put_person(&person(Role::Editor, 1)).await.unwrap();
    assert_eq!(store.person(&one, &who).await.unwrap(), Some(person(Role::Editor, 1)));
    assert_eq!(store.person(&other, &who).await.unwrap(), None);
    let second = Person { subject: subject("github-2"), ..person(Role::Admin, 2) };
    store.put_person(&second).await.unwrap();
    let page = store.people(&one, 1, None).await.unwrap();
    assert_eq!(page.items, [second]);
    assert_eq!(store.people(&one, 1, page.next).await.unwrap().items, [person(Role::Editor, 1)]);
    assert!(store.people(&other, 9, None).await.unwrap().items.is_empty());
    assert!(!store.remove_person(&other, &who).await.unwrap());
    for by in ["ben", "ana", "ana"] {
        let made = Made::Person(who.clone());
        store.rename_maker(&one, &made, &subject(by), &subject("erased-1")).await.unwrap();
        store.rename_maker(&other, &made, &subject("ana"), &subject("erased-2")).await.unwrap();
        let expected = if by == "ben" { "ana" } else { "erased-1" };
        assert_eq!(store.person(&one, &who).await.unwrap().unwrap().added_by, subject(expected));
        if by == "ben" {
            // Nobody is made by renaming who made them.
            assert_eq!(store.person(&other, &who).await.unwrap(), None);
        }
    }
    assert!(store.remove_person(&one, &who).await.unwrap());
    assert!(!store.remove_person(&one, &who).await.unwrap());
}
