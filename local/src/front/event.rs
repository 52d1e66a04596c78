//! API Gateway's event, payload format 2.0
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header, request::Parts};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::front::routes::Found;

/// The event of a request, `identity` being what the authorizer said.
pub(super) fn request(parts: &Parts, body: &[u8], found: &Found<'_>, identity: Option<Value>) -> Value {
    let mut event = common(parts, found);
    if let Some(identity) = identity {
        event["requestContext"]["authorizer"] = json!({"lambda": identity});
    }
    let (body, encoded) = body_text(&parts.headers, body);
    if let Some(body) = body {
        event["body"] = Value::String(body);
    }
    event["isBase64Encoded"] = Value::Bool(encoded);
    event
}

/// The event of a function's own URL, which knows no routes.
pub(super) fn of_url(parts: &Parts, body: &[u8], found: &Found<'_>) -> Value {
    let mut event = request(parts, body, found, None);
    event["routeKey"] = json!("$default");
    event["requestContext"]["routeKey"] = json!("$default");
    if let Some(event) = event.as_object_mut() {
        event.remove("pathParameters");
    }
    event
}

/// The event that the authorizer gets: no body.
pub(super) fn authorizer(parts: &Parts, found: &Found<'_>, identity: &str) -> Value {
    let mut event = common(parts, found);
    event["type"] = json!("REQUEST");
    event["routeArn"] =
        json!(format!("arn:aws:execute-api:us-east-1:{}:local/$default/{}", crate::template::ACCOUNT, found.route.key));
    event["identitySource"] = json!([identity]);
    event
}

fn common(parts: &Parts, found: &Found<'_>) -> Value {
    let now = Timestamp::now();
    let headers = headers(&parts.headers);
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    let host = headers.get("host").cloned().unwrap_or_default();
    let path = parts.uri.path();
    let mut event = json!({
        "version": "2.0",
        "routeKey": found.route.key,
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": crate::template::ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": user_agent,
            },
            "requestId": uuid::Uuid::now_v7().simple().to_string(),
            "routeKey": found.route.key,
            "stage": "$default",
            "time": now.to_zoned(TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
    });
    let cookies: Vec<&str> = parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if let Some(query) = parts.uri.query().filter(|query| !query.is_empty()) {
        event["queryStringParameters"] = json!(parameters(query));
    }
    if !found.parameters.is_empty() {
        event["pathParameters"] = json!(found.parameters);
    }
    event
}

/// Names in lower case, the values of a name joined with commas.
fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| **name != header::COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}

fn parameters(query: &str) -> Map<String, Value> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
        let value = decode(value);
        found
            .entry(decode(name))
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    found.into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

/// Text where the media type says text, base64 otherwise.
fn body_text(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let textual = media_type.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded"]
            .iter()
            .any(|known| media_type.starts_with(known));
    match std::str::from_utf8(body) {
        Ok(text) if textual => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_travels_as_base64() {
        let mut headers = HeaderMap::new();
        assert_eq!(body_text(&headers, b"{}"), (Some("e30=".into()), true));
        headers.insert(header::CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
        assert_eq!(body_text(&headers, b"{}"), (Some("{}".into()), false));
        assert_eq!(body_text(&headers, b"\xff"), (Some("/w==".into()), true));
    }

    #[test]
    fn repeated_names_are_joined() {
        assert_eq!(Value::Object(parameters("a=1&b=x%20y&a=2")), json!({"a": "1,2", "b": "x y"}));
    }
}
