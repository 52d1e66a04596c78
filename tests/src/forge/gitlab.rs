//! The rules of GitLab's REST API.

use axum::http::{Method, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::forge::held::{Answer, Asked, Held, MAIN, Proposal, REPOSITORY, decoded, is_path, says};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;

pub(super) fn answer(held: &Held, asked: &Asked) -> Answer {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let ["api", "v4", "projects", REPOSITORY, rest @ ..] = &*path else { return says(404, "404 Project Not Found") };
    let reads = asked.method == Method::GET || asked.method == Method::HEAD;
    let push = held.rules().push;
    if !reads && !push {
        return says(403, "403 Forbidden");
    }
    match (asked.method.as_str(), rest) {
        ("GET", []) => {
            let branch = (!held.is_empty()).then_some(MAIN);
            let access = json!({"access_level": if push { 30 } else { 20 }});
            let permissions = json!({"project_access": access, "group_access": null});
            (
                OK,
                json!({"default_branch": branch, "empty_repo": held.is_empty(), "archived": false, "permissions": permissions}),
            )
        }
        ("GET", ["repository", "branches", branch]) => match held.tip(branch) {
            Some(id) => {
                let closed = held.rules().protected && *branch == MAIN;
                (OK, json!({"name": branch, "commit": {"id": id}, "protected": closed, "can_push": push && !closed}))
            }
            None => says(404, "404 Branch Not Found"),
        },
        ("GET" | "HEAD", ["repository", "files", path]) => file(held, asked, path),
        ("POST", ["repository", "commits"]) => commit(held, &asked.body),
        ("GET", ["merge_requests"]) => {
            let branch = asked.query.get("source_branch").map(String::as_str).unwrap_or_default();
            let rules = held.rules();
            let found: Vec<Value> =
                rules.proposals.iter().filter(|one| one.open && one.branch == branch).map(shown).collect();
            (OK, json!(found))
        }
        ("POST", ["merge_requests"]) => propose(held, &asked.body),
        ("PUT", ["merge_requests", number]) => {
            let number: usize = number.parse().unwrap_or_default();
            let closes = asked.body["state_event"] == "close";
            held.rules().proposals.iter_mut().filter(|one| one.number == number).for_each(|one| one.open = !closes);
            (OK, json!({"iid": number}))
        }
        _ => says(404, "404 Not Found"),
    }
}

/// The commit that changed a path last.
fn last(held: &Held, at: &str, path: &str) -> Option<String> {
    held.object(at, path)?;
    held.line(&["log", "-1", "--format=%H", at, "--", path], &[])
}

fn file(held: &Held, asked: &Asked, path: &str) -> Answer {
    let Some(at) = asked.query.get("ref") else { return says(400, "ref is missing") };
    let at = if at == "HEAD" { MAIN } else { at };
    let (Some(blob), Some(last)) = (held.object(at, path), last(held, at, path)) else {
        return says(404, "404 File Not Found");
    };
    let bytes = held.git(&["cat-file", "blob", &blob], &[]).unwrap_or_default();
    let content = STANDARD.encode(bytes);
    (OK, json!({"file_path": path, "encoding": "base64", "content": content, "blob_id": blob, "last_commit_id": last}))
}

fn commit(held: &Held, body: &Value) -> Answer {
    held.meanwhile();
    let Some(branch) = body["branch"].as_str() else { return says(400, "branch is missing") };
    if held.rules().protected && branch == MAIN {
        return says(403, "403 Forbidden - You are not allowed to push into this branch");
    }
    let start = body["start_branch"].as_str();
    let base = match (held.tip(branch), start) {
        (Some(_), Some(_)) if body["force"] != true => return says(400, "A branch with this name already exists"),
        (_, Some(start)) => match held.tip(start) {
            Some(tip) => Some(tip),
            None => return says(400, "The start branch is not there"),
        },
        (None, None) if !held.is_empty() => {
            return says(400, "You can only create or edit files when you are on a branch");
        }
        (tip, None) => tip,
    };
    let mut entries = Vec::new();
    for action in body["actions"].as_array().into_iter().flatten() {
        match entry(held, base.as_deref(), action) {
            Ok(entry) => entries.push(entry),
            Err(why) => return says(400, why),
        }
    }
    let message = body["commit_message"].as_str().unwrap_or_default();
    let id = held.commit(&held.tree(base.as_deref(), &entries), base.as_deref(), message);
    held.point(branch, &id);
    (CREATED, json!({"id": id}))
}

fn entry(held: &Held, base: Option<&str>, action: &Value) -> Result<(String, Option<String>), &'static str> {
    let path =
        action["file_path"].as_str().filter(|path| is_path(path)).ok_or("Path cannot include directory traversal")?;
    let there = base.and_then(|base| last(held, base, path));
    let name = action["action"].as_str().unwrap_or_default();
    match (name, &there) {
        ("create", Some(_)) => return Err("A file with this name already exists"),
        ("update" | "delete" | "move", None) => return Err("A file with this name doesn't exist"),
        ("update" | "delete", Some(last)) if action["last_commit_id"].as_str().is_some_and(|said| said != last) => {
            return Err("The file has changed since you started editing it");
        }
        _ => {}
    }
    if name == "delete" {
        return Ok((path.to_owned(), None));
    }
    let bytes = decoded(&action["content"], &action["encoding"]).ok_or("content is not valid")?;
    Ok((path.to_owned(), Some(held.blob(&bytes))))
}

fn shown(proposal: &Proposal) -> Value {
    json!({"iid": proposal.number, "web_url": format!("https://gitlab.com/{REPOSITORY}/-/merge_requests/{}", proposal.number)})
}

fn propose(held: &Held, body: &Value) -> Answer {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let branch = text("source_branch");
    if held.tip(&branch).is_none() || held.tip(&text("target_branch")).is_none() {
        return says(400, "The branch is not there");
    }
    let mut rules = held.rules();
    if rules.proposals.iter().any(|one| one.open && one.branch == branch) {
        return says(409, "Another open merge request already exists for this source branch");
    }
    let proposal = Proposal { number: rules.proposals.len() + 1, branch, title: text("title"), open: true };
    let answer = (CREATED, shown(&proposal));
    rules.proposals.push(proposal);
    answer
}
