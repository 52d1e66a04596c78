//! The contracts of store and queue, kept by the real adapters over the wire. The fakes keep them in their own crate.
#![allow(clippy::expect_used, reason = "a test fails by a panic")]

use galley_adapters::{
    aws::Aws,
    dynamodb::Table,
    sqs::{DeadLetterQueues, Queues, Records},
};
use galley_domain::queue::message::Lane;
use galley_local::{Options, Stack};
use galley_testkit::{contract, queue_contract};
use galley_tests::options;

async fn stack() -> (Stack, Aws) {
    let stack = Stack::start(Options { deliver: false, ..options() }).await.expect("the stack starts");
    let environment = stack.environment();
    let aws = Aws::from_vars(|name| environment.get(name).cloned()).expect("an environment");
    (stack, aws)
}

#[tokio::test]
async fn the_table_keeps_the_contract() {
    let (stack, aws) = stack().await;
    let table = Table::new(&aws, stack.table_name().to_owned());
    contract::holds_for(&table).await;
}

#[tokio::test]
async fn the_queues_keep_the_contract() {
    let (stack, aws) = stack().await;
    let url = |queue: &str| stack.queue_url(queue);
    let taking = &stack;
    let take = async |lane| {
        let queue = if lane == Lane::Work { "WorkQueue" } else { "QuickQueue" };
        taking.receive(queue).await.expect("messages")
    };
    queue_contract::Queues {
        queue: Queues::new(&aws).work(url("WorkQueue")).quick(url("QuickQueue")),
        records: Records::new(&aws, url("WorkQueue"), url("WorkDeadLetterQueue")),
        letters: DeadLetterQueues::new(&aws, url("WorkDeadLetterQueue"), url("QuickDeadLetterQueue")),
        take,
        timeless: false,
    }
    .hold()
    .await;
}
