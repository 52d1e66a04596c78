//! `galley-local redrive`: has a running Galley, here or deployed, send its dead letters back.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

use std::path::PathBuf;

use galley_local::{client, folder, seed};
use reqwest::Url;
use serde_json::json;

/// As many letters as one call may move.
const MOST: u32 = 1000;
const QUEUES: [&str; 2] = ["work", "quick"];

/// The arguments of a redrive: queue, limit, key and URL.
struct Redrive {
    url: Url,
    key: String,
    queues: Vec<String>,
    limit: u32,
}

pub(crate) async fn run(get: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let Redrive { url, key, queues, limit } = Redrive::from_vars(get)?;
    let client = client();
    for queue in queues {
        let request = client.post(url.clone()).bearer_auth(&key);
        let answer = request.json(&json!({"queue": queue, "limit": limit})).send().await;
        let answer = answer.map_err(|error| format!("{url} does not answer: {error}"))?;
        let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
        if !status.is_success() {
            return Err(format!("{status}: {body}"));
        }
        println!("{queue}: {body}");
    }
    Ok(())
}

impl Redrive {
    fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let url = text("URL").unwrap_or_else(|| "http://127.0.0.1:8787".to_owned());
        // Before the path is put to it, which could be taken for its host.
        let url = Url::parse(&url).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url = url
            .and_then(|url| Url::parse(&format!("{}/api/admin/dlq/redrive", url.as_str().trim_end_matches('/'))).ok());
        let url = url.ok_or("URL must be a whole URL, as http://127.0.0.1:8787")?;
        let limit = text("LIMIT").map_or(Some(100), |limit| limit.parse().ok());
        let limit = limit.filter(|limit| (1..=MOST).contains(limit));
        let limit = limit.ok_or_else(|| format!("LIMIT must be a whole number, 1 to {MOST}"))?;
        let queues = match text("QUEUE") {
            None => QUEUES.map(str::to_owned).to_vec(),
            Some(queue) if QUEUES.contains(&queue.as_str()) => vec![queue],
            Some(_) => return Err("QUEUE must be work or quick".to_owned()),
        };
        let key = match text("KEY") {
            Some(key) => key,
            None => own_key(text("GALLEY_DATA"))?,
        };
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("KEY must be visible characters of ASCII, without spaces".to_owned());
        }
        Ok(Self { url, key, queues, limit })
    }
}

/// The operator's key of the stack that runs here.
fn own_key(data: Option<String>) -> Result<String, String> {
    let file = PathBuf::from(data.unwrap_or_else(|| ".galley".to_owned())).join(seed::FILE);
    let keys: Option<seed::Keys> = folder::read(&file).map_err(|error| error.to_string())?;
    let key = keys.and_then(|mut keys| keys.remove("operator"));
    key.ok_or_else(|| format!("no KEY is given, and {} has none: no stack has run here", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Redrive, String> {
        Redrive::from_vars(|name| given.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_name() {
        for (name, value) in [
            ("URL", "127.0.0.1:8787"),
            ("URL", "localhost:8787"),
            ("URL", "file:///etc"),
            ("URL", "http://"),
            ("LIMIT", "x"),
            ("LIMIT", "0"),
            ("LIMIT", "-1"),
            ("LIMIT", "1001"),
            ("QUEUE", "other"),
            ("QUEUE", "work,quick"),
            ("KEY", "one two"),
        ] {
            let given = [(name, value), ("KEY", "k")];
            let refused = read(&given).err().unwrap_or_else(|| panic!("{name}={value}"));
            assert!(refused.starts_with(&format!("{name} must be ")), "{name}={value}: {refused}");
        }
    }

    #[test]
    fn a_damaged_file_of_keys_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        assert!(read(&[("GALLEY_DATA", data)]).err().unwrap().contains("no stack has run here"));
        std::fs::write(folder.path().join(seed::FILE), "{\"operator\": \"gal").unwrap();
        let refused = read(&[("GALLEY_DATA", data)]).err().unwrap();
        assert!(refused.contains("keys.json is damaged"), "{refused}");
    }

    #[test]
    fn without_words_everything_here_is_sent_back() {
        let redrive = read(&[("KEY", "k"), ("URL", ""), ("LIMIT", ""), ("QUEUE", "")]).unwrap();
        assert_eq!(redrive.url.as_str(), "http://127.0.0.1:8787/api/admin/dlq/redrive");
        assert_eq!((redrive.queues, redrive.limit), (vec!["work".to_owned(), "quick".to_owned()], 100));
        let deployed = read(&[("KEY", "k"), ("URL", "https://api.example/"), ("QUEUE", "quick")]).unwrap();
        assert_eq!(deployed.url.as_str(), "https://api.example/api/admin/dlq/redrive");
    }
}
