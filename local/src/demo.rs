//! The demonstration: runs one real task from the request to the live article and prints its progress.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use galley_local::{
    Options, Stack,
    fake_providers::{FakeProviders, PAGES, Temper},
    folder,
    seed::{self, Keys},
};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const TOPIC: &str = "How HTTP caching works";
/// A model on a slow machine may need minutes.
const PATIENCE: Duration = Duration::from_mins(10);

/// Starts a stack and returns it with its keys.
pub(crate) trait Start: AsyncFnOnce(Options) -> Result<(Stack, Keys), String> {}
impl<T: AsyncFnOnce(Options) -> Result<(Stack, Keys), String>> Start for T {}

struct Demo {
    client: Client,
    url: String,
    site: String,
    admin: String,
}

pub(crate) async fn run(options: Options, start: impl Start) -> Result<(), String> {
    let with_model = options.parameters.contains_key("LlmBaseUrl")
        || options.parameters.contains_key("CatalogueFile")
        || options.provider_keys.keys().any(|name| !["serper", "pexels"].contains(&name.as_str()));
    let (stack, keys) = start(options).await?;
    let demo = Demo {
        client: Client::new(),
        url: stack.url(),
        site: format!("{}/site/{}", stack.site_url(), seed::TENANT),
        admin: keys.get("admin").cloned().unwrap_or_default(),
    };
    println!("The stack runs at {}.", demo.url);
    let told = demo.tell(with_model, stack.data().join("demo")).await;
    stack.stop().await.map_err(|error| error.to_string())?;
    told
}

/// The same with fake providers: one fails, and the first draft is poor.
pub(crate) async fn run_pipeline(mut options: Options, start: impl Start) -> Result<(), String> {
    let temper = Temper {
        latency: Duration::from_millis(700),
        down: BTreeSet::from(["fake-openai".to_owned()]),
        begins_poorly: true,
        scores: vec![35],
        ..Temper::default()
    };
    let fake = pretend(&mut options, temper).await?;
    println!("Fake providers answer at {}, 0.7 s each; fake-openai will fail.", fake.address);
    // The provider passes the availability check and fails the real calls.
    let failing = fake.clone();
    fake.temper(|temper| temper.down.clear());
    tokio::spawn(async move {
        while failing.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        failing.temper(|temper| temper.down.extend(["fake-openai".to_owned()]));
    });
    run(options, start).await
}

/// Has the stack ask made-up providers, and no others.
pub(crate) async fn pretend(options: &mut Options, temper: Temper) -> Result<FakeProviders, String> {
    let fake = FakeProviders::start(temper).await.map_err(|error| error.to_string())?;
    let folder = options.data.clone().unwrap_or_else(|| PathBuf::from(".galley")).join("demo");
    folder::make(&folder).map_err(|error| error.to_string())?;
    let file = std::path::absolute(folder.join("models.json")).map_err(|error| error.to_string())?;
    folder::replace(&file, fake.catalogue().to_string().as_bytes()).map_err(|error| error.to_string())?;
    options.parameters.insert("CatalogueFile".to_owned(), file.display().to_string());
    options.parameters.insert("CallbackStandIns".to_owned(), format!("{PAGES}={}", fake.address));
    options.provider_keys = FakeProviders::keys();
    Ok(fake)
}

impl Demo {
    async fn tell(&self, with_model: bool, folder: PathBuf) -> Result<(), String> {
        if !with_model {
            println!(
                "No model is configured (OPENAI_API_KEY, GALLEY_LLM_BASE_URL …): the built-in outline generator writes."
            );
        }
        let body = json!({"topic": TOPIC, "target_length": 800, "tags": ["http", "performance"]});
        let task = self.ask(Method::POST, "/api/content/tasks", Some(body)).await?;
        let path = format!("/api/content/tasks/{}", text(&task, "task_id"));
        println!("\nCreated {} on \"{TOPIC}\".", text(&task, "task_id"));

        let task = self.follow(&path).await?;
        let score = task["quality_score"].as_u64();
        let score =
            score.map_or("no overall score: it is held back".to_owned(), |score| format!("overall score {score}"));
        println!("\n\"{}\", {} words, {score}", text(&task, "title"), task["word_count"]);
        for (criterion, score) in task["quality"].as_object().into_iter().flatten() {
            println!("  {criterion:<13} {score}");
        }
        self.tell_provenance(&path).await?;
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
        println!("Live at {url}.");
        self.keep(url.rsplit('/').next().unwrap_or_default(), folder).await?;
        println!(
            "\n`make run` keeps a stack running and prints the addresses of its console, where drafts are reviewed, and of its site."
        );
        Ok(())
    }

    /// Keeps what readers and their programs are shown: the article's page with its style, and the feed.
    async fn keep(&self, slug: &str, folder: PathBuf) -> Result<(), String> {
        let page = self.read(slug).await?;
        let asset = page.split_once("/assets/").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
        let asset = asset.ok_or("the page names no style")?.to_owned();
        let style = self.read(&format!("assets/{asset}")).await?;
        // A folder is no domain: the style is beside the page.
        let path = format!("/site/{}", seed::TENANT);
        let page = page.replace(&format!("{path}/assets/{asset}"), "site.css");
        folder::make(&folder).map_err(|error| error.to_string())?;
        let (feed, keeps) = (self.read("feed.xml").await?, folder.join("article.html"));
        for (name, text) in [("article.html", &page), ("site.css", &style), ("feed.xml", &feed)] {
            folder::replace(&folder.join(name), text.as_bytes()).map_err(|error| error.to_string())?;
        }
        println!("Its page, {path}/{slug} of the site, is kept in {}, and the site's feed beside it.", keeps.display());
        Ok(())
    }

    /// What the site has at a path of its own.
    async fn read(&self, path: &str) -> Result<String, String> {
        let answered = self.client.get(format!("{}/{path}", self.site)).send().await;
        let answered = answered.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
        answered.text().await.map_err(|error| error.to_string())
    }

    /// Prints sources, models, scores and costs of the article.
    async fn tell_provenance(&self, path: &str) -> Result<(), String> {
        let story = self.ask(Method::GET, &format!("{path}/provenance?limit=100"), None).await?;
        let calls = story["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        if calls.is_empty() {
            return Ok(());
        }
        println!("\nDrafts:");
        for draft in story["revision"]["drafts"].as_array().into_iter().flatten() {
            let what = match draft["refinement"].as_u64() {
                Some(0) => "first draft".to_owned(),
                nth => format!("refinement {}", nth.unwrap_or_default()),
            };
            let judge = draft["judge"].as_str().map_or_else(String::new, |judge| format!(", judged by {judge}"));
            let chosen = if draft["chosen"] == true { "  <- chosen" } else { "" };
            println!("  {what:<13} {:>3}  by {}{judge}{chosen}", draft["score"], text(draft, "model"));
        }
        let sources = story["revision"]["references"].as_array().map(Vec::as_slice).unwrap_or_default();
        println!("\n{}", if sources.is_empty() { "No sources: there is no key for searches." } else { "Sources:" });
        for source in sources {
            println!("  {} ({})", text(source, "title"), text(source, "url"));
        }
        let image = &story["revision"]["featured_image"];
        if image.is_object() {
            println!("\nPhotograph by {}, {}", text(image, "photographer"), text(image, "licence"));
        }
        println!("\nCalls:");
        for call in calls.iter().rev() {
            let model = format!("{}/{}", text(call, "provider"), text(call, "model"));
            let (latency, cost) = (&call["latency_ms"], text(call, "cost_usd"));
            println!("  {:<9} {model:<24} {:<9} {latency:>6} ms  ${cost}", text(call, "phase"), text(call, "outcome"));
        }
        println!("  in all ${}", text(&story, "cost_usd"));
        for (phase, routed) in story["models"].as_object().into_iter().flatten() {
            if let Some(reason) = routed["reason"].as_str() {
                println!("  {phase} by {} instead: {reason}", text(routed, "model"));
            }
        }
        Ok(())
    }

    /// Polls the task, as a client would, until it waits for a person or has ended.
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
                // Slow enough for the limit of 30 reads a minute.
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

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
