//! Posts telemetry, by the HTTP client that every function has in it for AWS.

use std::{future::Future, pin::Pin, time::Duration};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{Connector, tls::TlsContext};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::HttpRequest,
    },
    http::Request,
};
use aws_smithy_types::body::SdkBody;
use galley_domain::kernel::error::BoxError;

use crate::aws::tls::TLS;

/// An invocation is not kept waiting longer than this for its telemetry.
const PATIENCE: Duration = Duration::from_secs(2);

pub type Posting = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
pub type Post = Box<dyn Fn(Vec<u8>) -> Posting + Sync + Send>;

pub(super) fn post(url: &str, context: TlsContext) -> Post {
    let settings = HttpConnectorSettings::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).build();
    let connector = SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(settings)
            .sleep_impl(TokioSleep::new())
            .tls_provider(TLS)
            .tls_context(context)
            .build(),
    );
    let url = url.to_owned();
    Box::new(move |body| {
        let (connector, request) = (connector.clone(), request(&url, body));
        Box::pin(async move {
            let response = connector.call(request?).await?;
            let status = response.status();
            if status.is_success() { Ok(()) } else { Err(format!("it answered {}", status.as_u16()).into()) }
        })
    })
}

fn request(url: &str, body: Vec<u8>) -> Result<HttpRequest, BoxError> {
    let mut request = Request::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri(url)?;
    request.headers_mut().insert("content-type", "application/json");
    Ok(request)
}
