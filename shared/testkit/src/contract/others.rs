//! The contract of what belongs to a tenant besides its tasks.

use galley_domain::{
    access::{
        keys::StoredKey,
        limits::QuotaDay,
        people::Person,
        role::Role,
        sign_in::{Begun, Session},
    },
    content::quality::Score,
    generation::transcript::Transcript,
    kernel::{
        ids::{Generation, JobId, KeyId, SessionId, SourceId},
        mask::Masked,
    },
    outbox::deliver::{Delivery, DeliveryState, Try},
    privacy::jobs::{Job, JobKind, Made},
    queue::message::Kind,
    signing::scheme::Scheme,
    task::{
        audit::{Actor, Context},
        revision::Author,
        store::Change,
    },
    tenancy::settings::{Overrides, Policy},
    webhooks::source::{Event, Source, SourceName},
};
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::{Store, due_of, later, present};
use crate::build::{a_task, change, context, principal, revision, subject, tenant, trace};

/// Runs every case on `store`.
pub(super) async fn holds_for(store: &impl Store) {
    a_sources_name_is_given_once(store).await;
    keys_are_found_by_their_hash(store).await;
    a_change_of_state_leaves_a_delivery(store).await;
    a_tenants_limits_are_its_own(store).await;
    a_begun_sign_in_is_taken_once(store).await;
    a_session_is_refreshed_by_its_newest_token_alone(store).await;
    a_person_is_known_to_a_tenant(store).await;
    who_is_named_is_linked_and_can_be_erased(store).await;
    a_job_is_kept_over_what_was_read(store).await;
    texts_are_kept_where_a_tenant_says_so(store).await;
}

async fn a_sources_name_is_given_once(store: &impl Store) {
    let own = |id: &str, of: &str| SourceName::Own { tenant: tenant(of), source: SourceId::new(id).unwrap() };
    let source = |name: SourceName, of: &str, seconds: i64, seed: u8| Source {
        name,
        tenant: tenant(of),
        generation: Some(Generation::of([seed; 32])),
        secret_generation: Some(Generation::of([seed; 32])),
        scheme: Scheme::Github,
        events: [Event::Requested].into(),
        may_auto_publish: true,
        created_at: later(seconds),
        created_by: subject("ana"),
    };
    let (of, rival) = (tenant("sources"), tenant("rival"));
    let first = source(own("cms-a", "sources"), "sources", 1, 1);
    let second = source(own("cms-b", "sources"), "sources", 2, 2);
    assert_eq!(store.source(&first.name).await.unwrap(), None);
    assert!(store.make_source(first.clone()).await.unwrap());
    assert!(store.make_source(second.clone()).await.unwrap());
    assert!(!store.make_source(source(first.name.clone(), "sources", 3, 3)).await.unwrap());
    // A name is a tenant's own, and no name of those that were one for all.
    let theirs = source(own("cms-a", "rival"), "rival", 4, 4);
    assert!(store.make_source(theirs.clone()).await.unwrap());
    let shared = SourceName::Shared(SourceId::new("cms-a").unwrap());
    assert_eq!(store.source(&shared).await.unwrap(), None);
    assert_eq!(store.source(&first.name).await.unwrap(), Some(first.clone()));
    let page = store.sources(&of, 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second));
    assert_eq!(store.sources(&of, 1, page.next).await.unwrap().items, std::slice::from_ref(&first));

    // Another secret is said of this very life of a source alone.
    let (another, third) = (Source { generation: None, ..first.clone() }, Generation::of([5; 32]));
    assert!(!store.keep_secret_generation(&another, &third).await.unwrap());
    assert!(!store.keep_secret_generation(&Source { tenant: rival.clone(), ..first.clone() }, &third).await.unwrap());
    assert!(store.keep_secret_generation(&first, &third).await.unwrap());
    let rotated = Source { secret_generation: Some(third.clone()), ..first.clone() };
    assert_eq!(store.source(&first.name).await.unwrap(), Some(rotated.clone()));
    let older = Source { generation: None, secret_generation: None, ..source(shared, "sources", 0, 6) };
    assert!(!store.keep_secret_generation(&older, &third).await.unwrap(), "nothing is made by it");
    assert!(store.make_source(older.clone()).await.unwrap());
    assert!(store.keep_secret_generation(&older, &third).await.unwrap());
    let older = Source { secret_generation: Some(third), ..older };
    assert_eq!(store.source(&older.name).await.unwrap(), Some(older.clone()));

    assert_eq!(store.remove_source(&rival, &first.name).await.unwrap(), None);
    assert_eq!(store.remove_source(&of, &first.name).await.unwrap(), Some(rotated));
    assert_eq!(store.remove_source(&of, &first.name).await.unwrap(), None);
    assert_eq!(store.sources(&of, 10, None).await.unwrap().items, [second, older]);
    assert_eq!(store.source(&theirs.name).await.unwrap(), Some(theirs));
}

async fn keys_are_found_by_their_hash(store: &impl Store) {
    let unknown = KeyId::new("c".repeat(64)).unwrap();
    let key = |digit: &str, seconds| StoredKey {
        id: KeyId::new(digit.repeat(64)).unwrap(),
        prefix: format!("galley_{digit}"),
        principal: principal(Role::Editor),
        created_at: later(seconds),
        expires_at: Some(later(60)),
        last_used: None,
        revoked: false,
    };
    let (first, second) = (key("a", 1), key("b", 2));
    assert!(store.key(&first.id).await.unwrap().is_none());
    store.put_key(first.clone()).await.unwrap();
    store.put_key(second.clone()).await.unwrap();
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
}

async fn a_change_of_state_leaves_a_delivery(store: &impl Store) {
    let asking = json!({"callback_url": "https://hooks.example.com/x"});
    let accepted = a_task().of("deliveries").asking(asking).at(later(0)).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    assert!(store.deliveries(&task.id, 10, None).await.unwrap().items.is_empty(), "the answer itself tells of it");

    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let first = Delivery::of(&claimed.task, &claimed.events[0]).unwrap();
    let after = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    assert_eq!(store.delivery(&task.id, first.id).await.unwrap(), Some(first.clone()));
    assert!(store.delivery(&task.id, Uuid::nil()).await.unwrap().is_none());

    let cancelled = change(&after, after.cancelled(None, &context(later(2))).unwrap());
    let second = Delivery::of(&cancelled.task, &cancelled.events[0]).unwrap();
    store.commit(cancelled).await.unwrap();
    let page = store.deliveries(&task.id, 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second), "the newest first");
    assert_eq!(store.deliveries(&task.id, 1, page.next).await.unwrap().items, std::slice::from_ref(&first));

    // Written over what was read, or not at all; and due until it is done.
    let due = async || {
        let mut all = due_of(store, "deliveries", later(60)).await;
        all.retain(|due| due.message.kind == Kind::Deliver);
        all.len()
    };
    assert_eq!(due().await, 2);
    let answered = Try { at: later(3), status: Some(204), error: None, latency_ms: 7 };
    let done =
        Delivery { state: DeliveryState::Delivered, tries: vec![answered], version: 2, next_at: None, ..first.clone() };
    assert!(!store.keep_delivery(&done, 2).await.unwrap());
    assert!(store.keep_delivery(&done, 1).await.unwrap());
    assert!(!store.keep_delivery(&done, 1).await.unwrap());
    assert_eq!(store.delivery(&task.id, first.id).await.unwrap(), Some(done));
    assert_eq!(due().await, 1);
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

async fn who_is_named_is_linked_and_can_be_erased(store: &impl Store) {
    let (of, ana, ben, nobody) = (tenant("privacy"), subject("ana"), subject("ben"), subject("erased-1"));
    let accepted = a_task().of("privacy").by("ana").at(later(0)).accepted();
    let id = accepted.task.id.clone();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let tasks = async |who: &_| store.tasks_of(&of, who, 10, None).await.unwrap().items;
    assert_eq!(tasks(&ana).await, std::slice::from_ref(&id));
    assert!(
        tasks(&ben).await.is_empty()
            && store.tasks_of(&tenant("rival"), &ana, 10, None).await.unwrap().items.is_empty()
    );

    // A worker has it: nothing is erased now.
    let claimed = change(&task, task.claim(&context(later(1))).unwrap());
    let generating = claimed.task.clone();
    store.commit(claimed).await.unwrap();
    assert!(!store.erase_from_task(&id, &ana, &nobody).await.unwrap());

    let written = revision(1, "A title", later(2));
    let drafted = change(&generating, generating.drafted(&written, &context(later(2))).unwrap());
    let drafted = Change { revision: Some(written), ..drafted };
    let waiting = drafted.task.clone();
    store.commit(drafted).await.unwrap();
    let by_ben = Context { actor: Actor::Person { subject: ben.clone() }, ..context(later(3)) };
    let mut mine = revision(2, "Of ben", later(3));
    mine.author = Author::Person { subject: ben.clone() };
    let mut edited = change(&waiting, waiting.edited(&mine, &by_ben, None).unwrap());
    edited.task.counts_in(&QuotaDay::of(&waiting.tenant, &ben, later(3)));
    store.commit(Change { revision: Some(mine), ..edited }).await.unwrap();
    assert_eq!(tasks(&ben).await, std::slice::from_ref(&id));

    let before = present(store, &task).await.version;
    for _ in 0..2 {
        assert!(store.erase_from_task(&id, &ana, &nobody).await.unwrap());
        assert!(store.erase_from_task(&id, &ben, &nobody).await.unwrap());
    }
    let erased = present(store, &task).await;
    assert_eq!((erased.requested_by, erased.version), (nobody.clone(), before + 1));
    assert!(erased.place.is_none_or(|place| place.subject != ben), "whoever asked for another try is forgotten too");
    let events = store.events(&id, 100, None).await.unwrap().items;
    assert!(events.iter().any(|event| event.actor == Actor::Person { subject: nobody.clone() }));
    assert!(events.iter().all(|event| event.actor != Actor::Person { subject: ben.clone() }));
    let revisions = store.revisions(&id, 10, None).await.unwrap().items;
    assert!(
        revisions.iter().any(|one| one.author == Author::Person { subject: nobody.clone() } && one.title == "Of ben")
    );
    store.unlink(&of, &ben, &id).await.unwrap();
    store.unlink(&of, &ben, &id).await.unwrap();
    assert!(tasks(&ben).await.is_empty());
}

async fn a_job_is_kept_over_what_was_read(store: &impl Store) {
    let job = Job {
        id: JobId::from_uuid(Uuid::nil()),
        tenant: tenant("jobs"),
        kind: JobKind::Export,
        subject: subject("ana"),
        pseudonym: subject("erased-1"),
        requested_by: subject("ben"),
        begun: false,
        tasks: 0,
        parts: 0,
        after: None,
        left: 0,
        created_at: later(0),
        completed_at: None,
        failed_at: None,
        due_at: Some(later(30)),
        version: 1,
        trace_id: trace(),
    };
    assert_eq!(store.job(&job.id).await.unwrap(), None);
    store.put_job(&job).await.unwrap();
    assert_eq!(store.job(&job.id).await.unwrap(), Some(job.clone()));
    let due = due_of(store, "jobs", later(60)).await;
    assert_eq!((due.len(), &due[0].message), (1, &job.message()));
    let after = store.tasks_of(&job.tenant, &job.subject, 1, None).await.unwrap().next;
    let done =
        Job { completed_at: Some(later(9)), due_at: None, version: 2, begun: true, parts: 1, after, ..job.clone() };
    assert!(!store.keep_job(&done, 2).await.unwrap());
    assert!(store.keep_job(&done, 1).await.unwrap());
    assert!(!store.keep_job(&done, 1).await.unwrap());
    assert_eq!(store.job(&job.id).await.unwrap(), Some(done));
    assert!(due_of(store, "jobs", later(60)).await.is_empty());
    store.rename_maker(&job.tenant, &Made::Job(job.id.clone()), &subject("ben"), &subject("erased-2")).await.unwrap();
    let renamed = store.job(&job.id).await.unwrap().unwrap();
    assert_eq!((&renamed.requested_by, renamed.version), (&subject("erased-2"), 3), "whoever read it before is behind");
    let listed = store.jobs(&job.tenant, 10, None).await.unwrap().items;
    assert_eq!((listed.len(), &listed[0].id, listed[0].parts), (1, &job.id, 1));
    assert!(store.jobs(&tenant("rival"), 10, None).await.unwrap().items.is_empty());
    assert_eq!(store.part(&job.id, 1).await.unwrap(), None);
    store.put_part(&job, 1, "[1]").await.unwrap();
    store.put_part(&job, 1, "[2]").await.unwrap();
    assert_eq!(store.part(&job.id, 1).await.unwrap().as_deref(), Some("[2]"));
}

async fn texts_are_kept_where_a_tenant_says_so(store: &impl Store) {
    let (one, other) = (tenant("texts-one"), tenant("texts-other"));
    let policy = async |of| store.settings(of).await.unwrap().policy;
    assert!(!policy(&one).await.keep_model_texts);
    let some: Overrides = serde_json::from_value(json!({"read_per_minute": 50, "usd_per_day": "1.50"})).unwrap();
    store.set_overrides(&one, some).await.unwrap();
    let before = Policy::default();
    let keeps = Policy { keep_model_texts: true, quality_bar: Score::clamped(85), ..before };
    assert!(store.replace_policy(&one, &before, &keeps).await.unwrap());
    assert!(!store.replace_policy(&one, &before, &before).await.unwrap(), "it is another by now");
    assert_eq!((policy(&one).await, policy(&other).await), (keeps, before));
    assert_eq!(store.settings(&one).await.unwrap().limits, some, "each part of the settings is its own");
    assert!(store.replace_policy(&one, &keeps, &before).await.unwrap());
    assert_eq!(policy(&one).await, before);
    let (task, call) = (a_task().of("texts-one").accepted().task.id, Uuid::nil());
    assert_eq!(store.transcript(&task, call).await.unwrap(), None);
    let said = Transcript { prompt: Masked::of("Write to ana@example.org"), response: Masked::of("# Title") };
    store.keep_transcript(&task, call, &said, later(0)).await.unwrap();
    assert_eq!(store.transcript(&task, call).await.unwrap(), Some(said));
}
