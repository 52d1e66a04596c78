//! Parameters of the path and the query.

use std::str::FromStr;

use galley_api::read::one_of;
use galley_domain::kernel::ids::TaskId;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    call::Call,
    error::{ApiError, Problem},
    written::as_written,
};

/// So many characters may be searched for, and so many words.
pub const MOST_SEARCHED: usize = 100;
const MOST_WORDS: usize = 8;

/// Which end of a span a date stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// From the first moment of the day.
    From,
    /// Until the day is over.
    Before,
}

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

    /// A query parameter that is a moment: a time in UTC, or a day.
    ///
    /// # Errors
    /// 400.
    pub fn moment(&self, name: &str, end: End) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.query(name) else { return Ok(None) };
        let day = |day: Date| {
            let day = match end {
                End::From => day,
                End::Before => day.tomorrow().ok()?,
            };
            day.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
        };
        let moment = match as_written::<Date>(&text) {
            Some(date) => day(date),
            None => text.parse::<Timestamp>().ok().filter(|_| text.ends_with('Z')),
        };
        let wrong =
            || ApiError::invalid(name, "must be a date such as 2026-11-20, or a time such as 2026-11-20T12:00:00Z");
        moment.map(Some).ok_or_else(wrong)
    }

    /// A query parameter that is a month, such as `2026-11`: its first day.
    ///
    /// # Errors
    /// 400.
    pub fn month(&self, name: &str) -> Result<Option<Date>, ApiError> {
        let Some(text) = self.query(name) else { return Ok(None) };
        let first = as_written::<Date>(&format!("{text}-01"));
        first.map(Some).ok_or_else(|| ApiError::invalid(name, "must be a month such as 2026-11"))
    }

    /// The words of a query parameter, in lower case.
    ///
    /// # Errors
    /// 400.
    pub fn words(&self, name: &str) -> Result<Vec<String>, ApiError> {
        let Some(text) = self.query(name) else { return Ok(Vec::new()) };
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() || words.len() > MOST_WORDS || text.chars().count() > MOST_SEARCHED {
            return Err(ApiError::invalid(name, "must be 1 to 8 words of at most 100 characters together"));
        }
        Ok(words)
    }

    /// A query parameter of several names, with commas between them, and what each of the `known` stands for.
    ///
    /// # Errors
    /// 400.
    pub fn choices<T: Copy>(&self, name: &str, known: &[(&'static str, &[T])]) -> Result<Vec<T>, ApiError> {
        let Some(text) = self.query(name) else { return Ok(Vec::new()) };
        let chosen = text.split(',').map(|given| known.iter().find(|(name, _)| *name == given));
        let chosen: Option<Vec<_>> = chosen.collect();
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let wrong = || ApiError::invalid(name, format!("{}; or several with commas between them", one_of(&names)));
        Ok(chosen.ok_or_else(wrong)?.into_iter().flat_map(|(_, values)| *values).copied().collect())
    }

    /// A query parameter that is one of a few names.
    ///
    /// # Errors
    /// 400.
    pub fn choice<T: Copy>(
        &self,
        name: &str,
        known: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.query(name) else { return Ok(None) };
        let names: Vec<&str> = known.iter().copied().map(name_of).collect();
        let chosen = known.iter().zip(&names).find(|(_, known)| **known == text);
        chosen.map(|(value, _)| Some(*value)).ok_or_else(|| ApiError::invalid(name, one_of(&names)))
    }
}
