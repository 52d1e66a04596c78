//! Configuration: read once, at cold start, from a lookup. A missing or malformed value stops the start by its name.

use std::{str::FromStr, sync::Arc};

use galley_domain::{
    ledger::Price,
    limits::DayQuota,
    models::{
        catalogue::{Catalogue, CustomEndpoint, InvalidCatalogue},
        known::KnownModels,
    },
    pace::Pace,
    request::ModelName,
    tenant::Caps,
};

/// Reads settings through `get`, so that tests hand in a map.
#[derive(Clone, Copy, Debug)]
pub struct Settings<F>(F);

/// Under which names the catalogue and a deployment's own endpoint are set.
#[derive(Clone, Copy, Debug)]
pub struct CatalogueSettings {
    pub file: &'static str,
    pub base_url: &'static str,
    pub model: &'static str,
    pub input_price: &'static str,
    pub output_price: &'static str,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{name} is malformed: {rule}")]
    Malformed { name: &'static str, rule: String },
    #[error("the file of the catalogue of models cannot be read")]
    CatalogueFile(#[source] std::io::Error),
    #[error(transparent)]
    Catalogue(#[from] InvalidCatalogue),
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

    /// What may be spent, usually.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn caps(&self, task: &'static str, day: &'static str, month: &'static str) -> Result<Caps, ConfigError> {
        Ok(Caps { task: self.parsed(task)?, day: self.parsed(day)?, month: self.parsed(month)? })
    }

    /// Which models a client may name. The built-in catalogue is not read here: most requests name none.
    ///
    /// # Errors
    /// When the file cannot be read, or is no catalogue; `Malformed`.
    pub fn known_models(&self, file: &'static str, model: &'static str) -> Result<KnownModels, ConfigError> {
        let catalogue = self.optional(file).map(|file| own_catalogue(&file)).transpose()?;
        Ok(KnownModels { catalogue: catalogue.map(Arc::new), endpoint: self.model(model)? })
    }

    fn model(&self, name: &'static str) -> Result<Option<ModelName>, ConfigError> {
        let model = self.optional(name).map(ModelName::try_from).transpose();
        model.map_err(|rule| ConfigError::Malformed { name, rule: rule.to_string() })
    }

    /// The models: the built-in catalogue or the deployment's, and the endpoint that it names; and what that one costs.
    ///
    /// # Errors
    /// When the file cannot be read, or is no catalogue; `Missing` or `Malformed`.
    pub fn catalogue(&self, names: &CatalogueSettings) -> Result<(Catalogue, Price), ConfigError> {
        let catalogue = match self.optional(names.file) {
            Some(file) => own_catalogue(&file)?,
            None => Catalogue::built_in()?,
        };
        let price = Price { input: self.parsed(names.input_price)?, output: self.parsed(names.output_price)? };
        let model = self.model(names.model)?;
        Ok(match self.optional(names.base_url) {
            Some(base_url) => (catalogue.with_custom(&CustomEndpoint { base_url, model, price }), price),
            None if model.is_some() => return Err(ConfigError::Missing(names.base_url)),
            None => (catalogue, price),
        })
    }

    /// Whether something is turned on.
    ///
    /// # Errors
    /// `Missing`, or `Malformed` when it is neither `on` nor `off`.
    pub fn switch(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.text(name)?.as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(ConfigError::Malformed { name, rule: "must be on or off".to_owned() }),
        }
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

fn own_catalogue(file: &str) -> Result<Catalogue, ConfigError> {
    Ok(Catalogue::read(&std::fs::read_to_string(file).map_err(ConfigError::CatalogueFile)?)?)
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
        assert!(matches!(settings("A", "x").text("B"), Err(ConfigError::Missing("B"))));
        assert!(matches!(settings("A", "  ").text("A"), Err(ConfigError::Missing("A"))));
    }

    const NAMES: CatalogueSettings = CatalogueSettings {
        file: "GALLEY_CATALOGUE_FILE",
        base_url: "GALLEY_LLM_BASE_URL",
        model: "GALLEY_LLM_MODEL",
        input_price: "GALLEY_LLM_INPUT_PRICE",
        output_price: "GALLEY_LLM_OUTPUT_PRICE",
    };

    #[test]
    fn a_catalogue_is_the_built_in_one_or_the_deployments() {
        let with = |more: &[(&'static str, &str)]| {
            let mut given = vec![("GALLEY_LLM_INPUT_PRICE", "1"), ("GALLEY_LLM_OUTPUT_PRICE", "2")];
            given.extend_from_slice(more);
            Settings::new(move |asked: &str| {
                given.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned())
            })
            .catalogue(&NAMES)
        };
        assert!(with(&[]).is_ok_and(|(catalogue, _)| !catalogue.models.is_empty()));
        let own = with(&[("GALLEY_LLM_BASE_URL", "http://localhost:11434/v1"), ("GALLEY_LLM_MODEL", "llama3.1")]);
        assert!(own.is_ok_and(|(catalogue, _)| catalogue.providers.len() == 6));
        let no_endpoint = with(&[("GALLEY_LLM_MODEL", "llama3.1")]);
        assert!(matches!(no_endpoint, Err(ConfigError::Missing("GALLEY_LLM_BASE_URL"))));
        assert!(matches!(with(&[("GALLEY_CATALOGUE_FILE", "/nowhere")]), Err(ConfigError::CatalogueFile(_))));
        assert!(matches!(with(&[("GALLEY_CATALOGUE_FILE", "Cargo.toml")]), Err(ConfigError::Catalogue(_))));
    }

    #[test]
    fn a_malformed_value_is_named_with_its_rule() {
        assert!(matches!(settings("N", "0").limit("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(matches!(settings("N", "1").pace("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(matches!(settings("N", "true").switch("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(settings("N", "on").switch("N").unwrap() && !settings("N", "off").switch("N").unwrap());
        assert!(matches!(settings("N", "many").limit("N"), Err(ConfigError::Malformed { name: "N", .. })));
        assert!(matches!(settings("T", "Not A Tenant").parsed::<TenantId>("T"), Err(ConfigError::Malformed { .. })));
    }
}
