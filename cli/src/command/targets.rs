//! Targets of articles, and where a task's article stands on each of them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    command::{admin::Remove, target_settings::Settings},
    context::{Context, items, text},
    fail::Failure,
    output::Output,
    say, table,
};

/// More than a tenant may have.
const MOST: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Targets {
    /// List the tenant's targets
    List,
    /// Make a site, a repository or an account a target of articles
    Create(Box<Create>),
    /// See whether a target can be reached and opened; nothing is changed there
    Test {
        /// Its name
        target: String,
    },
    /// Send nothing to a target for now; what is to be sent waits
    Pause {
        /// Its name
        target: String,
    },
    /// Let a target go on
    Resume {
        /// Its name
        target: String,
    },
    /// Remove a target; what was published there stays there
    Remove(Remove),
    /// List where a task's article stands on each target
    Show {
        /// The task's id
        task: String,
    },
    /// Publish to a target again; or say what becomes of a copy that was changed there by hand
    Retry {
        /// The task's id
        task: String,
        /// The target's name
        target: String,
        /// overwrite or keep
        #[arg(long)]
        resolution: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its name, as tasks have it in publish_to
    name: String,
    /// The site's address; of a repository, that of the forge's API: https://api.github.com, https://gitlab.com/api/v4
    #[arg(long)]
    url: String,
    #[command(flatten)]
    settings: Settings,
    /// The file with the application password or the token; - reads standard input
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// The types that go there where a request does not say: blog_post, article and so on
    #[arg(long, value_delimiter = ',', value_name = "TYPES")]
    default_for: Vec<String>,
}

impl Create {
    fn body(&self) -> Result<Value, Failure> {
        let secret = super::webhooks::secret_in(&self.secret_file)?;
        let Self { name, url, settings: Settings(settings), default_for, .. } = self;
        Ok(json!({"name": name, "url": url, "settings": settings, "secret": secret, "default_for": default_for}))
    }
}

impl Targets {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let columns = [
                    ("target", "name"),
                    ("kind", "settings.kind"),
                    ("url", "url"),
                    ("by default", "default_for"),
                    ("paused because", "pause.because"),
                    ("failures", "failures"),
                    ("made", "created_at"),
                ];
                table::list(output, items(&client, Call::to(Route::ListTargets, &[]), MOST).await?, &columns);
            }
            Self::Create(create) => {
                let made: Value = client.read(&Call::to(Route::MakeTarget, &[]).json(&create.body()?)?).await?;
                table::thing(output, &made);
                output.hint(&format!("Next: galley targets test {}", create.name));
            }
            Self::Test { target } => return test(&client, output, target).await,
            Self::Pause { target } => paused(&client, output, target, true).await?,
            Self::Resume { target } => paused(&client, output, target, false).await?,
            Self::Remove(remove) => return remove.run(&client, output, Route::RemoveTarget, "remove the target").await,
            Self::Show { task } => {
                let columns = [
                    ("target", "target"),
                    ("status", "status"),
                    ("revision", "revision"),
                    ("there", "remote_url"),
                    ("tries", "attempts"),
                    ("last error", "last_error"),
                    ("next try", "next_try_at"),
                ];
                table::list(output, items(&client, Call::to(Route::ListPlacements, &[task]), MOST).await?, &columns);
            }
            Self::Retry { task, target, resolution } => {
                let body = resolution.as_ref().map_or_else(|| json!({}), |text| json!({"resolution": text}));
                let call = Call::to(Route::RetryPlacement, &[task, target]).json(&body)?;
                let again: Value = client.read(&call).await?;
                if output.is_json() {
                    say::json(&again);
                } else {
                    say::line(&format!("{} is {}", text(&again, "target"), text(&again, "status")));
                }
            }
        }
        Ok(())
    }
}

/// One that is not ready makes the command fail.
async fn test(client: &Client, output: Output, target: &str) -> Result<(), Failure> {
    let tested: Value = client.read(&Call::to(Route::TestTarget, &[target])).await?;
    if output.is_json() {
        say::json(&tested);
    }
    if tested.get("ready") != Some(&Value::Bool(true)) {
        return Err(Failure::No(format!("{target} is not ready: {}", text(&tested, "message"))));
    }
    if !output.is_json() {
        say::line(&format!("{target} is ready"));
    }
    Ok(())
}

async fn paused(client: &Client, output: Output, target: &str, pauses: bool) -> Result<(), Failure> {
    let call = Call::to(Route::PatchTarget, &[target]).json(&json!({"paused": pauses}))?;
    let changed: Value = client.read(&call).await?;
    if output.is_json() {
        say::json(&changed);
    } else {
        say::line(&format!("{target} {}", if pauses { "is paused" } else { "goes on" }));
    }
    Ok(())
}
