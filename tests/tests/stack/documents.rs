//! The documents' commands work: what is marked `sh` is run against the local stack, in its order; `sh aws` needs an account.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::similar_names, reason = "a test fails by a panic")]

use galley_tests::{
    Galley,
    documents::{blocks, says},
    request, root,
};
use tokio::process::Command;

#[tokio::test]
async fn every_command_of_the_operators_documents_works() {
    let mut run = 0;
    for name in ["runbook", "deploy", "disaster-recovery", "incident", "api-versioning", "safety"] {
        let text = std::fs::read_to_string(root().join(format!("docs/{name}.md"))).unwrap();
        let blocks = blocks(&text, "sh");
        if blocks.is_empty() {
            continue;
        }
        run += blocks.len();
        let galley = Galley::start().await;
        let script = format!("set -euo pipefail\n{}", blocks.join("\n"));
        let task = galley.create(request()).await;
        let folder = tempfile::tempdir().unwrap();
        let output = bash(&galley, &folder, &script)
            .env("URL", galley.stack.url())
            .env("GALLEY_TOKEN", galley.key("operator"))
            .env("VIEWER", galley.key("viewer"))
            .env("TASK", task.rsplit('/').next().unwrap())
            .output()
            .await
            .unwrap();
        let told = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "docs/{name}.md: {told}");
    }
    assert!(run >= 15, "{run}");
}

/// A folder beside a stack, as the clone's is: with the stack's data, and settings of its own.
fn place_beside(galley: &Galley) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(galley.stack.data(), place.path().join(".galley")).unwrap();
    place
}

/// Bash with `galley` on its path.
fn bash(galley: &Galley, place: &tempfile::TempDir, script: &str) -> Command {
    let programs = galley_tests::options().binaries;
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(place.path()).env("PATH", path);
    command.env("GALLEY_URL", galley.stack.url()).env("GALLEY_CONFIG_DIR", place.path()).env_remove("GALLEY_TOKEN");
    command
}

#[tokio::test]
async fn the_tour_of_the_readme_works() {
    let galley = Galley::start().await;
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let (text, webhooks, limits) = (read("README.md"), read("docs/webhooks.md"), read("docs/authentication.md"));
    let part = |text: &str, head: &str| text.split(head).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let tour = blocks(&part(&text, "\n## A tour\n"), "sh").concat();
    // These two build on the tour's profiles.
    let webhook = blocks(&part(&webhooks, "\n## Trying it\n"), "sh").concat();
    let operator = "galley login --key-file .galley/keys.json --as operator --profile operator\n";
    let limits = blocks(&limits, "sh").concat();
    let place = place_beside(&galley);
    let script = format!("set -euo pipefail\n{tour}{webhook}{operator}{limits}");
    let output = bash(&galley, &place, &script).output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let published = galley.get("nobody", "/api/content/published/default").await.expect(200);
    assert_eq!(published.body["data"][0]["slug"], "http-caching", "{}", published.body);
    assert!(told.contains("evt-") && told.contains("create_per_minute"), "{told}");
}

#[tokio::test]
async fn the_commands_of_the_agents_document_work() {
    let galley = Galley::start().await;
    let text = std::fs::read_to_string(root().join("docs/agents.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = format!("set -euo pipefail\n{}", blocks(&text, "sh").concat());
    let output = bash(&galley, &folder, &script).env("GALLEY_TOKEN", galley.key("admin")).output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("production of House style is version 1"), "{told}");
    assert!(told.contains("task_") && told.contains("/production@2"), "{told}");
}

/// What a session of a document says: commands after `$ `, then what they print, `…` for what differs, and `? 1` for a code.
#[tokio::test]
async fn the_sessions_of_the_command_lines_document_say_what_they_say() {
    const MARK: &str = "@@@";
    let galley = Galley::start().await;
    let text = std::fs::read_to_string(root().join("docs/cli.md")).unwrap();
    let lines: Vec<String> = blocks(&text, "console").concat().lines().map(str::to_owned).collect();
    let mut wanted: Vec<(String, Vec<String>)> = Vec::new();
    for line in lines {
        match line.strip_prefix("$ ") {
            Some(command) => wanted.push((command.to_owned(), Vec::new())),
            None => wanted.last_mut().unwrap().1.push(line),
        }
    }
    assert!(wanted.len() >= 10, "{}", wanted.len());
    let commands = wanted
        .iter()
        .map(|(command, _)| format!("{command}\ncode=$?; [ $code = 0 ] || echo \"? $code\"\necho {MARK}\n"));
    let script = format!("exec 2>&1\n{}", commands.collect::<String>());
    let place = place_beside(&galley);
    let output = bash(&galley, &place, &script).output().await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    for ((command, lines), said) in wanted.iter().zip(told.split(&format!("{MARK}\n"))) {
        assert!(says(lines, said), "$ {command}\nsaid:\n{said}\nnot:\n{}", lines.join("\n"));
    }
}
