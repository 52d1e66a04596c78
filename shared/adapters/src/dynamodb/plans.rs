//! What is kept of plans besides schedules.

mod feed;
