//! Threads and articles on social networks: what the stand-ins refuse, as the networks' documents say, and what a target makes of it.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_adapters::{callback_sender::HttpCallbackSender, targets::HttpTargets};
use galley_domain::{
    kernel::ids::TaskId,
    outbox::{
        port::{Mark, Piece, Publication, PublishingTarget, Seen, SeenState, Site, Trail},
        posts,
        target::Target,
        trouble::{Effect, Trouble, Why},
    },
};
use galley_local::networks::{
    bluesky::{self, Bluesky},
    mastodon::{self, Mastodon},
};
use galley_testkit::{
    build::a_target,
    target_contract::{self, Addresses, Drafts, Kept, a_piece, a_thread, published},
};
use galley_tests::{Galley, answer, approval, options};
use reqwest::{Client, Method};
use secrecy::SecretString;
use serde_json::{Value, json};

const KEEPS: (Kept, Drafts, Addresses) = (Kept::AsSent, Drafts::NotThere, Addresses::ItsOwn);

/// An account, and what posts there.
struct Bench {
    targets: HttpTargets,
    target: Target,
    secret: SecretString,
}

impl Bench {
    fn of(stand_in: &str, host: &str, settings: Value, secret: &str) -> Self {
        let url = format!("https://{host}").try_into().unwrap();
        let settings = serde_json::from_value(settings).unwrap();
        let target = Target { url, settings, ..a_target("blog") };
        let targets = HttpTargets::new(HttpCallbackSender::new(stand_in.parse().unwrap()));
        Self { targets, target, secret: SecretString::from(secret.to_owned()) }
    }

    fn site(&self) -> Site<'_> {
        Site { target: &self.target, secret: &self.secret }
    }

    async fn draft(&self, piece: &Piece) -> Result<Seen, Trouble> {
        let task = TaskId::new(format!("task_{}", "0".repeat(32))).unwrap();
        self.targets.draft(self.site(), &Mark::of(&task, &"blog".parse().unwrap()), piece).await
    }

    async fn published(&self, from: &Seen, piece: &Piece) -> Result<Seen, Trouble> {
        published(&self.targets, self.site(), from, piece, Publication::First).await
    }

    /// A try after one whose last call got lost, as a worker makes it.
    async fn gone_on(&self, from: &Seen, piece: &Piece) -> Seen {
        let intended = self.targets.fingerprint(self.site(), piece);
        let writing = posts::after(&from.fingerprint, &intended);
        let look = self.targets.look(self.site(), Trail::Writing(&from.id, &writing)).await.unwrap();
        self.published(&look.unwrap_or_else(|| from.clone()), piece).await.unwrap()
    }
}

fn on_mastodon(mastodon: &Mastodon, settings: &Value) -> Bench {
    let mut of_kind = json!({"kind": "mastodon"});
    for (name, value) in settings.as_object().unwrap() {
        of_kind[name] = value.clone();
    }
    Bench::of(&mastodon.stand_in(), mastodon::HOST, of_kind, mastodon::TOKEN)
}

fn texts(mastodon: &Mastodon) -> Vec<String> {
    mastodon.statuses().into_iter().map(|status| status.text).collect()
}

#[tokio::test]
async fn a_mastodon_keeps_the_contract_of_targets() {
    let mastodon = Mastodon::start().await.unwrap();
    let bench = on_mastodon(&mastodon, &json!({"site_url": "https://www.example.com/posts"}));
    target_contract::holds_for(&bench.targets, bench.site(), "one", KEEPS).await;
    assert_eq!(mastodon.statuses(), [], "all were taken down");
}

/// Each row of docs/targets.md is one.
#[tokio::test]
async fn a_stand_in_of_mastodon_refuses_what_breaks_a_documented_rule() {
    let mastodon = Mastodon::start().await.unwrap();
    let client = Client::new();
    let ask = async |method: Method, path: &str, token: &str, key: &str, body: Value| {
        let asked = client.request(method, format!("http://{}/api{path}", mastodon.address)).bearer_auth(token);
        let answer = asked.header("idempotency-key", key).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.headers().clone(), answer.json::<Value>().await.unwrap())
    };
    let post = async |key: &str, body: Value| ask(Method::POST, "/v1/statuses", mastodon::TOKEN, key, body).await;
    let (status, ..) = ask(Method::POST, "/v1/statuses", "nobody's", "a", json!({"status": "A"})).await;
    assert_eq!(status, 401);
    let most =
        format!("{} https://example.com/{} @ana@social.example.com", "ü".repeat(500 - 23 - 4 - 2), "x".repeat(99));
    for (body, status) in [
        (json!({"status": "  "}), 422),
        (json!({"status": "x".repeat(501)}), 422),
        (json!({"status": format!("{most}.")}), 422),
        (json!({"status": "A", "in_reply_to_id": "1"}), 404),
        (json!({"status": format!("{}(https://example.com/a)を", "x".repeat(500 - 23 - 2))}), 422),
        (json!({"status": format!("{}(https://example.com/a)を", "x".repeat(500 - 23 - 3))}), 200),
        (json!({"status": most}), 200),
    ] {
        assert_eq!(post("", body.clone()).await.0, status, "{body}");
        mastodon.rule(|rules| rules.forgets_keys = true);
    }
    for (method, path) in
        [(Method::PUT, "/v1/statuses/1"), (Method::DELETE, "/v1/statuses/1"), (Method::GET, "/v1/statuses/1/source")]
    {
        assert_eq!(ask(method, path, mastodon::TOKEN, "", json!({"status": "A"})).await.0, 404, "{path}");
    }
    mastodon.rule(|rules| rules.forgets_keys = false);
    let (first, second) =
        (post("a key", json!({"status": "Once"})).await.2, post("a key", json!({"status": "Once"})).await.2);
    assert_eq!(first["id"], second["id"], "a request is known by its key");
    let id = first["id"].as_str().unwrap();
    let edited =
        ask(Method::PUT, &format!("/v1/statuses/{id}"), mastodon::TOKEN, "", json!({"status": "x".repeat(501)})).await;
    assert_eq!(edited.0, 422, "an edit is counted, too");
    ask(Method::DELETE, &format!("/v1/statuses/{id}"), mastodon::TOKEN, "", json!({})).await;
    assert_eq!(post("a key", json!({"status": "Once"})).await.0, 404, "a key of what was deleted finds nothing");
    for _ in 0..2 {
        let later = json!({"status": "Later", "scheduled_at": "2099-01-01T00:00:00Z"});
        assert_eq!(post("another key", later).await.0, 200);
    }
    assert_eq!(mastodon.scheduled(), 2, "the key of a request that schedules is not looked at");
    mastodon.rule(|rules| rules.scopes = vec!["read".to_owned()]);
    assert_eq!(post("", json!({"status": "A"})).await.0, 403);
    mastodon.rule(|rules| rules.limited_until = Some("2099-01-01T00:00:00Z".parse().unwrap()));
    let (status, headers, _) = post("", json!({"status": "A"})).await;
    assert_eq!((status, &headers["x-ratelimit-reset"]), (429, &"2099-01-01T00:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_thread_with_a_post_that_mastodon_would_refuse_is_refused_before_any_is_sent() {
    let mastodon = Mastodon::start().await.unwrap();
    let bench = on_mastodon(&mastodon, &json!({}));
    let thread = a_thread(&["One.", "Two."]);
    let long = a_thread(&["One.", &"x".repeat(501)]);
    let refused = bench.draft(&long).await.unwrap_err();
    assert_eq!((refused.why, refused.effect), (Why::TooLong, Effect::Never));
    assert_eq!(bench.draft(&a_thread(&[])).await.unwrap_err().why, Why::Rejected, "a thread of no post");
    let seen = bench.published(&bench.draft(&thread).await.unwrap(), &thread).await.unwrap();
    assert_eq!(bench.published(&seen, &long).await.unwrap_err().why, Why::TooLong);
    mastodon.rule(|rules| rules.max_characters = 3);
    assert_eq!(
        bench.published(&seen, &a_thread(&["1.", "Three"])).await.unwrap_err().why,
        Why::TooLong,
        "as its server counts"
    );
    assert_eq!(texts(&mastodon), ["One.", "Two."]);
}

#[tokio::test]
async fn a_test_of_a_mastodon_tells_what_is_in_the_way() {
    let mastodon = Mastodon::start().await.unwrap();
    let bench = on_mastodon(&mastodon, &json!({}));
    assert!(bench.targets.greet(bench.site()).await.unwrap().may_publish);
    let wrong = SecretString::from("the token of nobody");
    let refused = bench.targets.greet(Site { target: &bench.target, secret: &wrong }).await.unwrap_err();
    assert_eq!(refused.why, Why::CredentialsRefused);
    mastodon.rule(|rules| rules.scopes = vec!["read".to_owned()]);
    assert!(!bench.targets.greet(bench.site()).await.unwrap().may_publish, "a token that may only read");
    let draft = bench.draft(&a_thread(&["One."])).await.unwrap();
    assert_eq!(bench.published(&draft, &a_thread(&["One."])).await.unwrap_err().why, Why::NotAllowed);
    let in_five_minutes = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(5);
    mastodon.rule(|rules| rules.limited_until = Some(in_five_minutes));
    let limited = bench.targets.greet(bench.site()).await.unwrap_err();
    assert_eq!(limited.why, Why::RateLimited);
    assert!(limited.after.is_some_and(|wait| (280..=300).contains(&wait.as_secs())), "{limited:?}");
}

#[tokio::test]
async fn a_thread_that_broke_goes_on_where_it_broke_and_takes_nobody_elses_post_for_its_own() {
    for forgets in [false, true] {
        let mastodon = Mastodon::start().await.unwrap();
        let bench = on_mastodon(&mastodon, &json!({}));
        let thread = a_thread(&["One.", "Two.", "Three. #go"]);
        let mut seen = bench.draft(&thread).await.unwrap();
        for lost in 0..3 {
            mastodon.rule(|rules| (rules.loses_an_answer, rules.forgets_keys) = (true, forgets));
            let (id, over) = (&seen.id, &seen.fingerprint);
            let trouble = bench.targets.publish(bench.site(), id, &thread, Publication::First, over).await.unwrap_err();
            assert_eq!(trouble.effect, Effect::Unknown);
            // The people who have the account post, too, and one of them answers.
            mastodon.by_hand(|statuses| {
                let last = statuses[statuses.len() - 1].clone();
                statuses.push(mastodon::Status { id: last.id + 1, text: format!("By hand {lost}"), ..last });
            });
            let writing = posts::after(&seen.fingerprint, &bench.targets.fingerprint(bench.site(), &thread));
            seen = bench.targets.look(bench.site(), Trail::Writing(&seen.id, &writing)).await.unwrap().unwrap();
            assert_eq!((seen.state, &seen.fingerprint), (SeenState::Public, &writing), "{lost}");
        }
        let whole = bench.gone_on(&seen, &thread).await;
        assert_eq!(whole.url.as_deref(), Some("https://mastodon.example.com/@editors/110000000000000001"));
        let ours: Vec<String> = texts(&mastodon).into_iter().filter(|text| !text.starts_with("By hand")).collect();
        assert_eq!(ours, ["One.", "Two.", "Three. #go"], "each once");
    }
}

#[tokio::test]
async fn an_article_is_one_post_that_leads_to_it_and_what_somebody_changed_is_seen() {
    let mastodon = Mastodon::start().await.unwrap();
    let bench =
        on_mastodon(&mastodon, &json!({"site_url": "https://www.example.com/posts/", "visibility": "unlisted"}));
    let article = Piece { language: "de-AT".to_owned(), excerpt: "word ".repeat(200), ..a_piece("An article") };
    let seen = bench.published(&bench.draft(&article).await.unwrap(), &article).await.unwrap();
    let status = &mastodon.statuses()[0];
    assert!(status.text.starts_with("An article & “more”\n\nword word"), "{}", status.text);
    assert!(status.text.ends_with("word…\n\nhttps://www.example.com/posts/an-article/"), "{}", status.text);
    assert_eq!((status.visibility.as_str(), status.language.as_deref()), ("unlisted", Some("de")));
    mastodon.by_hand(|statuses| statuses[0].text = "By hand".to_owned());
    let edited = bench.targets.look(bench.site(), Trail::Id(&seen.id)).await.unwrap().unwrap();
    assert_ne!(edited.fingerprint, seen.fingerprint);
    assert_eq!(
        bench.published(&edited, &article).await.unwrap().fingerprint,
        seen.fingerprint,
        "over what was seen it may go"
    );
    mastodon.by_hand(|statuses| statuses[0].deleted = true);
    assert_eq!(bench.targets.look(bench.site(), Trail::Id(&seen.id)).await.unwrap(), None);
    assert_eq!(
        bench.published(&seen, &Piece { title: "Another".to_owned(), ..article }).await.unwrap_err().why,
        Why::RemovedThere
    );
}

#[tokio::test]
async fn what_another_account_posted_on_mastodon_is_not_taken_for_deleted() {
    let mastodon = Mastodon::start().await.unwrap();
    let bench = on_mastodon(&mastodon, &json!({}));
    let thread = a_thread(&["One.", "Two."]);
    let seen = bench.published(&bench.draft(&thread).await.unwrap(), &thread).await.unwrap();
    let others = SecretString::from(mastodon::OTHERS_TOKEN);
    let site = Site { target: &bench.target, secret: &others };
    assert!(bench.targets.greet(site).await.unwrap().may_publish, "the token is one");
    let refused = bench.targets.unpublish(site, &seen.id).await.unwrap_err();
    assert_eq!((refused.why, refused.effect), (Why::NotAllowed, Effect::None));
    assert_eq!(texts(&mastodon), ["One.", "Two."]);
    for _ in 0..2 {
        bench.targets.unpublish(bench.site(), &seen.id).await.unwrap();
        assert_eq!(mastodon.statuses(), [], "what is gone counts as deleted");
    }
}

fn on_bluesky(bluesky: &Bluesky, password: &str) -> Bench {
    let settings = json!({"kind": "bluesky", "handle": bluesky::HANDLE, "site_url": "https://www.example.com/posts"});
    Bench::of(&bluesky.stand_in(), bluesky::HOST, settings, password)
}

fn records(bluesky: &Bluesky) -> Vec<Value> {
    bluesky.records().into_values().collect()
}

#[tokio::test]
async fn a_bluesky_keeps_the_contract_of_targets() {
    let bluesky = Bluesky::start().await.unwrap();
    let bench = on_bluesky(&bluesky, bluesky::PASSWORD);
    target_contract::holds_for(&bench.targets, bench.site(), "one", KEEPS).await;
    assert_eq!(records(&bluesky), Vec::<Value>::new(), "all were taken down");
    assert_eq!(bluesky.sessions(), 1, "a session is begun once");
}

const POST: &str = "app.bsky.feed.post";
const KEY: &str = "3jzfcijpj2z2a";

fn a_record() -> Value {
    json!({"$type": POST, "text": "A", "createdAt": "2026-11-29T12:00:00.000Z"})
}

/// Bluesky's own calls, as any client makes them.
struct Xrpc<'a> {
    client: Client,
    bluesky: &'a Bluesky,
}

impl Xrpc<'_> {
    async fn ask(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let url = format!("http://{}/xrpc/{path}", self.bluesky.address);
        let answer = self.client.request(method, url).bearer_auth(token).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn begin(&self, password: &str) -> (u16, Value) {
        let body = json!({"identifier": bluesky::HANDLE, "password": password});
        self.ask(Method::POST, "com.atproto.server.createSession", "", body).await
    }

    async fn token(&self) -> String {
        self.begin(bluesky::PASSWORD).await.1["accessJwt"].as_str().unwrap().to_owned()
    }

    /// The status, the error and the version that was made.
    async fn put(&self, token: &str, key: &str, record: &Value, swap: Option<Value>) -> (u16, String, Value) {
        let mut body = json!({"repo": bluesky::DID, "collection": POST, "rkey": key, "record": record});
        if let Some(swap) = swap {
            body["swapRecord"] = swap;
        }
        let (status, said) = self.ask(Method::POST, "com.atproto.repo.putRecord", token, body).await;
        (status, said["error"].as_str().unwrap_or_default().to_owned(), said["cid"].clone())
    }
}

/// Each row of docs/targets.md is one.
#[tokio::test]
async fn a_stand_in_of_bluesky_refuses_what_breaks_a_documented_rule() {
    let bluesky = Bluesky::start().await.unwrap();
    let asking = Xrpc { client: Client::new(), bluesky: &bluesky };
    assert_eq!(asking.begin("nobody's").await.0, 401);
    let token = asking.token().await;
    let with = |field: &str, value: Value| {
        let mut record = a_record();
        record[field] = value;
        record
    };
    assert_eq!(asking.put("nobody's", KEY, &a_record(), None).await.0, 401);
    let facet = |feature: Value| json!([{"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}]);
    let tag = |tag: String| facet(json!({"$type": "app.bsky.richtext.facet#tag", "tag": tag}));
    for (key, record) in [
        ("a-title", a_record()),
        ("zzzzzzzzzzzzz", a_record()),
        (KEY, with("$type", json!("app.bsky.feed.like"))),
        (KEY, with("text", json!("x".repeat(301)))),
        (KEY, with("text", json!(format!("{}", "👩‍👩‍👧".repeat(170))))),
        (KEY, with("createdAt", json!("yesterday"))),
        (KEY, with("langs", json!(["en", "de", "fr", "pl"]))),
        (KEY, with("reply", json!({"root": {"uri": "at://a"}, "parent": {}}))),
        (KEY, with("facets", tag("x".repeat(65)))),
        (KEY, with("facets", facet(json!({"$type": "app.bsky.richtext.facet#link", "uri": "nowhere"})))),
    ] {
        assert_eq!(asking.put(&token, key, &record, None).await.1, "InvalidRequest", "{key} {record}");
    }
    let (_, _, cid) = asking.put(&token, KEY, &with("text", json!("👩‍👩‍👧".repeat(150))), Some(Value::Null)).await;
    assert!(cid.is_string(), "as people count");
    for swap in [Value::Null, json!("bafyreiother")] {
        assert_eq!(asking.put(&token, KEY, &a_record(), Some(swap)).await.1, "InvalidSwap", "over another version");
    }
    assert_eq!(asking.put(&token, KEY, &a_record(), Some(cid)).await.0, 200);
    assert_eq!(asking.put(&token, KEY, &a_record(), Some(Value::Null)).await.0, 200, "the same record is no write");
    assert_eq!(bluesky.writes(), 2);
}

/// Each row of docs/targets.md is one.
#[tokio::test]
async fn a_stand_in_of_bluesky_keeps_to_its_account_and_its_limits() {
    let bluesky = Bluesky::start().await.unwrap();
    let asking = Xrpc { client: Client::new(), bluesky: &bluesky };
    let token = asking.token().await;
    let of = json!({"repo": bluesky::DID, "collection": POST, "rkey": KEY});
    for _ in 0..2 {
        assert_eq!(
            asking.ask(Method::POST, "com.atproto.repo.deleteRecord", &token, of.clone()).await.0,
            200,
            "or it is not there"
        );
    }
    let path = format!("com.atproto.repo.getRecord?repo={}&collection={POST}&rkey={KEY}", bluesky::DID);
    assert_eq!(
        asking.ask(Method::GET, &path, &token, json!({})).await,
        (400, json!({"error": "RecordNotFound", "message": "In its words"}))
    );
    let others = json!({"repo": "did:plc:another", "collection": POST, "rkey": KEY, "record": a_record()});
    assert_eq!(
        asking.ask(Method::POST, "com.atproto.repo.putRecord", &token, others).await.0,
        401,
        "of another account"
    );
    bluesky.rule(|rules| rules.over = 1);
    assert_eq!(asking.put(&token, KEY, &a_record(), None).await.1, "ExpiredToken");
    bluesky.rule(|rules| rules.limited_until = Some(4_102_444_800));
    assert_eq!(asking.put(&token, KEY, &a_record(), None).await.0, 429);
}

#[tokio::test]
async fn a_post_on_bluesky_has_its_links_hashtags_and_language_and_a_thread_is_one() {
    let bluesky = Bluesky::start().await.unwrap();
    let bench = on_bluesky(&bluesky, bluesky::PASSWORD);
    let thread = Piece {
        language: "de-AT".to_owned(),
        ..a_thread(&["Größe 👩‍👩‍👧 zählt: <a href=\"https://example.com/a?b=1&amp;c=2\">mehr</a>.", "Zwei. #Größe"])
    };
    let long = a_thread(&["One.", &"x".repeat(301)]);
    assert_eq!(bench.draft(&long).await.unwrap_err().why, Why::TooLong);
    let seen = bench.published(&bench.draft(&thread).await.unwrap(), &thread).await.unwrap();
    let all = records(&bluesky);
    let marked = |record: &Value, nth: usize| {
        let at = |name: &str| usize::try_from(record["facets"][nth]["index"][name].as_u64().unwrap()).unwrap();
        record["text"].as_str().unwrap()[at("byteStart")..at("byteEnd")].to_owned()
    };
    assert_eq!(all[0]["text"], "Größe 👩‍👩‍👧 zählt: mehr (https://example.com/a?b=1&c=2).");
    assert_eq!(
        (marked(&all[0], 0), marked(&all[1], 0)),
        ("https://example.com/a?b=1&c=2".to_owned(), "#Größe".to_owned())
    );
    assert_eq!(all[0]["facets"][0]["features"][0]["uri"], "https://example.com/a?b=1&c=2");
    assert_eq!((&all[1]["facets"][0]["features"][0]["tag"], &all[1]["langs"]), (&json!("Größe"), &json!(["de-AT"])));
    assert_eq!(all[1]["reply"]["root"], all[1]["reply"]["parent"]);
    assert_eq!(
        (&all[0]["createdAt"], &all[1]["createdAt"]),
        (&json!("1970-01-01T00:00:00.000Z"), &json!("1970-01-01T00:00:00.001Z")),
        "of when the article went live"
    );
    let key = bluesky.records().into_keys().next().unwrap();
    assert_eq!(seen.url, Some(format!("https://bsky.app/profile/{}/post/{key}", bluesky::DID)));
    // A later text keeps the keys, and what else stands in a record.
    let changed = Piece { language: "de-AT".to_owned(), ..a_thread(&["Ohne Link.", "Zwei. #Größe"]) };
    bench.published(&seen, &changed).await.unwrap();
    let now = records(&bluesky);
    assert_eq!(
        (&now[0]["text"], now[0].get("facets"), &now[0]["createdAt"]),
        (&json!("Ohne Link."), None, &all[0]["createdAt"])
    );
    assert_eq!((now.len(), &now[1]), (2, &all[1]));
}

#[tokio::test]
async fn what_somebody_writes_on_bluesky_between_a_look_and_a_write_is_not_written_over() {
    let bluesky = Bluesky::start().await.unwrap();
    let bench = on_bluesky(&bluesky, bluesky::PASSWORD);
    let (one, other) = (a_thread(&["One."]), a_thread(&["Another."]));
    let seen = bench.published(&bench.draft(&one).await.unwrap(), &one).await.unwrap();
    bluesky.by_hand(|records| records.values_mut().for_each(|record| record["text"] = json!("By hand")));
    let refused = bench.published(&seen, &other).await.unwrap_err();
    assert_eq!((refused.why, refused.effect), (Why::EditedThere, Effect::None));
    let edited = bench.targets.look(bench.site(), Trail::Id(&seen.id)).await.unwrap().unwrap();
    assert_ne!(edited.fingerprint, seen.fingerprint);
    bench.published(&edited, &other).await.unwrap();
    assert_eq!(records(&bluesky)[0]["text"], "Another.", "over what was seen it may go");
    // A key at which something is already is not written to.
    let draft = bench.draft(&one).await.unwrap();
    assert_eq!(bench.published(&draft, &one).await.unwrap_err().why, Why::EditedThere);
}

#[tokio::test]
async fn a_thread_on_bluesky_that_broke_goes_on_and_a_session_that_is_over_is_begun_anew() {
    let bluesky = Bluesky::start().await.unwrap();
    let bench = on_bluesky(&bluesky, bluesky::PASSWORD);
    assert!(bench.targets.greet(bench.site()).await.unwrap().may_publish);
    let wrong = on_bluesky(&bluesky, "the password of nobody");
    assert_eq!(wrong.targets.greet(wrong.site()).await.unwrap_err().why, Why::CredentialsRefused);
    let thread = a_thread(&["One.", "Two.", "Three. #go"]);
    let mut seen = bench.draft(&thread).await.unwrap();
    for lost in 0..3 {
        bluesky.rule(|rules| (rules.loses_an_answer, rules.over) = (true, lost));
        let (id, over) = (&seen.id, &seen.fingerprint);
        let trouble = bench.targets.publish(bench.site(), id, &thread, Publication::First, over).await.unwrap_err();
        assert_eq!(trouble.effect, Effect::Unknown, "{lost}");
        let writing = posts::after(&seen.fingerprint, &bench.targets.fingerprint(bench.site(), &thread));
        seen = bench.targets.look(bench.site(), Trail::Writing(&seen.id, &writing)).await.unwrap().unwrap();
        assert_eq!(seen.fingerprint, writing, "{lost}");
    }
    bench.gone_on(&seen, &thread).await;
    assert_eq!((bluesky.writes(), records(&bluesky).len()), (3, 3), "each once");
    assert_eq!(bluesky.sessions(), 3);
    bluesky.rule(|rules| rules.limited_until = Some(jiff::Timestamp::now().as_second() + 300));
    let limited = bench.targets.greet(bench.site()).await.unwrap_err();
    assert_eq!(limited.why, Why::RateLimited);
    assert!(limited.after.is_some_and(|wait| (280..=300).contains(&wait.as_secs())), "{limited:?}");
}

#[tokio::test]
async fn whatever_is_asked_of_bluesky_at_once_begins_one_session() {
    let bluesky = Bluesky::start().await.unwrap();
    let bench = on_bluesky(&bluesky, bluesky::PASSWORD);
    let thread = a_thread(&["One.", "Two.", "Three."]);
    let seen = bench.published(&bench.draft(&thread).await.unwrap(), &thread).await.unwrap();
    let before = bluesky.sessions();
    let cold = on_bluesky(&bluesky, bluesky::PASSWORD);
    for begun in [1, 1, 2, 2] {
        if begun == 2 {
            bluesky.rule(|rules| rules.over = before + 1);
        }
        let look = cold.targets.look(cold.site(), Trail::Id(&seen.id)).await.unwrap();
        assert_eq!(look.unwrap().fingerprint, seen.fingerprint);
        assert_eq!(bluesky.sessions() - before, begun);
    }
}

/// From the front door: a thread that an editor approves is posted on both, follows each change, and is taken down.
#[tokio::test]
async fn an_approved_thread_is_posted_changed_and_taken_down() {
    let (mastodon, bluesky) = (Mastodon::start().await.unwrap(), Bluesky::start().await.unwrap());
    let stand_ins = format!("{},{}", mastodon.stand_in(), bluesky.stand_in());
    let mut options = options();
    options.parameters.insert("CallbackStandIns".into(), stand_ins);
    let galley = Galley::with(options).await;
    let with_handle = json!({"kind": "bluesky", "handle": bluesky::HANDLE});
    for (name, host, settings, secret) in [
        ("bluesky", bluesky::HOST, with_handle, bluesky::PASSWORD),
        ("fediverse", mastodon::HOST, json!({"kind": "mastodon"}), mastodon::TOKEN),
    ] {
        let target = json!({"name": name, "url": format!("https://{host}"), "settings": settings, "secret": secret,
            "default_for": ["social_media"]});
        let made = galley.post("admin", "/api/admin/targets", target).await.expect(201);
        assert!(!made.body.to_string().contains(secret), "the secret is write-only");
        let tested = galley.post("admin", &format!("/api/admin/targets/{name}/test"), json!({})).await.expect(200);
        assert_eq!(tested.body["ready"], true);
    }
    let asked = json!({"topic": "How HTTP caching works", "task_type": "social_media", "quality_preference": "fast"});
    let task = galley.create(asked).await;
    galley.wait(&task, "awaiting_approval").await;
    let publish = async |posts: &[&str]| {
        let points: Vec<String> = posts.iter().enumerate().map(|(nth, post)| format!("{}. {post}", nth + 1)).collect();
        let body = json!({"title": "Caching in a thread", "markdown": points.join("\n")});
        let draft = answer(galley.request("author", Method::PUT, &format!("{task}/draft")).json(&body)).await;
        let revision = draft.expect(200).body["revision"].clone();
        let approved = approval("dev-admin", &json!({"revision": revision, "override_blockers": true}));
        galley.post("admin", &format!("{task}/approve"), approved).await.expect(200);
    };
    let path = format!("{task}/targets");
    let come_to = async |state: &str| {
        let is_there = |placement: &Value| placement["status"] == state;
        let look = async || galley.get("viewer", &path).await.expect(200).body["data"].as_array().unwrap().clone();
        galley.until(async || look().await.iter().filter(|placement| is_there(placement)).count() == 2).await;
        look().await
    };
    let said_on_bluesky =
        || records(&bluesky).iter().map(|record| record["text"].as_str().unwrap().to_owned()).collect();
    publish(&["Caches keep copies.", "See [the RFC](https://www.rfc-editor.org/rfc/rfc9111).", "Try it. #http"]).await;
    let placed = come_to("placed").await;
    assert!(placed[0]["remote_url"].as_str().unwrap().starts_with("https://bsky.app/profile/did:plc:"), "{placed:?}");
    assert_eq!(placed[1]["remote_url"], "https://mastodon.example.com/@editors/110000000000000001");
    let first = ["Caches keep copies.", "See the RFC (https://www.rfc-editor.org/rfc/rfc9111).", "Try it. #http"];
    let on_bluesky: Vec<String> = said_on_bluesky();
    assert_eq!((texts(&mastodon), on_bluesky), (first.map(str::to_owned).to_vec(), first.map(str::to_owned).to_vec()));
    let second = ["Caches keep copies.", "Read on.", "Measure.", "Try it. #http"];
    publish(&second).await;
    galley.until(async || texts(&mastodon) == second && records(&bluesky).len() == 4).await;
    come_to("placed").await;
    let on_bluesky: Vec<String> = said_on_bluesky();
    assert_eq!(on_bluesky, second);
    galley.post("editor", &format!("{task}/unpublish"), json!({})).await.expect(200);
    come_to("gone").await;
    assert_eq!((texts(&mastodon).len(), records(&bluesky).len()), (0, 0));
}
