//! The demonstration: one real task from the request to the live article, told as it happens.

use std::{path::PathBuf, time::Duration};

use galley_local::{Options, Stack, seed};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const TOPIC: &str = "How HTTP caching works";
/// A model on a slow machine may need minutes.
const PATIENCE: Duration = Duration::from_mins(10);

struct Demo {
    client: Client,
    url: String,
    admin: String,
}

pub(crate) async fn run(options: Options) -> Result<(), String> {
    let with_model = options.parameters.contains_key("LlmBaseUrl") && options.parameters.contains_key("LlmModel");
    let stack = Stack::start(options).await.map_err(|error| error.to_string())?;
    let keys = seed::dev_keys(&stack).await.map_err(|error| error.to_string())?;
    let demo = Demo { client: Client::new(), url: stack.url(), admin: keys.get("admin").cloned().unwrap_or_default() };
    println!("The stack runs at {}.", demo.url);
    let told = demo.tell(with_model, stack.data().join("demo")).await;
    stack.stop().await.map_err(|error| error.to_string())?;
    told
}

impl Demo {
    async fn tell(&self, with_model: bool, folder: PathBuf) -> Result<(), String> {
        if !with_model {
            println!(
                "No model is configured (GALLEY_LLM_BASE_URL, GALLEY_LLM_MODEL): the built-in outline generator writes."
            );
        }
        let body = json!({"topic": TOPIC, "target_length": 800, "tags": ["http", "performance"]});
        let task = self.ask(Method::POST, "/api/content/tasks", Some(body)).await?;
        let path = format!("/api/content/tasks/{}", text(&task, "task_id"));
        println!("\nCreated {} on \"{TOPIC}\".", text(&task, "task_id"));

        let task = self.follow(&path).await?;
        println!(
            "\n\"{}\", {} words, overall score {}",
            text(&task, "title"),
            task["word_count"],
            task["quality_score"]
        );
        for (criterion, score) in task["quality"].as_object().into_iter().flatten() {
            println!("  {criterion:<13} {score}");
        }
        let blockers: Vec<&str> = task["blockers"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|blocker| blocker["message"].as_str())
            .collect();
        for blocker in &blockers {
            println!("  held back: {blocker}");
        }

        let mut decision =
            json!({"approved": true, "human_feedback": "Approved by the demonstration.", "reviewer_id": "dev-admin"});
        if !blockers.is_empty() {
            println!("\nApproving all the same, with an admin's override, which is recorded.");
            decision["override_blockers"] = json!(true);
        }
        let decided = self.ask(Method::POST, &format!("{path}/approve"), Some(decision)).await?;
        println!("\n{}", text(&decided, "message"));

        let url = text(&decided, "published_url");
        let article = self.ask(Method::GET, &url, None).await?;
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let file = folder.join("article.html");
        std::fs::write(&file, page(&article)).map_err(|error| error.to_string())?;
        println!("Live at {url}; a copy is in {}.", file.display());
        Ok(())
    }

    /// Polls the task, as a client would, until it rests.
    async fn follow(&self, path: &str) -> Result<Value, String> {
        let start = std::time::Instant::now();
        let mut shown = String::new();
        while start.elapsed() < PATIENCE {
            let task = self.ask(Method::GET, path, None).await?;
            let line = format!("{:>3} %  {}", task["progress"]["percentage"], text(&task["progress"], "message"));
            if line != shown {
                println!("  {line}");
                shown = line;
            }
            match text(&task, "status").as_str() {
                "awaiting_approval" => return Ok(task),
                "failed" => return Err(format!("the task failed: {}", task["error"])),
                // Within the 30 reads of a minute.
                _ => {
                    tokio::time::sleep(Duration::from_millis(2100).min(Duration::from_millis(300) + start.elapsed()))
                        .await;
                }
            }
        }
        Err("the task did not come to rest".to_owned())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, String> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.admin));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let answer: Value = response.json().await.map_err(|error| error.to_string())?;
        if status.is_success() { Ok(answer) } else { Err(format!("{path} answered {status}: {answer}")) }
    }
}

/// The article as a page that can be opened. Its content was cleaned before it was published.
fn page(article: &Value) -> String {
    let escape = |text: String| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let title = escape(text(article, "title"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>body{{max-width:42rem;margin:3rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,serif;color:#222}}blockquote{{border-left:3px solid #bbb;margin-left:0;padding-left:1rem;color:#555}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{}\n</body>\n</html>\n",
        text(article, "content")
    )
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
