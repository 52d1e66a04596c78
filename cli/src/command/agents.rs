//! Agents: who does a phase of a task, and by which version of which prompt.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Map, Value, json};

use crate::{
    context::{Context, items, text},
    fail::Failure,
    output::Output,
    say, table,
};

/// More than a tenant may have, of agents and of versions.
const MOST: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Agents {
    /// List the agents that you may name in a task
    List {
        /// All of the tenant's own, whoever may name them; for admins
        #[arg(long)]
        all: bool,
    },
    /// Show an agent; for admins, as all that follows
    Show {
        /// Its alias or its id
        agent: String,
    },
    /// Make an agent; it has no prompt yet
    Create(Box<Create>),
    /// Make another version of an agent's prompt; it changes nothing until a label is moved to it
    Prompt {
        /// Its alias or its id
        agent: String,
        /// The file with the text; - reads standard input
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
        /// What is new in it
        #[arg(long)]
        note: Option<String>,
    },
    /// List the versions of an agent's prompt, the newest first; or print one
    Prompts {
        /// Its alias or its id
        agent: String,
        /// Print this one
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
    /// Move a label to a version of the prompt: what begins from then on has it
    Label {
        /// Its alias or its id
        agent: String,
        /// production or trial
        label: String,
        /// The version's number
        version: u32,
        /// Why, for the record
        #[arg(long)]
        reason: String,
    },
    /// Move a label back to the version that it had before
    Rollback {
        /// Its alias or its id
        agent: String,
        /// production or trial
        #[arg(long, default_value = "production")]
        label: String,
        /// Why, for the record
        #[arg(long)]
        reason: String,
    },
    /// Give an agent an alias, taken from whichever agent had it
    Alias {
        /// Its alias or its id
        agent: String,
        /// The alias, without the @
        alias: String,
        /// Why, for the record
        #[arg(long)]
        reason: String,
    },
    /// Let only the people of some groups name an agent; of none, everybody may
    Groups {
        /// Its alias or its id
        agent: String,
        /// Their names, with commas between them
        #[arg(value_delimiter = ',')]
        groups: Vec<String>,
    },
    /// Remove an agent with its prompts and aliases; texts that it wrote stay
    Remove {
        /// Its alias or its id
        agent: String,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What people call it
    name: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What tasks call it, without the @
    #[arg(long, value_delimiter = ',', value_name = "ALIASES")]
    alias: Vec<String>,
    /// Of outline, draft, assess, refine and finalize
    #[arg(long, value_delimiter = ',', required = true)]
    phases: Vec<String>,
    /// The types that it does: `blog_post`, `newsletter` and so on; all, where nothing is said
    #[arg(long, value_delimiter = ',')]
    types: Vec<String>,
    /// The model that its phases ask
    #[arg(long)]
    model: Option<String>,
    /// Who may name it; everybody, where nothing is said
    #[arg(long, value_delimiter = ',')]
    groups: Vec<String>,
}

impl Create {
    fn body(&self) -> Value {
        let Self { name, description, alias, phases, types, model, groups } = self;
        let mut body = json!({"display_name": name, "aliases": alias, "phases": phases, "groups": groups});
        let some_types = (!types.is_empty()).then(|| json!(types));
        let given = [("description", description.as_ref().map(|text| json!(text))), ("types", some_types)];
        let given = given.into_iter().chain([("model", model.as_ref().map(|text| json!(text)))]);
        let given: Map<String, Value> = given.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if let Some(body) = body.as_object_mut() {
            body.extend(given);
        }
        body
    }
}

/// An agent as an admin named it, with what it was when it was read.
struct Read {
    id: String,
    etag: String,
    agent: Value,
}

impl Read {
    async fn of(client: &Client, name: &str) -> Result<Self, Failure> {
        let all = items(client, Call::to(Route::AllAgents, &[]), MOST).await?;
        let alias = name.strip_prefix('@').unwrap_or(name);
        let is_it = |agent: &&Value| {
            let aliases = agent.get("aliases").and_then(Value::as_array).into_iter().flatten();
            text(agent, "agent_id") == name || aliases.filter_map(Value::as_str).any(|one| one == alias)
        };
        let Some(agent) = all.iter().find(is_it).cloned() else {
            let why = format!("no agent of your tenant is called {name}");
            return Err(Failure::todo(why, "`galley agents list --all` has them."));
        };
        Ok(Self { id: text(&agent, "agent_id"), etag: format!("\"{}\"", text(&agent, "version")), agent })
    }

    /// A call to this route of it, refused if somebody else has changed it since.
    fn call(&self, route: Route, further: &[&str]) -> Call {
        let path: Vec<&str> = [self.id.as_str()].into_iter().chain(further.iter().copied()).collect();
        Call::to(route, &path).header("If-Match", self.etag.as_str())
    }
}

impl Agents {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List { all } => list(&client, output, *all).await?,
            Self::Show { agent } => table::thing(output, &Read::of(&client, agent).await?.agent),
            Self::Create(create) => {
                let made: Value = client.read(&Call::to(Route::MakeAgent, &[]).json(&create.body())?).await?;
                table::thing(output, &made);
                output.hint(&format!("Next: galley agents prompt {} -f FILE", text(&made, "agent_id")));
            }
            Self::Prompt { agent, file, note } => prompt(&client, output, agent, (file, note.as_deref())).await?,
            Self::Prompts { agent, version } => prompts(&client, output, agent, *version).await?,
            Self::Label { agent, label, version, reason } => {
                let read = Read::of(&client, agent).await?;
                moved(&client, output, &read, (label, *version, reason)).await?;
            }
            Self::Rollback { agent, label, reason } => {
                let read = Read::of(&client, agent).await?;
                let before = read.agent.pointer(&format!("/labels/{label}/before")).and_then(Value::as_u64);
                let Some(before) = before.and_then(|before| u32::try_from(before).ok()) else {
                    let why = format!("{label} has named no other version before");
                    let todo =
                        format!("`galley agents prompts {agent}` has the versions, `galley agents label` names one.");
                    return Err(Failure::todo(why, todo));
                };
                moved(&client, output, &read, (label, before, reason)).await?;
            }
            Self::Alias { agent, alias, reason } => {
                let read = Read::of(&client, agent).await?;
                let call = read.call(Route::MoveAlias, &[alias]).json(&json!({"reason": reason}))?;
                let line = format!("@{alias} is {}", text(&read.agent, "display_name"));
                told(output, &client.read(&call).await?, &line);
            }
            Self::Groups { agent, groups } => {
                let read = Read::of(&client, agent).await?;
                let call = read.call(Route::PatchAgent, &[]).json(&json!({"groups": groups}))?;
                let whose = if groups.is_empty() { "everybody".to_owned() } else { groups.join(", ") };
                let line = format!("{} is for {whose}", text(&read.agent, "display_name"));
                told(output, &client.read(&call).await?, &line);
            }
            Self::Remove { agent, dry_run } => {
                let read = Read::of(&client, agent).await?;
                let name = text(&read.agent, "display_name");
                if *dry_run {
                    say::line(&format!(
                        "would remove {name} with {} versions of its prompt",
                        text(&read.agent, "versions")
                    ));
                } else {
                    client.send(&read.call(Route::RemoveAgent, &[])).await?;
                    say::line(&format!("{name} is removed"));
                }
            }
        }
        Ok(())
    }
}

async fn list(client: &Client, output: Output, all: bool) -> Result<(), Failure> {
    let route = if all { Route::AllAgents } else { Route::ListAgents };
    let mine = [
        ("aliases", "aliases"),
        ("name", "display_name"),
        ("kind", "kind"),
        ("phases", "phases"),
        ("labels", "labels"),
        ("what for", "description"),
    ];
    let of_all = [
        ("agent", "agent_id"),
        ("aliases", "aliases"),
        ("name", "display_name"),
        ("phases", "phases"),
        ("groups", "groups"),
        ("versions", "versions"),
        ("changed", "updated_at"),
    ];
    let columns: &[table::Column] = if all { &of_all } else { &mine };
    table::list(output, items(client, Call::to(route, &[]), MOST).await?, columns);
    Ok(())
}

async fn prompt(
    client: &Client,
    output: Output,
    agent: &str,
    (file, note): (&PathBuf, Option<&str>),
) -> Result<(), Failure> {
    let read = Read::of(client, agent).await?;
    let body = json!({"text": super::tasks::text_in(file)?, "note": note});
    let made: Value = client.read(&Call::to(Route::MakePrompt, &[&read.id]).json(&body)?).await?;
    let version = text(&made, "version");
    told(output, &made, &format!("version {version} of {}", text(&read.agent, "display_name")));
    output.hint(&format!("Next: galley agents label {agent} trial {version} --reason \"…\""));
    Ok(())
}

async fn prompts(client: &Client, output: Output, agent: &str, version: Option<u32>) -> Result<(), Failure> {
    let read = Read::of(client, agent).await?;
    if let Some(version) = version {
        let prompt: Value = client.read(&Call::to(Route::GetPrompt, &[&read.id, &version.to_string()])).await?;
        told(output, &prompt, &text(&prompt, "text"));
        return Ok(());
    }
    let columns = [("version", "version"), ("made", "created_at"), ("note", "note"), ("sha256", "sha256")];
    table::list(output, items(client, Call::to(Route::ListPrompts, &[&read.id]), MOST).await?, &columns);
    Ok(())
}

async fn moved(
    client: &Client,
    output: Output,
    read: &Read,
    (label, version, reason): (&String, u32, &String),
) -> Result<(), Failure> {
    let call = read.call(Route::MoveLabel, &[label]).json(&json!({"version": version, "reason": reason}))?;
    let line = format!("{label} of {} is version {version}", text(&read.agent, "display_name"));
    told(output, &client.read(&call).await?, &line);
    Ok(())
}

fn told(output: Output, answer: &Value, line: &str) {
    if output.is_json() {
        say::json(answer);
    } else {
        say::line(line);
    }
}
