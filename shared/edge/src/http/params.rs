//! Parameters of the path and the query.

use std::str::FromStr;

use galley_domain::kernel::ids::TaskId;

use super::{
    call::Call,
    error::{ApiError, Problem},
    written::as_written,
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
