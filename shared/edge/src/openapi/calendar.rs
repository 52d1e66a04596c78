//! The operations of the calendar.

use galley_domain::plans::feed::NewFeed;
use serde_json::json;

use super::operation::{Content, Operation, UNLESS};
use crate::api::{CalendarView, FeedList, MadeFeedView};

const TAG: &str = "schedules";

pub(super) fn get() -> Operation {
    Operation::of(TAG).answer::<CalendarView>(200, "Calendar", "What is planned, in work, waiting, scheduled and live")
}

pub(super) fn read_feed() -> Operation {
    Operation::of(TAG)
        .headers(&[UNLESS])
        .answered(
            200,
            Content::Text("text/calendar"),
            "The calendar, as RFC 5545 has it: 30 days that were, and 61 to come",
        )
        .sends(&["ETag"])
        .says(304, "Not modified")
}

pub(super) fn make_feed() -> Operation {
    Operation::of("administration")
        .body::<NewFeed>("NewCalendarFeed", json!({"name": "The desk"}))
        .answer::<MadeFeedView>(
            201,
            "MadeCalendarFeed",
            "The address; keep it, it is not shown again. A replay leaves it out and says `secret_shown`",
        )
        .keyed(&[409, 422])
}

pub(super) fn list_feeds() -> Operation {
    Operation::of("administration").answer::<FeedList>(200, "CalendarFeedList", "The addresses, without their secrets")
}

pub(super) fn revoke_feed() -> Operation {
    Operation::of("administration").says(204, "Revoked: whoever asks there gets 404").problems(&[404])
}
