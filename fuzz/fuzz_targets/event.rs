//! Whatever comes as a message or a body is read or refused; what was read means the same when it is read again.
#![no_main]

use galley_domain::{queue::message::Message, review::action::{Approve, Edit, Note, Republish, Review}, task::request::TaskRequest, webhooks::body::Body};
use galley_edge::http::body;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(message) = Message::decode(text)
    {
        assert_eq!(Message::decode(&serde_json::to_string(&message).unwrap()).unwrap(), message);
    }
    if let Ok(request) = body::parse::<TaskRequest>(bytes) {
        let again = serde_json::to_vec(&request).unwrap();
        assert_eq!(body::parse::<TaskRequest>(&again).ok(), Some(request));
    }
    drop(body::parse::<Approve>(bytes));
    drop(body::parse::<Edit>(bytes));
    drop(body::parse::<Note>(bytes));
    drop(body::parse::<Republish>(bytes));
    drop(body::parse::<Review>(bytes));
    if let Ok(map) = body::object(bytes)
        && let Ok(webhook) = serde_json::from_value::<Body>(map.into())
    {
        drop(webhook.delivery());
    }
});
