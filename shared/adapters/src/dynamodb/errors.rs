//! Maps DynamoDB's errors. A condition that was not met is a result, not an error.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::update_item::UpdateItemError,
};
use galley_domain::kernel::error::{BoxError, StoreError};

use crate::dynamodb::items::Item;

pub(super) const REFUSED: &str = "ConditionalCheckFailedException";

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

/// The item as a refused update found it, where it asks for that; empty if there is none.
pub(super) fn present<T, R>(written: &Result<T, SdkError<UpdateItemError, R>>) -> Item {
    match written.as_ref().err().and_then(SdkError::as_service_error) {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => refused.item().cloned().unwrap_or_default(),
        _ => Item::new(),
    }
}

pub(super) fn unavailable(error: impl Into<BoxError>) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// DynamoDB's code for a request that can never succeed: malformed, or an item over 400 KB.
const INVALID: &str = "ValidationException";

/// The error of a failed write: final or temporary.
pub(super) fn unwritten<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(INVALID) => StoreError::invalid(error),
        _ => unavailable(error),
    }
}
