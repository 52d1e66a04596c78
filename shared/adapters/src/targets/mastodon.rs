//! Mastodon by its client API (<https://docs.joinmastodon.org/methods/statuses/>), with a token of one of the account's applications. A post
//! is a status, a thread a chain of answers to oneself.
//!
//! A repeated request makes a second post, so one whose answer got lost is sought among the account's own since, by its text and what it
//! answers. The key of a request counts for an hour: it is a second lock, and never the first. Nothing is scheduled there, because such a
//! request's key is not looked at.

use galley_domain::outbox::{
    kinds::mastodon::Mastodon,
    port::{Mark, Piece, Site, Welcome},
    posts::{self, characters, links},
    trouble::{Effect, Trouble, Why},
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::targets::{
    copy::{Copy, is_id},
    http::{Answer, Ask, Body, Credentials, TargetHttp, refused, shown, trouble},
    thread::{self, Network, Post},
};

/// What a post of an article is cut to: what a server takes unless its admin says otherwise.
const USUAL: usize = 500;
const USUAL_URL: usize = 23;
/// The most of the account's posts since that a lost one is sought among, in pages of `PAGE`.
const PAGES: usize = 25;
const PAGE: &str = "40";

/// One account, opened.
pub(super) struct Api<'a> {
    http: &'a TargetHttp,
    site: Site<'a>,
    settings: &'a Mastodon,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Status {
    id: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    in_reply_to_id: Option<String>,
}

/// A status as it was typed.
#[derive(Debug, Deserialize)]
struct Source {
    text: String,
}

#[derive(Debug, Default, Deserialize)]
struct Application {
    /// Servers before 4.3 do not say.
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Instance {
    configuration: Configuration,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    statuses: Limits,
}

#[derive(Debug, Deserialize)]
struct Limits {
    max_characters: usize,
    characters_reserved_per_url: usize,
}

impl<'a> Api<'a> {
    pub(super) const fn new(http: &'a TargetHttp, site: Site<'a>, settings: &'a Mastodon) -> Self {
        Self { http, site, settings }
    }

    async fn ask(&self, method: Method, path: &str, query: &[(&str, &str)], body: Body) -> Result<Answer, Trouble> {
        let ask = Ask {
            method,
            path: format!("/api{path}"),
            query,
            credentials: Credentials::Bearer(self.site.secret),
            body,
        };
        self.http.ask(&self.site.target.url, ask).await
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Trouble> {
        let answer = self.ask(Method::GET, path, query, Body::None).await?;
        if answer.is_success() { answer.read() } else { Err(refused(&answer, Why::NoInterface)) }
    }

    /// `None`: there is no such status.
    async fn of_status<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<Option<T>, Trouble> {
        let answer = self.ask(Method::GET, path, &[], Body::None).await?;
        match answer.status {
            404 | 410 => Ok(None),
            _ if answer.is_success() => answer.read().map(Some),
            _ => Err(refused(&answer, Why::NoInterface)),
        }
    }

    async fn account(&self) -> Result<String, Trouble> {
        let Account { id } = self.get("/v1/accounts/verify_credentials", &[]).await?;
        if is_id(&id) { Ok(id) } else { Err(trouble(Effect::None, Why::Unreadable)) }
    }

    async fn limits(&self) -> Result<Limits, Trouble> {
        let Instance { configuration: Configuration { statuses } } = self.get("/v2/instance", &[]).await?;
        Ok(statuses)
    }

    async fn write(&self, method: Method, path: &str, body: Body) -> Result<Answer, Trouble> {
        let answer = self.ask(method, path, &[], body).await?;
        // A status is not there: the one that is written, or the one that is answered.
        if answer.is_success() { Ok(answer) } else { Err(refused(&answer, Why::RemovedThere)) }
    }
}

impl Network for Api<'_> {
    async fn greet(&self) -> Result<Welcome, Trouble> {
        self.account().await?;
        self.limits().await?;
        let application: Application = self.get("/v1/apps/verify_credentials", &[]).await?;
        let writes = |scopes: Vec<String>| scopes.iter().any(|scope| scope == "write" || scope == "write:statuses");
        Ok(Welcome { may_publish: application.scopes.is_none_or(writes) })
    }

    fn posts(&self, piece: &Piece) -> Vec<String> {
        let address = thread::address_of(self.settings.site_url.as_ref(), piece);
        posts::posts(piece, address.as_deref(), |post| length(post, USUAL_URL) <= USUAL)
    }

    async fn takes(&self, posts: &[String]) -> Result<bool, Trouble> {
        let Limits { max_characters, characters_reserved_per_url } = self.limits().await?;
        Ok(posts.iter().all(|post| length(post, characters_reserved_per_url) <= max_characters))
    }

    /// The account's newest status: the first of ours is after it.
    async fn begin(&self, _: &Mark, _: &Piece) -> Result<String, Trouble> {
        let path = format!("/v1/accounts/{}/statuses", self.account().await?);
        let newest: Vec<Status> = self.get(&path, &[("limit", "1")]).await?;
        Ok(newest.into_iter().map(|status| status.id).find(|id| is_id(id)).unwrap_or_else(|| "0".to_owned()))
    }

    async fn read(&self, id: &str) -> Result<Option<Post>, Trouble> {
        let source: Option<Source> = self.of_status(&format!("/v1/statuses/{id}/source")).await?;
        Ok(source.map(|Source { text }| Post { id: id.to_owned(), text }))
    }

    async fn lost(&self, copy: &Copy<'_>, sought: &str) -> Result<Option<Post>, Trouble> {
        let path = format!("/v1/accounts/{}/statuses", self.account().await?);
        let parent = copy.ids.last().map(String::as_str);
        let mut since = parent.unwrap_or(copy.from).to_owned();
        for _ in 0..PAGES {
            let query = [("min_id", &*since), ("limit", PAGE), ("exclude_reblogs", "true")];
            let page: Vec<Status> = self.get(&path, &query).await?;
            let Some(newest) = page.iter().map(|status| &status.id).max_by_key(|id| (id.len(), *id)) else {
                return Ok(None);
            };
            newest.clone_into(&mut since);
            let answers = |status: &&Status| status.in_reply_to_id.as_deref() == parent && is_id(&status.id);
            for status in page.iter().rev().filter(answers) {
                let found = self.read(&status.id).await?;
                if let Some(post) = found.filter(|post| posts::fingerprint([&*post.text]) == sought) {
                    return Ok(Some(post));
                }
            }
        }
        // Whoever cannot tell makes no second one.
        Err(trouble(Effect::None, Why::Interrupted))
    }

    async fn add(&self, copy: &Copy<'_>, text: &str, piece: &Piece) -> Result<String, Trouble> {
        let visibility = self.settings.visibility.unwrap_or_default().name();
        // Null: it answers none.
        let parent = copy.ids.last();
        let status =
            json!({"status": text, "visibility": visibility, "language": language(piece), "in_reply_to_id": parent});
        let made = self.write(Method::POST, "/v1/statuses", Body::Once(status, copy.key(text))).await?;
        made.read().map(|Status { id, .. }| id)
    }

    /// Nothing there refuses to write over anything else.
    async fn edit(&self, id: &str, text: &str, piece: &Piece, _: &str) -> Result<(), Trouble> {
        let body = Body::Json(json!({"status": text, "language": language(piece)}));
        self.write(Method::PUT, &format!("/v1/statuses/{id}"), body).await.map(|_| ())
    }

    async fn delete(&self, id: &str) -> Result<(), Trouble> {
        let answer = self.ask(Method::DELETE, &format!("/v1/statuses/{id}"), &[], Body::None).await?;
        match answer.status {
            // So is one of another account, which readers go on seeing.
            404 | 410 => match self.of_status::<Status>(&format!("/v1/statuses/{id}")).await? {
                None => Ok(()),
                Some(_) => Err(trouble(Effect::None, Why::NotAllowed)),
            },
            _ if answer.is_success() => Ok(()),
            _ => Err(refused(&answer, Why::RemovedThere)),
        }
    }

    async fn address(&self, id: &str) -> Result<Option<String>, Trouble> {
        let status: Option<Status> = self.of_status(&format!("/v1/statuses/{id}")).await?;
        Ok(status.and_then(|status| shown(status.url)))
    }
}

/// ISO 639-1: without script and region.
fn language(piece: &Piece) -> Value {
    json!(piece.language.split('-').next())
}

/// As a Mastodon counts: by what people take for characters, an address as so many however long it is, and of `@somebody@a.server` what is
/// before the server (<https://docs.joinmastodon.org/user/posting/#text>).
fn length(text: &str, per_url: usize) -> usize {
    let (mut counted, mut from) = (0, 0);
    for link in links(text) {
        counted += outside(text.get(from..link.start).unwrap_or_default()) + per_url;
        from = link.end;
    }
    counted + outside(text.get(from..).unwrap_or_default())
}

fn outside(text: &str) -> usize {
    characters(text) - servers(text)
}

/// The characters of the servers of mentions, each with its `@`.
fn servers(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let words = text.split(|c: char| !(is_name(c) || is_host(c) || c == '@'));
    let server = |word: &str| {
        let (name, host) = word.strip_prefix('@')?.split_once('@')?;
        let host = host.trim_end_matches(['.', '-']);
        let is_mention =
            !name.is_empty() && name.chars().all(is_name) && host.contains('.') && host.chars().all(is_host);
        is_mention.then(|| host.len() + 1)
    };
    words.filter_map(server).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_length_and_a_server_none() {
        let long = format!("https://example.com/{}", "x".repeat(200));
        for (text, counted) in [
            ("a👩‍👩‍👧ü", 3),
            ("https://a.b", 23),
            (&*format!("{long}. {long}"), 23 + 2 + 23),
            (&*format!("文書 ({long})を読む。"), "文書 ()を読む。".chars().count() + 23),
            ("@ana@social.example.com, hello", "@ana, hello".len()),
            ("ana@example.com", "ana@example.com".len()),
        ] {
            assert_eq!(length(text, 23), counted, "{text}");
        }
    }
}
