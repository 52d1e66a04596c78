//! The front: an HTTP server that does what an API Gateway HTTP API does, in the same order: CORS preflight, route,
//! throttle, authorizer, integration. Its own answers have API Gateway's texts.

mod answer;
mod authorizer;
mod cors;
mod event;
mod roles;
mod routes;
mod stream;
mod throttle;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;

use crate::{
    door::{Door, Refusal},
    host::{Host, Invoked},
    template::Template,
};
use answer::{gateway, integration};
use authorizer::{Authorizers, Identity};
use cors::Cors;
pub(crate) use roles::Roles;
use routes::Routes;
use throttle::Throttles;

/// API Gateway's limit on a body.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// API Gateway's timeout for an integration.
const INTEGRATION_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Front {
    host: Arc<Host>,
    routes: Routes,
    throttles: Throttles,
    authorizers: Authorizers,
    door: Door,
    /// The site has neither: no page of another origin reads it by a script, and it knows nobody.
    cors: Option<Cors>,
    roles: Option<Roles>,
}

impl Front {
    /// `hosts` are accepted names besides those of the loopback address, such as a tunnel's.
    pub(crate) fn new(template: &Template, host: Arc<Host>, hosts: &[String], roles: Roles) -> Self {
        Self {
            roles: Some(roles),
            door: Door::of_pages(hosts, &template.cors.origins),
            routes: Routes::new(&template.routes),
            throttles: Throttles::default(),
            authorizers: Authorizers::new(&template.authorizer),
            cors: Some(Cors::new(template.cors.clone())),
            host,
        }
    }

    /// The site's, which is another API.
    pub(crate) fn of_site(template: &Template, host: Arc<Host>, hosts: &[String]) -> Self {
        Self {
            roles: None,
            door: Door::of_pages(hosts, &[]),
            routes: Routes::new(&template.site),
            throttles: Throttles::default(),
            authorizers: Authorizers::new(&template.authorizer),
            cors: None,
            host,
        }
    }

    async fn answer(&self, request: Request) -> Response {
        let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let preflight = request.method() == Method::OPTIONS && origin.is_some();
        match (self.door.admit(request.uri(), request.headers()), &self.cors) {
            // A preflight reaches no function, and a foreign page only learns that it is refused.
            (Ok(()) | Err(Refusal::Page), Some(cors)) if preflight => return cors.preflight(request.headers()),
            (Ok(()), _) => {}
            (Err(refusal), _) => return refusal.into_response(),
        }
        // No page of another origin may read it, so it comes before the headers that let one.
        if let Some(response) = self.roles.as_ref().and_then(|roles| roles.answer(&request)) {
            return response;
        }
        let mut response = self.routed(request).await;
        if let Some(cors) = &self.cors {
            cors.apply(origin.as_deref(), response.headers_mut());
        }
        response
    }

    async fn routed(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let Some(found) = self.routes.find(request.method().as_str(), &path) else {
            return gateway(StatusCode::NOT_FOUND, "Not Found");
        };
        if !self.throttles.admit(found.route) {
            return gateway(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        }
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
            return gateway(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        if found.route.streams {
            return stream::answer(&self.host, &found.route.function, event::of_url(&parts, &body, &found)).await;
        }
        let identity = if found.route.public {
            None
        } else {
            match self.authorizers.identify(&self.host, &parts, &found).await {
                Identity::Known(context) => Some(context),
                Identity::Missing => return gateway(StatusCode::UNAUTHORIZED, "Unauthorized"),
                Identity::Refused => return gateway(StatusCode::FORBIDDEN, "Forbidden"),
                Identity::Failed => return gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            }
        };
        let event = event::request(&parts, &body, &found, identity);
        let invoked = tokio::time::timeout(INTEGRATION_TIMEOUT, self.host.invoke(&found.route.function, event)).await;
        match invoked {
            Ok(Invoked::Returned(value)) => integration(&value),
            // HTTP APIs do not support streaming.
            Ok(Invoked::Streamed(_)) => gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Ok(Invoked::Failed(error)) => {
                tracing::error!(function = found.route.function, %error, "an integration failed");
                gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Err(_) => gateway(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        }
    }
}

pub(crate) async fn serve(listener: TcpListener, front: Front) {
    let router = Router::new().fallback(handle).with_state(Arc::new(front));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the front stopped");
    }
}

async fn handle(State(front): State<Arc<Front>>, request: Request) -> Response {
    front.answer(request).await
}
