//! What leaves Galley after a change of a task: events to callbacks, and articles to the tenant's targets. Both are written in the
//! transaction of the change, and sent, tried again and listed afterwards.

mod again;
pub mod announce;
mod carry;
pub mod deliver;
pub mod event;
pub mod listen;
pub mod manage;
pub mod place;
pub mod placement;
pub mod port;
pub mod posts;
pub mod redeliver;
pub mod target;
pub mod trouble;

/// What is particular to each kind of target.
pub use galley_api::target as kinds;
