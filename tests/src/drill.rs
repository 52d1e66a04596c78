//! A restore, rehearsed on the local stack: back up, lose, hold, restore, compare, take into use, resume. The steps are those of
//! docs/disaster-recovery.md, whose commands marked `sh` are run as they stand; for those of AWS the local stack has the same
//! operations of DynamoDB, and a start with `RestoredTable` for the deployment.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{Galley, answer, documents::blocks, options, root};

/// What the copy becomes.
pub const RESTORED: &str = "galley-local-restored";
const INDEXES: [&str; 3] = ["by_tenant", "by_state", "due"];
/// What the accident takes away: all content. Keys and flags stay, so that the API can be held.
const LOST: [&str; 2] = ["TASK#", "SLUG#"];
/// As many requests as one call of `BatchWriteItem` takes.
const AT_ONCE: usize = 25;

type Key = (String, String);
type Items = BTreeMap<Key, Value>;

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// How many items were in the table when it was copied.
    pub copied: usize,
    /// How many the accident deleted.
    pub deleted: usize,
    /// What is in the copy and not in the restored table, or there and not in the copy, or not the same.
    pub differing: Vec<Key>,
    /// What was written between the copy and the accident: what the restore cannot bring back.
    pub written_since: usize,
    /// The age of the copy at the accident: what was written in that time is lost.
    pub rpo: Duration,
    /// From the accident on, step by step.
    pub steps: Vec<(&'static str, Duration)>,
}

impl Report {
    /// From the accident to the first draft of a new task.
    pub fn rto(&self) -> Duration {
        self.steps.iter().map(|(_, took)| *took).sum()
    }
}

/// What could be read before the accident and has to be read the same after the restore.
struct Before {
    items: Items,
    indexes: BTreeMap<&'static str, usize>,
    articles: BTreeMap<String, Value>,
    backup: String,
    made: Instant,
}

struct Steps {
    since: Instant,
    took: Vec<(&'static str, Duration)>,
}

impl Steps {
    fn done(&mut self, name: &'static str) {
        self.took.push((name, self.since.elapsed()));
        self.since = Instant::now();
    }
}

/// Rehearses the restore of a table with so many live articles, and as many drafts.
pub async fn rehearse(articles: usize) -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = options();
    options.data = Some(folder.path().join("data"));
    let galley = Galley::with(options.clone()).await;
    let commands = Commands::read();

    let before = filled(&galley, articles).await;
    let late = galley.drafted().await;
    let at_the_accident = items(&galley, galley.stack.table_name(), None).await;
    let written_since = at_the_accident.iter().filter(|(key, item)| before.items.get(*key) != Some(*item)).count();
    let deleted = lose(&galley, &at_the_accident).await;
    let (rpo, mut steps) = (before.made.elapsed(), Steps { since: Instant::now(), took: Vec::new() });
    for path in before.articles.keys() {
        galley.get("nobody", path).await.expect(404);
    }

    commands.run(&galley, &commands.hold).await;
    nothing_is_changed(&galley).await;
    steps.done("hold");
    restore(&galley, &before.backup).await;
    steps.done("restore");
    let restored = items(&galley, RESTORED, None).await;
    let keys = before.items.keys().chain(restored.keys());
    let differing: Vec<Key> = keys.filter(|key| before.items.get(*key) != restored.get(*key)).cloned().collect();
    for (index, count) in &before.indexes {
        assert_eq!(items(&galley, RESTORED, Some(index)).await.len(), *count, "the index {index}");
    }
    steps.done("compare");

    take_the_hold_over(&galley).await;
    let left = items(&galley, galley.stack.table_name(), None).await;
    let own = galley.stack.table_name().to_owned();
    galley.stack.stop().await.expect("it stops");
    options.parameters.insert("RestoredTable".to_owned(), RESTORED.to_owned());
    let galley = Galley::with(options).await;
    assert_eq!(galley.stack.table_name(), RESTORED);
    nothing_is_changed(&galley).await;
    steps.done("take into use");
    commands.run(&galley, &commands.resume).await;
    for (path, article) in &before.articles {
        assert_eq!(&galley.get("nobody", path).await.expect(200).body, article, "{path}");
    }
    galley.get("viewer", &late).await.expect(404);
    galley.published("Written after the restore").await;
    steps.done("resume");
    assert_eq!(items(&galley, &own, None).await, left, "nothing wrote to the table that was replaced");
    galley.stack.stop().await.expect("it stops");
    Report { copied: before.items.len(), deleted, differing, written_since, rpo, steps: steps.took }
}

/// The commands of the document's steps.
struct Commands {
    /// Where they are run, and keep what the flags were.
    folder: TempDir,
    all: Vec<String>,
    hold: String,
    resume: String,
}

impl Commands {
    fn read() -> Self {
        let text = std::fs::read_to_string(root().join("docs/disaster-recovery.md")).expect("the document");
        let all = blocks(&text, "sh");
        let with = |word: &str| all.iter().find(|block| block.contains(word)).expect(word).clone();
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, hold: with("galley flags off writes"), resume: with("galley stuck"), all }
    }

    /// Runs `block`; the first of all has what the others use.
    async fn run(&self, galley: &Galley, block: &str) {
        let first = self.all.first().expect("commands");
        let rest = if first == block { "" } else { block };
        let path = format!("{}:{}", options().binaries.display(), std::env::var("PATH").unwrap_or_default());
        let output = Command::new("bash")
            .args(["-c", &format!("set -euo pipefail\n{first}\n{rest}")])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("GALLEY_CONFIG_DIR", self.folder.path())
            .env("GALLEY_URL", galley.stack.url())
            .env("GALLEY_TOKEN", galley.key("operator"))
            .output()
            .await
            .expect("bash");
        let told = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{block}: {told}");
    }
}

/// Live articles and drafts, and a copy of the table with them.
async fn filled(galley: &Galley, count: usize) -> Before {
    let mut articles = BTreeMap::new();
    for nth in 0..count {
        let task = galley.published(&format!("Article {nth} of the drill")).await;
        let url = galley.get("viewer", &task).await.expect(200).text("published_url");
        let article = galley.get("nobody", &url).await.expect(200).body;
        articles.insert(url, article);
        galley.drafted().await;
    }
    let table = galley.stack.table_name();
    let mut indexes = BTreeMap::new();
    for index in INDEXES {
        indexes.insert(index, items(galley, table, Some(index)).await.len());
    }
    let items = items(galley, table, None).await;
    let asked = json!({"TableName": table, "BackupName": "drill"});
    let made = galley.stack.dynamodb("CreateBackup", &asked).await.expect("a backup");
    let backup = made["BackupDetails"]["BackupArn"].as_str().expect("an ARN").to_owned();
    Before { items, indexes, articles, backup, made: Instant::now() }
}

/// Deletes all content, past the functions, and returns how many items that were.
async fn lose(galley: &Galley, there: &Items) -> usize {
    let table = galley.stack.table_name();
    let content = |key: &&Key| LOST.iter().any(|prefix| key.0.starts_with(prefix));
    let lost: Vec<&Key> = there.keys().filter(content).collect();
    for some in lost.chunks(AT_ONCE) {
        let requests: Vec<Value> =
            some.iter().map(|(pk, sk)| json!({"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}})).collect();
        let asked = json!({"RequestItems": {table: requests}});
        galley.stack.dynamodb("BatchWriteItem", &asked).await.expect("a deletion");
    }
    lost.len()
}

/// By functions that have not written yet; whoever has knows of the hold thirty seconds later.
async fn nothing_is_changed(galley: &Galley) {
    let patch = galley.request("admin", Method::PATCH, "/api/admin/settings").json(&json!({"quality_bar": 80}));
    assert_eq!(answer(patch).await.expect(503).problem(), "writes-held");
    let webhook = galley.webhook(&json!({"event_id": "held", "event_type": "content.sung"})).await.expect(503);
    assert_eq!((webhook.problem().as_str(), webhook.header("retry-after")), ("writes-held", "60"));
    galley.get("viewer", "/api/content/tasks").await.expect(200);
}

async fn restore(galley: &Galley, backup: &str) {
    let asked = json!({"TargetTableName": RESTORED, "BackupArn": backup});
    galley.stack.dynamodb("RestoreTableFromBackup", &asked).await.expect("a restore");
    let expiry = json!({"TableName": RESTORED, "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "ttl"}});
    galley.stack.dynamodb("UpdateTimeToLive", &expiry).await.expect("expiry");
}

/// The flags of the hold, as they are in the table that is replaced.
async fn take_the_hold_over(galley: &Galley) {
    for flag in ["generation", "writes"] {
        let key = json!({"pk": {"S": "FLAGS"}, "sk": {"S": flag}});
        let asked = json!({"TableName": galley.stack.table_name(), "ConsistentRead": true, "Key": key});
        let held = galley.stack.dynamodb("GetItem", &asked).await.expect("a flag");
        assert!(held["Item"].is_object(), "{flag} was set by the hold");
        let asked = json!({"TableName": RESTORED, "Item": held["Item"]});
        galley.stack.dynamodb("PutItem", &asked).await.expect("a flag");
    }
}

/// All items of a table, or of what one of its indexes shows.
async fn items(galley: &Galley, table: &str, index: Option<&str>) -> Items {
    let (mut found, mut start) = (Items::new(), Value::Null);
    loop {
        let mut asked = json!({"TableName": table});
        if let Some(index) = index {
            asked["IndexName"] = index.into();
        }
        if !start.is_null() {
            asked["ExclusiveStartKey"] = start;
        }
        let page = galley.stack.dynamodb("Scan", &asked).await.expect("a page");
        for item in page["Items"].as_array().expect("items") {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            found.insert((text("pk"), text("sk")), item.clone());
        }
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            return found;
        }
    }
}
