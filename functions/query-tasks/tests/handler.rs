//! What can be read, and by whom, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::time::Duration;

use galley_domain::{
    access::{
        people::{Person, PersonStore},
        role::Role,
        tickets::Proof,
    },
    content::references::Reference,
    kernel::{clock::Clock, ids::KeyId},
    plans::feed::{self, Feed, FeedName, FeedStore},
    schedule::{
        run::{Outcome, Ran, Run},
        store::ScheduleStore,
    },
    task::{
        assigning::AssignmentStore,
        record::{Live, Task, progress},
        revision::{Author, Revision},
        state::TaskState,
        store::{Change, Entry, LiveChange, TaskStore},
    },
    tenancy::{flags::FlagCache, settings::Settings, suspension::Standing},
};
use galley_edge::cursor::Cursors;
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, limits, revision, subject, tenant},
    clock::TestClock,
    fakes::{MemorySecrets, Numbered},
    plan::a_schedule,
    tenants,
};
use galley_testkit_http::{Answered, Asking, NOW, asking, counter};
use query_tasks::App;
use serde_json::{Value, json};

struct Bench {
    store: MemoryStore,
    app: App<MemoryStore, MemorySecrets, TestClock, Numbered>,
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
    let app = App {
        store: store.clone(),
        cursors,
        clock: TestClock::at(NOW),
        entropy: Numbered::default(),
        limits: limits(9),
        flags: FlagCache::default(),
        feed_per_minute: 2,
    };
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
async fn what_a_suspended_tenant_has_published_is_read_by_nobody() {
    let bench = bench().await;
    let article = published(&bench, Author::Outline).await;
    let list = asking("GET /api/content/published/{tenant}").named("tenant", "acme");
    let asked = [article, list];
    for request in &asked {
        assert_eq!(bench.asked(request.clone()).await.status, 200);
    }
    tenants::turn(&bench.store, "acme", Standing::Suspended).await;
    bench.app.clock.advance(Duration::from_secs(30).try_into().unwrap());
    for request in asked {
        let answered = bench.asked(request).await;
        assert_eq!(answered.problem(), "not-found");
        assert!(!answered.text.contains("Caching, in short"), "{}", answered.text);
    }
}

/// An article of acme that `ana` asked for, written by `author`, live.
async fn published(bench: &Bench, author: Author) -> Asking {
    let (at, store) = (TestClock::at(NOW).now(), &bench.store);
    let fields = json!({"task_type": "newsletter", "language": "pl", "tags": ["http"], "categories": ["web"]});
    let accepted = a_task().number(7).asking(fields).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let claimed = task.claim(&context(at)).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    let reference = |url: &str| Reference {
        title: "A source".to_owned(),
        url: url.to_owned(),
        snippet: "It says so.".to_owned(),
        published: None,
    };
    let mut text = revision(1, "Caching, in short", at);
    text.html.push_str("<p>As <a href=\"https://example.com/a\" rel=\"noopener noreferrer nofollow\">it</a> says.</p>");
    text.references = vec![reference("https://example.com/a"), reference("https://example.com/b")];
    text.author = author;
    let drafted = claimed.0.drafted(&text, &context(at)).unwrap();
    let commit = Change { revision: Some(text.clone()), ..change(&claimed.0, drafted) };
    let (drafted, live) = (commit.task.clone(), Live::article("caching-in-short".parse().unwrap(), 1, at));
    store.commit(commit).await.unwrap();
    let approved = Task { state: TaskState::Approved, ..drafted.clone() };
    let next = approved.published(live.clone(), &context(at)).unwrap();
    let entry = Entry::of(&next.0, &text, live);
    let commit = Change { live: LiveChange::Put(Box::new(entry)), ..change(&drafted, next) };
    store.commit(commit).await.unwrap();
    asking("GET /api/content/published/{tenant}/{slug}").named("tenant", "acme").named("slug", "caching-in-short")
}

async fn named(bench: &Bench, name: &str) {
    let person = Person {
        subject: subject("ana"),
        tenant: tenant("acme"),
        role: Role::Author,
        display_name: Some(name.to_owned().try_into().unwrap()),
        groups: [].into(),
        added_at: NOW.parse().unwrap(),
        added_by: subject("ben"),
    };
    bench.store.put_person(&person).await.unwrap();
}

async fn discloses(bench: &Bench, line: &str) {
    let settings = Settings { disclosure: Some(line.to_owned().try_into().unwrap()), ..Settings::default() };
    tenants::set_own(&bench.store, &tenant("acme"), &settings).await;
}

fn model() -> Author {
    Author::Model {
        model: "writer".to_owned().try_into().unwrap(),
        provider: Some("fake".to_owned().try_into().unwrap()),
    }
}

#[tokio::test]
async fn a_public_article_names_nobody_by_a_subject_id() {
    let bench = bench().await;
    let article = published(&bench, Author::Person { subject: subject("ana") }).await;
    let unnamed = bench.asked(article.clone()).await;
    assert_eq!((unnamed.status, &unnamed.body["author"]), (200, &Value::Null));
    assert!(!unnamed.body.to_string().contains("\"ana\""), "{}", unnamed.body);
    named(&bench, "Anna Nowak").await;
    let signed = bench.asked(article.clone()).await;
    assert_eq!(signed.body["author"], "Anna Nowak");
    assert!(!signed.body.to_string().contains("\"ana\"") && !signed.body.to_string().contains("ben"));
    let etag = |answered: &Answered| answered.headers["etag"].to_str().unwrap().to_owned();
    assert_ne!(etag(&unnamed), etag(&signed), "what is said beside the text is part of the answer");
    let again = bench.asked(article.header("if-none-match", etag(&signed))).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn an_article_says_what_it_is_and_how_it_was_made() {
    let bench = bench().await;
    let article = published(&bench, model()).await;
    let read = bench.asked(article.clone()).await.body;
    assert_eq!((&read["task_type"], &read["language"]), (&json!("newsletter"), &json!("pl")));
    assert_eq!((&read["tags"], &read["categories"]), (&json!(["http"]), &json!(["web"])));
    assert_eq!(read["canonical_url"], "/api/content/published/acme/caching-in-short");
    assert_eq!(read["references"], json!([{"title": "A source", "url": "https://example.com/a"}]), "what it links");
    assert_eq!((&read["reading_minutes"], read["word_count"].as_u64().unwrap() > 238), (&json!(2), true));
    assert_eq!((&read["published_at"], &read["updated_at"]), (&json!(NOW), &json!(NOW)));
    assert_eq!(read["making"]["digital_source_type"], "trainedAlgorithmicMedia");
    assert_eq!(read["making"]["models"], json!([{"phase": "draft", "model": "fake/writer"}]));
    assert_eq!(read["making"]["reviewed_at"], Value::Null);
    assert_eq!(read["disclosure"], Value::Null);
    discloses(&bench, "Written with a language model.").await;
    assert_eq!(bench.asked(article).await.body["disclosure"], "Written with a language model.");
    let list = asking("GET /api/content/published/{tenant}").named("tenant", "acme");
    let line = &bench.asked(list).await.body["data"][0];
    assert_eq!(
        (&line["task_type"], &line["tags"], &line["reading_minutes"]),
        (&json!("newsletter"), &json!(["http"]), &json!(2))
    );
}

#[tokio::test]
async fn what_people_alone_wrote_is_not_called_a_machines() {
    let bench = bench().await;
    let article = published(&bench, Author::Person { subject: subject("ana") }).await;
    discloses(&bench, "Written with a language model.").await;
    let read = bench.asked(article).await.body;
    assert_eq!(
        (&read["making"]["digital_source_type"], &read["disclosure"]),
        (&json!("digitalCreation"), &Value::Null)
    );
}

#[tokio::test]
async fn an_article_is_a_page_that_runs_nothing_for_whoever_asks_for_one() {
    let bench = bench().await;
    let article = published(&bench, model()).await;
    discloses(&bench, "Written with <b>help</b> & care").await;
    let accepting = async |range: &str| bench.asked(article.clone().header("accept", range)).await;
    let page = accepting("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8").await;
    assert_eq!((page.status, &page.headers["content-type"]), (200, &"text/html; charset=utf-8".parse().unwrap()));
    assert_eq!(
        page.headers["content-security-policy"],
        "sandbox; default-src 'none'; img-src https:; style-src 'self'"
    );
    assert!(page.text.starts_with("<!doctype html>\n<html lang=\"pl\" dir=\"ltr\">"), "{}", page.text);
    for told in ["<h1>Caching, in short</h1>", "<p>Written with &lt;b&gt;help&lt;/b&gt; &amp; care</p>", "says.</p>"] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let json = accepting("*/*").await;
    assert_eq!(json.body["title"], "Caching, in short");
    for range in ["application/json", "text/html;q=0, */*", "application/json, text/html;q=0.5"] {
        assert_eq!(accepting(range).await.body, json.body, "{range}");
    }
    for answered in [&page, &json] {
        assert_eq!(answered.headers["vary"], "Accept, Origin, Accept-Encoding", "a cache keeps them apart");
    }
    assert_ne!(page.headers["etag"], json.headers["etag"]);
}

#[tokio::test]
async fn a_task_shows_what_its_article_will_carry() {
    let bench = bench().await;
    published(&bench, model()).await;
    let tasks = bench.asked(list().query("task_type", "newsletter")).await.body;
    let id = tasks["data"][0]["task_id"].as_str().unwrap();
    let read = asking("GET /api/content/tasks/{task_id}").named("task_id", id).by("acme", "viewer");
    let read = bench.asked(read).await.body;
    assert!(read["seo"]["title"].as_str().unwrap().starts_with("Caching, in short"), "{}", read["seo"]);
    assert_eq!(read["references"].as_array().unwrap().len(), 2, "all that was found");
    assert!(tasks["data"][0].get("seo").is_none() && tasks["data"][0].get("references").is_none());
}

#[tokio::test]
async fn a_thread_and_an_email_read_as_what_is_sent() {
    let bench = bench().await;
    let at = TestClock::at(NOW).now();
    let (thread, letter) = ("<ol><li>Stop.</li><li>Look.</li></ol>", "<p>Dear reader,</p>\n<p>it is here.</p>");
    for (number, task_type, html, parts) in [
        (3, "social_media", thread, json!({"kind": "thread", "posts": ["Stop.", "Look."]})),
        (4, "email", letter, json!({"kind": "email", "subject": "A title", "body": "Dear reader,\n\nit is here."})),
        (5, "newsletter", letter, Value::Null),
    ] {
        let accepted = a_task().number(number).asking(json!({"task_type": task_type})).accepted();
        let task = accepted.task.clone();
        bench.store.accept(accepted).await.unwrap();
        let claimed = task.claim(&context(at)).unwrap();
        bench.store.commit(change(&task, claimed.clone())).await.unwrap();
        let text = Revision { html: html.to_owned(), ..revision(1, "A title", at) };
        let drafted = claimed.0.drafted(&text, &context(at)).unwrap();
        let commit = Change { revision: Some(text), ..change(&claimed.0, drafted) };
        bench.store.commit(commit).await.unwrap();
        let read = |key| asking(key).named("task_id", task.id.as_str()).by("acme", "viewer");
        let whole = bench.asked(read("GET /api/content/tasks/{task_id}")).await.body;
        assert_eq!((&whole["parts"], &whole["content"]), (&parts, &json!(html)), "{task_type}");
        let one = bench.asked(read("GET /api/content/tasks/{task_id}/revisions/{n}").named("n", "1")).await.body;
        assert_eq!(one["parts"], parts, "{task_type}");
    }
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
        "GET /api/content/tasks/{task_id}/review",
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
    let questions = [
        ("status", "pending,"),
        ("task_type", "poem"),
        ("author", "a b"),
        ("created_from", "yesterday"),
        ("created_to", "2026-11-20T12:00:00+01:00"),
        ("tag", "a-tag-of-one-character-more-than-a-task-can-ever-hav"),
        ("q", " "),
        ("q", "a b c d e f g h i"),
        ("sort", "title"),
        ("counts", "all"),
    ];
    for (nth, (name, value)) in questions.into_iter().enumerate() {
        // Of a subject of its own, whose minute nobody else uses.
        let asked = list().query(name, value).by_subject("acme", &format!("eve-{nth}"), "viewer");
        assert_eq!(bench.asked(asked).await.fields(), [name], "{value}");
    }
    assert_eq!(bench.asked(list().query("cursor", "AAAA")).await.problem(), "invalid-cursor");
}

#[tokio::test]
async fn what_is_one_of_a_few_names_is_told_them() {
    let bench = bench().await;
    for (name, rule) in [
        ("status", "must be one of open, pending, generating, "),
        ("task_type", "must be one of blog_post, social_media, email, newsletter"),
        ("sort", "must be one of -created_at, created_at, "),
        ("counts", "must be one of open"),
    ] {
        let refused = bench.asked(list().query(name, "lost")).await;
        let told = refused.body["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(told.starts_with(rule), "{name}: {told}");
    }
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
async fn a_list_says_what_it_is_over() {
    let bench = bench().await;
    let plain = bench.asked(list()).await.body;
    assert_eq!(
        (&plain["exact"], &plain["sorted_by"], &plain["counts"]),
        (&json!(true), &json!("-created_at"), &json!(null))
    );
    let open = list().query("status", "open").query("sort", "cost_usd").query("q", "HTTP caching");
    let open = bench.asked(open.query("created_to", "2026-11-20")).await.body;
    let counts = json!({"pending": 2, "generating": 0, "awaiting_approval": 0, "approved": 0, "failed": 0});
    assert_eq!((&open["exact"], &open["sorted_by"], &open["counts"]), (&json!(true), &json!("cost_usd"), &counts));
    assert_eq!(open["data"].as_array().unwrap().len(), 2);
    let counted = bench.asked(list().query("counts", "open")).await.body;
    assert_eq!((&counted["exact"], &counted["counts"]), (&json!(false), &counts), "whatever is listed");
    let all = bench.asked(list().query("sort", "cost_usd").query("created_from", "2026-11-21")).await.body;
    assert_eq!((&all["exact"], &all["sorted_by"], &all["data"]), (&json!(false), &json!("-created_at"), &json!([])));
}

#[tokio::test]
async fn a_reviewers_screen_is_one_read() {
    let bench = bench().await;
    let review = asking("GET /api/content/tasks/{task_id}/review").named("task_id", &bench.ids[0]);
    assert_eq!(bench.asked(review.clone().by("other", "admin")).await.problem(), "not-found");
    assert_eq!(bench.asked(review.clone()).await.problem(), "forbidden");
    let task = bench.store.load(&bench.ids[0].parse().unwrap()).await.unwrap().unwrap().0;
    for number in 1..=6 {
        let next = task.progressed(progress("draft", 10, "Writing"), NOW.parse().unwrap());
        let revision = Some(revision(number, "HTTP caching", NOW.parse().unwrap()));
        let before = bench.store.load(&task.id).await.unwrap().unwrap().0.stamp();
        bench.store.commit(Change { revision, ..Change::new(before, next.clone(), Vec::new()) }).await.unwrap();
    }
    let shown = bench.asked(review.by("acme", "viewer")).await.body;
    assert_eq!(shown["task"]["task_id"], bench.ids[0]);
    assert!(shown["task"]["content"].is_string() && shown["task"]["blockers"].is_array());
    let revisions: Vec<&Value> = shown["revisions"].as_array().unwrap().iter().map(|one| &one["revision"]).collect();
    assert_eq!(revisions, [6, 5, 4, 3, 2]);
    assert!(shown["revisions"].as_array().unwrap().iter().all(|one| one.get("content").is_none()));
    assert_eq!((&shown["references"], &shown["deliveries"]), (&json!([]), &json!([])));
    assert_eq!(shown["writer"], Value::Null, "nobody's");
}

/// Who is said to have written the last of these texts: on a reviewer's screen; with it alone; and that where four eyes are wanted.
async fn said_to_have_written(authors: &[Value]) -> [Value; 3] {
    let bench = bench().await;
    let id = &bench.ids[0];
    for (number, author) in (1..).zip(authors) {
        let (task, _) = bench.store.load(&id.parse().unwrap()).await.unwrap().unwrap();
        let next = task.progressed(progress("draft", 10, "Writing"), NOW.parse().unwrap());
        let author = serde_json::from_value(author.clone()).unwrap();
        let text = Revision { author, ..revision(number, "HTTP caching", NOW.parse().unwrap()) };
        let change = Change::new(task.stamp(), next, Vec::new());
        bench.store.commit(Change { revision: Some(text), ..change }).await.unwrap();
    }
    let screen = asking("GET /api/content/tasks/{task_id}/review").named("task_id", id).by("acme", "viewer");
    let alone = asking("GET /api/content/tasks/{task_id}/revisions/{n}").named("task_id", id).by("acme", "viewer");
    let alone = alone.named("n", &authors.len().to_string());
    let mut told = Vec::new();
    for asked in [screen, alone.clone(), alone.under_four_eyes()] {
        let answered = bench.asked(asked).await;
        assert_eq!(answered.status, 200, "{}", answered.body);
        told.push(answered.body["writer"].clone());
    }
    told.try_into().unwrap()
}

#[tokio::test]
async fn a_text_that_was_only_cleaned_or_written_again_by_a_model_is_said_to_be_its_writers() {
    let (ana, model) = (json!({"kind": "person", "subject": "ana"}), json!({"kind": "model", "model": "ana"}));
    let cleaned = |revision: u32| json!({"kind": "cleaner", "revision": revision});
    for (authors, writer) in [
        (vec![ana.clone()], Some("ana")),
        (vec![model.clone()], None),
        (vec![model.clone(), model.clone()], None),
        (vec![ana.clone(), json!({"kind": "external", "subject": "ben"})], Some("ben")),
        (vec![model.clone(), ana.clone(), json!({"kind": "cleaner"})], Some("ana")),
        (vec![model.clone(), ana.clone(), cleaned(2), model.clone()], Some("ana")),
        (vec![model.clone(), ana.clone(), cleaned(1)], None),
        // What a screen does not show is read.
        (vec![ana.clone(), model.clone(), model.clone(), model.clone(), model.clone(), model.clone()], Some("ana")),
        (vec![ana.clone(), ana.clone(), ana.clone(), ana.clone(), ana.clone(), model.clone(), cleaned(1)], Some("ana")),
        // Whatever is stored, this ends.
        (vec![ana.clone(), cleaned(2)], None),
    ] {
        let writer = json!(writer);
        assert_eq!(said_to_have_written(&authors).await, [writer.clone(), Value::Null, writer], "{authors:?}");
    }
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

fn ticket(task: &str) -> Asking {
    asking("POST /api/content/tasks/{task_id}/stream-ticket").named("task_id", task)
}

fn proven(asking: Asking) -> Asking {
    asking.proven_by(&Proof::Key(KeyId::of("galley_of-ana")))
}

#[tokio::test]
async fn a_ticket_is_made_for_nobody_who_may_not_read_the_task() {
    let bench = bench().await;
    assert_eq!(bench.asked(ticket(&bench.ids[0])).await.problem(), "forbidden");
    let others = bench.asked(proven(ticket(&bench.ids[0]).by("rival", "viewer"))).await;
    let nobodys = bench.asked(proven(ticket(&format!("task_{}", "0".repeat(32))).by("acme", "viewer"))).await;
    assert_eq!((others.status, others.problem()), (404, "not-found"));
    assert_eq!((others.body["detail"].clone(), nobodys.problem()), (nobodys.body["detail"].clone(), "not-found"));
    // The authorizer of an older release does not say what an identity was proven with.
    let old = bench.asked(ticket(&bench.ids[0]).by("acme", "viewer")).await;
    assert_eq!((old.status, &old.headers["retry-after"]), (503, &"60".parse().unwrap()));
    let keyed = proven(ticket(&bench.ids[0]).by("acme", "viewer")).header("idempotency-key", "one");
    assert_eq!(bench.asked(keyed).await.fields(), ["idempotency-key"], "a replay would show no ticket");
}

#[tokio::test]
async fn a_ticket_is_shown_once_is_another_each_time_and_counts_as_a_read() {
    let bench = bench().await;
    let made = async || bench.asked(proven(ticket(&bench.ids[0]).by("acme", "viewer"))).await;
    let (first, second) = (made().await, made().await);
    assert_eq!((first.status, &first.headers["cache-control"]), (201, &"no-store".parse().unwrap()));
    assert_ne!(first.body["ticket"], second.body["ticket"]);
    assert_eq!(first.body["expires_at"], "2026-11-20T12:00:30Z");
    assert!(first.headers["ratelimit"].to_str().unwrap().contains("r=8"), "{:?}", first.headers);
    for _ in 0..7 {
        assert_eq!(made().await.status, 201);
    }
    assert_eq!(made().await.problem(), "rate-limited");
}

/// A task of acme whose text is longer than what goes as it is.
async fn long_task(bench: &Bench) -> Asking {
    let (at, store) = (TestClock::at(NOW).now(), &bench.store);
    let accepted = a_task().number(8).accepted();
    let task = accepted.task.clone();
    store.accept(accepted).await.unwrap();
    let claimed = task.claim(&context(at)).unwrap();
    store.commit(change(&task, claimed.clone())).await.unwrap();
    let mut text = revision(1, "Caching, in short", at);
    text.html.push_str(&"<p>A cache keeps a copy.</p>".repeat(100));
    let drafted = claimed.0.drafted(&text, &context(at)).unwrap();
    store.commit(Change { revision: Some(text), ..change(&claimed.0, drafted) }).await.unwrap();
    asking("GET /api/content/tasks/{task_id}").named("task_id", task.id.as_str()).by("acme", "viewer")
}

#[tokio::test]
async fn an_answer_with_a_secret_is_not_compressed_whoever_asks_for_it() {
    let bench = bench().await;
    let made = bench.asked(proven(ticket(&bench.ids[0]).by("acme", "viewer")).header("accept-encoding", "gzip")).await;
    assert_eq!((made.status, made.headers.get("content-encoding"), made.headers.get("vary")), (201, None, None));
}

#[tokio::test]
async fn a_compressed_task_has_a_tag_of_its_own_by_which_it_is_not_sent_again() {
    let bench = bench().await;
    let task = long_task(&bench).await;
    let header = |answered: &Answered, name: &str| {
        answered.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let plain = bench.asked(task.clone()).await;
    let tag = header(&plain, "etag");
    assert_eq!((header(&plain, "content-encoding").as_str(), header(&plain, "vary").as_str()), ("", "Accept-Encoding"));
    let packed = bench.asked(task.clone().header("accept-encoding", "gzip, br")).await;
    let packed_tag = format!("\"{}-gzip\"", tag.trim_matches('"'));
    assert_eq!((header(&packed, "content-encoding").as_str(), header(&packed, "etag")), ("gzip", packed_tag.clone()));
    assert_eq!((&packed.body, header(&packed, "vary").as_str()), (&plain.body, "Accept-Encoding"));
    for (known, accepted, told) in [(&packed_tag, "gzip", &packed_tag), (&tag, "gzip", &tag), (&tag, "identity", &tag)]
    {
        let asked = task.clone().header("accept-encoding", accepted).header("if-none-match", known);
        let unchanged = bench.asked(asked).await;
        assert_eq!((unchanged.status, header(&unchanged, "etag")), (304, told.clone()), "{known} {accepted}");
        assert_eq!(header(&unchanged, "vary"), "Accept-Encoding");
    }
    // A cache that holds it in gzip alone has nothing for a client that takes none.
    let asked = task.clone().header("accept-encoding", "identity").header("if-none-match", &packed_tag);
    assert_eq!(bench.asked(asked).await.status, 200);
}

#[tokio::test]
async fn schedules_and_their_runs_are_read_by_their_tenant_alone() {
    let bench = bench().await;
    let schedule = a_schedule("acme", 1, NOW.parse().unwrap(), &json!({}));
    bench.store.make_schedule(&schedule, None).await.unwrap();
    let id = schedule.plan.id.as_str();
    let due = schedule.plan.next.unwrap();
    let run = Run {
        schedule: schedule.plan.id.clone(),
        occurrence: Some(due.local),
        due_at: due.at,
        at: due.at,
        missed_before: 0,
        outcome: Outcome::Made { task_id: bench.ids[0].parse().unwrap() },
    };
    let ran = Ran { schedule: Box::new(schedule.past(due, due.at)), over: 1, run };
    assert!(bench.store.keep_run(&ran, None).await.unwrap());
    let asked =
        async |key: &'static str, who: &str| bench.asked(asking(key).by(who, "viewer").named("schedule_id", id)).await;
    for key in ["GET /api/schedules/{schedule_id}", "GET /api/schedules/{schedule_id}/runs"] {
        let rival = asked(key, "rival").await;
        assert_eq!((rival.status, rival.problem()), (404, "not-found"), "{key}");
    }
    assert_eq!(asked("GET /api/schedules", "rival").await.body["data"], json!([]));
    let listed = asked("GET /api/schedules", "acme").await.body;
    assert_eq!((&listed["data"][0]["schedule_id"], &listed["data"][0]["request"]), (&json!(id), &Value::Null));
    assert_eq!(
        asked("GET /api/schedules/{schedule_id}", "acme").await.body["request"]["topic"],
        "What is new on {{date}}"
    );
    let runs = asked("GET /api/schedules/{schedule_id}/runs", "acme").await.body;
    let told = &runs["data"][0];
    assert_eq!((&told["outcome"], &told["task_id"]), (&json!("made"), &json!(bench.ids[0])), "{runs}");
    assert_eq!(
        (&told["task_status"], &told["cost_usd"], &told["occurrence"]),
        (&json!("pending"), &json!("0.00"), &json!("2026-11-21T09:00"))
    );
}

async fn with_a_feed(secret: &str) -> Bench {
    let bench = bench().await;
    bench.store.make_schedule(&a_schedule("acme", 1, NOW.parse().unwrap(), &json!({})), None).await.unwrap();
    let name = FeedName::try_from("The desk".to_owned()).unwrap();
    let (id, created_at) = (feed::id_of(secret).unwrap(), NOW.parse().unwrap());
    bench.store.make_feed(&Feed { id, tenant: tenant("acme"), name, created_at }, None).await.unwrap();
    bench
}

#[tokio::test]
async fn a_calendar_is_read_at_its_secret_address_alone_and_so_often_a_minute() {
    let secret = format!("galley_feed_{}", "a".repeat(64));
    let asked = async |bench: &Bench, secret: &str| {
        bench.asked(asking("GET /api/calendar/ical/{secret}").named("secret", secret)).await
    };
    let bench = with_a_feed(&secret).await;
    let id = feed::id_of(&secret).unwrap();
    for wrong in ["x", id.as_str(), &secret.replace('a', "b")] {
        assert_eq!(asked(&bench, wrong).await.problem(), "not-found", "{wrong}");
    }
    let read = asked(&bench, &secret).await;
    assert!(read.status == 200 && read.text.contains("SUMMARY:What is new on 2026-11-21\r\n"), "{}", read.text);
    assert_eq!(asked(&bench, &secret).await.text, read.text);
    assert_eq!(asked(&bench, &secret).await.problem(), "rate-limited", "two a minute are allowed");
    let bench = with_a_feed(&secret).await;
    tenants::turn(&bench.store, "acme", Standing::Suspended).await;
    assert_eq!(asked(&bench, &secret).await.problem(), "not-found", "a suspended tenant shows nothing");
}

/// Gives a task of the bench to somebody.
async fn assign(bench: &Bench, number: u8, to: &str) {
    let task = a_task().number(number).accepted().task;
    let assigning = task.assigned(Some(&subject(to)), &context(NOW.parse().unwrap())).unwrap();
    assert!(bench.store.assign(&assigning).await.unwrap());
}

#[tokio::test]
async fn a_list_is_of_what_somebody_or_nobody_is_to_see_to() {
    let bench = bench().await;
    assign(&bench, 0, "rex").await;
    let ids = async |assignee: &str| {
        let asked =
            list().by("acme", "editor").query("status", "open").query("assignee", assignee).query("counts", "open");
        let listed = bench.asked(asked).await;
        assert_eq!(listed.body["exact"], true, "{}", listed.body);
        let ids = listed.body["data"].as_array().unwrap().iter();
        (
            ids.map(|task| task["task_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
            listed.body["counts"]["pending"].clone(),
        )
    };
    assert_eq!(ids("rex").await, (vec![bench.ids[0].clone()], json!(1)));
    assert_eq!(ids("none").await, (vec![bench.ids[1].clone()], json!(1)));
    assert_eq!(ids("me").await, (Vec::new(), json!(0)), "whoever asks is ana");
    let wrong = bench.asked(list().query("assignee", "a b")).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["assignee"]));
    let by_time = bench.asked(list().query("assignee", "rex")).await;
    assert_eq!((&by_time.body["exact"], &by_time.body["data"][0]["assignee"]), (&json!(false), &json!("rex")));
}

#[tokio::test]
async fn whoever_has_a_task_from_before_it_was_given_to_somebody_is_told() {
    let bench = bench().await;
    let before = bench.asked(bench.task()).await;
    assign(&bench, 0, "rex").await;
    let tag = before.headers["etag"].to_str().unwrap().to_owned();
    let after = bench.asked(bench.task().header("if-none-match", &tag)).await;
    assert_eq!(
        (after.status, &after.body["assignee"], &after.body["version"]),
        (200, &json!("rex"), &before.body["version"])
    );
    let tag = after.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(bench.asked(bench.task().header("if-none-match", &tag)).await.status, 304);
    let screen = asking("GET /api/content/tasks/{task_id}/review").named("task_id", &bench.ids[0]).by("acme", "viewer");
    assert_eq!(bench.asked(screen).await.body["task"]["assignee"], "rex");
}

#[tokio::test]
async fn comments_are_read_by_whoever_reads_the_task_and_by_no_other_tenant() {
    let bench = bench().await;
    let asked = || asking("GET /api/content/tasks/{task_id}/comments").named("task_id", &bench.ids[0]);
    let read = bench.asked(asked().by("acme", "viewer")).await;
    assert_eq!((read.status, &read.body), (200, &json!({"data": [], "next_cursor": null})));
    assert_eq!(bench.asked(asked().by("other", "admin")).await.status, 404);
}
