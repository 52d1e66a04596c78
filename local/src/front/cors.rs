//! CORS as API Gateway does it: a preflight never reaches a function, and what a function says of CORS is dropped.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use crate::template;

#[derive(Debug)]
pub(super) struct Cors {
    rules: template::Cors,
}

const OURS: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

impl Cors {
    pub(super) const fn new(rules: template::Cors) -> Self {
        Self { rules }
    }

    /// 204 either way; only an allowed origin and method get the headers that let the browser go on.
    pub(super) fn preflight(&self, headers: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let method = text(header::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default();
        let Some(origin) = text(header::ORIGIN).and_then(|origin| self.allowed(origin)) else { return response };
        if !self.rules.methods.iter().any(|known| known == method || known == "*") {
            return response;
        }
        let out = response.headers_mut();
        set(out, header::ACCESS_CONTROL_ALLOW_ORIGIN, &origin);
        set(out, header::ACCESS_CONTROL_ALLOW_METHODS, &self.rules.methods.join(","));
        set(out, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.rules.headers.join(","));
        set(out, header::ACCESS_CONTROL_MAX_AGE, &self.rules.max_age_s.to_string());
        if self.rules.credentials {
            set(out, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        response
    }

    /// The headers of a plain response.
    pub(super) fn apply(&self, origin: Option<&str>, headers: &mut HeaderMap) {
        for name in OURS {
            headers.remove(name);
        }
        let Some(origin) = origin.and_then(|origin| self.allowed(origin)) else { return };
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, &origin);
        set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.rules.expose.join(","));
        if self.rules.credentials {
            set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
    }

    fn allowed(&self, origin: &str) -> Option<String> {
        let any = self.rules.origins.iter().any(|known| known == "*");
        let named = self.rules.origins.iter().any(|known| known == origin);
        if named { Some(origin.to_owned()) } else { any.then(|| "*".to_owned()) }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
