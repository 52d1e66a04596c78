//! Schedules at work: made and changed by people, and their tasks made when they are due. When that is, `schedule` says.

pub mod fire;
pub mod manage;
pub mod owner;
