//! Bulk requests. Each item is parsed on its own, so that an invalid one does not affect the others.

use serde::Serialize;

use crate::task::TaskRequest;

/// A bulk has at most this many items.
pub const MOST_ITEMS: usize = 100;

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkCreate {
    #[cfg_attr(feature = "schema", schema(min_items = 1, max_items = 100))]
    pub tasks: Vec<TaskRequest>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkUpdate {
    #[cfg_attr(feature = "schema", schema(value_type = Vec<crate::ids::TaskId>, min_items = 1, max_items = 100))]
    pub ids: Vec<String>,
    pub action: BulkAction,
    #[cfg_attr(feature = "schema", schema(schema_with = body))]
    pub body: Option<serde_json::Value>,
}

/// What can be done to many tasks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Approve,
    Reject,
    Cancel,
    Retry,
}

#[cfg(feature = "schema")]
fn body() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::{
        Ref,
        schema::{ObjectBuilder, OneOfBuilder, Type},
    };
    ["ApproveRequest", "ReviewRequest", "NoteRequest"]
        .into_iter()
        .fold(OneOfBuilder::new(), |one, name| one.item(Ref::from_schema_name(name)))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .description(Some("The body of the single request: to approve, to reject, or to cancel and retry."))
        .into()
}

#[cfg(all(test, feature = "schema"))]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn the_document_tells_the_limit_that_holds() {
        for (schema, list) in [(BulkCreate::schema(), "tasks"), (BulkUpdate::schema(), "ids")] {
            let schema = serde_json::to_value(schema).unwrap();
            assert_eq!(schema["properties"][list]["maxItems"], MOST_ITEMS);
        }
    }
}
