//! Looking for what has been published on a topic. Without somebody to ask there are no sources, and then a text may claim
//! none.

use std::{borrow::Cow, time::Duration};

use futures_util::future;

use crate::{
    content::{language::Language, references::Reference},
    generation::{
        calls::{CallFailed, Received},
        recall::{self, Cached},
        recipe::{Recipe, Search},
        stages::{self, Stage},
        worker::{Interruption, LeasedTask, WebServices, WorkStore, Worker},
    },
    kernel::{clock::Clock, error::chain, usd::MicroUsd},
    models::ask::LanguageModel,
    money::ledger::Quote,
    queue::message::Queue,
};

/// The name under which searches stand in the ledger, and under which their breaker is kept.
const PROVIDER: &str = "serper";
const LIMIT: Duration = Duration::from_secs(10);
/// A writer is told of so many.
const MOST: usize = 10;

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// What was found, each page once, the searches' answers in turns. A search that fails leaves the others.
    pub(super) async fn research(
        &self,
        leased: &LeasedTask<'_>,
        recipe: &Recipe,
    ) -> Result<Vec<Reference>, Interruption> {
        // A later round is about the editor's words; what was found for the first one still holds.
        if let Some(previous) = leased.previous.as_ref().filter(|previous| !previous.references.is_empty()) {
            return Ok(previous.references.clone());
        }
        if leased.switched_off.iter().any(|provider| provider.as_str() == PROVIDER) {
            return Ok(Vec::new());
        }
        let Some(price) = self.web.price().await else { return Ok(Vec::new()) };
        let searches = recipe.searches.iter().zip(0..).map(|(search, nth)| self.search(leased, *search, nth, price));
        let mut found = Vec::new();
        for references in self.timed(Stage::Research(0), future::join_all(searches)).await {
            found.push(references?.into_iter());
        }
        let mut references: Vec<Reference> = Vec::new();
        while found.iter().any(|rest| rest.len() > 0) {
            for reference in found.iter_mut().filter_map(Iterator::next) {
                if references.len() < MOST && !references.iter().any(|known| known.url == reference.url) {
                    references.push(reference);
                }
            }
        }
        Ok(references)
    }

    async fn search(
        &self,
        leased: &LeasedTask<'_>,
        search: Search,
        nth: u8,
        price: MicroUsd,
    ) -> Result<Vec<Reference>, Interruption> {
        let (stage, query, language) = (Stage::Research(nth), query(leased), leased.start.request.language());
        let named = named(&query, language);
        let input = stages::input_hash(stage, &(search.name(), &named))?;
        if let Some(references) = stages::reusable(&leased.checkpoints, stage, &input) {
            return Ok(references);
        }
        let known = recall::key(&(PROVIDER, search.name(), &named))?;
        if let Some(references) = self.recall::<Vec<Reference>>(leased, Cached::Search, &known).await {
            self.keep(leased, stage, &input, &references, None, None).await?;
            return Ok(references);
        }
        let quote = Quote {
            provider: PROVIDER.to_owned(),
            model: search.name().to_owned(),
            prompt_version: "query/1".to_owned(),
            prompt_sha256: input.clone(),
            reserved: price,
            reserved_tokens: 0,
        };
        let query = query.as_str();
        let call = |_| async move {
            let found = self.web.search(search, query, language).await?;
            let response_sha256 = stages::input_hash(stage, &found.references).unwrap_or_default();
            let received = Received {
                value: found.references,
                tokens: None,
                cost: found.cost,
                response_sha256,
                said: None,
                unread: None,
            };
            Ok(received)
        };
        match self.paid(leased, stage, &input, quote, None, LIMIT, call).await? {
            Ok(references) => {
                self.remember(leased, &known, &references, recall::HOUR).await;
                Ok(references)
            }
            Err(CallFailed { error, .. }) => {
                // A text without this search's sources is better than none.
                tracing::warn!(task_id = %leased.start.id, search = search.name(), error = chain(&error), "a search failed");
                Ok(Vec::new())
            }
        }
    }
}

/// By what an answer is known again: one in another language is another. English stands as it did when there was no other.
fn named(query: &str, language: Language) -> Cow<'_, str> {
    if language.primary() == "en" { Cow::Borrowed(query) } else { Cow::Owned(format!("{query} ({language})")) }
}

/// The topic, with the keyword where that is not in it.
fn query(leased: &LeasedTask<'_>) -> String {
    let request = &leased.start.request;
    let topic = request.topic.as_str();
    match &request.primary_keyword {
        Some(keyword) if !topic.to_lowercase().contains(&keyword.as_str().to_lowercase()) => {
            format!("{topic} {}", keyword.as_str())
        }
        _ => topic.to_owned(),
    }
}
