//! Names of schedules and calendars.

use crate::rule::text_field;

text_field!(
    /// What people call a schedule.
    ScheduleName,
    1..=80,
    "must be 1 to 80 characters, without control or hidden characters"
);

text_field!(
    /// What a calendar is called where it is shown.
    FeedName,
    1..=80,
    "must be 1 to 80 characters, without control or hidden characters"
);
