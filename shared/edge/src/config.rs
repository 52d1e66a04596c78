//! Configuration: read once, at cold start. A missing or malformed value stops the start, and the error names it.

mod setting;

use std::{str::FromStr, sync::Arc};

use galley_domain::{
    access::limits::DayQuota,
    intake::known_models::KnownModels,
    kernel::timings::Timings,
    models::{
        catalogue::{Catalogue, CustomEndpoint, InvalidCatalogue},
        id::ModelName,
        price::Price,
    },
    money::budget::Caps,
    tenancy::settings::Limits,
};

pub use setting::Setting;

/// Reads settings through `get`, so that tests hand in a map.
#[derive(Clone, Copy, Debug)]
pub struct Settings<F>(F);

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(Setting),
    #[error("{missing} is not set, and {by} needs it")]
    Needed { missing: Setting, by: Setting },
    #[error("{setting} is malformed: {rule}")]
    Malformed { setting: Setting, rule: String },
    #[error("the file of the catalogue of models cannot be read")]
    CatalogueFile(#[source] std::io::Error),
    #[error(transparent)]
    Catalogue(#[from] InvalidCatalogue),
}

/// How the environment is read.
pub type Lookup = fn(&str) -> Option<String>;

/// The environment of the process.
pub fn environment() -> Settings<Lookup> {
    Settings(|name: &str| std::env::var(name).ok())
}

impl<F: Fn(&str) -> Option<String>> Settings<F> {
    pub const fn new(get: F) -> Self {
        Self(get)
    }

    /// # Errors
    /// `Missing` when it is not set or empty.
    pub fn text(&self, setting: Setting) -> Result<String, ConfigError> {
        self.optional(setting).ok_or(ConfigError::Missing(setting))
    }

    /// A setting that another setting, which is set, requires.
    ///
    /// # Errors
    /// `Needed` when it is not set or empty.
    pub fn needed(&self, missing: Setting, by: Setting) -> Result<String, ConfigError> {
        self.optional(missing).ok_or(ConfigError::Needed { missing, by })
    }

    /// `None` when it is not set or empty.
    pub fn optional(&self, setting: Setting) -> Option<String> {
        (self.0)(setting.name()).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, setting: Setting) -> Result<T, ConfigError> {
        self.text(setting)?.parse().map_err(|error: T::Err| ConfigError::Malformed { setting, rule: error.to_string() })
    }

    /// The type's default when it is not set or empty.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parsed_or_default<T>(&self, setting: Setting) -> Result<T, ConfigError>
    where
        T: FromStr<Err: std::fmt::Display> + Default,
    {
        if self.optional(setting).is_none() { Ok(T::default()) } else { self.parsed(setting) }
    }

    /// The timings that follow from the lease in `LeaseSeconds`.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn timings(&self) -> Result<Timings, ConfigError> {
        let setting = Setting::LeaseSeconds;
        let seconds: u32 = self.parsed(setting)?;
        Timings::with_lease(seconds).map_err(|error| ConfigError::Malformed { setting, rule: error.to_string() })
    }

    /// The usual quota of a tenant's day.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn quota(&self) -> Result<DayQuota, ConfigError> {
        Ok(DayQuota { user: self.limit(Setting::UserTasksPerDay)?, organisation: self.limit(Setting::OrgTasksPerDay)? })
    }

    /// The usual limits of a principal.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn limits(&self) -> Result<Limits, ConfigError> {
        Ok(Limits {
            create_per_minute: self.limit(Setting::CreatePerMinute)?,
            read_per_minute: self.limit(Setting::ReadPerMinute)?,
            session_read_per_minute: self.limit(Setting::SessionReadPerMinute)?,
            bulk_per_minute: self.limit(Setting::BulkPerMinute)?,
            decide_per_minute: self.limit(Setting::DecidePerMinute)?,
            edit_per_minute: self.limit(Setting::EditPerMinute)?,
            admin_per_minute: self.limit(Setting::AdminPerMinute)?,
            estimate_per_minute: self.limit(Setting::EstimatePerMinute)?,
            redeliver_per_minute: self.limit(Setting::RedeliverPerMinute)?,
            quota: self.quota()?,
        })
    }

    /// The usual caps on spending.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn caps(&self) -> Result<Caps, ConfigError> {
        Ok(Caps {
            task: self.parsed(Setting::UsdPerTask)?,
            day: self.parsed(Setting::UsdPerDay)?,
            month: self.parsed(Setting::UsdPerMonth)?,
            tokens: self.parsed(Setting::TokensPerDay)?,
        })
    }

    /// Which models a client may name. The built-in catalogue is not read here: most requests name none.
    ///
    /// # Errors
    /// When the file cannot be read, or is no catalogue; `Malformed`.
    pub fn known_models(&self) -> Result<KnownModels, ConfigError> {
        let catalogue = self.optional(Setting::CatalogueFile).map(|file| own_catalogue(&file)).transpose()?;
        Ok(KnownModels { catalogue: catalogue.map(Arc::new), endpoint: self.model()? })
    }

    fn model(&self) -> Result<Option<ModelName>, ConfigError> {
        let setting = Setting::LlmModel;
        let model = self.optional(setting).map(ModelName::try_from).transpose();
        model.map_err(|rule| ConfigError::Malformed { setting, rule: rule.to_string() })
    }

    /// The models: the built-in catalogue or the deployment's, and the endpoint that it names; and what that one costs.
    ///
    /// # Errors
    /// When the file cannot be read, or is no catalogue; `Missing` or `Malformed`.
    pub fn catalogue(&self) -> Result<(Catalogue, Price), ConfigError> {
        let catalogue = match self.optional(Setting::CatalogueFile) {
            Some(file) => own_catalogue(&file)?,
            None => Catalogue::built_in()?,
        };
        let price =
            Price { input: self.parsed(Setting::LlmInputPrice)?, output: self.parsed(Setting::LlmOutputPrice)? };
        let model = self.model()?;
        Ok(match self.optional(Setting::LlmBaseUrl) {
            Some(base_url) => (catalogue.with_custom(&CustomEndpoint { base_url, model, price }), price),
            None if model.is_some() => {
                return Err(ConfigError::Needed { missing: Setting::LlmBaseUrl, by: Setting::LlmModel });
            }
            None => (catalogue, price),
        })
    }

    /// A setting that weakens a deployment, allowed only on the stage `dev`. The type's default when it is not set or empty.
    ///
    /// # Errors
    /// `Malformed`, on another stage too.
    pub fn dev_only<T>(&self, setting: Setting) -> Result<T, ConfigError>
    where
        T: FromStr<Err: std::fmt::Display> + Default,
    {
        if self.optional(setting).is_some() && self.text(Setting::Stage)? != "dev" {
            return Err(ConfigError::Malformed { setting, rule: "is for the stage dev alone".to_owned() });
        }
        self.parsed_or_default(setting)
    }

    /// A switch: `on` or `off`.
    ///
    /// # Errors
    /// `Missing`, or `Malformed` when it is neither `on` nor `off`.
    pub fn switch(&self, setting: Setting) -> Result<bool, ConfigError> {
        match self.text(setting)?.as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(ConfigError::Malformed { setting, rule: "must be on or off".to_owned() }),
        }
    }

    /// A limit: a whole number from 1 on.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn limit(&self, setting: Setting) -> Result<u32, ConfigError> {
        let limit: u32 = self.parsed(setting)?;
        if limit == 0 {
            return Err(ConfigError::Malformed { setting, rule: "must be at least 1".to_owned() });
        }
        Ok(limit)
    }
}

fn own_catalogue(file: &str) -> Result<Catalogue, ConfigError> {
    Ok(Catalogue::read(&std::fs::read_to_string(file).map_err(ConfigError::CatalogueFile)?)?)
}

#[cfg(test)]
mod tests {
    use galley_domain::kernel::ids::TenantId;

    use super::*;

    const N: Setting = Setting::MaxAttempts;

    fn settings(setting: Setting, value: &'static str) -> Settings<impl Fn(&str) -> Option<String>> {
        Settings::new(move |asked: &str| (asked == setting.name()).then(|| value.to_owned()))
    }

    #[test]
    fn a_missing_or_empty_value_is_named() {
        assert!(matches!(
            settings(Setting::Table, "x").text(Setting::Stage),
            Err(ConfigError::Missing(Setting::Stage))
        ));
        assert!(matches!(
            settings(Setting::Table, "  ").text(Setting::Table),
            Err(ConfigError::Missing(Setting::Table))
        ));
    }

    #[test]
    fn a_catalogue_is_the_built_in_one_or_the_deployments() {
        let with = |more: &[(&'static str, &str)]| {
            let mut given = vec![("GALLEY_LLM_INPUT_PRICE", "1"), ("GALLEY_LLM_OUTPUT_PRICE", "2")];
            given.extend_from_slice(more);
            Settings::new(move |asked: &str| {
                given.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned())
            })
            .catalogue()
        };
        assert!(with(&[]).is_ok_and(|(catalogue, _)| !catalogue.models.is_empty()));
        let own = with(&[("GALLEY_LLM_BASE_URL", "http://localhost:11434/v1"), ("GALLEY_LLM_MODEL", "llama3.1")]);
        assert!(own.is_ok_and(|(catalogue, _)| catalogue.providers.len() == 6));
        let no_endpoint = with(&[("GALLEY_LLM_MODEL", "llama3.1")]);
        assert_eq!(
            no_endpoint.unwrap_err().to_string(),
            "GALLEY_LLM_BASE_URL is not set, and GALLEY_LLM_MODEL needs it"
        );
        assert!(matches!(with(&[("GALLEY_CATALOGUE_FILE", "/nowhere")]), Err(ConfigError::CatalogueFile(_))));
        assert!(matches!(with(&[("GALLEY_CATALOGUE_FILE", "Cargo.toml")]), Err(ConfigError::Catalogue(_))));
    }

    #[test]
    fn what_is_weak_stops_any_stage_but_dev() {
        let on = |stage: &'static str, value: &'static str| {
            Settings::new(move |name: &str| Some(if name == Setting::Stage.name() { stage } else { value }.to_owned()))
                .dev_only::<u32>(N)
        };
        assert_eq!(on("dev", "7").unwrap(), 7);
        assert!(matches!(on("production", "7"), Err(ConfigError::Malformed { setting: N, .. })));
        assert_eq!(on("production", "").unwrap(), 0);
    }

    #[test]
    fn a_malformed_value_is_named_with_its_rule() {
        assert!(matches!(settings(N, "0").limit(N), Err(ConfigError::Malformed { setting: N, .. })));
        assert!(matches!(
            settings(Setting::LeaseSeconds, "1").timings(),
            Err(ConfigError::Malformed { setting: Setting::LeaseSeconds, .. })
        ));
        assert!(matches!(settings(N, "true").switch(N), Err(ConfigError::Malformed { setting: N, .. })));
        assert!(settings(N, "on").switch(N).unwrap() && !settings(N, "off").switch(N).unwrap());
        assert!(matches!(settings(N, "many").limit(N), Err(ConfigError::Malformed { setting: N, .. })));
        assert!(matches!(settings(N, "Not A Tenant").parsed::<TenantId>(N), Err(ConfigError::Malformed { .. })));
    }
}
