//! The root certificates of AWS clients: Amazon's, or those of the file that `AWS_CA_BUNDLE` names.

use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};

use crate::aws::error::AwsError;

#[cfg(not(feature = "system-roots"))]
const AMAZON_ROOTS: &[u8] = include_bytes!("../../certs/amazon-roots.pem");

pub(super) const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

pub(super) fn tls_context(trust: TrustStore) -> Result<TlsContext, AwsError> {
    TlsContext::builder().with_trust_store(trust).build().map_err(|error| AwsError::Tls(error.into()))
}

pub(super) fn trust_store(bundle: Option<String>) -> Result<TrustStore, AwsError> {
    let Some(bundle) = bundle else { return Ok(usual_roots()) };
    let roots = match std::fs::read_to_string(&bundle) {
        Ok(roots) if roots.contains("-----BEGIN CERTIFICATE-----") => roots,
        Ok(_) => return Err(AwsError::NoRoots(bundle)),
        Err(error) => return Err(AwsError::Roots(bundle, error)),
    };
    Ok(TrustStore::empty().with_pem_certificate(roots))
}

#[cfg(not(feature = "system-roots"))]
fn usual_roots() -> TrustStore {
    TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
}

#[cfg(feature = "system-roots")]
fn usual_roots() -> TrustStore {
    TrustStore::empty().with_native_roots(true)
}
