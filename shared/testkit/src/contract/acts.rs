//! Acts: each is written with what it did or not at all, stands in the lists of whom it concerns, and is found by whom it names.

use galley_domain::{
    access::{
        acts::{Act, ActKind, Acting, Actor, Between, Named, NewAct},
        keys::StoredKey,
        people::Person,
        role::{Principal, Role},
    },
    idempotency::claim::{Claim, SavedResponse},
    kernel::ids::{EndedId, IdempotencyKey, KeyId, TenantId},
    outbox::target::Target,
    plans::feed::{Feed, FeedName, id_of},
    tenancy::{
        flags::{Flag, FlagChange, FlagName},
        history::{TenantChange, Turned, What},
        registry::Registered,
        settings::Overrides,
    },
    webhooks::source::{Source, SourceName},
};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    build::{a_target, acting, operating, subject, tenant},
    clock::TestClock,
    contract::{
        steps::{later, now},
        store::Store,
    },
    tenants::change,
};

pub(super) async fn holds_for(store: &impl Store) {
    an_act_is_written_with_what_it_did_or_not_at_all(store).await;
    every_write_of_an_admin_takes_its_act_with_it(store).await;
    an_operators_act_is_in_both_lists_and_named_in_one(store).await;
    a_list_is_of_its_tenant_its_time_and_its_pages(store).await;
    whom_an_act_names_is_found_and_can_be_renamed(store).await;
}

fn admin_of(of: &str) -> Acting {
    acting(&Principal { tenant: tenant(of), subject: subject("ana"), role: Role::Admin })
}

fn act(acting: &Acting, what: ActKind, thing: &str, seconds: i64) -> NewAct {
    let clock = TestClock::at("2026-11-20T12:00:00Z");
    clock.advance(SignedDuration::from_secs(seconds));
    Acting { what, ..acting.clone() }.own(&clock, thing)
}

async fn listed(store: &impl Store, of: &TenantId) -> Vec<Act> {
    store.acts(of, Between::default(), 100, None).await.unwrap().items
}

async fn an_act_is_written_with_what_it_did_or_not_at_all(store: &impl Store) {
    let (of, admin) = (tenant("acts"), admin_of("acts"));
    let key = IdempotencyKey::new("make-it").unwrap();
    let claim = Claim::new(&of, &subject("ana"), "POST", "/keys", &key, b"");
    let claim = claim.record(SavedResponse { status: 201, location: None, etag: None, body: "{}".into() }, now());
    let stored = |digit: &str| StoredKey {
        id: KeyId::new(digit.repeat(64)).unwrap(),
        ..StoredKey::new("galley_acts", admin.principal.clone(), now())
    };
    let made = |seconds| act(&admin, ActKind::KeyMade, "a key", seconds);
    store.with_act(made(1)).put_key(stored("4"), Some(claim.clone())).await.unwrap();
    assert!(store.with_act(made(2)).put_key(stored("5"), Some(claim)).await.is_err());
    assert_eq!(listed(store, &of).await, [made(1).act], "one request, one act");
    store.put_key(stored("6"), None).await.unwrap();
    assert_eq!(listed(store, &of).await.len(), 1, "a write without an act leaves none");
    let revoked = |seconds| act(&admin, ActKind::KeyRevoked, "a key", seconds);
    assert!(!store.with_act(revoked(3)).revoke_key(&tenant("rival"), &stored("4").id).await.unwrap());
    assert!(store.with_act(revoked(4)).revoke_key(&of, &stored("4").id).await.unwrap());
    assert!(store.with_act(revoked(5)).revoke_key(&of, &stored("4").id).await.unwrap());
    assert_eq!(listed(store, &of).await, [revoked(4).act, made(1).act], "what is revoked already is not revoked again");
}

/// One of each that admins and operators write.
struct Things {
    person: Person,
    source: Source,
    feed: Feed,
    target: Target,
    limits: TenantChange,
    flag: FlagChange,
    registered: Registered,
}

impl Things {
    fn of(tenant: &TenantId) -> Self {
        let secret = format!("galley_feed_{}", "7".repeat(64));
        let limits = serde_json::from_str(r#"{"create_per_minute": 5}"#).unwrap();
        Self {
            person: Person {
                subject: subject("ben"),
                tenant: tenant.clone(),
                role: Role::Editor,
                display_name: None,
                groups: [].into(),
                added_at: now(),
                added_by: subject("ana"),
            },
            source: Source {
                name: SourceName::Own { tenant: tenant.clone(), source: "cms".parse().unwrap() },
                tenant: tenant.clone(),
                ..Source::built_in(tenant).unwrap()
            },
            feed: Feed {
                id: id_of(&secret).unwrap(),
                tenant: tenant.clone(),
                name: FeedName::try_from("The desk".to_owned()).unwrap(),
                created_at: now(),
            },
            target: Target { tenant: tenant.clone(), ..a_target("blog") },
            limits: change(tenant, What::Limits(Turned { before: Overrides::default(), after: limits })),
            flag: FlagChange {
                id: Uuid::now_v7(),
                flag: FlagName::provider("of-acts"),
                before: None,
                after: Some(Flag::default()),
                by: subject("ana"),
                at: now(),
                reverts: None,
                reason: None,
            },
            registered: Registered { tenant: tenant.clone(), since: now() },
        }
    }
}

/// Those that are not tried elsewhere: each takes its act once, and where it does nothing, leaves none.
async fn every_write_of_an_admin_takes_its_act_with_it(store: &impl Store) {
    let (of, admin) = (tenant("acts-writes"), admin_of("acts-writes"));
    let mut expected = Vec::new();
    let mut with = |what| {
        expected.insert(0, what);
        store.with_act(act(&admin, what, "it", i64::try_from(expected.len()).unwrap()))
    };
    let things = Things::of(&of);
    let Things { person, source, feed, target, limits, flag, registered } = &things;
    let paused = Target { version: target.version + 1, ..target.clone() };
    with(ActKind::PersonSet).put_person(person).await.unwrap();
    assert!(with(ActKind::PersonRemoved).remove_person(&of, &person.subject).await.unwrap());
    assert!(with(ActKind::SourceMade).make_source(source.clone(), None).await.unwrap());
    assert_eq!(with(ActKind::SourceRemoved).remove_source(&of, &source.name).await.unwrap(), Some(source.clone()));
    with(ActKind::FeedMade).make_feed(feed, None).await.unwrap();
    assert!(with(ActKind::FeedRevoked).remove_feed(&of, &feed.id).await.unwrap());
    assert!(with(ActKind::TargetMade).make_target(target, None).await.unwrap());
    assert!(with(ActKind::TargetChanged).keep_target(&paused, target.version).await.unwrap());
    assert!(with(ActKind::TargetRemoved).remove_target(&paused).await.unwrap());
    assert!(with(ActKind::LimitsChanged).make_change(limits).await.unwrap());
    assert!(with(ActKind::FlagSet).change_flag(flag).await.unwrap());
    with(ActKind::TenantListed).register(registered).await.unwrap();
    with(ActKind::EndedRedriven).forget_ended(&EndedId::new("b".repeat(64)).unwrap()).await.unwrap();
    let all: Vec<ActKind> = listed(store, &of).await.into_iter().map(|act| act.what).collect();
    assert_eq!(all, expected);

    let idle = store.with_act(act(&admin, ActKind::KeyMade, "nothing", 999));
    assert!(!idle.remove_person(&of, &person.subject).await.unwrap());
    assert_eq!(idle.remove_source(&of, &source.name).await.unwrap(), None);
    assert!(!idle.remove_feed(&of, &feed.id).await.unwrap());
    assert!(!idle.keep_target(&paused, target.version).await.unwrap());
    assert!(!idle.remove_target(&paused).await.unwrap());
    assert!(!idle.make_change(limits).await.unwrap());
    assert!(!idle.change_flag(flag).await.unwrap());
    idle.register(registered).await.unwrap();
    assert_eq!(listed(store, &of).await.len(), expected.len(), "what did not happen is not on record");
}

async fn an_operators_act_is_in_both_lists_and_named_in_one(store: &impl Store) {
    let of = tenant("acts-of-operators");
    let clock = TestClock::at("2026-11-20T13:00:00Z");
    let new = Acting { what: ActKind::LimitsChanged, ..operating() }.act(&clock, &of, "limits");
    store.keep_act(&new).await.unwrap();
    store.keep_act(&new).await.unwrap();
    let theirs = listed(store, &of).await;
    assert_eq!(theirs, [Act { by: Actor::Operator, credential: None, ..new.act.clone() }], "once, and without a name");
    let system = tenant(TenantId::SYSTEM);
    let own = listed(store, &system).await;
    assert!(own.contains(&new.act), "{own:?}");
    let named = async |of| {
        let opal = subject("opal");
        store
            .acts_naming(of, (Named::Actor, &opal), Between::default(), 100, None)
            .await
            .unwrap()
            .items
            .contains(&new.act)
    };
    assert!(named(&system).await && !named(&of).await);
}

async fn a_list_is_of_its_tenant_its_time_and_its_pages(store: &impl Store) {
    let (of, admin) = (tenant("acts-paged"), admin_of("acts-paged"));
    let acts: Vec<NewAct> = (0..5).map(|nth| act(&admin, ActKind::FeedMade, &format!("{nth}"), nth * 60)).collect();
    for act in &acts {
        store.keep_act(act).await.unwrap();
    }
    let things = |acts: Vec<Act>| acts.into_iter().map(|act| act.thing).collect::<Vec<_>>();
    assert_eq!(listed(store, &tenant("acts-unpaged")).await, []);
    let who = (Named::Actor, &subject("ana"));
    for named in [false, true] {
        let page = async |between, limit, after| {
            if named {
                store.acts_naming(&of, who, between, limit, after).await.unwrap()
            } else {
                store.acts(&of, between, limit, after).await.unwrap()
            }
        };
        let first = page(Between::default(), 2, None).await;
        let rest = page(Between::default(), 9, first.next.clone()).await;
        assert_eq!(
            (things(first.items), things(rest.items)),
            (vec!["4".into(), "3".into()], vec!["2".into(), "1".into(), "0".into()])
        );
        let between = Between { since: Some(later(60)), until: Some(later(180)) };
        assert_eq!(things(page(between, 9, None).await.items), ["2", "1"], "from its first moment to before its last");
        let since = Between { since: Some(later(180)), until: None };
        assert_eq!(things(page(since, 9, None).await.items), ["4", "3"]);
    }
}

async fn whom_an_act_names_is_found_and_can_be_renamed(store: &impl Store) {
    let (of, admin) = (tenant("acts-named"), admin_of("acts-named"));
    let new = act(&admin, ActKind::PersonSet, "ben", 0);
    store.keep_act(&new).await.unwrap();
    let (ana, ben, nobody) = (subject("ana"), subject("ben"), subject("erased-1"));
    let naming =
        async |named, who| store.acts_naming(&of, (named, who), Between::default(), 9, None).await.unwrap().items.len();
    assert_eq!((naming(Named::Actor, &ana).await, naming(Named::Thing, &ben).await), (1, 1));
    assert_eq!((naming(Named::Actor, &ben).await, naming(Named::Thing, &ana).await), (0, 0));
    let rename = async |named, who| {
        store.rename_in_act(&of, new.act.place(), (named, who), &nobody).await.unwrap();
        listed(store, &of).await.remove(0)
    };
    assert_eq!(rename(Named::Actor, &ben).await, new.act, "it is not his");
    let theirs = Act { by: Actor::Person { subject: nobody.clone() }, ..new.act.clone() };
    assert_eq!(rename(Named::Actor, &ana).await, theirs);
    assert_eq!(rename(Named::Actor, &ana).await, theirs, "and again");
    assert_eq!(rename(Named::Thing, &ben).await, Act { thing: nobody.to_string(), ..theirs });
    assert_eq!((naming(Named::Actor, &ana).await, naming(Named::Thing, &ben).await), (0, 0));
}
