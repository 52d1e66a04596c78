//! Whom a step asks, how often, and when it is done without. Whom to ask, the router says; when one cannot, the next is asked, and the
//! task says so.

use std::{borrow::Cow, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    generation::{
        answers::NoUse,
        calls::{Answered, CallFailed, Kept, Question, Unread},
        fitting::{self, Asked, Fitted},
        prompts::Prompt,
        router::{Route, RoutingContext},
        stages,
        worker::{Interruption, LeasedTask, WebServices, WorkStore, Worker},
    },
    kernel::{clock::Clock, error::chain},
    models::{
        ask::{LanguageModel, ProviderError},
        catalogue::Model,
        phase::Routed,
        price::Spent,
    },
    queue::message::Queue,
};

/// A worker makes the round of all who could answer so often at most; what fails then, fails the attempt.
const ROUNDS: u32 = 3;
/// Answers that cannot be read, of one step: the second is asked for with the first one's fault told.
const MOST_UNREAD: usize = 2;
const DOES_NOT_FIT: &str = "the prompt does not fit into its context";

/// Somebody who could answer, and why not yet.
struct Candidate<'a> {
    model: &'a Model,
    /// What it is told. `None`: it does not hold what it would have to know.
    fitted: Option<Fitted>,
    refused: bool,
}

/// A step and those who could do it.
struct Consultation<'a, 'b, R> {
    leased: &'a LeasedTask<'a>,
    question: &'a Question<'b, R>,
    route: &'a Route,
    /// Under which its checkpoint stands.
    input: String,
}

impl<R> Consultation<'_, '_, R> {
    fn routed(&self, model: &Model, reason: Option<String>) -> Routed {
        Routed { model: model.id.clone(), asked: self.route.asked.clone(), reason, reused: false }
    }
}

/// The error of an attempt that ends while somebody may still answer later: that decides what happens to the attempt, not the model
/// that refused last.
fn still_unavailable(last: ProviderError, soonest: Duration) -> ProviderError {
    match last {
        ProviderError::Refused { .. } => ProviderError::Unavailable {
            retry_after: Some(soonest),
            spent: Spent::Nothing,
            source: "who could answer is not available".into(),
        },
        unavailable @ ProviderError::Unavailable { .. } => unavailable,
    }
}

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    /// An answer, kept. What may pass is tried again, with the time that the providers ask for; who refuses is not asked
    /// again.
    pub(super) async fn consult<T, R>(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        question: Question<'_, R>,
    ) -> Result<Answered<T>, Interruption>
    where
        T: Serialize + DeserializeOwned + Send,
        R: Fn(&str, &str) -> Result<T, NoUse> + Send + Sync,
    {
        self.timed(question.stage, self.consult_untimed(leased, routing, question)).await
    }

    async fn consult_untimed<T, R>(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        question: Question<'_, R>,
    ) -> Result<Answered<T>, Interruption>
    where
        T: Serialize + DeserializeOwned + Send,
        R: Fn(&str, &str) -> Result<T, NoUse> + Send + Sync,
    {
        let (stage, phase, request) = (question.stage, question.stage.phase(), &leased.start.request);
        let prompt = Prompt::of(phase, request, question.words, &question.brief)?;
        let route = routing.route(phase, request, question.not_first);
        let input =
            stages::input_hash(stage, &(&prompt.system, &prompt.user, &route.asked, request.quality_preference))?;
        let mut unread = match stages::reusable::<Kept<T>>(&leased.checkpoints, stage, &input) {
            Some(Kept::Answered(answered)) => return Ok(answered),
            Some(Kept::Unread(Unread { given_up: Some(reason), .. })) => {
                return Err(Interruption::Failed(stage, refused(reason)));
            }
            Some(Kept::Unread(unread)) => unread,
            None => Unread::default(),
        };
        let asked = Asked { phase, request, words: question.words, brief: &question.brief };
        let mut candidates = candidates(&route, asked)?;
        let mut reason = route.instead.clone().or_else(|| moved(&route, &candidates));
        let step = Consultation { leased, question: &question, route: &route, input };
        let mut failed = if !candidates.is_empty() && candidates.iter().all(|candidate| candidate.refused) {
            reason = Some(DOES_NOT_FIT.to_owned());
            refused("the prompt does not fit into the context of any model".to_owned())
        } else {
            ProviderError::Unavailable { retry_after: None, spent: Spent::Nothing, source: routing.nobody().into() }
        };
        let mut round = 0;
        loop {
            let (mut soonest, mut anyone): (Option<Duration>, _) = (None, false);
            for candidate in candidates.iter_mut().filter(|candidate| !candidate.refused) {
                let CallFailed { error, called } =
                    match self.ask_until_read(&step, candidate, reason.as_deref(), &mut unread).await? {
                        Ok(answered) => return Ok(answered),
                        Err(failed) => failed,
                    };
                anyone |= called;
                reason = Some(format!("{}: {}", candidate.model.id, chain(&error)));
                match &error {
                    ProviderError::Refused { .. } => candidate.refused = true,
                    ProviderError::Unavailable { retry_after, .. } => {
                        let wait = retry_after.unwrap_or_default();
                        soonest = Some(soonest.map_or(wait, |soonest| soonest.min(wait)));
                    }
                }
                tracing::warn!(task_id = %leased.start.id, phase = phase.name(), error = reason.as_deref(), "a call failed");
                failed = error;
            }
            round += 1;
            let timings = self.clock.timings();
            let Some(soonest) = soonest else {
                return Err(self.nobody_can(&step, candidates.first(), reason, failed).await);
            };
            let wait = timings.retry_soon(round, self.clock.random()).max(soonest);
            // Where every breaker is open, waiting here would only keep a worker.
            if round == ROUNDS || !anyone || wait > timings.longest_wait() {
                return Err(Interruption::Failed(stage, still_unavailable(failed, soonest)));
            }
            self.clock.sleep(wait).await;
        }
    }

    /// Asks one model; where its answer cannot be read, once more with the reason told. Each answer is kept with what it cost, so
    /// that a later worker asks no more often than this one would have.
    async fn ask_until_read<T, R>(
        &self,
        step: &Consultation<'_, '_, R>,
        candidate: &Candidate<'_>,
        reason: Option<&str>,
        unread: &mut Unread,
    ) -> Result<Result<Answered<T>, CallFailed>, Interruption>
    where
        T: Serialize + Send,
        R: Fn(&str, &str) -> Result<T, NoUse> + Send + Sync,
    {
        let (leased, question, model) = (step.leased, step.question, candidate.model);
        let Some(Fitted { prompt, cut }) = &candidate.fitted else {
            let error = refused(DOES_NOT_FIT.to_owned());
            return Ok(Err(CallFailed { error, called: false }));
        };
        let why: Vec<&str> = reason.into_iter().chain(cut.as_deref()).collect();
        let routed = step.routed(model, (!why.is_empty()).then(|| why.join("; ")));
        while unread.unread.len() < MOST_UNREAD {
            if !self.has_time(leased, self.limits.call) {
                return Err(Interruption::OutOfTime);
            }
            let prompt = match unread.unread.last() {
                None => Cow::Borrowed(prompt),
                Some(why) => Cow::Owned(prompt.once_more(why)),
            };
            let asked = self.ask(leased, question, model, &prompt, &step.input, routed.clone(), unread).await;
            match asked {
                Ok(Ok(Kept::Answered(answered))) => return Ok(Ok(answered)),
                Ok(Ok(Kept::Unread(more))) => *unread = more,
                Ok(Err(failed)) => return Ok(Err(failed)),
                Err(Interruption::OverBudget(..)) if !unread.unread.is_empty() => {
                    unread.unread.push("asking once more could cost more than is left".to_owned());
                }
                Err(stopped) => return Err(stopped),
            }
        }
        let reason = format!("{}: no answer that can be read: {}", model.id, unread.unread.join("; once more: "));
        tracing::warn!(task_id = %leased.start.id, stage = question.stage.name(), reason, "a step is done without");
        Err(self.do_without(step, model, reason).await)
    }

    /// What becomes of a step that everybody refused.
    async fn nobody_can<R>(
        &self,
        step: &Consultation<'_, '_, R>,
        first: Option<&Candidate<'_>>,
        reason: Option<String>,
        failed: ProviderError,
    ) -> Interruption {
        match (first, failed) {
            (Some(first), ProviderError::Refused { reason: last, .. }) if step.question.is_optional() => {
                self.do_without(step, first.model, reason.unwrap_or(last)).await
            }
            (_, failed) => Interruption::Failed(step.question.stage, failed),
        }
    }

    /// Keeps that a step is done without, and has the task say why: no later worker pays for finding it out again.
    async fn do_without<R>(&self, step: &Consultation<'_, '_, R>, model: &Model, reason: String) -> Interruption {
        let stage = step.question.stage;
        let routed = step.routed(model, Some(format!("done without: {reason}")));
        let kept = Kept::<()>::Unread(Unread { unread: Vec::new(), given_up: Some(reason.clone()) });
        match self.keep(step.leased, stage, &step.input, &kept, None, Some(routed)).await {
            Ok(()) => Interruption::Failed(stage, refused(reason)),
            Err(stopped) => stopped,
        }
    }
}

/// Those of a route in their order, with what each can be told. Who holds all of it comes before who does not; whom the client
/// named stays first, as long as it holds what is needed.
fn candidates<'a>(route: &'a Route, asked: Asked<'_>) -> Result<Vec<Candidate<'a>>, serde_json::Error> {
    let candidate = |model: &'a Model| {
        let fitted = fitting::fitted(model, asked)?;
        Ok(Candidate { model, refused: fitted.is_none(), fitted })
    };
    let mut candidates = route.candidates.iter().map(candidate).collect::<Result<Vec<_>, serde_json::Error>>()?;
    let named = route.asked.is_some() && route.instead.is_none();
    if let Some(free) = candidates.get_mut(usize::from(named)..) {
        free.sort_by_key(|candidate| candidate.fitted.as_ref().is_none_or(|fitted| fitted.cut.is_some()));
    }
    Ok(candidates)
}

/// Why the route's first is not the first who is asked.
fn moved(route: &Route, candidates: &[Candidate<'_>]) -> Option<String> {
    let first = route.candidates.first()?;
    let asked = candidates.iter().find(|candidate| !candidate.refused)?;
    (asked.model.id != first.id).then(|| format!("{}: {DOES_NOT_FIT}", first.id))
}

fn refused(reason: String) -> ProviderError {
    ProviderError::Refused { reason, spent: Spent::Nothing }
}
