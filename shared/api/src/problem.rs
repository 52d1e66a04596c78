//! Errors as RFC 9457 problems: everything that can go wrong for a client, by name.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

macro_rules! problems {
    ($($variant:ident $status:literal $code:literal $title:literal;)+) => {
        /// Everything that can go wrong for a client, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Problem {
            $($variant,)+
        }

        impl Problem {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// Stable: clients may switch on it.
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("urn:galley:problem:", $code)),+ }
            }

            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

problems! {
    Invalid 400 "invalid" "The request is not valid";
    MalformedJson 400 "malformed-json" "The body is not a JSON object";
    InvalidCursor 400 "invalid-cursor" "The cursor is not one of ours";
    UnknownApiVersion 400 "unknown-api-version" "This API version does not exist";
    MalformedTimestamp 400 "malformed-timestamp" "The webhook's timestamp is malformed";
    Unauthenticated 401 "unauthenticated" "The request has no credential";
    SignatureInvalid 401 "signature-invalid" "The webhook's signature is not valid";
    SignInOver 401 "sign-in-over" "The sign-in does not hold";
    Forbidden 403 "forbidden" "The caller's role does not allow this";
    NotFound 404 "not-found" "There is no such thing";
    NoSuchRoute 404 "no-such-route" "There is no such route";
    MethodNotAllowed 405 "method-not-allowed" "The route has other methods";
    IllegalMove 409 "illegal-move" "The task's state does not allow this";
    Conflict 409 "conflict" "Somebody else was faster";
    NearDuplicate 409 "near-duplicate" "The tenant has nearly the same already";
    RevisionOutdated 409 "revision-outdated" "There is a newer revision";
    RevisionCleaned 409 "revision-cleaned" "The stored text needed cleaning";
    Blocked 409 "blocked" "The draft may not be published as it is";
    StillRunning 409 "still-running" "A request with this Idempotency-Key is still running";
    VersionMismatch 412 "version-mismatch" "It has changed since it was read";
    SourceTaken 409 "source-taken" "There is a webhook source of this name";
    TargetTaken 409 "target-taken" "There is a target of this name";
    BodyTooLarge 413 "body-too-large" "The body is over 256 KiB";
    UnsupportedMediaType 415 "unsupported-media-type" "The body has another media type";
    KeyReused 422 "key-reused" "The Idempotency-Key was used with another body";
    RevisionUnnamed 428 "revision-unnamed" "The revision to decide on must be named";
    RateLimited 429 "rate-limited" "Too many requests in this minute";
    QuotaExhausted 429 "quota-exhausted" "The day's quota is used up";
    Internal 500 "internal" "Something went wrong on our side";
    Unavailable 503 "unavailable" "Try again shortly";
    WritesHeld 503 "writes-held" "Changes are held for a while, reads go on";
}

impl Problem {
    /// Whether something is wrong on our side, other than what operators have chosen.
    pub const fn is_fault(self) -> bool {
        self.status() >= 500 && !matches!(self, Self::WritesHeld)
    }
}

/// One field and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What keeps a draft from publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HeldBy {
    /// As the revision's `blockers` name it.
    pub code: String,
    pub message: String,
}

/// The body of every error of a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Problem))]
pub struct ProblemBody {
    /// Names the kind of problem, for ever.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schema(value_type = String, examples("urn:galley:problem:invalid")))]
    pub kind: Cow<'static, str>,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub title: Cow<'static, str>,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The path that was asked for.
    pub instance: String,
    pub request_id: String,
    /// For validation: the first twenty problems at once; `detail` says how many more there are. For a near duplicate: what it is near to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// For a draft that may not be published: why not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<HeldBy>,
    /// For a refused move: the task's present state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub state: Option<Cow<'static, str>>,
}

/// What the gateway itself answers.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GatewayMessage {
    #[cfg_attr(feature = "schema", schema(examples("Unauthorized")))]
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_distinct() {
        let kinds: std::collections::BTreeSet<_> = Problem::ALL.iter().map(|problem| problem.uri()).collect();
        assert_eq!(kinds.len(), Problem::ALL.len());
    }
}
