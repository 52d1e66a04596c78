//! Health, the API's description and its page. Also behind `$default`: whatever is no route is answered here.

pub mod docs;

use std::time::Duration;

use futures_util::future;
use galley_domain::{
    ports::{BoxError, Clock},
    route::Route,
};
use galley_edge::http::{
    call::Call,
    error::{ApiError, Problem},
    reply::Reply,
};
use serde::Serialize;

/// A part that does not answer within this is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// One thing that Galley needs.
pub trait Probe: Send + Sync {
    /// The parts, by name, asked side by side.
    fn parts(&self) -> impl Future<Output = Vec<Part>> + Send;
}

#[derive(Debug)]
pub struct Part {
    pub name: &'static str,
    pub state: Result<Option<u64>, BoxError>,
}

/// What this function runs on.
#[derive(Debug)]
pub struct App<P, C> {
    pub probe: P,
    pub clock: C,
}

#[derive(Debug, Serialize)]
struct HealthView {
    status: &'static str,
    version: &'static str,
    components: Vec<ComponentView>,
}

#[derive(Debug, Serialize)]
struct ComponentView {
    name: &'static str,
    status: &'static str,
    /// Messages that wait, for a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<u64>,
}

impl<P: Probe, C: Clock> App<P, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        match call.route {
            Route::Live => Ok(Reply::json(200, &serde_json::json!({"status": "live"}))),
            Route::Ready => Ok(self.ready().await),
            Route::Health => Ok(Reply::json(200, &self.health().await)),
            Route::OpenApi => Ok(docs::document()),
            Route::Docs => Ok(docs::page()),
            Route::DocsAsset => {
                let name = call.path_parameter("asset").unwrap_or_default();
                docs::asset(&name).ok_or_else(|| ApiError::new(Problem::NotFound))
            }
            _ => Err(ApiError::new(Problem::NoSuchRoute)),
        }
    }

    async fn ready(&self) -> Reply {
        let health = self.health().await;
        let status = if health.status == "ok" { 200 } else { 503 };
        let reply = Reply::json(status, &health);
        if status == 503 { reply.header("retry-after", "5") } else { reply }
    }

    async fn health(&self) -> HealthView {
        let parts = std::pin::pin!(self.probe.parts());
        let time_up = std::pin::pin!(self.clock.sleep(PATIENCE));
        let components: Vec<ComponentView> = match future::select(parts, time_up).await {
            future::Either::Left((parts, _)) => parts.into_iter().map(view).collect(),
            future::Either::Right(_) => {
                vec![ComponentView { name: "dependencies", status: "no answer within 2 s", depth: None }]
            }
        };
        let ok = components.iter().all(|component| component.status == "ok");
        HealthView { status: if ok { "ok" } else { "unavailable" }, version: env!("CARGO_PKG_VERSION"), components }
    }
}

fn view(part: Part) -> ComponentView {
    match part.state {
        Ok(depth) => ComponentView { name: part.name, status: "ok", depth },
        Err(error) => {
            tracing::warn!(part = part.name, error = galley_edge::telemetry::chain(&*error), "a part does not answer");
            ComponentView { name: part.name, status: "unavailable", depth: None }
        }
    }
}
