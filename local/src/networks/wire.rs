//! What the stand-ins have in common: a port, answers, and the page.

use std::{
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    door::{Door, behind},
    error::StackError,
    net::listen,
};

/// A stand-in that runs: what it is, its page, and the body that makes it a target.
#[derive(Debug)]
pub struct Running {
    pub name: &'static str,
    pub page: String,
    pub target: Value,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves a network under its name, until the process ends.
pub(super) async fn serve(host: &'static str, router: Router) -> Result<SocketAddr, StackError> {
    let listener = listen(0).await?;
    let address = listener.local_addr()?;
    let router = behind(Door::of_programs_at([host]), router);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, host, "a stand-in of a network stopped");
        }
    });
    Ok(address)
}

pub(super) type Answer = (StatusCode, Value);

pub(super) fn says(status: StatusCode, error: &str) -> Answer {
    (status, json!({ "error": error }))
}

pub(super) fn is_bearer(headers: &HeaderMap, token: &str) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|said| *said == format!("Bearer {token}"))
}

/// The parameters of a query, which have no characters that are encoded.
pub(super) fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// An answer that breaks off.
pub(super) fn cut() -> Response {
    let cut = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    (StatusCode::OK, [(header::CONTENT_LENGTH, "1000000")], Body::from_stream(cut)).into_response()
}

/// A post as the page shows it.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) about: String,
    /// It answers the one before.
    pub(super) answers: bool,
}

/// What arrived, the threads in their order.
pub(super) fn page(title: &str, posts: &[Shown]) -> Html<String> {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let shown = |post: &Shown| {
        let class = if post.answers { " class=\"answer\"" } else { "" };
        format!("<article{class}><p>{}</p><small>{}</small></article>", plain(&post.text), plain(&post.about))
    };
    let all: String = posts.iter().map(shown).collect();
    let all = if all.is_empty() { "<p>Nothing has arrived yet.</p>".to_owned() } else { all };
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>body{{font:1rem/1.5 sans-serif;max-width:40rem;\
         margin:2rem auto}}article{{border-left:3px solid #888;padding:0 1rem;margin-top:2rem;white-space:pre-wrap}}.answer{{margin-top:0}}\
         small{{color:#555}}</style><h1>{title}</h1>{all}</html>"
    ))
}
