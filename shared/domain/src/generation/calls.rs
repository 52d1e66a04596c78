//! Asking others for money: written down before, settled after, never twice for the same thing while the first answer is
//! kept.

use std::{future::Future, pin::pin, sync::OnceLock, time::Duration};

use futures_util::future::{self, Either};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    content::blockers::Finish,
    generation::{
        answers::NoUse,
        breaker::Breaker,
        fitting,
        prompts::{self, Brief, Prompt},
        recall::{self, Cached},
        stages::{self, Stage},
        transcript::{Said, Transcript},
        worker::{CallTallies, Interruption, LeasedTask, RESERVE, WebServices, WorkStore, Worker},
    },
    kernel::{clock::Clock, error::chain, ids::TaskId, usd::MicroUsd},
    metrics::{self, Metric},
    models::{
        ask::{Ask, Completion, LanguageModel, ProviderError},
        catalogue::{Capability, Model},
        id::ModelId,
        phase::Routed,
        price::{Spent, Tokens},
    },
    money::{
        budget::{self, Cap, Intent},
        ledger::{CallOutcome, ModelCall, Quote, Settlement},
    },
    queue::message::Queue,
    task::store::{Change, Ledger},
};

/// A finished step, as its checkpoint keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answered<T> {
    pub(super) value: T,
    pub(super) model: ModelId,
    pub(super) finish: Finish,
}

/// How far a step came, as its checkpoint keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Kept<T> {
    Answered(Answered<T>),
    Unread(Unread),
}

/// Answers that were paid for and could not be read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Unread {
    /// Why, each.
    #[serde(rename = "unread")]
    pub(super) why: Vec<String>,
    /// Who gave them, where a step cannot be done without: none of them is asked for it again by a later attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) by: Vec<ModelId>,
    /// Why the step is done without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) given_up: Option<String>,
}

impl Unread {
    fn and(&self, why: String, by: Option<&ModelId>) -> Self {
        Self {
            why: self.why.iter().cloned().chain([why]).collect(),
            by: self.by.iter().chain(by).cloned().collect(),
            given_up: None,
        }
    }
}

/// An answer as it was said, for whoever asks the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    text: String,
    finish: Finish,
}

/// What a phase asks a model.
pub(super) struct Question<'a, R> {
    pub(super) stage: Stage,
    pub(super) brief: Brief<'a>,
    pub(super) words: u32,
    /// For answers that should be the same each time.
    pub(super) temperature: Option<f32>,
    /// Who wrote what is judged: another judges it, where there is another.
    pub(super) not_first: Option<&'a ModelId>,
    /// Takes the answer, told the rules that the model was given.
    pub(super) read: R,
}

impl<R> Question<'_, R> {
    /// Whether the work goes on without an answer. Such an answer has a shape, and one without it is asked for once more.
    pub(super) fn is_optional(&self) -> bool {
        prompts::schema(self.stage.phase()).is_some()
    }
}

/// What came back for money, before it is kept.
pub(super) struct Received<T> {
    pub(super) value: T,
    /// `None`: nobody said, or nobody can have used so many.
    pub(super) tokens: Option<Tokens>,
    pub(super) cost: MicroUsd,
    pub(super) response_sha256: String,
    pub(super) said: Option<Said>,
    /// Why it cannot be read: it was paid for all the same, and that is kept.
    pub(super) unread: Option<String>,
}

/// One call that came to nothing; another may do better.
pub(super) struct CallFailed {
    pub(super) error: ProviderError,
    /// Whether anybody was asked at all.
    pub(super) called: bool,
}

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// Measures how long the work of a stage takes.
    pub(super) async fn timed<T>(&self, stage: Stage, work: impl Future<Output = T>) -> T {
        let (began, phase) = (self.clock.now(), stage.phase().name());
        let worked = work.instrument(tracing::info_span!("phase", phase)).await;
        metrics::record(Metric::PhaseDuration, self.clock.now().duration_since(began).as_secs_f64(), &[phase]);
        worked
    }

    /// Asks one model once, or takes what it said to the same question before.
    #[expect(clippy::too_many_arguments, reason = "each of them is a fact of the question, and no two belong together")]
    pub(super) async fn ask<T, R>(
        &self,
        leased: &LeasedTask<'_>,
        question: &Question<'_, R>,
        model: &Model,
        prompt: &Prompt,
        input: &str,
        routed: Routed,
        before: &Unread,
    ) -> Result<Result<Kept<T>, CallFailed>, Interruption>
    where
        T: Serialize + Send,
        R: Fn(&str, &str) -> Result<T, NoUse> + Send + Sync,
    {
        let (ask, quote) = self.put(leased, question, model, prompt);
        // Only what would be the same each time, and only where the tenant wants that.
        let reusable = leased.policy.reuse_answers && ask.temperature == Some(0.0);
        let shape = ask.schema.as_ref().map(|schema| schema.name);
        let known = recall::key(&(&model.id, &quote.prompt_sha256, ask.most_output, shape))?;
        if reusable
            && let Some(said) = self.recall::<Known>(leased, Cached::Answer, &known).await
            && let Ok(value) = (question.read)(&said.text, &prompt.rules)
        {
            let answered = Answered { value, model: model.id.clone(), finish: said.finish };
            let routed = Routed { reused: true, ..routed };
            self.keep(leased, question.stage, input, &answered, None, Some(routed)).await?;
            return Ok(Ok(Kept::Answered(answered)));
        }
        let (price, reserved) = (model.price(self.clock.now()), quote.reserved);
        let most = Tokens { input: prompt.most_input(ask.schema.as_ref()), output: ask.most_output };
        let said = OnceLock::new();
        let heard = &said;
        let call = |call| async move {
            let believed = |tokens: Tokens| believed(tokens, most, (&model.id, call), &leased.calls);
            let asked = self.models.ask(&Ask { call, ..ask }).await;
            let Completion { text, finish, tokens } = asked.map_err(|error| error.priced(price, believed))?;
            // Nothing is asked without a word, and nothing answered without one: a report of none is no report.
            let tokens = tokens.filter(|tokens| tokens.input > 0 && (tokens.output > 0 || text.is_empty()));
            let tokens = tokens.and_then(believed);
            let cost = tokens.map_or(reserved, |tokens| price.of(tokens));
            let read = (question.read)(&text, &prompt.rules)
                .map(|value| Kept::Answered(Answered { value, model: model.id.clone(), finish }))
                .and_then(|kept| if stages::can_be_kept(&kept) { Ok(kept) } else { Err(NoUse::TooLong) });
            let (value, unread) = match read {
                Ok(value) => (value, None),
                Err(why) => {
                    let by = (!question.is_optional()).then_some(&model.id);
                    (Kept::Unread(before.and(why.to_string(), by)), Some(why.to_string()))
                }
            };
            if unread.is_none() {
                drop(heard.set(Known { text: text.clone(), finish }));
            }
            Ok(Received {
                value,
                tokens,
                cost,
                response_sha256: hex::encode(Sha256::digest(&text)),
                said: Some(Said { prompt: prompt.whole(), response: text }),
                unread,
            })
        };
        let answered = self.paid(leased, question.stage, input, quote, Some(routed), self.limits.call, call).await?;
        if let (true, Ok(_), Some(said)) = (reusable, &answered, said.get()) {
            self.remember(leased, &known, said, recall::DAY).await;
        }
        Ok(answered)
    }

    /// A question as it is put to a model, and what that can cost.
    fn put<R>(
        &self,
        leased: &LeasedTask<'_>,
        question: &Question<'_, R>,
        model: &Model,
        prompt: &Prompt,
    ) -> (Ask, Quote) {
        let phase = question.stage.phase();
        let schema = fitting::schema(model, phase);
        let most_output = fitting::most_output(model, phase, question.words, prompt);
        let price = model.price(self.clock.now());
        let most = Tokens { input: prompt.most_input(schema.as_ref()), output: most_output };
        let quote = Quote {
            provider: model.id.provider.to_string(),
            model: model.id.name.as_str().to_owned(),
            prompt_version: prompt.version.clone(),
            prompt_sha256: prompt.sha256(),
            reserved: price.of(most),
            reserved_tokens: if price.is_bound_by_money() { 0 } else { most.total() },
        };
        let ask = Ask {
            model: model.id.clone(),
            system: prompt.system.clone(),
            user: prompt.user.clone(),
            schema,
            temperature: question.temperature.filter(|_| model.can(Capability::Temperature)),
            most_output,
            reasons: model.can(Capability::Reasoning),
            call: Uuid::nil(),
            trace: leased.trace_id.clone(),
            time_limit: self.limits.call,
        };
        (ask, quote)
    }

    /// One call that costs something: its intent first, then the call, then its answer with its settlement in one write.
    #[expect(clippy::too_many_arguments, reason = "each of them is a fact of the call, and no two belong together")]
    pub(super) async fn paid<T, F>(
        &self,
        leased: &LeasedTask<'_>,
        stage: Stage,
        input: &str,
        quote: Quote,
        routed: Option<Routed>,
        limit: Duration,
        call: impl FnOnce(Uuid) -> F + Send,
    ) -> Result<Result<T, CallFailed>, Interruption>
    where
        T: Serialize + Send,
        F: Future<Output = Result<Received<T>, ProviderError>> + Send,
    {
        if let Err(refused) = self.admitted(&quote.provider, limit).await {
            return Ok(Err(CallFailed { error: refused, called: false }));
        }
        let intent = self.begin(leased, stage, quote).await?;
        let (provider, model) = (intent.quote.provider.as_str(), intent.quote.model.as_str());
        let span = tracing::info_span!("call", call_id = %intent.id, provider, model);
        let answered = self.bounded(limit, call(intent.id)).instrument(span).await;
        let latency = Duration::try_from(self.clock.now().duration_since(intent.at)).unwrap_or_default();
        measure((&intent, &leased.calls), latency, answered.as_ref().map(|received| (received.tokens, received.cost)));
        match answered {
            Ok(received) => {
                let Received { tokens, cost, .. } = received;
                let spent = tokens.map_or(Spent::Unknown, |tokens| Spent::Known { tokens, cost });
                let settlement = match &received.unread {
                    None => intent.answered(tokens, cost, received.response_sha256.clone(), latency),
                    Some(why) => intent.failed(spent, why, latency),
                };
                let routed = routed.filter(|_| received.unread.is_none());
                // What was paid for comes first: nothing else is done between the answer and its keeping.
                let kept = self.keep(leased, stage, input, &received.value, Some(settlement.clone()), routed).await;
                if kept.is_err() {
                    // The task is another's, but the money is spent all the same.
                    self.settle(&leased.start.id, &settlement).await;
                }
                self.tell_breaker(&intent.quote.provider, Breaker::succeeded).await;
                kept?;
                self.keep_texts(leased, &intent, received.said.as_ref()).await;
                Ok(Ok(received.value))
            }
            Err(error) => {
                let settlement = intent.failed(error.spent(), &chain(&error), latency);
                self.settle(&leased.start.id, &settlement).await;
                leased.settled(&settlement).await;
                if matches!(error, ProviderError::Unavailable { .. }) {
                    let now = self.clock.now();
                    let lasted = now.duration_since(intent.at);
                    let failed = |breaker: &Breaker| Some(breaker.failed_after(lasted, now));
                    self.tell_breaker(&intent.quote.provider, failed).await;
                }
                Ok(Err(CallFailed { error, called: true }))
            }
        }
    }

    /// Keeps what was said, if the tenant wants that. The work does not depend on it.
    async fn keep_texts(&self, leased: &LeasedTask<'_>, call: &ModelCall, said: Option<&Said>) {
        let Some(said) = said.filter(|_| leased.policy.keep_model_texts) else { return };
        let kept = self.store.keep_transcript(&leased.start.id, call.id, &Transcript::of(said), call.at).await;
        if let Err(error) = kept {
            tracing::warn!(task_id = %leased.start.id, error = chain(&error), "what was said in a call was not kept");
        }
    }

    /// The call, for as long as one may last: whatever the adapter's own limit is, the stage is not stuck in it.
    async fn bounded<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        let time_up = pin!(self.clock.sleep(limit));
        match future::select(pin!(call), time_up).await {
            Either::Left((answered, _)) => answered,
            Either::Right(_) => Err(ProviderError::Unavailable {
                retry_after: None,
                spent: Spent::Unknown,
                source: format!("no answer within {} s", limit.as_secs()).into(),
            }),
        }
    }

    /// Whether a call of `limit` can end before this worker has to hand over.
    pub(super) fn has_time(&self, leased: &LeasedTask<'_>, limit: Duration) -> bool {
        let needed = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX).saturating_add(RESERVE);
        leased.deadline.duration_since(self.clock.now()) >= needed
    }

    /// Writes the call down, at the most that it can cost, and shows that the stage has begun.
    async fn begin(&self, leased: &LeasedTask<'_>, stage: Stage, quote: Quote) -> Result<ModelCall, Interruption> {
        let now = self.clock.now();
        let call = ModelCall {
            id: self.clock.uuid(),
            tenant: leased.start.tenant.clone(),
            phase: stage.phase(),
            round: leased.start.round,
            attempt: leased.start.attempt,
            at: now,
            cost: quote.reserved,
            quote,
            outcome: CallOutcome::Intent,
            corrected: None,
        };
        let ledger = Ledger::Intent(Box::new(Intent { call: call.clone(), caps: leased.caps }));
        let cap = leased.start.request.max_cost_usd.map_or(leased.caps.task, |cap| cap.amount().min(leased.caps.task));
        let written = self.write(leased, |task| {
            // Nobody else begins a call for this task while it is held: what is read here is what the write finds.
            if !budget::fits(task.cost_usd(), call.quote.reserved, cap) {
                return Err(Interruption::OverBudget(stage, Cap::Task));
            }
            let next = task.progressed(stage.progress(), now);
            Ok(Change { ledger, ..Change::new(task.stamp(), next, Vec::new()) })
        });
        match written.await {
            Ok(()) => Ok(call),
            Err(Interruption::Refused(cap)) => Err(Interruption::OverBudget(stage, cap)),
            Err(stopped) => Err(stopped),
        }
    }

    async fn settle(&self, id: &TaskId, settlement: &Settlement) {
        if let Err(error) = self.store.settle(id, settlement).await {
            tracing::error!(task_id = %id, call_id = %settlement.call, error = chain(&error), "a call stays unsettled, at its reserved cost");
        }
    }
}

/// A report, unless it is of more than the prompt has and the answer may have: then somebody must look at it, and what the
/// call cost is not known.
fn believed(tokens: Tokens, most: Tokens, (model, call): (&ModelId, Uuid), tallies: &CallTallies) -> Option<Tokens> {
    if tokens.within(most) {
        return Some(tokens);
    }
    let provider = model.provider.as_str();
    metrics::count(Metric::UsageDisbelieved, &[provider]);
    tallies.add(Metric::UsageDisbelieved, |tally| tally.add(&[provider], 1));
    tracing::error!(
        %model, call_id = %call, tokens.input, tokens.output, most.input, most.output,
        "a report of more tokens than the call can have used is not believed; it counts at its reserve"
    );
    None
}

/// What a call took and cost, answered or not.
fn measure(
    (call, tallies): (&ModelCall, &CallTallies),
    latency: Duration,
    answered: Result<(Option<Tokens>, MicroUsd), &ProviderError>,
) {
    let provider = call.quote.provider.as_str();
    metrics::record(Metric::ProviderLatency, latency.as_secs_f64(), &[provider]);
    tallies.add(Metric::ProviderLatency, |tally| tally.add_duration(&[provider], latency));
    let spent = match answered {
        Ok((tokens, cost)) => Spent::Known { tokens: tokens.unwrap_or_default(), cost },
        Err(error) => {
            metrics::count(Metric::ProviderErrors, &[provider]);
            tallies.add(Metric::ProviderErrors, |tally| tally.add(&[provider], 1));
            error.spent()
        }
    };
    let (tokens, cost) = match spent {
        Spent::Nothing => (Tokens::default(), MicroUsd::ZERO),
        Spent::Known { tokens, cost } => (tokens, cost),
        Spent::Unknown => (Tokens::default(), call.quote.reserved),
    };
    let count = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::record(Metric::ProviderTokens, count(tokens.input), &[provider, "input"]);
    metrics::record(Metric::ProviderTokens, count(tokens.output), &[provider, "output"]);
    metrics::record(Metric::ProviderCost, count(cost.micros()) / 1e6, &[provider]);
    tallies.add(Metric::ProviderCost, |tally| tally.add(&[provider], cost.micros()));
    let (prompt, latency_ms) = (&call.quote.prompt_version, latency.as_millis());
    tracing::debug!(%prompt, latency_ms, tokens.input, tokens.output, cost_usd = %cost, "a call has ended");
}
