//! What a task has come to in the ledger, for operators: what its calls have cost, what is only reserved for them, and whom its worker
//! waits for. The task itself has the sum of both, for that is what caps are held against.

use crate::{
    kernel::{error::StoreError, usd::MicroUsd},
    money::ledger::ModelCall,
    task::{record::Task, state::TaskState, store::TaskStore},
};

const PAGE: u32 = 100;
/// A thousand calls: a task has so many after hundreds of attempts. The reserves of older ones are told as costs.
const MOST_PAGES: usize = 10;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// What providers reported, or an operator corrected.
    pub cost: MicroUsd,
    /// What counts besides, for calls of which nobody has said what they came to.
    pub reserved: MicroUsd,
    /// The calls that its worker waits for, the newest first.
    pub open: Vec<ModelCall>,
}

/// Reads a task's account, as of about now: a call may begin or end meanwhile.
///
/// # Errors
/// What the store says.
pub async fn of(store: &impl TaskStore, task: &Task) -> Result<Account, StoreError> {
    let (mut account, mut after) = (Account::default(), None);
    for _ in 0..MOST_PAGES {
        let page = store.calls(&task.id, PAGE, after).await?;
        account.reserved = page.items.iter().map(ModelCall::reserved).fold(account.reserved, |sum, more| sum + more);
        let has_a_worker = task.state == TaskState::Generating;
        account.open.extend(page.items.into_iter().filter(|call| has_a_worker && call.is_open() && task.began(call)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let cost = task.cost_usd().micros().saturating_sub(account.reserved.micros());
    Ok(Account { cost: MicroUsd::from_micros(cost), ..account })
}
