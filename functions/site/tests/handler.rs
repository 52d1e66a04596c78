//! What readers of a site are shown, with the store in memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    access::{
        people::{Person, PersonStore},
        role::Role,
    },
    content::{references::Reference, slug::Slug},
    kernel::clock::Clock,
    task::{
        record::{Live, Task},
        revision::{Author, Image, Revision},
        state::TaskState,
        store::{Change, Entry, LiveChange, TaskStore},
    },
    tenancy::{
        flags::FlagCache,
        settings::{Policy, Settings},
        suspension::Standing,
    },
};
use galley_testkit::{
    MemoryStore,
    build::{TaskBuilder, a_task, change, context, revision, subject, tenant},
    clock::TestClock,
    tenants,
};
use galley_testkit_http::{Answered, NOW, Visiting, visiting};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use site::App;

/// What somebody writes who wants more than a text.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&";

struct Bench {
    app: App<MemoryStore, TestClock>,
}

fn bench() -> Bench {
    let (store, clock, flags) = (MemoryStore::default(), TestClock::at("2026-11-20T12:00:00Z"), FlagCache::default());
    Bench { app: App { store, clock, hosts: "blog.example=acme,pages.example=*".parse().unwrap(), flags } }
}

impl Bench {
    async fn visited(&self, visiting: Visiting) -> Answered {
        visiting.answered(|visit| self.app.handle(visit)).await
    }

    async fn page(&self, path: &str) -> Answered {
        self.visited(visiting(path)).await
    }

    /// The text of a page that is there.
    async fn text(&self, path: &str) -> String {
        let page = self.page(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        page.text
    }

    fn now() -> Timestamp {
        TestClock::at(NOW).now()
    }

    /// A live article of `of`, the `number`th, with `text` as its revision.
    async fn publish(&self, of: &str, number: u8, fields: Value, text: impl FnOnce(Revision) -> Revision) -> Task {
        let at = Self::now() + SignedDuration::from_mins(i64::from(number));
        self.publish_at(a_task().of(of).number(number).asking(fields), &format!("Title {number}"), at, text).await
    }

    async fn publish_at(
        &self,
        asked: TaskBuilder,
        title: &str,
        at: Timestamp,
        text: impl FnOnce(Revision) -> Revision,
    ) -> Task {
        let store = &self.app.store;
        let accepted = asked.accepted();
        let task = accepted.task.clone();
        store.accept(accepted).await.unwrap();
        let claimed = task.claim(&context(at)).unwrap();
        store.commit(change(&task, claimed.clone())).await.unwrap();
        let text = text(revision(1, title, at));
        let drafted = claimed.0.drafted(&text, &context(at)).unwrap();
        let commit = Change { revision: Some(text.clone()), ..change(&claimed.0, drafted) };
        let (drafted, live) = (commit.task.clone(), Live::article(Slug::from_title(&text.title), 1, at));
        store.commit(commit).await.unwrap();
        let approved = Task { state: TaskState::Approved, ..drafted.clone() };
        let next = approved.published(live.clone(), &context(at)).unwrap();
        let entry = Entry::of(&next.0, &text, live);
        let commit = Change { live: LiveChange::Put(Box::new(entry)), ..change(&drafted, next) };
        let published = commit.task.clone();
        store.commit(commit).await.unwrap();
        published
    }

    async fn plain(&self, of: &str, number: u8) {
        self.publish(of, number, json!({}), |text| text).await;
    }

    async fn named(&self, name: &str) {
        let person = Person {
            subject: subject("ana"),
            tenant: tenant("acme"),
            role: Role::Author,
            display_name: Some(name.to_owned().try_into().unwrap()),
            groups: [].into(),
            added_at: NOW.parse().unwrap(),
            added_by: subject("ben"),
        };
        self.app.store.put_person(&person).await.unwrap();
    }
}

/// The values of every occurrence of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn what_is_no_page_of_a_site_is_not_found() {
    let bench = bench();
    bench.plain("acme", 1).await;
    for path in [
        "/",
        "/site",
        "/site/",
        "/site/ACME!/",
        "/site/acme/another",
        "/site/acme/title-1/x",
        "/site/acme/assets/site-0000.css",
        "/site/acme/assets/../lib.rs",
        "/site/acme/?after=made-up",
        "/site/acme/tags/none",
        "/site/acme/%2e%2e/",
        "/api/content/published/acme",
        "/api/content/published/acme/title-1",
        "/assets/index.js",
        "/health/live",
    ] {
        let page = bench.page(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.text.contains("Title 1"), "{path}");
    }
    let refused = bench.visited(visiting("/site/acme/").by("POST")).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn a_domain_that_nobody_named_shows_no_tenant() {
    let bench = bench();
    bench.plain("acme", 1).await;
    for domain in
        ["evil.example", "sub.blog.example", "blog.example.evil.example", "other.execute-api.eu.amazonaws.com", ""]
    {
        for path in ["/", "/title-1", "/site/acme/", "/site/acme/title-1", "/robots.txt"] {
            let page = bench.visited(visiting(path).at(domain)).await;
            assert_eq!((page.status, page.text.as_str()), (404, "Not Found"), "{domain}{path}");
        }
    }
}

#[tokio::test]
async fn a_tenants_own_domain_shows_nobody_else() {
    let bench = bench();
    bench.plain("acme", 1).await;
    bench.plain("beta", 2).await;
    let at_home = async |path: &str| bench.visited(visiting(path).at("blog.example")).await;
    for path in ["/site/beta/", "/site/beta/title-2", "/title-2", "/site/acme/"] {
        assert_eq!(at_home(path).await.status, 404, "{path}");
    }
    let (index, article) = (at_home("/").await, at_home("/title-1").await);
    assert_eq!((index.status, article.status), (200, 200));
    assert!(index.text.contains("href=\"/title-1\"") && !index.text.contains("/site/"), "{}", index.text);
    assert!(article.text.contains("<link rel=\"canonical\" href=\"https://blog.example/title-1\">"));
    let elsewhere = bench.visited(visiting("/site/acme/title-1").at("pages.example")).await;
    assert!(elsewhere.text.contains("<link rel=\"canonical\" href=\"https://blog.example/title-1\">"), "one address");
    assert!(elsewhere.text.contains(" href=\"/site/acme/\""), "but its links stay where the reader is");
}

#[tokio::test]
async fn nobody_learns_which_tenants_there_are() {
    let bench = bench();
    bench.plain("acme", 1).await;
    let (unknown, silent) = (bench.page("/site/nobody/").await, bench.page("/site/silent/").await);
    assert_eq!((unknown.status, silent.status), (404, 404));
    assert_eq!(unknown.text.replace("nobody", "silent"), silent.text);
    assert_eq!(bench.page("/site/beta/title-1").await.status, 404, "another tenant's article");
}

#[tokio::test]
async fn a_text_is_shown_as_a_text_whoever_wrote_it() {
    let bench = bench();
    let label: String = HOSTILE.chars().take(50).collect();
    let fields = json!({"tags": [label], "categories": [label]});
    bench
        .publish("acme", 1, fields, |mut text| {
            text.title = HOSTILE.to_owned();
            text.excerpt = HOSTILE.to_owned();
            (text.seo.title, text.seo.description) = (HOSTILE.to_owned(), HOSTILE.to_owned());
            text.featured_image = Some(Image {
                url: format!("https://pictures.example/{HOSTILE}"),
                alt: HOSTILE.to_owned(),
                photographer: Some(HOSTILE.to_owned()),
                licence: Some(HOSTILE.to_owned()),
                page: Some("https://pictures.example/".to_owned()),
            });
            text.html.push_str("<p><a href=\"https://found.example/a\">it</a></p>");
            let (title, published) = (HOSTILE.to_owned(), Some(HOSTILE.to_owned()));
            let url = "https://found.example/a".to_owned();
            text.references = vec![Reference { title, url, snippet: String::new(), published }];
            text
        })
        .await;
    bench.named(&HOSTILE.chars().take(80).collect::<String>()).await;
    let slug = Slug::from_title(HOSTILE);
    let index = bench.text("/site/acme/").await;
    let article = bench.text(&format!("/site/acme/{}", slug.as_str())).await;
    let labelled = values(&article, "href").into_iter().filter(|path| path.contains("/tags/")).collect::<Vec<_>>();
    let tag = bench.text(labelled[0]).await;
    for page in [index, article, tag] {
        assert!(!page.contains("<img src=x") && !page.contains("<script>"), "{page}");
        assert!(page.matches("<script").count() == page.matches("<script type=\"application/ld+json\">").count());
        let linked = page
            .split("<script type=\"application/ld+json\">")
            .nth(1)
            .map(|rest| rest.split("</script>").next().unwrap());
        assert!(linked.is_none_or(|data| serde_json::from_str::<Value>(data).unwrap()["headline"] == HOSTILE));
    }
}

#[tokio::test]
async fn a_page_may_run_nothing_and_load_nothing_but_its_style_and_pictures() {
    let bench = bench();
    bench.plain("acme", 1).await;
    let style = values(&bench.text("/site/acme/").await, "href")
        .into_iter()
        .find(|path| path.contains(".css"))
        .unwrap()
        .to_owned();
    for path in ["/site/acme/", "/site/acme/title-1", "/site/acme/nothing", &style, "/robots.txt", "/nowhere"] {
        let page = bench.page(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src https:; "), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        for rule in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
            assert!(policy.split("; ").any(|part| part == rule), "{path}: {rule}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "strict-origin-when-cross-origin", "{path}");
        assert_eq!(page.header("strict-transport-security"), "max-age=63072000", "nothing is said of other domains");
        assert!(!page.text.contains(" style=") && !page.text.contains("<style"), "{path}");
    }
    let css = bench.page(&style).await;
    assert_eq!(css.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(css.header("cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn a_tenant_says_how_its_site_is_called_and_looks() {
    let bench = bench();
    bench.plain("acme", 1).await;
    bench.plain("beta", 2).await;
    let site = json!({"name": "Notes & more", "logo": "https://pictures.example/logo.png", "accent": "#0B57B0", "footer": HOSTILE,
        "navigation": [{"label": "About", "url": "https://acme.example/about?a=1&b=2"}, {"label": "<b>", "url": "https://acme.example/"}]});
    let settings = Settings { site: serde_json::from_value(site).unwrap(), ..Settings::default() };
    tenants::set_own(&bench.app.store, &tenant("acme"), &settings).await;
    for path in ["/site/acme/", "/site/acme/title-1", "/site/acme/nothing"] {
        let page = bench.page(path).await.text;
        for told in [
            "<img src=\"https://pictures.example/logo.png\" alt=\"\">",
            "<span dir=\"auto\">Notes &#38; more</span>",
            "<a href=\"https://acme.example/about?a=1&#38;b=2\" dir=\"auto\">About</a>",
            "&#60;b&#62;</a>",
            "<link rel=\"stylesheet\" href=\"/site/acme/assets/accent-0b57b0.css\">",
            "<p dir=\"auto\">&#34;&#39;&#62;&#60;script&#62;",
        ] {
            assert!(page.contains(told), "{path}: {told}: {page}");
        }
        assert!(!page.contains("<script>") && !page.contains("<img src=x"), "{page}");
    }
    assert!(bench.text("/site/acme/title-1").await.contains("\"logo\":\"https://pictures.example/logo.png\""));
    assert!(bench.text("/site/acme/feed.xml").await.contains("<title>Notes &#38; more</title>"));
    let style = bench.page("/site/acme/assets/accent-0b57b0.css").await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.text.contains("--accent: #0b57b0;"), "{}", style.text);
    let other = bench.text("/site/beta/").await;
    assert!(!other.contains("Notes") && !other.contains("accent-") && !other.contains("<nav"), "{other}");
}

#[tokio::test]
async fn an_article_says_what_it_is_who_wrote_it_and_how_it_was_made() {
    let bench = bench();
    let fields = json!({"language": "ar", "tags": ["HTTP caching"], "categories": ["ويب"]});
    bench
        .publish("acme", 1, fields, |mut text| {
            text.author = Author::Model { model: "writer".to_owned().try_into().unwrap(), provider: None };
            text.featured_image = Some(Image {
                url: "https://pictures.example/a.jpg".to_owned(),
                alt: "A shelf".to_owned(),
                photographer: Some("Ola".to_owned()),
                licence: Some("CC BY 4.0".to_owned()),
                page: Some("https://pictures.example/a".to_owned()),
            });
            text.html.push_str("<p><a href=\"https://found.example/a\">it</a> <a href=\"/api/content/published/acme/other\">ours</a> <a href=\"/api/content/published/beta/theirs\">theirs</a></p>");
            text.references = vec![Reference { title: "A source".to_owned(), url: "https://found.example/a".to_owned(), snippet: String::new(), published: None }];
            text
        })
        .await;
    bench.named("Anna Nowak").await;
    let settings =
        Settings { disclosure: Some("Made with a model.".to_owned().try_into().unwrap()), ..Settings::default() };
    tenants::set_own(&bench.app.store, &tenant("acme"), &settings).await;
    let page = bench.text("/site/acme/title-1").await;
    for told in [
        "<html lang=\"ar\" dir=\"rtl\">",
        "<article lang=\"ar\" dir=\"rtl\">",
        "<h1>Title 1</h1>",
        "<span dir=\"auto\">Anna Nowak</span>",
        "<time datetime=\"2026-11-20T12:01:00Z\">2026-11-20</time>",
        "2 دقيقة قراءة",
        "<img src=\"https://pictures.example/a.jpg\" alt=\"A shelf\">",
        "href=\"https://pictures.example/a\"",
        "CC BY 4.0",
        "href=\"/site/acme/tags/HTTP%20caching\"",
        "href=\"/site/acme/categories/%D9%88%D9%8A%D8%A8\"",
        "<p class=\"disclosure\" dir=\"auto\">Made with a model.</p>",
        "href=\"https://found.example/a\" rel=\"noopener noreferrer nofollow\" dir=\"auto\">A source</a>",
        "href=\"/site/acme/other\">ours</a>",
        "<meta property=\"og:type\" content=\"article\">",
        "<meta property=\"og:image\" content=\"https://pictures.example/a.jpg\">",
        "<link rel=\"canonical\" href=\"https://blog.example/title-1\">",
        "\"digitalSourceType\":\"trainedAlgorithmicMedia\"",
        "\"author\":{\"@type\":\"Person\",\"name\":\"Anna Nowak\"}",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("\"ana\"") && !page.contains("task_"), "no subject and no id: {page}");
    assert!(bench.text("/site/acme/tags/HTTP%20caching").await.contains("Title 1"));
    assert!(bench.text("/site/acme/categories/%D9%88%D9%8A%D8%A8").await.contains("Title 1"));
}

#[tokio::test]
async fn the_index_has_every_article_once_the_newest_first_page_by_page() {
    let bench = bench();
    for number in 1..=45 {
        bench.plain("acme", number).await;
    }
    bench.plain("beta", 50).await;
    let (mut path, mut seen, mut pages) = (Some("/site/acme/".to_owned()), Vec::new(), 0);
    while let Some(at) = path {
        let page = bench.text(&at).await;
        seen.extend(
            page.split("<h2><a ")
                .skip(1)
                .map(|rest| rest.split("\">").nth(1).unwrap().split('<').next().unwrap().to_owned()),
        );
        path = values(&page, "href").into_iter().find(|path| path.contains("?after=")).map(str::to_owned);
        pages += 1;
    }
    let wanted: Vec<String> = (1..=45).rev().map(|number| format!("Title {number}")).collect();
    assert_eq!((seen, pages), (wanted, 3));
}

#[tokio::test]
async fn a_rare_tag_is_found_in_a_long_list_by_pages_that_each_look_at_a_part_of_it() {
    let bench = bench();
    for number in 1..=250 {
        let tags = if [1, 2, 249].contains(&number) { json!(["rare"]) } else { json!(["usual"]) };
        bench.publish("acme", number, json!({"tags": tags}), |text| text).await;
    }
    let pages = async |tag: &str| {
        let (mut path, mut seen) = (Some(format!("/site/acme/tags/{tag}")), Vec::new());
        while let Some(at) = path {
            let page = bench.text(&at).await;
            seen.push(page.matches("<article ").count());
            path = values(&page, "href").into_iter().find(|path| path.contains("?after=")).map(str::to_owned);
        }
        seen
    };
    assert_eq!(pages("rare").await, [1, 2], "two hundred looked at, and the rest");
    let usual = pages("usual").await;
    assert_eq!((usual.iter().sum::<usize>(), usual.iter().max()), (247, Some(&20)), "{usual:?}");
}

#[tokio::test]
async fn a_page_is_kept_by_caches_and_asked_again_by_its_tag() {
    let bench = bench();
    bench.plain("acme", 1).await;
    for path in ["/site/acme/", "/site/acme/title-1"] {
        let zipped = visiting(path).header("accept-encoding", "gzip");
        let page = bench.visited(zipped.clone()).await;
        assert_eq!(page.header("cache-control"), "public, max-age=60, stale-while-revalidate=300");
        assert_eq!((page.header("content-encoding"), page.header("vary")), ("gzip", "Accept-Encoding"));
        let again = bench.visited(zipped.header("if-none-match", page.header("etag"))).await;
        assert_eq!((again.status, again.header("etag"), again.text.as_str()), (304, page.header("etag"), ""));
        assert_eq!(
            again.header("content-security-policy"),
            "",
            "a browser would put it in the place of the page's own"
        );
        let plain = bench.page(path).await;
        assert_ne!(plain.header("etag"), page.header("etag"));
        let head = bench.visited(visiting(path).by("HEAD")).await;
        assert_eq!((head.status, head.header("etag"), head.text.as_str()), (200, plain.header("etag"), ""));
    }
    let missing = bench.page("/site/acme/nothing").await;
    assert_eq!(missing.header("cache-control"), "public, max-age=10", "what is published there next is shown soon");
}

#[tokio::test]
async fn an_address_with_a_slash_too_many_or_too_few_leads_to_the_right_one() {
    let bench = bench();
    bench.plain("acme", 1).await;
    for (path, to) in [("/site/acme", "/site/acme/"), ("/site/acme/title-1/", "/site/acme/title-1")] {
        let moved = bench.page(path).await;
        assert_eq!((moved.status, moved.header("location")), (308, to));
    }
    let moved = bench.visited(visiting("/title-1/").at("blog.example")).await;
    assert_eq!((moved.status, moved.header("location")), (308, "/title-1"));
    let moved = bench.visited(visiting("//evil.example/").at("blog.example")).await;
    assert_eq!((moved.status, moved.header("location")), (404, ""), "it leads to no other domain");
}

#[tokio::test]
async fn the_page_around_a_text_is_in_the_tenants_language() {
    let bench = bench();
    bench.publish("acme", 1, json!({"language": "en"}), |text| text).await;
    let policy = Policy { language: Some("de-AT".parse().unwrap()), ..Policy::default() };
    let settings = Settings { policy, ..Settings::default() };
    tenants::set_own(&bench.app.store, &tenant("acme"), &settings).await;
    let index = bench.text("/site/acme/").await;
    assert!(
        index.contains("<html lang=\"de\" dir=\"ltr\">") && index.contains("<article lang=\"en\" dir=\"ltr\">"),
        "{index}"
    );
    assert!(bench.text("/site/acme/title-1").await.contains("<html lang=\"en\" dir=\"ltr\">"), "an article in its own");
}

/// As a feed reader has it.
fn parsed(page: &Answered) -> feed_rs::model::Feed {
    feed_rs::parser::parse(page.text.as_bytes()).map_err(|error| format!("{error}: {}", page.text)).unwrap()
}

const FEEDS: [(&str, &str); 2] = [
    ("/site/acme/feed.xml", "application/atom+xml; charset=utf-8"),
    ("/site/acme/feed.json", "application/feed+json; charset=utf-8"),
];

#[tokio::test]
async fn what_is_no_feed_and_no_map_of_a_site_is_not_found() {
    let bench = bench();
    bench.publish("acme", 1, json!({"tags": ["http"]}), |text| text).await;
    for path in [
        "/feed.xml",
        "/sitemap.xml",
        "/site/silent/feed.xml",
        "/site/silent/feed.json",
        "/site/silent/sitemap.xml",
        "/site/silent/sitemap.xml?day=2026-11-20",
        "/site/acme/feed.xml?tag=none",
        "/site/acme/feed.xml?tag=",
        "/site/acme/feed.xml?category=http",
        "/site/acme/feed.json?tag=http&category=http",
        "/site/acme/feed.rss",
        "/site/acme/sitemap.xml?day=2026-11-19",
        "/site/acme/sitemap.xml?day=2026-11-21",
        "/site/acme/sitemap.xml?day=9999-12-31",
        "/site/acme/sitemap.xml?day=today",
        "/site/acme/robots.txt",
    ] {
        let page = bench.page(path).await;
        assert_eq!(page.status, 404, "{path}: {}", page.text);
        assert!(!page.text.contains("Title 1"), "{path}");
    }
}

#[tokio::test]
async fn a_feed_is_what_feed_readers_read_whatever_its_texts_have_in_them() {
    let bench = bench();
    let fields = json!({"tags": ["a, b & <c>"], "categories": ["ويب"], "language": "ar"});
    let hostile = format!("{HOSTILE}]]>\u{8}\u{ffff}");
    bench
        .publish("acme", 1, fields, |mut text| {
            (text.title, text.excerpt) = (hostile.clone(), hostile.clone());
            text
        })
        .await;
    bench.plain("acme", 2).await;
    bench.plain("beta", 3).await;
    for (path, content_type) in FEEDS {
        let page = bench.page(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, content_type));
        let feed = parsed(&page);
        assert_eq!(feed.title.unwrap().content, "acme");
        assert_eq!(
            feed.authors.iter().map(|author| author.name.as_deref().unwrap()).collect::<Vec<_>>(),
            ["acme"],
            "{path}"
        );
        assert_eq!(feed.entries.len(), 2, "one tenant's alone");
        let (newest, hostile) = (&feed.entries[0], &feed.entries[1]);
        assert_eq!(newest.title.as_ref().unwrap().content, "Title 2");
        assert_eq!(newest.links[0].href, "https://blog.example/title-2");
        let wanted = format!("{HOSTILE}]]>");
        assert_eq!(hostile.title.as_ref().unwrap().content, wanted, "{path}");
        assert_eq!(hostile.published.unwrap().to_rfc3339(), "2026-11-20T12:01:00+00:00");
        let labels: Vec<_> = hostile.categories.iter().map(|label| label.term.as_str()).collect();
        assert_eq!(labels, ["a, b & <c>", "ويب"], "{path}");
        assert!(!page.text.contains("<script") || path.ends_with("json"), "{}", page.text);
        assert!(!page.text.contains("task_") && !page.text.contains("ana"), "no id and no subject: {}", page.text);
    }
}

#[tokio::test]
async fn an_entry_keeps_its_id_when_its_tenant_moves_to_a_domain_of_its_own() {
    let (mut bench, mut ids) = (bench(), Vec::new());
    bench.plain("acme", 1).await;
    for hosts in ["pages.example=*", "blog.example=acme,pages.example=*"] {
        bench.app.hosts = hosts.parse().unwrap();
        let both = FEEDS.map(|(path, _)| visiting(path).at("pages.example"));
        for feed in both {
            ids.push(parsed(&bench.visited(feed).await).entries[0].id.clone());
        }
    }
    assert!(ids[0].starts_with("urn:uuid:") && ids[0].len() == 45, "{ids:?}");
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn a_labels_page_leads_to_the_feed_of_that_label() {
    let bench = bench();
    for (number, fields) in [(1, json!({"tags": ["a,b&c/d"]})), (2, json!({"categories": ["a,b&c/d"]})), (3, json!({}))]
    {
        bench.publish("acme", number, fields, |text| text).await;
    }
    for (list, title) in
        [("/site/acme/tags/a%2Cb%26c%2Fd", "Title 1"), ("/site/acme/categories/a%2Cb%26c%2Fd", "Title 2")]
    {
        let page = bench.text(list).await;
        let feeds: Vec<_> = values(&page, "href").into_iter().filter(|path| path.contains("/feed.")).collect();
        assert_eq!(feeds.len(), 3, "two for programs, and one in sight: {page}");
        for path in feeds {
            let feed = parsed(&bench.page(path).await);
            let titles: Vec<_> =
                feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().content.clone()).collect();
            assert_eq!(titles, [title], "{path}");
        }
    }
    // Beside an article stands the feed of the whole site, under the site's name and not the article's.
    let article = bench.text("/site/acme/title-1").await;
    assert!(article.contains(r#"type="application/atom+xml" title="acme""#), "{article}");
}

/// What a sitemap, or an index of them, names.
fn named(map: &str) -> Vec<String> {
    map.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_sitemap_names_every_page_and_robots_find_it() {
    let bench = bench();
    bench.plain("acme", 1).await;
    bench.plain("acme", 2).await;
    let robots = bench.visited(visiting("/robots.txt").at("blog.example")).await;
    assert_eq!(robots.text, "User-agent: *\nAllow: /\nSitemap: https://blog.example/sitemap.xml\n");
    let map = bench.visited(visiting("/sitemap.xml").at("blog.example")).await;
    assert_eq!((map.status, map.header("content-type")), (200, "application/xml; charset=utf-8"));
    let home = "https://blog.example";
    assert_eq!(named(&map.text), [format!("{home}/"), format!("{home}/title-2"), format!("{home}/title-1")]);
    assert!(map.text.contains("<lastmod>2026-11-20T12:02:00Z</lastmod>"), "{}", map.text);
    let shared = bench.visited(visiting("/robots.txt").at("pages.example")).await;
    assert!(!shared.text.contains("acme"), "nobody learns which tenants there are");
}

#[tokio::test]
async fn a_long_list_is_named_day_by_day_and_each_article_once() {
    let bench = bench();
    for number in 0..1003_u32 {
        let two_days_later = if number > 600 { 2 * 24 * 60 } else { 0 };
        let at = Bench::now() - SignedDuration::from_mins(5 * i64::from(number) + two_days_later);
        bench.publish_at(a_task().at(at), &format!("Title {number}"), at, |text| text).await;
    }
    let index = bench.text("/site/acme/sitemap.xml").await;
    assert!(index.contains("<sitemapindex "), "{index}");
    let mut articles = Vec::new();
    let days = named(&index);
    assert_eq!(days.len(), 6, "{index}");
    for day in days {
        let map = bench.visited(visiting(day.strip_prefix("https://blog.example").unwrap()).at("blog.example")).await;
        assert_eq!(map.status, 200, "{day}");
        articles.extend(named(&map.text).into_iter().skip(1));
    }
    assert_eq!(articles.len(), 1003);
    articles.sort();
    articles.dedup();
    assert_eq!(articles.len(), 1003);
}

#[tokio::test]
async fn nothing_of_a_suspended_tenant_is_shown_and_all_of_it_is_there_again_afterwards() {
    let bench = bench();
    bench.plain("acme", 1).await;
    bench.plain("other", 2).await;
    let paths = ["/site/acme/", "/site/acme/title-1", "/site/acme/feed.xml", "/site/acme/sitemap.xml"];
    for path in paths {
        bench.text(path).await;
    }
    tenants::turn(&bench.app.store, "acme", Standing::Suspended).await;
    bench.app.clock.advance(SignedDuration::from_secs(30));
    for path in paths {
        let page = bench.page(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(!page.text.contains("Title 1") && !page.header("cache-control").contains("stale"), "{path}");
    }
    let own = bench.visited(visiting("/").at("blog.example")).await;
    assert_eq!(own.status, 404, "at a domain of its own, too");
    bench.text("/site/other/").await;
    tenants::turn(&bench.app.store, "acme", Standing::Active).await;
    bench.app.clock.advance(SignedDuration::from_secs(30));
    bench.text("/site/acme/title-1").await;
}
