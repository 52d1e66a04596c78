//! Backups of the table: the two operations of DynamoDB that the emulator lacks. `CreateBackup` copies the whole database into a
//! file of the data folder; `RestoreTableFromBackup` makes a new table from such a copy. As on AWS it has the keys, the indexes
//! and the items of the copied one, and neither its TTL nor its protections.

use std::path::{Path, PathBuf};

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use dynoxide::{Database, ImportOptions};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    folder,
    template::{ACCOUNT, REGION},
};

const PAGE: u32 = 1000;
/// What a new table is made of, among what is told of the old one.
const OF_TABLE: [&str; 3] = ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"];
const OF_INDEX: [&str; 3] = ["IndexName", "KeySchema", "Projection"];

#[derive(Clone)]
pub(super) struct Backups {
    pub(super) database: Database,
    /// Where the copies are.
    pub(super) folder: PathBuf,
}

/// A refusal, as DynamoDB names it.
struct Refused(&'static str, String);

#[derive(Clone, Copy)]
enum Operation {
    Create,
    Restore,
}

impl Backups {
    /// The answer, if it is one of the two operations that is asked for.
    pub(super) async fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Option<Response> {
        let target = headers.get("x-amz-target")?.to_str().ok()?;
        let operation = match target.strip_prefix("DynamoDB_20120810.")? {
            "CreateBackup" => Operation::Create,
            "RestoreTableFromBackup" => Operation::Restore,
            _ => return None,
        };
        let (backups, body) = (self.clone(), body.clone());
        let done = tokio::task::spawn_blocking(move || backups.done(operation, &body)).await;
        let done = done.unwrap_or_else(|error| Err(Refused("InternalServerError", error.to_string())));
        let (status, body) = match done {
            Ok(answer) => (StatusCode::OK, answer),
            Err(Refused(kind, message)) => {
                let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
                (StatusCode::BAD_REQUEST, json!({"__type": kind, "message": message}))
            }
        };
        Some((status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string()).into_response())
    }

    fn done(&self, operation: Operation, body: &[u8]) -> Result<Value, Refused> {
        let asked: Value = serde_json::from_slice(body).map_err(invalid)?;
        let text = |name: &str| asked[name].as_str().ok_or_else(|| invalid(format!("{name} is required")));
        match operation {
            Operation::Create => self.create(text("TableName")?, text("BackupName")?),
            Operation::Restore => self.restore(text("TargetTableName")?, text("BackupArn")?),
        }
    }

    fn create(&self, table: &str, name: &str) -> Result<Value, Refused> {
        if described(&self.database, table).is_err() {
            return Err(Refused("TableNotFoundException", format!("there is no table {table}")));
        }
        folder::make(&self.folder).map_err(failed)?;
        let (id, made) = (Uuid::now_v7(), Timestamp::now().as_second());
        self.database.vacuum_into(&self.file(&id).to_string_lossy()).map_err(failed)?;
        let arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/backup/{id}");
        let details = json!({"BackupArn": arn, "BackupName": name, "BackupStatus": "AVAILABLE", "BackupType": "USER",
            "BackupCreationDateTime": made});
        Ok(json!({"BackupDetails": details}))
    }

    fn restore(&self, target: &str, arn: &str) -> Result<Value, Refused> {
        let unknown = || Refused("BackupNotFoundException", format!("there is no backup {arn}"));
        let (table, id) = named(arn).ok_or_else(unknown)?;
        let copy = self.file(&id);
        if !copy.is_file() {
            return Err(unknown());
        }
        if described(&self.database, target).is_ok() {
            return Err(Refused("TableAlreadyExistsException", format!("there is a table {target}")));
        }
        // The copy itself stays as it is: a database that is opened is written to.
        let opened = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        std::fs::copy(&copy, opened.path()).map_err(failed)?;
        let from = Database::new(&opened.path().to_string_lossy()).map_err(failed)?;
        let made = made_as(&described(&from, table)?, target);
        self.database.create_table(request(made)?).map_err(failed)?;
        let mut start = Value::Null;
        loop {
            let page = json!({"TableName": table, "Limit": PAGE, "ExclusiveStartKey": start});
            let page = from.scan(request(page)?).map_err(failed)?;
            let next = serde_json::to_value(&page.last_evaluated_key).map_err(failed)?;
            let items = page.items.unwrap_or_default();
            self.database.import_items(target, items, ImportOptions::default()).map_err(failed)?;
            if next.is_null() {
                return Ok(json!({"TableDescription": described(&self.database, target)?}));
            }
            start = next;
        }
    }

    fn file(&self, id: &Uuid) -> PathBuf {
        self.folder.join(Path::new(&format!("{id}.sqlite")))
    }
}

/// The table and the id in the ARN of a backup.
fn named(arn: &str) -> Option<(&str, Uuid)> {
    let (_, path) = arn.split_once(":table/")?;
    let (table, id) = path.split_once("/backup/")?;
    Some((table, Uuid::parse_str(id).ok()?))
}

fn described(database: &Database, table: &str) -> Result<Value, Refused> {
    let told = database.describe_table(request(json!({"TableName": table}))?).map_err(failed)?;
    let told = serde_json::to_value(told).map_err(failed)?;
    Ok(told["Table"].clone())
}

/// What makes a table of the name `target` as the one that is described.
fn made_as(told: &Value, target: &str) -> Value {
    let mut made = json!({"TableName": target, "BillingMode": "PAY_PER_REQUEST"});
    for name in OF_TABLE.iter().filter(|name| !told[**name].is_null()) {
        made[*name] = told[*name].clone();
    }
    for index in made["GlobalSecondaryIndexes"].as_array_mut().into_iter().flatten() {
        *index = OF_INDEX.iter().map(|name| ((*name).to_owned(), index[*name].clone())).collect();
    }
    made
}

fn request<T: DeserializeOwned>(body: Value) -> Result<T, Refused> {
    serde_json::from_value(body).map_err(failed)
}

fn invalid(why: impl std::fmt::Display) -> Refused {
    Refused("ValidationException", why.to_string())
}

fn failed(why: impl std::fmt::Display) -> Refused {
    Refused("InternalServerError", why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backups(folder: &Path) -> Backups {
        let database = Database::memory().unwrap();
        let table = json!({"TableName": "tasks", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "due", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [{"IndexName": "due", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}]}]});
        database.create_table(request(table).ok().unwrap()).unwrap();
        Backups { database, folder: folder.join("backups") }
    }

    fn put(backups: &Backups, pk: &str) {
        let item = json!({"TableName": "tasks", "Item": {"pk": {"S": pk}, "due": {"N": "1"}, "bytes": {"B": "AAE="}}});
        backups.database.put_item(request(item).ok().unwrap()).unwrap();
    }

    fn items(backups: &Backups, asked: Value) -> Vec<Value> {
        let page = backups.database.scan(request(asked).ok().unwrap()).unwrap();
        serde_json::to_value(page).unwrap()["Items"].as_array().unwrap().clone()
    }

    fn asked(operation: Operation, backups: &Backups, body: &Value) -> Result<Value, &'static str> {
        backups.done(operation, body.to_string().as_bytes()).map_err(|Refused(kind, _)| kind)
    }

    #[test]
    fn what_is_not_there_is_neither_copied_nor_restored() {
        let folder = tempfile::tempdir().unwrap();
        let backups = backups(folder.path());
        let create = |table: &str| json!({"TableName": table, "BackupName": "night"});
        assert_eq!(asked(Operation::Create, &backups, &create("tsks")), Err("TableNotFoundException"));
        assert_eq!(asked(Operation::Create, &backups, &json!({"TableName": "tasks"})), Err("ValidationException"));
        let restore = |arn: &str| json!({"TargetTableName": "again", "BackupArn": arn});
        let unknown = format!("arn:aws:dynamodb:x:1:table/tasks/backup/{}", Uuid::now_v7());
        for arn in ["", "arn:aws:dynamodb:x:1:table/tasks/backup/../../keys.json", &unknown] {
            assert_eq!(asked(Operation::Restore, &backups, &restore(arn)), Err("BackupNotFoundException"), "{arn}");
        }
    }

    #[test]
    fn a_restored_table_has_what_the_copied_one_had_then_and_overwrites_none() {
        let folder = tempfile::tempdir().unwrap();
        let backups = backups(folder.path());
        put(&backups, "before");
        let made = asked(Operation::Create, &backups, &json!({"TableName": "tasks", "BackupName": "night"})).unwrap();
        put(&backups, "later");
        let restore = json!({"TargetTableName": "again", "BackupArn": made["BackupDetails"]["BackupArn"]});
        asked(Operation::Restore, &backups, &restore).unwrap();
        let before =
            items(&backups, json!({"TableName": "tasks"})).into_iter().find(|item| item["pk"]["S"] == "before");
        assert_eq!(items(&backups, json!({"TableName": "again"})), [before.unwrap()]);
        assert_eq!(items(&backups, json!({"TableName": "again", "IndexName": "due"})).len(), 1, "its indexes, too");
        assert_eq!(asked(Operation::Restore, &backups, &restore), Err("TableAlreadyExistsException"));
        assert_eq!(items(&backups, json!({"TableName": "tasks"})).len(), 2);
    }
}
