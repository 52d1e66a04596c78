//! What a tenant's admins look after: keys, people, sources of webhooks.

use clap::{Args, Subcommand};
use galley_client::{Client, api::route::Route, call::Call};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    command::acts::who,
    context::{Context, MOST, items, list, text},
    fail::Failure,
    output::Output,
    say, table,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// List the API keys, the revoked ones too
    List,
    /// Make an API key; it is shown this once
    Create {
        /// Whom the key is for
        subject: String,
        /// viewer, author, editor or admin
        #[arg(long)]
        role: String,
        /// The time (RFC 3339) from which it works no more
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// Another tenant; operators alone
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Revoke an API key
    Revoke(Remove),
}

#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// List the people who were let in
    List,
    /// Let a person in, or give them another role
    Set {
        /// Such as github-12345
        subject: String,
        /// viewer, author, editor or admin
        #[arg(long)]
        role: String,
        /// What readers of their articles see; it stays where nothing is said, and "" takes it away
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// The groups that they are in; they stay where nothing is said, and "" takes them away
        #[arg(long, value_delimiter = ',')]
        groups: Option<Vec<String>>,
    },
    /// Let a person go
    Remove(Remove),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sources {
    /// List the sources of webhooks
    List,
    /// Make a source; its secret is shown this once
    Create {
        /// Its name: the end of the path that webhooks go to
        source: String,
        /// galley, standard, stripe or github
        #[arg(long)]
        scheme: String,
        /// content.generated, content.failed, content.requested; all where nothing is said
        #[arg(long, value_delimiter = ',')]
        events: Vec<String>,
    },
    /// Give a source another secret; it is shown this once
    Rotate {
        /// Its name
        source: String,
        /// The secret before stops counting at once: for one that got out
        #[arg(long)]
        revoke_previous: bool,
    },
    /// List what came of a source's webhooks
    Receipts {
        /// Its name
        source: String,
    },
    /// List how many of a source's webhooks were refused in the last seven days, and why
    ///
    /// unsigned: without the headers of its scheme; stale_timestamp: signed more than 300 seconds from now; signature_mismatch: signed
    /// with another secret, or changed on the way; no_secret: the source has none; invalid: signed, and not what it may send;
    /// rate_limited: too many in a minute. The numbers are at least so high: they are written once a minute.
    Refusals {
        /// Its name
        source: String,
    },
    /// Remove a source
    Remove(Remove),
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its id or name
    id: String,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

impl Keys {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let columns = [
                    ("id", "id"),
                    ("begins", "prefix"),
                    ("subject", "subject"),
                    ("role", "role"),
                    ("made", "made"),
                    ("by", "maker"),
                    ("used", "last_used"),
                    ("ends", "expires_at"),
                    ("revoked", "revoked"),
                ];
                let keys = items(&client, Call::to(Route::ListKeys, &[]), MOST).await?;
                let keys = if output.is_json() { keys } else { keys.into_iter().map(told).collect() };
                table::list(output, keys, &columns);
                Ok(())
            }
            Self::Create { subject, role, expires, tenant } => {
                let mut body =
                    Map::from_iter([("subject".to_owned(), json!(subject)), ("role".to_owned(), json!(role))]);
                let given = [("expires_at", expires), ("tenant", tenant)];
                body.extend(
                    given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))),
                );
                let made: Value = client.read(&Call::to(Route::MakeKey, &[]).json(&body)?).await?;
                let todo = format!("Revoke it with `galley keys revoke {}`, and make another.", text(&made, "id"));
                secret(output, &made, "key", &todo)
            }
            Self::Revoke(remove) => {
                let meant = Remove { id: key_meant(&client, remove).await?, dry_run: remove.dry_run };
                meant.run(&client, output, Route::RevokeKey, "revoke the key").await
            }
        }
    }
}

/// A key with who made it, and when, to the second: of two that were made in one night the age tells nothing.
fn told(mut key: Value) -> Value {
    let made: Option<Timestamp> = text(&key, "created_at").parse().ok();
    let made = made.map(|at| format!("{at:.0}")).unwrap_or_default();
    let maker = who(&key, "made_by");
    if let Some(fields) = key.as_object_mut() {
        fields.extend([("made".to_owned(), json!(made)), ("maker".to_owned(), json!(maker))]);
    }
    key
}

/// The id of the key that is named: by it, or by whom the key is for. A dry run refuses what a revocation would.
async fn key_meant(client: &Client, named: &Remove) -> Result<String, Failure> {
    if named.id.len() == 64 && named.id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        if named.dry_run {
            client.send(&Call::to(Route::GetKey, &[&named.id])).await?;
        }
        return Ok(named.id.clone());
    }
    let keys = items(client, Call::to(Route::ListKeys, &[]), usize::MAX).await?;
    active_key(&keys, &named.id, Timestamp::now())
}

/// The one active key of `subject`: which of several is meant, a name does not say.
fn active_key(keys: &[Value], subject: &str, now: Timestamp) -> Result<String, Failure> {
    let is_active = |key: &&Value| {
        let ends: Option<Timestamp> = text(key, "expires_at").parse().ok();
        text(key, "revoked") != "true" && ends.is_none_or(|ends| ends > now)
    };
    let of_subject = keys.iter().filter(|key| text(key, "subject") == subject).filter(is_active);
    let ids: Vec<String> = of_subject.map(|key| text(key, "id")).collect();
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let todo = "`galley keys list` has your tenant's keys; operators name a key of another tenant by its id.";
            Err(Failure::todo(format!("{subject} has no active key in your tenant"), todo))
        }
        several => {
            let todo = format!("Name one by its id: {}", several.join(", "));
            Err(Failure::todo(format!("{subject} has {} active keys", several.len()), todo))
        }
    }
}

impl People {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let columns = [
                    ("subject", "subject"),
                    ("role", "role"),
                    ("name", "display_name"),
                    ("groups", "groups"),
                    ("added", "added_at"),
                    ("by", "added_by"),
                ];
                table::list(output, items(&client, Call::to(Route::ListPeople, &[]), MOST).await?, &columns);
                Ok(())
            }
            Self::Set { subject, role, display_name, groups } => {
                // A PUT replaces all that is there.
                let people = match display_name {
                    Some(_) => Vec::new(),
                    None => items(&client, Call::to(Route::ListPeople, &[]), usize::MAX).await?,
                };
                let name = byline(display_name.as_deref(), &people, subject);
                let groups: Option<Vec<&String>> =
                    groups.as_ref().map(|groups| groups.iter().filter(|group| !group.is_empty()).collect());
                let body = json!({"role": role, "display_name": name, "groups": groups});
                table::thing(output, &client.read(&Call::to(Route::PutPerson, &[subject]).json(&body)?).await?);
                Ok(())
            }
            Self::Remove(remove) => remove.run(&client, output, Route::RemovePerson, "let go").await,
        }
    }
}

/// The name that was given, or the one that `subject` has.
fn byline(given: Option<&str>, people: &[Value], subject: &str) -> Value {
    match given {
        Some("") => Value::Null,
        Some(name) => name.into(),
        None => people
            .iter()
            .find(|person| text(person, "subject") == subject)
            .and_then(|person| person.get("display_name").cloned())
            .unwrap_or_default(),
    }
}

impl Sources {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let columns = [
                    ("source", "source"),
                    ("scheme", "scheme"),
                    ("events", "events"),
                    ("path", "path"),
                    ("made", "created_at"),
                    ("by", "created_by"),
                ];
                table::list(output, items(&client, Call::to(Route::ListSources, &[]), MOST).await?, &columns);
            }
            Self::Create { source, scheme, events } => {
                let mut body = json!({"source": source, "scheme": scheme});
                if let (Some(fields), false) = (body.as_object_mut(), events.is_empty()) {
                    fields.insert("events".to_owned(), json!(events));
                }
                let made: Value = client.read(&Call::to(Route::MakeSource, &[]).json(&body)?).await?;
                secret(output, &made, "secret", &format!("Give it another: galley sources rotate {source}"))?;
                let path = text(&made, "path");
                let named = path.strip_prefix("/api/webhooks/").unwrap_or(source);
                let next = format!("galley webhooks send FILE --scheme {scheme} --source {named} --secret-file FILE");
                output.hint(&format!("Webhooks go to {}{path}. To try it: {next}", client.url()));
            }
            Self::Rotate { source, revoke_previous } => {
                let body = json!({"revoke_previous": revoke_previous});
                let call = Call::to(Route::RotateSource, &[source]).json(&body)?;
                let made: Value = client.read(&call).await?;
                secret(output, &made, "secret", &format!("Once more: galley sources rotate {source}"))?;
            }
            Self::Receipts { source } => receipts(&client, output, source).await?,
            Self::Refusals { source } => {
                let columns = [("day", "day"), ("reason", "reason"), ("count", "count"), ("last", "last_at")];
                let none = "Nothing was refused in seven days. Of a name that no source has, nothing is counted: `galley sources list`.";
                table::list_or(output, refusals(&client, source).await?, &columns, none);
            }
            Self::Remove(remove) => return remove.run(&client, output, Route::RemoveSource, "remove the source").await,
        }
        Ok(())
    }
}

/// What came of a source's webhooks, and how many had no outcome because they were refused.
async fn receipts(client: &Client, output: Output, source: &str) -> Result<(), Failure> {
    let columns = [
        ("event", "event_id"),
        ("type", "event_type"),
        ("outcome", "outcome"),
        ("task", "task_id"),
        ("reason", "reason"),
        ("came", "received_at"),
    ];
    let call = Call::to(Route::ListReceipts, &[source]);
    let none = format!("Nothing came in. What was refused: galley sources refusals {source}");
    table::list_or(output, items(client, call, MOST).await?, &columns, &none);
    if output == Output::Person {
        let refused = refusals(client, source).await?;
        let refused: u64 = refused.iter().filter_map(|one| one.get("count")?.as_u64()).sum();
        if refused > 0 {
            let more = format!("galley sources refusals {source}");
            output.hint(&format!("\n{refused} or more were refused in the last seven days: {more}"));
        }
    }
    Ok(())
}

/// What was refused of a source's webhooks, which stands beside its receipts.
async fn refusals(client: &Client, source: &str) -> Result<Vec<Value>, Failure> {
    let call = Call::to(Route::ListReceipts, &[source]).query("limit", "1");
    let page: Value = client.read(&call).await?;
    Ok(list(&page, "refused").cloned().collect())
}

impl Remove {
    pub(super) async fn run(&self, client: &Client, output: Output, route: Route, what: &str) -> Result<(), Failure> {
        if !self.dry_run {
            client.send(&Call::to(route, &[&self.id])).await?;
        }
        let done = !self.dry_run;
        if output.is_json() {
            say::json(&json!({"id": self.id, "done": done}));
        } else if done {
            say::line(&format!("Done: {what} {}", self.id));
        } else {
            say::line(&format!("Would {what} {}", self.id));
        }
        Ok(())
    }
}

/// What is shown once: alone where it is piped, so that it goes into a file and past no eyes.
///
/// The answer that showed it may have been lost; the one to the repeated request has none, and is no secret to keep.
pub(crate) fn secret(output: Output, made: &Value, name: &str, todo: &str) -> Result<(), Failure> {
    let told = text(made, name);
    if told.is_empty() {
        let what = format!("it was made, and the answer with its {name} was lost; it is not shown again");
        return Err(Failure::todo(what, todo));
    }
    if output == Output::Pipe {
        say::line(&told);
    } else {
        table::thing(output, made);
        output.hint("It is not shown again. `> FILE` puts it alone into a file.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_its_secret_is_an_error_that_says_what_to_do() {
        let replayed = json!({"id": "key_1", "subject": "ana", "secret_shown": true});
        for output in [Output::Pipe, Output::Json, Output::Person] {
            let told = secret(output, &replayed, "key", "Revoke it with `galley keys revoke key_1`.");
            assert!(
                matches!(told, Err(Failure::Here { todo: Some(todo), .. }) if todo.contains("key_1")),
                "{output:?}"
            );
        }
    }

    #[test]
    fn a_name_is_its_one_active_key_and_several_are_refused_with_their_ids() {
        let key = |id: &str, subject: &str, ends: Option<&str>, revoked: bool| json!({"id": id, "subject": subject, "expires_at": ends, "revoked": revoked});
        let keys = [
            key("k1", "ana", None, true),
            key("k2", "ana", Some("1970-01-01T00:00:00Z"), false),
            key("k3", "ana", Some("2199-01-01T00:00:00Z"), false),
            key("k4", "bo", None, false),
            key("k5", "bo", None, false),
        ];
        let of = |subject: &str| active_key(&keys, subject, Timestamp::UNIX_EPOCH);
        assert_eq!(of("ana").unwrap(), "k3");
        assert!(matches!(of("bo"), Err(Failure::Here { todo: Some(todo), .. }) if todo.ends_with("k4, k5")));
        assert!(matches!(of("cy"), Err(Failure::Here { what, .. }) if what == "cy has no active key in your tenant"));
    }

    #[test]
    fn a_byline_that_is_not_named_stays_and_an_empty_one_goes() {
        let people = [json!({"subject": "ana", "display_name": "Ana B."}), json!({"subject": "bo"})];
        let of = |named: Option<&str>, subject: &str| byline(named, &people, subject);
        assert_eq!(of(None, "ana"), json!("Ana B."));
        assert_eq!(of(Some("Ana C."), "ana"), json!("Ana C."));
        assert_eq!([of(Some(""), "ana"), of(None, "bo"), of(None, "new")], [Value::Null, Value::Null, Value::Null]);
    }
}
