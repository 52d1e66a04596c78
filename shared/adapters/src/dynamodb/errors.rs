//! What the table's refusals mean. Whether a write happened that depends on what is there is an answer, not an error.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use galley_domain::kernel::error::{BoxError, StoreError};

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

pub(super) fn unavailable(error: impl Into<BoxError>) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// How the table says that a request will never do: malformed, or an item over 400 KB.
const INVALID: &str = "ValidationException";

/// What became of a write that was not made.
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
