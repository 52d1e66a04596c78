//! Who gets in, how often, and what bad input is told.

use galley_domain::access::route::Route;
use galley_local::fault_proxy::Service;
use galley_tests::{Galley, answer, approval, options, request};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn all_problems_of_a_body_are_named_at_once() {
    let galley = Galley::start().await;
    let body = json!({"topic": "ab", "style": "loud", "target_length": 1, "tenant": "other", "state": "published", "callback_url": "http://127.0.0.1"});
    let refused = galley.post("author", "/api/content/tasks", body).await.expect(400);
    assert_eq!(refused.problem(), "invalid");
    let mut fields: Vec<&str> =
        refused.body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["callback_url", "state", "style", "target_length", "tenant", "topic"]);
    assert_eq!(refused.body["instance"], "/api/content/tasks");
    assert_eq!(refused.body["request_id"], refused.header("x-request-id"));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_without_a_500() {
    let galley = Galley::start().await;
    let raw = |content_type: &str, body: Vec<u8>| {
        answer(
            galley
                .request("author", Method::POST, "/api/content/tasks")
                .header("content-type", content_type)
                .body(body),
        )
    };
    for body in [
        b"{".to_vec(),
        b"[]".to_vec(),
        b"\xff\xfe".to_vec(),
        [b"[".repeat(10_000), b"]".repeat(10_000)].concat(),
        br#"{"topic":NaN}"#.to_vec(),
    ] {
        assert_eq!(raw("application/json", body).await.expect(400).problem(), "malformed-json");
    }
    for charset in ["latin1", "utf-16", "\"iso-8859-1\""] {
        let media_type = format!("application/json; charset={charset}");
        assert_eq!(raw(&media_type, b"{}".to_vec()).await.expect(415).text("detail"), "the body must be in UTF-8");
    }
    raw("application/json; Charset=\"UTF-8\"", b"{}".to_vec()).await.expect(400);
    assert_eq!(raw("text/plain", b"{}".to_vec()).await.expect(415).problem(), "unsupported-media-type");
    assert_eq!(raw("application/json", vec![b' '; 300 * 1024]).await.expect(413).problem(), "body-too-large");
    let gzip = galley
        .request("author", Method::POST, "/api/content/tasks")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    answer(gzip.body("x")).await.expect(415);
    let version = galley.request("viewer", Method::GET, "/api/content/tasks").header("api-version", "1999-01-01");
    assert_eq!(answer(version).await.expect(400).problem(), "unknown-api-version");
    assert_eq!(galley.get("viewer", "/api/nowhere").await.expect(404).problem(), "no-such-route");
    let wrong = answer(galley.request("viewer", Method::DELETE, "/api/content/tasks")).await.expect(405);
    assert_eq!(wrong.problem(), "method-not-allowed");
    assert_eq!(wrong.header("allow"), "POST, GET, HEAD, OPTIONS");
    let asked = answer(galley.request("nobody", Method::OPTIONS, "/api/content/tasks")).await.expect(204);
    assert_eq!(asked.header("allow"), wrong.header("allow"));
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_refused_by_its_name() {
    let galley = Galley::start().await;
    let task = galley.drafted().await;
    for (path, field, rule) in [
        ("/api/content/tasks?query=cache".to_owned(), "query", "is not a known parameter"),
        ("/api/content/tasks?limt=5".to_owned(), "limt", "is not a known parameter"),
        ("/api/content/tasks?limit=5&limit=7".to_owned(), "limit", "must come once"),
        ("/api/content/tasks?limit=%2B5".to_owned(), "limit", "must be a whole number from 1 to 100"),
        (format!("{task}?limit=5"), "limit", "is not a known parameter"),
        (format!("{task}/stream?x"), "x", "is not a known parameter"),
        ("/api/content/published/default?utm_source=x".to_owned(), "utm_source", "is not a known parameter"),
        ("/api/admin/keys?revoked=true".to_owned(), "revoked", "is not a known parameter"),
        ("/health/live?x=1".to_owned(), "x", "is not a known parameter"),
        ("/api/content/tasks?status=".to_owned(), "status", "must not be empty"),
        ("/api/content/tasks?limit".to_owned(), "limit", "must not be empty"),
        ("/api/content/tasks?limit=5&cursor=".to_owned(), "cursor", "must not be empty"),
        ("/api/costs?by=".to_owned(), "by", "must not be empty"),
        (format!("{task}/events?limit="), "limit", "must not be empty"),
    ] {
        let refused = galley.get("admin", &path).await.expect(400);
        let error = &refused.body["errors"][0];
        assert_eq!((&error["field"], &error["message"]), (&json!(field), &json!(rule)), "{path}");
    }
    let unknown = galley.post("editor", &format!("{task}/cancel?dry_run=true"), json!({})).await.expect(400);
    assert_eq!(unknown.body["errors"][0]["field"], "dry_run");
    galley.wait(&task, "awaiting_approval").await;
    galley.get("viewer", "/api/content/tasks?limit=5&status=pending").await.expect(200);
    // What GitHub adds to its answer is to be ignored.
    assert_ne!(galley.get("nobody", "/api/auth/github/callback?iss=x").await.status, 400);
}

#[tokio::test]
async fn a_condition_that_cannot_be_read_is_not_a_missing_one() {
    let galley = Galley::start().await;
    let task = galley.drafted().await;
    let version = galley.get("viewer", &task).await.header("etag").trim_matches('"').to_owned();
    let edit = async |etag: &str| {
        let body = json!({"title": "Another title", "markdown": "Text."});
        let value = reqwest::header::HeaderValue::from_bytes(etag.as_bytes()).unwrap();
        let asked = galley.request("author", Method::PUT, &format!("{task}/draft")).header("if-match", value);
        answer(asked.json(&body)).await
    };
    for etag in ["\"\u{ff}\"".to_owned(), format!("\"{version}"), version.clone(), format!("\"{version}\" \"2\"")] {
        let refused = edit(&etag).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"].as_str().unwrap().to_lowercase(), "if-match", "{etag}");
    }
    // A tag, but of no version of this task.
    for etag in
        [format!("\"+{version}\""), format!("\"0{version}\""), format!("W/\"{version}\""), "\"other\"".to_owned()]
    {
        assert_eq!(edit(&etag).await.expect(412).problem(), "version-mismatch", "{etag}");
    }
    for (method, path) in [
        (Method::POST, "/api/content/tasks".to_owned()),
        (Method::POST, "/api/content/tasks/bulk/update".to_owned()),
        (Method::PATCH, "/api/admin/settings".to_owned()),
    ] {
        let asked = galley.request("admin", method, &path).header("if-match", "\"1\"");
        let refused = answer(asked.json(&json!({}))).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], "if-match", "{path}");
    }
    for name in ["if-none-match", "idempotency-key", "content-type", "api-version"] {
        let value = reqwest::header::HeaderValue::from_bytes(b"\xff").unwrap();
        let asked = galley.request("author", Method::POST, "/api/content/tasks").header(name, value);
        answer(asked.body(request().to_string())).await.expect(400);
    }
    assert_eq!(galley.get("viewer", &task).await.header("etag"), format!("\"{version}\""));
}

#[tokio::test]
async fn a_key_is_used_for_one_body_once() {
    let galley = Galley::start().await;
    let first = galley.post_with_key("author", "/api/content/tasks", "k1", request()).await.expect(201);
    let again = galley.post_with_key("author", "/api/content/tasks", "k1", request()).await.expect(201);
    assert_eq!((again.header("idempotency-replayed"), again.header("location")), ("true", first.header("location")));
    assert_eq!(again.body, first.body);
    let reused = galley.post_with_key("author", "/api/content/tasks", "k1", json!({"topic": "Another topic"})).await;
    assert_eq!(reused.expect(422).problem(), "key-reused");
    // Another's key of the same name is another key.
    galley.post_with_key("admin", "/api/content/tasks", "k1", json!({"topic": "Another topic"})).await.expect(201);
    let bad = galley.post_with_key("author", "/api/content/tasks", &"k".repeat(256), request()).await.expect(400);
    assert_eq!(bad.body["errors"][0]["field"], "Idempotency-Key");
}

#[tokio::test]
async fn two_long_keys_of_a_bulk_that_differ_at_their_beginning_are_two() {
    let galley = Galley::start().await;
    let path = "/api/content/tasks/bulk/create";
    let mut made = Vec::new();
    for first in ["a", "b", "a"] {
        let key = format!("{first}{}", "k".repeat(254));
        let answered = galley.post_with_key("author", path, &key, json!({"tasks": [request()]})).await.expect(200);
        let result = &answered.body["results"][0];
        made.push((result["id"].as_str().unwrap().to_owned(), result.get("replayed").cloned()));
    }
    assert_ne!(made[0].0, made[1].0);
    assert_eq!(made[0].0, made[2].0, "the same key is the same request");
    assert_eq!([&made[0].1, &made[1].1, &made[2].1], [&None, &None, &Some(json!(true))]);
}

#[tokio::test]
async fn concurrent_requests_of_one_key_make_one_task() {
    let galley = Galley::start().await;
    let one = || galley.post_with_key("author", "/api/content/tasks", "race", request());
    let answers: [_; 4] = tokio::join!(one(), one(), one(), one()).into();
    let ids: std::collections::BTreeSet<String> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.text("task_id")).collect();
    assert_eq!(ids.len(), 1);
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)));
    let list = galley.get("viewer", "/api/content/tasks").await.expect(200);
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_sixth_create_of_a_minute_is_refused() {
    let mut limited = options();
    limited.parameters.remove("CreatePerMinute");
    let galley = Galley::with(limited).await;
    // A minute that ends in between would open a second window: then the six fall into two, and the try is made anew.
    for _ in 0..3 {
        let minute = galley_tests::now_s() / 60;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let made = galley.post("author", "/api/content/tasks", request()).await;
            if made.status == 429 {
                assert_eq!(made.problem(), "rate-limited");
                let wait: u64 = made.header("retry-after").parse().unwrap();
                assert!((1..=60).contains(&wait));
            }
            statuses.push(made.status);
        }
        if galley_tests::now_s() / 60 == minute {
            assert_eq!(statuses, [201, 201, 201, 201, 201, 429]);
            return;
        }
        while galley_tests::now_s() / 60 == minute {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
    panic!("no six requests fitted into a minute");
}

#[tokio::test]
async fn a_full_day_refuses_and_a_refused_create_takes_no_place() {
    let mut limited = options();
    limited.parameters.insert("UserTasksPerDay".into(), "2".into());
    let galley = Galley::with(limited).await;
    galley.post_with_key("author", "/api/content/tasks", "a", request()).await.expect(201);
    // A replay is no second task.
    galley.post_with_key("author", "/api/content/tasks", "a", request()).await.expect(201);
    galley.post("author", "/api/content/tasks", request()).await.expect(201);
    let full = galley.post("author", "/api/content/tasks", request()).await.expect(429);
    assert_eq!(full.problem(), "quota-exhausted");
    assert!(full.header("retry-after").parse::<u64>().unwrap() <= 86_400);
    galley.post("editor", "/api/content/tasks", request()).await.expect(201);
}

#[tokio::test]
async fn a_viewer_known_to_the_gateway_still_decides_nothing() {
    let galley = Galley::start().await;
    let task = galley.drafted().await;
    galley.get("viewer", &task).await.expect(200);
    let refused =
        galley.post("viewer", &format!("{task}/approve"), approval("dev-viewer", &json!({}))).await.expect(403);
    assert_eq!(refused.problem(), "forbidden");
    galley.wait(&task, "awaiting_approval").await;
}

#[tokio::test]
async fn only_named_origins_are_let_through() {
    let galley = Galley::start().await;
    let preflight = |origin: &'static str, method: &'static str| {
        answer(
            galley
                .request("nobody", Method::OPTIONS, "/api/content/tasks")
                .header("origin", origin)
                .header("access-control-request-method", method),
        )
    };
    let allowed = preflight("http://localhost:3000", "POST").await.expect(204);
    assert_eq!(allowed.header("access-control-allow-origin"), "http://localhost:3000");
    assert!(allowed.header("access-control-allow-headers").to_lowercase().contains("idempotency-key"));
    for (origin, method) in [
        ("https://evil.example", "POST"),
        ("http://localhost:3000.evil.example", "POST"),
        ("http://localhost:3000", "TRACE"),
    ] {
        let refused = preflight(origin, method).await.expect(204);
        assert_eq!(refused.header("access-control-allow-origin"), "", "{origin} {method}");
    }
    let plain =
        answer(galley.request("viewer", Method::GET, "/api/content/tasks").header("origin", "http://localhost:3000"))
            .await
            .expect(200);
    assert_eq!(plain.header("access-control-allow-origin"), "http://localhost:3000");
}

#[tokio::test]
async fn what_is_made_under_a_key_needs_three_calls_to_the_table_and_a_rotation_one_more() {
    let galley = Galley::start().await;
    let (key, source) = (json!({"subject": "ana", "role": "viewer"}), json!({"source": "cms", "scheme": "galley"}));
    let read = &["BatchGetItem", "TransactWriteItems", "UpdateItem"][..];
    // The function looks at the flag `writes` once in thirty seconds, with its first write.
    answer(galley.request("admin", Method::PATCH, "/api/admin/settings").json(&json!({}))).await.expect(200);
    for (path, body, made) in [
        ("/api/admin/keys", key, &["TransactWriteItems", "UpdateItem"][..]),
        ("/api/admin/webhook-sources", source, read),
        // It holds the source first, and only under a free key, so that one at a time has the vault.
        (
            "/api/admin/webhook-sources/cms/rotate",
            json!({}),
            &["BatchGetItem", "TransactWriteItems", "TransactWriteItems", "UpdateItem"][..],
        ),
    ] {
        galley.stack.fault_proxy().take();
        let first = galley.post_with_key("admin", path, "k", body.clone()).await;
        let calls = galley.stack.fault_proxy().take().into_iter();
        let calls = calls.filter(|call| call.function == "AdminFunction" && call.service == Service::DynamoDb);
        let mut calls: Vec<String> = calls.map(|call| call.operation).collect();
        calls.sort();
        assert_eq!(
            (first.status / 100, calls.as_slice()),
            (2, made.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice())
        );
        let again = galley.post_with_key("admin", path, "k", body).await;
        assert_eq!((again.status, &again.body["secret_shown"]), (first.status, &json!(true)));
    }
}

#[tokio::test]
async fn no_request_needs_more_than_three_calls_to_the_table() {
    let galley = Galley::start().await;
    let calls = |function: &str| {
        let calls: Vec<String> = galley
            .stack
            .fault_proxy()
            .take()
            .into_iter()
            .filter(|call| call.function == function && call.service == Service::DynamoDb)
            .map(|call| call.operation)
            .collect();
        assert!(calls.iter().all(|call| call != "Scan"));
        calls
    };
    let counted = |mut calls: Vec<String>, most: usize| {
        assert!(!calls.is_empty() && calls.len() <= most, "{calls:?}");
        calls.sort();
        calls
    };
    // Each function looks at the flags once in thirty seconds: what is counted comes right after another request of its kind.
    let first = galley.create(request()).await;
    galley.get("viewer", &first).await.expect(200);
    calls("");
    let path = galley
        .post_with_key(
            "author",
            "/api/content/tasks",
            "k",
            json!({"topic": "Waiting for its text", "generator": "external"}),
        )
        .await
        .expect(201)
        .header("location")
        .to_owned();
    assert_eq!(counted(calls("CreateTaskFunction"), 3), ["TransactWriteItems", "UpdateItem", "UpdateItem"]);
    galley.get("viewer", &path).await.expect(200);
    assert_eq!(counted(calls("QueryTasksFunction"), 2), ["Query", "UpdateItem"]);
    for read in [
        "/api/content/tasks",
        "/api/content/tasks?status=pending",
        &format!("{path}/events"),
        &format!("{path}/revisions"),
    ] {
        galley.get("viewer", read).await.expect(200);
        counted(calls("QueryTasksFunction"), 3);
    }
    let task = galley.drafted().await;
    galley.write(&task, "Counted calls").await.expect(200);
    calls("");
    let decided = galley.approve(&task, json!({"revision": 2})).await.expect(200);
    // The window is counted beside the read: two of the three in series.
    assert_eq!(counted(calls("ApproveTaskFunction"), 3), ["Query", "TransactWriteItems", "UpdateItem"]);
    let page = decided.text("published_url");
    galley.get("nobody", &page).await.expect(200);
    calls("");
    galley.get("nobody", &page).await.expect(200);
    // The entry of its address; the task, its text and the tenant's settings; the author's name.
    assert_eq!(counted(calls("QueryTasksFunction"), 3), ["BatchGetItem", "GetItem", "GetItem"]);
    let webhook = |id: &str| json!({"event_id": id, "event_type": "content.sung"});
    galley.webhook(&webhook("first")).await.expect(202);
    calls("");
    galley.webhook(&webhook("counted")).await.expect(202);
    assert_eq!(counted(calls("IngestWebhookFunction"), 3), ["GetItem", "PutItem", "UpdateItem"]);
}

#[tokio::test]
async fn the_api_describes_itself_to_machines_and_people() {
    let galley = Galley::start().await;
    let document = galley.get("nobody", "/api/openapi.json").await.expect(200);
    assert_eq!(document.body["openapi"], "3.1.0");
    let known = galley.request("nobody", Method::GET, "/api/openapi.json");
    answer(known.header("if-none-match", document.header("etag"))).await.expect(304);
    let start = galley.get("nobody", "/").await.expect(200);
    for name in ["openapi", "docs", "console", "health"] {
        galley.get("nobody", &start.text(name)).await.expect(200);
    }
    for route in Route::ALL {
        let operation = &document.body["paths"][route.path()][route.method().to_lowercase()];
        assert!(operation["summary"].is_string(), "{route:?}");
    }
    let page = galley.get("nobody", "/api/docs").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    let text = page.body.as_str().unwrap();
    let assets: Vec<&str> = text.split('"').filter(|piece| piece.starts_with("/api/docs/")).collect();
    assert_eq!(assets.len(), 3);
    for asset in assets {
        galley.get("nobody", asset).await.expect(200);
    }
    assert!(!text.contains("http://") && !text.contains("https://"), "nothing is loaded from elsewhere");
    galley.get("nobody", "/api/docs/passwd").await.expect(404);
}
