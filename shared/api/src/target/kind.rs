//! What a kind of target is, as data: what a person says who makes one, for whatever asks them.

use serde_json::{Value, json};

/// The settings of a kind.
pub trait Settings {
    const KIND: &'static Kind;

    /// Where at the target's address the copies are.
    fn place(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// A row.
#[derive(Debug)]
pub struct Kind {
    /// As the API has it.
    pub name: &'static str,
    /// As people have it.
    pub title: &'static str,
    /// What it is to make one of them a target, in a word or two.
    pub connect: &'static str,
    pub about: &'static str,
    /// Which address it is that the target's `url` has.
    pub url: &'static str,
    /// The address that most of them have; empty where each has its own.
    pub usual_url: &'static str,
    /// What it is opened with.
    pub secret: &'static str,
    /// Of the settings.
    pub fields: &'static [Field],
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    /// As a form has it.
    pub label: &'static str,
    pub about: &'static str,
    pub shape: Shape,
    pub needed: Needed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    Always,
    /// There is something usual in its place.
    No,
}

/// What a field may hold. What this cannot say, the settings' own rules do.
#[derive(Debug)]
pub enum Shape {
    Text {
        pattern: &'static str,
        most: usize,
        example: &'static str,
    },
    Url,
    Whole {
        least: u32,
    },
    /// One of these names, each with what people call it.
    Choice(&'static [(&'static str, &'static str)]),
    Flag,
}

impl Field {
    pub const fn is_needed(&self) -> bool {
        matches!(self.needed, Needed::Always)
    }

    /// One that is taken, and is not what stands there without it.
    pub fn example(&self) -> Value {
        match self.shape {
            Shape::Text { example, .. } => json!(example),
            Shape::Url => json!("https://www.example.com/posts"),
            Shape::Whole { least } => json!(least),
            Shape::Choice(known) => json!(known.last().map(|(name, _)| name)),
            Shape::Flag => json!(true),
        }
    }

    /// As the console's forms have it (`console/src/kit/form.ts`), by its place in the request.
    fn form(&self) -> Value {
        let form = json!({"name": format!("settings.{}", self.name), "label": self.label, "hint": self.about});
        let more = match self.shape {
            Shape::Text { .. } => json!({}),
            Shape::Url => json!({"more": {"inputMode": "url"}}),
            Shape::Whole { .. } => json!({"kind": "number"}),
            Shape::Choice(known) => json!({"kind": "choice", "options": known}),
            Shape::Flag => json!({"kind": "check"}),
        };
        let optional = if self.is_needed() { json!({}) } else { json!({"optional": "optional"}) };
        let all = [form, more, optional].into_iter().filter_map(|part| part.as_object().cloned());
        Value::Object(all.flatten().collect())
    }
}

impl Kind {
    /// What the console's form asks for (`make generate` writes it there).
    pub fn form(&self) -> Value {
        json!({
            "name": self.name, "title": self.title, "connect": self.connect, "about": self.about,
            "url": {"hint": self.url, "usual": self.usual_url}, "secret": self.secret,
            "fields": self.fields.iter().map(Field::form).collect::<Vec<_>>(),
        })
    }
}

/// The settings' schema. A derived one says of no kind that it has no other fields.
#[cfg(feature = "schema")]
pub(super) mod schema {
    use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};

    use crate::{
        schema::{one_of, text, whole},
        target::kind::{Field, Kind, Shape},
        url::PublicUrl,
    };

    pub(crate) fn of(kinds: &[&Kind]) -> Schema {
        Schema::OneOf(kinds.iter().fold(OneOfBuilder::new(), |all, kind| all.item(one(kind))).build())
    }

    fn one(kind: &Kind) -> ObjectBuilder {
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("kind", one_of(std::iter::once(kind.name)))
            .required("kind")
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        kind.fields.iter().fold(object, |object, field| {
            let object = object.property(field.name, property(field).description(Some(field.about)));
            if field.is_needed() { object.required(field.name) } else { object }
        })
    }

    fn property(field: &Field) -> ObjectBuilder {
        match field.shape {
            Shape::Text { pattern, most, .. } => {
                text().pattern(Some(pattern)).min_length(Some(1)).max_length(Some(most))
            }
            Shape::Url => text().max_length(Some(PublicUrl::MAX_BYTES)),
            Shape::Whole { least } => whole().minimum(Some(least)).maximum(Some(u32::MAX)),
            Shape::Choice(known) => one_of(known.iter().map(|(name, _)| *name)),
            Shape::Flag => ObjectBuilder::new().schema_type(Type::Boolean),
        }
    }
}
