//! Answers: API Gateway's own, and a function's in payload format 2.0.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// An answer of API Gateway itself.
pub(super) fn gateway(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({"message": message}))).into_response()
}

/// A function's answer in payload format 2.0.
pub(super) fn integration(value: &Value) -> Response {
    let Some(status) =
        value["statusCode"].as_u64().and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok())
    else {
        return gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    let text = value["body"].as_str().unwrap_or_default();
    let body = if value["isBase64Encoded"] == true {
        STANDARD.decode(text).map(Bytes::from).unwrap_or_default()
    } else {
        Bytes::copy_from_slice(text.as_bytes())
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = value["headers"].as_object().into_iter().flatten();
    for (name, value) in headers {
        insert(response.headers_mut(), name, value.as_str().unwrap_or_default());
    }
    for cookie in value["cookies"].as_array().into_iter().flatten() {
        if let Ok(cookie) = HeaderValue::from_str(cookie.as_str().unwrap_or_default()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

pub(super) fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
