//! What holds the API's document to its word: others' tools, which `make api-tools` installs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use galley_local::Options;
use tokio::process::Command;

use crate::{Galley, options, root};

/// Where `make` has put the tools.
pub fn tools() -> PathBuf {
    let tools = root().join(".tools/api");
    assert!(tools.join(".installed").exists(), "no tools for the API's document: run `make api-tools`");
    tools
}

/// The options of a stack that no limit and no throttle of the gateway slows down. A throttle has no part in what is tried here.
pub fn unhurried(place: &Path) -> Options {
    let template = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let unthrottled: Vec<String> = template
        .lines()
        .map(|line| match line.split_once("Limit: ") {
            Some((name, _)) if name.trim_start().starts_with("Throttling") => format!("{name}Limit: 10000"),
            _ => line.to_owned(),
        })
        .collect();
    let path = place.join("template.yaml");
    std::fs::write(&path, unthrottled.join("\n")).unwrap();
    let mut options = options();
    for limit in options.parameters.values_mut() {
        "10000".clone_into(limit);
    }
    for limit in ["UserTasksPerDay", "OrgTasksPerDay"] {
        options.parameters.insert(limit.to_owned(), "10000".to_owned());
    }
    Options { template: path, ..options }
}

/// The document as it is served, in `place`.
pub async fn document(galley: &Galley, place: &Path) -> PathBuf {
    let document = galley.get("nobody", "/api/openapi.json").await.expect(200);
    let path = place.join("openapi.json");
    std::fs::write(&path, document.body.to_string()).unwrap();
    path
}

/// Runs a tool that must succeed.
pub async fn run(command: &mut Command) -> String {
    let told = ended(command).await;
    told.unwrap_or_else(|told| panic!("{command:?}: {told}"))
}

/// What a tool says on its standard output and error.
async fn ended(command: &mut Command) -> Result<String, String> {
    let bin = tools().join("node_modules/.bin");
    let node = root().join(".tools/node/bin");
    let path = std::env::join_paths([tools().join("bin"), bin, node, "/usr/bin".into(), "/bin".into()]).unwrap();
    let output = command
        .env("PATH", path)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let told = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(told) } else { Err(told) }
}

/// One of the tools.
pub fn tool(name: &str) -> Command {
    let tools = tools();
    let found = [
        tools.join("bin").join(name),
        tools.join("node_modules/.bin").join(name),
        root().join(".tools/node/bin").join(name),
    ];
    Command::new(found.iter().find(|path| path.exists()).unwrap_or_else(|| panic!("no tool is called {name}")))
}

/// How many examples of each operation are tried, and whose key they are tried with.
#[derive(Clone, Debug)]
pub struct Fuzzing<'a> {
    pub who: &'a str,
    pub examples: u32,
    pub seed: u32,
}

/// The paths of about half of the operations: those of a tenant's admins, of operators and of whoever signs in.
const ONE_HALF: &str = "^/api/(admin|auth)/";

/// Tries each operation with what the document says that it takes, and with what it says that it refuses.
/// `tools/api/schemathesis.toml` has the exceptions. Each half of the operations has a process: to think of examples takes most of the
/// time, and one process thinks on one processor.
///
/// # Errors
/// What was found.
pub async fn fuzz(galley: &Galley, place: &Path, fuzzing: Fuzzing<'_>) -> Result<String, String> {
    let document = document(galley, place).await;
    let half = async |chosen: &str| {
        let folder = tempfile::tempdir_in(place).unwrap();
        let mut command = tool("schemathesis");
        command
            .current_dir(folder.path())
            .arg("--config-file")
            .arg(root().join("tools/api/schemathesis.toml"))
            .arg("run");
        command.args(["--seed", &fuzzing.seed.to_string(), "--max-examples", &fuzzing.examples.to_string()]);
        command.args(["--continue-on-failure", "--no-color", "--url", &galley.stack.url()]);
        command.args(["--header", &format!("Authorization: Bearer {}", galley.key(fuzzing.who))]);
        ended(command.args([chosen, ONE_HALF]).arg(&document)).await
    };
    match tokio::join!(half("--include-path-regex"), half("--exclude-path-regex")) {
        (Ok(one), Ok(other)) => Ok(one + &other),
        (one, other) => Err([one, other].map(|half| half.unwrap_or_else(|found| found)).concat()),
    }
}
