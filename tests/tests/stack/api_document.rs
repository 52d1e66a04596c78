//! The API's document, held to its word by others' tools: validated, linted, its operations tried with what it says they take, and
//! clients generated from it that run against the stack.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_tests::{
    Galley,
    api_tools::{Fuzzing, document, fuzz, run, tool, tools, unhurried},
    article, options, root,
};
use tempfile::TempDir;
use tokio::process::Command;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn linters_find_nothing_in_the_document() {
    let place = folder();
    let document = document(&Galley::start().await, place.path()).await;
    run(tool("openapi-spec-validator").arg(&document)).await;
    let rules = root().join("tools/api");
    run(tool("redocly").arg("lint").arg(&document).arg("--config").arg(rules.join("redocly.yaml"))).await;
    run(tool("spectral")
        .args(["lint", "--fail-severity", "hint", "--ruleset"])
        .arg(rules.join("spectral.yaml"))
        .arg(&document))
    .await;
}

#[tokio::test]
async fn operations_do_what_the_document_says() {
    let place = folder();
    let galley = Galley::with(unhurried(place.path())).await;
    galley.published("HTTP caching in practice").await;
    let found = fuzz(&galley, place.path(), Fuzzing { who: "admin", examples: 20, seed: 1 }).await.err();
    assert!(found.is_none(), "{}", found.unwrap_or_default());
    galley.get("admin", "/api/auth/me").await.expect(200);
}

/// A stack on which the estimates of a minute are soon used up, with what the clients' flow needs in its environment.
async fn flow(command: &mut Command, galley: &Galley, title: &str) {
    let command = command
        .env("URL", galley.stack.url())
        .env("AUTHOR", galley.key("author"))
        .env("EDITOR", galley.key("editor"))
        .env("VIEWER", galley.key("viewer"))
        .env("TITLE", title)
        .env("ARTICLE", article(title));
    run(command).await;
}

async fn soon_too_much() -> Galley {
    let mut options = options();
    options.parameters.insert("EstimatePerMinute".to_owned(), "2".to_owned());
    Galley::with(options).await
}

#[tokio::test]
async fn a_generated_client_in_python_reads_what_comes() {
    let place = folder();
    let galley = soon_too_much().await;
    let document = document(&galley, place.path()).await;
    let told = run(tool("openapi-python-client")
        .args(["generate", "--meta", "none", "--fail-on-warning", "--path"])
        .arg(&document)
        .arg("--output-path")
        .arg(place.path().join("galley_client")))
    .await;
    assert!(!told.contains("WARNING"), "{told}");
    let mut python = tool("python");
    python.env("PYTHONPATH", place.path()).arg(root().join("tests/clients/flow.py"));
    flow(&mut python, &galley, "HTTP caching by Python").await;
}

#[tokio::test]
async fn generated_clients_in_typescript_are_strict_and_read_what_comes() {
    let place = folder();
    let galley = soon_too_much().await;
    let document = document(&galley, place.path()).await;
    for name in ["flow-openapi-fetch.ts", "flow-hey-api.ts", "tsconfig.json"] {
        std::fs::copy(root().join("tests/clients").join(name), place.path().join(name)).unwrap();
    }
    std::os::unix::fs::symlink(tools().join("node_modules"), place.path().join("node_modules")).unwrap();
    run(tool("openapi-typescript").arg(&document).arg("--output").arg(place.path().join("schema.ts"))).await;
    run(tool("openapi-ts")
        .current_dir(place.path())
        .arg("--input")
        .arg(&document)
        .arg("--output")
        .arg(place.path().join("hey")))
    .await;
    run(tool("tsc").arg("--project").arg(place.path())).await;
    for (program, title) in
        [("flow-openapi-fetch.js", "HTTP caching by fetch"), ("flow-hey-api.js", "HTTP caching by functions")]
    {
        let mut node = tool("node");
        node.arg(place.path().join("out").join(program));
        flow(&mut node, &galley, title).await;
    }
}
