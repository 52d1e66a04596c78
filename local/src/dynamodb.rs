//! DynamoDB in this process, on a file. The emulator's own server checks no host and allows every origin, and
//! it can only listen on a socket. So it listens only while we open a connection to it: all other access to
//! the table has to pass one of our `Door` checks.

mod backups;

use std::{
    net::{Ipv4Addr, Shutdown, SocketAddr},
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use dynoxide::Database;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use backups::Backups;

use crate::{
    door::{Door, behind},
    error::StackError,
};

/// Most connections. The emulator handles one request at a time anyway.
const MOST_LINES: usize = 16;

#[derive(Clone)]
pub(crate) struct DynamoDb {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    backups: Backups,
    places: Semaphore,
    idle: Mutex<Vec<Line>>,
}

/// One connection, and the server that answers on it.
struct Line {
    requests: SendRequest<Body>,
    /// Its accept loop is not polled, so it accepts no more connections. Dropping it closes the accepted one.
    _server: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl std::fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamoDb").finish_non_exhaustive()
    }
}

impl DynamoDb {
    /// Backups are kept in the folder `backups`.
    pub(crate) fn new(database: Database, backups: PathBuf) -> Self {
        let backups = Backups { database: database.clone(), folder: backups };
        Self {
            shared: Arc::new(Shared { database, backups, places: Semaphore::new(MOST_LINES), idle: Mutex::default() }),
        }
    }

    /// Forwards a request to the emulator and returns its answer.
    pub(crate) async fn forward(&self, headers: HeaderMap, body: Bytes) -> Response {
        if let Some(answer) = self.shared.backups.answer(&headers, &body).await {
            return answer;
        }
        match self.answer(headers, body).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "the table did not answer");
                StatusCode::BAD_GATEWAY.into_response()
            }
        }
    }

    /// The router that serves the table to programs of this machine.
    pub(crate) fn router(&self) -> Router {
        behind(Door::of_programs(), Router::new().fallback(pass).with_state(self.clone()))
    }

    async fn answer(&self, mut headers: HeaderMap, body: Bytes) -> Result<Response, StackError> {
        let _place = self.shared.places.acquire().await.map_err(failed)?;
        let waiting = self.idle().pop();
        let mut line = if let Some(line) = waiting.filter(|line| !line.requests.is_closed()) {
            line
        } else {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            Line::open(listener, self.shared.database.clone()).await?
        };
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        headers.remove(header::CONNECTION);
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        let mut request = Request::post("/").body(Body::from(body)).map_err(failed)?;
        *request.headers_mut() = headers;
        line.requests.ready().await.map_err(failed)?;
        let (parts, body) = line.requests.send_request(request).await.map_err(failed)?.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(failed)?;
        self.idle().push(line);
        let mut answer = (parts.status, parts.headers, body).into_response();
        answer.headers_mut().remove(header::TRANSFER_ENCODING);
        Ok(answer)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Line>> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Has the emulator listen there for one connection.
    async fn open(listener: std::net::TcpListener, database: Database) -> Result<Self, StackError> {
        listener.set_nonblocking(true)?;
        let (address, closing) = (listener.local_addr()?, listener.try_clone()?);
        let listener = TcpListener::from_std(listener)?;
        let mut server: Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(dynoxide::server::serve_on(listener, database));
        let requests = tokio::select! {
            () = &mut server => return Err(failed("it stopped")),
            requests = connected(address) => requests?,
        };
        SockRef::from(&closing).shutdown(Shutdown::Both)?;
        Ok(Self { requests, _server: server })
    }
}

/// Opens a connection and waits for an answer on it, which shows that it was accepted.
async fn connected(address: SocketAddr) -> Result<SendRequest<Body>, StackError> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection to the table broke");
        }
    });
    let hello = Request::get("/").header(header::HOST, "localhost").body(Body::empty()).map_err(failed)?;
    let answer = requests.send_request(hello).await.map_err(failed)?;
    axum::body::to_bytes(Body::new(answer.into_body()), usize::MAX).await.map_err(failed)?;
    Ok(requests)
}

async fn pass(State(table): State<DynamoDb>, headers: HeaderMap, body: Bytes) -> Response {
    table.forward(headers, body).await
}

fn failed(why: impl std::fmt::Display) -> StackError {
    StackError::Part { what: "DynamoDB", why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(operation: &str) -> HeaderMap {
        let target = format!("DynamoDB_20120810.{operation}");
        [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", &target),
            ("x-amz-date", "20260101T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0",
            ),
        ]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .into_iter()
        .collect()
    }

    #[tokio::test]
    async fn nobody_but_us_reaches_the_emulators_own_server() {
        let table = DynamoDb::new(Database::memory().unwrap(), PathBuf::new());
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let line = Line::open(listener, table.shared.database.clone()).await.unwrap();
        table.idle().push(line);
        assert!(TcpStream::connect(address).await.is_err(), "{address} still listens");
        // The connection that there is goes on, and is used again.
        for _ in 0..3 {
            let answer = table.forward(asking("ListTables"), Bytes::from_static(b"{}")).await;
            assert_eq!(answer.status(), StatusCode::OK);
        }
        assert_eq!(table.idle().len(), 1);
    }

    #[tokio::test]
    async fn many_at_once_are_answered_over_few_connections() {
        let table = DynamoDb::new(Database::memory().unwrap(), PathBuf::new());
        let asked = (0..100).map(|_| table.forward(asking("ListTables"), Bytes::from_static(b"{}")));
        let answers = futures_util::future::join_all(asked).await;
        assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
        assert!(table.idle().len() <= MOST_LINES);
    }
}
