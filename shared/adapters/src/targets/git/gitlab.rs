//! GitLab by its commits API (<https://docs.gitlab.com/api/commits/>): one call is one commit of any number of files. A file is created
//! only where none is, and changed or deleted only over the commit that changed it last.

use base64::{Engine, engine::general_purpose::STANDARD};
use galley_domain::outbox::trouble::{Effect, Trouble, Why};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::targets::{
    git::forge::{About, Bytes, Change, File, Onto, Over, Proposal, Remote, Repository, Tip, What, refused, trouble},
    http::Answer,
};

/// From here on a member may push.
const DEVELOPER: u64 = 30;

pub(super) struct GitLab<'a>(pub(super) Remote<'a>);

#[derive(Deserialize)]
struct Project {
    #[serde(default)]
    default_branch: Option<String>,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    empty_repo: bool,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    project_access: Option<Access>,
    #[serde(default)]
    group_access: Option<Access>,
}

#[derive(Deserialize)]
struct Access {
    access_level: u64,
}

#[derive(Deserialize)]
struct Branch {
    commit: Commit,
    #[serde(default)]
    can_push: bool,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
}

#[derive(Deserialize)]
struct Contents {
    content: String,
    last_commit_id: String,
}

#[derive(Deserialize)]
struct Merge {
    iid: u64,
    #[serde(default)]
    web_url: Option<String>,
}

impl Merge {
    fn proposal(self) -> Proposal {
        Proposal::told(self.iid, self.web_url)
    }
}

/// As one part of a path. What is put in it is of a closed set of characters.
fn part(text: &str) -> String {
    text.replace('/', "%2F")
}

fn action(Change { path, what }: &Change) -> Value {
    let (name, content, over) = match what {
        What::Put(bytes, Over::Nothing) => ("create", Some(bytes), None),
        What::Put(bytes, Over::Version(version)) => ("update", Some(bytes), Some(version)),
        What::Put(bytes, Over::Whatever) => ("update", Some(bytes), None),
        What::Delete(Over::Version(version)) => ("delete", None, Some(version)),
        What::Delete(_) => ("delete", None, None),
    };
    let content = content.map(|content| match content {
        Bytes::Text(text) => STANDARD.encode(text),
        Bytes::Picture(bytes) => STANDARD.encode(bytes),
    });
    let fields = [
        ("action", Some(json!(name))),
        ("file_path", Some(json!(path))),
        ("encoding", content.as_ref().map(|_| json!("base64"))),
        ("content", content.map(Value::String)),
        ("last_commit_id", over.map(|version| json!(version))),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl GitLab<'_> {
    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Answer, Trouble> {
        let path = format!("/projects/{}{path}", part(self.0.repository.as_str()));
        self.0.ask(method, path, query, body).await
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Trouble> {
        self.call(Method::GET, path, query, None).await
    }

    async fn project(&self) -> Result<Project, Trouble> {
        let answer = self.get("", &[]).await?;
        if answer.is_success() { answer.read() } else { Err(refused(&answer, Why::NoRepository)) }
    }

    /// `None`: there is none; the project is.
    async fn found(&self, branch: &str) -> Result<Option<Branch>, Trouble> {
        let answer = self.get(&format!("/repository/branches/{}", part(branch)), &[]).await?;
        match answer.status {
            200..300 => answer.read().map(Some),
            404 => Ok(None),
            _ => Err(refused(&answer, Why::NoRepository)),
        }
    }

    /// Whether what was read for a commit is still so.
    async fn is_as_read(&self, onto: &Onto, changes: &[Change]) -> Result<bool, Trouble> {
        let branch = onto.anew.as_ref().unwrap_or(&onto.branch);
        for Change { path, what } in changes {
            let (What::Put(_, over) | What::Delete(over)) = what;
            let now = self.file(path, Some(branch)).await?;
            let holds = match (over, now) {
                (Over::Nothing, now) => now.is_none(),
                (Over::Version(version), now) => now.is_some_and(|now| now.version == *version),
                (Over::Whatever, now) => now.is_some(),
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Repository for GitLab<'_> {
    async fn about(&self) -> Result<About, Trouble> {
        let Project { default_branch, archived, permissions, .. } = self.project().await?;
        let Permissions { project_access, group_access } = permissions;
        let level = [project_access, group_access].into_iter().flatten().map(|access| access.access_level).max();
        Ok(About { default_branch, may_push: level >= Some(DEVELOPER) && !archived })
    }

    async fn tip(&self, branch: &str) -> Result<Tip, Trouble> {
        match self.found(branch).await? {
            Some(found) => Ok(Tip::At(found.commit.id)),
            None if self.project().await?.empty_repo => Ok(Tip::Empty),
            None => Ok(Tip::Missing),
        }
    }

    async fn is_open(&self, branch: &str) -> Result<bool, Trouble> {
        Ok(self.found(branch).await?.is_some_and(|branch| branch.can_push))
    }

    async fn file(&self, path: &str, at: Option<&str>) -> Result<Option<File>, Trouble> {
        let answer = self.get(&format!("/repository/files/{}", part(path)), &[("ref", at.unwrap_or("HEAD"))]).await?;
        match answer.status {
            200..300 => {}
            404 => return self.about().await.map(|_| None),
            _ => return Err(refused(&answer, Why::NoRepository)),
        }
        let Contents { content, last_commit_id } = answer.read()?;
        let bytes = STANDARD.decode(content).unwrap_or_default();
        Ok(Some(File { text: String::from_utf8_lossy(&bytes).into_owned(), version: last_commit_id }))
    }

    async fn has(&self, path: &str, at: &str) -> Result<bool, Trouble> {
        let path = format!("/repository/files/{}", part(path));
        let answer = self.call(Method::HEAD, &path, &[("ref", at)], None).await?;
        match answer.status {
            200..300 => Ok(true),
            404 => Ok(false),
            _ => Err(refused(&answer, Why::NoRepository)),
        }
    }

    async fn commit(&self, onto: &Onto, message: &str, changes: &[Change]) -> Result<bool, Trouble> {
        let actions: Vec<Value> = changes.iter().map(action).collect();
        let body = match &onto.anew {
            None => json!({"branch": onto.branch, "commit_message": message, "actions": actions}),
            Some(from) => {
                json!({"branch": onto.branch, "commit_message": message, "actions": actions, "start_branch": from,
                "force": true})
            }
        };
        let answer = self.call(Method::POST, "/repository/commits", &[], Some(body)).await?;
        match answer.status {
            200..300 => Ok(true),
            403 if onto.anew.is_none() && self.about().await?.may_push && !self.is_open(&onto.branch).await? => {
                Err(trouble(Effect::None, Why::BranchProtected))
            }
            400 | 409 if !self.is_as_read(onto, changes).await? => Ok(false),
            _ => Err(refused(&answer, Why::NotAllowed)),
        }
    }

    async fn proposal(&self, branch: &str) -> Result<Option<Proposal>, Trouble> {
        let answer = self.get("/merge_requests", &[("state", "opened"), ("source_branch", branch)]).await?;
        if !answer.is_success() {
            return Err(refused(&answer, Why::NoRepository));
        }
        answer.read::<Vec<Merge>>().map(|found| found.into_iter().next().map(Merge::proposal))
    }

    async fn propose(&self, branch: &str, into: &str, title: &str) -> Result<Option<Proposal>, Trouble> {
        let merge =
            json!({"source_branch": branch, "target_branch": into, "title": title, "remove_source_branch": true});
        let answer = self.call(Method::POST, "/merge_requests", &[], Some(merge)).await?;
        match answer.status {
            200..300 => answer.read::<Merge>().map(|merge| Some(merge.proposal())),
            409 => Ok(None),
            _ => Err(refused(&answer, Why::NotAllowed)),
        }
    }

    async fn withdraw(&self, proposal: &Proposal) -> Result<(), Trouble> {
        let closed = Some(json!({"state_event": "close"}));
        let answer = self.call(Method::PUT, &format!("/merge_requests/{}", proposal.number), &[], closed).await?;
        if answer.is_success() { Ok(()) } else { Err(refused(&answer, Why::NotAllowed)) }
    }
}
