//! A proxy before the embedded Secrets Manager: stores its secrets in a file that only the owner can read, because the
//! emulator loses everything when it ends.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    aws_json,
    door::{Door, behind},
    error::StackError,
    folder::{self, Folder},
    net::listen,
};

const FILE: &str = "secrets.json";

/// The newest value of every secret, by name.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    file: PathBuf,
    secrets: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Kept {
    /// Reads the secrets of an earlier run.
    pub(crate) fn open(folder: &Folder) -> Result<Self, StackError> {
        let secrets = folder.read(FILE)?.unwrap_or_default();
        Ok(Self { file: folder.path().join(FILE), secrets: Arc::new(Mutex::new(secrets)) })
    }

    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), StackError> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let before = secrets.clone();
        change(&mut secrets);
        if *secrets == before {
            return Ok(());
        }
        let bytes = serde_json::to_vec_pretty(&*secrets).map_err(std::io::Error::other)?;
        Ok(folder::replace(&self.file, &bytes)?)
    }
}

#[derive(Clone)]
struct Front {
    kept: Kept,
    url: String,
    client: reqwest::Client,
}

/// Starts the proxy before the emulator at `url`. Returns the proxy's address.
pub(crate) async fn start(
    kept: Kept,
    url: String,
    client: reqwest::Client,
    tasks: &mut JoinSet<()>,
) -> Result<String, StackError> {
    let listener = listen(0).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let router = behind(Door::of_programs(), Router::new().fallback(forward).with_state(Front { kept, url, client }));
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the vault stopped");
        }
    });
    Ok(address)
}

async fn forward(State(front): State<Front>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let answer = aws_json::forward(&front.client, &front.url, headers, body.clone()).await;
    if answer.status().is_success()
        && let Err(error) = keep(&front.kept, &operation, &body)
    {
        tracing::error!(%error, "a secret could not be kept");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    answer
}

fn keep(kept: &Kept, operation: &str, body: &[u8]) -> Result<(), StackError> {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| asked.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(name) = text("SecretId").or_else(|| text("Name")) else { return Ok(()) };
    match operation {
        "CreateSecret" | "PutSecretValue" => match text("SecretString") {
            Some(value) => kept.change(|secrets| drop(secrets.insert(name, value))),
            None => Ok(()),
        },
        "DeleteSecret" => kept.change(|secrets| drop(secrets.remove(&name))),
        _ => Ok(()),
    }
}
