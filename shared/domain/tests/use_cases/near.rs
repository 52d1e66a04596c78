//! What is near is found, and what is another article is not: measured on prose of this repository, whose documents are all on one subject.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{collections::BTreeSet, path::Path};

use galley_domain::{
    content::{
        language::Language,
        near::{Mark, Sketch},
    },
    kernel::ids::TaskId,
    publishing::near::{self, Aspect},
    task::{
        record::{Live, Task},
        state::TaskState,
        store::{Change, Entry, LiveChange, TaskStore},
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, change, context, revision, tenant},
    prose,
};
use serde_json::json;

/// The documents of a folder that are long enough to be articles, as their sentences.
fn articles(folder: &str) -> Vec<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
    let texts = texts.map(|path| std::fs::read_to_string(path).unwrap());
    let long = texts.filter(|text| text.split_whitespace().count() >= 200);
    long.map(|text| text.split_inclusive(['.', '\n']).map(str::to_owned).collect()).collect()
}

/// As a look finds it: by a mark that both have.
fn is_found(one: &Sketch, other: &Sketch) -> bool {
    let marks: BTreeSet<Mark> = one.marks().into_iter().collect();
    one.is_near(other) && other.marks().iter().any(|mark| marks.contains(mark))
}

fn text(sentences: &[String]) -> Sketch {
    Sketch::of_text(&sentences.concat()).unwrap()
}

/// With three of ten sentences taken from another article; which, `seed` says.
fn rewritten(article: &[String], other: &[String], seed: usize) -> Vec<String> {
    let mut places: Vec<usize> = (0..article.len()).collect();
    places.sort_by_key(|place| (place.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 3) % 1009);
    let replaced: BTreeSet<usize> = places.into_iter().take(article.len() * 3 / 10).collect();
    let sentence = |(place, own): (usize, &String)| {
        if replaced.contains(&place) { other[(place + seed) % other.len()].clone() } else { own.clone() }
    };
    article.iter().enumerate().map(sentence).collect()
}

#[test]
fn of_texts_with_three_of_ten_sentences_replaced_at_least_ninety_five_in_a_hundred_are_found() {
    let articles = articles("docs");
    assert!(articles.len() >= 20);
    let (mut tried, mut found) = (0, 0);
    for (nth, article) in articles.iter().enumerate() {
        for seed in 0..20 {
            let other = &articles[(nth + 1 + seed % (articles.len() - 1)) % articles.len()];
            tried += 1;
            found += usize::from(is_found(&text(article), &text(&rewritten(article, other, seed))));
        }
    }
    println!("{found} of {tried} rewritten texts were found");
    assert!(found * 100 >= tried * 95, "{found} of {tried}");
}

#[test]
fn of_different_articles_on_one_subject_at_most_two_in_a_hundred_are_flagged() {
    let articles = [articles("docs"), articles("docs/adr")].concat();
    let sketches: Vec<Sketch> = articles.iter().map(|article| text(article)).collect();
    let (mut pairs, mut flagged) = (0, 0);
    for (nth, one) in sketches.iter().enumerate() {
        for other in &sketches[nth + 1..] {
            pairs += 1;
            flagged += usize::from(one.is_near(other));
        }
    }
    println!("{flagged} of {pairs} pairs were flagged");
    assert!(pairs > 1000 && flagged * 100 <= pairs * 2, "{flagged} of {pairs}");
}

#[test]
fn a_subject_is_near_whatever_its_order_its_endings_and_small_words_and_another_is_not() {
    let english = Language::default();
    let of = |line: &str| Sketch::of_subject(line, &english).unwrap();
    let caching = of("How HTTP caching works");
    for near in ["HTTP caching: how it works", "how does http caching work?", "How HTTP caching works in browsers"] {
        assert!(is_found(&caching, &of(near)), "{near}");
    }
    for other in
        ["How DNS caching works", "How HTTP proxies work", "Why weavers need looms", "HTTP headers in practice"]
    {
        assert!(!caching.is_near(&of(other)), "{other}");
    }
    assert_eq!(Sketch::of_subject("News", &english), None, "one word is near to everything");
    assert_eq!(Sketch::of_text("Too short to be held against others."), None);
    assert_eq!(caching.likeness(&text(&articles("docs")[0])), 0, "a subject is no text");
}

async fn published(store: &MemoryStore, number: u8, topic: &str, html: &str) -> TaskId {
    let acceptance = a_task().number(number).asking(json!({"topic": topic})).accepted();
    let task = acceptance.task.clone();
    store.accept(acceptance).await.unwrap();
    let approved = Task { state: TaskState::Approved, ..task.clone() };
    let live = Live::article(galley_domain::content::slug::Slug::from_title(topic), 1, task.created_at);
    let next = approved.published(live.clone(), &context(task.created_at)).unwrap();
    let mut text = revision(1, topic, task.created_at);
    text.html = html.to_owned();
    let entry = Entry::of(&next.0, &text, live);
    let live = LiveChange::Put(Box::new(entry));
    store.commit(Change { revision: Some(text), live, ..change(&task, next) }).await.unwrap();
    task.id
}

#[tokio::test]
async fn what_is_told_is_live_with_that_text_or_on_its_way_and_of_this_tenant() {
    let store = MemoryStore::default();
    let html = |seed: usize| format!("<p>{}</p>", prose::about("letters and bridges", 400, seed));
    let first = published(&store, 1, "How HTTP caching works", &html(0)).await;
    published(&store, 2, "What weaving needs", "<p>Short.</p>").await;
    let (acme, rival) = (tenant("acme"), tenant("rival"));
    let sketches = |topic: &str, html: &str| near::of_article(topic, &Language::default(), html);
    let same = near::find(&store, &acme, &sketches("Of bread and maps", &html(0)), None).await.unwrap();
    assert_eq!(
        same.iter().map(|one| (&one.task, one.aspect, one.likeness)).collect::<Vec<_>>(),
        [(&first, Aspect::Text, 100)]
    );
    let own = near::find(&store, &acme, &sketches("How HTTP caching works", &html(0)), Some(&first)).await.unwrap();
    assert_eq!(own, [], "an article is not near to itself");
    assert_eq!(near::find(&store, &rival, &sketches("How HTTP caching works", &html(0)), None).await.unwrap(), []);

    let subject = || Sketch::of_subject("HTTP caching, how it works", &Language::default());
    let open = a_task().number(3).asking(json!({"topic": "How HTTP caching works"})).accepted();
    let waits = open.task.id.clone();
    store.accept(open).await.unwrap();
    let told = near::before_asking(&store, &acme, subject()).await.unwrap();
    let found: BTreeSet<_> = told.iter().map(|one| (one.task.clone(), one.state)).collect();
    assert_eq!(found, [(first.clone(), TaskState::Published), (waits, TaskState::Pending)].into());
    assert_eq!(near::before_asking(&store, &rival, subject()).await.unwrap(), []);

    // Several at once are told as each alone would be.
    let other = || Sketch::of_subject("Of bread and maps", &Language::default());
    let both = other().into_iter().chain(subject()).collect();
    let groups = [Vec::from_iter(subject()), Vec::new(), both, Vec::from_iter(other())];
    let each = near::before_asking_each(&store, &acme, &groups).await.unwrap();
    assert_eq!(each, [told.clone(), Vec::new(), told, Vec::new()]);

    // Taken down, it is nowhere.
    let task = store.task(&first).await.unwrap().unwrap();
    let next = task.unpublished(None, &context(task.created_at)).unwrap();
    store.commit(change(&task, next)).await.unwrap();
    assert_eq!(near::find(&store, &acme, &sketches("Of bread and maps", &html(0)), None).await.unwrap(), []);
}
