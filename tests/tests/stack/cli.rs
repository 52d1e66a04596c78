//! The command line as somebody uses it, against the whole stack.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::similar_names,
    reason = "a test fails by a panic"
)]

use std::{
    fs::File,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};

use galley_client::{
    SecretString,
    webhook::{Callback, Verifier},
};
use galley_tests::{Galley, article, wordpress::WordPress};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command};

/// Somebody with a home folder of their own.
pub(crate) struct Terminal<'a> {
    galley: &'a Galley,
    pub(crate) home: TempDir,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl<'a> Terminal<'a> {
    pub(crate) fn of(galley: &'a Galley) -> Self {
        Self { galley, home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let program = galley_tests::options().binaries.join("galley");
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.home.path());
        command.args(arguments).current_dir(self.home.path());
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().await.unwrap())
    }

    pub(crate) fn url(&self) -> String {
        self.galley.stack.url()
    }

    /// As `who`, by the environment.
    pub(crate) async fn run_as(&self, who: &str, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command.env("GALLEY_URL", self.galley.stack.url());
        if who != "nobody's" {
            command.env("GALLEY_TOKEN", self.galley.key(who));
        }
        said(command.output().await.unwrap())
    }

    async fn log_in(&self, who: &str) -> Said {
        let keys = self.galley.stack.data().join("keys.json");
        let keys = keys.to_str().unwrap();
        self.run(&["login", "--url", &self.galley.stack.url(), "--key-file", keys, "--as", who, "--profile", who]).await
    }
}

pub(crate) fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[tokio::test]
async fn an_article_goes_from_the_terminal_to_the_public() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let refused = terminal.run(&["tasks", "list"]).await.expect(4);
    assert!(refused.err.contains("galley login --key-file"), "{}", refused.err);
    let entered = terminal.log_in("editor").await.expect(0);
    assert!(entered.out.starts_with("dev-editor is editor of default at http"), "{}", entered.out);
    assert!(entered.err.contains("profile editor is in use now"), "{}", entered.err);
    let me = terminal.run(&["whoami", "--json"]).await.expect(0).json();
    assert_eq!((me["role"].as_str(), me["key_from"].as_str()), (Some("editor"), Some("the profile")));
    let profiles = terminal.run(&["profiles"]).await.expect(0).out;
    assert!(profiles.ends_with("\tin use\teditor\tdefault\tdev-editor\n"), "{profiles}");

    let create = ["tasks", "create", "How HTTP caching works", "--length", "200", "--wait"];
    let task = terminal.run(&create).await.expect(0).out.trim().to_owned();
    assert!(task.starts_with("task_"), "an id alone, because it is piped: {task}");
    let listed = terminal.run(&["tasks", "list", "--status", "awaiting_approval"]).await.expect(0);
    assert!(listed.out.contains(&format!("{task}\tawaiting_approval\t")), "{}", listed.out);
    assert_eq!(terminal.run(&["review", "next", "--json"]).await.expect(0).json()["task"]["task_id"], task);
    let shown = terminal.run(&["review", "show", &task]).await.expect(0);
    assert!(shown.out.contains("kept back: "), "{}", shown.out);
    let watched = terminal.run(&["tasks", "watch", &task]).await.expect(0);
    assert!(watched.out.contains("awaiting_approval"), "{}", watched.out);

    let blocked = terminal.run(&["review", "approve", &task, "-m", "Reads well, publish it."]).await.expect(1);
    assert!(blocked.err.contains("outline: ") && blocked.err.contains("galley review edit"), "{}", blocked.err);
    assert!(blocked.err.contains("\nrequest ") && !blocked.err.contains("override_blockers"), "{}", blocked.err);
    let draft = format!("title: HTTP caching in practice\nexcerpt: \n---\n{}", article("HTTP caching in practice"));
    std::fs::write(terminal.home.path().join("mine.md"), draft).unwrap();
    let edited = terminal.run(&["review", "edit", &task, "--file", "mine.md"]).await.expect(0);
    assert!(edited.out.contains("\nIt is revision 2\n"), "{}", edited.out);
    let unnamed = terminal.run(&["review", "approve", &task, "-m", "Reads well, publish it."]).await.expect(1);
    assert!(unnamed.err.contains(&format!("galley review approve {task} --revision 2")), "{}", unnamed.err);
    let approve = ["review", "approve", &task, "--revision", "2", "-m", "Reads well, publish it."];
    for (who, message, refusal) in [
        ("editor", "no", "--message must be 10 to 1000 characters"),
        ("viewer", "Reads well, publish it.", "Role `editor` or higher"),
    ] {
        let dry = ["review", "approve", &task, "--revision", "2", "-m", message, "--dry-run"];
        let refused = terminal.run_as(who, &dry).await.expect(1);
        assert!(refused.err.contains(refusal), "{who}: {}", refused.err);
    }
    let dry = terminal.run(&[&approve[..], &["--dry-run"]].concat()).await.expect(0);
    assert!(dry.out.starts_with("Would approve revision 2 of task_"), "{}", dry.out);
    let approved = terminal.run(&approve).await.expect(0);
    let shown = terminal.run(&["tasks", "show", &task]).await.expect(0).out;
    assert!(shown.lines().any(|line| line == "live         revision 2"), "{shown}");
    let address = approved.out.lines().last().unwrap();
    assert!(address.ends_with("/api/content/published/default/http-caching-in-practice"), "{address}");
    let path = address.strip_prefix(&galley.stack.url()).unwrap();
    galley.get("nobody", path).await.expect(200);

    let done = terminal.run(&["tasks", "cancel", &task, "--dry-run"]).await.expect(1);
    assert!(done.err.contains("would not be cancelled: it is published"), "{}", done.err);
    let spared = terminal.run(&["unpublish", &task, "--dry-run"]).await.expect(0);
    assert!(spared.out.contains("down for good"), "{}", spared.out);
    galley.get("nobody", path).await.expect(200);
    terminal.run(&["unpublish", &task, "--reason", "It was a test"]).await.expect(0);
    galley.get("nobody", path).await.expect(404);
}

#[tokio::test]
async fn the_environment_wins_over_a_profile_whose_key_stays_at_home() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    terminal.log_in("viewer").await.expect(0);
    let me = terminal.run_as("admin", &["whoami", "--json"]).await.expect(0).json();
    assert_eq!((me["subject"].as_str(), me["key_from"].as_str()), (Some("dev-admin"), Some("GALLEY_TOKEN")));
    assert_eq!(me["overridden"], serde_json::json!(["GALLEY_URL", "GALLEY_TOKEN"]));
    let mut elsewhere = terminal.command(&["whoami"]);
    let elsewhere = said(elsewhere.env("GALLEY_URL", "http://127.0.0.1:1").output().await.unwrap()).expect(4);
    assert!(elsewhere.err.contains("there is no key for http://127.0.0.1:1"), "{}", elsewhere.err);
    let mut clear = terminal.command(&["whoami"]);
    clear.env("GALLEY_URL", "http://galley.example").env("GALLEY_TOKEN", "a-key");
    let clear = said(clear.output().await.unwrap()).expect(1);
    assert!(clear.err.contains("by https alone"), "{}", clear.err);
}

#[tokio::test]
async fn what_goes_wrong_has_a_code_and_says_what_to_do() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let field = terminal.run_as("author", &["tasks", "create", "ab"]).await.expect(1);
    assert!(field.err.contains("\n  topic: must be 3 to 200 characters"), "{}", field.err);
    let told = terminal.run_as("author", &["tasks", "create", "ab", "--json"]).await.expect(1);
    let told: Value = serde_json::from_str(&told.err).unwrap();
    assert_eq!(told["error"]["type"], "urn:galley:problem:invalid");
    assert_eq!(
        (told["error"]["errors"][0]["field"].as_str(), told["error"]["status"].as_u64()),
        (Some("topic"), Some(400))
    );
    let unknown =
        terminal.run_as("viewer", &["tasks", "show", "task_01990000000070008000000000000001"]).await.expect(1);
    assert!(unknown.err.contains("galley tasks list"), "{}", unknown.err);
    let role = terminal.run_as("viewer", &["tasks", "create", "How HTTP caching works"]).await.expect(1);
    assert!(role.err.contains("galley whoami"), "{}", role.err);
    terminal.run_as("viewer", &["tasks", "sing"]).await.expect(1);
    let mut wrong = terminal.command(&["whoami"]);
    wrong.env("GALLEY_URL", galley.stack.url()).env("GALLEY_TOKEN", "wrong");
    said(wrong.output().await.unwrap()).expect(4);
    let first =
        terminal.run_as("author", &["tasks", "create", "How HTTP caching works", "--idempotency-key", "k1"]).await;
    let again =
        terminal.run_as("author", &["tasks", "create", "How HTTP caching works", "--idempotency-key", "k1"]).await;
    assert_eq!(first.expect(0).out, again.expect(0).out, "one task");
    let wait = ["tasks", "create", "How HTTP caching works", "--wait", "--timeout", "0"];
    let waited = terminal.run_as("author", &wait).await.expect(1);
    let id = waited.err.lines().next().unwrap().strip_prefix("waiting for ").unwrap();
    assert!(waited.err.contains(&format!("It goes on: galley tasks watch {id}")), "{}", waited.err);
    let mut unheard = terminal.command(&["tasks", "create", "How HTTP caching works"]);
    unheard.env("GALLEY_URL", "http://127.0.0.1:1").env("GALLEY_TOKEN", "a-key");
    let unheard = said(unheard.output().await.unwrap()).expect(1);
    assert!(unheard.err.contains("Repeat it with --idempotency-key "), "{}", unheard.err);
}

#[tokio::test]
async fn a_task_is_given_to_somebody_and_listed_as_theirs() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let path = galley.drafted().await;
    let task = path.rsplit('/').next().unwrap();
    let refused = terminal.run_as("author", &["tasks", "assign", task]).await.expect(1);
    assert!(refused.err.contains("galley whoami"), "{}", refused.err);
    let unknown = terminal.run_as("editor", &["tasks", "assign", task, "--to", "github-9"]).await.expect(1);
    assert!(unknown.err.contains("assignee: must be yourself, or a person"), "{}", unknown.err);
    terminal.run_as("editor", &["tasks", "assign", task, "--to", "github-9", "--nobody"]).await.expect(1);
    let given = terminal.run_as("editor", &["tasks", "assign", task]).await.expect(0);
    assert_eq!(given.out.trim(), format!("{task} is assigned to dev-editor"));
    let list = ["tasks", "list", "--status", "open", "--json", "--assignee"];
    let mine = terminal.run_as("editor", &[&list[..], &["me"]].concat()).await.expect(0).json();
    assert_eq!(mine[0]["task_id"], task);
    let nobodys = terminal.run_as("viewer", &[&list[..], &["none"]].concat()).await.expect(0).json();
    assert_eq!(nobodys, serde_json::json!([]));
    let taken = terminal.run_as("admin", &["tasks", "assign", task, "--nobody"]).await.expect(0);
    assert_eq!(taken.out.trim(), format!("{task} is assigned to nobody"));
}

#[tokio::test]
async fn what_is_said_of_a_task_is_listed_answered_and_resolved() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let path = galley.drafted().await;
    let task = path.rsplit('/').next().unwrap();
    terminal.run_as("viewer", &["comments", "add", task, "-m", "Is that so?"]).await.expect(1);
    let made = terminal.run_as("author", &["comments", "add", task, "-m", "Is that so?", "--quote", "HTTP"]).await;
    let id = made.expect(0).out.trim().to_owned();
    let reply = ["comments", "add", task, "-m", "It is.", "--reply-to", &id];
    terminal.run_as("editor", &reply).await.expect(0);
    let listed = terminal.run_as("viewer", &["comments", "list", task, "--json"]).await.expect(0).json();
    assert_eq!(
        (&listed[0]["anchor"]["quote"], &listed[1]["parent"]),
        (&Value::from("HTTP"), &Value::from(id.as_str()))
    );
    terminal.run_as("author", &["comments", "resolve", task, &id]).await.expect(1);
    terminal.run_as("editor", &["comments", "resolve", task, &id]).await.expect(0);
    let all = terminal.run_as("viewer", &["comments", "list", task, "--all", "--json"]).await.expect(0).json();
    assert_eq!(all[0]["resolved"]["by"], "dev-editor");
}

#[tokio::test]
async fn what_failed_is_tried_again_together() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let mut failed = Vec::new();
    for event in ["f1", "f2"] {
        let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        let told =
            json!({"event_id": event, "event_type": "content.failed", "task_id": id, "error": {"message": "no ink"}});
        galley.webhook(&told).await.expect(202);
        galley.wait(&path, "failed").await;
        failed.push(id);
    }
    let list = terminal.run_as("author", &["tasks", "list", "--status", "failed"]).await.expect(0);
    let why: Vec<&str> = list.out.lines().filter_map(|line| line.split('\t').nth(6)).collect();
    assert!(why.len() == 2 && why.iter().all(|code| !code.is_empty()), "each says why it failed: {}", list.out);
    let mut command = terminal.command(&["tasks", "retry", "-"]);
    command.env("GALLEY_URL", galley.stack.url()).env("GALLEY_TOKEN", galley.key("author")).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list.out.as_bytes()).await.unwrap();
    let done = said(child.wait_with_output().await.unwrap()).expect(0);
    for id in &failed {
        assert!(done.out.contains(&format!("{id} is pending\n")), "{}", done.out);
    }
    let [one, other] = &failed[..] else { panic!("two") };
    let again = terminal.run_as("author", &["tasks", "retry", one, "nothing", other]).await.expect(1);
    assert!(again.err.contains("nothing: ") && again.err.contains("3 of 3 were not tried again"), "{}", again.err);
    let json = terminal.run_as("author", &["tasks", "retry", one, other, "--json"]).await.expect(1).json();
    assert_eq!((&json["results"][0]["status"], &json["results"][1]["id"]), (&json!(409), &json!(other)));
    let viewer = terminal.run_as("viewer", &["tasks", "retry", one, other]).await.expect(1);
    assert!(viewer.err.contains("galley whoami"), "{}", viewer.err);
}

#[tokio::test]
async fn a_text_that_somebody_wrote_is_kept_when_somebody_else_was_faster() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let path = galley.drafted().await;
    let task = path.rsplit('/').next().unwrap();
    // The editor cancels the task through another program's hands before it ends.
    let cancels = format!(
        "sh -c 'printf \"title: Mine\\nexcerpt: \\n---\\nMy own words.\\n\" > \"$0\"; curl -s -o /dev/null -X POST -H \"Authorization: Bearer $GALLEY_TOKEN\" -H \"Content-Type: application/json\" -d \"{{}}\" {}{path}/cancel'",
        galley.stack.url()
    );
    let broken = "sh -c 'echo My other words. > \"$0\"'";
    let fails = "sh -c 'echo My last words. > \"$0\"; exit 1'";
    let edited = [
        ("mine.md", cancels.as_str(), "My own words."),
        ("mine.2.md", &cancels, "My own words."),
        ("mine.3.md", broken, "My other words."),
        ("mine.4.md", fails, "My last words."),
    ];
    for (ending, editor, words) in edited {
        let mut command = terminal.command(&["review", "edit", task]);
        command.env("GALLEY_URL", galley.stack.url()).env("GALLEY_TOKEN", galley.key("author")).env("EDITOR", editor);
        let kept = said(command.output().await.unwrap()).expect(1);
        let name = format!("{task}.{ending}");
        assert!(kept.err.contains(&format!("--file ./{name}")), "{}", kept.err);
        let text = std::fs::read_to_string(terminal.home.path().join(name)).unwrap();
        assert!(text.contains(words), "{ending}: {text}");
    }
    let unchanged = terminal
        .command(&["review", "edit", task])
        .env("GALLEY_URL", galley.stack.url())
        .env("EDITOR", "true")
        .env("GALLEY_TOKEN", galley.key("author"))
        .output()
        .await
        .unwrap();
    assert!(said(unchanged).expect(1).err.contains("nothing was changed"));
    assert_eq!(std::fs::read_dir(terminal.home.path()).unwrap().count(), edited.len(), "an unchanged text is not kept");
}

#[tokio::test]
async fn an_admin_reads_who_made_and_revoked_a_key() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    terminal.run_as("admin", &["keys", "create", "ana", "--role", "author"]).await.expect(0);
    let keys = terminal.run_as("admin", &["keys", "list", "--json"]).await.expect(0).json();
    let anas =
        keys.as_array().unwrap().iter().find(|key| key["subject"] == "ana").unwrap()["id"].as_str().unwrap().to_owned();
    terminal.run_as("admin", &["keys", "revoke", &anas]).await.expect(0);
    let acts = terminal.run_as("admin", &["acts"]).await.expect(0).out;
    let told: Vec<Vec<&str>> = acts.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        told.iter().map(|act| act[1..5].to_vec()).collect::<Vec<_>>(),
        [vec!["key_revoked", &anas, "default", "dev-admin"], vec!["key_made", &anas, "default", "dev-admin"]]
    );
    let refused = terminal.run_as("admin", &["acts", "--what", "key_stolen"]).await.expect(1);
    assert!(refused.err.contains("what") && refused.err.contains("key_made"), "{}", refused.err);
    terminal.run_as("admin", &["acts", "--tenant", "default"]).await.expect(1);
    let listed = terminal.run_as("admin", &["keys", "list"]).await.expect(0).out;
    let row: Vec<&str> = listed.lines().find(|line| line.starts_with(&anas)).unwrap().split('\t').collect();
    assert!(row[4].len() == "2026-11-20T12:00:00Z".len() && row[5] == "dev-admin", "{row:?}");
}

#[tokio::test]
async fn an_admin_and_an_operator_find_their_way() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let key = terminal.run_as("admin", &["keys", "create", "ana", "--role", "author"]).await.expect(0).out;
    assert!(key.trim().starts_with("galley_") && key.lines().count() == 1, "the key alone, because it is piped");
    let keys = terminal.run_as("admin", &["keys", "list", "--json"]).await.expect(0).json();
    let anas =
        keys.as_array().unwrap().iter().find(|key| key["subject"] == "ana").unwrap()["id"].as_str().unwrap().to_owned();
    let spared = terminal.run_as("admin", &["keys", "revoke", &anas, "--dry-run"]).await.expect(0);
    assert!(spared.out.starts_with("Would revoke the key "), "{}", spared.out);
    terminal.run_as("admin", &["keys", "revoke", &anas]).await.expect(0);
    let keys = terminal.run_as("admin", &["keys", "list", "--json"]).await.expect(0).json();
    assert!(keys.as_array().unwrap().iter().any(|key| key["id"] == anas.as_str() && key["revoked"] == true));

    let named = ["people", "set", "github-1", "--role", "author", "--display-name", "Ana B."];
    terminal.run_as("admin", &named).await.expect(0);
    terminal.run_as("admin", &["people", "set", "github-1", "--role", "editor"]).await.expect(0);
    assert!(terminal.run_as("admin", &["people", "list"]).await.expect(0).out.contains("github-1\teditor\tAna B."));
    let unnamed = ["people", "set", "github-1", "--role", "editor", "--display-name", ""];
    terminal.run_as("admin", &unnamed).await.expect(0);
    assert!(!terminal.run_as("admin", &["people", "list"]).await.expect(0).out.contains("Ana B."));
    terminal.run_as("admin", &["people", "remove", "github-1"]).await.expect(0);
    let settings =
        terminal.run_as("admin", &["settings", "set", "language=de", "quality_bar=70", "--json"]).await.expect(0);
    assert_eq!((settings.json()["language"].as_str(), settings.json()["quality_bar"].as_u64()), (Some("de"), Some(70)));
    let erase = terminal.run_as("admin", &["privacy", "erase", "ana", "--dry-run"]).await.expect(0);
    assert!(erase.out.contains("cannot be undone"), "{}", erase.out);

    terminal.run_as("operator", &["limits", "set", "default", "create_per_minute=50"]).await.expect(0);
    terminal.run_as("operator", &["limits", "set", "default", "read_per_minute=900"]).await.expect(0);
    let limits = terminal.run_as("operator", &["limits", "show", "default", "--json"]).await.expect(0).json();
    let of = |name: &str| limits[name].as_u64();
    assert_eq!((of("create_per_minute"), of("read_per_minute")), (Some(50), Some(900)), "what is not named stays");
    let typo = terminal
        .run_as("operator", &["tenants", "suspend", "defualt", "--reason", "It writes too much"])
        .await
        .expect(1);
    assert!(typo.err.contains("defualt is on no list of tenants"), "{}", typo.err);
    assert_eq!(terminal.run_as("operator", &["flags", "list"]).await.expect(0).out, "");
    terminal.run_as("operator", &["flags", "off", "provider.openai"]).await.expect(0);
    assert!(terminal.run_as("operator", &["flags", "list"]).await.expect(0).out.contains("provider.openai\tfalse"));
    terminal.run_as("operator", &["flags", "on", "provider.openai"]).await.expect(0);
    terminal.run_as("operator", &["dlq", "redrive", "work"]).await.expect(0);
    terminal.run_as("operator", &["dlq", "list"]).await.expect(0);
    assert!(terminal.run_as("operator", &["health"]).await.expect(0).out.contains("status"));
    let healthy = terminal.run_as("operator", &["doctor", "--json"]).await.expect(0).json();
    let checks: Vec<&str> = healthy.as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap()).collect();
    for check in ["reachable", "clock", "ready", "key", "breakers", "stuck", "given up", "keys", "version"] {
        assert!(checks.contains(&check), "{check}: {checks:?}");
    }
    let refused =
        terminal.run_as("operator", &["doctor", "--origin", "https://evil.example", "--json"]).await.expect(1);
    let origin = refused.json().as_array().unwrap().iter().find(|one| one["check"] == "origin").unwrap().clone();
    assert_eq!(origin["runbook"], "docs/runbook.md#deploy", "{origin}");
    let gone =
        said(terminal.command(&["doctor"]).env("GALLEY_URL", "http://127.0.0.1:1").output().await.unwrap()).expect(1);
    assert!(gone.out.contains("docs/runbook.md#errors"), "{}", gone.out);
}

#[tokio::test]
async fn what_was_changed_is_listed_and_taken_back() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    terminal.run_as("admin", &["settings", "set", "language=de"]).await.expect(0);
    let log = terminal.run_as("admin", &["settings", "log"]).await.expect(0).out;
    let newest = log.split('\t').next().unwrap();
    let reverted = terminal.run_as("admin", &["settings", "revert", newest, "--json"]).await.expect(0).json();
    assert_ne!(reverted["language"], "de");

    assert!(terminal.run_as("admin", &["limits", "log", "default"]).await.expect(1).err.contains("role"));
    terminal.run_as("operator", &["limits", "set", "default", "create_per_minute=50"]).await.expect(0);
    terminal.run_as("operator", &["limits", "set", "default", "read_per_minute=900"]).await.expect(0);
    let log = terminal.run_as("operator", &["limits", "log", "default"]).await.expect(0).out;
    let newest = log.split('\t').next().unwrap();
    terminal.run_as("operator", &["limits", "revert", "default", newest]).await.expect(0);
    let limits = terminal.run_as("operator", &["limits", "show", "default", "--json"]).await.expect(0).json();
    assert_eq!((limits["create_per_minute"].as_u64(), limits["read_per_minute"].as_u64()), (Some(50), None));

    let none = "00000000-0000-0000-0000-000000000000";
    assert_eq!(terminal.run_as("operator", &["dlq", "letters", "work"]).await.expect(0).out, "");
    for verb in ["resend", "discard"] {
        let reason = if verb == "discard" { &["--reason", "Of nobody"][..] } else { &[] };
        let refused = terminal.run_as("operator", &[&["dlq", verb, "work", none], reason].concat()).await.expect(1);
        assert!(refused.err.contains("letter"), "{}", refused.err);
    }
    let dry = ["dlq", "discard", "work", none, "--reason", "Of nobody", "--dry-run"];
    assert!(terminal.run_as("operator", &dry).await.expect(1).err.contains("shows no letter"));
}

#[tokio::test]
async fn a_webhook_of_every_scheme_is_signed_as_its_source_does() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    for scheme in ["galley", "standard", "stripe", "github"] {
        let made = terminal.run_as("admin", &["sources", "create", scheme, "--scheme", scheme]).await.expect(0).out;
        std::fs::write(terminal.home.path().join("secret"), &made).unwrap();
        let body = match scheme {
            "galley" => r#"{"event_id":"e1","event_type":"content.other"}"#,
            "standard" => r#"{"type":"content.other","data":{}}"#,
            "stripe" => r#"{"id":"e1","type":"content.other","data":{"object":{}}}"#,
            _ => r#"{"action":"content.other","client_payload":{}}"#,
        };
        std::fs::write(terminal.home.path().join("event.json"), body).unwrap();
        let source = format!("default/{scheme}");
        let send =
            ["webhooks", "send", "event.json", "--scheme", scheme, "--source", &source, "--secret-file", "secret"];
        let sent = terminal.run_as("nobody's", &send).await.expect(0);
        assert!(sent.out.ends_with(" is recorded (202)\n"), "{scheme}: {}", sent.out);
        assert!(!terminal.run_as("admin", &["sources", "receipts", scheme]).await.expect(0).out.is_empty());
        std::fs::write(terminal.home.path().join("secret"), "A".repeat(32)).unwrap();
        let refused = terminal.run_as("nobody's", &send).await.expect(1);
        assert!(refused.err.contains("--source TENANT/NAME"), "{}", refused.err);
        let told = terminal.run_as("admin", &["sources", "refusals", scheme]).await.expect(0).out;
        assert!(told.contains("\tsignature_mismatch\t1\t"), "{told}");
        terminal.run_as("editor", &["sources", "refusals", scheme]).await.expect(1);
    }
}

#[tokio::test]
async fn everything_is_told_by_the_program_itself() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let bash = terminal.run(&["completion", "bash"]).await.expect(0);
    assert!(bash.out.contains("_galley()"));
    let mut unread = terminal.command(&["completion", "bash"]);
    let mut unread = unread.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(unread.stdout.take());
    assert_eq!(said(unread.wait_with_output().await.unwrap()).expect(0).err, "", "a closed pipe is no fault");
    let page = terminal.run(&["man"]).await.expect(0).out;
    assert!(page.contains(".TH galley 1") && page.contains("galley\\-tasks"), "{page}");
    let page = terminal.run(&["man", "tasks", "create"]).await.expect(0).out;
    assert!(page.contains(".TH galley-tasks-create 1"), "{page}");
    let unknown = terminal.run(&["man", "tasks", "sing"]).await.expect(1);
    assert!(unknown.err.contains("there is no command tasks sing"), "{}", unknown.err);
    terminal.run(&["man", "tasks", "--folder", "pages"]).await.expect(1);
    terminal.run(&["man", "--folder", "pages"]).await.expect(0);
    let pages = std::fs::read_dir(terminal.home.path().join("pages")).unwrap().count();
    assert!(pages > 30, "{pages}");
    for asked in [&["--help"][..], &["-h"], &["help"]] {
        let help = terminal.run(asked).await.expect(0).out;
        assert!(help.contains("\nPublish:\n  publish ") && help.contains("galley login --key-file"), "{help}");
    }
    let raw = terminal.run_as("author", &["api", "POST", "/api/content/tasks", "-d", r#"{"topic":"By hand"}"#]).await;
    assert_eq!(raw.expect(0).json()["status"], "pending");
    let outside = terminal.run(&["dev", "demo"]).await.expect(1);
    assert!(outside.err.contains("no clone of Galley"), "{}", outside.err);
}

/// A folder that looks like a clone, with a `make` that says what is asked of it.
fn made_up_clone() -> TempDir {
    let clone = tempfile::tempdir().unwrap();
    for folder in ["local", "docs/adr", "bin"] {
        std::fs::create_dir_all(clone.path().join(folder)).unwrap();
    }
    for file in ["local/Cargo.toml", "template.yaml"] {
        std::fs::write(clone.path().join(file), "").unwrap();
    }
    let make = clone.path().join("bin/make");
    std::fs::write(&make, "#!/bin/sh\necho \"make $* in $(pwd -P)${GALLEY_DATA:+ on $GALLEY_DATA for $GALLEY_LEASE_SECONDS s}\"\nexit 7\n").unwrap();
    std::fs::set_permissions(&make, std::fs::Permissions::from_mode(0o755)).unwrap();
    clone
}

async fn dev(clone: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(galley_tests::options().binaries.join("galley"));
    let path = format!("{}:/usr/bin:/bin", clone.join("bin").display());
    // Of somebody's own stack, which no practice touches.
    let own = if ["practise", "night"].contains(&arguments[0]) { Some(("GALLEY_DATA", ".galley")) } else { None };
    command.env_clear().envs(own).env("PATH", path).env("HOME", clone).current_dir(clone.join("docs/adr"));
    said(command.arg("dev").args(arguments).output().await.unwrap())
}

/// The subcommands that help lists, each with what it does.
fn listed_in(help: &str) -> Vec<(String, String)> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let named = lines
        .filter(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
    named.map(|(name, about)| (name.to_owned(), about.trim().to_owned())).collect()
}

/// A source, an agent and a schedule, whose id this is.
async fn with_something_to_list(terminal: &Terminal<'_>) -> String {
    terminal.run_as("admin", &["sources", "create", "cms", "--scheme", "galley"]).await.expect(0);
    let agent = ["agents", "create", "House style", "--phases", "draft", "--alias", "house"];
    terminal.run_as("admin", &agent).await.expect(0);
    let rule = "{repeat: weekly, weekdays: [mon], at: '09:00', zone: Europe/Berlin}";
    let weekly = format!("name: Weekly\nrule: {rule}\nrequest: {{topic: 'News of {{{{week}}}}'}}\n");
    std::fs::write(terminal.home.path().join("weekly.yaml"), weekly).unwrap();
    let made = terminal.run_as("editor", &["schedules", "create", "-f", "weekly.yaml", "--json"]).await.expect(0);
    made.json()["schedule_id"].as_str().unwrap().to_owned()
}

/// docs/cli.md: what begins with "List" in the help is an array with `--json`.
#[tokio::test]
async fn every_list_is_an_array_of_its_items() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let path = galley.drafted().await;
    let task = path.rsplit('/').next().unwrap();
    let schedule = with_something_to_list(&terminal).await;
    let lists: &[(&str, &[&str])] = &[
        ("admin", &["acts"]),
        ("author", &["agents", "list"]),
        ("admin", &["agents", "list", "--all"]),
        ("admin", &["agents", "prompts", "@house"]),
        ("viewer", &["profiles"]),
        ("viewer", &["usage"]),
        ("operator", &["stuck"]),
        ("viewer", &["comments", "list", task]),
        ("viewer", &["deliveries", "list", task]),
        ("operator", &["dlq", "letters", "work"]),
        ("operator", &["dlq", "list"]),
        ("admin", &["feeds", "list"]),
        ("operator", &["flags", "list"]),
        ("operator", &["flags", "log"]),
        ("operator", &["inspect", "deliveries", task]),
        ("operator", &["inspect", "events", task]),
        ("admin", &["keys", "list"]),
        ("operator", &["limits", "log", "default"]),
        ("admin", &["people", "list"]),
        ("admin", &["privacy", "jobs"]),
        ("viewer", &["schedules", "list"]),
        ("viewer", &["schedules", "runs", &schedule]),
        ("admin", &["settings", "log"]),
        ("admin", &["sources", "list"]),
        ("admin", &["sources", "receipts", "cms"]),
        ("admin", &["sources", "refusals", "cms"]),
        ("admin", &["targets", "list"]),
        ("viewer", &["targets", "show", task]),
        ("viewer", &["tasks", "list"]),
        ("operator", &["tenants", "costs"]),
        ("operator", &["tenants", "list"]),
    ];
    for (who, command) in lists {
        let said = terminal.run_as(who, &[command, &["--json"][..]].concat()).await.expect(0);
        assert!(said.json().is_array(), "{command:?}: {}", said.out);
    }
    for (command, about) in listed_in(&terminal.run(&["--help"]).await.expect(0).out) {
        if about.starts_with("List ") {
            assert!(lists.iter().any(|(_, known)| known[0] == command), "{command} is in no table");
        }
        let below = terminal.run(&[&command, "--help"]).await.expect(0).out;
        let below = below.split_once("Commands:\n").map_or("", |(_, commands)| commands);
        for (sub, _) in listed_in(below).into_iter().filter(|(_, about)| about.starts_with("List ")) {
            let is_known = lists.iter().any(|(_, known)| known[0] == command && known.get(1) == Some(&sub.as_str()));
            assert!(is_known, "{command} {sub} is in no table");
        }
    }
}

#[tokio::test]
async fn dev_hands_over_to_the_clones_make_from_any_of_its_folders() {
    let clone = made_up_clone();
    for target in ["run", "demo", "demo-pipeline"] {
        let handed = dev(clone.path(), &[target]).await.expect(7);
        assert_eq!(handed.out, format!("make {target} in {}\n", clone.path().canonicalize().unwrap().display()));
    }
    let practice = dev(clone.path(), &["practise"]).await.expect(7);
    assert!(practice.out.ends_with(" on .galley-practice for 15 s\n"), "{}", practice.out);
    dev(clone.path(), &["run", "--fast"]).await.expect(1);
    dev(clone.path(), &["test"]).await.expect(1);
}

#[tokio::test]
async fn a_night_begins_only_on_a_stack_that_practises() {
    let clone = made_up_clone();
    let none = dev(clone.path(), &["night", "down"]).await.expect(1);
    assert!(none.err.contains("galley dev practise"), "{}", none.err);
    let data = clone.path().join(".galley-practice");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("night"), "calm\n").unwrap();
    let over = dev(clone.path(), &["night", "down"]).await.expect(1);
    assert!(over.err.contains("no stack to practise on runs in"), "{}", over.err);
    let lock = File::create(data.join("lock")).unwrap();
    lock.lock().unwrap();
    dev(clone.path(), &["night", "stormy"]).await.expect(1);
    for night in ["down", "hangs", "letter", "calm"] {
        let begun = dev(clone.path(), &["night", night]).await.expect(0);
        assert!(begun.out.starts_with(&format!("It is so: {night}. ")), "{}", begun.out);
        assert_eq!(std::fs::read_to_string(data.join("night")).unwrap(), format!("{night}\n"));
    }
}

#[tokio::test]
async fn dev_reset_takes_nothing_unasked_and_nothing_from_a_stack_that_runs() {
    let clone = made_up_clone();
    assert_eq!(dev(clone.path(), &["reset", "--really", "all"]).await.expect(0).out, "There is nothing to remove.\n");
    let kept = clone.path().join(".galley");
    std::fs::create_dir_all(kept.join("table")).unwrap();
    let lock = File::create(kept.join("lock")).unwrap();
    lock.lock().unwrap();
    assert!(dev(clone.path(), &["reset"]).await.expect(0).out.starts_with("Would remove "));
    let refused = dev(clone.path(), &["reset", "--really", "all"]).await.expect(1);
    assert!(refused.err.contains("a stack is running"), "{}", refused.err);
    dev(clone.path(), &["reset", "--really", "some"]).await.expect(1);
    assert!(kept.join("table").is_dir());
    drop(lock);
    assert!(dev(clone.path(), &["reset", "--really", "all"]).await.expect(0).out.starts_with("Removed "));
    assert!(!kept.exists() && clone.path().join("template.yaml").is_file());
}

#[tokio::test]
async fn a_target_is_made_tested_and_followed_from_the_terminal() {
    let wordpress = WordPress::start();
    let mut options = galley_tests::options();
    options.parameters.insert("CallbackStandIns".into(), wordpress.stand_in());
    let galley = Galley::with(options).await;
    let terminal = Terminal::of(&galley);
    std::fs::write(terminal.home.path().join("wrong"), "not the password of anybody").unwrap();
    std::fs::write(terminal.home.path().join("right"), format!("{}\n", wordpress.password("editor"))).unwrap();
    let create = |name, file| {
        let url = "https://blog.example.com";
        ["targets", "create", name, "--url", url, "--username", "editor", "--secret-file", file]
    };
    terminal.run_as("editor", &create("blog", "right")).await.expect(1);
    terminal.run_as("admin", &create("other", "wrong")).await.expect(0);
    let refused = terminal.run_as("admin", &["targets", "test", "other"]).await.expect(1);
    assert!(refused.err.contains("other is not ready: it does not"), "{}", refused.err);
    terminal.run_as("admin", &["targets", "remove", "other"]).await.expect(0);
    let made = terminal.run_as("admin", &create("blog", "right")).await.expect(0);
    assert!(!made.out.contains(wordpress.password("editor")), "{}", made.out);
    assert_eq!(terminal.run_as("admin", &["targets", "test", "blog"]).await.expect(0).out, "blog is ready\n");
    terminal.run_as("admin", &["targets", "pause", "blog"]).await.expect(0);

    let body = serde_json::json!({"topic": "How HTTP caching works", "target_length": 200, "publish_to": ["blog"]});
    let path = galley.create(body).await;
    let task = path.rsplit('/').next().unwrap();
    galley.wait(&path, "awaiting_approval").await;
    let revision = galley.write(&path, "Caching in practice").await.expect(200).body["revision"].clone();
    galley.approve(&path, serde_json::json!({"revision": revision})).await.expect(200);
    let show = async || terminal.run_as("viewer", &["targets", "show", task]).await.expect(0).out;
    galley.until(async || show().await.contains("blog\theld\t2\t")).await;
    terminal.run_as("admin", &["targets", "resume", "blog"]).await.expect(0);
    let again = terminal.run_as("editor", &["targets", "retry", task, "blog"]).await.expect(0);
    assert_eq!(again.out, "blog is pending\n");
    galley.until(async || show().await.contains("blog\tplaced\t2\t")).await;
    let none = terminal.run_as("editor", &["targets", "retry", task, "blog", "--resolution", "keep"]).await.expect(1);
    assert!(none.err.contains("request "), "{}", none.err);
    let listed = terminal.run_as("admin", &["targets", "list"]).await.expect(0);
    assert!(listed.out.contains("blog\twordpress\thttps://blog.example.com/\t"), "{}", listed.out);
    let repository = |directory| {
        let of = ["--forge", "gitlab", "--repository", "acme/site", "--preset", "astro", "--directory", directory];
        let how = [
            "targets",
            "create",
            "site",
            "--kind",
            "git",
            "--url",
            "https://gitlab.com/api/v4",
            "--secret-file",
            "right",
        ];
        [&how[..], &of[..]].concat()
    };
    let refused = terminal.run_as("admin", &repository("../secrets")).await.expect(1);
    assert!(refused.err.contains("settings.directory: must be folders"), "{}", refused.err);
    terminal.run_as("admin", &repository("posts")).await.expect(0);
    let listed = terminal.run_as("admin", &["targets", "list"]).await.expect(0);
    assert!(listed.out.contains("site\tgit\thttps://gitlab.com/api/v4\t"), "{}", listed.out);
}

#[tokio::test]
async fn an_agent_is_made_labelled_rolled_back_and_removed_from_the_terminal() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    std::fs::write(terminal.home.path().join("style.md"), "Say we.\nNo jargon.\n").unwrap();
    let create = ["agents", "create", "House style", "--alias", "house-style", "--phases", "draft"];
    terminal.run_as("editor", &create).await.expect(1);
    let refused = terminal.run_as("admin", &["agents", "create", "Searcher", "--phases", "research"]).await.expect(1);
    assert!(refused.err.contains("phases"), "{}", refused.err);
    terminal.run_as("admin", &create).await.expect(0);
    let unknown = terminal.run_as("admin", &["agents", "show", "@nobody"]).await.expect(1);
    assert!(unknown.err.contains("galley agents list --all"), "{}", unknown.err);
    let back = ["agents", "rollback", "house-style", "--reason", "As it was"];
    let refused = terminal.run_as("admin", &back).await.expect(1);
    assert!(refused.err.contains("production has named no other version before"), "{}", refused.err);
    for version in ["1", "2"] {
        let made =
            terminal.run_as("admin", &["agents", "prompt", "@house-style", "-f", "style.md"]).await.expect(0).out;
        assert_eq!(made, format!("version {version} of House style\n"));
        let label = ["agents", "label", "@house-style", "production", version, "--reason", "To try it"];
        terminal.run_as("admin", &label).await.expect(0);
    }
    let told = terminal.run_as("admin", &back).await.expect(0).out;
    assert_eq!(told, "production of House style is version 1\n");
    let text = terminal.run_as("admin", &["agents", "prompts", "house-style", "--version", "2"]).await.expect(0).out;
    assert_eq!(text, "Say we.\nNo jargon.\n");
    let mine = terminal.run_as("author", &["agents", "list"]).await.expect(0).out;
    assert!(mine.contains("house-style\tHouse style\town\tdraft\tproduction"), "{mine}");
    let asked = ["tasks", "create", "How HTTP caching works", "--agent", "draft@house-style"];
    terminal.run_as("author", &asked).await.expect(1);
    let asked = ["tasks", "create", "How HTTP caching works", "--agent", "assess=@house-style"];
    let refused = terminal.run_as("author", &asked).await.expect(1);
    assert!(refused.err.contains("agents.assess"), "{}", refused.err);
    let dry = terminal.run_as("admin", &["agents", "remove", "house-style", "--dry-run"]).await.expect(0).out;
    assert_eq!(dry, "would remove House style with 2 versions of its prompt\n");
    terminal.run_as("admin", &["agents", "remove", "house-style"]).await.expect(0);
    terminal.run_as("admin", &["agents", "remove", "house-style"]).await.expect(1);
}

#[tokio::test]
async fn a_schedule_is_made_run_paused_and_removed_from_the_terminal() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let file = terminal.home.path().join("weekly.yaml");
    std::fs::write(&file, "name: Weekly\nrule: {repeat: weekly, weekdays: [mon], at: '09:00', zone: Mars/Base}\n")
        .unwrap();
    let refused = terminal.run_as("editor", &["schedules", "create", "-f", "weekly.yaml"]).await.expect(1);
    assert!(refused.err.contains("rule.zone") && refused.err.contains("request"), "{}", refused.err);
    let rule = "{repeat: weekly, weekdays: [mon], at: '09:00', zone: Europe/Berlin}";
    std::fs::write(&file, format!("name: Weekly\nrule: {rule}\nrequest: {{topic: 'News of {{{{week}}}}'}}\n")).unwrap();
    terminal.run_as("author", &["schedules", "create", "-f", "weekly.yaml"]).await.expect(1);
    let made =
        terminal.run_as("editor", &["schedules", "create", "-f", "weekly.yaml", "--json"]).await.expect(0).json();
    let (id, next) = (made["schedule_id"].as_str().unwrap(), made["next"].as_str().unwrap());
    let calendar = terminal.run_as("viewer", &["calendar", "--zone", "Europe/Berlin"]).await.expect(0).out;
    let planned = "\tplanned\tNews of 20";
    assert!(calendar.starts_with(&next[..10]) && calendar.contains(planned), "{calendar}");
    terminal.run_as("viewer", &["calendar", "--zone", "Mars/Base"]).await.expect(1);
    let path = terminal.run_as("admin", &["feeds", "create", "The desk"]).await.expect(0).out;
    assert!(path.starts_with("/api/calendar/ical/galley_feed_"), "{path}");
    let feeds = terminal.run_as("admin", &["feeds", "list", "--json"]).await.expect(0).json();
    let feed = feeds[0]["feed_id"].as_str().unwrap();
    terminal.run_as("admin", &["feeds", "revoke", feed]).await.expect(0);
    galley.get("nobody", path.trim()).await.expect(404);
    let task = terminal.run_as("editor", &["schedules", "run", id]).await.expect(0).out;
    assert!(task.starts_with("task_"), "{task}");
    terminal.run_as("editor", &["schedules", "skip", id, next]).await.expect(0);
    let runs = terminal.run_as("viewer", &["schedules", "runs", id]).await.expect(0).out;
    assert!(runs.contains(&format!("made\t{}\t", task.trim())) && runs.contains("skipped\t"), "{runs}");
    assert_eq!(terminal.run_as("editor", &["schedules", "pause", id]).await.expect(0).out, "Weekly is paused\n");
    let listed = terminal.run_as("viewer", &["schedules", "list"]).await.expect(0).out;
    assert!(listed.contains("\tWeekly\tweekly\t\tEurope/Berlin\tasked\t1\t"), "{listed}");
    terminal.run_as("editor", &["schedules", "remove", id]).await.expect(0);
    terminal.run_as("viewer", &["schedules", "show", id]).await.expect(1);
}

#[tokio::test]
async fn a_sentence_is_shown_what_it_comes_to_and_made_when_that_is_said() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let sentence = "two blog posts about HTTP caching";
    terminal.run_as("viewer", &["intent", sentence]).await.expect(1);
    let asked = terminal.run_as("author", &["intent", "make me rich"]).await.expect(1).err;
    assert!(asked.contains("three blog posts about HTTP caching"), "{asked}");
    let refused = terminal.run_as("author", &["intent", "make me rich", "--confirm", "0"]).await.expect(1);
    assert!(refused.err.contains("nothing is proposed"), "{}", refused.err);
    let told = terminal.run_as("author", &["intent", sentence]).await.expect(0).out;
    assert!(told.starts_with("0\ttask\tHTTP caching, part 1\t") && told.contains("\nintent\t"), "{told}");
    let zoneless = terminal.run_as("author", &["intent", "a weekly post about bread"]).await.expect(1);
    assert!(zoneless.err.contains("--zone"), "{}", zoneless.err);
    let intent = terminal.run_as("author", &["intent", sentence, "--json"]).await.expect(0).json();
    let id = intent["intent_id"].as_str().unwrap();
    terminal.run_as("editor", &["intent", "--id", id, "--confirm", "0"]).await.expect(1);
    let first = terminal.run_as("author", &["intent", "--id", id, "--confirm", "1,0"]).await.expect(0).out;
    let again = terminal.run_as("author", &["intent", "--id", id, "--confirm", "1,0"]).await.expect(0).out;
    assert!(first == again && first.lines().all(|line| line.starts_with("task_")), "{first}{again}");
    let weekly = ["intent", "a weekly post about bread", "--zone", "Europe/Berlin", "--confirm", "0"];
    let refused = terminal.run_as("author", &weekly).await.expect(1);
    assert!(refused.err.contains("proposal 0: Role `editor`"), "{}", refused.err);
    let made = terminal.run_as("editor", &weekly).await.expect(0).out;
    terminal.run_as("viewer", &["schedules", "show", made.trim()]).await.expect(0);
}

#[tokio::test]
async fn a_program_that_nobody_can_call_gets_each_event_signed_and_once_across_two_starts() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let secret = galley.get("admin", "/api/admin/callback-secret").await.expect(200).text("secret");
    let came: Arc<Mutex<Vec<Callback>>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("http://{}/hook", listener.local_addr().unwrap());
    let kept = Arc::clone(&came);
    let hook = move |headers: axum::http::HeaderMap, body: String| {
        let verifier = Verifier::new([&SecretString::from(secret.clone())]).unwrap();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        kept.lock().unwrap().push(verifier.verify(header, body.as_bytes()).unwrap());
        std::future::ready(())
    };
    let router = axum::Router::new().route("/hook", axum::routing::post(hook));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let listen = |count| ["listen", "--forward-to", to.as_str(), "--count", count];
    terminal.run_as("editor", &listen("1")).await.expect(1);
    let elsewhere = terminal.run_as("admin", &["listen", "--forward-to", "http://example.com/hook"]).await.expect(1);
    assert!(elsewhere.err.contains("is not of this machine"), "{}", elsewhere.err);

    let body = serde_json::json!({"topic": "How HTTP caching works", "target_length": 200,
        "callback_url": "https://listen.galley.invalid/laptop"});
    let task = galley.create(body).await;
    galley.wait(&task, "awaiting_approval").await;
    let first = terminal.run_as("admin", &listen("2")).await.expect(0);
    assert!(
        first.out.contains("task.generating\tevt_") && first.out.contains("task.awaiting_approval\tevt_"),
        "{}",
        first.out
    );
    galley.post("editor", &format!("{task}/cancel"), serde_json::json!({})).await.expect(200);
    let second = terminal.run_as("admin", &listen("1")).await.expect(0);
    assert!(second.out.contains("task.cancelled\tevt_"), "{}", second.out);
    let came = came.lock().unwrap().clone();
    let kinds: Vec<&str> = came.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["task.generating", "task.awaiting_approval", "task.cancelled"], "each once");
    assert!(came.iter().all(|event| task.ends_with(event.data["task_id"].as_str().unwrap())));
    assert_eq!(
        galley.get("viewer", &format!("{task}/deliveries")).await.expect(200).body["data"],
        serde_json::json!([])
    );
    assert_eq!(galley.get("rival", "/api/admin/listen/laptop").await.expect(200).body, serde_json::json!({"data": []}));
    galley.get("admin", "/api/admin/listen/laptop?after=yesterday").await.expect(400);
}
