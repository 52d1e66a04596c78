//! The documents' commands work: what is marked `sh` is run against the local stack, in its order; `sh aws` needs an account.

use galley_tests::{Galley, documents::blocks, root};
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
        let output = Command::new("bash")
            .arg("-c")
            .arg(&script)
            .env("URL", galley.stack.url())
            .env("OPERATOR", galley.key("operator"))
            .env("VIEWER", galley.key("viewer"))
            .output()
            .await
            .unwrap();
        let told = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "docs/{name}.md: {told}");
    }
    assert!(run >= 15, "{run}");
}

#[tokio::test]
async fn the_tour_of_the_readme_works() {
    let galley = Galley::start().await;
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let tour = text.split("\n## A tour\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let commands = blocks(tour, "sh").concat();
    let place = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(galley.stack.data(), place.path().join(".galley")).unwrap();
    let output = Command::new("bash")
        .args(["-c", &format!("set -euo pipefail\n{commands}")])
        .env("URL", galley.stack.url())
        .current_dir(place.path())
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    let published = galley.get("nobody", "/api/content/published/default").await.expect(200);
    assert!(told.contains("event:"), "the stream told nothing: {told}");
    assert_eq!(published.body["data"][0]["slug"], "http-caching", "{}", published.body);
}
