//! The language of a task: who says it, and where it goes.

use galley_domain::{
    access::limits::DayQuota,
    intake::{create::Creator, known_models::KnownModels},
    kernel::ids::{SourceId, SourceKey, WebhookId},
    queue::message::Kind,
    task::store::{TaskQuery, TaskStore},
    tenancy::settings::{Policy, Settings, TenantStore},
    webhooks::{
        process::Processor,
        receive::{Incoming, receive},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{tenant, trace},
    clock::TestClock,
    fakes::MemoryQueue,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_task_that_a_webhook_asks_for_is_in_its_tenants_language_unless_it_names_another() {
    let (store, queue, clock) = (MemoryStore::default(), MemoryQueue::default(), TestClock::at("2026-11-20T12:00:00Z"));
    let creator =
        Creator { store: store.clone(), queue: queue.clone(), clock: clock.clone(), models: KnownModels::default() };
    let processor = Processor { creator, quota: DayQuota { user: 9, organisation: 9 } };
    let (acme, polish) = (
        tenant("acme"),
        Settings { policy: Policy { language: "pl".parse().ok(), ..Policy::default() }, ..Settings::default() },
    );
    assert!(store.replace_own(&acme, &Settings::default(), &polish).await.unwrap());
    for (id, language) in [("one", None), ("two", Some("it"))] {
        let mut request = json!({"topic": format!("How HTTP caching works, part {id}")});
        if let Some(language) = language {
            request["language"] = Value::from(language);
        }
        let payload = json!({"event_id": id, "event_type": "content.requested", "request": request}).to_string();
        let source = SourceId::new("cms").unwrap();
        let incoming = Incoming {
            key: SourceKey::of(&source, None),
            source,
            tenant: acme.clone(),
            id: WebhookId::new(id).unwrap(),
            event_type: "content.requested".into(),
            payload,
            ignored: None,
            expires: true,
            trace_id: trace(),
        };
        receive(&store, &queue, &clock, 99, incoming).await.unwrap();
        let messages = queue.take();
        processor.process(messages.iter().find(|message| message.kind == Kind::Webhook).unwrap()).await.unwrap();
    }
    let all = TaskQuery { tenant: acme, state: None, task_type: None, limit: 9, after: None };
    let items = store.list(all).await.unwrap().items;
    let mut told: Vec<&str> = items.iter().map(|task| task.request.language.as_ref().unwrap().as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["it", "pl"]);
}
