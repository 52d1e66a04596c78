//! A function URL with response streaming: first status and headers as JSON and eight zero bytes, then the body
//! (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html>).

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    response::Response,
};
use futures_util::stream;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::{
    front::answer::{gateway, integration},
    host::{Host, Streaming},
};

const PRELUDE_ENDS: [u8; 8] = [0; 8];

pub(super) async fn answer(host: &Host, function: &str, event: Value) -> Response {
    let failed = || gateway(StatusCode::BAD_GATEWAY, "Internal Server Error");
    let mut chunks = match host.stream(function, event) {
        Streaming::Begun(chunks) => chunks,
        // Lambda's answer when the reserved concurrency is used up.
        Streaming::Full => return gateway(StatusCode::TOO_MANY_REQUESTS, "Rate Exceeded."),
        Streaming::Unknown => return failed(),
    };
    let Some((prelude, rest)) = prelude(&mut chunks).await else { return failed() };
    let response = integration(&prelude);
    let first = stream::iter([Ok::<_, std::convert::Infallible>(rest)]);
    let others = stream::unfold(chunks, async |mut chunks| Some((Ok(chunks.recv().await?), chunks)));
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, Body::from_stream(stream::StreamExt::chain(first, others)))
}

/// Status and headers of the response, and the first bytes of its body.
async fn prelude(chunks: &mut mpsc::Receiver<Bytes>) -> Option<(Value, Bytes)> {
    let mut read = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        read.extend_from_slice(&chunk);
        if let Some(at) = read.windows(PRELUDE_ENDS.len()).position(|window| window == PRELUDE_ENDS) {
            let rest = read.split_off(at + PRELUDE_ENDS.len());
            read.truncate(at);
            return Some((serde_json::from_slice(&read).ok()?, rest.into()));
        }
    }
    None
}
