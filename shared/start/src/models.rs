//! Models and other services, built from the settings.

use std::sync::Arc;

use galley_adapters::{
    llm::{Http, ProviderKeys, Providers},
    secrets::SecretsManager,
};
use galley_domain::models::{catalogue::Catalogue, price::Price};
use galley_edge::config::Setting;
use lambda_runtime::Error;

use crate::start::Start;

/// Which models there are, how they are asked, and with which keys.
#[derive(Debug)]
pub struct ModelAccess {
    pub catalogue: Arc<Catalogue>,
    pub custom_price: Price,
    pub providers: Providers<SecretsManager>,
    pub keys: ProviderKeys<SecretsManager>,
    pub http: Http,
}

impl Start {
    /// # Errors
    /// When the catalogue cannot be read, a setting is missing, or Bedrock is turned on in a build without it.
    pub fn model_access(&self, secrets: &SecretsManager) -> Result<ModelAccess, Error> {
        let (catalogue, custom_price) = self.settings.catalogue()?;
        let keys = ProviderKeys::new(secrets.clone(), self.settings.text(Setting::ProviderKeys)?);
        let http = Http::default();
        let providers = Providers::new(&catalogue, keys.clone(), http.clone())?;
        let providers = if self.settings.switch(Setting::Bedrock)? {
            providers.with_bedrock(&catalogue, &self.aws)?
        } else {
            providers
        };
        Ok(ModelAccess { catalogue: Arc::new(catalogue), custom_price, providers, keys, http })
    }
}
