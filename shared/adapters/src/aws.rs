//! One `SdkConfig` and one HTTPS client for all AWS clients of a function. Credentials come from the environment alone,
//! as Lambda gives them: no chain of files, profiles and metadata services is linked or asked. Amazon's roots are trusted, or
//! those of the file that `AWS_CA_BUNDLE` names, as in Amazon's other SDKs.

mod collector;
mod error;
#[cfg(any(feature = "llm", feature = "deployments"))]
mod signer;
mod tls;

#[cfg(feature = "signer")]
use std::collections::BTreeMap;
use std::time::Duration;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_http_client::{Builder, tls::TrustStore};
use aws_smithy_runtime_api::client::{
    behavior_version::BehaviorVersion, stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};

use crate::aws::tls::{TLS, tls_context, trust_store};

#[cfg(any(feature = "llm", feature = "deployments"))]
pub(crate) use signer::Signer;

pub use collector::{Post, Posting};
pub use error::AwsError;

/// Services called without an SDK client: the name used for signing, the host, and the variable that overrides the endpoint.
#[cfg(feature = "signer")]
const SIGNED: [(&str, &str, &str); 3] = [
    ("bedrock", "bedrock-runtime", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    ("codedeploy", "codedeploy", "AWS_ENDPOINT_URL_CODEDEPLOY"),
    ("lambda", "lambda", "AWS_ENDPOINT_URL_LAMBDA"),
];

const CONNECT: Duration = Duration::from_secs(2);
const ATTEMPT: Duration = Duration::from_secs(5);
/// Less than the API functions' timeout, so that an unreachable table leads to a 503 and not to a timeout.
const OPERATION: Duration = Duration::from_secs(10);

/// What every AWS client is made from.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    endpoints: Endpoints,
    trust: TrustStore,
    #[cfg(feature = "signer")]
    credentials: Credentials,
}

/// Endpoints that override AWS's own.
#[derive(Clone, Debug, Default)]
struct Endpoints {
    #[cfg(feature = "dynamodb")]
    dynamodb: Option<String>,
    #[cfg(feature = "sqs")]
    sqs: Option<String>,
    #[cfg(feature = "secrets")]
    secrets: Option<String>,
    #[cfg(feature = "signer")]
    signed: BTreeMap<&'static str, String>,
}

/// A service called without an SDK client: its base URL and the signer of its requests.
#[cfg(any(feature = "llm", feature = "deployments"))]
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) base_url: String,
    pub(crate) signer: Signer,
}

impl Aws {
    /// # Errors
    /// When region or credentials are missing, or the trust store does not read.
    pub fn from_environment() -> Result<Self, AwsError> {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// # Errors
    /// As `from_environment`.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, AwsError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str| get(name).ok_or(AwsError::Missing(name));
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            get("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let region = needed("AWS_REGION")?;
        let trust = trust_store(get("AWS_CA_BUNDLE"))?;
        let http = Builder::new().tls_provider(TLS).tls_context(tls_context(trust.clone())?).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .read_timeout(ATTEMPT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION)
            .build();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .http_client(http)
            .timeout_config(timeouts)
            // The attempt timeout also covers reading the answer.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            // The one place where calls to AWS are retried; a transaction's token makes that safe.
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .build();
        let endpoints = Endpoints {
            #[cfg(feature = "dynamodb")]
            dynamodb: get("AWS_ENDPOINT_URL_DYNAMODB"),
            #[cfg(feature = "sqs")]
            sqs: get("AWS_ENDPOINT_URL_SQS"),
            #[cfg(feature = "secrets")]
            secrets: get("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
            #[cfg(feature = "signer")]
            signed: SIGNED
                .iter()
                .map(|(service, host, variable)| {
                    let usual = || format!("https://{host}.{region}.amazonaws.com");
                    (*service, get(variable).unwrap_or_else(usual))
                })
                .collect(),
        };
        Ok(Self {
            config,
            endpoints,
            trust,
            #[cfg(feature = "signer")]
            credentials,
        })
    }

    /// The client that posts telemetry to a collector, over TLS, or without it to one beside the function.
    ///
    /// # Errors
    /// When the trust store does not read.
    pub fn collector(&self, url: &str) -> Result<Post, AwsError> {
        // The collector may be outside AWS. Loading the system's roots is slow, so it is done only in this case.
        let anywhere = url.starts_with("https:") && !at_amazon(url);
        let trust = self.trust.clone();
        let trust = if anywhere { trust.with_native_roots(true) } else { trust };
        Ok(collector::post(url, tls_context(trust)?))
    }

    #[cfg(feature = "dynamodb")]
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut builder = aws_sdk_dynamodb::config::Builder::from(&self.config);
        builder.set_endpoint_url(self.endpoints.dynamodb.clone());
        aws_sdk_dynamodb::Client::from_conf(builder.build())
    }

    #[cfg(feature = "sqs")]
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut builder = aws_sdk_sqs::config::Builder::from(&self.config);
        builder.set_endpoint_url(self.endpoints.sqs.clone());
        aws_sdk_sqs::Client::from_conf(builder.build())
    }

    #[cfg(feature = "secrets")]
    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        let mut builder = aws_sdk_secretsmanager::config::Builder::from(&self.config);
        builder.set_endpoint_url(self.endpoints.secrets.clone());
        aws_sdk_secretsmanager::Client::from_conf(builder.build())
    }

    /// A service of `SIGNED`.
    #[cfg(feature = "signer")]
    pub(crate) fn signed(&self, service: &'static str) -> Signed {
        let region = self.config.region().map(ToString::to_string).unwrap_or_default();
        let base_url = self.endpoints.signed.get(service).cloned().unwrap_or_default();
        Signed { base_url, signer: Signer::new(self.credentials.clone(), region, service) }
    }

    #[cfg(feature = "bedrock")]
    #[expect(clippy::unnecessary_wraps, reason = "a build without the feature has none")]
    pub(crate) fn bedrock(&self) -> Option<Signed> {
        Some(self.signed("bedrock"))
    }

    /// A build without the feature has none.
    #[cfg(all(feature = "llm", not(feature = "bedrock")))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) const fn bedrock(&self) -> Option<Signed> {
        None
    }
}

fn at_amazon(url: &str) -> bool {
    let host = url.split(['/', ':', '?']).nth(3).unwrap_or_default();
    host.ends_with(".amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = Aws::from_vars(|name| (name != "AWS_REGION").then(|| "x".to_owned())).unwrap_err();
        assert_eq!(error.to_string(), "AWS_REGION is not set");
    }

    #[test]
    fn the_bundled_roots_read() {
        assert!(Aws::from_vars(|name| (name != "AWS_CA_BUNDLE").then(|| "x".to_owned())).is_ok());
    }

    #[test]
    fn a_bundle_that_is_none_is_named() {
        let refused = |file: &str| Aws::from_vars(|_| Some(file.to_owned())).unwrap_err().to_string();
        assert_eq!(refused("/nowhere.pem"), "AWS_CA_BUNDLE names /nowhere.pem, which does not read");
        assert_eq!(refused("Cargo.toml"), "AWS_CA_BUNDLE names Cargo.toml, in which there is no certificate");
    }

    #[test]
    fn only_a_collector_of_amazons_is_at_amazon() {
        assert!(at_amazon("https://xray.us-east-1.amazonaws.com/v1/traces"));
        assert!(!at_amazon("https://collector.example/v1/traces?host=.amazonaws.com"));
        assert!(!at_amazon("https://amazonaws.com.collector.example/"));
    }
}
