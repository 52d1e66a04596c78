//! The keys of providers of models, searches and photographs: one secret, a JSON object of names and keys. What is
//! generated for a new stack is not such an object and means that there are no keys.

use std::collections::HashMap;

use galley_domain::secrets::store::{SecretError, Secrets};
use secrecy::{ExposeSecret, SecretString};

#[derive(Clone, Debug)]
pub struct ProviderKeys<X> {
    secrets: X,
    id: String,
}

impl<X: Secrets> ProviderKeys<X> {
    pub const fn new(secrets: X, id: String) -> Self {
        Self { secrets, id }
    }

    /// All keys, by their owner's name.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn all(&self) -> Result<HashMap<String, SecretString>, SecretError> {
        let versions = match self.secrets.active(&self.id).await {
            Ok(versions) => versions,
            Err(SecretError::Missing) => return Ok(HashMap::new()),
            Err(error) => return Err(error),
        };
        let newest = versions.first().map(ExposeSecret::expose_secret).unwrap_or_default();
        let keys: HashMap<String, SecretString> = serde_json::from_str(newest).unwrap_or_default();
        Ok(keys.into_iter().filter(|(_, key)| !key.expose_secret().trim().is_empty()).collect())
    }

    /// # Errors
    /// When the secret cannot be read.
    pub async fn of(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        Ok(self.all().await?.remove(name))
    }
}
