//! What providers wrap around an event. Each scheme's way becomes Galley's own form, so that whatever reads a webhook
//! later knows one form alone.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::signing::{scheme::Scheme, signature::VerifiedBody};

/// What of an event is read from where the provider puts it.
const FIELDS: [&str; 4] = ["task_id", "content", "request", "error"];

/// A body in Galley's form. Its id comes from signed bytes alone.
pub fn open(scheme: Scheme, verified: &VerifiedBody<'_>, mut body: Map<String, Value>) -> Map<String, Value> {
    let mut opened = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            opened.insert(name.to_owned(), value);
        }
    };
    match scheme {
        Scheme::Galley => {
            set("event_id", body.remove("event_id"));
            set("event_type", body.remove("event_type"));
            fields(Some(Value::Object(body)), set);
        }
        // {"type", "timestamp", "data"}; the id is a signed header.
        Scheme::Standard => {
            set("event_id", verified.id().map(|id| Value::from(id.as_str())));
            set("event_type", body.remove("type"));
            fields(body.remove("data"), set);
        }
        // {"id", "type", "data": {"object"}}
        Scheme::Stripe => {
            set("event_id", body.remove("id"));
            set("event_type", body.remove("type"));
            fields(body.get_mut("data").and_then(|data| data.get_mut("object")).map(Value::take), set);
        }
        // A `repository_dispatch`: {"action", "client_payload"}. Every other event of GitHub is one we do not know. It
        // has no id but in a header that nobody signed, so the same bytes are the same event.
        Scheme::Github => {
            let id = format!("sha256-{}", hex::encode(Sha256::digest(verified.bytes())));
            set("event_id", Some(Value::from(id)));
            let payload = body.remove("client_payload");
            let action = body.remove("action").filter(|_| payload.is_some());
            set("event_type", Some(action.unwrap_or_else(|| Value::from("github"))));
            fields(payload, set);
        }
    }
    opened
}

fn fields(from: Option<Value>, mut set: impl FnMut(&str, Option<Value>)) {
    if let Some(Value::Object(mut from)) = from {
        for name in FIELDS {
            set(name, from.remove(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use galley_testkit::sign;
    use jiff::Timestamp;
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn opened(scheme: Scheme, body: &Value) -> Value {
        let bytes = body.to_string().into_bytes();
        let secret = scheme.secret_of([1; 32]);
        let headers = sign::headers(scheme.name(), secret.expose_secret(), "msg_1", "0", &bytes);
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let claim = scheme.claim(header, Timestamp::UNIX_EPOCH).unwrap();
        let verified = claim.verify(&bytes, &scheme.keys(&[secret])).unwrap();
        let Value::Object(map) = body.clone() else { panic!("an object") };
        Value::Object(open(scheme, &verified, map))
    }

    #[test]
    fn every_scheme_becomes_our_own_form() {
        let request = json!({"topic": "How HTTP caching works"});
        let galley = json!({"event_id": "e", "event_type": "content.requested", "request": request});
        assert_eq!(opened(Scheme::Galley, &galley), galley);
        let standard =
            json!({"type": "content.requested", "timestamp": "x", "data": {"request": request, "tenant": "x"}});
        assert_eq!(
            opened(Scheme::Standard, &standard),
            json!({"event_id": "msg_1", "event_type": "content.requested", "request": request})
        );
        let stripe = json!({"id": "evt_1", "type": "content.requested", "data": {"object": {"request": request}}});
        assert_eq!(
            opened(Scheme::Stripe, &stripe),
            json!({"event_id": "evt_1", "event_type": "content.requested", "request": request})
        );
        let github =
            json!({"action": "content.requested", "client_payload": {"request": request}, "event_id": "forged"});
        let opened_github = opened(Scheme::Github, &github);
        assert_eq!((&opened_github["event_type"], &opened_github["request"]), (&json!("content.requested"), &request));
        assert!(opened_github["event_id"].as_str().unwrap().starts_with("sha256-"));
    }

    #[test]
    fn the_same_bytes_are_the_same_event_and_others_are_not() {
        let id = |body: &Value| opened(Scheme::Github, body)["event_id"].clone();
        assert_eq!(id(&json!({"action": "opened"})), id(&json!({"action": "opened"})));
        assert_ne!(id(&json!({"action": "opened"})), id(&json!({"action": "closed"})));
    }

    #[test]
    fn what_is_not_wrapped_as_it_should_be_is_an_event_without_content() {
        assert_eq!(opened(Scheme::Github, &json!({"action": "opened"}))["event_type"], "github");
        for data in [json!(1), json!(null), json!([]), json!({"object": 1})] {
            assert_eq!(opened(Scheme::Stripe, &json!({"id": "e", "data": data})), json!({"event_id": "e"}));
            assert_eq!(opened(Scheme::Standard, &json!({"data": data})), json!({"event_id": "msg_1"}));
        }
    }
}
