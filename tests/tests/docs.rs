//! The documents' commands work: what is marked `sh` is run against the local stack, in its order; `sh aws` needs an account.
#![expect(clippy::unwrap_used, reason = "a broken test bed is a failed test")]

use std::path::{Path, PathBuf};

use galley_tests::{Galley, root};
use tokio::process::Command;

/// All documents, however deep.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(documents(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// The blocks of code that are marked so.
fn blocks(text: &str, marked: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<(bool, String)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut block) {
            (Some(mark), None) => block = Some((mark == marked, String::new())),
            (Some(_), Some(_)) => found.extend(block.take().filter(|(wanted, _)| *wanted).map(|(_, code)| code)),
            (None, Some((_, code))) => code.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    found
}

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

#[test]
fn every_block_says_where_it_runs() {
    for path in documents(&root().join("docs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for command in
            blocks(&text, "sh aws").iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("aws "))
        {
            assert!(!command.contains("AKIA"), "{}", path.display());
        }
        let unmarked = ["bash", "shell", "console"];
        assert!(unmarked.iter().all(|mark| blocks(&text, mark).is_empty()), "{}", path.display());
        // What needs an account is marked so.
        let local = blocks(&text, "sh").concat();
        assert!(local.lines().all(|line| !line.starts_with("aws ") && !line.starts_with("sam ")), "{}", path.display());
    }
}

/// A link within the project leads somewhere.
#[test]
fn every_link_leads_somewhere() {
    let top = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root().join(name));
    for path in documents(&root().join("docs")).into_iter().chain(top) {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with("mailto:") || link.contains(' ') {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if !anchor.is_empty() && target.extension().is_some_and(|extension| extension == "md") {
                let told = std::fs::read_to_string(&target).unwrap();
                let heading = |line: &str| {
                    let text = line.trim_start_matches('#').trim().to_lowercase();
                    let kept: String = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect();
                    kept.replace(' ', "-")
                };
                let named = told.contains(&format!("<a id=\"{anchor}\"></a>"));
                assert!(named || told.lines().any(|line| line.starts_with('#') && heading(line) == anchor), "{link}");
            }
        }
    }
}
