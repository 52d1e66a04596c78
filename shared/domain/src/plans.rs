//! Schedules at work: made and changed by people, and their tasks made when they are due. When that is, `schedule` says.

pub mod calendar;
pub mod feed;
pub mod fire;
pub mod manage;
mod month;
pub mod owner;
pub mod span;
