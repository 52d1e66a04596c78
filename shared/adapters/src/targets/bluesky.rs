//! Bluesky, and other servers of the AT Protocol, by `com.atproto.repo` (<https://docs.bsky.app/docs/api/com-atproto-repo-put-record>), with an app
//! password. A post is a record of the account's repository, a thread a chain of answers to oneself.
//!
//! Each post has a key that is derived of the mark and of when the article went live, so the same write makes the same record, and a lost answer
//! is found under the key. A write says which version of the record it is over, or that there is none, and is refused over anything else.

mod record;

use galley_domain::outbox::{
    kinds::bluesky::Bluesky,
    port::{Mark, Piece, Site, Welcome},
    posts,
    target::Target,
    trouble::{Effect, Trouble, Why},
};
use jiff::SignedDuration;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::targets::{
    bluesky::record::{COLLECTION, after, facets, first_key, fits},
    copy::Copy,
    http::{Answer, Ask, Body, Credentials, TargetHttp, Token, refused, shown, trouble},
    thread::{self, Network, Post},
};

/// Where readers see a post, whichever server keeps it.
const APP: &str = "https://bsky.app";
/// What a DID may have (<https://atproto.com/specs/did>).
const MOST_OF_DID: usize = 2048;

/// One account, opened.
pub(super) struct Api<'a> {
    http: &'a TargetHttp,
    site: Site<'a>,
    settings: &'a Bluesky,
}

#[derive(Deserialize)]
struct Session {
    #[serde(rename = "accessJwt")]
    token: SecretString,
    did: String,
}

/// A record as it is kept.
#[derive(Debug, Deserialize)]
struct Kept {
    uri: String,
    cid: String,
    value: Map<String, Value>,
}

impl Kept {
    fn text(&self) -> &str {
        self.value.get("text").and_then(Value::as_str).unwrap_or_default()
    }

    fn reference(&self) -> Value {
        json!({"uri": self.uri, "cid": self.cid})
    }
}

impl<'a> Api<'a> {
    pub(super) const fn new(http: &'a TargetHttp, site: Site<'a>, settings: &'a Bluesky) -> Self {
        Self { http, site, settings }
    }

    /// What a session is of: another secret, account or address begins another.
    fn opened(&self) -> String {
        let Target { tenant, name, url, secret, .. } = self.site.target;
        format!("{tenant} {name} {url:?} {secret:?} {}", self.settings.handle.as_str())
    }

    async fn call(
        &self,
        method: Method,
        name: &str,
        query: &[(&str, &str)],
        credentials: Credentials<'_>,
        body: Body,
    ) -> Result<Answer, Trouble> {
        let ask = Ask { method, path: format!("/xrpc/{name}"), query, credentials, body };
        self.http.ask(&self.site.target.url, ask).await
    }

    /// Of the account, for as long as it is taken: an account may begin few sessions a day, so whatever is asked at once begins one.
    async fn session(&self) -> Result<Token, Trouble> {
        self.http.token(&self.opened(), self.begun()).await
    }

    async fn begun(&self) -> Result<Token, Trouble> {
        let body = json!({"identifier": self.settings.handle.as_str(), "password": self.site.secret.expose_secret()});
        let name = "com.atproto.server.createSession";
        let begun = self.call(Method::POST, name, &[], Credentials::None, Body::Json(body)).await;
        // A session more does no harm.
        let answer = begun.map_err(|lost| Trouble { effect: Effect::None, ..lost })?;
        if !answer.is_success() {
            return Err(told(&answer));
        }
        let Session { token, did } = answer.read()?;
        if is_did(&did) { Ok(Token { token, owner: did }) } else { Err(trouble(Effect::None, Why::Unreadable)) }
    }

    /// A call in the account's session, which is begun anew where it is over.
    async fn ask(
        &self,
        method: Method,
        name: &str,
        with: impl Fn(&str) -> (Vec<(&'static str, String)>, Option<Value>) + Send,
    ) -> Result<Answer, Trouble> {
        let mut again = true;
        loop {
            let Token { token, owner } = self.session().await?;
            let (query, body) = with(&owner);
            let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, &**value)).collect();
            let body = body.map_or(Body::None, Body::Json);
            let answer = self.call(method.clone(), name, &query, Credentials::Bearer(&token), body).await?;
            let is_over = matches!(error(&answer), "ExpiredToken" | "InvalidToken");
            if !(is_over && again) {
                return Ok(answer);
            }
            self.http.forget_token(&self.opened(), &token).await;
            again = false;
        }
    }

    async fn kept(&self, key: &str) -> Result<Option<Kept>, Trouble> {
        let query = |did: &str| {
            let of = [("repo", did), ("collection", COLLECTION), ("rkey", key)];
            (of.map(|(name, value)| (name, value.to_owned())).to_vec(), None)
        };
        let answer = self.ask(Method::GET, "com.atproto.repo.getRecord", query).await?;
        match error(&answer) {
            _ if answer.is_success() => answer.read().map(Some),
            "RecordNotFound" => Ok(None),
            _ => Err(told(&answer)),
        }
    }

    /// `over`: the version that it is written over; none, where nothing is.
    async fn put(&self, key: &str, record: &Value, over: Option<&str>) -> Result<(), Trouble> {
        let body = |did: &str| {
            let put = json!({"repo": did, "collection": COLLECTION, "rkey": key, "record": record, "swapRecord": over});
            (Vec::new(), Some(put))
        };
        let answer = self.ask(Method::POST, "com.atproto.repo.putRecord", body).await?;
        if answer.is_success() { Ok(()) } else { Err(told(&answer)) }
    }
}

impl Network for Api<'_> {
    async fn greet(&self) -> Result<Welcome, Trouble> {
        // Whoever may begin a session may post.
        self.session().await?;
        let answer = self.ask(Method::GET, "com.atproto.server.getSession", |_| (Vec::new(), None)).await?;
        if answer.is_success() { Ok(Welcome { may_publish: true }) } else { Err(told(&answer)) }
    }

    fn posts(&self, piece: &Piece) -> Vec<String> {
        posts::posts(piece, thread::address_of(self.settings.site_url.as_ref(), piece).as_deref(), fits)
    }

    async fn takes(&self, posts: &[String]) -> Result<bool, Trouble> {
        Ok(posts.iter().all(|post| fits(post)))
    }

    /// The key of the first post.
    async fn begin(&self, mark: &Mark, piece: &Piece) -> Result<String, Trouble> {
        Ok(first_key(mark, piece))
    }

    async fn read(&self, id: &str) -> Result<Option<Post>, Trouble> {
        let kept = self.kept(id).await?;
        Ok(kept.map(|kept| Post { id: id.to_owned(), text: kept.text().to_owned() }))
    }

    async fn lost(&self, copy: &Copy<'_>, sought: &str) -> Result<Option<Post>, Trouble> {
        let found = self.read(&next(copy)).await?;
        Ok(found.filter(|post| posts::fingerprint([&*post.text]) == sought))
    }

    async fn add(&self, copy: &Copy<'_>, text: &str, piece: &Piece) -> Result<String, Trouble> {
        let mut record = Map::from_iter([
            ("$type".to_owned(), json!(COLLECTION)),
            ("createdAt".to_owned(), json!(created_at(copy, piece))),
        ]);
        if let (Some(root), Some(parent)) = (copy.ids.first(), copy.ids.last()) {
            let gone = trouble(Effect::None, Why::RemovedThere);
            let root = self.kept(root).await?.ok_or(gone)?;
            let parent = self.kept(parent).await?.ok_or(gone)?;
            record.insert("reply".to_owned(), json!({"root": root.reference(), "parent": parent.reference()}));
        }
        let key = next(copy);
        self.put(&key, &saying(record, text, piece), None).await?;
        Ok(key)
    }

    async fn edit(&self, id: &str, text: &str, piece: &Piece, over: &str) -> Result<(), Trouble> {
        let kept = self.kept(id).await?.ok_or(trouble(Effect::None, Why::RemovedThere))?;
        if posts::fingerprint([kept.text()]) != over {
            // Written there since it was looked at: the next look tells.
            return Err(trouble(Effect::None, Why::EditedThere));
        }
        // Whatever else stands in it stays, as what it answers and when it was made do.
        self.put(id, &saying(kept.value, text, piece), Some(&kept.cid)).await
    }

    async fn delete(&self, id: &str) -> Result<(), Trouble> {
        let body = |did: &str| (Vec::new(), Some(json!({"repo": did, "collection": COLLECTION, "rkey": id})));
        let answer = self.ask(Method::POST, "com.atproto.repo.deleteRecord", body).await?;
        if answer.is_success() { Ok(()) } else { Err(told(&answer)) }
    }

    async fn address(&self, id: &str) -> Result<Option<String>, Trouble> {
        let Token { owner, .. } = self.session().await?;
        Ok(shown(Some(format!("{APP}/profile/{owner}/post/{id}"))))
    }
}

/// Whether it may be part of a request and of an address.
fn is_did(did: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b":._-%".contains(&byte);
    did.len() <= MOST_OF_DID && did.starts_with("did:") && did.bytes().all(is_of_one)
}

fn next(copy: &Copy<'_>) -> String {
    copy.ids.last().map_or_else(|| copy.from.to_owned(), |last| after(last))
}

/// When the article went live, and for each post of a thread a millisecond more: the same post has the same, however often it is sent.
fn created_at(copy: &Copy<'_>, piece: &Piece) -> String {
    let nth = SignedDuration::from_millis(i64::try_from(copy.ids.len()).unwrap_or_default());
    piece.published_at.saturating_add(nth).unwrap_or(piece.published_at).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A record with this text, its language and what in it is an address or a hashtag.
fn saying(mut record: Map<String, Value>, text: &str, piece: &Piece) -> Value {
    let facets = facets(text);
    record.remove("facets");
    record.insert("text".to_owned(), json!(text));
    record.insert("langs".to_owned(), json!([piece.language]));
    if !facets.is_empty() {
        record.insert("facets".to_owned(), Value::from(facets));
    }
    Value::Object(record)
}

fn error(answer: &Answer) -> &str {
    answer.body.get("error").and_then(Value::as_str).unwrap_or_default()
}

/// What is told of a refusal. Nothing was done.
fn told(answer: &Answer) -> Trouble {
    match error(answer) {
        "AuthenticationRequired" | "AuthMissing" | "AuthFactorTokenRequired" | "ExpiredToken" | "InvalidToken" => {
            trouble(Effect::None, Why::CredentialsRefused)
        }
        "AccountTakedown" | "AccountDeactivated" | "RepoTakendown" | "RepoDeactivated" | "RepoSuspended" => {
            trouble(Effect::None, Why::NotAllowed)
        }
        "InvalidSwap" => trouble(Effect::None, Why::EditedThere),
        "XRPCNotSupported" | "MethodNotImplemented" => trouble(Effect::None, Why::NoInterface),
        _ => refused(answer, Why::NoInterface),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_did_names_no_account() {
        for did in
            ["", "did", "plc:a", "did:plc:a/b", "did:plc:a b", "did:plc:ä", &format!("did:plc:{}", "x".repeat(2041))]
        {
            assert!(!is_did(did), "{did}");
        }
        for did in ["did:plc:z72i7hdynmk6r22z27h6tvur", "did:web:a.example", &format!("did:plc:{}", "x".repeat(2040))] {
            assert!(is_did(did), "{did}");
        }
    }
}
