//! What the document says of one operation beyond its route: the types of its body and of its answers, and its refusals.

use serde_json::Value;
use utoipa::ToSchema;

use super::shapes::Shape;
use crate::http::body::JsonBody;

pub(super) struct Operation {
    pub(super) tag: &'static str,
    pub(super) body: Option<Body>,
    /// The names of the request's headers; `parameters` knows what each takes.
    pub(super) headers: &'static [&'static str],
    pub(super) answers: Vec<Answer>,
    /// The refusals that only some operations have; those of all are not named.
    pub(super) problems: &'static [u16],
}

pub(super) struct Body {
    pub(super) shape: Shape,
    pub(super) required: bool,
    pub(super) examples: Examples,
    /// What a form holds, where one is taken, too.
    pub(super) form: Option<Shape>,
    /// How such a body is read, where one type reads all of it.
    #[cfg(test)]
    pub(super) read: Option<Read>,
}

pub(super) enum Examples {
    One(Value),
    /// By their names, as OpenAPI has them.
    Named(Value),
}

/// What tests try bodies with: the fields that must be there, and what is wrong with an object.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(super) struct Read {
    pub(super) required: &'static [&'static str],
    pub(super) errors: fn(serde_json::Map<String, Value>) -> Vec<crate::http::error::FieldError>,
}

pub(super) const KEY: &str = "Idempotency-Key";
pub(super) const MATCH: &str = "If-Match";
pub(super) const UNLESS: &str = "If-None-Match";

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content: Content,
    pub(super) description: &'static str,
    /// The names of the headers that this answer has and not every other.
    pub(super) headers: &'static [&'static str],
}

pub(super) enum Content {
    Nothing,
    Json(Shape),
    /// JSON, or a page for whoever asks for HTML.
    JsonOrPage(Shape),
    /// Another media type, as a text.
    Text(&'static str),
    /// One of several media types.
    Files(&'static [&'static str]),
    /// Server-sent events.
    Events,
    /// An object that no type of ours describes.
    AnyObject,
}

impl Operation {
    pub(super) const fn of(tag: &'static str) -> Self {
        Self { tag, body: None, headers: &[], answers: Vec::new(), problems: &[] }
    }

    pub(super) fn body<T: JsonBody + ToSchema>(self, name: &'static str, example: Value) -> Self {
        #[cfg(test)]
        let read = Some(Read {
            required: T::REQUIRED,
            errors: |map| crate::http::body::from_object::<T>(map).err().unwrap_or_default(),
        });
        let body = Body {
            shape: Shape::of::<T>(name),
            required: !T::REQUIRED.is_empty(),
            examples: Examples::One(example),
            form: None,
            #[cfg(test)]
            read,
        };
        Self { body: Some(body), ..self }
    }

    /// For a body that its function reads piece by piece.
    pub(super) fn body_read_apart<T: ToSchema>(self, name: &'static str, examples: Examples) -> Self {
        let body = Body {
            shape: Shape::of::<T>(name),
            required: true,
            examples,
            form: None,
            #[cfg(test)]
            read: None,
        };
        Self { body: Some(body), ..self }
    }

    /// What a form holds in the place of that body.
    pub(super) fn or_form<T: ToSchema>(mut self, name: &'static str) -> Self {
        if let Some(body) = &mut self.body {
            body.form = Some(Shape::of::<T>(name));
        }
        self
    }

    pub(super) fn headers(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    pub(super) fn answer<T: ToSchema>(self, status: u16, name: &'static str, description: &'static str) -> Self {
        self.answered(status, Content::Json(Shape::of::<T>(name)), description)
    }

    pub(super) fn page<T: ToSchema>(self, name: &'static str, description: &'static str) -> Self {
        self.answered(200, Content::Json(Shape::page::<T>(name)), description)
    }

    pub(super) fn says(self, status: u16, description: &'static str) -> Self {
        self.answered(status, Content::Nothing, description)
    }

    pub(super) fn answered(mut self, status: u16, content: Content, description: &'static str) -> Self {
        self.answers.push(Answer { status, content, description, headers: &[] });
        self
    }

    /// The headers of the answer that was named last.
    pub(super) fn sends(mut self, headers: &'static [&'static str]) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers = headers;
        }
        self
    }

    /// The problems of what takes an idempotency key and no other header.
    pub(super) fn keyed(self, problems: &'static [u16]) -> Self {
        self.headers(&[KEY]).problems(problems)
    }

    pub(super) fn problems(self, problems: &'static [u16]) -> Self {
        Self { problems, ..self }
    }
}
