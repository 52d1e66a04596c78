//! What a person may ask for: all that Galley keeps of them, or that it be forgotten.

mod acts;
pub mod jobs;
pub mod records;
pub mod worker;
