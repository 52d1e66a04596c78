//! Text: cleaning, reading, measuring and writing it. Pure functions of their input.

mod address;
pub mod blockers;
pub mod clean;
pub mod markdown;
mod nesting;
pub mod outline;
pub mod printable;
pub mod quality;
pub mod references;
pub mod seo;
pub mod shape;
pub mod slug;
pub mod text;
