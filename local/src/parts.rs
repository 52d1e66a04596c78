//! The embedded services, each behind a door. DynamoDB keeps its state in a file, secrets in one that only its owner reads; queues live in
//! memory, and their messages come back through the due index.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use dynoxide::Database;
use hyper_util::rt::TokioIo;
use rustack_secretsmanager_core::{
    config::SecretsManagerConfig, handler::RustackSecretsManagerHandler, provider::RustackSecretsManager,
};
use rustack_secretsmanager_http::service::{SecretsManagerHttpConfig, SecretsManagerHttpService};
use rustack_sqs_core::{config::SqsConfig, handler::RustackSqsHandler, provider::RustackSqs};
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    aws_json,
    door::{Door, behind},
    dynamodb::DynamoDb,
    error::StackError,
    fault_proxy::{FaultProxy, Service, Upstream},
    folder::Folder,
    net::listen,
    template::{REGION, Template},
    vault::{self, Kept},
};

pub(crate) const TABLE: &str = "galley-local";

/// How often expired items are deleted, which scans the whole table. AWS takes days.
const TTL_SWEEP: Duration = Duration::from_mins(10);

#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) dynamodb_url: String,
    dynamodb: DynamoDb,
    pub(crate) sqs_url: String,
    pub(crate) secrets_url: String,
    pub(crate) secrets: Kept,
    pub(crate) client: reqwest::Client,
}

impl Parts {
    pub(crate) async fn start(
        template: &Template,
        folder: &Folder,
        sqs: TcpListener,
        tasks: &mut JoinSet<()>,
    ) -> Result<Self, StackError> {
        let client = reqwest::Client::new();
        let (dynamodb, dynamodb_url) = start_dynamodb(folder, tasks).await?;
        let sqs_url = start_sqs(sqs, tasks).await?;
        let secrets = stored_secrets(template, folder)?;
        let secrets_url = vault::start(secrets.clone(), start_secrets(tasks).await?, client.clone(), tasks).await?;
        let parts = Self { dynamodb_url, dynamodb, sqs_url, secrets_url, secrets, client };
        parts.create_table(&template.table).await?;
        parts.create_queues(template).await?;
        for (name, value) in parts.secrets.all() {
            let body = json!({"Name": name, "SecretString": value, "ClientRequestToken": uuid::Uuid::now_v7()});
            parts.secrets_call("CreateSecret", &body).await?;
        }
        Ok(parts)
    }

    /// The environment variables of a function.
    pub(crate) fn environment(&self, dynamodb_url: &str, sqs_url: &str) -> BTreeMap<String, String> {
        [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url),
            ("AWS_ENDPOINT_URL_SQS", sqs_url),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.secrets_url),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// As `environment`, with everything that `function` asks going through the fault proxy.
    pub(crate) async fn through_fault_proxy(
        &self,
        fault_proxy: &FaultProxy,
        function: &str,
        tasks: &mut JoinSet<()>,
    ) -> Result<BTreeMap<String, String>, StackError> {
        let table =
            fault_proxy.listener(function, Service::DynamoDb, Upstream::Table(self.dynamodb.clone()), tasks).await?;
        let queues = Upstream::At { url: self.sqs_url.clone(), client: self.client.clone() };
        let queues = fault_proxy.listener(function, Service::Sqs, queues, tasks).await?;
        Ok(self.environment(&format!("http://{table}"), &format!("http://{queues}")))
    }

    pub(crate) async fn rotate_secret(&self, name: &str, value: &str) -> Result<(), StackError> {
        let body = json!({"SecretId": name, "SecretString": value, "ClientRequestToken": uuid::Uuid::now_v7()});
        self.secrets_call("PutSecretValue", &body).await
    }

    async fn secrets_call(&self, operation: &str, body: &Value) -> Result<(), StackError> {
        let target = format!("secretsmanager.{operation}");
        let done = aws_json::call(&self.client, &self.secrets_url, &target, body).await;
        done.map(|_| ()).map_err(|why| StackError::Part { what: "Secrets Manager", why })
    }

    async fn create_table(&self, properties: &Value) -> Result<(), StackError> {
        let failed = |why| StackError::Part { what: "DynamoDB", why };
        let target = |operation: &str| format!("DynamoDB_20120810.{operation}");
        let mut table = json!({"TableName": TABLE});
        for name in ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"] {
            table[name] = properties[name].clone();
        }
        match aws_json::call(&self.client, &self.dynamodb_url, &target("CreateTable"), &table).await {
            Ok(_) => {}
            // The table exists from an earlier run.
            Err(why) if why.contains("ResourceInUse") => return Ok(()),
            Err(why) => return Err(failed(why)),
        }
        let ttl = json!({"TableName": TABLE, "TimeToLiveSpecification": properties["TimeToLiveSpecification"]});
        aws_json::call(&self.client, &self.dynamodb_url, &target("UpdateTimeToLive"), &ttl).await.map_err(failed)?;
        Ok(())
    }

    async fn create_queues(&self, template: &Template) -> Result<(), StackError> {
        // Dead-letter queues first: a redrive policy must find its target.
        let (with, without): (Vec<_>, Vec<_>) = template.queues.iter().partition(|queue| queue.redrive.is_some());
        for queue in without.into_iter().chain(with) {
            let mut attributes = json!({"VisibilityTimeout": queue.visibility_s.to_string()});
            if let Some((target, receives)) = &queue.redrive {
                let arn = format!("arn:aws:sqs:{REGION}:{}:{target}", crate::template::ACCOUNT);
                // The emulator wants the count as a number.
                let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": receives});
                attributes["RedrivePolicy"] = Value::String(policy.to_string());
            }
            let body = json!({"QueueName": queue.id, "Attributes": attributes});
            aws_json::call(&self.client, &self.sqs_url, "AmazonSQS.CreateQueue", &body)
                .await
                .map_err(|why| StackError::Part { what: "SQS", why })?;
        }
        Ok(())
    }
}

async fn start_dynamodb(folder: &Folder, tasks: &mut JoinSet<()>) -> Result<(DynamoDb, String), StackError> {
    // SQLite gives its journal files the same mode.
    let file = folder.file("dynamodb.sqlite")?;
    let database = Database::new(&file.to_string_lossy())
        .map_err(|error| StackError::Part { what: "DynamoDB", why: error.to_string() })?;
    let listener = listen(0).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let swept = database.clone();
    let dynamodb = DynamoDb::new(database, folder.path().join("backups"));
    let router = dynamodb.router();
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "DynamoDB stopped");
        }
    });
    tasks.spawn(async move {
        let mut sweeps = tokio::time::interval(TTL_SWEEP);
        loop {
            sweeps.tick().await;
            let database = swept.clone();
            // Expired items are only cleaned up here, as on AWS; no condition relies on it.
            drop(tokio::task::spawn_blocking(move || database.sweep_ttl()).await);
        }
    });
    Ok((dynamodb, url))
}

/// Starts the emulator. It refuses `MessageGroupId` on a standard queue, where AWS accepts it for fairness between
/// tenants, so a proxy removes the field.
async fn start_sqs(listener: TcpListener, tasks: &mut JoinSet<()>) -> Result<String, StackError> {
    let address = listener.local_addr()?;
    let config = SqsConfig {
        skip_signature_validation: true,
        default_region: REGION.to_owned(),
        account_id: crate::template::ACCOUNT.to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
    };
    let handler = Arc::new(RustackSqsHandler::new(Arc::new(RustackSqs::new(config))));
    let service = SqsHttpService::new(handler, SqsHttpConfig::default());
    let emulator = listen(0).await?;
    let passing = WithoutGroups { client: reqwest::Client::new(), url: format!("http://{}", emulator.local_addr()?) };
    tasks.spawn(serve(emulator, service));
    let router = behind(Door::of_programs(), Router::new().fallback(pass).with_state(passing));
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "SQS stopped");
        }
    });
    Ok(format!("http://{address}"))
}

#[derive(Clone)]
struct WithoutGroups {
    client: reqwest::Client,
    url: String,
}

async fn pass(State(to): State<WithoutGroups>, headers: HeaderMap, body: Bytes) -> Response {
    let sends = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let sends = sends.is_some_and(|target| target.starts_with("AmazonSQS.SendMessage"));
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(mut map)) if sends => {
            map.remove("MessageGroupId");
            for entry in map.get_mut("Entries").and_then(Value::as_array_mut).into_iter().flatten() {
                entry.as_object_mut().map(|entry| entry.remove("MessageGroupId"));
            }
            Bytes::from(Value::Object(map).to_string())
        }
        _ => body,
    };
    aws_json::forward(&to.client, &to.url, headers, body).await
}

/// Serves one of the emulators until its task is ended.
async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: hyper::service::Service<http::Request<hyper::body::Incoming>, Response = http::Response<B>>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    S::Error: std::error::Error + Send + Sync,
    B: hyper::body::Body<Error: std::error::Error + Send + Sync, Data = Bytes> + Send + 'static,
{
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let admitted = Door::of_programs().admit(request.uri(), request.headers());
            let answer = admitted.map(|()| service.call(request));
            async move {
                match answer {
                    Ok(answer) => answer.await.map(|answer| answer.map(Body::new)),
                    Err(refusal) => Ok(refusal.into_response()),
                }
            }
        });
        connections.spawn(async move {
            let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A client may disconnect at any time; that is not an error here.
            drop(served.await);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn start_secrets(tasks: &mut JoinSet<()>) -> Result<String, StackError> {
    let listener = listen(0).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let provider = Arc::new(RustackSecretsManager::new(SecretsManagerConfig::default()));
    let handler = Arc::new(RustackSecretsManagerHandler::new(provider));
    let service = SecretsManagerHttpService::new(handler, SecretsManagerHttpConfig::default());
    tasks.spawn(serve(listener, service));
    Ok(url)
}

/// The secrets of earlier runs and the template's, those to be generated made once and kept.
fn stored_secrets(template: &Template, folder: &Folder) -> Result<Kept, StackError> {
    let kept = Kept::open(folder)?;
    kept.change(|secrets| {
        for secret in &template.secrets {
            let made = || secret.value.clone().unwrap_or_else(random_text);
            secrets.entry(secret.name.clone()).or_insert_with(made);
        }
    })?;
    Ok(kept)
}

/// 256 random bits in hex.
pub(crate) fn random_text() -> String {
    let mut bytes = [0_u8; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // An all-zero secret must never be used.
        tracing::error!(%error, "the system gave no randomness");
        std::process::abort();
    }
    hex::encode(bytes)
}
