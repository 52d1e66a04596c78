//! Configuration: read once, at cold start, from a lookup. A missing or malformed value stops the start by its name.

use std::str::FromStr;

use galley_domain::{limits::DayQuota, pace::Pace};

/// Reads settings through `get`, so that tests hand in a map.
#[derive(Clone, Copy, Debug)]
pub struct Settings<F>(F);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{name} is malformed: {rule}")]
    Malformed { name: &'static str, rule: String },
}

/// The environment of the process.
pub fn environment() -> Settings<impl Fn(&str) -> Option<String>> {
    Settings(|name: &str| std::env::var(name).ok())
}

impl<F: Fn(&str) -> Option<String>> Settings<F> {
    pub const fn new(get: F) -> Self {
        Self(get)
    }

    /// # Errors
    /// `Missing` when it is not set or empty.
    pub fn text(&self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing(name))
    }

    /// `None` when it is not set or empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, name: &'static str) -> Result<T, ConfigError> {
        self.text(name)?.parse().map_err(|error: T::Err| ConfigError::Malformed { name, rule: error.to_string() })
    }

    /// The type's default when it is not set or empty.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parsed_or_default<T>(&self, name: &'static str) -> Result<T, ConfigError>
    where
        T: FromStr<Err: std::fmt::Display> + Default,
    {
        if self.optional(name).is_none() { Ok(T::default()) } else { self.parsed(name) }
    }

    /// The pace that follows from the lease in `GALLEY_LEASE_SECONDS`.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn pace(&self, name: &'static str) -> Result<Pace, ConfigError> {
        let seconds: u32 = self.parsed(name)?;
        Pace::with_lease(seconds).map_err(|error| ConfigError::Malformed { name, rule: error.to_string() })
    }

    /// What a tenant's day may hold, usually.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn quota(&self, user: &'static str, organisation: &'static str) -> Result<DayQuota, ConfigError> {
        Ok(DayQuota { user: self.limit(user)?, organisation: self.limit(organisation)? })
    }

    /// A limit: a whole number from 1 on.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn limit(&self, name: &'static str) -> Result<u32, ConfigError> {
        let limit: u32 = self.parsed(name)?;
        if limit == 0 {
            return Err(ConfigError::Malformed { name, rule: "must be at least 1".to_owned() });
        }
        Ok(limit)
    }
}

#[cfg(test)]
mod tests {
    use galley_domain::ids::TenantId;

    use super::*;

    fn settings(name: &'static str, value: &'static str) -> Settings<impl Fn(&str) -> Option<String>> {
        Settings::new(move |asked: &str| (asked == name).then(|| value.to_owned()))
    }

    #[test]
    fn a_missing_or_empty_value_is_named() {
        assert_eq!(settings("A", "x").text("B"), Err(ConfigError::Missing("B")));
        assert_eq!(settings("A", "  ").text("A"), Err(ConfigError::Missing("A")));
    }

    #[test]
    fn a_malformed_value_is_named_with_its_rule() {
        assert!(matches!(settings("N", "0").limit("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(matches!(settings("N", "1").pace("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(matches!(settings("N", "many").limit("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(matches!(settings("T", "Not A Tenant").parsed::<TenantId>("T"), Err(ConfigError::Malformed { .. })));
    }
}
