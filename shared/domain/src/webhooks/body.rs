//! Webhooks that come in. Bytes become a `VerifiedBody` only by a matching signature, a verified body becomes a
//! `Delivery`, and a delivery takes effect once: its receipt and its effect are one write.

use std::borrow::Cow;

use galley_api::read::{Null, read};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    content::{
        clean::{self, Cleaned},
        excerpt, markdown,
    },
    kernel::{
        ids::{TaskId, WebhookId},
        printable,
        rule::Hidden,
    },
    task::{
        request::TaskRequest,
        revision::{self, InvalidManuscript},
    },
};

/// No provider's types are half as long, and a receipt is listed with its own.
const LONGEST_TYPE: usize = 100;
pub(super) const NO_REASON: &str = "the provider gave no reason";

/// What a body may hold, as `Body` has it.
const FIELDS: [&str; 6] = ["event_id", "event_type", "task_id", "content", "request", "error"];

/// What a provider tells us, as it writes it. Fields we do not know are the provider's business.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Webhook))]
pub struct Body {
    /// The same id takes effect once.
    pub event_id: WebhookId,
    /// content.generated, content.failed or content.requested; others are recorded and ignored.
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
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = WebhookContent))]
#[serde(expecting = "an object")]
pub struct Content {
    pub title: String,
    /// At most 200 KiB once it is cleaned.
    #[serde(default)]
    pub html: Option<String>,
    /// At most 200 KiB once it is HTML.
    #[serde(default)]
    pub markdown: Option<String>,
    /// Plain text: escape it where it is shown as HTML. Of a longer one than 300 characters, the beginning is kept.
    #[serde(default)]
    pub excerpt: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = WebhookError))]
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
            InvalidManuscript::Empty => "content",
        };
        Self { field: field.into(), rule: error.to_string().into() }
    }
}

impl Content {
    /// Its text, cleaned.
    ///
    /// # Errors
    /// `Incomplete`, naming the field and the bound that it passes.
    pub fn clean(&self) -> Result<Cleaned, Incomplete> {
        let (field, cleaned) = match (&self.html, &self.markdown) {
            (Some(html), _) => ("content.html", clean::told(html)),
            (None, markdown) => ("content.markdown", markdown::told(markdown.as_deref().unwrap_or_default())),
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
                revision::admit(&content.title, &content.clean()?.html)?;
                if let Some(sent) = &content.excerpt {
                    excerpt::plain(sent).map_err(InvalidManuscript::from)?;
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
    /// What is kept of a webhook, read as its sender was told.
    ///
    /// # Errors
    /// `Incomplete`, naming the field, and with no word of a library's.
    pub(super) fn kept(payload: &str) -> Result<Self, Incomplete> {
        let Ok(Value::Object(given)) = serde_json::from_str(payload) else {
            return Err(Incomplete::new("the body", "must be a JSON object"));
        };
        read(Value::Object(given), Null::IsAbsent).map_err(|refused| {
            let wrong = FIELDS.into_iter().find(|name| refused.is_about(name));
            Incomplete::new(wrong.unwrap_or("the body"), "is missing or not valid")
        })
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
                message: self.error.map_or_else(|| NO_REASON.to_owned(), |error| error.message),
            }),
            _ => Ok(Delivery::Unknown),
        }
    }
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
            assert_eq!(Body::kept(payload).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn what_the_front_took_is_read_again_from_what_was_kept() {
        let request = r#"{"topic":"How HTTP caching works","style":null,"target_length":200.0}"#;
        let payload =
            format!(r#"{{"event_id":"e","event_type":"content.requested","task_id":null,"request":{request}}}"#);
        assert!(matches!(Body::kept(&payload).unwrap().delivery(), Ok(Delivery::Requested { .. })));
    }
}
