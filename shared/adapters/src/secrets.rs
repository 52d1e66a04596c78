//! Secrets, cached for five minutes in the instance. Both the current and the previous version count, so a rotation
//! needs no restart and breaks nobody who still signs with the old one.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{
    Client,
    error::SdkError,
    operation::{
        delete_secret::DeleteSecretError, get_secret_value::GetSecretValueError, put_secret_value::PutSecretValueError,
    },
};
use galley_domain::{
    ids::Generation,
    ports::{SecretError, Secrets, Vault},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, time::Instant};
use uuid::Uuid;

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
    /// When it was last read because nothing fitted.
    refreshed_at: Option<Instant>,
    /// Of which generation whoever asked for it said it was.
    generation: Option<Generation>,
    versions: Vec<SecretString>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh<'a> {
    Usually,
    AfterMismatch,
    Of(&'a Generation),
}

impl Fresh<'_> {
    fn admits(self, cached: &Cached) -> bool {
        let is_young = cached.read_at.elapsed() < KEPT;
        match self {
            Self::Usually => is_young,
            Self::AfterMismatch => cached.refreshed_at.is_some_and(|at| at.elapsed() < REFRESHED_AT_MOST),
            Self::Of(generation) => is_young && cached.generation.as_ref() == Some(generation),
        }
    }
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

    /// From the cache, if what it has is `fresh`.
    async fn cached(&self, id: &str, fresh: Fresh<'_>) -> Result<Vec<SecretString>, SecretError> {
        // Held while reading, so that a burst of requests reads once.
        let mut cache = self.cache.lock().await;
        let known = cache.get(id);
        if let Some(cached) = known.filter(|cached| fresh.admits(cached)) {
            return Ok(cached.versions.clone());
        }
        let now = Instant::now();
        let refreshed_at = if fresh == Fresh::AfterMismatch { Some(now) } else { known.and_then(|c| c.refreshed_at) };
        let generation = if let Fresh::Of(generation) = fresh { Some(generation.clone()) } else { None };
        let versions = self.read(id).await?;
        let read = Cached { read_at: now, refreshed_at, generation, versions: versions.clone() };
        cache.insert(id.to_owned(), read);
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
        self.cached(id, Fresh::Usually).await
    }

    async fn refreshed(&self, id: &str) -> Result<Vec<SecretString>, SecretError> {
        self.cached(id, Fresh::AfterMismatch).await
    }

    async fn of_generation(&self, id: &str, generation: &Generation) -> Result<Vec<SecretString>, SecretError> {
        self.cached(id, Fresh::Of(generation)).await
    }
}

impl Vault for SecretsManager {
    async fn rotate(&self, id: &str, secret: &SecretString) -> Result<(), SecretError> {
        let token = Uuid::now_v7().to_string();
        let text = secret.expose_secret();
        let put = self.client.put_secret_value().secret_id(id).secret_string(text).client_request_token(&token);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(PutSecretValueError::is_resource_not_found_exception) =>
            {
                let made = self.client.create_secret().name(id).secret_string(text).client_request_token(&token);
                made.send().await.map(|_| ()).map_err(|error| SecretError::Unavailable(error.into()))
            }
            Err(error) => Err(SecretError::Unavailable(error.into())),
        }
    }

    async fn replace(&self, id: &str, secret: &SecretString) -> Result<(), SecretError> {
        // Twice: then the version before is the same secret, and no older one is in force.
        self.rotate(id, secret).await?;
        self.rotate(id, secret).await
    }

    async fn discard(&self, id: &str) -> Result<(), SecretError> {
        // At once: a name that waits for its removal cannot be given again.
        let removed = self.client.delete_secret().secret_id(id).force_delete_without_recovery(true).send().await;
        match removed {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(DeleteSecretError::is_resource_not_found_exception) => {
                Ok(())
            }
            Err(error) => Err(SecretError::Unavailable(error.into())),
        }
    }
}
