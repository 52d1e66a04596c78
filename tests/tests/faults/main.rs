//! What breaks, and how it comes right again.

mod alarms;
mod crash_points;
mod crashes;
mod drill;
mod gate;
mod git_targets;
mod placing;
mod recovery;
mod social_targets;
mod targets;
