//! GitHub and GitLab, as far as a target asks them: the rules that their documentation states (docs/targets.md lists them), over a real
//! Git repository that a test can check out. It is reached as `https://api.github.com` and `https://gitlab.com` by what has its stand-ins.

mod github;
mod gitlab;
mod held;

use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::forge::held::{Asked, Held, is_known, plain, says};
pub use crate::forge::held::{Kind, MAIN, Proposal, REPOSITORY, Rules, TOKEN};

#[derive(Debug)]
pub struct Forge {
    kind: Kind,
    address: SocketAddr,
    held: Arc<Held>,
}

impl Forge {
    /// With one commit, which has a README.
    pub async fn start(kind: Kind) -> Self {
        let forge = Self::empty(kind).await;
        forge.by_hand(MAIN, "README.md", Some("A site.\n"));
        forge
    }

    pub async fn empty(kind: Kind) -> Self {
        let rules = Rules {
            push: true,
            protected: false,
            limited_until: None,
            meanwhile: None,
            loses_an_answer: false,
            proposals: Vec::new(),
        };
        let held = Held { kind, folder: TempDir::new().expect("a folder"), rules: Mutex::new(rules) };
        held.git(&["init", "--quiet", "--bare", "--initial-branch", MAIN], &[]).expect("a repository");
        let held = Arc::new(held);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(answer).with_state(Arc::clone(&held));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { kind, address, held }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub const fn host(&self) -> &'static str {
        match self.kind {
            Kind::GitHub => "api.github.com",
            Kind::GitLab => "gitlab.com",
        }
    }

    /// The address of its interface.
    pub const fn url(&self) -> &'static str {
        match self.kind {
            Kind::GitHub => "https://api.github.com",
            Kind::GitLab => "https://gitlab.com/api/v4",
        }
    }

    /// As the setting of the stand-ins has it.
    pub fn stand_in(&self) -> String {
        format!("{}={}", self.host(), self.address)
    }

    /// A target of this repository, as an admin makes it, with `settings` over the usual.
    pub fn target(&self, name: &str, settings: &Value) -> Value {
        let forge = if self.kind == Kind::GitHub { "github" } else { "gitlab" };
        let mut usual = json!({"kind": "git", "forge": forge, "repository": REPOSITORY, "preset": "hugo"});
        for (field, value) in settings.as_object().expect("settings") {
            usual[field] = value.clone();
        }
        json!({"name": name, "url": self.url(), "settings": usual, "secret": TOKEN, "default_for": []})
    }

    pub fn rule(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.held.rules());
    }

    pub fn proposals(&self) -> Vec<Proposal> {
        self.held.rules().proposals.clone()
    }

    /// Merges what is proposed, and leaves its branch.
    pub fn merge(&self, number: usize) {
        let branch = {
            let mut rules = self.held.rules();
            let proposal =
                rules.proposals.iter_mut().find(|one| one.number == number && one.open).expect("an open one");
            proposal.open = false;
            proposal.branch.clone()
        };
        let tip = self.held.tip(&branch).expect("its branch");
        self.held.git(&["update-ref", &format!("refs/heads/{MAIN}"), &tip], &[]).expect("merged");
    }

    /// Somebody commits a file, or removes it.
    pub fn by_hand(&self, branch: &str, path: &str, text: Option<&str>) {
        self.held.by_hand(branch, path, text);
    }

    pub fn files(&self, branch: &str) -> Vec<String> {
        let listed = self.held.git(&["ls-tree", "-r", "--name-only", branch], &[]).unwrap_or_default();
        String::from_utf8(listed).expect("names").lines().map(str::to_owned).collect()
    }

    pub fn read(&self, branch: &str, path: &str) -> Option<String> {
        let text = self.held.git(&["show", &format!("{branch}:{path}")], &[])?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// What the commits of the branch say, the newest first.
    pub fn commits(&self, branch: &str) -> Vec<String> {
        let listed = self.held.git(&["log", "--format=%s", branch], &[]).unwrap_or_default();
        String::from_utf8(listed).expect("subjects").lines().map(str::to_owned).collect()
    }

    /// The files of a branch, in `folder`.
    pub fn check_out(&self, branch: &str, folder: &Path) {
        let cloned = Command::new("git")
            .args(["clone", "--quiet", "--branch", branch])
            .arg(self.held.folder.path())
            .arg(folder)
            .status();
        assert!(cloned.is_ok_and(|status| status.success()), "it is checked out");
    }
}

async fn answer(State(held): State<Arc<Held>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, 32 << 20).await.expect("a body");
    let query = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let asked = Asked {
        method: parts.method.clone(),
        path: parts.uri.path().split('/').skip(1).map(plain).collect(),
        query: query.map(|(name, value)| (name.to_owned(), plain(value))).collect(),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    };
    let until = held.rules().limited_until;
    if let Some(until) = until {
        // GitHub says it by 403 as well; both say when it ends by the second of the epoch.
        let (status, name) =
            if held.kind == Kind::GitHub { (403, "x-ratelimit-reset") } else { (429, "ratelimit-reset") };
        let status = StatusCode::from_u16(status).expect("a status");
        return (status, [(name, until.to_string()), ("x-ratelimit-remaining", "0".to_owned())]).into_response();
    }
    let writes = parts.method != Method::GET && parts.method != Method::HEAD;
    let (status, said) = match held.kind {
        _ if !is_known(&parts.headers) => says(401, "Bad credentials"),
        Kind::GitHub if !parts.headers.contains_key(header::USER_AGENT) => says(403, "No User-Agent"),
        Kind::GitHub => github::answer(&held, &asked),
        Kind::GitLab => gitlab::answer(&held, &asked),
    };
    let moves = writes && status.is_success() && (asked.path.iter().any(|part| part == "commits" || part == "refs"));
    let is_write = moves && !(held.kind == Kind::GitHub && asked.path.last().is_some_and(|part| part == "commits"));
    if is_write && std::mem::take(&mut held.rules().loses_an_answer) {
        return crate::wordpress::cut();
    }
    if parts.method == Method::HEAD { status.into_response() } else { (status, Json(said)).into_response() }
}
