//! Webhooks that come in. Bytes become a `VerifiedBody` only by a matching signature, a verified body becomes a
//! `Delivery`, and a delivery takes effect once: its receipt and its effect are one write.

pub mod envelope;
pub mod process;
pub mod receive;
pub mod scheme;
pub mod signature;
pub mod source;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    content::{
        clean::{self, CleanHtml},
        markdown, printable,
    },
    ids::{SourceId, SourceKey, TaskId, TenantId, TraceId, WebhookId},
    ports::ReceiptDone,
    request::{Hidden, TaskRequest},
    revision::{self, InvalidManuscript},
};

/// No provider's types are half as long, and a receipt is listed with its own.
const LONGEST_TYPE: usize = 100;

/// The source that always exists; it belongs to the default tenant.
pub const CONTENT_GENERATED: &str = "content-generated";

/// What a provider tells us, as it writes it. Fields we do not know are the provider's business.
#[derive(Clone, Debug, Deserialize)]
pub struct Body {
    pub event_id: WebhookId,
    pub event_type: String,
    #[serde(default)]
    pub task_id: Option<TaskId>,
    #[serde(default)]
    pub content: Option<Content>,
    #[serde(default)]
    pub request: Option<TaskRequest>,
    #[serde(default)]
    pub error: Option<Error>,
}

/// Exactly one of `html` and `markdown`.
#[derive(Clone, Debug, Deserialize)]
#[serde(expecting = "an object")]
pub struct Content {
    pub title: String,
    #[serde(default)]
    pub html: Option<String>,
    #[serde(default)]
    pub markdown: Option<String>,
    #[serde(default)]
    pub excerpt: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(expecting = "an object")]
pub struct Error {
    pub message: String,
}

/// A body in which everything its type needs is there.
#[derive(Clone, Debug)]
pub enum Delivery {
    Generated {
        task_id: TaskId,
        content: Content,
    },
    Requested {
        request: Box<TaskRequest>,
    },
    Failed {
        task_id: TaskId,
        message: String,
    },
    /// A type that we do not know: recorded, and ignored.
    Unknown,
}

/// A field that the event's type needs is missing, contradicts another, or asks for too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}")]
pub struct Incomplete {
    pub field: Cow<'static, str>,
    pub rule: Cow<'static, str>,
}

impl Incomplete {
    pub(crate) const fn new(field: &'static str, rule: &'static str) -> Self {
        Self { field: Cow::Borrowed(field), rule: Cow::Borrowed(rule) }
    }
}

impl From<InvalidManuscript> for Incomplete {
    fn from(error: InvalidManuscript) -> Self {
        let field = match error {
            InvalidManuscript::Title => "content.title",
            InvalidManuscript::Excerpt | InvalidManuscript::LongExcerpt(_) => "content.excerpt",
            InvalidManuscript::Empty | InvalidManuscript::TooLong => "content",
        };
        Self { field: field.into(), rule: error.to_string().into() }
    }
}

impl Content {
    /// Its text, cleaned.
    ///
    /// # Errors
    /// `Incomplete`, naming the field and the bound that it passes.
    pub fn clean(&self) -> Result<CleanHtml, Incomplete> {
        let (field, cleaned) = match (&self.html, &self.markdown) {
            (Some(html), _) => ("content.html", clean::clean(html)),
            (None, markdown) => ("content.markdown", markdown::to_html(markdown.as_deref().unwrap_or_default())),
        };
        cleaned.map_err(|bound| Incomplete { field: field.into(), rule: bound.to_string().into() })
    }
}

impl Delivery {
    /// Looks at a text before it is taken: what could be no revision of any task is refused while the sender listens.
    ///
    /// # Errors
    /// `Incomplete`, naming the field.
    pub fn fits(&self) -> Result<(), Incomplete> {
        match self {
            Self::Generated { content, .. } => {
                revision::admit(&content.title, &content.clean()?)?;
                if let Some(excerpt) = &content.excerpt {
                    revision::plain_excerpt(excerpt)?;
                }
                Ok(())
            }
            Self::Requested { request } => match request.hides().pop() {
                Some(Hidden { field, rule }) => {
                    Err(Incomplete { field: format!("request.{field}").into(), rule: rule.0.into() })
                }
                None => Ok(()),
            },
            Self::Failed { .. } | Self::Unknown => Ok(()),
        }
    }
}

impl Body {
    /// What of `payload`, which is no body, is wrong: a field and the rule, and no word of a library's.
    fn unreadable(payload: &str) -> Incomplete {
        let Ok(Value::Object(given)) = serde_json::from_str(payload) else {
            return Incomplete::new("the body", "must be a JSON object");
        };
        let of = |name| given.get(name).unwrap_or(&Value::Null);
        let wrong = [
            ("event_id", WebhookId::deserialize(of("event_id")).is_err()),
            ("event_type", String::deserialize(of("event_type")).is_err()),
            ("task_id", <Option<TaskId>>::deserialize(of("task_id")).is_err()),
            ("content", <Option<Content>>::deserialize(of("content")).is_err()),
            ("request", <Option<TaskRequest>>::deserialize(of("request")).is_err()),
            ("error", <Option<Error>>::deserialize(of("error")).is_err()),
        ];
        let wrong = wrong.into_iter().find(|(_, wrong)| *wrong);
        Incomplete::new(wrong.map_or("the body", |(name, _)| name), "is missing or not valid")
    }

    /// # Errors
    /// `Incomplete`, naming the field.
    pub fn delivery(self) -> Result<Delivery, Incomplete> {
        if self.event_type.chars().count() > LONGEST_TYPE || !printable::is_printable(&self.event_type) {
            return Err(Incomplete::new(
                "event_type",
                "must be at most 100 characters, without control or hidden characters",
            ));
        }
        let missing = |field| Incomplete::new(field, "is required for this event_type");
        match self.event_type.as_str() {
            "content.generated" => {
                let content = self.content.ok_or(missing("content"))?;
                if content.html.is_some() == content.markdown.is_some() {
                    return Err(Incomplete::new("content", "needs exactly one of html and markdown"));
                }
                Ok(Delivery::Generated { task_id: self.task_id.ok_or(missing("task_id"))?, content })
            }
            "content.requested" => {
                Ok(Delivery::Requested { request: Box::new(self.request.ok_or(missing("request"))?) })
            }
            "content.failed" => Ok(Delivery::Failed {
                task_id: self.task_id.ok_or(missing("task_id"))?,
                message: self.error.map_or_else(|| "the provider gave no reason".to_owned(), |error| error.message),
            }),
            _ => Ok(Delivery::Unknown),
        }
    }
}

/// The record of one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub key: SourceKey,
    pub source: SourceId,
    pub id: WebhookId,
    pub tenant: TenantId,
    pub event_type: String,
    /// The raw body, until it is processed.
    pub payload: Option<String>,
    pub outcome: ReceiptOutcome,
    pub received_at: Timestamp,
    /// Whether it may be forgotten: a copy would by then be refused for its age.
    pub expires: bool,
    pub trace_id: TraceId,
}

/// A receipt as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    pub id: WebhookId,
    pub event_type: String,
    pub outcome: ReceiptOutcome,
    pub received_at: Timestamp,
}

impl From<Receipt> for ReceiptLine {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, event_type, outcome, received_at, .. } = receipt;
        Self { id, event_type, outcome, received_at }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// Waits to be processed.
    Received,
    Processed {
        task_id: TaskId,
    },
    /// Meant for no task that waits for it.
    Ignored {
        reason: String,
    },
    /// Understood, and not allowed: a quota, a rule.
    Refused {
        reason: String,
    },
    /// Begun so often, and never ended. Its text is kept, so that it can be tried again.
    Abandoned {
        tries: u32,
    },
}

impl ReceiptOutcome {
    pub fn ignored(reason: &str) -> Self {
        Self::Ignored { reason: reason.to_owned() }
    }
}

impl Receipt {
    /// The id that a queue message carries for it.
    pub fn message_id(&self) -> String {
        format!("{}#{}", self.key, self.id)
    }

    /// Its end, to be written with its effect.
    pub fn done(&self, outcome: ReceiptOutcome) -> ReceiptDone {
        ReceiptDone { receipt: Box::new(Self { payload: None, ..self.clone() }), outcome }
    }
}

/// The source's key and the id in a message's id.
pub fn parse_message_id(id: &str) -> Option<(SourceKey, WebhookId)> {
    let (key, id) = id.split_once('#')?;
    Some((SourceKey::new(key).ok()?, WebhookId::new(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_kept_and_cannot_be_read_is_told_by_its_field_and_no_librarys_word() {
        let rest = r#""event_id":"e","event_type":"content.generated""#;
        for (payload, told) in [
            ("{", "the body must be a JSON object"),
            ("[]", "the body must be a JSON object"),
            (r#"{"event_type":"x"}"#, "event_id is missing or not valid"),
            (r#"{"event_id":"e","event_type":7}"#, "event_type is missing or not valid"),
            (&format!(r#"{{{rest},"task_id":"other"}}"#), "task_id is missing or not valid"),
            (&format!(r#"{{{rest},"content":"secret"}}"#), "content is missing or not valid"),
            (&format!(r#"{{{rest},"request":{{"topic":"ab"}}}}"#), "request is missing or not valid"),
            (&format!(r#"{{{rest},"error":"x"}}"#), "error is missing or not valid"),
        ] {
            assert!(serde_json::from_str::<Body>(payload).is_err(), "{payload}");
            assert_eq!(Body::unreadable(payload).to_string(), told);
        }
    }
}
