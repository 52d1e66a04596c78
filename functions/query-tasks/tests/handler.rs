//! What can be read, and by whom, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::task::store::TaskStore;
use galley_edge::cursor::Cursors;
use galley_testkit::{
    MemoryStore,
    build::{a_task, limits},
    clock::TestClock,
    fakes::MemorySecrets,
};
use galley_testkit_http::{Answered, Asking, NOW, asking, counter};
use query_tasks::App;

struct Bench {
    store: MemoryStore,
    app: App<MemoryStore, MemorySecrets, TestClock>,
    ids: Vec<String>,
}

/// Two tasks of acme.
async fn bench() -> Bench {
    let store = MemoryStore::default();
    let mut ids = Vec::new();
    for number in 0..2 {
        let accepted = a_task().number(number).accepted();
        ids.push(accepted.task.id.to_string());
        store.accept(accepted).await.unwrap();
    }
    let secrets = MemorySecrets { cached: vec!["a secret of cursors"], fresh: vec![] };
    let cursors = Cursors { secrets, secret_id: "cursors".to_owned() };
    let app = App { store: store.clone(), cursors, clock: TestClock::at(NOW), limits: limits(9) };
    Bench { store, app, ids }
}

impl Bench {
    async fn asked(&self, request: Asking) -> Answered {
        request.answered(&counter(&self.store, 9), |call| self.app.handle(call)).await
    }

    fn task(&self) -> Asking {
        asking("GET /api/content/tasks/{task_id}").named("task_id", &self.ids[0]).by("acme", "viewer")
    }
}

fn list() -> Asking {
    asking("GET /api/content/tasks").by("acme", "viewer")
}

#[tokio::test]
async fn nobody_reads_what_is_not_public() {
    let bench = bench().await;
    assert_eq!(bench.asked(asking("GET /api/content/tasks")).await.problem(), "forbidden");
    let public = asking("GET /api/content/published/{tenant}").named("tenant", "acme");
    let public = bench.asked(public).await;
    assert_eq!(public.status, 200);
    assert!(public.headers["cache-control"].to_str().unwrap().starts_with("public"));
}

#[tokio::test]
async fn another_tenants_task_does_not_exist() {
    let bench = bench().await;
    assert_eq!(bench.asked(bench.task().by("other", "admin")).await.problem(), "not-found");
    for key in [
        "GET /api/content/tasks/{task_id}/events",
        "GET /api/content/tasks/{task_id}/revisions",
        "GET /api/content/tasks/{task_id}/deliveries",
        "GET /api/content/tasks/{task_id}/provenance",
    ] {
        let theirs = asking(key).named("task_id", &bench.ids[0]);
        assert_eq!(bench.asked(theirs.clone().by("other", "admin")).await.problem(), "not-found", "{key}");
        assert_eq!(bench.asked(theirs.by("acme", "viewer")).await.status, 200, "{key}");
    }
    let none = asking("GET /api/content/tasks/{task_id}/revisions/{n}").named("task_id", &bench.ids[0]).named("n", "7");
    assert_eq!(bench.asked(none.by("acme", "viewer")).await.problem(), "not-found");
}

#[tokio::test]
async fn a_question_that_means_nothing_is_refused() {
    let bench = bench().await;
    assert_eq!(bench.asked(list().query("limit", "0")).await.fields(), ["limit"]);
    assert_eq!(bench.asked(list().query("status", "lost")).await.fields(), ["status"]);
    assert_eq!(bench.asked(list().query("colour", "red")).await.fields(), ["colour"]);
    assert_eq!(bench.asked(list().query("cursor", "AAAA")).await.problem(), "invalid-cursor");
}

#[tokio::test]
async fn a_cursor_leads_on_in_its_own_list_alone() {
    let bench = bench().await;
    let first = bench.asked(list().query("limit", "1")).await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = bench.asked(list().query("limit", "1").query("cursor", cursor)).await;
    assert_ne!(first.body["data"][0]["task_id"], second.body["data"][0]["task_id"]);
    let elsewhere = list().query("cursor", cursor).by("other", "viewer");
    assert_eq!(bench.asked(elsewhere).await.problem(), "invalid-cursor");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let bench = bench().await;
    let read = bench.asked(bench.task()).await;
    let etag = read.headers["etag"].to_str().unwrap();
    assert_eq!((read.status, read.body["task_id"].as_str()), (200, Some(bench.ids[0].as_str())));
    assert_eq!(bench.asked(bench.task().header("if-none-match", etag)).await.status, 304);
}

#[tokio::test]
async fn a_window_that_is_full_is_told_with_its_end() {
    let bench = bench().await;
    let usage = || asking("GET /api/usage").by("acme", "viewer");
    assert_eq!(bench.asked(usage()).await.status, 200);
    for _ in 0..8 {
        bench.asked(usage()).await;
    }
    let refused = bench.asked(usage()).await;
    assert_eq!((refused.status, &refused.headers["retry-after"]), (429, &"60".parse().unwrap()));
}
