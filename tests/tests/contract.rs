//! The store's contract, kept by the real adapter over the wire. The fake keeps it in its own crate.

use galley_adapters::{aws::Aws, dynamodb::Table};
use galley_tests::Galley;

#[tokio::test]
async fn the_table_keeps_the_contract() {
    let galley = Galley::start().await;
    let environment = galley.stack.environment();
    let aws = Aws::from_vars(|name| environment.get(name).cloned()).expect("an environment");
    let table = Table::new(&aws, galley.stack.table_name().to_owned());
    galley_testkit::contract::holds_for(&table).await;
}
