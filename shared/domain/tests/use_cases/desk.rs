//! Lists of tasks: filtered, searched, sorted and counted.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    content::{kind::TaskType, quality::Score},
    kernel::usd::MicroUsd,
    models::phase::Phase,
    task::{
        desk::{self, Counts, DeskError, Extent, Filter, Listed, MOST, Order, Wanted},
        record::Task,
        state::TaskState,
        store::TaskStore,
    },
};
use galley_testkit::{
    MemoryStore,
    build::{a_task, subject, tenant},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn at(seconds: i64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

async fn keep(store: &MemoryStore, number: u8, change: impl FnOnce(&mut Task)) {
    let mut accepted = a_task().number(number).at(at(number.into())).accepted();
    change(&mut accepted.task);
    store.accept(accepted).await.unwrap();
}

/// Six tasks, the newest has the highest number; every one but the fourth is open.
async fn six() -> MemoryStore {
    let store = MemoryStore::default();
    let of = |value| Some(Score::clamped(value));
    keep(&store, 1, |task| (task.state, task.quality_score) = (TaskState::AwaitingApproval, of(80))).await;
    keep(&store, 2, |task| (task.state, task.quality_score) = (TaskState::AwaitingApproval, of(60))).await;
    keep(&store, 3, |task| task.title = Some("Über Brücken und CACHES".into())).await;
    keep(&store, 4, |task| (task.state, task.quality_score) = (TaskState::Published, of(90))).await;
    keep(&store, 5, |task| {
        task.request = galley_testkit::build::request(&json!({"tags": ["http"], "task_type": "email"}));
    })
    .await;
    keep(&store, 6, |task| {
        task.requested_by = subject("ben");
        task.state = TaskState::Failed;
        task.cost.insert(Phase::Draft, MicroUsd::from_micros(7));
    })
    .await;
    store
}

async fn listed(store: &MemoryStore, wanted: &Wanted) -> Listed {
    desk::list(store, &tenant("acme"), wanted, 50, None).await.unwrap()
}

/// The seconds at which the tasks were made.
async fn numbers(store: &MemoryStore, wanted: &Wanted) -> Vec<i64> {
    listed(store, wanted).await.page.items.iter().map(|task| task.created_at.as_second() - at(0).as_second()).collect()
}

fn open(filter: Filter) -> Wanted {
    Wanted { filter: Filter { states: TaskState::OPEN.to_vec(), ..filter }, ..Wanted::default() }
}

#[tokio::test]
async fn nobody_finds_another_tenants_tasks() {
    let store = six().await;
    for wanted in [Wanted::default(), open(Filter::default())] {
        let theirs = desk::list(&store, &tenant("rival"), &wanted, 50, None).await.unwrap();
        assert!(theirs.page.items.is_empty() && theirs.page.next.is_none());
    }
}

#[tokio::test]
async fn a_list_from_a_time_on_ends_there_though_what_is_older_is_of_another_type() {
    let store = six().await;
    let filter = Filter { task_type: Some(TaskType::Email), from: Some(at(5)), ..Filter::default() };
    let wanted = Wanted { filter, ..Wanted::default() };
    let page = async |after| desk::list(&store, &tenant("acme"), &wanted, 1, after).await.unwrap().page;
    let first = page(None).await;
    assert_eq!((first.items.len(), first.items[0].created_at), (1, at(5)));
    let second = page(first.next).await;
    assert!(second.items.is_empty() && second.next.is_none(), "{second:?}");
}

#[tokio::test]
async fn each_filter_leaves_what_it_names() {
    let store = six().await;
    let all = Filter::default();
    for (filter, wanted) in [
        (all.clone(), vec![6, 5, 3, 2, 1]),
        (Filter { task_type: Some(TaskType::Email), ..all.clone() }, vec![5]),
        (Filter { tag: Some("http".into()), ..all.clone() }, vec![5]),
        (Filter { author: Some(subject("ben")), ..all.clone() }, vec![6]),
        (Filter { from: Some(at(2)), before: Some(at(5)), ..all.clone() }, vec![3, 2]),
        (Filter { words: vec!["brück".into(), "caches".into(), "http".into()], ..all.clone() }, vec![3]),
        (Filter { words: vec!["nowhere".into()], ..all.clone() }, vec![]),
    ] {
        assert_eq!(numbers(&store, &open(filter.clone())).await, wanted, "{filter:?}");
        let by_time = Wanted { filter: filter.clone(), ..Wanted::default() };
        let mut all = numbers(&store, &by_time).await;
        all.retain(|number| *number != 4);
        assert_eq!(all, wanted, "by time: {filter:?}");
    }
}

#[tokio::test]
async fn each_order_is_kept_over_pages_without_gaps() {
    let store = six().await;
    for (order, wanted) in [
        (Order::Newest, [6, 5, 3, 2, 1]),
        (Order::Oldest, [1, 2, 3, 5, 6]),
        (Order::BestScore, [1, 2, 6, 5, 3]),
        (Order::LowestScore, [2, 1, 6, 5, 3]),
        (Order::HighestCost, [6, 5, 3, 2, 1]),
        (Order::LowestCost, [5, 3, 2, 1, 6]),
    ] {
        let wanted_list = Wanted { order, ..open(Filter::default()) };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let listed = desk::list(&store, &tenant("acme"), &wanted_list, 2, after).await.unwrap();
            seen.extend(listed.page.items.iter().map(|task| task.created_at.as_second() - at(0).as_second()));
            after = listed.page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, wanted, "{order:?}");
    }
}

#[tokio::test]
async fn open_states_are_counted_under_the_other_filters() {
    let store = six().await;
    let waiting =
        Filter { states: vec![TaskState::AwaitingApproval], author: Some(subject("ana")), ..Filter::default() };
    let wanted = Wanted { filter: waiting, counts: Counts::Open, ..Wanted::default() };
    assert_eq!(numbers(&store, &wanted).await, [2, 1]);
    let Extent::Whole { counts: Some(counts), .. } = listed(&store, &wanted).await.extent else { unreachable!() };
    let counts: Vec<(&str, u32)> = counts.iter().map(|(state, count)| (state.name(), *count)).collect();
    let all = [("pending", 2), ("generating", 0), ("awaiting_approval", 2), ("approved", 0), ("failed", 0)];
    assert_eq!(counts, all);
}

#[tokio::test]
async fn open_states_are_counted_whatever_states_are_listed() {
    let store = six().await;
    let published = vec![TaskState::Published, TaskState::Failed];
    let all = [(Vec::new(), vec![6, 5, 4, 3, 2, 1]), (vec![TaskState::Published], vec![4]), (published, vec![6, 4])];
    for (states, numbers) in all {
        let filter = Filter { states, ..Filter::default() };
        let wanted = Wanted { filter, counts: Counts::Open, ..Wanted::default() };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let listed = desk::list(&store, &tenant("acme"), &wanted, 1, after.clone()).await.unwrap();
            let Extent::ByTime { counts: Some(counts) } = listed.extent else { unreachable!() };
            assert_eq!(counts.values().sum::<u32>(), 5, "{wanted:?}");
            assert_eq!((counts[&TaskState::Pending], counts[&TaskState::AwaitingApproval]), (2, 2));
            found.extend(listed.page.items.iter().map(|task| task.created_at));
            after = listed.page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, numbers.into_iter().map(at).collect::<Vec<_>>(), "{wanted:?}");
    }
    let of_ben = Filter { author: Some(subject("ben")), ..Filter::default() };
    let of_ben = Wanted { filter: of_ben, counts: Counts::Open, ..Wanted::default() };
    let Extent::ByTime { counts: Some(counts) } = listed(&store, &of_ben).await.extent else { unreachable!() };
    assert_eq!(counts.values().sum::<u32>(), 1, "under the other filters");
}

#[tokio::test]
async fn what_is_not_sorted_says_so() {
    let store = six().await;
    let wanted = Wanted { order: Order::BestScore, ..Wanted::default() };
    assert_eq!(listed(&store, &wanted).await.extent, Extent::ByTime { counts: None }, "published tasks have no end");
    assert_eq!(numbers(&store, &wanted).await, [6, 5, 4, 3, 2, 1]);
    let plain = listed(&store, &Wanted::default()).await.extent;
    assert_eq!(plain, Extent::Whole { order: Order::Newest, counts: None }, "as the index keeps it");
}

#[tokio::test]
async fn two_thousand_open_tasks_are_exact_and_one_more_is_by_time() {
    let store = MemoryStore::default();
    let keep = async |number: usize| {
        let mut accepted = a_task().at(at(i64::try_from(number).unwrap())).accepted();
        accepted.task.quality_score = Some(Score::clamped(u8::try_from(number % 100).unwrap()));
        store.accept(accepted).await.unwrap();
    };
    for number in 0..MOST {
        keep(number).await;
    }
    let wanted = Wanted { order: Order::BestScore, ..open(Filter::default()) };
    let first = listed(&store, &wanted).await;
    assert!(first.page.items.iter().take(20).all(|task| task.quality_score == Some(Score::clamped(99))));
    keep(MOST).await;
    let beyond = listed(&store, &wanted).await;
    assert_eq!(beyond.extent, Extent::ByTime { counts: None });
    let counted = Wanted { counts: Counts::Open, ..Wanted::default() };
    assert_eq!(listed(&store, &counted).await.extent, Extent::ByTime { counts: None }, "too many to be counted");
    assert_eq!(beyond.page.items[0].created_at, at(i64::try_from(MOST).unwrap()));
    let next = desk::list(&store, &tenant("acme"), &wanted, 50, beyond.page.next).await.unwrap();
    assert!(next.page.items[0].created_at < beyond.page.items[49].created_at);
    let outgrown = desk::list(&store, &tenant("acme"), &wanted, 50, first.page.next).await;
    assert!(matches!(outgrown, Err(DeskError::Outgrown)), "a place in a list that is sorted no more");
}
