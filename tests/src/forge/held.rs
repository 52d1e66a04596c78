//! What the stand-in of a forge keeps: a bare repository, which Git itself writes to, and how it is today.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::{Mutex, MutexGuard},
};

use axum::http::{HeaderMap, Method, StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the repository is opened with.
pub const TOKEN: &str = "not-a-real-token-of-a-forge";
pub const REPOSITORY: &str = "acme/site";
pub const MAIN: &str = "main";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    GitHub,
    GitLab,
}

#[derive(Debug)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) folder: TempDir,
    pub(super) rules: Mutex<Rules>,
}

/// How it is today.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether the token may write.
    pub push: bool,
    /// Whether the main branch takes merges alone.
    pub protected: bool,
    /// Every answer asks for fewer requests, until this second of the epoch.
    pub limited_until: Option<i64>,
    /// What somebody commits to the main branch just before the next write is.
    pub meanwhile: Option<(String, String)>,
    /// The next write is done and not answered.
    pub loses_an_answer: bool,
    pub proposals: Vec<Proposal>,
}

#[derive(Clone, Debug)]
pub struct Proposal {
    pub number: usize,
    pub branch: String,
    pub title: String,
    pub open: bool,
}

/// A request, read.
pub(super) struct Asked {
    pub(super) method: Method,
    /// Behind the repository's own, with what was encoded decoded.
    pub(super) path: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
}

pub(super) type Answer = (StatusCode, Value);

pub(super) fn says(status: u16, message: &str) -> Answer {
    (StatusCode::from_u16(status).expect("a status"), json!({ "message": message }))
}

impl Held {
    pub(super) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().expect("rules")
    }

    /// What Git says, if it does what it is told.
    pub(super) fn git(&self, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
        use std::io::Write;
        let mut git = Command::new("git")
            .arg("--git-dir")
            .arg(self.folder.path())
            .args(arguments)
            .env("GIT_INDEX_FILE", self.folder.path().join("an-index"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Somebody")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "somebody@example.com")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("git runs");
        git.stdin.take().expect("its input").write_all(input).ok();
        let done = git.wait_with_output().expect("git ends");
        done.status.success().then_some(done.stdout)
    }

    pub(super) fn line(&self, arguments: &[&str], input: &[u8]) -> Option<String> {
        self.git(arguments, input).map(|out| String::from_utf8_lossy(&out).trim().to_owned())
    }

    pub(super) fn tip(&self, branch: &str) -> Option<String> {
        self.line(&["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")], &[])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.line(&["for-each-ref", "refs/heads"], &[]).is_none_or(|refs| refs.is_empty())
    }

    /// The object of a path, if it is there.
    pub(super) fn object(&self, at: &str, path: &str) -> Option<String> {
        self.line(&["rev-parse", "--verify", "--quiet", &format!("{at}:{path}")], &[])
    }

    pub(super) fn blob(&self, bytes: &[u8]) -> String {
        self.line(&["hash-object", "-w", "--stdin"], bytes).expect("a blob")
    }

    /// A tree over a tree. `None` for a blob: the path is taken out.
    pub(super) fn tree(&self, base: Option<&str>, entries: &[(String, Option<String>)]) -> String {
        match base {
            Some(base) => self.git(&["read-tree", base], &[]),
            None => self.git(&["read-tree", "--empty"], &[]),
        }
        .expect("an index");
        for (path, blob) in entries {
            let line = match blob {
                Some(blob) => format!("100644 {blob}\t{path}\n"),
                None => format!("0 {}\t{path}\n", "0".repeat(40)),
            };
            self.git(&["update-index", "--index-info"], line.as_bytes()).expect("an entry");
        }
        self.line(&["write-tree"], &[]).expect("a tree")
    }

    pub(super) fn commit(&self, tree: &str, parent: Option<&str>, message: &str) -> String {
        let parent: Vec<&str> = parent.iter().flat_map(|parent| ["-p", parent]).collect();
        let arguments = [&["commit-tree", tree, "-m", message], &*parent].concat();
        self.line(&arguments, &[]).expect("a commit")
    }

    pub(super) fn point(&self, branch: &str, commit: &str) {
        self.git(&["update-ref", &format!("refs/heads/{branch}"), commit], &[]).expect("a reference");
    }

    pub(super) fn by_hand(&self, branch: &str, path: &str, text: Option<&str>) {
        let tip = self.tip(branch);
        let entry = (path.to_owned(), text.map(|text| self.blob(text.as_bytes())));
        let tree = self.tree(tip.as_deref(), &[entry]);
        self.point(branch, &self.commit(&tree, tip.as_deref(), "By hand"));
    }

    /// What comes between a look and the write that follows it.
    pub(super) fn meanwhile(&self) {
        let meanwhile = self.rules().meanwhile.take();
        if let Some((path, text)) = meanwhile {
            self.by_hand(MAIN, &path, Some(&text));
        }
    }
}

/// Whether Git, and so a forge, takes it as a path.
pub(super) fn is_path(path: &str) -> bool {
    path.split('/').all(|name| !["", ".", "..", ".git"].contains(&name)) && !path.contains('\\')
}

pub(super) fn decoded(content: &Value, encoding: &Value) -> Option<Vec<u8>> {
    let content = content.as_str()?;
    if encoding == "base64" { STANDARD.decode(content).ok() } else { Some(content.as_bytes().to_vec()) }
}

pub(super) fn plain(text: &str) -> String {
    text.replace("%2F", "/").replace("%2f", "/").replace("%3A", ":")
}

pub(super) fn is_known(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|said| *said == format!("Bearer {TOKEN}"))
}
