//! How long the console takes to start. Alone in its program, which Cargo runs beside no other: what it measures is the page's own.

use galley_tests::{Galley, browser::play};
use serde_json::json;

#[tokio::test]
async fn the_console_is_ready_within_a_second_on_a_slow_machine() {
    let galley = Galley::start().await;
    let path = galley.drafted().await;
    galley.write(&path, "How caches keep copies").await.expect(200);
    play(&galley, "slow_machine", json!({})).await;
}
