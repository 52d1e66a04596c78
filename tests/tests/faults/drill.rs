//! The table can be restored by what docs/disaster-recovery.md says.

use std::time::Duration;

use galley_tests::drill;

#[tokio::test]
async fn what_was_lost_comes_back_item_by_item_and_the_work_goes_on() {
    let report = drill::rehearse(2).await;
    assert_eq!(report.differing, [], "the restored table is the one that was copied");
    assert!(report.copied > 30 && report.deleted > 20, "{report:?}");
    assert!(report.written_since > 0, "what came after the copy is lost, and told");
    assert_eq!(report.steps.len(), 5, "{report:?}");
    assert!(report.rto() < Duration::from_mins(5), "{report:?}");
}
