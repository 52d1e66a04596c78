//! Asking for content, and following it.

use std::{
    io::Read,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use galley_client::{
    Client, Error,
    answer::Task,
    api::{kind::TargetLength, route::Route},
    call::Call,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    command::{assign::Assign, retry::Retry, watch},
    context::{Context, Lasting, age, changed, items, may, text},
    fail::Failure,
    output::Output,
    say,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Tasks {
    /// Ask for content
    Create(Create),
    /// List tasks, the newest first
    #[command(visible_alias = "ls")]
    List(List),
    /// Show a task
    Show(Show),
    /// Follow a task as it changes
    Watch(One),
    /// Cancel a task that is not done; an article of it that is live stays (`galley unpublish` takes it down)
    Cancel(Cancel),
    /// Try failed tasks again
    Retry(Retry),
    /// Give a task to somebody who may decide on it
    Assign(Assign),
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The task's id
    pub(crate) task: String,
}

/// What is asked for: a file, arguments, or both; arguments win.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// What the text is to be about
    topic: Option<String>,
    /// A request as YAML or JSON, as POST /api/content/tasks takes it; - reads standard input
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// `blog_post`, `social_media`, `email` or `newsletter`
    #[arg(long = "type", value_name = "TYPE")]
    task_type: Option<String>,
    /// A BCP 47 tag such as de or en-GB
    #[arg(long)]
    language: Option<String>,
    /// In words, 200 to 5000
    #[arg(long, value_name = "WORDS", value_parser = words)]
    length: Option<u32>,
    /// Where events are sent
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
    /// In dollars
    #[arg(long, value_name = "USD")]
    max_cost: Option<String>,
    /// `internal`, or `external` where the text comes by a webhook
    #[arg(long)]
    generator: Option<String>,
    /// Who does a phase, such as draft=@house-style; once for each phase
    #[arg(long = "agent", value_name = "PHASE=AGENT", value_parser = cast)]
    agents: Vec<(String, String)>,
    /// Although the tenant has nearly the same, where its settings refuse that; for editors and admins
    #[arg(long)]
    allow_near_duplicate: bool,
}

impl Request {
    pub(crate) fn body(&self) -> Result<Value, Failure> {
        let mut body = match &self.file {
            Some(file) => object_in(file, "POST /api/content/tasks")?,
            None => Map::new(),
        };
        let given = [
            ("topic", self.topic.clone().map(Value::from)),
            ("task_type", self.task_type.clone().map(Value::from)),
            ("language", self.language.clone().map(Value::from)),
            ("target_length", self.length.map(Value::from)),
            ("callback_url", self.callback_url.clone().map(Value::from)),
            ("max_cost_usd", self.max_cost.clone().map(Value::from)),
            ("generator", self.generator.clone().map(Value::from)),
            ("agents", (!self.agents.is_empty()).then(|| self.agents.iter().cloned().collect::<Value>())),
            ("allow_near_duplicate", self.allow_near_duplicate.then_some(Value::Bool(true))),
        ];
        body.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        if body.is_empty() {
            return Err(Failure::todo("there is nothing to ask for", "Give a topic, or a request with -f FILE."));
        }
        Ok(Value::Object(body))
    }
}

/// A phase, and who does it.
fn cast(given: &str) -> Result<(String, String), String> {
    let named = given.split_once('=').map(|(phase, agent)| (phase.to_owned(), agent.to_owned()));
    named.ok_or_else(|| "must be a phase and an agent, such as draft=@house-style".to_owned())
}

/// How long a text is to be, by the API's own rule.
fn words(given: &str) -> Result<u32, String> {
    let length = given.parse().ok().and_then(|words: i64| TargetLength::try_from(words).ok());
    length.map(TargetLength::words).ok_or_else(|| TargetLength::RULE.to_string())
}

/// What a file has; `-` is standard input.
pub(crate) fn text_in(file: &PathBuf) -> Result<String, Failure> {
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| Failure::here(format!("{}: {error}", file.display())))
}

/// The body for `taker` that a file has, as YAML or JSON; `-` is standard input.
pub(crate) fn object_in(file: &PathBuf, taker: &str) -> Result<Map<String, Value>, Failure> {
    let failed = |why: String| Failure::here(format!("{}: {why}", file.display()));
    let value: Value = yaml_serde::from_str(&text_in(file)?).map_err(|error| failed(error.to_string()))?;
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(failed(format!("must be an object, as {taker} takes it"))),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    request: Request,
    /// The same key and request give the first task again
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Wait until a person can decide, or it failed
    #[arg(long)]
    wait: bool,
    /// In seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "wait")]
    timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// In these states, with commas between them; open is all that somebody has to do something with
    #[arg(long)]
    status: Option<String>,
    /// `blog_post`, `social_media`, `email` or `newsletter`
    #[arg(long = "type", value_name = "TYPE")]
    task_type: Option<String>,
    #[arg(long)]
    tag: Option<String>,
    /// Asked for by this subject
    #[arg(long)]
    author: Option<String>,
    /// Given to this subject; me is you, none is nobody
    #[arg(long, value_name = "SUBJECT")]
    assignee: Option<String>,
    /// With each of these words
    #[arg(short, long, value_name = "WORDS")]
    search: Option<String>,
    /// One of: -created_at, created_at, -quality_score, quality_score, -cost_usd, cost_usd. By another than time only open tasks are
    /// sorted: with --status open
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 30)]
    limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The task's id
    task: String,
    /// With its text
    #[arg(long)]
    content: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The task's id
    task: String,
    /// Why; it is in the task's history
    #[arg(short, long)]
    reason: Option<String>,
    /// Only say what would be cancelled
    #[arg(long)]
    dry_run: bool,
}

impl Tasks {
    /// Whether it goes on for minutes.
    pub(crate) fn waits(&self) -> bool {
        match self {
            Self::Create(create) => create.wait,
            Self::Watch(_) => true,
            _ => false,
        }
    }

    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List(list) => list.run(&client, context.output).await,
            Self::Show(show) => show.run(&client, context.output).await,
            Self::Watch(one) => watch::watch(context, &one.task).await,
            Self::Cancel(cancel) => cancel.run(&client, context.output).await,
            Self::Retry(retry) => retry.run(&client, context.output).await,
            Self::Assign(assign) => assign.run(&client, context.output).await,
        }
    }
}

impl Create {
    async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (lasting, output) = (context.lasting()?, context.output);
        let key = self.idempotency_key.clone().unwrap_or_else(|| Uuid::now_v7().to_string());
        let call = Call::to(Route::CreateTask, &[]).json(&self.request.body()?)?.idempotency_key(&key);
        let created: Value = lasting.client().read(&call).await.map_err(|error| unheard(error, &key))?;
        let id = text(&created, "task_id");
        if !self.wait {
            say_created(output, &created, &id);
            return Ok(());
        }
        // Before anything can go wrong: the task goes on without whoever waits.
        if output.is_json() {
            anstream::eprintln!("{}", json!({"task_id": id}));
        } else {
            anstream::eprintln!("waiting for {}", say::safe(&id));
        }
        let settled = self.settled(lasting, output, &id).await;
        settled
            .map_err(|failure| failure.noting(format!("It goes on: galley tasks watch {id}")))
            .and_then(|task| watch::if_failed(&task))
    }

    async fn settled(&self, mut lasting: Lasting, output: Output, id: &str) -> Result<Task, Failure> {
        let spinner = output.spinner();
        let until = Instant::now() + Duration::from_secs(self.timeout);
        let task = loop {
            let left = until.saturating_duration_since(Instant::now());
            let settled = lasting.client().wait_until(id, left, |task| {
                spinner.set_message(format!("{id} {}: {}", task.status, task.progress.message));
                !task.status.moves()
            });
            match settled.await {
                Err(error) if error.is_about_credentials() && lasting.renew().await? => {}
                settled => break settled,
            }
        };
        spinner.finish_and_clear();
        // What ran out was left of the whole.
        let after = Duration::from_secs(self.timeout);
        let task = task.map_err(|error| match error {
            Error::StillWaiting { status, .. } => Error::StillWaiting { status, after },
            other => other,
        })?;
        if output.is_json() {
            say::json(&lasting.client().read(&Call::to(Route::GetTask, &[id])).await?);
        } else if output == Output::Pipe {
            say::line(id);
        } else {
            say::line(&format!("{id} is {}", task.status));
            output.hint(&format!("Next: galley review show {id}"));
        }
        Ok(task)
    }
}

/// Whether there is a task is not known; the same key makes no second one.
fn unheard(error: Error, key: &str) -> Failure {
    let is_unheard = matches!(error, Error::NoAnswer { .. });
    let failure = Failure::from(error);
    if !is_unheard {
        return failure;
    }
    failure
        .noting(format!("Whether it was made is not known. Repeat it with --idempotency-key {key}: it is made once."))
}

fn say_created(output: Output, created: &Value, id: &str) {
    match output {
        Output::Json => say::json(created),
        Output::Pipe => say::line(id),
        Output::Person => {
            say::line(&format!("{id} is {}", text(created, "status")));
            output.hint(&format!("Next: galley tasks watch {id}"));
        }
    }
}

impl List {
    async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let given = [
            ("status", &self.status),
            ("task_type", &self.task_type),
            ("tag", &self.tag),
            ("author", &self.author),
            ("assignee", &self.assignee),
            ("q", &self.search),
            ("sort", &self.sort),
        ];
        let page = self.limit.clamp(1, 100).to_string();
        let call = Call::to(Route::ListTasks, &[]).query("limit", page);
        let call = given.into_iter().fold(call, |call, (name, value)| match value {
            Some(value) => call.query(name, value),
            None => call,
        });
        let all = match self.sort.as_deref() {
            Some(asked) => sorted(client, call, asked, self.limit).await?,
            None => items(client, call, self.limit).await?,
        };
        if output.is_json() {
            say::json(&Value::Array(all));
            return Ok(());
        }
        if all.is_empty() {
            output.hint("No tasks. Ask for one: galley tasks create \"How HTTP caching works\"");
            return Ok(());
        }
        let rows = all.iter().map(|task| {
            let title = Some(text(task, "title")).filter(|title| !title.is_empty());
            let cells = ["task_id", "status", "quality_score"].map(|name| text(task, name));
            let title = title.unwrap_or_else(|| text(task, "topic"));
            let error = text(task, "error.code");
            cells.into_iter().chain([text(task, "cost_usd"), age(task, "updated_at"), title, error]).collect()
        });
        output.table(&["task", "status", "score", "usd", "changed", "title", "error"], rows.collect());
        Ok(())
    }
}

/// At most `most` items in the order `asked`. A list in another order is no answer for a program either: it is told on the error stream.
async fn sorted(client: &Client, call: Call, asked: &str, most: usize) -> Result<Vec<Value>, Failure> {
    let first: Value = client.read(&call).await?;
    let sorted = text(&first, "sorted_by");
    if sorted != asked {
        anstream::eprintln!(
            "note: the list is sorted by {}, not by {}: by another than time only open tasks are sorted, at most 2,000 (--status open)",
            say::safe(&sorted),
            say::safe(asked)
        );
    }
    let mut all = first.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(cursor) = first.get("next_cursor").and_then(Value::as_str) {
        all.extend(items(client, call.query("cursor", cursor), most.saturating_sub(all.len())).await?);
    }
    all.truncate(most);
    Ok(all)
}

impl Show {
    async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let task: Value = client.read(&Call::to(Route::GetTask, &[&self.task])).await?;
        if output.is_json() {
            say::json(&task);
            return Ok(());
        }
        say::fields(&about(client, &task).await);
        if self.content {
            say::line("");
            say::line(&crate::text::of_html(&text(&task, "content")));
        } else if text(&task, "status") == "awaiting_approval" {
            output.hint(&format!("Next: galley review show {}", self.task));
        }
        Ok(())
    }
}

/// Where what is live at a path of the API is: for readers, and as data. Of a Galley that does not say where its site is, as data alone.
pub(crate) async fn addresses(client: &Client, path: &str) -> [String; 2] {
    if path.is_empty() {
        return Default::default();
    }
    let site = client.me().await.ok().and_then(|me| me.site_url);
    let slug = path.rsplit('/').next().unwrap_or_default();
    [site.map(|site| format!("{site}/{slug}")).unwrap_or_default(), format!("{}{path}", client.url())]
}

/// Which of its texts is live.
fn live(task: &Value) -> String {
    let revision = text(task, "live_revision");
    if revision.is_empty() { revision } else { format!("revision {revision}") }
}

/// What people want to know of a task.
pub(crate) async fn about(client: &Client, task: &Value) -> Vec<(&'static str, String)> {
    let [page, data] = addresses(client, &text(task, "published_url")).await;
    let blockers = task.get("blockers").and_then(Value::as_array).into_iter().flatten();
    let blockers = blockers.map(|one| text(one, "code")).collect::<Vec<_>>().join(", ");
    vec![
        ("task", text(task, "task_id")),
        ("status", text(task, "status")),
        ("progress", text(task, "progress.message")),
        ("topic", text(task, "topic")),
        ("title", text(task, "title")),
        ("revision", text(task, "revision")),
        ("live", live(task)),
        ("score", text(task, "quality_score")),
        ("blockers", blockers),
        ("words", text(task, "word_count")),
        ("cost", text(task, "cost_usd")),
        ("error", text(task, "error.message")),
        ("live at", page),
        ("as data", data),
        ("publish at", text(task, "publish_at")),
        ("asked by", text(task, "requested_by")),
        ("assigned to", text(task, "assignee")),
        ("created", age(task, "created_at")),
        ("changed", age(task, "updated_at")),
    ]
}

impl Cancel {
    async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        if self.dry_run {
            may(client, Route::Cancel).await?;
            let task = client.task(&self.task).await?;
            if task.status.is_over() {
                return Err(Failure::No(format!("{} would not be cancelled: it is {}", task.task_id, task.status)));
            }
            would(output, "cancel", &task);
            return Ok(());
        }
        let call = Call::to(Route::Cancel, &[&self.task]).json(&json!({"reason": self.reason}))?;
        changed(&client.read(&call).await?, output);
        Ok(())
    }
}

/// What a dry run says.
pub(crate) fn would(output: Output, what: &str, task: &Task) {
    if output.is_json() {
        say::json(&json!({"would": what, "task_id": task.task_id, "status": task.status, "version": task.version}));
    } else {
        let title = task.title.as_ref().unwrap_or(&task.topic);
        say::line(&format!("Would {what} {} ({}): {title}", task.task_id, task.status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_by_the_rule_of_the_api() {
        assert_eq!([words("200"), words("5000")], [Ok(200), Ok(5000)]);
        for wrong in ["abc", "199", "5001", "-1", "1.5", ""] {
            assert_eq!(words(wrong), Err("must be 200 to 5000 words".to_owned()), "{wrong}");
        }
    }
}
