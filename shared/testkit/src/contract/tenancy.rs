//! A tenant's settings, and flags.

use galley_domain::tenancy::{
    flags::{Flag, FlagChange, FlagName},
    settings::{Disclosure, Overrides, Settings},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    build::{subject, tenant},
    contract::{steps::later, store::Store},
};

pub(super) async fn holds_for(store: &impl Store) {
    a_tenants_limits_are_its_own(store).await;
    a_disclosure_is_written_where_it_changes(store).await;
    a_flag_is_changed_over_what_was_read_and_every_change_is_kept(store).await;
}

async fn a_tenants_limits_are_its_own(store: &impl Store) {
    let (one, other) = (tenant("limits-one"), tenant("limits-other"));
    assert_eq!(store.settings(&one).await.unwrap().limits, Overrides::default());
    let some: Overrides = serde_json::from_value(json!({"create_per_minute": 50, "org_tasks_per_day": 7})).unwrap();
    store.set_overrides(&one, some).await.unwrap();
    assert_eq!(store.settings(&one).await.unwrap().limits, some);
    assert_eq!(store.settings(&other).await.unwrap().limits, Overrides::default());
    store.set_overrides(&one, Overrides::default()).await.unwrap();
    assert_eq!(
        store.settings(&one).await.unwrap().limits,
        Overrides::default(),
        "what is not said again is the usual one"
    );
}

async fn a_disclosure_is_written_where_it_changes(store: &impl Store) {
    let tenant = tenant("discloses");
    let line = |text: &str| Some(Disclosure::try_from(text.to_owned()).unwrap());
    let present = async || store.settings(&tenant).await.unwrap();
    let of = |disclosure| Settings { disclosure, ..Settings::default() };
    assert_eq!(present().await, Settings::default());
    assert!(store.replace_own(&tenant, &of(None), &of(line("Made with a model."))).await.unwrap());
    assert_eq!(present().await, of(line("Made with a model.")));
    let read_before = of(None);
    assert!(store.replace_own(&tenant, &read_before, &read_before).await.unwrap());
    assert_eq!(present().await, of(line("Made with a model.")), "whoever changes something else leaves it");
    assert!(store.replace_own(&tenant, &present().await, &of(None)).await.unwrap());
    assert_eq!(present().await, Settings::default());
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
