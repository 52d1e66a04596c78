//! Whatever dies or gets lost on a thread's way to a social network, each of its posts is there once, in order, and none afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::net::SocketAddr;

use galley_domain::{kernel::ids::TenantId, outbox::target::Target};
use galley_local::networks::{
    bluesky::{self, Bluesky},
    mastodon::{self, Mastodon, Status},
};
use galley_testkit::build::a_target;
use serde_json::{Value, json};

use crate::placing::{Remote, each_point};

/// A first text of two posts, and a second that changes one of them and adds another.
fn thread(title: &str) -> String {
    let word = title.split(' ').next_back().unwrap();
    let posts: &[&str] = if title.starts_with("First") { &["one", "two"] } else { &["one", "changed", "three"] };
    let points: Vec<String> = posts.iter().map(|post| format!("<li>{word} {post}</li>")).collect();
    format!("<ol>{}</ol>", points.join(""))
}

fn said(word: &str, posts: &[&str]) -> Vec<String> {
    posts.iter().map(|post| format!("{word} {post}")).collect()
}

/// The thread of a run: each post answers the one before.
fn statuses(mastodon: &Mastodon, word: &str) -> Vec<Status> {
    let begins = format!("{word} ");
    let ours: Vec<Status> = mastodon.statuses().into_iter().filter(|status| status.text.starts_with(&begins)).collect();
    let parents = std::iter::once(None).chain(ours.iter().map(|status| Some(status.id)));
    assert!(ours.iter().zip(parents).all(|(status, parent)| status.answers == parent), "{ours:?}");
    ours
}

fn texts(ours: &[Status]) -> Vec<&str> {
    ours.iter().map(|status| &*status.text).collect()
}

impl Remote for Mastodon {
    type Seen = Vec<Status>;

    fn host(&self) -> &str {
        mastodon::HOST
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn secret(&self) -> &str {
        mastodon::TOKEN
    }

    fn target(&self, tenant: TenantId) -> Target {
        let settings = serde_json::from_value(json!({"kind": "mastodon"})).unwrap();
        let url = format!("https://{}", mastodon::HOST).try_into().unwrap();
        Target { tenant, url, settings, ..a_target("blog") }
    }

    fn task_type(&self) -> &'static str {
        "social_media"
    }

    fn html(&self, title: &str) -> Option<String> {
        Some(thread(title))
    }

    async fn has_first(&self, word: &str) -> Self::Seen {
        let ours = statuses(self, word);
        assert_eq!(texts(&ours), said(word, &["one", "two"]));
        ours
    }

    async fn has_second(&self, word: &str, first: &Self::Seen) {
        let ours = statuses(self, word);
        assert_eq!(texts(&ours), said(word, &["one", "changed", "three"]));
        assert!(ours.iter().zip(first).all(|(now, then)| now.id == then.id), "{ours:?}");
    }

    async fn has_none(&self, word: &str, _: &Self::Seen) {
        assert_eq!(statuses(self, word).len(), 0);
    }
}

/// The thread of a run, by its keys: each post answers the one before, and the first of them.
fn records(bluesky: &Bluesky, word: &str) -> Vec<(String, Value)> {
    let begins = format!("{word} ");
    let is_ours = |record: &Value| record["text"].as_str().unwrap().starts_with(&begins);
    let ours: Vec<(String, Value)> = bluesky.records().into_iter().filter(|(_, record)| is_ours(record)).collect();
    let uri = |nth: usize| json!(format!("at://{}/app.bsky.feed.post/{}", bluesky::DID, ours[nth].0));
    for (nth, (_, record)) in ours.iter().enumerate() {
        let answers = (&record["reply"]["root"]["uri"], &record["reply"]["parent"]["uri"]);
        let expected = if nth == 0 { (Value::Null, Value::Null) } else { (uri(0), uri(nth - 1)) };
        assert_eq!(answers, (&expected.0, &expected.1), "{nth}");
    }
    ours
}

impl Remote for Bluesky {
    type Seen = Vec<(String, Value)>;

    fn host(&self) -> &str {
        bluesky::HOST
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn secret(&self) -> &str {
        bluesky::PASSWORD
    }

    fn target(&self, tenant: TenantId) -> Target {
        let settings = serde_json::from_value(json!({"kind": "bluesky", "handle": bluesky::HANDLE})).unwrap();
        let url = format!("https://{}", bluesky::HOST).try_into().unwrap();
        Target { tenant, url, settings, ..a_target("blog") }
    }

    fn task_type(&self) -> &'static str {
        "social_media"
    }

    fn html(&self, title: &str) -> Option<String> {
        Some(thread(title))
    }

    async fn has_first(&self, word: &str) -> Self::Seen {
        let ours = records(self, word);
        let texts: Vec<&str> = ours.iter().map(|(_, record)| record["text"].as_str().unwrap()).collect();
        assert_eq!(texts, said(word, &["one", "two"]));
        ours
    }

    async fn has_second(&self, word: &str, first: &Self::Seen) {
        let ours = records(self, word);
        let texts: Vec<&str> = ours.iter().map(|(_, record)| record["text"].as_str().unwrap()).collect();
        assert_eq!(texts, said(word, &["one", "changed", "three"]));
        assert!(ours.iter().zip(first).all(|((now, _), (then, _))| now == then), "{ours:?}");
    }

    async fn has_none(&self, word: &str, _: &Self::Seen) {
        assert_eq!(records(self, word).len(), 0);
    }
}

#[tokio::test]
async fn a_thread_has_each_post_once_whatever_dies_or_gets_lost_on_its_way_to_bluesky() {
    each_point(Bluesky::start().await.unwrap()).await;
}

/// An hour has passed whenever somebody tries again: the key of a request is of no help.
#[tokio::test]
async fn a_thread_has_each_post_once_whatever_dies_or_gets_lost_on_its_way_to_mastodon() {
    let mastodon = Mastodon::start().await.unwrap();
    mastodon.rule(|rules| rules.forgets_keys = true);
    each_point(mastodon).await;
}
