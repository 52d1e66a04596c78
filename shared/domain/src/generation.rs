//! From an accepted task to a draft that waits for a person: the worker, its phases, its prompts and whom it asks.
//! Invariant: a finished step leaves a checkpoint, and no call is paid twice while its answer is kept.

mod answers;
mod attempt;
pub mod breaker;
mod breakers;
pub mod calls;
mod consult;
pub mod draft;
pub mod ending;
pub mod estimate;
mod finalize;
mod fitting;
mod lease;
mod phases;
pub mod prompts;
mod recall;
pub mod recipe;
mod research;
pub mod router;
pub mod services;
mod stages;
pub mod transcript;
pub mod verdict;
pub mod worker;
