//! The stack: starts all parts in order, and gives tests and programs access to them.

use std::{
    collections::BTreeMap,
    net::{Ipv6Addr, SocketAddr},
    sync::Arc,
};

use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    aws_json, dead_letters,
    error::StackError,
    fault_proxy::FaultProxy,
    folder::Folder,
    front,
    host::{self, Host, Invoked},
    net::listen,
    options::Options,
    parts::{self, TABLE},
    pumps,
    template::{self, Names, Template},
};

/// The template's secret with the keys of providers.
const PROVIDER_KEYS: &str = "ProviderKeys";

/// A running stack. Dropping it ends every process that it started.
#[derive(Debug)]
pub struct Stack {
    pub template: Template,
    host: Arc<Host>,
    fault_proxy: FaultProxy,
    parts: parts::Parts,
    front: SocketAddr,
    site: SocketAddr,
    invoke: SocketAddr,
    folder: Folder,
    /// The table that the functions use: the stack's own, or a restored one in its place.
    table: String,
    /// With it the console is told the development keys.
    pass: String,
    /// What asks: the front, the invocations, the pumps.
    askers: JoinSet<()>,
    /// What is asked: the emulators, and what stands before them.
    services: JoinSet<()>,
}

impl Stack {
    /// Starts everything and returns once the front answers.
    ///
    /// # Errors
    /// See `StackError`.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        // The workspace's reqwest has TLS without a provider of its own. A second install changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = Folder::open(options.data.as_deref())?;
        let front_listener = listen(options.port).await?;
        let site_listener = listen(options.site_port).await?;
        let invoke_listener = listen(options.invoke_port).await?;
        let sqs_listener = listen(0).await?;
        let sqs_url = format!("http://{}", sqs_listener.local_addr()?);

        let restored = options.parameters.get("RestoredTable").filter(|name| !name.is_empty());
        let table = restored.map_or(TABLE, String::as_str).to_owned();
        let names =
            Names { table: TABLE.to_owned(), sqs: sqs_url, site: format!("http://{}", site_listener.local_addr()?) };
        let template = Template::load(&options.template, &options.parameters, &names)?;
        let (mut askers, mut services) = (JoinSet::new(), JoinSet::new());
        let parts = parts::Parts::start(&template, &folder, sqs_listener, &mut services).await?;
        put_secrets(&template, &parts, &options).await?;
        dead_letters::restore(&template, &parts, &folder).await?;
        let invoke = invoke_listener.local_addr()?;
        let fault_proxy = FaultProxy::new();
        let host = Host::start(&template, &options, &parts, &fault_proxy, (&folder, invoke), &mut services).await?;
        let host = Arc::new(host);

        let front = front_listener.local_addr()?;
        let pass = parts::random_text();
        let roles = front::Roles::new(folder.path(), pass.clone());
        let served = front::Front::new(&template, Arc::clone(&host), &options.hosts, roles);
        askers.spawn(front::serve(front_listener, served));
        let site = site_listener.local_addr()?;
        let served = front::Front::of_site(&template, Arc::clone(&host), &options.hosts);
        askers.spawn(front::serve(site_listener, served));
        askers.spawn(host::serve_invocations(invoke_listener, Arc::clone(&host)));
        // cargo-lambda tries ::1 first; a machine without IPv6 has no such listener.
        if let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, invoke.port())).await {
            askers.spawn(host::serve_invocations(listener, Arc::clone(&host)));
        }
        pumps::start(&template, &host, &parts, &options, &mut askers);
        Ok(Self { template, host, fault_proxy, parts, front, site, invoke, folder, table, pass, askers, services })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.front)
    }

    /// Where articles are read: another origin than the API's.
    pub fn site_url(&self) -> String {
        format!("http://{}", self.site)
    }

    /// The console, where it offers the development roles. What stands behind `#` is sent to nobody.
    pub fn console_url(&self) -> String {
        format!("{}/#/local/{}", self.url(), self.pass)
    }

    pub fn invoke_url(&self) -> String {
        format!("http://{}", self.invoke)
    }

    /// The status that a deployment's hook reported: `Succeeded` or `Failed`.
    pub fn told_of(&self, deployment: &str) -> Option<String> {
        self.host.deployments.told(deployment)
    }

    /// The fault proxy, which records what the functions ask of their services.
    pub const fn fault_proxy(&self) -> &FaultProxy {
        &self.fault_proxy
    }

    pub const fn folder(&self) -> &Folder {
        &self.folder
    }

    pub fn data(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Starts a process of each function, which then waits for its first invocation.
    ///
    /// # Errors
    /// `Function` for one that does not start, as for a setting that it refuses.
    pub async fn try_functions(&self) -> Result<(), StackError> {
        self.host.try_functions().await
    }

    /// As `environment`, but through a listener of the fault proxy, named `client`, which records every call.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn environment_through_fault_proxy(
        &mut self,
        client: &str,
    ) -> Result<BTreeMap<String, String>, StackError> {
        self.parts.through_fault_proxy(&self.fault_proxy, client, &mut self.services).await
    }

    /// The environment variables of a client of the stack's AWS services.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.parts.environment(&self.parts.dynamodb_url, &self.parts.sqs_url)
    }

    pub fn table_name(&self) -> &str {
        &self.table
    }

    pub fn queue_url(&self, id: &str) -> String {
        format!("{}/{}/{id}", self.parts.sqs_url, template::ACCOUNT)
    }

    pub fn secret(&self, name: &str) -> Option<String> {
        self.parts.secrets.all().remove(name)
    }

    /// Puts a new value into a secret; the present value becomes the previous one.
    ///
    /// # Errors
    /// When Secrets Manager refuses.
    pub async fn rotate_secret(&self, name: &str, value: &str) -> Result<(), StackError> {
        self.parts.rotate_secret(name, value).await
    }

    /// Calls an operation of the table directly, such as `UpdateItem`, past the functions.
    ///
    /// # Errors
    /// When DynamoDB refuses.
    pub async fn dynamodb(&self, operation: &str, body: &Value) -> Result<Value, StackError> {
        let target = format!("DynamoDB_20120810.{operation}");
        let answer = aws_json::call(&self.parts.client, &self.parts.dynamodb_url, &target, body).await;
        answer.map_err(|why| StackError::Part { what: "DynamoDB", why })
    }

    /// Sends a raw body to a queue, which may be malformed.
    ///
    /// # Errors
    /// When the queue refuses.
    pub async fn send_raw(&self, queue: &str, body: &str) -> Result<(), StackError> {
        pumps::Queue::new(&self.parts, queue).send(body).await.map_err(|why| StackError::Part { what: "queue", why })
    }

    /// The messages of a queue that nobody receives from, such as a dead-letter queue. They stay in it.
    ///
    /// # Errors
    /// When the queue refuses.
    pub async fn peek(&self, queue: &str) -> Result<Vec<Value>, StackError> {
        pumps::Queue::new(&self.parts, queue).peek().await.map_err(|why| StackError::Part { what: "queue", why })
    }

    /// Receives every message that a queue shows: bodies and receipt handles. They are hidden, not gone.
    ///
    /// # Errors
    /// When the queue refuses.
    pub async fn receive(&self, queue: &str) -> Result<Vec<(String, String)>, StackError> {
        pumps::Queue::new(&self.parts, queue).take().await.map_err(|why| StackError::Part { what: "queue", why })
    }

    /// Takes every message out of a queue: their bodies.
    ///
    /// # Errors
    /// When the queue refuses.
    pub async fn drain(&self, queue: &str) -> Result<Vec<String>, StackError> {
        pumps::Queue::new(&self.parts, queue).drain().await.map_err(|why| StackError::Part { what: "queue", why })
    }

    /// Invokes a function by its logical id or its binary's name.
    pub async fn invoke(&self, function: &str, event: Value) -> Invoked {
        self.host.invoke(function, event).await
    }

    /// The processes of a function that run now.
    pub fn pids(&self, function: &str) -> Vec<u32> {
        self.host.pids(function)
    }

    /// How many invocations of a function ended in an error, a crash or a timeout.
    pub fn errors(&self, function: &str) -> u64 {
        self.host.errors(function)
    }

    /// Kills every process of a function at once, with SIGKILL.
    pub fn kill(&self, function: &str) {
        self.host.kill(function);
    }

    /// Ends everything. Dead letters are kept in the data folder; what else was queued comes back through the due index at
    /// the next start.
    ///
    /// # Errors
    /// When the dead letters cannot be kept.
    pub async fn stop(mut self) -> Result<(), StackError> {
        let kept = dead_letters::keep(&self.template, &self.parts, &self.folder).await;
        // Nobody asks a service that has stopped, which would be told as a fault.
        self.askers.shutdown().await;
        self.host.stop().await;
        self.services.shutdown().await;
        kept
    }
}

/// Stores the secrets that this run was given.
async fn put_secrets(template: &Template, parts: &parts::Parts, options: &Options) -> Result<(), StackError> {
    let keys = serde_json::to_string(&options.provider_keys).map_err(std::io::Error::other)?;
    let given = options.secrets.iter().map(|(id, value)| (id.as_str(), value));
    for (id, value) in given.chain([(PROVIDER_KEYS, &keys)]) {
        let secret = template.secrets.iter().find(|secret| secret.id == id);
        let secret = secret.ok_or_else(|| StackError::Part { what: "secrets", why: format!("there is no {id}") })?;
        // Unchanged values are skipped: a put would make the value in force the previous one.
        if parts.secrets.all().get(&secret.name) != Some(value) {
            parts.rotate_secret(&secret.name, value).await?;
        }
    }
    Ok(())
}
