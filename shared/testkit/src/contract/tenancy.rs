//! A tenant's settings, and flags.

use galley_domain::{
    access::{
        keys::StoredKey,
        role::{Principal, Role},
    },
    kernel::ids::Subject,
    tenancy::{
        flags::{Flag, FlagChange, FlagName},
        history::{History, Maker, Own, TenantChange, Turned, What},
        registry::Registered,
        settings::{Disclosure, Overrides, Policy, SiteLook},
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{subject, tenant},
    contract::{steps::later, store::Store},
    tenants::{change, set_limits},
};

pub(super) async fn holds_for(store: &impl Store) {
    a_tenants_limits_are_its_own(store).await;
    a_change_is_made_over_what_was_read_and_is_kept_with_it(store).await;
    who_changed_something_is_found_and_can_be_renamed(store).await;
    a_flag_is_changed_over_what_was_read_and_every_change_is_kept(store).await;
    a_tenant_is_on_the_list_once_and_from_its_first_key_on(store).await;
}

async fn a_tenant_is_on_the_list_once_and_from_its_first_key_on(store: &impl Store) {
    let (put, by_key) = (tenant("registry-1"), tenant("registry-2"));
    assert_eq!(store.registered(&put).await.unwrap(), None);
    let one = Registered { tenant: put.clone(), since: later(5) };
    store.register(&one).await.unwrap();
    store.register(&Registered { since: later(9), ..one.clone() }).await.unwrap();
    assert_eq!(store.registered(&put).await.unwrap(), Some(one), "since when it first was");
    let of = Principal { tenant: by_key.clone(), subject: subject("ana"), role: Role::Admin };
    for (text, at) in [("galley_registry-a", later(7)), ("galley_registry-b", later(8))] {
        store.put_key(StoredKey::new(text, of.clone(), at), None).await.unwrap();
    }
    let second = Registered { tenant: by_key, since: later(7) };
    assert_eq!(store.registered(&second.tenant).await.unwrap(), Some(second.clone()));
    // Other cases have tenants, too.
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.all_registered(2, after).await.unwrap();
        assert!(page.items.len() <= 2);
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let names: Vec<&str> = all.iter().map(|one| one.tenant.as_str()).collect();
    assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    assert_eq!(all.iter().filter(|one| one.tenant.as_str().starts_with("registry-")).count(), 2, "{names:?}");
}

async fn a_tenants_limits_are_its_own(store: &impl Store) {
    let (one, other) = (tenant("limits-one"), tenant("limits-other"));
    assert_eq!(store.settings(&one).await.unwrap().limits, Overrides::default());
    let some: Overrides = serde_json::from_value(json!({"create_per_minute": 50, "org_tasks_per_day": 7})).unwrap();
    set_limits(store, &one, some).await;
    assert_eq!(store.settings(&one).await.unwrap().limits, some);
    assert_eq!(store.settings(&other).await.unwrap().limits, Overrides::default());
    set_limits(store, &one, Overrides::default()).await;
    assert_eq!(
        store.settings(&one).await.unwrap().limits,
        Overrides::default(),
        "what is not said again is the usual one"
    );
}

async fn a_change_is_made_over_what_was_read_and_is_kept_with_it(store: &impl Store) {
    let tenant = tenant("discloses");
    let line = |text: &str| Some(Disclosure::try_from(text.to_owned()).unwrap());
    let own = |disclosure, keep_model_texts| Own {
        policy: Policy { keep_model_texts, ..Policy::default() },
        disclosure,
        ..Own::default()
    };
    let turn = |before: &Own, after: &Own| {
        change(&tenant, What::Settings(Turned { before: before.clone(), after: after.clone() }))
    };
    let present = async || Own::of(&store.settings(&tenant).await.unwrap());
    let (none, said, both) =
        (own(None, false), own(line("Made with a model."), false), own(line("Made with a model."), true));
    let mut made = Vec::new();
    for (before, after) in [(&none, &said), (&said, &both), (&both, &said), (&said, &none), (&none, &both)] {
        let one = turn(before, after);
        assert!(store.make_change(&one).await.unwrap(), "{before:?}");
        assert_eq!(present().await, *after);
        assert_eq!(store.change_at(&one.place()).await.unwrap(), Some(one.clone()));
        made.push(one);
    }
    for outdated in [&none, &said] {
        let late = turn(outdated, &none);
        assert!(!store.make_change(&late).await.unwrap(), "somebody changed it meanwhile: {outdated:?}");
        assert_eq!(store.change_at(&late.place()).await.unwrap(), None, "what did not happen is not on record");
    }
    assert_eq!(present().await, both);
    let site: SiteLook = serde_json::from_value(json!({
        "name": "Notes", "accent": "#0b57b0", "navigation": [{"label": "About", "url": "https://a.example.com/about"}]
    }))
    .unwrap();
    let looking = Own { site: Box::new(site), ..both.clone() };
    for (before, after) in [(&both, &looking), (&looking, &both)] {
        let one = turn(before, after);
        assert!(store.make_change(&one).await.unwrap());
        assert_eq!(present().await, *after);
        assert!(!store.make_change(&turn(before, after)).await.unwrap(), "the site's look is as it was read, too");
        made.push(one);
    }
    made.reverse();
    let first = store.changes(&tenant, History::Settings, 3, None).await.unwrap();
    let rest = store.changes(&tenant, History::Settings, 4, first.next.clone()).await.unwrap();
    assert_eq!([first.items, rest.items].concat(), made, "the newest first");
    assert_eq!(store.changes(&tenant, History::Limits, 3, None).await.unwrap().items, []);
}

async fn who_changed_something_is_found_and_can_be_renamed(store: &impl Store) {
    let (changed, of_ana) = (tenant("renames"), tenant("renames-hers"));
    let some: Overrides = serde_json::from_value(json!({"create_per_minute": 50})).unwrap();
    let limits = Turned { before: Overrides::default(), after: some };
    let one = TenantChange { by_tenant: of_ana.clone(), ..change(&changed, What::Limits(limits)) };
    assert!(store.make_change(&one).await.unwrap());
    let (ana, ben, nobody) = (subject("ana"), subject("ben"), subject("erased-1"));
    let by = async |tenant, subject| store.changes_by(tenant, subject, 10, None).await.unwrap().items;
    assert_eq!(by(&of_ana, &ana).await, [one.place()]);
    assert_eq!((by(&changed, &ana).await, by(&of_ana, &ben).await), (vec![], vec![]), "of her tenant alone");
    let rename = async |who: &Subject| {
        let maker = Maker { tenant: &of_ana, subject: who };
        store.rename_changer(&one.place(), maker, &nobody).await.unwrap();
        store.change_at(&one.place()).await.unwrap().unwrap().by
    };
    assert_eq!(rename(&ben).await, ana, "it is not his");
    assert_eq!(rename(&ana).await, nobody);
    assert_eq!(rename(&ana).await, nobody, "and again");
    assert_eq!(by(&of_ana, &ana).await, []);
}

async fn a_flag_is_changed_over_what_was_read_and_every_change_is_kept(store: &impl Store) {
    let name = FlagName::provider("contract");
    let flag_change = |id: u128, before: Option<&Flag>, after: Option<&Flag>| FlagChange {
        id: Uuid::from_u128(id),
        flag: name.clone(),
        before: before.cloned(),
        after: after.cloned(),
        by: subject("ana"),
        at: later(0),
        reverts: None,
        reason: None,
    };
    let (off, on) = (Flag { enabled: false, ..Flag::default() }, Flag::default());
    assert!(store.change_flag(&flag_change(1, None, Some(&off))).await.unwrap());
    assert!(!store.change_flag(&flag_change(2, None, Some(&on))).await.unwrap(), "somebody said something meanwhile");
    assert!(!store.change_flag(&flag_change(3, Some(&on), Some(&off))).await.unwrap());
    assert_eq!(store.flags().await.unwrap().get(&name), Some(&off));
    assert_eq!(store.flag(&name).await.unwrap(), Some(off.clone()));
    assert_eq!(store.flag(&FlagName::provider("another")).await.unwrap(), None);
    assert!(store.change_flag(&flag_change(4, Some(&off), None)).await.unwrap());
    assert_eq!(store.flags().await.unwrap().get(&name), None);
    assert_eq!(store.flag(&name).await.unwrap(), None);
    assert!(store.change_flag(&flag_change(5, None, Some(&on))).await.unwrap(), "as if nobody had said anything");
    assert_eq!(store.flag_change(Uuid::from_u128(1)).await.unwrap(), Some(flag_change(1, None, Some(&off))));
    assert_eq!(store.flag_change(Uuid::from_u128(2)).await.unwrap(), None, "what did not happen is not on record");
    let first = store.flag_changes(2, None).await.unwrap();
    assert_eq!(first.items.iter().map(|change| change.id.as_u128()).collect::<Vec<_>>(), [5, 4]);
    let rest = store.flag_changes(2, first.next).await.unwrap();
    assert_eq!(rest.items.iter().map(|change| change.id.as_u128()).collect::<Vec<_>>(), [1]);
}
