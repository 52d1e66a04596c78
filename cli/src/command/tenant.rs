//! How a tenant is set, and what is kept of a person.

use clap::{Args, Subcommand};
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Map, Value, json};

use crate::{
    context::{Context, MOST, items, text},
    fail::Failure,
    say,
    table::{self, Column},
};

#[derive(Debug, Subcommand)]
pub(crate) enum Settings {
    /// Show the tenant's settings
    Show,
    /// Change some; what is not named stays
    Set {
        /// NAME=VALUE; null brings back the usual value
        #[arg(required = true, value_name = "NAME=VALUE")]
        values: Vec<String>,
    },
    /// List who changed what, and when
    Log,
    /// Set the settings to what they were before a change
    Revert {
        /// As the log names it
        change: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Limits {
    /// Show a tenant's own limits
    Show { tenant: String },
    /// Set some; what is not named stays. In force within a minute
    Set {
        tenant: String,
        /// NAME=VALUE; null brings back the usual limit
        #[arg(required = true, value_name = "NAME=VALUE")]
        values: Vec<String>,
    },
    /// List who changed a tenant's limits, and when
    Log { tenant: String },
    /// Set a tenant's limits to what they were before a change
    Revert {
        tenant: String,
        /// As the log names it
        change: String,
    },
}

/// What a log of changes shows; the first is what `revert` takes.
const CHANGES: &[Column] = &[("change", "id"), ("by", "by"), ("when", "at"), ("before", "before"), ("after", "after")];

#[derive(Debug, Subcommand)]
pub(crate) enum Flags {
    /// List the flags that were set
    List,
    /// Turn a flag on. In force within thirty seconds; what waited is sent for within a minute more
    On(Turn),
    /// Turn a flag off. In force within thirty seconds; it stays off for whom it was off
    Off(Turn),
    /// List who set which flag
    Log {
        /// Only changes of this flag, of the newest thousand
        #[arg(long, value_name = "NAME")]
        flag: Option<String>,
    },
    /// Set a flag to its value before a change
    Revert {
        /// Its name, as the log has it
        flag: String,
        /// As the log names it
        change: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Turn {
    /// generation, writes, tenants, provider. and a provider's name, or debug. and a task's id
    flag: String,
    /// For this tenant alone: for all others it stays as it is
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Why; it is in the flags' log
    #[arg(short, long)]
    reason: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Privacy {
    /// Collect all that is kept of somebody
    Export { subject: String },
    /// Put a name that is nobody's in somebody's place everywhere, and end their keys
    Erase {
        subject: String,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// List exports and erasures
    Jobs,
    /// Show an export or erasure
    Job { job: String },
    /// Print a part of an export that is done, from 1 on
    Part { job: String, n: u32 },
}

impl Settings {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let call = match self {
            Self::Show => Call::to(Route::GetSettings, &[]),
            Self::Set { values } => Call::to(Route::PatchSettings, &[]).json(&pairs(values)?)?,
            Self::Log => {
                let log = items(&client, Call::to(Route::SettingsLog, &[]), MOST).await?;
                table::list(context.output, log, CHANGES);
                return Ok(());
            }
            Self::Revert { change } => Call::to(Route::RevertSettings, &[]).json(&json!({"change_id": change}))?,
        };
        table::thing(context.output, &client.read(&call).await?);
        Ok(())
    }
}

impl Limits {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        let limits = match self {
            Self::Show { tenant } => client.read(&Call::to(Route::GetLimits, &[tenant])).await?,
            Self::Set { tenant, values } => {
                client.read(&Call::to(Route::PatchLimits, &[tenant]).json(&pairs(values)?)?).await?
            }
            Self::Log { tenant } => {
                let log = items(&client, Call::to(Route::LimitsLog, &[tenant]), MOST).await?;
                table::list(context.output, log, CHANGES);
                return Ok(());
            }
            Self::Revert { tenant, change } => {
                let call = Call::to(Route::RevertLimits, &[tenant]).json(&json!({"change_id": change}))?;
                client.read(&call).await?
            }
        };
        table::thing(context.output, &limits);
        context.output.hint("What is not named is the deployment's: docs/configuration.md.");
        Ok(())
    }
}

impl Flags {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        let call = match self {
            Self::List => {
                let columns = [
                    ("flag", "flag"),
                    ("on", "enabled"),
                    ("percent", "percent"),
                    ("off for", "tenants_off"),
                    ("on for", "tenants_on"),
                ];
                table::list(output, flags(&client).await?, &columns);
                return Ok(());
            }
            Self::Log { flag } => {
                let mut log = items(&client, Call::to(Route::FlagLog, &[]), MOST).await?;
                log.retain(|change| flag.as_ref().is_none_or(|flag| text(change, "flag") == *flag));
                let columns = [
                    ("change", "id"),
                    ("flag", "flag"),
                    ("by", "by"),
                    ("when", "at"),
                    ("before", "before"),
                    ("after", "after"),
                    ("reason", "reason"),
                ];
                table::list(output, log, &columns);
                return Ok(());
            }
            Self::On(turn) => turn.call(&client, true).await?,
            Self::Off(turn) => turn.call(&client, false).await?,
            Self::Revert { flag, change } => {
                Call::to(Route::RevertFlag, &[flag]).json(&json!({"change_id": change}))?
            }
        };
        table::thing(output, &client.read(&call).await?);
        Ok(())
    }
}

/// The flags that somebody set.
async fn flags(client: &Client) -> Result<Vec<Value>, Failure> {
    let list: Value = client.read(&Call::to(Route::ListFlags, &[])).await?;
    Ok(list.get("data").and_then(Value::as_array).cloned().unwrap_or_default())
}

impl Turn {
    /// What else the flag says stays as it is.
    async fn call(&self, client: &Client, on: bool) -> Result<Call, Failure> {
        let present = flags(client).await?.into_iter().find(|one| text(one, "flag") == self.flag);
        let mut set = present.and_then(|present| present.as_object().cloned()).unwrap_or_default();
        set.remove("flag");
        // What was read is what is written over: a colleague's change of the same minute is not undone unseen.
        let seen = set.remove("etag").and_then(|etag| etag.as_str().map(str::to_owned));
        match &self.tenant {
            None => drop(set.insert("enabled".to_owned(), on.into())),
            Some(tenant) => turn_for(&mut set, tenant, on)?,
        }
        set.insert("reason".to_owned(), self.reason.clone().into());
        let call = Call::to(Route::SetFlag, &[&self.flag]).json(&set)?;
        Ok(call.header("if-match", seen.unwrap_or_else(|| "\"default\"".to_owned())))
    }
}

/// Puts a tenant among those for whom a flag is off, or takes it out.
fn turn_for(flag: &mut Map<String, Value>, tenant: &str, on: bool) -> Result<(), Failure> {
    if flag.get("enabled") == Some(&Value::Bool(false)) {
        return Err(Failure::todo(
            "it is off for everybody",
            "`galley flags on NAME` turns it on for all but those who are named.",
        ));
    }
    let off = flag.get("tenants_off").and_then(Value::as_array).into_iter().flatten();
    let others = off.filter(|one| *one != tenant).cloned();
    let off = others.chain((!on).then(|| tenant.into())).collect::<Vec<Value>>();
    flag.insert("enabled".to_owned(), true.into());
    flag.insert("tenants_off".to_owned(), off.into());
    Ok(())
}

impl Privacy {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        let call = match self {
            Self::Erase { subject, dry_run: true } => {
                let call = Call::to(Route::ListTasks, &[]).query("author", subject).query("limit", "100");
                let asked = items(&client, call, 100).await?.len();
                let many = if asked == 100 { "100 tasks or more" } else { &format!("{asked} tasks") };
                if output.is_json() {
                    say::json(&json!({"would": "erase", "subject": subject, "tasks": asked}));
                } else {
                    say::line(&format!("Would erase {subject}, who has asked for {many}. It cannot be undone."));
                }
                return Ok(());
            }
            Self::Jobs => {
                let jobs = items(&client, Call::to(Route::ListJobs, &[]), MOST).await?;
                let columns = [
                    ("job", "job_id"),
                    ("kind", "kind"),
                    ("subject", "subject"),
                    ("status", "status"),
                    ("parts", "parts"),
                    ("begun", "created_at"),
                ];
                table::list(output, jobs, &columns);
                return Ok(());
            }
            Self::Part { job, n } => {
                say::json(&client.read(&Call::to(Route::GetJobPart, &[job, &n.to_string()])).await?);
                return Ok(());
            }
            Self::Export { subject } => Call::to(Route::ExportData, &[]).json(&json!({"subject": subject}))?,
            Self::Erase { subject, .. } => Call::to(Route::EraseData, &[]).json(&json!({"subject": subject}))?,
            Self::Job { job } => Call::to(Route::GetJob, &[job]),
        };
        let job: Value = client.read(&call).await?;
        table::thing(output, &job);
        output.hint(&format!("Next: galley privacy job {}", text(&job, "job_id")));
        Ok(())
    }
}

/// `NAME=VALUE`, each value as JSON where it is some and as text otherwise.
fn pairs(values: &[String]) -> Result<Map<String, Value>, Failure> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty())?;
        Some((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
    };
    let pairs = values.iter().map(|text| pair(text).ok_or_else(|| Failure::here(format!("{text} is not NAME=VALUE"))));
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_turned_for_one_tenant_and_stays_for_the_others() {
        let turned = |flag: Value, on: bool| {
            let Value::Object(mut flag) = flag else { panic!("no flag") };
            turn_for(&mut flag, "acme", on).map(|()| Value::Object(flag))
        };
        let off = json!({"enabled": true, "percent": 10, "tenants_off": ["other", "acme"]});
        assert_eq!(turned(json!({}), false).unwrap(), json!({"enabled": true, "tenants_off": ["acme"]}));
        assert_eq!(turned(off.clone(), false).unwrap(), off);
        assert_eq!(turned(off, true).unwrap(), json!({"enabled": true, "percent": 10, "tenants_off": ["other"]}));
        assert!(turned(json!({"enabled": false}), true).is_err(), "a colleague's hold of all stays");
    }

    #[test]
    fn a_value_is_json_where_it_can_be() {
        let told = pairs(&["a=1".into(), "b=null".into(), "c=de-AT".into(), "d=x=y".into(), "e=true".into()]).unwrap();
        assert_eq!(Value::Object(told), json!({"a": 1, "b": null, "c": "de-AT", "d": "x=y", "e": true}));
        assert!(pairs(&["=1".into()]).is_err() && pairs(&["a".into()]).is_err());
    }
}
