//! Secrets, cached for five minutes in the instance. Both the current and the previous version count, so a rotation
//! needs no restart and breaks nobody who still signs with the old one.
//!
//! Secrets Manager may show a write late. The id of a version that is put here is its generation, so that an older version is
//! never used for the generation that its source's row names.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        delete_secret::DeleteSecretError, get_secret_value::GetSecretValueError, put_secret_value::PutSecretValueError,
    },
};
use galley_domain::{
    kernel::ids::Generation,
    secrets::store::{SecretError, Secrets, Vault},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, time::Instant};

use crate::aws::Aws;

const KEPT: Duration = Duration::from_mins(5);
/// Least time between extra reads of a secret, so that bad signatures or missing secrets do not cause many calls.
const REFRESHED_AT_MOST: Duration = Duration::from_secs(30);
/// Wait before reading again when the vault does not show a generation yet.
const SETTLES: Duration = Duration::from_secs(1);
/// The newest first.
const STAGES: [&str; 2] = ["AWSCURRENT", "AWSPREVIOUS"];

/// The vault's words for a no that stays (Secrets Manager's API reference, `GetSecretValue` and common errors).
const REFUSALS: [&str; 5] = [
    "AccessDeniedException",
    "DecryptionFailure",
    "InvalidParameterException",
    "InvalidRequestException",
    "ValidationException",
];

#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
    cache: Arc<Mutex<HashMap<String, Cached>>>,
}

#[derive(Debug)]
struct Cached {
    read_at: Instant,
    /// When it was last read after a mismatch.
    refreshed_at: Option<Instant>,
    /// The generation that the last reader asked for.
    generation: Option<Generation>,
    found: Found,
}

/// The result of reading the vault.
#[derive(Clone, Debug)]
enum Found {
    Versions(Vec<SecretString>),
    /// Versions of an earlier release, whose ids name no generation.
    Unnamed(Vec<SecretString>),
    Missing,
    /// The vault shows an older generation: its reads may lag behind its writes.
    Behind,
}

/// A version's id says which generation it is.
#[derive(Clone, Debug)]
struct Version {
    id: String,
    text: SecretString,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh<'a> {
    Usually,
    AfterMismatch,
    Of(&'a Generation),
}

impl Fresh<'_> {
    fn admits(self, cached: &Cached) -> bool {
        let age = cached.read_at.elapsed();
        match self {
            Self::Usually => match cached.found {
                Found::Versions(_) | Found::Unnamed(_) => age < KEPT,
                Found::Missing => age < REFRESHED_AT_MOST,
                Found::Behind => false,
            },
            Self::AfterMismatch => cached.refreshed_at.is_some_and(|at| at.elapsed() < REFRESHED_AT_MOST),
            Self::Of(generation) => {
                let kept = match cached.found {
                    Found::Versions(_) => KEPT,
                    Found::Unnamed(_) => REFRESHED_AT_MOST,
                    Found::Missing | Found::Behind => SETTLES,
                };
                cached.generation.as_ref() == Some(generation) && age < kept
            }
        }
    }

    /// The versions in force. The vault may be newer than the caller's generation, which is then the previous version.
    fn found(self, versions: Vec<Version>) -> Found {
        let texts = |versions: Vec<Version>| versions.into_iter().map(|version| version.text).collect();
        let Some(newest) = versions.first() else { return Found::Missing };
        let Self::Of(generation) = self else { return Found::Versions(texts(versions)) };
        let (usual, only) = (Put::Beside.version(generation), Put::Alone.version(generation));
        if newest.id == only {
            return Found::Versions(texts(versions.into_iter().take(1).collect()));
        }
        if versions.iter().any(|version| version.id == usual || version.id == only) {
            return Found::Versions(texts(versions));
        }
        if newest.id.starts_with(OURS) { Found::Behind } else { Found::Unnamed(texts(versions)) }
    }
}

/// The prefix of version ids that name a generation.
const OURS: &str = "src-";

/// How a version relates to the previous one, according to its id.
#[derive(Clone, Copy)]
enum Put {
    Beside,
    /// Replaces the previous version, also for readers that ignore ids.
    Between,
    Alone,
}

impl Put {
    /// 36 to 44 letters, digits and hyphens, as an id of a version has to be.
    fn version(self, generation: &Generation) -> String {
        let id = generation.as_str().replace('_', "-");
        match self {
            Self::Beside => id,
            Self::Between => format!("{id}-between"),
            Self::Alone => format!("{id}-alone"),
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
            return cached.found.clone().versions();
        }
        let now = Instant::now();
        let refreshed_at = if fresh == Fresh::AfterMismatch { Some(now) } else { known.and_then(|c| c.refreshed_at) };
        let generation = if let Fresh::Of(generation) = fresh { Some(generation.clone()) } else { None };
        // Boxed: the workers' nested futures reach the compiler's depth limit.
        let found = fresh.found(Box::pin(self.read(id)).await?);
        cache.insert(id.to_owned(), Cached { read_at: now, refreshed_at, generation, found: found.clone() });
        found.versions()
    }

    async fn read(&self, id: &str) -> Result<Vec<Version>, SecretError> {
        let mut versions = Vec::new();
        for stage in STAGES {
            match self.client.get_secret_value().secret_id(id).version_stage(stage).send().await {
                Ok(answer) => versions.extend(answer.secret_string().map(|text| Version {
                    id: answer.version_id().unwrap_or_default().to_owned(),
                    text: SecretString::from(text.trim_end()),
                })),
                Err(error) if is_missing(&error) => {}
                Err(error) if is_refused(&error) => return Err(SecretError::Refused(error.into())),
                Err(error) => return Err(SecretError::Unavailable(error.into())),
            }
        }
        Ok(versions)
    }

    async fn put(&self, id: &str, secret: &SecretString, version: &str) -> Result<(), SecretError> {
        let text = secret.expose_secret();
        let put = self.client.put_secret_value().secret_id(id).secret_string(text).client_request_token(version);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(PutSecretValueError::is_resource_not_found_exception) =>
            {
                let made = self.client.create_secret().name(id).secret_string(text).client_request_token(version);
                made.send().await.map(|_| ()).map_err(|error| SecretError::Unavailable(error.into()))
            }
            Err(error) => Err(SecretError::Unavailable(error.into())),
        }
    }
}

impl Found {
    fn versions(self) -> Result<Vec<SecretString>, SecretError> {
        match self {
            Self::Versions(versions) | Self::Unnamed(versions) => Ok(versions),
            Self::Missing => Err(SecretError::Missing),
            Self::Behind => Err(SecretError::Unavailable("the vault shows an older generation".into())),
        }
    }
}

fn is_missing<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

/// What asking again does not change: no right to the secret or to its key, a secret that is being removed.
fn is_refused<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code.is_some_and(|code| REFUSALS.contains(&code))
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
    async fn rotate(&self, id: &str, secret: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        self.put(id, secret, &Put::Beside.version(generation)).await
    }

    async fn replace(&self, id: &str, secret: &SecretString, generation: &Generation) -> Result<(), SecretError> {
        // Put twice, so that the previous version is the same secret and no older one is in force.
        self.put(id, secret, &Put::Between.version(generation)).await?;
        self.put(id, secret, &Put::Alone.version(generation)).await
    }

    async fn discard(&self, id: &str) -> Result<(), SecretError> {
        // Deleted at once, because a name that is scheduled for deletion cannot be reused.
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

#[cfg(test)]
mod tests;
