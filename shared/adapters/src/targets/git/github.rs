//! GitHub by its REST API (<https://docs.github.com/rest/git>): a commit of any number of files is a tree over a tree, a commit over a
//! commit, and a branch that is moved on, which is refused where it is not a move forward. An empty repository takes no trees; there the
//! contents API makes the first commit.

use base64::{Engine, engine::general_purpose::STANDARD};
use galley_domain::outbox::trouble::{Effect, Trouble, Why};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::targets::{
    git::forge::{About, Bytes, Change, File, Onto, Proposal, Remote, Repository, Tip, What, refused, trouble},
    http::Answer,
};

pub(super) struct GitHub<'a>(pub(super) Remote<'a>);

#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    default_branch: Option<String>,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

#[derive(Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Commit {
    tree: Object,
}

#[derive(Deserialize)]
struct Branch {
    protected: bool,
}

#[derive(Deserialize)]
struct Contents {
    sha: String,
    content: String,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    #[serde(default)]
    html_url: Option<String>,
}

impl Pull {
    fn proposal(self) -> Proposal {
        Proposal::told(self.number, self.html_url)
    }
}

/// A secondary limit says neither when it ends nor, by its status, that it is one.
fn refusal(answer: &Answer, missing: Why) -> Trouble {
    let says = answer.body.get("message").and_then(Value::as_str).unwrap_or_default();
    if answer.status == 403 && says.contains("rate limit") {
        let after = Some(std::time::Duration::from_mins(1));
        return Trouble { effect: Effect::None, why: Why::RateLimited, after };
    }
    refused(answer, missing)
}

impl GitHub<'_> {
    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Answer, Trouble> {
        let path = format!("/repos/{}{path}", self.0.repository.as_str());
        self.0.ask(method, path, query, body).await
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Trouble> {
        self.call(Method::GET, path, query, None).await
    }

    /// Whoever may read a repository and not write to it is told that it is not there, too.
    async fn made<T: serde::de::DeserializeOwned>(&self, path: &str, body: Value) -> Result<T, Trouble> {
        let answer = self.call(Method::POST, path, &[], Some(body)).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, Why::NotAllowed));
        }
        answer.read()
    }

    async fn object(&self, base: &str, message: &str, changes: &[Change]) -> Result<String, Trouble> {
        let answer = self.get(&format!("/git/commits/{base}"), &[]).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, Why::NoRepository));
        }
        let Commit { tree } = answer.read()?;
        let mut entries = Vec::new();
        for Change { path, what } in changes {
            let (field, what) = match what {
                What::Put(Bytes::Text(text), _) => ("content", json!(text)),
                What::Put(Bytes::Picture(bytes), _) => {
                    let blob = json!({"content": STANDARD.encode(bytes), "encoding": "base64"});
                    ("sha", json!(self.made::<Object>("/git/blobs", blob).await?.sha))
                }
                What::Delete(_) => ("sha", Value::Null),
            };
            entries.push(json!({"path": path, "mode": "100644", "type": "blob", field: what}));
        }
        let tree: Object = self.made("/git/trees", json!({"base_tree": tree.sha, "tree": entries})).await?;
        let commit = json!({"message": message, "tree": tree.sha, "parents": [base]});
        Ok(self.made::<Object>("/git/commits", commit).await?.sha)
    }

    /// Files one by one, the first of which makes the branch.
    async fn begin(&self, onto: &Onto, message: &str, changes: &[Change]) -> Result<bool, Trouble> {
        for Change { path, what } in changes {
            let content = match what {
                What::Put(Bytes::Text(text), _) => STANDARD.encode(text),
                What::Put(Bytes::Picture(bytes), _) => STANDARD.encode(bytes),
                What::Delete(_) => continue,
            };
            let body = json!({"message": message, "content": content, "branch": onto.branch});
            let answer = self.call(Method::PUT, &format!("/contents/{path}"), &[], Some(body)).await?;
            match answer.status {
                200..300 => {}
                409 | 422 => return Ok(false),
                _ => return Err(refusal(&answer, Why::NotAllowed)),
            }
        }
        Ok(true)
    }
}

impl Repository for GitHub<'_> {
    async fn about(&self) -> Result<About, Trouble> {
        let answer = self.get("", &[]).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, Why::NoRepository));
        }
        let Known { default_branch, archived, permissions } = answer.read()?;
        Ok(About { default_branch, may_push: permissions.push && !archived })
    }

    async fn tip(&self, branch: &str) -> Result<Tip, Trouble> {
        let answer = self.get(&format!("/git/ref/heads/{branch}"), &[]).await?;
        match answer.status {
            200..300 => answer.read::<Reference>().map(|found| Tip::At(found.object.sha)),
            404 => self.about().await.map(|_| Tip::Missing),
            409 => Ok(Tip::Empty),
            _ => Err(refusal(&answer, Why::NoRepository)),
        }
    }

    async fn is_open(&self, branch: &str) -> Result<bool, Trouble> {
        let answer = self.get(&format!("/branches/{branch}"), &[]).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, Why::NoBranch));
        }
        answer.read::<Branch>().map(|branch| !branch.protected)
    }

    async fn file(&self, path: &str, at: Option<&str>) -> Result<Option<File>, Trouble> {
        let at = at.map(|at| ("ref", at));
        let answer = self.get(&format!("/contents/{path}"), at.as_slice()).await?;
        match answer.status {
            200..300 => {}
            // It says the same of a repository that the token may not see.
            404 => return self.about().await.map(|_| None),
            _ => return Err(refusal(&answer, Why::NoRepository)),
        }
        let Contents { sha, content } = answer.read()?;
        let bytes = STANDARD.decode(content.replace(['\n', '\r'], "")).unwrap_or_default();
        Ok(Some(File { text: String::from_utf8_lossy(&bytes).into_owned(), version: sha }))
    }

    async fn has(&self, path: &str, at: &str) -> Result<bool, Trouble> {
        let answer = self.call(Method::HEAD, &format!("/contents/{path}"), &[("ref", at)], None).await?;
        match answer.status {
            200..300 => Ok(true),
            404 => Ok(false),
            _ => Err(refusal(&answer, Why::NoRepository)),
        }
    }

    async fn commit(&self, onto: &Onto, message: &str, changes: &[Change]) -> Result<bool, Trouble> {
        let Some(base) = &onto.base else { return self.begin(onto, message, changes).await };
        let sha = self.object(base, message, changes).await?;
        let is_new = onto.anew.is_some() && !matches!(self.tip(&onto.branch).await?, Tip::At(_));
        let answer = if is_new {
            let reference = json!({"ref": format!("refs/heads/{}", onto.branch), "sha": sha});
            self.call(Method::POST, "/git/refs", &[], Some(reference)).await?
        } else {
            // A branch of ours that nobody is asked to merge any more is begun anew.
            let moved = json!({"sha": sha, "force": onto.anew.is_some()});
            self.call(Method::PATCH, &format!("/git/refs/heads/{}", onto.branch), &[], Some(moved)).await?
        };
        match answer.status {
            200..300 => Ok(true),
            // No move forward; or one that a rule forbids.
            409 | 422 => match self.tip(&onto.branch).await? {
                Tip::At(now) if now == *base && !is_new => Err(trouble(Effect::None, Why::BranchProtected)),
                _ => Ok(false),
            },
            _ => Err(refusal(&answer, Why::NotAllowed)),
        }
    }

    async fn proposal(&self, branch: &str) -> Result<Option<Proposal>, Trouble> {
        let owner = self.0.repository.as_str().split('/').next().unwrap_or_default();
        let head = format!("{owner}:{branch}");
        let answer = self.get("/pulls", &[("state", "open"), ("head", &head)]).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, Why::NoRepository));
        }
        answer.read::<Vec<Pull>>().map(|found| found.into_iter().next().map(Pull::proposal))
    }

    async fn propose(&self, branch: &str, into: &str, title: &str) -> Result<Option<Proposal>, Trouble> {
        let pull = json!({"title": title, "head": branch, "base": into});
        let answer = self.call(Method::POST, "/pulls", &[], Some(pull)).await?;
        match answer.status {
            200..300 => answer.read::<Pull>().map(|pull| Some(pull.proposal())),
            422 => Ok(None),
            _ => Err(refusal(&answer, Why::NotAllowed)),
        }
    }

    async fn withdraw(&self, proposal: &Proposal) -> Result<(), Trouble> {
        let closed = Some(json!({"state": "closed"}));
        let answer = self.call(Method::PATCH, &format!("/pulls/{}", proposal.number), &[], closed).await?;
        if answer.is_success() { Ok(()) } else { Err(refusal(&answer, Why::NotAllowed)) }
    }
}
