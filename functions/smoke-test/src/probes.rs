//! The probe of each function: an event that changes nothing, and shows that the function starts with all its settings
//! and, where possible, reaches the services that it needs.

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// A path without a route: answered with one of our own problems.
    NoRoute,
    /// Whether all parts answer.
    Ready,
    /// An API key that does not exist, which has the function query the table.
    UnknownKey,
    /// No messages.
    EmptyBatch,
    /// A sweep does no harm at any time.
    Sweep,
}

/// By the function's logical id in the template, from which the stack derives its name.
const PROBES: [(&str, Probe); 15] = [
    ("CreateTaskFunction", Probe::NoRoute),
    ("QueryTasksFunction", Probe::NoRoute),
    ("ApproveTaskFunction", Probe::NoRoute),
    ("IngestWebhookFunction", Probe::NoRoute),
    ("AdminFunction", Probe::NoRoute),
    ("QueryModelsFunction", Probe::NoRoute),
    ("AuthFunction", Probe::NoRoute),
    ("StreamTaskFunction", Probe::NoRoute),
    ("ConsoleFunction", Probe::NoRoute),
    ("SiteFunction", Probe::NoRoute),
    ("HealthFunction", Probe::Ready),
    ("AuthorizeFunction", Probe::UnknownKey),
    ("WorkFunction", Probe::EmptyBatch),
    ("QuickFunction", Probe::EmptyBatch),
    ("SweepTasksFunction", Probe::Sweep),
];

impl Probe {
    pub(super) fn of(function: &str) -> Option<Self> {
        PROBES.iter().find(|(name, _)| function.split('-').any(|part| part == *name)).map(|(_, probe)| *probe)
    }

    pub(super) fn event(self) -> Value {
        match self {
            Self::NoRoute => request("GET /smoke-test", "/smoke-test"),
            Self::Ready => request("GET /health/ready", "/health/ready"),
            Self::UnknownKey => json!({
                "version": "2.0", "type": "REQUEST", "identitySource": ["Bearer smoke-test"], "headers": {},
            }),
            Self::EmptyBatch => json!({"Records": []}),
            Self::Sweep => json!({}),
        }
    }

    pub(super) fn is_answered_by(self, answer: &str) -> bool {
        let json: Value = serde_json::from_str(answer).unwrap_or_default();
        match self {
            // A function that streams answers with more than JSON.
            Self::NoRoute => answer.contains("\"statusCode\":404"),
            Self::Ready => json.get("statusCode").is_some_and(|status| *status == 200),
            Self::UnknownKey => json.get("isAuthorized").is_some_and(|is| *is == false),
            Self::EmptyBatch => json.get("batchItemFailures").is_some_and(|failed| *failed == json!([])),
            Self::Sweep => json.get("found").is_some_and(Value::is_u64),
        }
    }
}

fn request(key: &str, path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": key, "rawPath": path, "rawQueryString": "", "isBase64Encoded": false,
        "headers": {"host": "smoke-test", "accept": "application/json"},
        "requestContext": {
            "accountId": "000000000000", "apiId": "smoke-test", "domainName": "smoke-test", "domainPrefix": "smoke-test",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "smoke-test"},
            "requestId": "smoke-test", "routeKey": key, "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_i64,
        },
    })
}
