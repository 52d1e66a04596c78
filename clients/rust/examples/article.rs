//! The examples of the README, as one program: a test holds both to one text, and runs what is in it.
#![allow(unreachable_pub, clippy::print_stdout, reason = "a program whose functions a test calls")]

use std::time::Duration;

use galley_client::{
    Client, Error, SecretString,
    api::{review::Edit, route::Route},
    call::Call,
    task::NewTask,
};
use serde_json::Value;

/// Asks for an article, writes it anew, and has it published.
pub async fn publish(client: &Client, markdown: String) -> Result<Value, Error> {
    let request = NewTask { target_length: Some(200), ..NewTask::about("How HTTP caching works") };
    let task = client.create_task(&request).await?;
    let draft = client.wait_until(&task.task_id, Duration::from_mins(5), |task| !task.status.moves()).await?;

    // A person decides. `edit` takes the version that was read, `approve` the revision.
    let title = "HTTP caching in practice".to_owned();
    let text = Edit { title, html: None, markdown: Some(markdown), excerpt: None, seo: None };
    let edited = client.edit(&draft.task_id, draft.version, &text).await?;
    let decision = client.approve(&edited.task_id, edited.revision, "Reads well, publish it.").await?;

    // What has no name of its own is a call to its route.
    let address = decision.published_url.unwrap_or_default();
    let mut path = address.rsplit('/');
    let (slug, tenant) = (path.next().unwrap_or_default(), path.next().unwrap_or_default());
    client.read(&Call::to(Route::GetPublished, &[tenant, slug])).await
}

/// What a refusal says.
pub async fn refusals(client: &Client) -> Result<Vec<String>, Error> {
    let mut said = Vec::new();
    let forbidden = client.send(&Call::to(Route::ListKeys, &[])).await;
    let invalid = client.create_task(&NewTask::about("ab")).await;
    for error in forbidden.err().into_iter().chain(invalid.err()) {
        // What is no refusal of the API: no answer, an address that is none.
        let Some(problem) = error.problem() else { return Err(error) };
        let fields: Vec<_> = problem.fields().iter().map(|one| one.field.as_str()).collect();
        said.push(format!("{} {} {fields:?}", problem.kind(), problem.status()));
    }
    Ok(said)
}

/// All tasks, page after page, and the last change of the newest, over a stream that goes on where it was cut.
pub async fn newest(client: &Client) -> Result<Option<(String, String)>, Error> {
    use futures_util::TryStreamExt;
    use galley_client::Followed;

    let mut tasks = std::pin::pin!(client.tasks());
    let Some(newest) = tasks.try_next().await? else { return Ok(None) };
    let mut changes = std::pin::pin!(client.follow(&newest.task_id));
    let mut last = newest.status;
    while let Some(Followed::Task(task)) = changes.try_next().await? {
        last = task.status;
    }
    Ok(Some((newest.topic, last.to_string())))
}

/// What comes to a `callback_url`: 401 to all but what is no event.
pub fn received<'a>(secret: &SecretString, header: impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> (u16, String) {
    use galley_client::webhook::{Verifier, WebhookError};

    let callback = Verifier::new([secret]).and_then(|verifier| verifier.verify(header, body));
    match callback {
        // The same id at every try: whoever has seen it does nothing.
        Ok(callback) => (200, format!("{} {}", callback.kind, callback.id)),
        Err(error @ WebhookError::NoEvent) => (400, error.to_string()),
        Err(error) => (401, error.to_string()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client =
        Client::builder(&std::env::var("GALLEY_URL")?)?.token(std::env::var("GALLEY_TOKEN")?.into()).build()?;
    let markdown = std::fs::read_to_string(std::env::args().nth(1).unwrap_or_default())?;
    println!("{}", publish(&client, markdown).await?);
    println!("{:?}", refusals(&client).await?);
    println!("{:?}", newest(&client).await?);
    Ok(())
}
