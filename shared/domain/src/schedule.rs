//! Schedules: when tasks are to be made, from which request, and what came of each time. The tasks themselves are made by `plans`.

pub mod record;
pub mod rule;
pub mod run;
pub mod store;
pub mod template;
pub mod zone;
