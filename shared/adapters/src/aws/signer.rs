//! AWS's signature, version 4, for requests that no SDK client makes.

#[cfg(feature = "signer")]
pub(crate) use signature::Signer;

/// A placeholder for builds without the feature `signer`.
#[cfg(not(feature = "signer"))]
#[derive(Clone, Debug)]
pub(crate) enum Signer {}

#[cfg(not(feature = "signer"))]
impl Signer {
    pub(crate) fn sign(&self, _: &mut reqwest::Request) -> Result<(), galley_domain::kernel::error::BoxError> {
        match *self {}
    }
}

#[cfg(feature = "signer")]
mod signature {
    use std::time::SystemTime;

    use aws_credential_types::Credentials;
    use aws_sigv4::{
        http_request::{SignableBody, SignableRequest, SigningSettings, sign},
        sign::v4,
    };
    use aws_smithy_runtime_api::client::identity::Identity;
    use galley_domain::kernel::error::BoxError;
    use reqwest::{
        Request,
        header::{HeaderName, HeaderValue},
    };

    #[derive(Clone, Debug)]
    pub(crate) struct Signer {
        identity: Identity,
        region: String,
        service: &'static str,
    }

    impl Signer {
        pub(crate) fn new(credentials: Credentials, region: String, service: &'static str) -> Self {
            Self { identity: credentials.into(), region, service }
        }

        /// Signs host, content type and body; nothing may be changed afterwards.
        pub(crate) fn sign(&self, request: &mut Request) -> Result<(), BoxError> {
            let parameters = v4::SigningParams::builder()
                .identity(&self.identity)
                .region(&self.region)
                .name(self.service)
                .time(SystemTime::now())
                .settings(SigningSettings::default())
                .build()?
                .into();
            let headers =
                request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
            let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
            let signable = SignableRequest::new(
                request.method().as_str(),
                request.url().as_str(),
                headers,
                SignableBody::Bytes(body),
            )?;
            let (instructions, _) = sign(signable, &parameters)?.into_parts();
            for (name, value) in instructions.headers() {
                request.headers_mut().insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
            }
            Ok(())
        }
    }
}
