//! Chromium, driven by Playwright for Python.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{Galley, root};

const LONGEST_SCENE: Duration = Duration::from_mins(3);

fn chromium() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("no Chromium: install Debian's package `chromium`, or name one in CHROMIUM"))
}

/// A program of `tests/browser`.
pub fn python(program: &str) -> Command {
    let python = root().join(".tools/bin/python");
    assert!(python.exists(), "no Playwright: run `make tools`");
    let mut command = Command::new(python);
    command.arg(root().join("tests/browser").join(program)).env("CHROMIUM", chromium());
    command
}

/// Plays a scene of `tests/browser/console.py` in the console; fails with what it saw.
pub async fn play(galley: &Galley, scene: &str, more: Value) {
    let built = root().join("functions/console/built/index.html");
    assert!(built.exists(), "the console is not built: run `make console`");
    let mut given = json!({"url": galley.stack.console_url(), "scene": scene});
    if let (Value::Object(given), Value::Object(more)) = (&mut given, more) {
        given.extend(more);
    }
    let mut command = tokio::process::Command::from(python("console.py"));
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).await.unwrap();
    // A page that hangs answers nothing, and Playwright waits for it without an end.
    let ended = tokio::time::timeout(LONGEST_SCENE, child.wait_with_output()).await;
    let output = ended.unwrap_or_else(|_| panic!("{scene}: the page hangs")).unwrap();
    assert!(output.status.success(), "{scene}: {}", String::from_utf8_lossy(&output.stderr));
}
