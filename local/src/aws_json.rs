//! Calls to the embedded services in AWS's JSON protocols. The emulators check no signature.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// One operation: `target` as in `AmazonSQS.SendMessage`.
pub(crate) async fn call(client: &reqwest::Client, url: &str, target: &str, body: &Value) -> Result<Value, String> {
    let version = if target.starts_with("AmazonSQS") || target.starts_with("DynamoDB") { "1.0" } else { "1.1" };
    let response = client
        .post(url)
        .header("content-type", format!("application/x-amz-json-{version}"))
        .header("x-amz-target", target)
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0",
        )
        .header("x-amz-date", "20260101T000000Z")
        .body(body.to_string())
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let status = response.status();
    let text = response.text().await.map_err(|error| error.to_string())?;
    if !status.is_success() {
        return Err(format!("{target}: {status} {text}"));
    }
    if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text).map_err(|error| error.to_string()) }
}

/// Forwards a request to `url` and returns its answer.
pub(crate) async fn forward(client: &reqwest::Client, url: &str, mut headers: HeaderMap, body: Bytes) -> Response {
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let answer = match client.post(url).headers(headers).body(body).send().await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "an embedded service did not answer");
            return StatusCode::BAD_GATEWAY.into_response();
        }
    };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONNECTION);
    match answer.bytes().await {
        Ok(body) => (status, headers, body).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
