//! How the client behaves towards a server: one test for each promise of the README's table.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use galley_client::{
    Client, Error, Followed, Retries,
    answer::Task,
    api::{problem::Problem as Known, route::Route},
    call::Call,
    task::NewTask,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What was asked: the request's first line and its headers, in small letters, and its body.
#[derive(Clone, Debug)]
struct Asked {
    head: String,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Answers each connection in turn, byte for byte, and hangs up. An empty answer hangs up without one.
struct Server {
    client: Client,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    async fn answering(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            for answer in answers {
                let (mut connection, _) = listener.accept().await.unwrap();
                let request = read(&mut connection).await;
                seen.lock().unwrap().push(request);
                connection.write_all(answer.as_bytes()).await.unwrap();
                connection.shutdown().await.unwrap();
            }
        });
        let retries = Retries { first: Duration::from_millis(5), ..Retries::default() };
        let client = Client::builder(&url).unwrap().token("a-key".into()).retries(retries).build().unwrap();
        Self { client, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read(connection: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let asked = Asked { head, body: body.to_owned() };
            let length: usize = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
            if asked.body.len() >= length {
                return asked;
            }
        }
        let mut chunk = [0; 4096];
        let count = connection.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the request broke off: {text}");
        bytes.extend_from_slice(&chunk[..count]);
    }
}

fn answer(status: u16, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

fn problem(known: Known) -> Value {
    json!({"type": known.uri(), "title": known.title(), "status": known.status(), "instance": "/", "request_id": "r-1",
        "detail": "why", "errors": [{"field": "topic", "message": "must be 3 to 200 characters"}]})
}

fn task(version: u64, status: &str) -> Value {
    json!({"task_id": "task_1", "status": status, "version": version, "task_type": "blog_post", "topic": "HTTP",
        "requested_by": "ana", "progress": {"stage": "draft", "percentage": 50, "message": "Writing"}, "attempt": 1,
        "revision": 1, "cost_usd": "0.01", "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:00Z",
        "newer_than_the_client": {"a": 1}})
}

fn stream(events: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{events}")
}

fn event(version: u64, status: &str) -> String {
    format!("id: {version}\nevent: task\ndata: {}\n\n", task(version, status))
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_repeated_under_the_same_key() {
    let server = Server::answering(vec![String::new(), answer(201, "", &task(1, "pending"))]).await;
    let made = server.client.create_task(&NewTask::about("HTTP")).await.unwrap();
    assert_eq!(made.task_id, "task_1");
    let asked = server.asked();
    let [first, second] = &asked[..] else { panic!("{asked:?}") };
    assert!(first.header("idempotency-key").is_some_and(|key| key.len() == 36));
    assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"));
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn a_draft_whose_answer_was_lost_is_not_sent_twice() {
    let server = Server::answering(vec![String::new(), answer(200, "", &task(2, "awaiting_approval"))]).await;
    let draft = json!({"title": "Mine", "markdown": "Text"});
    let call = Call::to(Route::EditDraft, &["task_1"]).if_version(1).json(&draft).unwrap();
    let lost = server.client.send(&call).await.unwrap_err();
    assert!(matches!(lost, Error::NoAnswer { .. }), "{lost:?}");
    let asked = server.asked();
    assert_eq!((asked.len(), asked[0].header("if-match")), (1, Some("\"1\"")));
}

#[tokio::test]
async fn a_limit_is_waited_for_as_long_as_the_answer_says() {
    let limited = answer(429, "retry-after: 1\r\n", &problem(Known::RateLimited));
    let server = Server::answering(vec![limited, answer(200, "", &task(1, "pending"))]).await;
    let began = Instant::now();
    server.client.task("task_1").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_days_quota_is_an_error_at_once() {
    let server = Server::answering(vec![answer(429, "retry-after: 7200\r\n", &problem(Known::QuotaExhausted))]).await;
    let refused = server.client.create_task(&NewTask::about("HTTP")).await.unwrap_err();
    assert!(refused.is(Known::QuotaExhausted));
    assert_eq!(refused.problem().unwrap().retry_after, Some(Duration::from_hours(2)));
}

#[tokio::test]
async fn a_problem_tells_its_kind_its_fields_and_its_request() {
    let server = Server::answering(vec![answer(400, "", &problem(Known::Invalid))]).await;
    let refused = server.client.create_task(&NewTask::about("ab")).await.unwrap_err();
    let problem = refused.problem().unwrap();
    assert_eq!((problem.kind(), problem.status(), problem.request_id()), ("invalid", 400, "r-1"));
    assert_eq!(problem.fields()[0].field, "topic");
    assert_eq!(problem.to_string(), "The request is not valid: why");
    assert_eq!(server.asked().len(), 1, "what is wrong is not repeated");
}

#[tokio::test]
async fn what_the_gateway_says_is_no_problem_of_the_api_and_still_an_error() {
    let gateway = answer(401, "", &json!({"message": "Unauthorized"}));
    let page = "HTTP/1.1 403 x\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>".to_owned();
    let server = Server::answering(vec![gateway, page]).await;
    let refused = server.client.me().await.unwrap_err();
    assert!(refused.is_about_credentials() && refused.to_string().contains("Unauthorized"));
    let unknown = server.client.me().await.unwrap_err();
    assert_eq!((unknown.status(), unknown.is_about_credentials()), (Some(403), true));
    let role = Server::answering(vec![answer(403, "", &problem(Known::Forbidden))]).await;
    assert!(!role.client.me().await.unwrap_err().is_about_credentials(), "another key is of no use");
}

#[tokio::test]
async fn a_task_that_has_changed_is_412_and_named_so() {
    let server = Server::answering(vec![answer(412, "", &problem(Known::VersionMismatch))]).await;
    let call = Call::to(Route::EditDraft, &["task_1"]).if_version(1).json(&json!({})).unwrap();
    let refused = server.client.send(&call).await.unwrap_err();
    assert_eq!((refused.status(), refused.is(Known::VersionMismatch)), (Some(412), true));
}

#[tokio::test]
async fn a_list_is_read_page_by_page_even_over_an_empty_one() {
    let page = |items: &[u64], next: Value| {
        let data: Vec<Value> = items.iter().map(|version| task(*version, "pending")).collect();
        answer(200, "", &json!({"data": data, "next_cursor": next}))
    };
    let pages = vec![page(&[1, 2], json!("c 1")), page(&[], json!("c2")), page(&[3], Value::Null)];
    let server = Server::answering(pages).await;
    let all: Vec<Task> = server.client.tasks().try_collect().await.unwrap();
    assert_eq!(all.iter().map(|task| task.version).collect::<Vec<_>>(), [1, 2, 3]);
    let asked = server.asked();
    assert!(asked[1].head.contains("limit=100&cursor=c+1"), "{}", asked[1].head);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let first = answer(200, "etag: \"1\"\r\n", &task(1, "pending"));
    let unchanged = "HTTP/1.1 304 x\r\nconnection: close\r\n\r\n".to_owned();
    let server = Server::answering(vec![first, unchanged]).await;
    server.client.task("task_1").await.unwrap();
    assert_eq!(server.client.task("task_1").await.unwrap().version, 1);
    assert_eq!(server.asked()[1].header("if-none-match"), Some("\"1\""));
}

#[tokio::test]
async fn a_stream_that_was_cut_goes_on_where_it_was() {
    let half = format!("retry: 1\n{}{}id: 3\nevent: ta", event(1, "pending"), event(2, "generating"));
    let rest = format!("retry: 1\n{}event: end\ndata: {{\"reason\":\"over\"}}\n\n", event(4, "published"));
    let server = Server::answering(vec![stream(&half), String::new(), stream(&rest)]).await;
    let told: Vec<Followed> = server.client.follow("task_1").try_collect().await.unwrap();
    let versions: Vec<u64> = told
        .iter()
        .filter_map(|told| match told {
            Followed::Task(task) => Some(task.version),
            Followed::Over => None,
        })
        .collect();
    assert_eq!(versions, [1, 2, 4], "each once, and nothing of what was cut");
    let asked = server.asked();
    assert_eq!(asked[0].header("last-event-id"), None);
    assert_eq!((asked[1].header("last-event-id"), asked[2].header("last-event-id")), (Some("2"), Some("2")));
}

#[tokio::test]
async fn whoever_may_no_longer_follow_is_told() {
    let forbidden = "event: end\ndata: {\"reason\":\"forbidden\"}\n\n";
    let first = stream(&format!("retry: 1\n{}{forbidden}", event(1, "pending")));
    let server = Server::answering(vec![first, answer(403, "", &problem(Known::Forbidden))]).await;
    let told: Result<Vec<Followed>, Error> = server.client.follow("task_1").try_collect().await;
    assert!(told.unwrap_err().is(Known::Forbidden));
}

#[tokio::test]
async fn whoever_has_heard_it_all_is_told_that_it_is_over() {
    let first = stream(&format!("retry: 1\n{}", event(4, "published")));
    let heard = "HTTP/1.1 204 x\r\nconnection: close\r\n\r\n".to_owned();
    let server = Server::answering(vec![first, heard]).await;
    let told: Vec<Followed> = server.client.follow("task_1").try_collect().await.unwrap();
    assert!(matches!(told[..], [Followed::Task(_), Followed::Over]), "{told:?}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_page_in_the_place_of_a_stream_is_an_error_at_once() {
    let page = "HTTP/1.1 200 x\r\ncontent-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let server = Server::answering(vec![page.to_owned(), page.to_owned()]).await;
    let told: Result<Vec<Followed>, Error> = server.client.follow("task_1").try_collect().await;
    assert!(matches!(told, Err(Error::NoStream(_))), "{told:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn streams_that_end_with_nothing_told_are_not_opened_for_ever() {
    let server = Server::answering(vec![stream("retry: 1\n\n"); 9]).await;
    let told: Result<Vec<Followed>, Error> = server.client.follow("task_1").try_collect().await;
    assert_eq!(told.unwrap_err().status(), Some(504));
    assert_eq!(server.asked().len(), 5, "the first one, and as often again as anything is tried");
}

#[tokio::test]
async fn what_the_lost_first_answer_of_a_removal_did_is_done() {
    let gone = || answer(404, "", &problem(Known::NotFound));
    let server = Server::answering(vec![gone(), String::new(), gone()]).await;
    let call = Call::to(Route::RevokeKey, &["key_1"]);
    assert!(server.client.send(&call).await.unwrap_err().is(Known::NotFound), "the first answer says so");
    assert_eq!(server.client.send(&call).await.unwrap().status, 204);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn waiting_ends() {
    let server = Server::answering(vec![stream(&event(1, "pending"))]).await;
    let waited = server.client.wait_until("task_1", Duration::from_millis(300), |task| !task.status.moves()).await;
    // The server is gone after its one answer: either the time is up or the connection is refused for good.
    assert!(matches!(waited, Err(Error::StillWaiting { .. } | Error::NoAnswer { .. })), "{waited:?}");
}

#[tokio::test]
async fn the_key_goes_to_one_place() {
    let elsewhere = "location: http://127.0.0.1:1/\r\n";
    let server = Server::answering(vec![answer(302, elsewhere, &json!({}))]).await;
    assert_eq!(server.client.me().await.unwrap_err().status(), Some(302), "no redirect is followed");
    assert_eq!(server.asked()[0].header("authorization"), Some("bearer a-key"));
}
