//! Chromium, driven by Playwright for Python.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Child,
};

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
    play_with(galley.stack.console_url(), scene, more, async |wanted| panic!("{scene} wants {wanted}")).await;
}

/// As `play`; what a scene wants from outside the browser is done by `outside`, and the scene goes on when it is done.
pub async fn play_with(url: String, scene: &str, more: Value, outside: impl AsyncFnMut(&str)) {
    let built = root().join("functions/console/built/index.html");
    assert!(built.exists(), "the console is not built: run `make console`");
    let mut given = json!({"url": url, "scene": scene});
    if let (Value::Object(given), Value::Object(more)) = (&mut given, more) {
        given.extend(more);
    }
    let mut command = tokio::process::Command::from(python("console.py"));
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    // A page that hangs answers nothing, and Playwright waits for it without an end.
    let ended = tokio::time::timeout(LONGEST_SCENE, serve(&mut child, &given, outside)).await;
    ended.unwrap_or_else(|_| panic!("{scene}: the page hangs"));
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{scene}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Tells a scene what it is given, and does what it wants, a line each, until it ends.
#[expect(clippy::print_stdout, reason = "a figure that a scene measured is for whoever runs the test")]
async fn serve(child: &mut Child, given: &Value, mut outside: impl AsyncFnMut(&str)) {
    let (mut to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    to.write_all(format!("{given}\n").as_bytes()).await.unwrap();
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        match line.strip_prefix("wanted: ") {
            Some(wanted) => {
                outside(wanted).await;
                to.write_all(b"done\n").await.unwrap();
            }
            None => println!("{line}"),
        }
    }
}
