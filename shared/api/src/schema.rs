//! OpenAPI schemas of the validated types, with the same limits as their parsers.

/// The schema of a type that is a text or a number on the wire.
#[macro_export]
macro_rules! scalar_schema {
    ($name:ident, $schema:expr) => {
        $crate::scalar_schema!($name as stringify!($name), $schema);
    };
    // Where another type has the same name.
    ($name:ident as $shown:expr, $schema:expr) => {
        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $schema.into()
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }
        }
    };
}

pub use crate::scalar_schema as scalar;

#[cfg(feature = "schema")]
mod build {
    use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Type};

    /// A text.
    pub fn text() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::String)
    }

    /// A whole number.
    pub fn whole() -> ObjectBuilder {
        ObjectBuilder::new().schema_type(Type::Integer)
    }

    /// One of a few words.
    pub fn one_of(words: impl Iterator<Item = &'static str>) -> ObjectBuilder {
        text().enum_values(Some(words))
    }

    /// Pairs of texts.
    pub fn map(most: usize) -> ObjectBuilder {
        ObjectBuilder::new().additional_properties(Some(text())).max_properties(Some(most))
    }

    /// A list of `item`.
    pub fn list(item: impl Into<Object>) -> ArrayBuilder {
        ArrayBuilder::new().items(item.into())
    }
}

#[cfg(feature = "schema")]
pub use build::{list, map, one_of, text, whole};
