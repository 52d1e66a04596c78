//! Switches and the log of their changes, and answers that are kept for a while.

use galley_domain::tenancy::flags::{Flag, FlagChange, FlagName};
use uuid::Uuid;

use super::{Store, later};
use crate::build::{subject, tenant};

pub(super) async fn holds_for(store: &impl Store) {
    a_switch_is_turned_over_what_was_read_and_every_turn_is_kept(store).await;
    an_answer_is_its_tenants_alone_and_has_an_end(store).await;
}

async fn a_switch_is_turned_over_what_was_read_and_every_turn_is_kept(store: &impl Store) {
    let name = FlagName::provider("contract");
    let turn = |id: u128, before: Option<&Flag>, after: Option<&Flag>| FlagChange {
        id: Uuid::from_u128(id),
        flag: name.clone(),
        before: before.cloned(),
        after: after.cloned(),
        by: subject("ana"),
        at: later(0),
        reverts: None,
    };
    let (off, on) = (Flag { enabled: false, ..Flag::default() }, Flag::default());
    assert!(store.change_flag(&turn(1, None, Some(&off))).await.unwrap());
    assert!(!store.change_flag(&turn(2, None, Some(&on))).await.unwrap(), "somebody said something meanwhile");
    assert!(!store.change_flag(&turn(3, Some(&on), Some(&off))).await.unwrap());
    assert_eq!(store.flags().await.unwrap().get(&name), Some(&off));
    assert!(store.change_flag(&turn(4, Some(&off), None)).await.unwrap());
    assert_eq!(store.flags().await.unwrap().get(&name), None);
    assert!(store.change_flag(&turn(5, None, Some(&on))).await.unwrap(), "as if nobody had said anything");
    assert_eq!(store.flag_change(Uuid::from_u128(1)).await.unwrap(), Some(turn(1, None, Some(&off))));
    assert_eq!(store.flag_change(Uuid::from_u128(2)).await.unwrap(), None, "what did not happen is not on record");
    let first = store.flag_changes(2, None).await.unwrap();
    assert_eq!(first.items.iter().map(|change| change.id.as_u128()).collect::<Vec<_>>(), [5, 4]);
    let rest = store.flag_changes(2, first.next).await.unwrap();
    assert_eq!(rest.items.iter().map(|change| change.id.as_u128()).collect::<Vec<_>>(), [1]);
}

async fn an_answer_is_its_tenants_alone_and_has_an_end(store: &impl Store) {
    let (one, other) = (tenant("answers-one"), tenant("answers-other"));
    assert_eq!(store.recall(&one, "k", later(0)).await.unwrap(), None);
    store.remember(&one, "k", "[1]", later(60)).await.unwrap();
    assert_eq!(store.recall(&one, "k", later(59)).await.unwrap().as_deref(), Some("[1]"));
    assert_eq!(store.recall(&one, "k", later(60)).await.unwrap(), None, "however long it lies there");
    assert_eq!(store.recall(&other, "k", later(0)).await.unwrap(), None);
    store.remember(&one, "k", "[2]", later(120)).await.unwrap();
    assert_eq!(store.recall(&one, "k", later(60)).await.unwrap().as_deref(), Some("[2]"));
}
