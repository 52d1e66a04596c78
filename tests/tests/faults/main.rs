//! What breaks, and how it comes right again.

mod alarms;
mod crash_points;
mod crashes;
mod drill;
mod gate;
mod recovery;
mod targets;
