//! Articles in a Git repository: what a forge's rules make of each write, and the whole way of an article, to the page that Hugo makes.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{process::Command, time::Duration};

use axum::{Router, routing::get};
use galley_adapters::{callback_sender::HttpCallbackSender, targets::HttpTargets};
use galley_domain::{
    kernel::ids::TaskId,
    outbox::{
        port::{Mark, Piece, Publication, PublishingTarget, Seen, SeenState, Site, Trail},
        target::Target,
        trouble::{Effect, Why},
    },
    task::revision::Image,
};
use galley_testkit::{
    build::a_target,
    target_contract::{self, Addresses, Drafts, Kept, a_piece},
};
use galley_tests::{
    Galley, article,
    forge::{Forge, Kind, MAIN, TOKEN},
    options,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::targets::{PNG, placed, publish};

const KINDS: [Kind; 2] = [Kind::GitHub, Kind::GitLab];
const PRESETS: [&str; 3] = ["hugo", "jekyll", "astro"];

/// A repository, and what writes to it.
struct Bench {
    forge: Forge,
    targets: HttpTargets,
    target: Target,
    secret: SecretString,
}

impl Bench {
    fn of(forge: Forge, settings: &Value) -> Self {
        let stand_ins = forge.stand_in();
        Self::among(forge, settings, &stand_ins)
    }

    fn among(forge: Forge, settings: &Value, stand_ins: &str) -> Self {
        let mut body = forge.target("blog", settings);
        let target = Target {
            url: body["url"].as_str().unwrap().to_owned().try_into().unwrap(),
            settings: serde_json::from_value(body["settings"].take()).unwrap(),
            ..a_target("blog")
        };
        let targets = HttpTargets::new(HttpCallbackSender::new(stand_ins.parse().unwrap()));
        Self { forge, targets, target, secret: SecretString::from(TOKEN) }
    }

    fn site(&self) -> Site<'_> {
        Site { target: &self.target, secret: &self.secret }
    }

    async fn drafted(&self, piece: &Piece) -> Seen {
        self.targets.draft(self.site(), &mark(), piece).await.unwrap()
    }

    /// A first publication.
    async fn published(&self, piece: &Piece) -> Seen {
        let draft = self.drafted(piece).await;
        let (id, over) = (&draft.id, &draft.fingerprint);
        self.targets.publish(self.site(), id, piece, Publication::First, over).await.unwrap()
    }

    async fn look(&self, seen: &Seen) -> Option<Seen> {
        self.targets.look(self.site(), Trail::Id(&seen.id)).await.unwrap()
    }
}

fn mark() -> Mark {
    Mark::of(&TaskId::new(format!("task_{}", "0".repeat(32))).unwrap(), &"blog".parse().unwrap())
}

fn changed(piece: &Piece, title: &str) -> Piece {
    Piece { title: title.to_owned(), ..piece.clone() }
}

#[tokio::test]
async fn a_git_repository_keeps_the_contract_of_targets() {
    for kind in KINDS {
        for preset in PRESETS {
            let settings = json!({"preset": preset, "site_url": "https://www.example.com/posts"});
            let bench = Bench::of(Forge::start(kind).await, &settings);
            let keeps = (Kept::AsSent, Drafts::NotThere, Addresses::OfSlug);
            target_contract::holds_for(&bench.targets, bench.site(), preset, keeps).await;
            let said = bench.forge.commits(MAIN);
            let deeds: Vec<&str> = said.iter().rev().filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(
                deeds,
                // The article, and then the thread.
                [
                    "By",
                    "Publish",
                    "Publish",
                    "Unpublish",
                    "Publish",
                    "Unpublish",
                    "Publish",
                    "Publish",
                    "Publish",
                    "Unpublish"
                ],
                "one commit of each change"
            );
            assert_eq!(bench.forge.files(MAIN), ["README.md"]);
        }
    }
}

#[tokio::test]
async fn a_test_tells_what_is_in_the_way() {
    for kind in KINDS {
        let of = async |settings: Value| Bench::of(Forge::start(kind).await, &settings);
        let greeted = async |bench: &Bench| bench.targets.greet(bench.site()).await;
        let bench = of(json!({})).await;
        assert!(greeted(&bench).await.unwrap().may_publish);
        let wrong = SecretString::from("the token of nobody");
        let site = Site { target: &bench.target, secret: &wrong };
        assert_eq!(bench.targets.greet(site).await.unwrap_err().why, Why::CredentialsRefused);
        assert_eq!(bench.targets.draft(site, &mark(), &a_piece("A")).await.unwrap_err().why, Why::CredentialsRefused);
        for (settings, why) in
            [(json!({"repository": "acme/other"}), Why::NoRepository), (json!({"branch": "release"}), Why::NoBranch)]
        {
            let bench = of(settings).await;
            assert_eq!(greeted(&bench).await.unwrap_err().why, why);
        }
        bench.forge.rule(|rules| rules.protected = true);
        assert_eq!(greeted(&bench).await.unwrap_err().why, Why::BranchProtected);
        let proposes = Bench::of(Forge::start(kind).await, &json!({"pull_request": true}));
        proposes.forge.rule(|rules| rules.protected = true);
        assert!(greeted(&proposes).await.unwrap().may_publish, "its changes are merged by somebody");
        bench.forge.rule(|rules| (rules.protected, rules.push) = (false, false));
        assert!(!greeted(&bench).await.unwrap().may_publish);
        assert_eq!(bench.forge.commits(MAIN).len(), 1, "nothing is changed there");
    }
}

#[tokio::test]
async fn a_write_that_is_refused_says_why_and_does_nothing() {
    for kind in KINDS {
        let bench = Bench::of(Forge::start(kind).await, &json!({}));
        let piece = a_piece("An article");
        let draft = bench.drafted(&piece).await;
        let write = async || {
            let write = bench.targets.publish(bench.site(), &draft.id, &piece, Publication::First, &draft.fingerprint);
            write.await.unwrap_err()
        };
        bench.forge.rule(|rules| rules.protected = true);
        let refused = write().await;
        assert_eq!((refused.why, refused.effect), (Why::BranchProtected, Effect::None));
        bench.forge.rule(|rules| (rules.protected, rules.push) = (false, false));
        let refused = write().await;
        assert_eq!((refused.why, refused.effect), (Why::NotAllowed, Effect::None));
        let in_five_minutes = jiff::Timestamp::now().as_second() + 300;
        bench.forge.rule(|rules| (rules.push, rules.limited_until) = (true, Some(in_five_minutes)));
        let limited = write().await;
        assert_eq!((limited.why, limited.effect), (Why::RateLimited, Effect::None));
        assert!(limited.after.is_some_and(|wait| wait > Duration::from_secs(280)), "{limited:?}");
        assert_eq!(bench.forge.commits(MAIN).len(), 1);
    }
}

#[tokio::test]
async fn what_somebody_writes_between_a_look_and_a_write_is_told_and_not_written_over() {
    for kind in KINDS {
        let bench = Bench::of(Forge::start(kind).await, &json!({"preset": "astro"}));
        let (first, path) = (a_piece("An article"), "src/content/blog/an-article.md");
        // A commit to another file is in nobody's way.
        bench.forge.rule(|rules| rules.meanwhile = Some(("about.md".to_owned(), "About".to_owned())));
        let public = bench.published(&first).await;
        assert_eq!((public.state, bench.forge.files(MAIN).len()), (SeenState::Public, 3));
        let second = changed(&first, "Another title");
        let write = async |over: &Seen| {
            bench.targets.publish(bench.site(), &public.id, &second, Publication::Update, &over.fingerprint).await
        };
        bench.forge.rule(|rules| rules.meanwhile = Some((path.to_owned(), "By hand".to_owned())));
        let refused = write(&public).await.unwrap_err();
        assert_eq!((refused.why, refused.effect), (Why::EditedThere, Effect::None));
        assert_eq!(bench.forge.read(MAIN, path).as_deref(), Some("By hand"));
        let edited = bench.look(&public).await.unwrap();
        assert_ne!(edited.fingerprint, public.fingerprint);
        // Over what was seen it may go: somebody said so.
        assert_eq!(write(&edited).await.unwrap().fingerprint, bench.targets.fingerprint(bench.site(), &second));
        bench.forge.by_hand(MAIN, path, None);
        assert_eq!(bench.look(&public).await, None);
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_found_and_not_made_again() {
    for kind in KINDS {
        let bench = Bench::of(Forge::start(kind).await, &json!({}));
        let piece = a_piece("An article");
        let draft = bench.drafted(&piece).await;
        bench.forge.rule(|rules| rules.loses_an_answer = true);
        let publish = async || {
            bench.targets.publish(bench.site(), &draft.id, &piece, Publication::First, &draft.fingerprint).await
        };
        assert_eq!(publish().await.unwrap_err().effect, Effect::Unknown);
        let found = bench.look(&draft).await.unwrap();
        assert_eq!(found.fingerprint, draft.fingerprint);
        assert_eq!(publish().await.unwrap(), found);
        assert_eq!(bench.drafted(&piece).await.id, draft.id, "its mark is known again");
        assert_eq!(bench.forge.commits(MAIN).len(), 2, "one of somebody, one of the article");
    }
}

#[tokio::test]
async fn a_path_that_is_somebodys_is_left_alone_and_an_empty_repository_is_begun() {
    for kind in KINDS {
        let bench = Bench::of(Forge::start(kind).await, &json!({"preset": "astro", "directory": "posts"}));
        bench.forge.by_hand(MAIN, "posts/an-article.md", Some("Somebody's own\n"));
        let public = bench.published(&a_piece("An article")).await;
        assert!(public.id.0.starts_with("posts/an-article-"), "{public:?}");
        bench.forge.by_hand(MAIN, public.id.0.split('#').next().unwrap(), Some("Somebody's own, too\n"));
        bench.targets.unpublish(bench.site(), &public.id).await.unwrap();
        assert_eq!(bench.forge.files(MAIN).len(), 3, "what is not ours stays");

        let bench = Bench::of(Forge::empty(kind).await, &json!({}));
        assert!(bench.targets.greet(bench.site()).await.unwrap().may_publish);
        bench.published(&a_piece("An article")).await;
        assert_eq!(bench.forge.files(MAIN), ["content/posts/an-article/index.md"]);
    }
}

#[tokio::test]
async fn a_change_is_proposed_once_and_what_nobody_merged_is_withdrawn() {
    for kind in KINDS {
        let bench = Bench::of(Forge::start(kind).await, &json!({"pull_request": true}));
        bench.forge.rule(|rules| rules.protected = true);
        let (first, path) = (a_piece("An article"), "content/posts/an-article/index.md");
        let public = bench.published(&first).await;
        assert!(public.url.as_ref().unwrap().ends_with("/1"), "{public:?}");
        let second = changed(&first, "Another title");
        let write = async |piece: &Piece, over: &Seen| {
            let write = bench.targets.publish(bench.site(), &over.id, piece, Publication::Update, &over.fingerprint);
            write.await.unwrap()
        };
        let updated = write(&second, &public).await;
        assert_eq!(bench.look(&public).await.as_ref(), Some(&updated));
        assert_eq!((bench.forge.proposals().len(), bench.forge.commits(MAIN).len()), (1, 1), "proposed, and once");
        bench.forge.merge(1);
        assert_eq!(bench.look(&public).await.unwrap().fingerprint, updated.fingerprint);
        let third = write(&changed(&first, "A third title"), &updated).await;
        let proposals = bench.forge.proposals();
        assert_eq!((proposals.len(), proposals[1].open), (2, true), "{proposals:?}");
        assert!(!bench.forge.read(MAIN, path).unwrap().contains("A third title"));
        bench.targets.unpublish(bench.site(), &third.id).await.unwrap();
        assert_eq!(bench.look(&third).await, None);
        bench.forge.merge(2);
        assert_eq!(bench.forge.files(MAIN), ["README.md"]);
        // What was never merged has nothing to be taken down.
        let again = bench.published(&first).await;
        bench.targets.unpublish(bench.site(), &again.id).await.unwrap();
        assert!(bench.forge.proposals().iter().all(|one| !one.open));
        bench.targets.unpublish(bench.site(), &again.id).await.unwrap();
        assert_eq!(bench.forge.proposals().len(), 3);
    }
}

/// An article with a picture, and the stand-ins of what has it.
async fn pictured() -> (Piece, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stand_in = format!("images.example.com={}", listener.local_addr().unwrap());
    let router = Router::new().route("/a.png", get(|| async { PNG }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (photographer, licence) = (Some("Ana & Bo".to_owned()), Some("CC0".to_owned()));
    let url = "https://images.example.com/a.png".to_owned();
    let image = Image { url, alt: "A \"cache\"".to_owned(), photographer, licence, page: None };
    (Piece { image: Some(image), ..a_piece("With a picture") }, stand_in)
}

#[tokio::test]
async fn a_picture_is_in_the_commit_of_its_article_and_goes_with_it() {
    for kind in KINDS {
        for (preset, picture) in PRESETS.into_iter().zip([
            "content/posts/with-a-picture/cover.png",
            "assets/images/1970-01-01-with-a-picture.png",
            "src/content/blog/with-a-picture.png",
        ]) {
            let (piece, images) = pictured().await;
            let forge = Forge::start(kind).await;
            let stand_ins = format!("{},{images}", forge.stand_in());
            let bench = Bench::among(forge, &json!({"preset": preset}), &stand_ins);
            let public = bench.published(&piece).await;
            assert!(public.pictured);
            assert_eq!(bench.forge.commits(MAIN).len(), 2, "one commit");
            assert!(bench.forge.files(MAIN).iter().any(|path| path == picture), "{:?}", bench.forge.files(MAIN));
            let second = changed(&piece, "Another title");
            let update =
                bench.targets.publish(bench.site(), &public.id, &second, Publication::Update, &public.fingerprint);
            assert!(update.await.unwrap().pictured, "it stays");
            bench.targets.unpublish(bench.site(), &public.id).await.unwrap();
            assert_eq!(bench.forge.files(MAIN), ["README.md"]);
        }
    }
}

/// The page that Hugo makes of the repository's only article, as a reader's browser gets it.
fn page_by_hugo(forge: &Forge, slug: &str) -> String {
    let folder = TempDir::new().unwrap();
    let site = folder.path().join("site");
    forge.check_out(MAIN, &site);
    std::fs::create_dir_all(site.join("layouts/_default")).unwrap();
    let layout = "<html lang=\"{{ .Params.language }}\"><title>{{ .Title }}</title><time>{{ .Date.Format \"2006\" }}</time>\
        {{ range .Params.tags }}<b>{{ . }}</b>{{ end }}{{ with .Resources.GetMatch .Params.image }}<img src=\"{{ .RelPermalink }}\">{{ end }}\
        <main>{{ .Content }}</main></html>";
    for name in ["single", "list"] {
        std::fs::write(site.join(format!("layouts/_default/{name}.html")), layout).unwrap();
    }
    std::fs::write(site.join("config.toml"), "baseURL = \"https://www.example.com/\"\n").unwrap();
    let hugo = Command::new("hugo").arg("--quiet").current_dir(&site).output().expect("hugo: apt-get install hugo");
    assert!(hugo.status.success(), "{}", String::from_utf8_lossy(&hugo.stdout));
    std::fs::read_to_string(site.join(format!("public/posts/{slug}/index.html"))).unwrap()
}

#[tokio::test]
async fn hugo_shows_an_article_whole_whether_it_was_written_in_markdown_or_not() {
    let (piece, images) = pictured().await;
    let forge = Forge::start(Kind::GitHub).await;
    let stand_ins = format!("{},{images}", forge.stand_in());
    let bench = Bench::among(forge, &json!({}), &stand_ins);
    let html = format!("{}\n<p>{{{{< figure >}}}} {{{{% x %}}}}</p>", piece.html);
    let of_html = Piece { html: html.clone(), ..piece };
    let public = bench.published(&of_html).await;
    let page = page_by_hugo(&bench.forge, "with-a-picture");
    assert!(page.contains("<title>With a picture &amp; “more”</title>"), "{page}");
    assert!(
        page.contains("<b>R&amp;D</b>") && page.contains("<img src=\"/posts/with-a-picture/cover.png\">"),
        "{page}"
    );
    let main = page.split_once("<main>").and_then(|(_, rest)| rest.split_once("</main>")).unwrap().0;
    let shown = main.replace("&#123;", "{").replace("&#10;", "\n");
    let inner = shown.trim().strip_prefix("<div>\n").and_then(|text| text.strip_suffix("\n</div>")).unwrap();
    assert_eq!(inner, html, "every letter of it");

    let markdown = "## What it is\n\n**Bold**, a [link](https://example.com/?a=1&b=2), `x < y`.\n\n| A |\n|---|\n| 1 |\n\n```\none\n\n\ntwo\n```";
    let in_markdown = Piece { markdown: Some(markdown.to_owned()), ..of_html };
    let update =
        bench.targets.publish(bench.site(), &public.id, &in_markdown, Publication::Update, &public.fingerprint);
    update.await.unwrap();
    let page = page_by_hugo(&bench.forge, "with-a-picture");
    for part in [
        "<strong>Bold</strong>",
        "<code>x &lt; y</code>",
        "<td>1</td>",
        "one\n\n\ntwo",
        "href=\"https://example.com/?a=1&amp;b=2\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn an_article_reaches_a_repository_and_follows_every_later_change() {
    let forge = Forge::start(Kind::GitHub).await;
    let mut options = options();
    options.parameters.insert("CallbackStandIns".into(), forge.stand_in());
    let galley = Galley::with(options).await;
    for (field, settings) in [
        ("settings.directory", json!({"directory": "../secrets"})),
        ("settings.branch", json!({"branch": "a..b"})),
        ("settings.repository", json!({"repository": "acme"})),
        ("settings.preset", json!({"preset": "wordpress"})),
        ("settings.site_url", json!({"site_url": "http://www.example.com"})),
    ] {
        let refused = galley.post("admin", "/api/admin/targets", forge.target("site", &settings)).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{}", refused.body);
    }
    let settings = json!({"site_url": "https://www.example.com/posts", "author": "The editors"});
    let made = galley.post("admin", "/api/admin/targets", forge.target("site", &settings)).await.expect(201);
    assert!(!made.body.to_string().contains(TOKEN), "the token is write-only");
    let tested = galley.post("admin", "/api/admin/targets/site/test", json!({})).await.expect(200);
    assert_eq!(tested.body["ready"], true, "{}", tested.body);

    let body = json!({"topic": "How HTTP caching works", "target_length": 200, "quality_preference": "fast",
        "publish_to": ["site"], "tags": ["http"], "categories": ["Web"]});
    let task = galley.create(body).await;
    galley.wait(&task, "awaiting_approval").await;
    publish(&galley, &task, "Caching in practice").await;
    let first = placed(&galley, &task, "placed").await;
    assert_eq!(first["remote_url"], "https://www.example.com/posts/caching-in-practice/");
    let path = "content/posts/caching-in-practice/index.md";
    let file = forge.read(MAIN, path).unwrap();
    assert!(
        file.ends_with(&format!("---\n\n{}\n", article("Caching in practice").trim_end())),
        "as it was written: {file}"
    );
    assert!(file.contains("title: \"Caching in practice\"\n") && file.contains("author: \"The editors\"\n"), "{file}");
    let page = page_by_hugo(&forge, "caching-in-practice");
    for heading in ["What it is", "How it works", "What comes next"] {
        assert!(page.contains(heading), "{page}");
    }

    publish(&galley, &task, "Caching, explained better").await;
    galley.until(async || forge.read(MAIN, path).unwrap().contains("explained better")).await;
    let second = placed(&galley, &task, "placed").await;
    assert_eq!((&second["remote_id"], &second["remote_url"]), (&first["remote_id"], &first["remote_url"]));

    forge.by_hand(MAIN, path, Some(&forge.read(MAIN, path).unwrap().replace("explained", "told")));
    publish(&galley, &task, "Caching, a third time").await;
    let conflict = placed(&galley, &task, "conflict").await;
    assert_eq!(conflict["last_error"], "edited_there");
    galley.post("editor", &format!("{task}/targets/site/retry"), json!({"resolution": "overwrite"})).await.expect(202);
    placed(&galley, &task, "placed").await;
    assert!(forge.read(MAIN, path).unwrap().contains("a third time"));

    galley.post("editor", &format!("{task}/unpublish"), json!({})).await.expect(200);
    placed(&galley, &task, "gone").await;
    assert_eq!(forge.files(MAIN), ["README.md"]);
}
