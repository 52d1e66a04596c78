//! `make wordpress` keeps a real WordPress running beside `make run`; `make demo-publish` sends one article to one, changes it, takes it
//! down, and prints what WordPress says each time.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#![expect(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null")]

use std::process::ExitCode;

use galley_tests::{
    Galley, options, usage,
    wordpress::{self, HOST, WordPress},
};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: publish demo | wordpress ADDRESS";
const TARGETS: &str = "/api/admin/targets";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if usage::told(USAGE) {
        return ExitCode::SUCCESS;
    }
    let missing = wordpress::missing();
    if !missing.is_empty() {
        println!("A WordPress needs {}: apt-get install {}", missing.join(", "), wordpress::PACKAGES);
        return ExitCode::FAILURE;
    }
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["demo"] => demo().await,
        ["wordpress", address] => match address.parse() {
            Ok(address) => keep(&WordPress::start_at(address)).await,
            Err(_) => return misused(),
        },
        _ => return misused(),
    }
    ExitCode::SUCCESS
}

fn misused() -> ExitCode {
    println!("{USAGE}");
    ExitCode::from(2)
}

/// A person adds it to a stack that runs beside it.
async fn keep(wordpress: &WordPress) {
    let address = wordpress.address();
    println!("A WordPress runs at http://{address}. Ctrl-C ends it, and what is in it.\n");
    println!("`make run` reaches it as https://{HOST}. With the key of its admin it becomes a target of blog posts:\n");
    let mut target = wordpress.target("blog", "editor");
    target["default_for"] = json!(["blog_post"]);
    println!("  curl -s http://127.0.0.1:8787{TARGETS} -H \"Authorization: Bearer $ADMIN_KEY\" \\");
    println!("    -H 'Content-Type: application/json' -d '{target}'\n");
    println!("Then create a task, approve it, and look at http://{address}.");
    if let Ok(mut terminated) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    }
}

async fn demo() {
    let wordpress = WordPress::start();
    let mut options = options();
    options.parameters.insert("CallbackStandIns".into(), wordpress.stand_in());
    let galley = Galley::with(options).await;
    println!("Galley runs at {}, a WordPress at http://{}.", galley.stack.url(), wordpress.address());

    let made = galley.post("admin", TARGETS, wordpress.target("blog", "editor")).await.expect(201);
    println!("\nMade the target {}; its secret is shown to nobody.", made.body["name"]);
    let tested = galley.post("admin", &format!("{TARGETS}/blog/test"), json!({})).await.expect(200);
    println!("Tested it: {}", tested.body);

    let body = json!({"topic": "How HTTP caching works", "target_length": 400, "quality_preference": "fast",
        "publish_to": ["blog"], "tags": ["http", "performance"], "categories": ["Web"]});
    let task = galley.create(body).await;
    galley.wait(&task, "awaiting_approval").await;
    println!("\nCreated {task}, which goes to it.");
    let demo = Demo { wordpress, galley, task };
    demo.publish("How HTTP caching works", "Approved and published.").await;
    demo.publish("How HTTP caching works, in practice", "Another text, approved and published.").await;
    demo.galley.post("editor", &format!("{}/unpublish", demo.task), json!({})).await.expect(200);
    demo.told("Taken down.", "gone").await;
}

struct Demo {
    wordpress: WordPress,
    galley: Galley,
    task: String,
}

impl Demo {
    async fn publish(&self, title: &str, told: &str) {
        let revision = self.galley.write(&self.task, title).await.expect(200).body["revision"].clone();
        self.galley.approve(&self.task, json!({"revision": revision})).await.expect(200);
        self.told(told, "placed").await;
    }

    /// What the task says of its target once that rests, and what WordPress says to a reader and to its editor.
    async fn told(&self, what: &str, state: &str) {
        let path = format!("{}/targets", self.task);
        let placement = async || self.galley.get("viewer", &path).await.expect(200).body["data"][0].clone();
        self.galley.until(async || placement().await["status"] == state).await;
        println!(
            "\n{what}\n  Galley:                 {}",
            fields(&placement().await, &["status", "revision", "attempts", "remote_id"])
        );
        let readers = self.wordpress.ask_as_reader("/posts?search=caching").await;
        let readers: Vec<&Value> = readers.as_array().into_iter().flatten().collect();
        println!("  WordPress to a reader:  {}", if readers.is_empty() { "nothing" } else { "" });
        for post in readers {
            println!("    {} {}", post["title"]["rendered"], post["link"]);
        }
        println!("  WordPress to an editor:");
        for post in self.wordpress.posts().await {
            let tags = post["tags"].as_array().map_or(0, Vec::len);
            println!("    {}, {tags} tags", fields(&post, &["id", "status", "slug", "modified"]));
        }
    }
}

fn fields(value: &Value, names: &[&str]) -> String {
    names.iter().map(|name| format!("{name} {}", value[name])).collect::<Vec<_>>().join(", ")
}
