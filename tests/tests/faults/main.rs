//! What breaks, and how it comes right again.

mod crash_points;
mod crashes;
mod recovery;
