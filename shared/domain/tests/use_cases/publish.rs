//! Going live: what was approved, byte for byte, or nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    access::{
        allowance::Allowance,
        role::{Principal, Role},
    },
    content::{
        blockers::{Blocker, Finish},
        clean,
        quality::Score,
        references::Reference,
    },
    kernel::{clock::Clock, mask::Masked},
    publishing::{
        live::PublishedStore,
        publish::{self, PublishOutcome},
    },
    review::{
        action::{Action, Approve, Approver, Command, DecideError, Edit, Republish},
        decide::{Decided, Decider},
    },
    task::{
        record::{Approval, Decision, Live, Outlet, Task},
        revision::{Author, InvalidManuscript, Manuscript, Revision, Work},
        state::TaskState,
        store::{Change, Entry, LiveChange, TaskStore},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{TaskBuilder, a_task, change, context, principal, subject, trace},
    clock::TestClock,
    fakes::MemoryQueue,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

struct Fixture {
    decider: Decider<MemoryStore, MemoryQueue, TestClock>,
    task: Task,
    approver: Approver,
}

impl Fixture {
    /// A drafted task whose stored HTML is `html`, clean or not.
    async fn holding(html: &str) -> Self {
        Self::of(MemoryStore::default(), a_task(), html).await
    }

    async fn of(store: MemoryStore, task: TaskBuilder, html: &str) -> Self {
        let clock = TestClock::at("2026-11-20T12:00:00Z");
        let acceptance = task.accepted();
        let accepted = acceptance.task.clone();
        store.accept(acceptance).await.unwrap();
        let claimed = accepted.claim(&context(clock.now())).unwrap();
        store.commit(change(&accepted, claimed.clone())).await.unwrap();
        let manuscript = Manuscript {
            title: "A title".into(),
            html: clean::clean(&format!(
                "<p>{}</p>",
                galley_testkit::prose::about("HTTP caching and how it works", 420, 0)
            ))
            .unwrap(),
            excerpt: None,
            seo: None,
            featured_image: None,
            finish: Finish::Complete,
            author: Author::Outline,
            work: Work::default(),
        };
        let request = &claimed.0.request;
        let mut revision = Revision::assessed(1, manuscript, request, Score::clamped(70), clock.now()).unwrap();
        revision.html.push_str(html);
        revision.blockers.clear();
        let drafted = claimed.0.drafted(&revision, &context(clock.now())).unwrap();
        let commit = Change { revision: Some(revision), ..change(&claimed.0, drafted) };
        let task = commit.task.clone();
        store.commit(commit).await.unwrap();
        Self { decider: Decider { store, queue: MemoryQueue::default(), clock }, task, approver: Approver::Anyone }
    }

    async fn approve(&self, extra: Value) -> Result<Decided, DecideError> {
        self.decide(Action::Approve(approval(&extra))).await
    }

    async fn edit(&self, body: Value) -> Result<Decided, DecideError> {
        self.decide(Action::Edit(serde_json::from_value::<Edit>(body).unwrap())).await
    }

    async fn decide(&self, action: Action) -> Result<Decided, DecideError> {
        self.decided(self.command(action)).await
    }

    fn command(&self, action: Action) -> Command {
        let (task_id, trace_id) = (self.task.id.clone(), trace());
        Command {
            principal: principal(Role::Editor),
            task_id,
            action,
            if_match: None,
            claim: None,
            approver: self.approver,
            allowance: Allowance::default(),
            trace_id,
        }
    }

    async fn decided(&self, command: Command) -> Result<Decided, DecideError> {
        let nothing = |_: &Task| panic!("there is no key to save an answer under");
        self.decider.decide(command, nothing).await.0
    }

    async fn publish_due(&self) -> PublishOutcome {
        let Decider { store, queue, clock } = &self.decider;
        publish::publish_due(store, queue, clock, &self.task.tenant, &self.task.id, &trace()).await.unwrap()
    }

    async fn unpublish(&self) -> Result<Decided, DecideError> {
        self.decide(Action::Unpublish(serde_json::from_value(json!({})).unwrap())).await
    }

    async fn slugs(&self) -> Vec<String> {
        let lines = self.decider.store.articles(&self.task.tenant, 10, None).await.unwrap().items;
        lines.into_iter().map(|line| line.live.slug.as_str().to_owned()).collect()
    }

    async fn task(&self) -> Task {
        self.decider.store.load(&self.task.id).await.unwrap().unwrap().0
    }
}

fn approval(extra: &Value) -> Approve {
    let mut body = json!({"approved": true, "human_feedback": "Reads well to me.", "reviewer_id": "ana"});
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn stored_text_that_needs_cleaning_is_not_published_but_becomes_a_revision() {
    let fixture = Fixture::holding("<p onclick=steal()>x</p>").await;
    let refused = fixture.approve(json!({})).await.unwrap_err();
    assert!(matches!(refused, DecideError::RevisionCleaned { revision: 2 }), "{refused:?}");
    let task = fixture.task().await;
    assert_eq!((task.state, task.revision, task.live), (TaskState::AwaitingApproval, 2, None));
    let cleaned = fixture.decider.store.revision(&task.id, 2).await.unwrap().unwrap();
    assert!(!cleaned.html.contains("onclick") && cleaned.author == Author::Cleaner { revision: Some(1) });
    fixture.approve(json!({"revision": 2})).await.unwrap();
    assert_eq!(fixture.task().await.live.unwrap().revision, 2);
}

#[tokio::test]
async fn what_cleaning_takes_out_of_a_stored_text_is_told_and_holds_it_back() {
    let fixture = Fixture::holding("<p>See <img alt=\"Chart\"> and <a href=\"/docs\">the docs</a>.</p>").await;
    let refused = fixture.approve(json!({})).await.unwrap_err();
    assert!(matches!(refused, DecideError::RevisionCleaned { revision: 2 }), "{refused:?}");
    let cleaned = fixture.decider.store.revision(&fixture.task.id, 2).await.unwrap().unwrap();
    let told: Vec<&str> = cleaned.cleaned.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(told, ["Chart", "/docs"]);
    assert_eq!(cleaned.blockers, [Blocker::EmptyReference, Blocker::EmptyPicture]);
    let refused = fixture.approve(json!({"revision": 2})).await.unwrap_err();
    assert!(matches!(refused, DecideError::Blocked(_)), "{refused:?}");
}

#[tokio::test]
async fn an_article_links_another_of_its_tenant_by_its_path_and_nobody_elses() {
    let fixture = Fixture::holding("").await;
    let newest = async || fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
    let text = galley_testkit::prose::about("HTTP caching and how it works", 420, 1);
    let linking = |tenant: &str| format!("{text}\n\nSee [the other one](/api/content/published/{tenant}/a-title).\n");
    fixture.edit(json!({"title": "By hand", "markdown": linking("acme")})).await.unwrap();
    let own = newest().await;
    assert_eq!((own.blockers, own.cleaned), (Vec::new(), Vec::new()));
    assert!(own.html.contains("<a href=\"/api/content/published/acme/a-title\" rel="), "{}", own.html);
    fixture.edit(json!({"title": "By hand", "markdown": linking("rival")})).await.unwrap();
    let foreign = newest().await;
    assert_eq!(foreign.blockers, [Blocker::DeadReference]);
    assert!(foreign.suggestions[0].contains("/api/content/published/rival/a-title"), "{:?}", foreign.suggestions);
}

#[tokio::test]
async fn an_edit_keeps_the_sources_that_the_text_is_made_of() {
    let fixture = Fixture::holding("").await;
    let reference = Reference {
        title: "A source".to_owned(),
        url: "https://example.com/a".to_owned(),
        snippet: "It says so.".to_owned(),
        published: None,
    };
    let mut sourced = fixture.decider.store.revision(&fixture.task.id, 1).await.unwrap().unwrap();
    sourced.references = vec![reference.clone()];
    let swap =
        Change { revision: Some(sourced), ..Change::new(fixture.task.stamp(), fixture.task.clone(), Vec::new()) };
    fixture.decider.store.commit(swap).await.unwrap();
    let text = galley_testkit::prose::about("HTTP caching and how it works", 420, 1);
    fixture.edit(json!({"title": "By hand", "markdown": text})).await.unwrap();
    let edited = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
    assert_eq!((edited.number, edited.references), (2, vec![reference]));
}

#[tokio::test]
async fn stored_text_that_passes_a_bound_is_not_published_and_says_so() {
    let fixture = Fixture::holding(&"<div>".repeat(1000)).await;
    let refused = fixture.approve(json!({})).await.unwrap_err();
    assert!(matches!(refused, DecideError::Unreadable(clean::TooMuch::Depth)), "{refused:?}");
    let task = fixture.task().await;
    assert_eq!((task.state, task.revision, task.live), (TaskState::AwaitingApproval, 1, None));
}

#[tokio::test]
async fn what_a_person_wrote_is_kept_as_the_source_and_what_cleaning_took_out_is_told() {
    let fixture = Fixture::holding("").await;
    let newest = async || fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
    let markdown = "## Set up\n\nSee [the docs](/docs/x). <script>steal()</script>\n";
    fixture.edit(json!({"title": "By hand", "markdown": markdown})).await.unwrap();
    let revision = newest().await;
    assert_eq!(revision.markdown.as_deref(), Some(markdown));
    let told: Vec<_> = revision.cleaned.iter().map(|one| (one.name.as_str(), one.place.as_str())).collect();
    assert_eq!(told, [("/docs/x", "Set up"), ("script", "Set up")]);
    assert!(revision.findings.iter().any(|finding| finding.quote == "/docs/x"), "{:?}", revision.findings);
    fixture.edit(json!({"title": "By hand", "html": revision.html})).await.unwrap();
    assert_eq!(newest().await.markdown, None, "the HTML is the source now");
}

#[tokio::test]
async fn a_source_that_would_not_fit_beside_its_html_is_left_out_and_that_is_told() {
    let fixture = Fixture::holding("").await;
    let markdown = format!("Text.\n\n{}", "word ".repeat(35_000));
    fixture.edit(json!({"title": "By hand", "markdown": markdown})).await.unwrap();
    let revision = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
    assert_eq!((revision.markdown, revision.cleaned.len()), (None, 1));
    assert_eq!(revision.cleaned[0].what, clean::What::Source);
}

#[tokio::test]
async fn an_excerpt_that_shows_nothing_is_derived() {
    let fixture = Fixture::holding("").await;
    for excerpt in ["", "   ", "<p></p>"] {
        fixture.edit(json!({"title": "By hand", "html": "<p>Its words.</p>", "excerpt": excerpt})).await.unwrap();
        let revision = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
        assert_eq!(revision.excerpt, "Its words.", "{excerpt:?}");
    }
}

#[tokio::test]
async fn an_excerpt_describes_the_page_and_one_that_is_derived_begins_behind_the_heading() {
    let fixture = Fixture::holding("").await;
    for (excerpt, told) in [("By hand.", "By hand."), ("", "Its words.")] {
        let html = "<h2>A heading</h2><p>Its words.</p>";
        fixture.edit(json!({"title": "By hand", "html": html, "excerpt": excerpt})).await.unwrap();
        let revision = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
        assert_eq!((revision.excerpt.as_str(), revision.seo.description.as_str()), (told, told));
    }
    let seo = json!({"title": "T", "description": "For engines.", "keywords": []});
    let edit = json!({"title": "By hand", "html": "<p>Its words.</p>", "excerpt": "By hand.", "seo": seo});
    fixture.edit(edit).await.unwrap();
    let revision = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
    assert_eq!(revision.seo.description, "For engines.");
}

#[tokio::test]
async fn a_revision_that_was_stored_before_sources_were_kept_is_read() {
    let fixture = Fixture::holding("").await;
    let revision = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
    let mut stored = serde_json::to_value(&revision).unwrap();
    let fields = stored.as_object_mut().unwrap();
    assert!(
        fields.remove("markdown").is_none() && fields.remove("cleaned").is_none(),
        "what is not there is not stored"
    );
    assert_eq!(serde_json::from_value::<Revision>(stored).unwrap(), revision);
}

#[tokio::test]
async fn an_email_and_a_thread_never_stand_among_the_articles() {
    let store = MemoryStore::default();
    let article = Fixture::of(store.clone(), a_task(), "").await;
    article.approve(json!({})).await.unwrap();
    assert_eq!(article.slugs().await, ["a-title"]);
    for (number, task_type) in [(1, "email"), (2, "social_media")] {
        let task = a_task().number(number).asking(json!({"task_type": task_type}));
        let sent = Fixture::of(store.clone(), task, "").await;
        sent.approve(json!({})).await.unwrap();
        let task = sent.task().await;
        assert_eq!((task.state, task.published_url()), (TaskState::Published, None), "{task_type}");
        assert_eq!(task.live.as_ref().unwrap().slug.as_str(), "a-title", "it takes no address from an article");
        assert_eq!(sent.slugs().await, ["a-title"], "{task_type}");
        let shown = store.article(&task.tenant, &"a-title".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(shown.task_id, article.task.id);
        sent.unpublish().await.unwrap();
        assert_eq!((sent.task().await.state, sent.slugs().await), (TaskState::Archived, vec!["a-title".to_owned()]));
    }
}

#[tokio::test]
async fn a_thread_that_stood_among_the_articles_leaves_them_when_it_is_published_again_or_taken_down() {
    for again in [true, false] {
        let task = a_task().asking(json!({"task_type": "social_media"}));
        let fixture = Fixture::of(MemoryStore::default(), task, "").await;
        let draft = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap().1.unwrap();
        let live = Live::article("a-title".parse().unwrap(), 1, fixture.task.created_at);
        let approved = Task { state: TaskState::Approved, ..fixture.task.clone() };
        let next = approved.published(live.clone(), &context(fixture.task.created_at)).unwrap();
        let entry = Entry::of(&next.0, &draft, live);
        let before = Change { live: LiveChange::Put(Box::new(entry)), ..change(&fixture.task, next) };
        fixture.decider.store.commit(before).await.unwrap();
        assert_eq!(fixture.slugs().await, ["a-title"]);
        assert_eq!(fixture.task().await.published_url(), None);
        let read = fixture.decider.store.article(&fixture.task.tenant, &"a-title".parse().unwrap()).await.unwrap();
        assert!(read.is_none(), "its address is gone at once");
        if again {
            let review = json!({"revision": 1, "human_feedback": "As it was before.", "reviewer_id": "ana"});
            fixture.decide(Action::Republish(serde_json::from_value(review).unwrap())).await.unwrap();
        } else {
            fixture.unpublish().await.unwrap();
        }
        assert_eq!(fixture.slugs().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_article_that_changes_keeps_its_hour_and_says_when_it_changed() {
    let fixture = Fixture::holding("").await;
    fixture.approve(json!({})).await.unwrap();
    let first = fixture.task().await.live.unwrap();
    assert_eq!(first.updated_at(), first.published_at);
    fixture.decider.clock.advance(SignedDuration::from_hours(2));
    let review = json!({"revision": 1, "human_feedback": "As it was before.", "reviewer_id": "ana"});
    fixture.decide(Action::Republish(serde_json::from_value(review).unwrap())).await.unwrap();
    let second = fixture.task().await.live.unwrap();
    assert_eq!((second.published_at, second.updated_at()), (first.published_at, fixture.decider.clock.now()));
}

#[tokio::test]
async fn the_list_tells_of_the_revision_that_is_live() {
    let fixture = Fixture::holding("").await;
    fixture.approve(json!({})).await.unwrap();
    let text = galley_testkit::prose::about("HTTP caching and how it works", 420, 1);
    fixture.edit(json!({"title": "Another title", "markdown": text})).await.unwrap();
    let cancel = Action::Cancel(serde_json::from_value(json!({})).unwrap());
    fixture.decide(cancel).await.unwrap();
    let review = json!({"revision": 1, "human_feedback": "As it was before.", "reviewer_id": "ana"});
    fixture.decide(Action::Republish(serde_json::from_value(review).unwrap())).await.unwrap();
    let task = fixture.task().await;
    assert_eq!(task.title.as_deref(), Some("Another title"));
    let lines = fixture.decider.store.articles(&task.tenant, 10, None).await.unwrap().items;
    assert_eq!(lines[0].title, "A title");
}

#[test]
fn what_went_live_before_more_was_kept_of_it_is_read() {
    let stored = json!({"slug": "a-title", "revision": 1, "published_at": "2026-11-20T12:00:00Z"});
    let live: Live = serde_json::from_value(stored).unwrap();
    assert_eq!((live.updated_at(), live.outlet), (live.published_at, Outlet::Articles));
    let now = Live::article("a-title".parse().unwrap(), 1, live.published_at);
    assert_eq!(serde_json::from_value::<Live>(serde_json::to_value(&now).unwrap()).unwrap(), now);
}

#[tokio::test]
async fn a_published_slug_stays_whatever_is_made_of_titles_later() {
    let fixture = Fixture::holding("").await;
    let mut task = fixture.task().await;
    let revision = fixture.decider.store.load(&task.id).await.unwrap().unwrap().1.unwrap();
    let before = "odz-i-zo-w".parse().unwrap();
    task.live = Some(Live::article(before, 1, task.created_at));
    let renamed = Revision { title: "Łódź i żółw".to_owned(), ..revision };
    assert_eq!(publish::live_at(&task, &renamed, 0, task.created_at).slug.as_str(), "odz-i-zo-w");
    task.live = None;
    assert_eq!(publish::live_at(&task, &renamed, 0, task.created_at).slug.as_str(), "lodz-i-zolw");
}

#[tokio::test]
async fn a_draft_that_costs_far_more_than_it_is_long_is_refused_with_its_field() {
    let fixture = Fixture::holding("").await;
    let deep = "<div>".repeat(1000);
    for (field, body) in [
        ("html", json!({"title": "A title", "html": deep})),
        ("markdown", json!({"title": "A title", "markdown": "> ".repeat(1000)})),
    ] {
        let refused = fixture.edit(body).await.unwrap_err();
        assert!(matches!(refused, DecideError::TooMuch { field: named, .. } if named == field), "{refused:?}");
    }
    for (body, broken) in [
        (json!({"title": "Bidi \u{202e}title", "html": "<p>x</p>"}), InvalidManuscript::Title),
        (json!({"title": "A title", "html": "<p>x</p>", "excerpt": "a\u{202e}b"}), InvalidManuscript::Excerpt),
        (
            json!({"title": "A title", "html": "<p>x</p>", "excerpt": deep}),
            InvalidManuscript::LongExcerpt(clean::TooMuch::Depth),
        ),
    ] {
        let refused = fixture.edit(body).await.unwrap_err();
        assert!(matches!(refused, DecideError::InvalidManuscript(rule) if rule == broken), "{refused:?}");
    }
    let hidden = json!({"title": "A title", "html": "<p>x</p>", "seo": {"title": "a\u{202e}b", "description": ""}});
    assert_eq!(serde_json::from_value::<Edit>(hidden).unwrap().hides().len(), 1);
    assert_eq!(fixture.task().await.revision, 1);
}

#[tokio::test]
async fn what_shows_nothing_is_no_title_and_no_text() {
    let fixture = Fixture::holding("").await;
    for title in ["\u{200d}\u{200e}\u{fe0f}", "\u{3164}\u{3164}\u{3164}", "ab\u{200d}", "\u{2800}\u{2800}\u{2800}"] {
        let refused = fixture.edit(json!({"title": title, "html": "<p>x</p>"})).await.unwrap_err();
        assert!(matches!(refused, DecideError::InvalidManuscript(InvalidManuscript::Title)), "{title:?}: {refused:?}");
    }
    for html in ["<p>\u{200b}\u{2060}\u{feff}</p>", "<p>&nbsp;\u{200b}</p>", "<p>&#x3164;&zwj;</p>", "<p>\u{2800}</p>"]
    {
        let refused = fixture.edit(json!({"title": "A title", "html": html})).await.unwrap_err();
        assert!(matches!(refused, DecideError::Empty { field: "html" }), "{html:?}: {refused:?}");
    }
    fixture.edit(json!({"title": "\u{645}\u{6cc}\u{200c}\u{62e}", "html": "<p>\u{1f3f4}</p>"})).await.unwrap();
}

#[tokio::test]
async fn a_scheduled_article_that_changed_since_its_approval_is_not_published() {
    let fixture = Fixture::holding("").await;
    fixture.approve(json!({"publish_at": "2026-11-20T13:00:00Z"})).await.unwrap();
    assert_eq!(fixture.publish_due().await, PublishOutcome::NothingToDo, "its hour has not come");
    let approved = fixture.task().await;
    let mut other = fixture.decider.store.revision(&approved.id, 1).await.unwrap().unwrap();
    other.html = "<p>Something else.</p>".into();
    let swap = Change { revision: Some(other), ..Change::new(approved.stamp(), approved.clone(), Vec::new()) };
    fixture.decider.store.commit(swap).await.unwrap();
    fixture.decider.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(fixture.publish_due().await, PublishOutcome::Failed);
    let task = fixture.task().await;
    assert_eq!((task.state, task.live), (TaskState::AwaitingApproval, None));
    let events = fixture.decider.store.events(&task.id, 10, None).await.unwrap().items;
    let failed = events.iter().find(|event| event.event == "publication_failed").unwrap();
    assert_eq!(failed.reason.as_ref().map(Masked::as_str), Some("revision_changed"));
}

#[tokio::test]
async fn a_scheduled_text_that_needs_cleaning_waits_for_a_person_as_a_revision() {
    let fixture = Fixture::holding("<p onclick=steal()>x</p>").await;
    let (task, revision) = (fixture.task().await, 1);
    let stored = fixture.decider.store.revision(&task.id, revision).await.unwrap().unwrap();
    let at = fixture.decider.clock.now();
    // As a release whose cleaning kept more has approved it.
    let approval = Approval {
        decision: Decision::Approved,
        reviewer_id: task.requested_by.clone(),
        human_feedback: "Reads well.".into(),
        revision,
        content_hash: stored.content_hash(),
        at,
        overrode: Vec::new(),
    };
    let scheduled = task.approved(approval, Some(at + SignedDuration::from_hours(1)), &context(at)).unwrap();
    fixture.decider.store.commit(change(&task, scheduled)).await.unwrap();
    fixture.decider.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(fixture.publish_due().await, PublishOutcome::Failed);
    let task = fixture.task().await;
    assert_eq!((task.state, task.live, task.revision), (TaskState::AwaitingApproval, None, 2));
    let cleaned = fixture.decider.store.revision(&task.id, 2).await.unwrap().unwrap();
    assert!(!cleaned.html.contains("onclick") && cleaned.html.contains("<p>x</p>"), "{}", cleaned.html);
}

#[tokio::test]
async fn a_publish_message_that_comes_twice_publishes_once() {
    let fixture = Fixture::holding("").await;
    fixture.approve(json!({"publish_at": "2026-11-20T13:00:00Z"})).await.unwrap();
    fixture.decider.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(fixture.publish_due().await, PublishOutcome::Published);
    let version = fixture.task().await.version;
    assert_eq!(fixture.publish_due().await, PublishOutcome::NothingToDo);
    assert_eq!(fixture.task().await.version, version);
}

#[tokio::test]
async fn an_image_of_the_editors_choice_is_a_revision_of_its_own() {
    let fixture = Fixture::holding("").await;
    fixture.approve(json!({"featured_image_url": "https://images.example.com/a.jpg"})).await.unwrap();
    let task = fixture.task().await;
    assert_eq!((task.state, task.revision), (TaskState::Published, 2));
    let live = fixture.decider.store.revision(&task.id, task.live.unwrap().revision).await.unwrap().unwrap();
    assert_eq!(live.featured_image.unwrap().url, "https://images.example.com/a.jpg");
}

#[tokio::test]
async fn whoever_wrote_a_text_does_not_approve_it_where_the_tenant_wants_four_eyes() {
    let fixture = Fixture { approver: Approver::NotTheWriter, ..Fixture::holding("").await };
    let text = json!({"title": "A title", "html": format!("<p>{}</p>", "Ana wrote this herself. ".repeat(5))});
    fixture.edit(text).await.unwrap();
    let named = json!({"revision": 2});
    let refused = fixture.approve(named.clone()).await.unwrap_err();
    assert!(matches!(refused, DecideError::OwnText), "{refused:?}");
    assert!(refused.to_string().starts_with("four_eyes: "), "{refused}");
    // Nobody gets round it by naming somebody else, nor an admin by their role.
    let mut by_admin = fixture.command(Action::Approve(approval(&json!({"revision": 2, "reviewer_id": "ben"}))));
    by_admin.principal.role = Role::Admin;
    let refused = fixture.decided(by_admin).await.unwrap_err();
    assert!(matches!(refused, DecideError::OwnText), "{refused:?}");
    // What asks for nothing to be published, they may do; and somebody else may approve.
    let mut other = fixture
        .command(Action::Approve(approval(&json!({"revision": 2, "reviewer_id": "ben", "override_blockers": true}))));
    other.principal = Principal { subject: subject("ben"), role: Role::Admin, ..other.principal };
    assert!(matches!(fixture.decided(other).await, Ok(Decided::Done(_))));
    // Nor is an older text of theirs brought back by themselves.
    let back = json!({"revision": 2, "human_feedback": "It was better before.", "override_blockers": false});
    let refused = fixture.decide(Action::Republish(serde_json::from_value::<Republish>(back).unwrap())).await;
    assert!(matches!(refused, Err(DecideError::OwnText)), "{refused:?}");
}

#[tokio::test]
async fn what_was_only_cleaned_or_written_again_by_a_model_is_still_its_writers_text() {
    let model = Author::Model { model: serde_json::from_value(json!("writer-1")).unwrap(), provider: None };
    for (author, is_own) in [
        (Author::Cleaner { revision: None }, true),
        (Author::Cleaner { revision: Some(2) }, true),
        (Author::Cleaner { revision: Some(1) }, false),
        (model, true),
    ] {
        let mut fixture = Fixture::holding("").await;
        fixture.edit(json!({"title": "A title", "html": "<p>Ana wrote this herself.</p>"})).await.unwrap();
        let (task, revision) = fixture.decider.store.load(&fixture.task.id).await.unwrap().unwrap();
        let next = Revision { number: 3, author: author.clone(), ..revision.unwrap() };
        let edited = task.edited(&next, &context(fixture.decider.clock.now()), Some("revision_cleaned")).unwrap();
        let commit = Change { revision: Some(next), ..change(&task, edited) };
        fixture.decider.store.commit(commit).await.unwrap();
        fixture.approver = Approver::NotTheWriter;
        let decided = fixture.approve(json!({"revision": 3, "override_blockers": true})).await;
        assert_eq!(matches!(decided, Err(DecideError::OwnText)), is_own, "{author:?}: {decided:?}");
    }
}

#[tokio::test]
async fn a_machines_text_is_anyones_to_approve_where_the_tenant_wants_four_eyes() {
    let fixture = Fixture { approver: Approver::NotTheWriter, ..Fixture::holding("").await };
    assert!(matches!(fixture.approve(json!({"revision": 1})).await, Ok(Decided::Done(_))));
}
