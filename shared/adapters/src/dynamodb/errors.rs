//! Writes that depend on what is there: whether they happened is an answer, not an error.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::delete_item::builders::DeleteItemFluentBuilder,
};
use galley_domain::kernel::error::StoreError;

use super::{Item, Table, keys, n, s, unwritten};

pub(super) const REFUSED: &str = "ConditionalCheckFailedException";
const OVER: &str = "#version = :over";

/// Whether a conditional write found its condition met.
pub(super) fn met<T, E, R>(written: Result<T, SdkError<E, R>>) -> Result<bool, StoreError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match written {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(|error| error.code() == Some(REFUSED)) => Ok(false),
        Err(error) => Err(unwritten(error)),
    }
}

impl Table {
    pub(super) fn delete(&self, (pk, sk): keys::Key) -> DeleteItemFluentBuilder {
        self.client.delete_item().table_name(&self.name).key("pk", s(pk)).key("sk", s(sk))
    }

    /// Puts an item in the place of the version that was read. `false`: there is another one by now.
    pub(super) async fn put_over(&self, item: Item, over: u64) -> Result<bool, StoreError> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).condition_expression(OVER);
        let put = put.expression_attribute_names("#version", "version").expression_attribute_values(":over", n(over));
        met(put.send().await)
    }
}
