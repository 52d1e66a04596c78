//! Text: cleaning, reading, measuring and writing it. Pure functions of their input.
//! Invariant: whatever is shown to a reader was cleaned by this code.

mod about;
mod address;
pub mod blockers;
pub mod blocks;
pub mod chatter;
pub mod clean;
mod cut;
pub mod excerpt;
mod footnotes;
pub mod formulas;
pub mod gate;
mod latin;
pub mod markdown;
pub mod near;
pub mod nesting;
pub mod outline;
pub mod parts;
pub mod quality;
pub mod references;
pub mod removed;
pub mod seo;
pub mod shape;
pub mod slug;
pub mod stems;
mod stop_words;
pub mod text;
mod topic;
mod typed;
mod words;

pub use galley_api::{kind, language};
