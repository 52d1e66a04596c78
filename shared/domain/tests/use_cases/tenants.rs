//! Tenants that operators suspend, and what somebody has done.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use galley_domain::{
    kernel::{clock::Clock, ids::TenantId},
    operations::{stuck, trail},
    task::{
        audit::{Actor, Context},
        store::TaskStore,
    },
    tenancy::{
        flags::{self, Flag, FlagError, FlagName, FlagStore},
        suspension::{self, Because, Standing, SuspendError},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, subject, tenant},
    clock::TestClock,
};
use jiff::SignedDuration;
use serde_json::json;

struct Bench {
    store: MemoryStore,
    clock: TestClock,
}

fn bench() -> Bench {
    Bench { store: MemoryStore::default(), clock: TestClock::at("2026-11-20T12:00:00Z") }
}

impl Bench {
    async fn turn(&self, name: &str, to: Standing) -> Result<bool, SuspendError> {
        let because: Because = serde_json::from_value(json!({"reason": "Mail ana@example.org about it"})).unwrap();
        let changed =
            suspension::turn(&self.store, &self.clock, (&tenant(name), to), (&subject("opal"), &because)).await;
        changed.map(|change| change.is_some())
    }

    async fn stands(&self, name: &str) -> Standing {
        let flag = self.store.flag(&FlagName::tenants()).await.unwrap();
        Standing::of(flag.as_ref(), &tenant(name))
    }
}

#[tokio::test]
async fn the_operators_are_never_suspended() {
    let bench = bench();
    let refused = bench.turn(TenantId::SYSTEM, Standing::Suspended).await;
    assert!(matches!(refused, Err(SuspendError::Operators)), "{refused:?}");
    let off = Flag { enabled: false, ..Flag::default() };
    flags::turn(&bench.store, &bench.clock, (FlagName::tenants(), Some(off)), (subject("opal"), None)).await.unwrap();
    assert_eq!(bench.stands(TenantId::SYSTEM).await, Standing::Active);
    let refused = bench.turn("acme", Standing::Active).await;
    assert!(matches!(refused, Err(SuspendError::SwitchedOff)), "everybody is off: {refused:?}");
}

#[tokio::test]
async fn one_tenant_is_suspended_and_no_other_and_the_log_says_why() {
    let bench = bench();
    assert!(!bench.turn("acme", Standing::Active).await.unwrap(), "it is served already");
    assert!(bench.turn("acme", Standing::Suspended).await.unwrap());
    assert!(bench.turn("ajax", Standing::Suspended).await.unwrap());
    assert!(!bench.turn("acme", Standing::Suspended).await.unwrap(), "a repeat changes nothing");
    for (name, standing) in [("acme", Standing::Suspended), ("ajax", Standing::Suspended), ("other", Standing::Active)]
    {
        assert_eq!(bench.stands(name).await, standing, "{name}");
    }
    assert!(bench.turn("acme", Standing::Active).await.unwrap());
    assert_eq!((bench.stands("acme").await, bench.stands("ajax").await), (Standing::Active, Standing::Suspended));
    let log = bench.store.flag_changes(10, None).await.unwrap().items;
    assert_eq!(log.len(), 3, "{log:?}");
    let reason = log.first().unwrap().reason.clone().unwrap();
    assert!(!reason.as_str().contains("ana@"), "a reason is masked: {reason:?}");
    assert!(bench.turn("ajax", Standing::Active).await.unwrap());
    assert_eq!(bench.store.flag(&FlagName::tenants()).await.unwrap(), None, "as if nobody had said anything");
}

#[tokio::test]
async fn what_is_suspended_while_nobody_is_served_stays_so_when_the_others_are_served_again() {
    let bench = bench();
    let set = async |flag: Option<Flag>| {
        flags::turn(&bench.store, &bench.clock, (FlagName::tenants(), flag), (subject("opal"), None)).await.unwrap();
    };
    set(Some(Flag { enabled: false, ..Flag::default() })).await;
    assert!(bench.turn("acme", Standing::Suspended).await.unwrap());
    let present = bench.store.flag(&FlagName::tenants()).await.unwrap().unwrap();
    set(Some(Flag { enabled: true, ..present })).await;
    assert_eq!((bench.stands("acme").await, bench.stands("ajax").await), (Standing::Suspended, Standing::Active));
}

#[tokio::test]
async fn one_change_is_taken_back_only_if_no_other_came_since() {
    let bench = bench();
    for name in ["acme", "ajax"] {
        assert!(bench.turn(name, Standing::Suspended).await.unwrap());
    }
    let log = bench.store.flag_changes(10, None).await.unwrap().items;
    let revert = async |name: &str| {
        let change = log.iter().find(|change| {
            let had = change.before.as_ref().is_some_and(|flag| flag.tenants_off.contains(&tenant(name)));
            !had && change.after.as_ref().unwrap().tenants_off.contains(&tenant(name))
        });
        let which = (FlagName::tenants(), change.unwrap().id);
        flags::revert(&bench.store, &bench.clock, which, subject("opal")).await
    };
    let refused = revert("acme").await;
    assert!(matches!(refused, Err(FlagError::ChangedSince)), "it would serve ajax again: {refused:?}");
    assert_eq!(bench.stands("ajax").await, Standing::Suspended);
    revert("ajax").await.unwrap();
    assert_eq!((bench.stands("acme").await, bench.stands("ajax").await), (Standing::Suspended, Standing::Active));
}

#[tokio::test]
async fn what_is_held_is_not_stuck_and_hides_nothing_that_is() {
    let bench = bench();
    let mut free = Vec::new();
    for (number, name) in (1..).zip(["acme", "ajax", "acme"]) {
        let accepted = a_task().number(number).of(name).at(bench.clock.now()).accepted();
        free.extend((name == "ajax").then(|| accepted.task.id.to_string()));
        bench.store.accept(accepted).await.unwrap();
    }
    bench.turn("acme", Standing::Suspended).await.unwrap();
    let (timings, later) = (bench.clock.timings(), bench.clock.now() + SignedDuration::from_hours(1));
    let waiting = stuck::waiting(&bench.store, timings, later).await.unwrap();
    let found: Vec<&str> = waiting.stuck.iter().map(|stuck| stuck.due.message.id.as_str()).collect();
    assert_eq!(found, free);
    bench.turn("acme", Standing::Active).await.unwrap();
    assert_eq!(stuck::waiting(&bench.store, timings, later).await.unwrap().stuck.len(), 3);
}

#[tokio::test]
async fn two_thousand_are_suspended_and_not_one_more() {
    let bench = bench();
    let all = (0..2000).map(|nth| tenant(&format!("tenant-{nth}"))).collect();
    let flag = Flag { tenants_off: all, ..Flag::default() };
    flags::turn(&bench.store, &bench.clock, (FlagName::tenants(), Some(flag)), (subject("opal"), None)).await.unwrap();
    let refused = bench.turn("acme", Standing::Suspended).await;
    assert!(matches!(refused, Err(SuspendError::TooMany)), "{refused:?}");
    assert!(bench.turn("tenant-7", Standing::Active).await.unwrap());
    assert!(bench.turn("acme", Standing::Suspended).await.unwrap());
}

#[tokio::test]
async fn what_somebody_did_is_found_task_by_task_and_nothing_of_anybody_else() {
    let bench = bench();
    let mut ids = Vec::new();
    for (number, by) in [(1, "ana"), (2, "ben"), (3, "ana")] {
        let accepted = a_task().by(by).number(number).accepted();
        ids.push(accepted.task.id.clone());
        bench.store.accept(accepted).await.unwrap();
    }
    // Ben's task is cancelled by Ana, and Ana's third by Ben.
    for (nth, by) in [(1, "ana"), (2, "ben")] {
        let task = bench.store.task(ids.get(nth).unwrap()).await.unwrap().unwrap();
        let of = Context { actor: Actor::Person { subject: subject(by) }, ..context(bench.clock.now()) };
        bench.store.commit(change(&task, task.cancelled(Some("Why not"), &of).unwrap())).await.unwrap();
    }
    let of = async |name: &str, who: &str, limit| {
        let (name, who) = (tenant(name), subject(who));
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = trail::of(&bench.store, (&name, &who), limit, after).await.unwrap();
            let told =
                |one: trail::Trail| (one.task, one.events.into_iter().map(|event| event.event).collect::<Vec<_>>());
            found.extend(page.items.into_iter().map(told));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    let mut newest_first = ids.clone();
    newest_first.sort_by(|one, other| other.cmp(one));
    for limit in [1, 10] {
        let ana = of("acme", "ana", limit).await;
        assert_eq!(ana.iter().map(|(task, _)| task.clone()).collect::<Vec<_>>(), newest_first, "{limit}");
        let hers = |id: &_| ana.iter().find(|(task, _)| task == id).unwrap().1.clone();
        assert_eq!(hers(ids.get(1).unwrap()), ["cancelled"]);
        assert!(!hers(ids.get(2).unwrap()).contains(&"cancelled".to_owned()), "Ben did that: {ana:?}");
    }
    assert!(of("rival", "ana", 10).await.is_empty(), "another tenant's Ana is somebody else");
}
