//! What every command has, and how it reads answers.

use futures_util::TryStreamExt;
use galley_client::{
    Client,
    answer::Me,
    api::{ids::TenantId, role::Role, route::Route},
    call::Call,
};
use serde_json::Value;

use crate::{fail::Failure, output::Output, say, session::Session};

/// Who reads, and the Galley that is meant.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) output: Output,
    pub(crate) session: Session,
}

impl Context {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.session.client(self.output)
    }

    /// For what goes on for long.
    pub(crate) fn lasting(&self) -> Result<Lasting, Failure> {
        Ok(Lasting { client: self.client()?, session: self.session.clone(), output: self.output })
    }
}

/// A client whose token is followed by the next where it is one of somebody who signed in with a browser.
#[derive(Debug)]
pub(crate) struct Lasting {
    client: Client,
    session: Session,
    output: Output,
}

impl Lasting {
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Takes the next token where this one ends within a minute. Says whether there was one to take.
    pub(crate) async fn renew(&mut self) -> Result<bool, Failure> {
        let Some(next) = self.session.renewed().await? else { return Ok(false) };
        self.client = next.client(self.output)?;
        self.session = next;
        Ok(true)
    }
}

/// Who calls, for a dry run: refuses what the API would refuse for their role.
pub(crate) async fn may(client: &Client, route: Route) -> Result<Me, Failure> {
    let me = client.me().await?;
    let access = route.access();
    if Role::from_name(&me.role).is_some_and(|role| access.admits(role, me.tenant == TenantId::SYSTEM)) {
        Ok(me)
    } else {
        Err(Failure::No(format!("it would be refused to {} of {}. {}", me.role, me.tenant, access.needs())))
    }
}

/// More is no list for a person.
pub(crate) const MOST: usize = 1000;

/// At most `most` items of a list.
pub(crate) async fn items(client: &Client, call: Call, most: usize) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    let mut list = std::pin::pin!(client.list::<Value>(call));
    while all.len() < most
        && let Some(item) = list.try_next().await?
    {
        all.push(item);
    }
    Ok(all)
}

/// What `name` says in `value`, as people read it; empty for `null`. `a.b` leads inwards.
pub(crate) fn text(value: &Value, name: &str) -> String {
    let found = name.split('.').try_fold(value, |value, part| value.get(part));
    match found {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The items of the list that is called `name` in `of`; none where there is no such list.
pub(crate) fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Why an item of several was refused: the fields, or else what the problem says.
pub(crate) fn why(problem: &Value) -> String {
    let errors = list(problem, "errors").map(|error| format!("{} {}", text(error, "field"), text(error, "message")));
    let errors: Vec<String> = errors.collect();
    match (errors.is_empty(), text(problem, "detail")) {
        (false, _) => errors.join("; "),
        (true, detail) if detail.is_empty() => text(problem, "title"),
        (true, detail) => detail,
    }
}

/// A task after a change.
pub(crate) fn changed(task: &Value, output: Output) {
    if output.is_json() {
        say::json(task);
    } else {
        say::line(&format!("{} is {}", text(task, "task_id"), text(task, "status")));
    }
}

/// How long ago what `name` says was.
pub(crate) fn age(value: &Value, name: &str) -> String {
    text(value, name).parse().map(say::ago).unwrap_or_default()
}
