//! Whatever dies or gets lost on an article's way to a Git repository, there is one file while the article is live, one commit of each change,
//! and no file afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::net::SocketAddr;

use galley_domain::{kernel::ids::TenantId, outbox::target::Target};
use galley_testkit::build::a_target;
use galley_tests::forge::{Forge, Kind, MAIN, TOKEN};
use serde_json::json;

use crate::placing::{Remote, each_point};

/// The one file of a run, which says so.
fn one_file(forge: &Forge, word: &str, title: &str) {
    let (files, path) = (forge.files(MAIN), format!("posts/first-{word}.md"));
    let ours: Vec<&String> = files.iter().filter(|path| path.contains(word)).collect();
    assert_eq!(ours, [&path]);
    let text = forge.read(MAIN, &path).unwrap();
    assert!(text.contains(&format!("title: \"{title} {word}\"")), "{text}");
}

impl Remote for Forge {
    type Seen = ();

    fn host(&self) -> &str {
        self.host()
    }

    fn address(&self) -> SocketAddr {
        self.address()
    }

    fn secret(&self) -> &str {
        TOKEN
    }

    fn target(&self, tenant: TenantId) -> Target {
        let mut made = self.target("blog", &json!({"branch": MAIN, "preset": "astro", "directory": "posts"}));
        let settings = serde_json::from_value(made["settings"].take()).unwrap();
        Target { tenant, url: self.url().to_owned().try_into().unwrap(), settings, ..a_target("blog") }
    }

    async fn has_first(&self, word: &str) {
        one_file(self, word, "First");
    }

    async fn has_second(&self, word: &str, (): &()) {
        one_file(self, word, "Second");
    }

    async fn has_none(&self, word: &str, (): &()) {
        let commits = self.commits(MAIN);
        let ours = commits.iter().rev().filter(|said| said.contains(word));
        let ours: Vec<&str> = ours.filter_map(|said| said.split(' ').next()).collect();
        assert_eq!(ours, ["Publish", "Publish", "Unpublish"], "{word}: one commit of each change");
        assert!(self.files(MAIN).iter().all(|path| !path.contains(word)), "{word}");
    }
}

#[tokio::test]
async fn an_article_has_one_file_whatever_dies_or_gets_lost_on_its_way_to_github() {
    each_point(Forge::start(Kind::GitHub).await).await;
}

#[tokio::test]
async fn an_article_has_one_file_whatever_dies_or_gets_lost_on_its_way_to_gitlab() {
    each_point(Forge::start(Kind::GitLab).await).await;
}
