//! `POST /api/content/tasks/bulk/update`: one action on up to a hundred tasks, with a result for each.

use futures_util::{StreamExt, stream};
use galley_api::{bulk::MOST_ITEMS, problem::FieldError};
use galley_domain::{
    access::allowance::Allowance,
    kernel::clock::Clock,
    queue::message::Queue,
    review::{
        action::{Action, Approver, Command},
        decide::Decided,
    },
};
use galley_edge::{
    api::{BulkResult, BulkView},
    http::{
        body,
        call::{Call, permitted},
        counting,
        error::ApiError,
        reply::Reply,
    },
};
use serde_json::{Map, Value};

use crate::{App, DecideStore, answer_to, refusal, task_id};

/// How many decisions run concurrently.
const WIDTH: usize = 8;

struct Bulk {
    ids: Vec<String>,
    action: Action,
    body: Value,
}

impl<S: DecideStore, Q: Queue, C: Clock> App<S, Q, C> {
    pub(crate) async fn bulk(&self, call: &Call) -> Result<Reply, ApiError> {
        let bulk = parse(call.json_bytes()?)?;
        let principal = call.principal()?;
        permitted(principal, bulk.action.route())?;
        call.claim()?;
        let now = self.decider.clock.now();
        let answer = self.decided(call, &bulk);
        counting::counted(&self.decider.store, now, call, answer).await
    }

    async fn decided(&self, call: &Call, bulk: &Bulk) -> Result<Reply, ApiError> {
        let approver = self.approver(call, &bulk.action).await?;
        let decisions: Vec<_> =
            bulk.ids.iter().enumerate().map(|(index, id)| self.one(call, index, id, bulk, approver)).collect();
        let results = stream::iter(decisions).buffered(WIDTH).collect().await;
        Ok(Reply::json(200, &BulkView { results }).compressible())
    }

    async fn one(&self, call: &Call, index: usize, id: &str, bulk: &Bulk, approver: Approver) -> BulkResult {
        let (saved, replayed) = match self.decide(call, index, id, bulk, approver).await {
            Ok(answer) => answer,
            Err(error) => {
                let problem = error.body(call.request_id(), call.path());
                let id = Some(id.to_owned());
                return BulkResult {
                    index,
                    id,
                    status: problem.status,
                    replayed: false,
                    task: None,
                    problem: Some(problem),
                };
            }
        };
        let task = serde_json::from_str(&saved.body).ok();
        BulkResult { index, id: Some(id.to_owned()), status: saved.status, replayed, task, problem: None }
    }

    /// The answer, and whether it was given before.
    async fn decide(
        &self,
        call: &Call,
        index: usize,
        id: &str,
        bulk: &Bulk,
        approver: Approver,
    ) -> Result<(galley_domain::idempotency::claim::SavedResponse, bool), ApiError> {
        // Two items with the same key are equal if they name the same task, action and body.
        let item = format!("{id}\n{:?}\n{}", bulk.action.route(), bulk.body);
        let command = Command {
            principal: call.principal()?.clone(),
            task_id: task_id(id)?,
            claim: call.item_claim(index, item.as_bytes())?,
            approver,
            action: bulk.action.clone(),
            if_match: None,
            // The bulk counts as one request in the window; each generation that it starts takes a place in the day's quota.
            allowance: Allowance { window: None, day: self.day_of(call, bulk.action.route())? },
            trace_id: call.trace_id.clone(),
        };
        let render = answer_to(&bulk.action);
        match self.decider.decide(command, render).await.0 {
            Ok(Decided::Done(task)) => Ok((render(&task), false)),
            Ok(Decided::Replay(saved)) => Ok((saved, true)),
            Err(error) => Err(refusal(error)),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Bulk, ApiError> {
    let mut object: Map<String, Value> = body::object(bytes)?;
    let ids: Option<Vec<String>> = object.remove("ids").and_then(|ids| serde_json::from_value(ids).ok());
    let ids = ids.filter(|ids| (1..=MOST_ITEMS).contains(&ids.len()));
    let name = object.remove("action");
    let body = object.remove("body").filter(|body| !body.is_null()).unwrap_or_else(|| Value::Object(Map::new()));
    let action = action(name.as_ref().and_then(Value::as_str), &body);
    let mut errors: Vec<FieldError> = Vec::new();
    if ids.is_none() {
        errors.push(FieldError::new("ids", "must be an array of 1 to 100 task ids"));
    }
    errors.extend(action.as_ref().err().into_iter().flatten().cloned());
    errors.extend(object.keys().map(|unknown| FieldError::new(unknown, "is not a known field")));
    match (ids, action) {
        (Some(ids), Ok(action)) if errors.is_empty() => Ok(Bulk { ids, action, body }),
        _ => Err(ApiError::invalid_fields(errors)),
    }
}

fn action(name: Option<&str>, body: &Value) -> Result<Action, Vec<FieldError>> {
    let Value::Object(mut map) = body.clone() else { return Err(vec![FieldError::new("body", "must be an object")]) };
    let prefixed = |errors| galley_edge::api::prefixed(errors, "body.");
    match name {
        Some("approve") => {
            map.entry("approved").or_insert(Value::Bool(true));
            body::from_object(map).map(Action::Approve).map_err(prefixed)
        }
        Some("reject") => body::from_object(map).map(Action::Reject).map_err(prefixed),
        Some("cancel") => body::from_object(map).map(Action::Cancel).map_err(prefixed),
        Some("retry") => body::from_object(map).map(Action::Retry).map_err(prefixed),
        _ => Err(vec![FieldError::new("action", "must be approve, reject, cancel or retry")]),
    }
}
