//! Secrets, cached for five minutes in the instance. Both the current and the previous version count, so a rotation
//! needs no restart and breaks nobody who still signs with the old one.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{Client, error::SdkError, operation::get_secret_value::GetSecretValueError};
use galley_domain::ports::{SecretError, Secrets};
use secrecy::SecretString;
use tokio::{sync::Mutex, time::Instant};

use crate::aws::Aws;

const KEPT: Duration = Duration::from_mins(5);
/// A stream of bad signatures must not become a stream of calls.
const REFRESHED_AT_MOST: Duration = Duration::from_secs(30);
/// The newest first.
const STAGES: [&str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];

#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
    cache: Arc<Mutex<HashMap<String, Cached>>>,
}

#[derive(Debug)]
struct Cached {
    read_at: Instant,
    versions: Vec<SecretString>,
}

impl SecretsManager {
    pub fn new(aws: &Aws) -> Self {
        Self { client: aws.secrets(), cache: Arc::default() }
    }

    /// Whether the service answers for this secret.
    ///
    /// # Errors
    /// When it does not.
    pub async fn reachable(&self, id: &str) -> Result<(), SecretError> {
        let answer = self.client.describe_secret().secret_id(id).send().await;
        answer.map(|_| ()).map_err(|error| SecretError::Unavailable(error.into()))
    }

    async fn younger_than(&self, id: &str, age: Duration) -> Result<Vec<SecretString>, SecretError> {
        // Held while reading, so that a burst of requests reads once.
        let mut cache = self.cache.lock().await;
        if let Some(cached) = cache.get(id).filter(|cached| cached.read_at.elapsed() < age) {
            return Ok(cached.versions.clone());
        }
        let versions = self.read(id).await?;
        cache.insert(id.to_owned(), Cached { read_at: Instant::now(), versions: versions.clone() });
        Ok(versions)
    }

    async fn read(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        let mut versions = Vec::new();
        for stage in STAGES {
            match self.client.get_secret_value().secret_id(id).version_stage(stage).send().await {
                Ok(answer) => versions.extend(answer.secret_string().map(|text| SecretString::from(text.trim_end()))),
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(SecretError::Unavailable(error.into())),
            }
        }
        if versions.is_empty() { Err(SecretError::Missing) } else { Ok(versions) }
    }
}

fn is_missing<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

impl Secrets for SecretsManager {
    async fn active(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.younger_than(id, KEPT).await
    }

    async fn refreshed(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.younger_than(id, REFRESHED_AT_MOST).await
    }
}
