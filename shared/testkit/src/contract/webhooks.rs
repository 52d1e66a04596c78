//! Receipts of webhooks, and their sources.

use galley_domain::{
    idempotency::receipt::{Receipt, ReceiptOutcome},
    kernel::ids::{Generation, SourceId, SourceKey, WebhookId},
    signing::scheme::Scheme,
    task::store::CommitError,
    webhooks::{
        receive::Received,
        refusals::{Reason, Refused, Sender},
        source::{Event, Rotating, RotationStart, Source, SourceName},
    },
};
use jiff::SignedDuration;

use crate::{
    build::{a_task, subject, tenant, trace},
    contract::{
        steps::{later, now},
        store::Store,
    },
};

pub(super) async fn holds_for(store: &impl Store) {
    a_receipt_ends_once(store).await;
    what_is_ignored_from_the_start_is_never_due(store).await;
    a_sources_name_is_given_once(store).await;
    a_secret_is_changed_by_one_at_a_time(store).await;
    refusals_are_counted_by_day_and_reason_for_their_tenant_alone(store).await;
}

async fn refusals_are_counted_by_day_and_reason_for_their_tenant_alone(store: &impl Store) {
    let sender = |of: &str| Sender { tenant: tenant(of), source: "contract-refused".parse().unwrap() };
    let (now, day) = (now(), SignedDuration::from_hours(24));
    assert!(store.refused(&sender("refused"), now).await.unwrap().is_empty());
    for (reason, count, at) in [
        (Reason::SignatureMismatch, 3, now - day * 7),
        (Reason::SignatureMismatch, 2, now - day * 6),
        (Reason::Unsigned, 1, now),
        (Reason::SignatureMismatch, 1, now),
        (Reason::SignatureMismatch, 40, now + SignedDuration::from_secs(1)),
    ] {
        store.count_refused(&Refused { sender: sender("refused"), reason, count, at }).await.unwrap();
    }
    let told = store.refused(&sender("refused"), now + SignedDuration::from_secs(1)).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|line| (line.reason, line.count, line.last_at)).collect();
    assert_eq!(
        told,
        [
            (Reason::Unsigned, 1, now),
            (Reason::SignatureMismatch, 41, now + SignedDuration::from_secs(1)),
            (Reason::SignatureMismatch, 2, now - day * 6),
        ],
        "the newest day first, and none that is over"
    );
    assert!(store.refused(&sender("rival"), now).await.unwrap().is_empty());
}

async fn a_receipt_ends_once(store: &impl Store) {
    let (source, id) = (SourceId::new("contract").unwrap(), WebhookId::new("e1").unwrap());
    let key = SourceKey::of(&source, Some(&Generation::of([1; 32])));
    let receipt = Receipt {
        key: key.clone(),
        source: source.clone(),
        id: id.clone(),
        tenant: tenant("receipts"),
        event_type: "content.requested".into(),
        payload: Some("{}".into()),
        outcome: ReceiptOutcome::Received,
        received_at: now(),
        expires: true,
        trace_id: trace(),
    };
    assert_eq!(store.receive(receipt.clone(), Some(later(60))).await.unwrap(), Received::First);
    assert_eq!(store.receive(receipt.clone(), Some(later(60))).await.unwrap(), Received::Again);
    assert_eq!(store.receipt(&key, &id).await.unwrap(), Some(receipt.clone()));
    // The same id of another life of this source, or of one without any, is another event.
    let others = SourceKey::of(&source, Some(&Generation::of([2; 32])));
    assert_eq!(store.receipt(&others, &id).await.unwrap(), None);
    let older = Receipt { key: SourceKey::of(&source, None), received_at: later(1), ..receipt.clone() };
    assert_eq!(store.receive(older.clone(), None).await.unwrap(), Received::First);
    let newer = Receipt { id: WebhookId::new("e2").unwrap(), received_at: later(2), ..receipt.clone() };
    assert_eq!(store.receive(newer.clone(), None).await.unwrap(), Received::First);
    let mut acceptance = a_task().of("receipts").at(now()).accepted();
    let outcome = ReceiptOutcome::Processed { task_id: acceptance.task.id.clone() };
    let done = receipt.done(outcome.clone());
    acceptance.receipt = Some(done.clone());
    store.accept(acceptance).await.unwrap();
    let ended = store.receipt(&key, &id).await.unwrap().unwrap();
    assert_eq!((&ended.outcome, &ended.payload), (&outcome, &None));
    // Listed with its outcome, newest first, to its tenant alone.
    let list = async |of: &str, key: &SourceKey, after| store.receipts(&tenant(of), key, 1, after).await.unwrap();
    let page = list("receipts", &key, None).await;
    assert_eq!(page.items, [newer.into()]);
    assert_eq!(list("receipts", &key, page.next).await.items, [ended.into()]);
    assert_eq!(list("receipts", &older.key, None).await.items, [older.clone().into()]);
    assert!(list("rival", &key, None).await.items.is_empty());
    assert!(matches!(store.finish(done.clone()).await, Err(CommitError::AlreadyProcessed)));
    let mut second = a_task().of("receipts").number(2).at(now()).accepted();
    second.receipt = Some(done);
    assert!(matches!(store.accept(second).await, Err(CommitError::AlreadyProcessed)));
}

async fn what_is_ignored_from_the_start_is_never_due(store: &impl Store) {
    let source = SourceId::new("contract").unwrap();
    let receipt = Receipt {
        key: SourceKey::of(&source, None),
        source,
        id: WebhookId::new("ignored").unwrap(),
        tenant: tenant("receipts"),
        event_type: "content.sung".into(),
        payload: None,
        outcome: ReceiptOutcome::ignored("unknown event_type"),
        received_at: now(),
        expires: false,
        trace_id: trace(),
    };
    assert_eq!(store.receive(receipt.clone(), None).await.unwrap(), Received::First);
    assert_eq!(store.receive(receipt.clone(), None).await.unwrap(), Received::Again);
    assert_eq!(store.receipt(&receipt.key, &receipt.id).await.unwrap(), Some(receipt));
}

fn own(id: &str, of: &str) -> SourceName {
    SourceName::Own { tenant: tenant(of), source: SourceId::new(id).unwrap() }
}

fn source(name: SourceName, of: &str, seconds: i64, seed: u8) -> Source {
    Source {
        name,
        tenant: tenant(of),
        generation: Some(Generation::of([seed; 32])),
        secret_generation: Some(Generation::of([seed; 32])),
        scheme: Scheme::Github,
        events: [Event::Requested].into(),
        may_auto_publish: true,
        created_at: later(seconds),
        created_by: subject("ana"),
    }
}

async fn a_sources_name_is_given_once(store: &impl Store) {
    let (of, rival) = (tenant("sources"), tenant("rival"));
    let first = source(own("cms-a", "sources"), "sources", 1, 1);
    let second = source(own("cms-b", "sources"), "sources", 2, 2);
    assert_eq!(store.source(&first.name).await.unwrap(), None);
    assert!(store.make_source(first.clone(), None).await.unwrap());
    assert!(store.make_source(second.clone(), None).await.unwrap());
    assert!(!store.make_source(source(first.name.clone(), "sources", 3, 3), None).await.unwrap());
    // A name is a tenant's own, and no name of those that were one for all.
    let theirs = source(own("cms-a", "rival"), "rival", 4, 4);
    assert!(store.make_source(theirs.clone(), None).await.unwrap());
    let shared = SourceName::Shared(SourceId::new("cms-a").unwrap());
    assert_eq!(store.source(&shared).await.unwrap(), None);
    assert_eq!(store.source(&first.name).await.unwrap(), Some(first.clone()));
    let page = store.sources(&of, 1, None).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&second));
    assert_eq!(store.sources(&of, 1, page.next).await.unwrap().items, std::slice::from_ref(&first));

    assert_eq!(store.remove_source(&rival, &first.name).await.unwrap(), None);
    let older = Source { generation: None, secret_generation: None, ..source(shared, "sources", 0, 6) };
    assert!(store.make_source(older.clone(), None).await.unwrap());
    assert_eq!(store.source(&older.name).await.unwrap(), Some(older.clone()));
    assert_eq!(store.remove_source(&of, &first.name).await.unwrap(), Some(first.clone()));
    assert_eq!(store.remove_source(&of, &first.name).await.unwrap(), None);
    assert_eq!(store.sources(&of, 10, None).await.unwrap().items, [second, older]);
    assert_eq!(store.source(&theirs.name).await.unwrap(), Some(theirs));
}

async fn a_secret_is_changed_by_one_at_a_time(store: &impl Store) {
    let first = source(own("cms-r", "rotating"), "rotating", 1, 1);
    let shared = SourceName::Shared(SourceId::new("cms-r").unwrap());
    assert!(store.make_source(first.clone(), None).await.unwrap());
    // Another secret is said of this very life of a source alone, and by whoever has begun to.
    let third = Generation::of([5; 32]);
    let begin = async |source: &Source, generation: &Generation, at: i64| {
        let rotation = Rotating { generation: generation.clone(), until: later(at + 30) };
        store.begin_rotation(source, &rotation, None, later(at)).await.unwrap()
    };
    assert!(!store.keep_secret_generation(&first, &third, None).await.unwrap(), "nobody has begun");
    let strangers = [
        Source { generation: None, ..first.clone() },
        Source { tenant: tenant("rival"), ..first.clone() },
        Source { generation: Some(third.clone()), ..first.clone() },
    ];
    for stranger in &strangers {
        assert_eq!(begin(stranger, &third, 10).await, RotationStart::Gone);
    }
    assert_eq!(begin(&first, &third, 10).await, RotationStart::Alone);
    assert_eq!(begin(&first, &Generation::of([7; 32]), 39).await, RotationStart::Elsewhere, "one at a time");
    assert!(!store.keep_secret_generation(&first, &Generation::of([7; 32]), None).await.unwrap());
    for stranger in &strangers {
        assert!(!store.keep_secret_generation(stranger, &third, None).await.unwrap());
    }
    assert!(store.keep_secret_generation(&first, &third, None).await.unwrap());
    let rotated = Source { secret_generation: Some(third.clone()), ..first.clone() };
    assert_eq!(store.source(&first.name).await.unwrap(), Some(rotated.clone()));
    assert_eq!(
        begin(&first, &Generation::of([7; 32]), 11).await,
        RotationStart::Elsewhere,
        "it was another when it was read"
    );
    assert_eq!(begin(&rotated, &Generation::of([7; 32]), 11).await, RotationStart::Alone);
    assert_eq!(
        begin(&rotated, &Generation::of([8; 32]), 41).await,
        RotationStart::Alone,
        "what has died holds nobody up for long"
    );
    assert!(
        !store.keep_secret_generation(&rotated, &Generation::of([7; 32]), None).await.unwrap(),
        "and changes nothing"
    );
    let older = Source { generation: None, secret_generation: None, ..source(shared, "rotating", 0, 6) };
    assert_eq!(begin(&older, &third, 10).await, RotationStart::Gone, "nothing is made by it");
    assert!(!store.keep_secret_generation(&older, &third, None).await.unwrap(), "nor by this");
    assert!(store.make_source(older.clone(), None).await.unwrap());
    assert_eq!(begin(&older, &third, 10).await, RotationStart::Alone);
    assert!(store.keep_secret_generation(&older, &third, None).await.unwrap());
    let older = Source { secret_generation: Some(third), ..older };
    assert_eq!(store.source(&older.name).await.unwrap(), Some(older));
}
