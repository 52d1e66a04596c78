//! The rules of GitHub's REST API.

use axum::http::{Method, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::forge::held::{Answer, Asked, Held, MAIN, Proposal, REPOSITORY, decoded, is_path, says};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;

pub(super) fn answer(held: &Held, asked: &Asked) -> Answer {
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let (["repos", owner, name], rest) = (match path.split_at_checked(3) {
        Some((repository, rest)) => (repository, rest),
        None => return says(404, "Not Found"),
    }) else {
        return says(404, "Not Found");
    };
    if format!("{owner}/{name}") != REPOSITORY {
        return says(404, "Not Found");
    }
    let reads = asked.method == Method::GET || asked.method == Method::HEAD;
    if !reads && !held.rules().push {
        return says(403, "Resource not accessible by personal access token");
    }
    let behind = |start: usize| rest.get(start..).unwrap_or_default().join("/");
    match (asked.method.as_str(), rest) {
        ("GET", []) => {
            (OK, json!({"default_branch": MAIN, "archived": false, "permissions": {"push": held.rules().push}}))
        }
        ("GET", ["git", "ref", "heads", ..]) => reference(held, &behind(3)),
        ("GET", ["branches", ..]) => match held.tip(&behind(1)) {
            Some(_) => (OK, json!({"protected": held.rules().protected && behind(1) == MAIN})),
            None => says(404, "Branch not found"),
        },
        ("GET" | "HEAD", ["contents", ..]) => contents(held, asked, &behind(1)),
        ("PUT", ["contents", ..]) => put(held, asked, &behind(1)),
        ("GET", ["pulls"]) => pulls(held, asked),
        _ if held.is_empty() => says(409, "Git Repository is empty."),
        ("GET", ["git", "commits", sha]) => {
            match held.line(&["rev-parse", "--verify", "--quiet", &format!("{sha}^{{tree}}")], &[]) {
                Some(tree) => (OK, json!({"sha": sha, "tree": {"sha": tree}})),
                None => says(404, "Not Found"),
            }
        }
        ("POST", ["git", "blobs"]) => match decoded(&asked.body["content"], &asked.body["encoding"]) {
            Some(bytes) => (CREATED, json!({"sha": held.blob(&bytes)})),
            None => says(422, "content is not valid Base64"),
        },
        ("POST", ["git", "trees"]) => tree(held, &asked.body),
        ("POST", ["git", "commits"]) => {
            let text = |field: &str| asked.body[field].as_str().unwrap_or_default();
            let parent = asked.body["parents"][0].as_str();
            (CREATED, json!({"sha": held.commit(text("tree"), parent, text("message"))}))
        }
        ("POST", ["git", "refs"]) => begin(held, &asked.body),
        ("PATCH", ["git", "refs", "heads", ..]) => move_on(held, &asked.body, &behind(3)),
        ("POST", ["pulls"]) => propose(held, &asked.body),
        ("PATCH", ["pulls", number]) => {
            let number: usize = number.parse().unwrap_or_default();
            let closes = asked.body["state"] == "closed";
            held.rules().proposals.iter_mut().filter(|one| one.number == number).for_each(|one| one.open = !closes);
            (OK, json!({"number": number}))
        }
        _ => says(404, "Not Found"),
    }
}

fn reference(held: &Held, branch: &str) -> Answer {
    match held.tip(branch) {
        Some(sha) => (OK, json!({"object": {"sha": sha, "type": "commit"}})),
        None if held.is_empty() => says(409, "Git Repository is empty."),
        None => says(404, "Not Found"),
    }
}

fn contents(held: &Held, asked: &Asked, path: &str) -> Answer {
    let at = asked.query.get("ref").map_or(MAIN, String::as_str);
    let Some(sha) = held.object(at, path) else { return says(404, "Not Found") };
    let bytes = held.git(&["cat-file", "blob", &sha], &[]).unwrap_or_default();
    // In lines, as it comes.
    let encoded = STANDARD.encode(bytes);
    let lines: Vec<&str> = encoded.as_bytes().chunks(60).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    (OK, json!({"sha": sha, "path": path, "encoding": "base64", "content": lines.join("\n") + "\n"}))
}

fn put(held: &Held, asked: &Asked, path: &str) -> Answer {
    held.meanwhile();
    let branch = asked.body["branch"].as_str().unwrap_or(MAIN);
    let tip = held.tip(branch);
    if tip.is_none() && !held.is_empty() {
        return says(404, "Branch not found");
    }
    let there = tip.as_ref().and_then(|tip| held.object(tip, path));
    match (&there, asked.body["sha"].as_str()) {
        (Some(_), None) => return says(422, "Invalid request.\n\n\"sha\" wasn't supplied."),
        (Some(there), Some(said)) if there != said => return says(409, "it does not match"),
        (None, Some(_)) => return says(422, "sha is of no file"),
        _ => {}
    }
    let Some(bytes) = decoded(&asked.body["content"], &json!("base64")).filter(|_| is_path(path)) else {
        return says(422, "content is not valid Base64");
    };
    let tree = held.tree(tip.as_deref(), &[(path.to_owned(), Some(held.blob(&bytes)))]);
    let message = asked.body["message"].as_str().unwrap_or_default();
    held.point(branch, &held.commit(&tree, tip.as_deref(), message));
    (CREATED, json!({"content": {"path": path}}))
}

fn tree(held: &Held, body: &Value) -> Answer {
    let base = body["base_tree"].as_str().unwrap_or_default();
    if held.line(&["cat-file", "-t", base], &[]).as_deref() != Some("tree") {
        return says(422, "base_tree is not a valid tree oid");
    }
    let mut entries = Vec::new();
    for entry in body["tree"].as_array().into_iter().flatten() {
        let path = entry["path"].as_str().unwrap_or_default();
        if !is_path(path) {
            return says(422, "tree.path contains a malformed path component");
        }
        let blob = match (&entry["sha"], entry["content"].as_str()) {
            (_, Some(content)) => Some(held.blob(content.as_bytes())),
            (Value::String(sha), None) => Some(sha.clone()),
            (_, None) if held.object(base, path).is_none() => return says(422, "GitRPC::BadObjectState"),
            (_, None) => None,
        };
        entries.push((path.to_owned(), blob));
    }
    (CREATED, json!({"sha": held.tree(Some(base), &entries)}))
}

fn begin(held: &Held, body: &Value) -> Answer {
    let (name, sha) = (body["ref"].as_str().unwrap_or_default(), body["sha"].as_str().unwrap_or_default());
    let Some(branch) = name.strip_prefix("refs/heads/") else {
        return says(422, "Reference name must start with refs/");
    };
    if held.tip(branch).is_some() {
        return says(422, "Reference already exists");
    }
    held.point(branch, sha);
    (CREATED, json!({"ref": name}))
}

fn move_on(held: &Held, body: &Value, branch: &str) -> Answer {
    held.meanwhile();
    let sha = body["sha"].as_str().unwrap_or_default();
    let Some(tip) = held.tip(branch) else { return says(422, "Reference does not exist") };
    if body["force"] != true && held.git(&["merge-base", "--is-ancestor", &tip, sha], &[]).is_none() {
        return says(422, "Update is not a fast forward");
    }
    if held.rules().protected && branch == MAIN {
        return says(422, "Changes must be made through a pull request.");
    }
    held.point(branch, sha);
    (OK, json!({"object": {"sha": sha}}))
}

fn shown(proposal: &Proposal) -> Value {
    json!({"number": proposal.number, "html_url": format!("https://github.com/{REPOSITORY}/pull/{}", proposal.number)})
}

fn pulls(held: &Held, asked: &Asked) -> Answer {
    let branch = asked.query.get("head").and_then(|head| head.strip_prefix("acme:")).unwrap_or_default();
    let rules = held.rules();
    let found: Vec<Value> = rules.proposals.iter().filter(|one| one.open && one.branch == branch).map(shown).collect();
    (OK, json!(found))
}

fn propose(held: &Held, body: &Value) -> Answer {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let (branch, base) = (text("head"), text("base"));
    if held.tip(&branch).is_none() || held.tip(&base).is_none() || held.tip(&branch) == held.tip(&base) {
        return says(422, "Validation Failed");
    }
    let mut rules = held.rules();
    if rules.proposals.iter().any(|one| one.open && one.branch == branch) {
        return says(422, "A pull request already exists");
    }
    let proposal = Proposal { number: rules.proposals.len() + 1, branch, title: text("title"), open: true };
    let answer = (CREATED, shown(&proposal));
    rules.proposals.push(proposal);
    answer
}
