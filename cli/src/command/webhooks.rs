//! Webhooks to Galley, and deliveries from it.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use galley_client::{SecretString, api::route::Route, call::Call, webhook::Scheme};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    context::{Context, MOST, items, may, text},
    fail::Failure,
    output::Output,
    say, table,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Webhooks {
    /// Sign a webhook as a source does, and send it
    Send(Send),
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The body, sent byte for byte; - reads standard input. Such as
    /// {"event_id": "evt-1", "event_type": "content.requested", "request": {"topic": "How HTTP caching works"}}
    #[arg(verbatim_doc_comment)]
    file: PathBuf,
    /// The source: its name, or TENANT/NAME for one of a tenant's own
    #[arg(long)]
    source: String,
    /// The file with the source's secret: the secret alone, or names and secrets as the local stack keeps them
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// galley, standard, stripe or github
    #[arg(long, default_value = "galley")]
    scheme: String,
    /// The event's id, for the scheme standard; a new one where nothing is said
    #[arg(long)]
    id: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Deliveries {
    /// List what was sent to a task's callback_url, and what came of it
    List {
        /// The task's id
        task: String,
    },
    /// Send an event again
    Resend {
        /// The task's id
        task: String,
        /// The delivery's id, as the list names it
        delivery: String,
    },
}

impl Webhooks {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let Self::Send(send) = self;
        send.run(context).await
    }
}

impl Send {
    async fn run(&self, context: &Context) -> Result<(), Failure> {
        let scheme = Scheme::named(&self.scheme)
            .ok_or_else(|| Failure::here(format!("{} is no scheme: galley, standard, stripe, github", self.scheme)))?;
        let body = read(&self.file)?;
        let secret = secret_of(&self.secret_file, &self.source)?;
        let id = self.id.clone().unwrap_or_else(|| format!("msg_{}", Uuid::now_v7().simple()));
        let headers = scheme.sign(&secret, &id, Timestamp::now(), &body);
        let headers = headers.map_err(|error| Failure::here(format!("{}: {error}", self.secret_file.display())))?;
        let call = match self.source.split_once('/') {
            Some((tenant, source)) => Call::to(Route::TenantWebhook, &[tenant, source]),
            None => Call::to(Route::Webhook, &[&self.source]),
        };
        let call = headers.into_iter().fold(call.bytes(body), |call, (name, value)| call.header(name, value));
        // Signed, so no key is needed and none is sent.
        let reply = context.session.keyless()?.send(&call).await?;
        let received: Value = reply.read()?;
        if context.output.is_json() {
            say::json(&received);
        } else {
            let is_known = text(&received, "duplicate") == "true";
            let known = if is_known { "was recorded before: nothing is done again" } else { "is recorded" };
            say::line(&format!("{} {known} ({})", text(&received, "event_id"), reply.status));
            if context.output == Output::Person {
                context.output.hint(&self.next(context).await);
            }
        }
        Ok(())
    }

    /// Where it shows what comes of it, for whoever may read that.
    async fn next(&self, context: &Context) -> String {
        let may_read = match context.session.anonymous() {
            Ok(client) if context.session.token.is_some() => may(&client, Route::ListReceipts).await.is_ok(),
            _ => false,
        };
        let receipts = format!("galley sources receipts {}", self.source.rsplit('/').next().unwrap_or_default());
        if may_read {
            format!("What comes of it: {receipts}")
        } else {
            format!("What comes of it, its tenant's admin sees: {receipts}")
        }
    }
}

/// A secret that stands alone in a file.
pub(super) fn secret_in(file: &Path) -> Result<String, Failure> {
    Ok(String::from_utf8_lossy(&read(file)?).trim().to_owned())
}

/// What a file has; `-` is standard input.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut body).map(|_| body)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| Failure::here(format!("{} cannot be read: {error}", file.display())))
}

/// The secret in a file; or, of several, that of `source`.
fn secret_of(file: &Path, source: &str) -> Result<SecretString, Failure> {
    let bytes = read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let Ok(secrets) = serde_json::from_str::<BTreeMap<String, String>>(&text) else {
        return Ok(text.trim().into());
    };
    let part = format!("/webhooks/{source}");
    let fits = |name: &&String| name.ends_with(&part) || name.contains(&format!("{part}/"));
    let found: Vec<&String> = secrets.keys().filter(fits).collect();
    match found[..] {
        [name] => Ok(secrets.get(name).map(String::as_str).unwrap_or_default().into()),
        [] => Err(Failure::here(format!("{} has no secret of {source}", file.display()))),
        _ => Err(Failure::here(format!("{} has several secrets of {source}", file.display()))),
    }
}

impl Deliveries {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List { task } => {
                let all = items(&client, Call::to(Route::ListDeliveries, &[task]), MOST).await?;
                let columns = [
                    ("delivery", "delivery_id"),
                    ("event", "event_type"),
                    ("status", "status"),
                    ("next try", "next_try_at"),
                    ("made", "created_at"),
                    ("url", "url"),
                ];
                let none = "Nothing was sent. What is for `galley listen` is pulled: it is no delivery.";
                table::list_or(output, all, &columns, none);
            }
            Self::Resend { task, delivery } => {
                let call = Call::to(Route::Redeliver, &[task, delivery]);
                let again: Value = client.read(&call).await?;
                if output.is_json() {
                    say::json(&again);
                } else {
                    say::line(&format!("{} is {}", text(&again, "delivery_id"), text(&again, "status")));
                }
            }
        }
        Ok(())
    }
}
