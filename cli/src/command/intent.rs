//! What is proposed for a sentence, and what is taken of it.

use clap::Args;
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    context::{Context, list, text, why},
    fail::Failure,
    output::Output,
    say,
};

#[derive(Debug, Args)]
pub(crate) struct Intent {
    /// What is wanted, such as "three posts a week about HTTP caching until June"
    #[arg(required_unless_present = "id")]
    text: Option<String>,
    /// Whose days and hours are meant, such as Europe/Berlin; needed where the sentence says when
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Take up what was proposed before, by its id; for a day
    #[arg(long, value_name = "INTENT", conflicts_with_all = ["text", "zone"])]
    id: Option<String>,
    /// Make these proposals, by their numbers; a proposal is made once, however often it is said
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    confirm: Vec<usize>,
}

impl Intent {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        let intent = self.proposed(&client).await?;
        let id = text(&intent, "intent_id");
        if self.confirm.is_empty() {
            told(output, &intent);
        }
        if let Some(question) = question(&intent) {
            return Err(Failure::here(format!("nothing is proposed: {question}")));
        }
        if self.confirm.is_empty() {
            return Ok(());
        }
        let take: Vec<Value> = self.confirm.iter().map(|nth| json!({"proposal": nth})).collect();
        let call = Call::to(Route::ConfirmIntent, &[&id]).json(&json!({"take": take}))?;
        let taken: Value = client.read(&call).await?;
        made(output, &id, &taken)
    }

    async fn proposed(&self, client: &Client) -> Result<Value, Failure> {
        let call = match &self.id {
            Some(id) => Call::to(Route::GetIntent, &[id]),
            None => Call::to(Route::AskIntent, &[]).json(&json!({"text": self.text, "zone": self.zone}))?,
        };
        Ok(client.read(&call).await?)
    }
}

/// What is asked back, with the argument in the place of the API's field.
fn question(intent: &Value) -> Option<String> {
    let question = intent.get("question").filter(|question| !question.is_null())?;
    Some(text(question, "text").replace("Send a `zone`", "Name them with --zone"))
}

fn told(output: Output, intent: &Value) {
    if output.is_json() {
        say::json(intent);
        return;
    }
    let rows = list(intent, "proposals").map(|proposal| {
        let cells = ["proposal", "kind", "body.topic", "body.request.topic", "tasks", "expected_usd", "most_usd"];
        let [nth, kind, topic, of_schedule, tasks, expected, most] = cells.map(|cell| text(proposal, cell));
        let next = list(proposal, "next").next().and_then(Value::as_str).unwrap_or_default().to_owned();
        let near = proposal.get("estimate").map_or(0, |estimate| list(estimate, "near").count());
        let topic = if kind == "task" { topic } else { of_schedule };
        vec![nth, kind, topic, next, tasks, expected, most, if near == 0 { String::new() } else { near.to_string() }]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        output.table(&["", "is", "topic", "next", "tasks", "will cost", "at most", "near"], rows);
    }
    for (name, words) in [("assumed", "Chosen, because nothing is said of it"), ("unread", "Not understood")] {
        let all: Vec<&str> = list(intent, name).filter_map(Value::as_str).collect();
        if !all.is_empty() {
            output.hint(&format!("{words}: {}", all.join("; ")));
        }
    }
    if output == Output::Pipe {
        for one in list(intent, "unread").filter_map(Value::as_str) {
            say::line(&format!("unread\t{}", say::one_line(one)));
        }
    }
    if question(intent).is_some() {
        return;
    }
    let id = text(intent, "intent_id");
    if output == Output::Pipe {
        say::line(&format!("intent\t{id}"));
    }
    output.hint(&format!("Next: galley intent --id {id} --confirm 0"));
}

/// What came of it. One that was refused is a failure, after what was made is said.
fn made(output: Output, id: &str, taken: &Value) -> Result<(), Failure> {
    if output.is_json() {
        say::json(taken);
    }
    let mut refused = Vec::new();
    for result in list(taken, "results") {
        let nth = text(result, "proposal");
        match result.get("problem").filter(|problem| !problem.is_null()) {
            Some(problem) => refused.push(format!("proposal {nth}: {}", why(problem))),
            None if output == Output::Person => say::line(&format!("{} {}", text(result, "kind"), text(result, "id"))),
            None if output == Output::Pipe => say::line(&text(result, "id")),
            None => {}
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    Err(Failure::here(format!("{}\n`galley intent --id {id}` shows what was proposed.", refused.join("\n"))))
}
