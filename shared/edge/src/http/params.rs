//! Parameters of the path and the query.

use std::{fmt::Display, str::FromStr};

use galley_domain::kernel::ids::TaskId;

use super::{
    call::Call,
    error::{ApiError, Problem},
};

impl Call {
    /// `{task_id}`. What is no task id is no task: 404, as for one that does not exist.
    ///
    /// # Errors
    /// 404.
    pub fn task_id(&self) -> Result<TaskId, ApiError> {
        self.named("task_id")
    }

    /// A path parameter that names something.
    ///
    /// # Errors
    /// 404 when nothing can have this name.
    pub fn named<T: FromStr>(&self, name: &str) -> Result<T, ApiError> {
        self.path_parameter(name).and_then(|text| text.parse().ok()).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    /// A path parameter that numbers something.
    ///
    /// # Errors
    /// 404 when it is no number as we write it.
    pub fn numbered(&self, name: &str) -> Result<u32, ApiError> {
        let text = self.path_parameter(name).unwrap_or_default();
        as_written(&text).ok_or_else(|| ApiError::new(Problem::NotFound))
    }

    /// `limit`: 1 to 100, 20 when it is not given.
    ///
    /// # Errors
    /// 400.
    pub fn limit(&self) -> Result<u32, ApiError> {
        match self.query("limit") {
            None => Ok(20),
            Some(text) => as_written(&text)
                .filter(|limit| (1..=100).contains(limit))
                .ok_or_else(|| ApiError::invalid("limit", "must be a whole number from 1 to 100")),
        }
    }

    /// A query parameter that is one of a few names.
    ///
    /// # Errors
    /// 400.
    pub fn choice<T>(&self, name: &str, from_name: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        match self.query(name) {
            None => Ok(None),
            Some(text) => {
                from_name(&text).map(Some).ok_or_else(|| ApiError::invalid(name, "is not one of the known values"))
            }
        }
    }
}

/// Reads what stands as it would be written: `4`, but not `+4` or `04`, which parsers take too. What means the same is
/// written in one way, or whoever compares text is told another thing than whoever compares values.
pub fn as_written<T: FromStr + Display>(text: &str) -> Option<T> {
    text.parse().ok().filter(|value: &T| value.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_a_sign_or_zeros_before_it_is_none() {
        for text in ["", "+4", "-0", "04", " 4", "4 ", "4.0", "0x4", "\u{664}", "4294967296"] {
            assert_eq!(as_written::<u32>(text), None, "{text}");
        }
        assert_eq!(as_written::<u32>("4"), Some(4));
    }
}
