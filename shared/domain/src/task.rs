//! The task: its states, its moves, its revisions and its audit trail, and the store that writes them together.
//! Invariant: every move is one conditional write on the version and fence that were read, and appends its audit event.

pub mod assigning;
pub mod assignment;
pub mod audit;
pub mod comment;
pub mod desk;
pub mod making;
mod moves;
pub mod record;
pub(crate) mod replay;
pub mod revision;
pub mod state;
pub mod store;

pub use galley_api::task as request;
