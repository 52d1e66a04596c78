//! The Lambda authorizer with simple responses, and API Gateway's cache of its answers: by the credential alone, across
//! all routes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{header, request::Parts};
use serde_json::Value;

use crate::{
    front::{event, routes::Found},
    host::{Host, Invoked},
    template,
};

#[derive(Debug)]
pub(super) struct Authorizers {
    function: String,
    kept: Duration,
    answers: Mutex<HashMap<String, (Instant, Option<Value>)>>,
}

#[derive(Clone, Debug)]
pub(super) enum Identity {
    Known(Value),
    /// No credential at all.
    Missing,
    Refused,
    /// The authorizer itself failed; nothing is cached.
    Failed,
}

impl Authorizers {
    pub(super) fn new(authorizer: &template::Authorizer) -> Self {
        Self { function: authorizer.function.clone(), kept: authorizer.kept, answers: Mutex::default() }
    }

    pub(super) async fn identify(&self, host: &Host, parts: &Parts, found: &Found<'_>) -> Identity {
        let credential = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(credential) = credential.filter(|credential| !credential.is_empty()) else { return Identity::Missing };
        if let Some(identity) = self.remembered(credential) {
            return identity;
        }
        let invoked = host.invoke(&self.function, event::authorizer(parts, found, credential)).await;
        let Invoked::Returned(answer) = invoked else { return Identity::Failed };
        let context = (answer["isAuthorized"] == true).then(|| answer["context"].clone());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (at, _)| at.elapsed() < self.kept);
        answers.insert(credential.to_owned(), (Instant::now(), context.clone()));
        known(context)
    }

    fn remembered(&self, credential: &str) -> Option<Identity> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(credential).filter(|(at, _)| at.elapsed() < self.kept).map(|(_, context)| known(context.clone()))
    }
}

fn known(context: Option<Value>) -> Identity {
    context.map_or(Identity::Refused, Identity::Known)
}
