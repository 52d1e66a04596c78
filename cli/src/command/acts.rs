//! What admins and operators did.

use clap::Args;
use galley_client::{api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    context::{Context, MOST, items, text},
    fail::Failure,
    table::{self, Column},
};

#[derive(Debug, Args)]
pub(crate) struct Acts {
    /// Only what this subject did
    #[arg(long, value_name = "SUBJECT")]
    actor: Option<String>,
    /// Only what was done with the API key of this id
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// Only acts of this kind, such as `key_made`
    #[arg(long, value_name = "KIND")]
    what: Option<String>,
    /// Only what was done at this time or on this day (UTC) or later
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what was done before this time, or on this day (UTC) or earlier
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// In this tenant, by its own people and by operators; for operators
    #[arg(long)]
    tenant: Option<String>,
}

const COLUMNS: &[Column] =
    &[("when", "at"), ("what", "what"), ("thing", "thing"), ("tenant", "tenant"), ("by", "who"), ("with", "with")];

impl Acts {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let call = match &self.tenant {
            Some(tenant) => Call::to(Route::ListTenantActs, &[tenant]),
            None => Call::to(Route::ListActs, &[]),
        };
        let given = [
            ("actor", &self.actor),
            ("key", &self.key),
            ("what", &self.what),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let call = given.fold(call, |call, (name, value)| call.query(name, value));
        let acts = items(&context.client()?, call, MOST).await?;
        let is_full = acts.len() >= MOST;
        let acts = if context.output.is_json() { acts } else { acts.into_iter().map(told).collect() };
        table::list(context.output, acts, COLUMNS);
        if is_full {
            context.output.hint(&format!("The newest {MOST}; --until shows what was before them."));
        }
        Ok(())
    }
}

/// An act with who did it, and with what, as a column tells it.
fn told(mut act: Value) -> Value {
    let with = match text(&act, "credential.kind").as_str() {
        "key" => format!("key {}", text(&act, "credential.key_id")),
        other => other.to_owned(),
    };
    let who = who(&act, "by");
    if let Some(fields) = act.as_object_mut() {
        fields.extend([("who".to_owned(), json!(who)), ("with".to_owned(), json!(with))]);
    }
    act
}

/// Who did something: a name, or that it was an operator.
pub(super) fn who(value: &Value, field: &str) -> String {
    match text(value, &format!("{field}.subject")) {
        name if name.is_empty() => text(value, &format!("{field}.kind")),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_told_with_its_name_or_as_an_operators() {
        let by_key = json!({"by": {"kind": "person", "subject": "ana"}, "credential": {"kind": "key", "key_id": "k1"}});
        let told_of = |act: Value| (text(&told(act.clone()), "who"), text(&told(act), "with"));
        assert_eq!(told_of(by_key), ("ana".to_owned(), "key k1".to_owned()));
        assert_eq!(
            told_of(json!({"by": {"kind": "operator"}, "credential": null})),
            ("operator".to_owned(), String::new())
        );
    }
}
