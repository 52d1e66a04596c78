//! The OpenAPI document and the page that shows it. The page's assets are served from here: nothing is loaded from elsewhere.

use std::{str::FromStr, sync::OnceLock};

use galley_edge::{
    api::etag_of,
    http::{call::Call, reply::Reply},
};
use lambda_http::{Body, http::Uri};
use serde_json::{Value, json};

/// The page runs its own script and style, and asks only this API.
const PAGE_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const ASSETS_CSP: &str = "default-src 'none'; frame-ancestors 'none'";
const KEPT: &str = "public, max-age=300";

const PAGE: &str = include_str!("../assets/docs.html");

/// Where whoever operates the deployment is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Contact {
    #[default]
    Untold,
    Email(String),
    Url(String),
}

impl FromStr for Contact {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_url = |text: &str| text.parse::<Uri>().is_ok_and(|url| url.scheme_str() == Some("https"));
        match text.split_once('@') {
            Some((name, host)) if !name.is_empty() && host.contains('.') && !text.contains([' ', '/', ':']) => {
                Ok(Self::Email(text.to_owned()))
            }
            None if is_url(text) => Ok(Self::Url(text.to_owned())),
            _ => Err("must be an e-mail address or an https URL"),
        }
    }
}

/// The document, the same for as long as the instance runs. It is made when it is asked for first: most instances never are.
#[derive(Debug)]
pub struct Document {
    contact: Contact,
    made: OnceLock<Made>,
}

/// As it is sent, with its `ETag`.
#[derive(Debug)]
struct Made {
    text: String,
    etag: String,
}

impl Document {
    pub const fn of(contact: Contact) -> Self {
        Self { contact, made: OnceLock::new() }
    }

    fn made(&self) -> &Made {
        self.made.get_or_init(|| Made::of(&self.contact))
    }

    pub fn sent(&self, call: &Call) -> Reply {
        let Made { text, etag } = self.made();
        let reply =
            if call.not_modified(etag) { Reply::empty(304) } else { Reply::text("application/json", text.clone()) };
        reply.header("etag", etag).header("vary", "Origin").cached(KEPT).compressible()
    }
}

impl Made {
    fn of(contact: &Contact) -> Self {
        let mut document = galley_edge::openapi::document();
        if let Some(Value::Object(told)) = document.pointer_mut("/info/contact") {
            match contact {
                Contact::Untold => {}
                Contact::Email(address) => drop(told.insert("email".to_owned(), json!(address))),
                Contact::Url(url) => drop(told.insert("url".to_owned(), json!(url))),
            }
        }
        Self { text: document.to_string(), etag: etag_of(&document) }
    }
}

pub fn page() -> Reply {
    Reply::asset("text/html; charset=utf-8", Body::from(PAGE), PAGE_CSP).cached(KEPT).compressible()
}

/// Served compressed, as they are stored, to whoever takes gzip.
pub fn asset(call: &Call, name: &str) -> Option<Reply> {
    let (content_type, bytes): (_, &'static [u8]) = match name {
        "swagger-ui.js" => ("text/javascript; charset=utf-8", include_bytes!("../assets/swagger-ui-bundle.js.gz")),
        "swagger-ui.css" => ("text/css; charset=utf-8", include_bytes!("../assets/swagger-ui.css.gz")),
        "start.js" => {
            let body = Body::from(include_str!("../assets/start.js"));
            return Some(Reply::asset("text/javascript; charset=utf-8", body, ASSETS_CSP).cached(KEPT));
        }
        _ => return None,
    };
    Some(Reply::asset(content_type, Body::Empty, ASSETS_CSP).stored_in_gzip(call.takes_gzip(), bytes).cached(KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_operates_it_is_reached_by_mail_or_on_a_page_and_nothing_else_is_told() {
        assert_eq!("ops@example.com".parse(), Ok(Contact::Email("ops@example.com".to_owned())));
        assert_eq!("https://example.com/help".parse(), Ok(Contact::Url("https://example.com/help".to_owned())));
        for wrong in
            ["", "ops", "@example.com", "ops@host", "http://example.com", "javascript:x@y.z", "https://", "a b@c.d"]
        {
            assert_eq!(wrong.parse::<Contact>(), Err("must be an e-mail address or an https URL"), "{wrong}");
        }
    }

    #[test]
    fn the_document_has_the_contact_and_another_tag_with_it() {
        let told = [
            Contact::Untold,
            Contact::Email("ops@example.com".to_owned()),
            Contact::Url("https://example.com".to_owned()),
        ];
        let [without, email, url] = told.map(|contact| Made::of(&contact));
        assert!(!without.text.contains("ops@example.com") && email.text.contains(r#""email":"ops@example.com""#));
        assert!(url.text.contains(r#""url":"https://example.com""#));
        assert!(without.etag != email.etag && email.etag != url.etag);
    }
}
