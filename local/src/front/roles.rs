//! The development roles, for the console's page of signing in. Only whoever has seen the start of this run knows its
//! pass: nobody who comes through a tunnel, and no other page. Nothing of this is deployed.

use std::path::PathBuf;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};

use crate::seed;

/// Where the console asks for them.
const PATH: &str = "/local/keys";

#[derive(Debug)]
pub(crate) struct Roles {
    /// The file of the keys. It is written after the front has started.
    pub(crate) file: PathBuf,
    /// Another one for each run.
    pub(crate) pass: String,
}

impl Roles {
    pub(crate) fn new(folder: &std::path::Path, pass: String) -> Self {
        Self { file: folder.join(seed::FILE), pass }
    }

    /// `None`: it is a request for somebody else, or does not know the pass, and there is no such path.
    pub(super) fn answer(&self, request: &Request) -> Option<Response> {
        let asked = request.method() == Method::GET && request.uri().path() == PATH;
        if !asked || !self.is_known(request.headers()) {
            return None;
        }
        let keys = std::fs::read_to_string(&self.file).ok()?;
        let mut response = keys.into_response();
        let fixed = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        for (name, value) in fixed {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        given.and_then(|value| value.strip_prefix("Bearer ")) == Some(&self.pass)
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode};

    use super::*;

    fn asked(roles: &Roles, method: &str, path: &str, credential: &str) -> Option<StatusCode> {
        let request = Request::builder().method(method).uri(path).header("authorization", credential);
        roles.answer(&request.body(Body::empty()).unwrap()).map(|response| response.status())
    }

    #[test]
    fn nobody_gets_the_development_keys_who_does_not_know_the_pass_of_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let roles = Roles::new(folder.path(), "1a2b".to_owned());
        std::fs::write(&roles.file, "{}").unwrap();
        for credential in ["", "Bearer", "Bearer ", "Bearer 1a2", "Bearer 1a2b ", "1a2b", "bearer 1a2b"] {
            assert_eq!(asked(&roles, "GET", PATH, credential), None, "{credential:?}");
        }
        assert_eq!(asked(&roles, "POST", PATH, "Bearer 1a2b"), None);
        assert_eq!(asked(&roles, "GET", "/local/keys/", "Bearer 1a2b"), None);
        assert_eq!(asked(&roles, "GET", PATH, "Bearer 1a2b"), Some(StatusCode::OK));
    }
}
