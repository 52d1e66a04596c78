//! Whatever dies or gets lost on an article's way to a real WordPress, there is one post, and it says what is wanted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::net::SocketAddr;

use galley_domain::{kernel::ids::TenantId, outbox::target::Target};
use galley_testkit::build::a_target;
use galley_tests::wordpress::{HOST, WordPress};
use serde_json::{Value, json};

use crate::placing::{Remote, each_point};

/// The one post of a run, in whatever state.
async fn one_post(wordpress: &WordPress, word: &str, status: &str, title: &str) -> Value {
    let posts = wordpress.posts_with(word).await;
    assert_eq!(posts.len(), 1, "{word}: {posts:?}");
    let post = posts.into_iter().next().unwrap();
    let expected = (json!(status), json!(format!("{title} {word}")));
    assert_eq!((post["status"].clone(), post["title"]["raw"].clone()), expected, "{word}");
    post
}

impl Remote for WordPress {
    type Seen = Value;

    fn host(&self) -> &str {
        HOST
    }

    fn address(&self) -> SocketAddr {
        self.address()
    }

    fn secret(&self) -> &str {
        self.password("editor")
    }

    fn target(&self, tenant: TenantId) -> Target {
        Target { tenant, ..a_target("blog") }
    }

    async fn has_first(&self, word: &str) -> Value {
        let first = one_post(self, word, "publish", "First").await;
        assert_eq!(first["slug"], format!("first-{word}"));
        assert_eq!((first["tags"].as_array().unwrap().len(), first["categories"].as_array().unwrap().len()), (1, 1));
        first
    }

    async fn has_second(&self, word: &str, first: &Value) {
        let second = one_post(self, word, "publish", "Second").await;
        assert_eq!((&second["id"], &second["slug"]), (&first["id"], &first["slug"]));
    }

    async fn has_none(&self, word: &str, first: &Value) {
        assert_eq!(one_post(self, word, "draft", "Second").await["id"], first["id"]);
    }
}

#[tokio::test]
async fn an_article_has_one_post_whatever_dies_or_gets_lost_on_its_way_to_wordpress() {
    each_point(WordPress::start()).await;
}
