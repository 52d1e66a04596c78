//! Signing in with GitHub, as a browser and an attacker go about it; GitHub itself is played by this test.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, Uri},
    response::Redirect,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::access::route::Route;
use galley_tests::{
    Answer, Galley, RIVAL, answer,
    browser::{play, play_with},
    options,
};
use reqwest::{Client, Method, Url, redirect::Policy};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Child,
};

use crate::{
    api_examples::Document,
    cli::{Said, Terminal, said},
};

const START: &str = "/api/auth/github/start?tenant=default";

/// GitHub: whoever shows the verifier for the challenge that a code was given for gets that code's person.
#[derive(Clone, Debug, Default)]
struct Hub {
    /// Challenge and person by code.
    codes: Arc<Mutex<HashMap<String, (String, u64)>>>,
    /// Where a browser is sent back to, by person 7, who says yes to everything.
    back: Arc<Mutex<String>>,
}

impl Hub {
    /// A person says yes on the page that `url` names; the way back.
    fn says_yes(&self, url: &Url, person: u64) -> String {
        let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!((of("client_id").as_str(), of("code_challenge_method").as_str()), ("test-app", "S256"));
        assert_eq!(url.path(), "/login/oauth/authorize");
        let code = format!("code-{}", self.codes.lock().unwrap().len());
        self.codes.lock().unwrap().insert(code.clone(), (of("code_challenge"), person));
        format!("/api/auth/github/callback?code={code}&state={}", of("state"))
    }
}

async fn exchange(State(hub): State<Hub>, Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    assert_eq!(form["client_id"], "test-app");
    assert!(form["client_secret"].len() > 20 && form["redirect_uri"].ends_with("/api/auth/github/callback"));
    let found = hub.codes.lock().unwrap().remove(&form["code"]);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    Json(match found {
        Some((wanted, person)) if wanted == challenge => {
            json!({"access_token": format!("gho_{person}"), "token_type": "bearer"})
        }
        _ => json!({"error": "bad_verification_code", "error_description": "The code is incorrect or expired."}),
    })
}

/// GitHub's page, for a browser.
async fn authorize(State(hub): State<Hub>, uri: Uri) -> Redirect {
    let url = Url::parse(&format!("http://hub.example{uri}")).unwrap();
    let path = hub.says_yes(&url, 7);
    Redirect::to(&format!("{}{path}", hub.back.lock().unwrap()))
}

async fn user(headers: HeaderMap) -> Json<Value> {
    let token = headers["authorization"].to_str().unwrap().strip_prefix("Bearer gho_").unwrap();
    Json(json!({"id": token.parse::<u64>().unwrap(), "login": "somebody"}))
}

/// A browser: it keeps cookies and follows nothing by itself.
struct Browser<'a> {
    galley: &'a Galley,
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    fn of(galley: &'a Galley) -> Self {
        Self { galley, client: Client::builder().redirect(Policy::none()).build().unwrap(), cookies: BTreeMap::new() }
    }

    async fn open(&mut self, path: &str) -> Answer {
        let mut request = self.client.get(format!("{}{path}", self.galley.stack.url()));
        let kept: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !kept.is_empty() {
            request = request.header("cookie", format!("other=1; {}", kept.join("; ")));
        }
        let answered = answer(request).await;
        for set in answered.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answered
    }

    async fn start(&mut self) -> Url {
        self.open(START).await.expect(302).header("location").parse().unwrap()
    }
}

async fn galley_with_github(parameters: &[(&str, &str)]) -> (Galley, Hub) {
    let hub = Hub::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/login/oauth/authorize", get(authorize))
        .route("/login/oauth/access_token", post(exchange))
        .route("/user", get(user))
        .with_state(hub.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut options = options();
    let back = "http://127.0.0.1:8787/api/auth/github/callback";
    for (name, value) in
        [("GithubClientId", "test-app"), ("GithubUrl", &url), ("GithubApiUrl", &url), ("GithubRedirectUrl", back)]
            .iter()
            .chain(parameters)
    {
        options.parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    let galley = Galley::with(options).await;
    *hub.back.lock().unwrap() = galley.stack.url();
    (galley, hub)
}

async fn let_in(galley: &Galley, by: &str, person: u64, role: &str) {
    let path = format!("/api/admin/people/github-{person}");
    answer(galley.request(by, Method::PUT, &path).json(&json!({"role": role}))).await.expect(200);
}

async fn signed_in(galley: &Galley, hub: &Hub, person: u64) -> Answer {
    let mut browser = Browser::of(galley);
    let back = hub.says_yes(&browser.start().await, person);
    browser.open(&back).await
}

/// Where the readers of `default` are.
fn site(galley: &Galley) -> String {
    format!("{}/site/default", galley.stack.site_url())
}

async fn with_token(galley: &Galley, method: Method, path: &str, token: &str) -> Answer {
    let request = galley.client.request(method, format!("{}{path}", galley.stack.url()));
    answer(request.header("authorization", format!("Bearer {token}"))).await
}

async fn refresh(galley: &Galley, token: &str) -> Answer {
    galley.post("nobody", "/api/auth/refresh", json!({"refresh_token": token})).await
}

#[tokio::test]
async fn somebody_who_was_let_in_gets_a_session_with_their_role() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "author").await;
    let tokens = signed_in(&galley, &hub, 7).await.expect(200);
    assert_eq!((&tokens.body["token_type"], &tokens.body["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(tokens.header("cache-control"), "no-store");
    let token = tokens.text("access_token");
    let me = with_token(&galley, Method::GET, "/api/auth/me", &token).await.expect(200);
    assert_eq!(
        me.body,
        json!({"tenant": "default", "subject": "github-7", "role": "author", "site_url": site(&galley)})
    );
    let made = galley.client.post(format!("{}/api/content/tasks", galley.stack.url())).bearer_auth(&token);
    let made = answer(made.json(&galley_tests::request())).await.expect(201);
    assert_eq!(made.body["requested_by"], "github-7");
    with_token(&galley, Method::GET, "/api/admin/keys", &token).await.expect(403);
    let key = galley.get("viewer", "/api/auth/me").await.expect(200);
    assert_eq!(key.body["subject"], "dev-viewer");
}

#[tokio::test]
async fn who_was_not_let_in_here_gets_nothing() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, RIVAL, 8, "admin").await;
    let refused = signed_in(&galley, &hub, 8).await.expect(403);
    assert!(refused.text("detail").contains("github-8"));
    let_in(&galley, "admin", 9, "viewer").await;
    let tokens = signed_in(&galley, &hub, 9).await.expect(200);
    let path = "/api/admin/people/github-9";
    answer(galley.request(RIVAL, Method::DELETE, path)).await.expect(404);
    answer(galley.request("admin", Method::DELETE, path)).await.expect(204);
    refresh(&galley, &tokens.text("refresh_token")).await.expect(403);
    signed_in(&galley, &hub, 9).await.expect(403);
    let people = galley.get("admin", "/api/admin/people").await.expect(200);
    assert_eq!(people.body["data"], json!([]));
    for tenant in ["", "?tenant=", "?tenant=system", "?tenant=No%20Tenant"] {
        Browser::of(&galley).open(&format!("/api/auth/github/start{tenant}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_state_works_once_and_in_its_browser() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "admin").await;
    // Login CSRF: the attacker's way back, opened in the victim's browser.
    let mut attacker = Browser::of(&galley);
    let back = hub.says_yes(&attacker.start().await, 7);
    let mut victim = Browser::of(&galley);
    assert_eq!(victim.open(&back).await.expect(401).problem(), "sign-in-over");
    victim.start().await;
    let again = hub.says_yes(&attacker.start().await, 7);
    victim.open(&again).await.expect(401);
    // Nor with a value of another sign-in under its name, and then it is used up.
    victim.cookies = attacker.cookies.keys().map(|name| (name.clone(), "planted".to_owned())).collect();
    victim.open(&again).await.expect(401);
    attacker.open(&again).await.expect(401);

    let mut browser = Browser::of(&galley);
    let back = hub.says_yes(&browser.start().await, 7);
    let cookies = browser.cookies.clone();
    browser.open(&back).await.expect(200);
    assert!(cookies.len() == 1 && browser.cookies.is_empty(), "the cookie is taken away: {:?}", browser.cookies);
    browser.cookies = cookies;
    browser.open(&back).await.expect(401);
    for wrong in ["?state=x", "?code=x", "", &format!("?state={}&code=x", "s".repeat(600))] {
        browser.open(&format!("/api/auth/github/callback{wrong}")).await.expect(400);
    }
    browser.open("/api/auth/github/callback?error=access_denied&state=x").await.expect(403);
    // A code of another sign-in does not fit this one's verifier.
    let mut other = Browser::of(&galley);
    let stolen = hub.says_yes(&other.start().await, 7);
    let code = stolen.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let mine = hub.says_yes(&browser.start().await, 7);
    let mixed = format!("/api/auth/github/callback?code={code}&state={}", mine.split("state=").nth(1).unwrap());
    browser.open(&mixed).await.expect(401);
}

#[tokio::test]
async fn signing_in_in_two_tabs_at_once_works_in_both() {
    let (galley, hub) = galley_with_github(&[("AuthPerMinute", "100")]).await;
    let_in(&galley, "admin", 7, "viewer").await;
    let mut browser = Browser::of(&galley);
    let (one, other) = (browser.start().await, browser.start().await);
    browser.open(&hub.says_yes(&one, 7)).await.expect(200);
    browser.open(&hub.says_yes(&other, 7)).await.expect(200);
    // The other way round, with the value of one tab in the place of the other's.
    let (one, other) = (browser.start().await, browser.start().await);
    browser.open(&hub.says_yes(&other, 7)).await.expect(200);
    browser.open(&hub.says_yes(&one, 7)).await.expect(200);
    let (one, _) = (browser.start().await, browser.start().await);
    let values: Vec<String> = browser.cookies.values().rev().cloned().collect();
    browser.cookies.values_mut().zip(values).for_each(|(kept, other)| *kept = other);
    browser.open(&hub.says_yes(&one, 7)).await.expect(401);
    // Whoever begins and begins ends up with no header that is too long.
    for _ in 0..20 {
        browser.start().await;
    }
    assert!(browser.cookies.len() <= 5, "{:?}", browser.cookies);
    let last = browser.start().await;
    browser.open(&hub.says_yes(&last, 7)).await.expect(200);
}

#[tokio::test]
async fn a_made_up_refresh_token_ends_nobodys_session() {
    let (galley, hub) = galley_with_github(&[("AuthPerMinute", "100")]).await;
    let_in(&galley, "admin", 7, "viewer").await;
    let tokens = signed_in(&galley, &hub, 7).await.expect(200);
    // The session's id stands in every access token, for whoever sees one.
    let claims = tokens.text("access_token").split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let sid = claims["sid"].as_str().unwrap();
    let refresh_token = tokens.text("refresh_token");
    let (_, secret) = refresh_token.split_once('.').unwrap();
    let (random, tag) = secret.split_once('~').unwrap();
    let other = signed_in(&galley, &hub, 7).await.expect(200).text("refresh_token");
    let others = other.split_once('.').unwrap().1;
    for made_up in
        ["madeup", "", "~", random, &format!("{random}~"), &format!("{tag}~{tag}"), &format!("x~{tag}"), others]
    {
        refresh(&galley, &format!("{sid}.{made_up}")).await.expect(401);
    }
    with_token(&galley, Method::GET, "/api/auth/me", &tokens.text("access_token")).await.expect(200);
    let next = refresh(&galley, &refresh_token).await.expect(200);
    // One that has worked before still ends it.
    refresh(&galley, &refresh_token).await.expect(401);
    refresh(&galley, &next.text("refresh_token")).await.expect(401);
}

#[tokio::test]
async fn a_cookie_is_read_by_no_script_and_sent_nowhere_else() {
    let (galley, _) = galley_with_github(&[]).await;
    let answered = Browser::of(&galley).open(START).await.expect(302);
    let cookie = answered.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/api/auth", "Max-Age=600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(answered.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_second_use_ends_the_session() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "viewer").await;
    let first = signed_in(&galley, &hub, 7).await.expect(200).text("refresh_token");
    let_in(&galley, "admin", 7, "editor").await;
    let second = refresh(&galley, &first).await.expect(200);
    let me = with_token(&galley, Method::GET, "/api/auth/me", &second.text("access_token")).await.expect(200);
    assert_eq!(me.body["role"], "editor", "the role is that of now");
    assert_eq!(refresh(&galley, &first).await.expect(401).problem(), "sign-in-over");
    refresh(&galley, &second.text("refresh_token")).await.expect(401);
    for nonsense in ["", "x", "x.y", &format!("{}.{}", "0".repeat(64), "y")] {
        refresh(&galley, nonsense).await.expect(401);
    }
    galley.post("nobody", "/api/auth/refresh", json!({})).await.expect(400);
    // Of two at once one gets through, and the other one's use is the second.
    let raced = signed_in(&galley, &hub, 7).await.expect(200).text("refresh_token");
    let (one, other) = tokio::join!(refresh(&galley, &raced), refresh(&galley, &raced));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_tokens() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "viewer").await;
    let tokens = signed_in(&galley, &hub, 7).await.expect(200);
    // Another token of the same session, which the gateway has not seen yet and so remembers nothing of.
    let next = refresh(&galley, &tokens.text("refresh_token")).await.expect(200);
    with_token(&galley, Method::POST, "/api/auth/logout", &tokens.text("access_token")).await.expect(204);
    refresh(&galley, &next.text("refresh_token")).await.expect(401);
    let other = signed_in(&galley, &hub, 7).await.expect(200);
    with_token(&galley, Method::GET, "/api/auth/me", &other.text("access_token")).await.expect(200);
    with_token(&galley, Method::GET, "/api/auth/me", &next.text("access_token")).await.expect(403);
    galley.post("viewer", "/api/auth/logout", json!({})).await.expect(204);
    galley.get("viewer", "/api/auth/me").await.expect(200);
}

#[tokio::test]
async fn whoever_has_read_too_much_can_still_sign_out() {
    let (galley, hub) = galley_with_github(&[("SessionReadPerMinute", "1")]).await;
    let_in(&galley, "admin", 7, "viewer").await;
    let tokens = signed_in(&galley, &hub, 7).await.expect(200);
    let token = tokens.text("access_token");
    let mut statuses = Vec::new();
    // A minute may end in between; a third one cannot.
    for _ in 0..4 {
        statuses.push(with_token(&galley, Method::GET, "/api/auth/me", &token).await.status);
        let ended = with_token(&galley, Method::POST, "/api/auth/logout", &token).await.expect(204);
        assert_eq!(ended.header("ratelimit-policy"), "\"minute\";q=1;w=60");
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    refresh(&galley, &tokens.text("refresh_token")).await.expect(401);
}

#[tokio::test]
async fn signing_in_is_counted_by_where_it_comes_from() {
    let (galley, _) = galley_with_github(&[("AuthPerMinute", "3")]).await;
    let mut statuses = Vec::new();
    // A minute may end in between; a third one cannot.
    for _ in 0..8 {
        let answered = refresh(&galley, "x.y").await;
        if answered.status == 429 {
            assert!(answered.header("retry-after").parse::<u32>().is_ok());
        }
        statuses.push(answered.status);
    }
    assert!(statuses.contains(&429) && statuses.starts_with(&[401]), "{statuses:?}");
}

fn renewal() -> Value {
    json!({"grant_type": "refresh_token"})
}

/// Asks as the console's page does.
async fn renewed(browser: &mut Browser<'_>, site: &str) -> Answer {
    let cookie: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = browser.client.post(format!("{}/api/auth/session", browser.galley.stack.url()));
    let request = request.header("cookie", cookie.join("; ")).header("sec-fetch-site", site).json(&renewal());
    let answered = answer(request).await;
    for set in answered.headers.get_all("set-cookie") {
        let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
    }
    answered
}

#[tokio::test]
async fn a_browsers_session_is_in_a_cookie_that_no_script_and_no_other_site_uses() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "editor").await;
    let mut browser = Browser::of(&galley);
    assert_eq!(renewed(&mut browser, "same-origin").await.expect(401).problem(), "sign-in-over");
    let start = browser.open("/api/auth/github/start?tenant=default&then=console").await.expect(302);
    let back = hub.says_yes(&start.header("location").parse().unwrap(), 7);
    let ended = browser.open(&back).await.expect(303);
    assert_eq!((ended.header("location"), &ended.body), ("/#/signed-in", &json!("")));
    let set: Vec<&str> = ended.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
    let session = set.iter().find(|set| set.starts_with("galley-session=")).unwrap();
    for attribute in ["Path=/api/auth/session", "HttpOnly", "SameSite=Strict"] {
        assert!(session.split("; ").any(|part| part == attribute), "{attribute}: {session}");
    }
    for site in ["cross-site", "same-site", "none"] {
        assert_eq!(renewed(&mut browser, site).await.expect(403).problem(), "forbidden", "{site}");
    }
    let first = browser.cookies.clone();
    let tokens = renewed(&mut browser, "same-origin").await.expect(200);
    assert!(tokens.body["refresh_token"].is_null() && browser.cookies != first);
    let token = tokens.text("access_token");
    let me = with_token(&galley, Method::GET, "/api/auth/me", &token).await.expect(200);
    assert_eq!(
        me.body,
        json!({"tenant": "default", "subject": "github-7", "role": "editor", "site_url": site(&galley)})
    );
    // A cookie two renewals old is a stolen one: it ends the session.
    renewed(&mut browser, "same-origin").await.expect(200);
    let present = std::mem::replace(&mut browser.cookies, first);
    renewed(&mut browser, "same-origin").await.expect(401);
    browser.cookies = present;
    renewed(&mut browser, "same-origin").await.expect(401);
}

#[tokio::test]
async fn signing_out_takes_the_browsers_cookie_away() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "editor").await;
    let mut browser = Browser::of(&galley);
    let start = browser.open("/api/auth/github/start?tenant=default&then=console").await.expect(302);
    browser.open(&hub.says_yes(&start.header("location").parse().unwrap(), 7)).await.expect(303);
    let token = renewed(&mut browser, "same-origin").await.expect(200).text("access_token");
    let out = with_token(&galley, Method::POST, "/api/auth/logout", &token).await.expect(204);
    assert!(out.header("set-cookie").starts_with("galley-session=; Path=/api/auth/session; Max-Age=0"));
    renewed(&mut browser, "same-origin").await.expect(401);
    Browser::of(&galley).open("/api/auth/github/start?tenant=default&then=elsewhere").await.expect(400);
}

#[tokio::test]
async fn a_person_signs_in_to_the_console_in_every_tab_and_out_of_all_of_them() {
    let (galley, _hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "editor").await;
    play(&galley, "github", json!({})).await;
}

#[tokio::test]
async fn a_token_that_ends_while_somebody_writes_costs_them_no_text() {
    let (galley, _hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "editor").await;
    let path = galley.drafted().await;
    galley.write(&path, "How caches keep copies").await.expect(200);
    let given = json!({"task": path.rsplit('/').next().unwrap()});
    play_with(galley.stack.console_url(), "token_ends", given, async |wanted| {
        // Whoever is removed has no session any more.
        let removed = galley.request("admin", Method::DELETE, "/api/admin/people/github-7");
        match wanted {
            "end" => assert!(answer(removed).await.status < 300),
            "let in" => let_in(&galley, "admin", 7, "editor").await,
            other => panic!("{other}"),
        }
    })
    .await;
    assert_eq!(galley.get("viewer", &path).await.expect(200).body["revision"], 4);
}

const AT_TERMINAL: &str = "/api/auth/github/terminal";
const VERIFIER: &str = "a verifier that nobody else can know, of 43 bytes";

/// Where a browser begins for a program that listens on a port and knows `verifier`.
fn start_for(port: &str, verifier: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    format!("{START}&then=terminal&port={port}&challenge={challenge}")
}

/// What the address of a program says, to which a browser was sent.
fn brought(answered: &Answer) -> HashMap<String, String> {
    let url: Url = answered.header("location").parse().unwrap();
    assert_eq!((url.scheme(), url.host_str(), url.path()), ("http", Some("127.0.0.1"), "/"));
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_sign_in_for_a_terminal_ends_with_its_verifier_alone_and_once() {
    let (galley, hub) = galley_with_github(&[("AuthPerMinute", "100")]).await;
    let_in(&galley, "admin", 7, "editor").await;
    let mut browser = Browser::of(&galley);
    let good = start_for("5000", VERIFIER);
    for (from, to, field) in [
        ("port=5000", "port=80", "port"),
        ("port=5000", "port=65536", "port"),
        ("port=5000", "port=%2B5000", "port"),
        ("&port=5000", "", "port"),
        ("challenge=", "challenge=x", "challenge"),
        ("then=terminal", "then=elsewhere", "then"),
    ] {
        let refused = browser.open(&good.replace(from, to)).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{to}");
    }
    let without = browser.open(&format!("{START}&then=terminal&port=5000")).await.expect(400);
    assert_eq!(without.body["errors"][0]["field"], "challenge");
    let end = async |body: Value| galley.post("nobody", AT_TERMINAL, body).await;
    let with = |brought: &HashMap<String, String>, verifier: &str| json!({"state": brought["state"], "code": brought["code"], "verifier": verifier});

    // The browser brings a code, and no token; without its cookie it brings nothing.
    let url: Url = browser.open(&good).await.expect(302).header("location").parse().unwrap();
    let back = hub.says_yes(&url, 7);
    assert_eq!(Browser::of(&galley).open(&back).await.expect(401).problem(), "sign-in-over");
    let sent = browser.open(&back).await.expect(303);
    assert!(sent.header("location").starts_with("http://127.0.0.1:5000/?") && browser.cookies.is_empty());
    let first = brought(&sent);
    assert_eq!(end(with(&first, &VERIFIER.replace('a', "b"))).await.expect(401).problem(), "sign-in-over");
    end(with(&first, VERIFIER)).await.expect(401);

    let url: Url = browser.open(&good).await.expect(302).header("location").parse().unwrap();
    let second = brought(&browser.open(&hub.says_yes(&url, 7)).await.expect(303));
    for (field, value) in [("verifier", "short".to_owned()), ("code", String::new()), ("state", "s".repeat(513))] {
        let mut body = with(&second, VERIFIER);
        body[field] = value.into();
        assert_eq!(end(body).await.expect(400).body["errors"][0]["field"], field);
    }
    let tokens = end(with(&second, VERIFIER)).await.expect(200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let me = with_token(&galley, Method::GET, "/api/auth/me", &tokens.text("access_token")).await.expect(200);
    assert_eq!(me.body["subject"], "github-7");
    end(with(&second, VERIFIER)).await.expect(401);

    // What a browser has begun for itself ends in no terminal.
    let back = hub.says_yes(&browser.start().await, 7);
    let of_browser: Url = format!("http://127.0.0.1{back}").parse().unwrap();
    end(with(&of_browser.query_pairs().into_owned().collect(), VERIFIER)).await.expect(401);
    // Somebody who says no is told of where they wait.
    let url: Url = browser.open(&good).await.expect(302).header("location").parse().unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let refused = browser.open(&format!("/api/auth/github/callback?error=made-up&state={state}")).await.expect(303);
    assert_eq!(brought(&refused), HashMap::from([("state".into(), state), ("error".into(), "another".into())]));
}

#[tokio::test]
async fn the_examples_of_signing_in_run_with_what_a_sign_in_brought() {
    let (galley, hub) = galley_with_github(&[]).await;
    let_in(&galley, "admin", 7, "editor").await;
    let document = Document::of(&galley).await;
    let mut browser = Browser::of(&galley);

    let mut example = document.example(Route::SignInAtTerminal);
    let start = start_for("5000", example["verifier"].as_str().unwrap());
    let url: Url = browser.open(&start).await.expect(302).header("location").parse().unwrap();
    let brought = brought(&browser.open(&hub.says_yes(&url, 7)).await.expect(303));
    for name in ["state", "code"] {
        example[name] = brought[name].clone().into();
    }
    let tokens = galley.post("nobody", Route::SignInAtTerminal.path(), example).await;
    document.holds_for_an_example(Route::SignInAtTerminal, &tokens);

    let mut example = document.example(Route::RefreshSession);
    example["refresh_token"] = tokens.text("refresh_token").into();
    let refreshed = galley.post("nobody", Route::RefreshSession.path(), example).await;
    document.holds_for_an_example(Route::RefreshSession, &refreshed);

    let start = browser.open("/api/auth/github/start?tenant=default&then=console").await.expect(302);
    browser.open(&hub.says_yes(&start.header("location").parse().unwrap(), 7)).await.expect(303);
    assert_eq!(document.example(Route::RenewBrowser), renewal());
    document.holds_for_an_example(Route::RenewBrowser, &renewed(&mut browser, "same-origin").await);
}

/// `galley login --web`, and the address that it has a browser open.
async fn login(terminal: &Terminal<'_>) -> (Child, String) {
    let url = terminal.url();
    let mut command = terminal.command(&["login", "--web", "--tenant", "default", "--url", &url, "--profile", "web"]);
    let mut login = command
        .env("BROWSER", "true")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(login.stderr.as_mut().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(path) = line.strip_prefix(&url) {
            return (login, path.to_owned());
        }
    }
}

/// The file with the keys, so that a test sees a token end before its time.
struct Kept(PathBuf);

impl Kept {
    fn read(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.0).unwrap()).unwrap()
    }

    fn due(&self, mut profiles: Value) {
        profiles["profiles"]["web"]["renewal"]["expires_at"] = json!("2026-01-01T00:00:00Z");
        std::fs::write(&self.0, profiles.to_string()).unwrap();
    }
}

async fn signed_in_at(terminal: &Terminal<'_>, galley: &Galley, hub: &Hub) -> Said {
    let (login, start) = login(terminal).await;
    let mut browser = Browser::of(galley);
    let url: Url = browser.open(&start).await.expect(302).header("location").parse().unwrap();
    let to = browser.open(&hub.says_yes(&url, 7)).await.expect(303).header("location").to_owned();
    let page = galley.client.get(&to).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("You are signed in."), "{page}");
    said(login.wait_with_output().await.unwrap()).expect(0)
}

#[tokio::test]
async fn somebody_signs_in_at_a_terminal_and_stays_so_until_they_log_out() {
    let (galley, hub) = galley_with_github(&[("AuthPerMinute", "100")]).await;
    let_in(&galley, "admin", 7, "editor").await;
    let terminal = Terminal::of(&galley);
    let entered = signed_in_at(&terminal, &galley, &hub).await;
    assert!(entered.out.starts_with("github-7 is editor of default at http"), "{}", entered.out);
    let me = terminal.run(&["whoami", "--json"]).await.expect(0).json();
    assert_eq!((me["subject"].as_str(), me["key_from"].as_str()), (Some("github-7"), Some("the profile")));

    // Two commands at once renew once: a second use of the refresh token would end the session.
    let kept = Kept(terminal.home.path().join(".config/galley/profiles.json"));
    let first = kept.read();
    kept.due(first.clone());
    let list = async || terminal.run(&["tasks", "list"]).await;
    let (one, other, third) = tokio::join!(list(), list(), list());
    for said in [one, other, third] {
        said.expect(0);
    }
    let second = kept.read();
    assert_ne!(second["profiles"]["web"]["token"], first["profiles"]["web"]["token"]);
    list().await.expect(0);
    assert_eq!(kept.read(), second, "a token that is good stays");

    let out = terminal.run(&["logout"]).await.expect(0);
    assert_eq!(out.out, "Forgot web. Its session is over.\n");
    kept.due(second);
    let over = terminal.run(&["tasks", "list", "--profile", "web"]).await.expect(4);
    assert!(
        over.err.contains("the session of the profile web is over") && over.err.contains("login --web"),
        "{}",
        over.err
    );
    // What needs no key goes on without one.
    let live = terminal.run(&["api", "get", "/health/live", "--profile", "web"]).await.expect(0);
    assert_eq!(live.json()["status"], "alive");
    let found = terminal.run(&["doctor", "--profile", "web"]).await.expect(0);
    assert!(found.out.contains("log in to see more"), "{}", found.out);
}

#[tokio::test]
async fn a_login_that_does_not_come_to_its_end_says_why() {
    let (galley, _) = galley_with_github(&[("AuthPerMinute", "100")]).await;
    let terminal = Terminal::of(&galley);
    let (login, start) = login(&terminal).await;
    let mut browser = Browser::of(&galley);
    let url: Url = browser.open(&start).await.expect(302).header("location").parse().unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let no = format!("/api/auth/github/callback?error=access_denied&state={state}");
    let to = browser.open(&no).await.expect(303).header("location").to_owned();
    assert!(galley.client.get(&to).send().await.unwrap().text().await.unwrap().contains("did not work"));
    let refused = said(login.wait_with_output().await.unwrap()).expect(1);
    assert!(refused.err.contains("refused (access_denied)"), "{}", refused.err);

    let unnamed = terminal.run(&["login", "--web"]).await.expect(1);
    assert!(unnamed.err.contains("--tenant <TENANT>"), "{}", unnamed.err);
    let system = terminal.run(&["login", "--web", "--tenant", "system", "--url", &terminal.url()]).await.expect(1);
    assert!(system.err.contains("tenant: "), "{}", system.err);
    let clear =
        terminal.run(&["login", "--web", "--tenant", "default", "--url", "http://galley.example"]).await.expect(1);
    assert!(clear.err.contains("by https alone"), "{}", clear.err);
    let without = Galley::start().await;
    let terminal = Terminal::of(&without);
    let keys = terminal.run(&["login", "--web", "--tenant", "default", "--url", &terminal.url()]).await.expect(1);
    assert!(keys.err.contains("People sign in there with keys"), "{}", keys.err);
}
