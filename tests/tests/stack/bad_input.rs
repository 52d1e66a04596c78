//! What strangers, mistakes and attackers send, through the front door: a clear answer each, never a 500, never a word of
//! our inside.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_domain::access::{role::Access, route::Route};
use galley_tests::{Answer, Galley, answer, article, generated::is_of_operators, now_s, request};
use reqwest::Method;
use serde_json::{Value, json};

const TASKS: &str = "/api/content/tasks";

/// Words that only a stack trace, a library or our own inside would say.
const INSIDE: [&str; 16] = [
    "untagged",
    "invalid type",
    "unknown variant",
    "expected struct",
    "did not match",
    "panicked",
    "stack backtrace",
    ".rs:",
    "unwrap",
    "TASK#",
    "Dynamo",
    "dynoxide",
    "Validation",
    "AWS",
    "Bearer",
    "serde",
];

/// No answer may be a failure of ours or show how we are made.
fn is_plain(answer: &Answer, to: &str) {
    assert!(answer.status < 500, "{to}: {} {}", answer.status, answer.body);
    let text = answer.body.to_string();
    for word in INSIDE {
        assert!(!text.contains(word), "{to}: {text}");
    }
}

async fn raw(galley: &Galley, who: &str, method: &str, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let method: Method = method.parse().unwrap();
    answer(galley.request(who, method, path).header("content-type", "application/json").body(body)).await
}

/// Bodies that are wrong in every way that has a name, and one that is right.
fn bodies() -> Vec<Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    let mut bodies: Vec<Vec<u8>> = [
        "null",
        "0",
        "\"\"",
        "[]",
        "[{}]",
        "{}",
        "{",
        "}",
        "{\"\":\"\"}",
        "{\"a\":",
        "\u{feff}{}",
        "{\"topic\":NaN}",
        "{\"topic\":Infinity}",
        "{\"topic\":1e999}",
        "{\"topic\":\"\\ud800\"}",
        "{\"topic\":\"\\udc00\\ud800\"}",
        "{\"topic\":\"\\u0000\"}",
        "{\"topic\":\"a\",\"topic\":\"b\"}",
        "{'topic':'x'}",
        "{\"topic\":{\"S\":\"x\"}}",
        "{\"$gt\":\"\"}",
        "{\"__proto__\":{\"role\":\"admin\"}}",
        "{\"constructor\":{}}",
        "{\"ids\":[null]}",
        "{\"tasks\":[null,[],{}]}",
        "{\"ids\":[\"../../x\"],\"action\":\"cancel\"}",
        "{\"revision\":-1}",
        "{\"revision\":4294967296}",
        "{\"revision\":1.5}",
        "{\"approved\":\"true\"}",
        "{\"publish_at\":\"tomorrow\"}",
        "{\"publish_at\":\"+292277026596-12-04T15:30:07Z\"}",
        "{\"max_cost_usd\":\"NaN\"}",
        "{\"max_cost_usd\":1e308}",
        "{\"metadata\":{\"a\":{}}}",
        "{\"limit\":0}",
        "// comment\n{}",
        "{\"a\":1,}",
    ]
    .map(text)
    .into();
    bodies.push(b"\xff\xfe\x00{".to_vec());
    bodies.push(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".to_vec());
    bodies.push([b"[".repeat(10_000), b"]".repeat(10_000)].concat());
    bodies.push(b"{\"a\":".repeat(10_000));
    bodies.push(format!("{{\"topic\":\"{}\"}}", "x".repeat(200_000)).into_bytes());
    bodies.push(request().to_string().into_bytes());
    bodies
}

#[tokio::test]
async fn no_body_breaks_any_route() {
    let galley = Galley::start().await;
    let task = galley.drafted().await;
    let id = task.rsplit('/').next().unwrap();
    let writes = Route::ALL.iter().filter(|route| route.method() != "GET" && route.access() != Access::Public);
    for route in writes {
        let path = route.path().replace("{task_id}", id).replace("{delivery_id}", "x").replace("{source}", "nobody");
        let who = if is_of_operators(*route) { "operator" } else { "admin" };
        for body in bodies() {
            let to = format!("{route:?} {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
            is_plain(&raw(&galley, who, route.method(), &path, body).await, &to);
        }
    }
}

#[tokio::test]
async fn no_path_query_or_header_breaks_any_route() {
    let galley = Galley::start().await;
    let words = [
        "..",
        "%2e%2e%2f",
        "%00",
        "%0d%0aset-cookie:x",
        "%1b[31mred",
        "a%20b",
        "%F0%9F%98%80",
        "'%20OR%201=1",
        "$ne",
        "META",
        "TASK%23x",
        "task_%30",
        "-1",
        "0",
        "99999999999999999999",
        "NaN",
        "%C3%28",
        &"x".repeat(3000),
    ];
    for route in Route::ALL.iter().filter(|route| route.path().contains('{')) {
        for word in words {
            let path: String = route
                .path()
                .split('/')
                .map(|part| if part.starts_with('{') { word } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let who = if is_of_operators(*route) { "operator" } else { "admin" };
            let answered = answer(galley.request(who, route.method().parse().unwrap(), &path).json(&json!({}))).await;
            is_plain(&answered, &path);
            assert!(!answered.headers.contains_key("set-cookie"));
        }
    }
    for name in ["limit", "cursor", "status", "task_type", "unknown"] {
        for word in words {
            let path = format!("{TASKS}?{name}={word}");
            is_plain(&galley.get("viewer", &path).await, &path);
        }
    }
    for name in
        ["if-match", "if-none-match", "traceparent", "x-request-id", "accept", "content-type", "api-version", "origin"]
    {
        for value in ["\"99999999999999999999\"", "W/\"1\"", "\t", "\u{e9}", "a,b", "00-zz-zz-00", &"y".repeat(4000)] {
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            let asked = galley.request("author", Method::POST, TASKS).header(name, value).body("{\"topic\":\"x\"}");
            is_plain(&answer(asked).await, name);
        }
    }
}

#[tokio::test]
async fn each_rule_of_a_request_has_its_answer() {
    let galley = Galley::start().await;
    let many: Vec<String> = (0..10_000).map(|nth| format!("t{nth}")).collect();
    let four_bytes = "\u{1f980}";
    for (field, value) in [
        ("topic", json!("")),
        ("topic", json!(" \t\u{3000}\u{a0} ")),
        ("topic", json!("safe\u{202e}gpj.exe")),
        ("topic", json!("in\u{2066}visible")),
        ("topic", json!("tag\u{e0041}ged")),
        ("topic", json!("line\r\nfeed")),
        ("topic", json!("\u{1b}[31mred")),
        ("topic", json!("nul\u{0}nul")),
        ("topic", json!(four_bytes.repeat(201))),
        ("tags", json!(many)),
        ("categories", json!(["a", "b", "c", "d", "e", "f"])),
        ("metadata", json!({"k": "x".repeat(3000)})),
        ("tenant", json!("rival")),
        ("state", json!("published")),
        ("status", json!("published")),
        ("cost", json!("0")),
        ("cost_usd", json!("0")),
        ("task_id", json!("task_00000000000000000000000000000000")),
        ("requested_by", json!("ana")),
        ("max_cost_usd", json!("1e400")),
        ("target_length", json!(1_000_000)),
    ] {
        let mut body = request();
        body[field] = value;
        let refused = galley.post("author", TASKS, body).await.expect(400);
        let named = refused.body["errors"][0]["field"].as_str().unwrap().to_owned();
        assert_eq!(named.split(['.', '[']).next().unwrap(), field, "{}", refused.body);
        assert_eq!(refused.body["errors"].as_array().unwrap().len(), 1);
        is_plain(&refused, field);
    }
    let list = galley.get("viewer", TASKS).await.expect(200);
    assert_eq!(list.body["data"], json!([]), "nothing of all this was accepted");
}

#[tokio::test]
async fn odd_but_honest_text_is_kept_as_it_is() {
    let galley = Galley::start().await;
    let topics = [
        "\u{1f980}".repeat(200),
        // Looks like another word; it is the sender's own business, and stays what it is.
        "\u{440}\u{430}ypal and \u{391}pple".to_owned(),
        "\u{1f469}\u{200d}\u{1f4bb} writes".to_owned(),
        "\u{646}\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}".to_owned(),
        "size = :value AND #name <> :ttl".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        "'; DROP TABLE tasks; --".to_owned(),
        "${jndi:ldap://x} {{7*7}} %s %n".to_owned(),
    ];
    for topic in topics {
        let path = galley.create(json!({"topic": topic, "target_length": 200, "generator": "external"})).await;
        assert_eq!(galley.get("viewer", &path).await.expect(200).body["topic"], topic);
    }
}

#[tokio::test]
async fn words_that_the_table_reserves_are_only_words() {
    let galley = Galley::start().await;
    let words = ["#name", ":value", "ttl", "size", "status", "attribute_exists(pk)", "SET x = :y", "__name__", "NULL"];
    let metadata: Value =
        words.iter().map(|word| ((*word).to_owned(), json!(word))).collect::<serde_json::Map<_, _>>().into();
    for word in words {
        let body = json!({
            "topic": format!("About {word}"), "tags": [word], "categories": [word], "target_audience": word,
            "primary_keyword": word, "model": format!("custom/{word}"), "metadata": metadata,
            "models_by_phase": {"draft": format!("custom/{word}")},
            "target_length": 200, "generator": "external",
        });
        let path = galley.create(body.clone()).await;
        let task = galley.get("viewer", &path).await.expect(200).body;
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&task[name], value, "{name}");
        }
        let closed =
            galley.post("author", &format!("{path}/cancel"), json!({"reason": format!("because {word}")})).await;
        closed.expect(200);
    }
}

#[tokio::test]
async fn what_a_webhook_must_not_be() {
    let galley = Galley::start().await;
    let send = async |body: Vec<u8>, headers: &[(&str, &str)]| {
        let now = now_s().to_string();
        let signature = galley.sign(&now, &body);
        let mut asked = galley.webhook_request().body(body);
        asked = asked.header("x-webhook-timestamp", now).header("x-webhook-signature", signature);
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        answer(asked).await
    };
    for body in bodies() {
        let answered = send(body.clone(), &[]).await;
        assert_eq!(answered.status, 400, "{}", String::from_utf8_lossy(&body[..body.len().min(60)]));
        is_plain(&answered, "a webhook");
    }
    assert_eq!(send(vec![b'x'; 300 * 1024], &[]).await.expect(413).problem(), "body-too-large");
    send(b"{}".to_vec(), &[("content-encoding", "gzip")]).await.expect(415);
    // A second header makes a list of the two, which is no signature.
    send(b"{}".to_vec(), &[("x-webhook-signature", "00")]).await.expect(401);
    send(b"{}".to_vec(), &[("x-webhook-timestamp", "1")]).await.expect(400);
    // What the body says of its tenant, or of a state, counts for nothing.
    let task = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = task.rsplit('/').next().unwrap();
    let body = json!({
        "event_id": "mass", "event_type": "content.generated", "task_id": id, "tenant": "rival", "state": "published",
        "content": {"title": "Mass assigned", "markdown": article("Mass assigned"), "state": "published", "revision": 9},
    });
    let answered = galley.webhook(&body).await;
    if answered.status == 202 {
        let drafted = galley.wait(&task, "awaiting_approval").await;
        assert_eq!((&drafted["revision"], &drafted["published_url"]), (&json!(1), &Value::Null));
    } else {
        answered.expect(400);
        galley.wait(&task, "pending").await;
    }
}

#[tokio::test]
async fn a_log_line_is_one_line_and_shows_no_body_key_or_token() {
    let galley = Galley::start().await;
    let secret_word = "sesame-in-the-body";
    let sly = "\u{1b}[31m\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}";
    let quoted = sly.replace('\u{1b}', "%1b").replace('\r', "%0d").replace('\n', "%0a").replace('"', "%22");
    galley.get("viewer", &format!("{TASKS}/{quoted}")).await.expect(404);
    galley.post("author", TASKS, json!({"topic": secret_word, "style": sly})).await.expect(400);
    let mut body = request();
    body["topic"] = json!(secret_word);
    let path = galley.create(body).await;
    galley.wait(&path, "awaiting_approval").await;
    galley.post("author", &format!("{path}/cancel"), json!({"reason": secret_word})).await.expect(200);
    let mut lines = 0;
    for file in std::fs::read_dir(galley.stack.data().join("logs")).unwrap() {
        for line in std::fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            lines += 1;
            let event: Value = serde_json::from_str(line).unwrap();
            assert!(event["message"] != "forged" && event["level"] != "ERROR", "{line}");
            assert!(!line.contains('\u{1b}'), "{line}");
            assert!(!line.contains(secret_word), "{line}");
            assert!(["author", "viewer", "admin"].iter().all(|who| !line.contains(galley.key(who))), "{line}");
        }
    }
    assert!(lines > 1, "the functions log");
}

#[tokio::test]
async fn a_body_of_unknown_fields_gets_a_short_answer() {
    let galley = Galley::start().await;
    let fields = (0..20_000).map(|at| format!("\"f{at}\":1")).collect::<Vec<_>>().join(",");
    let refused = raw(&galley, "author", "POST", TASKS, format!("{{\"topic\":\"x\",{fields}}}")).await.expect(400);
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 20);
    assert!(refused.body["detail"].as_str().unwrap().ends_with("more problems are not listed"), "{}", refused.body);
    assert!(refused.body.to_string().len() < 4096);
    let long = raw(&galley, "author", "POST", TASKS, format!("{{\"{}\":1}}", "x".repeat(200_000))).await.expect(400);
    assert!(long.body.to_string().len() < 1024);
    let inside = raw(&galley, "author", "POST", TASKS, "{\"topic\":\"Cost\",\"max_cost_usd\":true}").await.expect(400);
    let rule = inside.body["errors"][0]["message"].as_str().unwrap();
    assert!(rule.starts_with("must be a decimal amount of dollars"), "{rule}");
}
