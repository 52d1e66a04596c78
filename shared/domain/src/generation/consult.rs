//! Whom a step asks, how often, and when it is done without. Whom to ask, the router says; when one cannot, the next is asked, and the
//! task says so.

use std::{borrow::Cow, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    agents::cast,
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
        id::ProviderId,
        phase::Routed,
        price::Spent,
    },
    queue::message::Queue,
    task::store::Change,
};

/// A worker makes the round of all who could answer so often at most; what fails then, fails the attempt.
const ROUNDS: u32 = 3;
/// Answers that cannot be read, of one step: the second is asked for with the first one's fault told.
const MOST_UNREAD: usize = 2;
const DOES_NOT_FIT: &str = "the prompt does not fit into its context";
/// After so long a flag is read anew, and who was switched off may be back.
const OFF: Duration = Duration::from_secs(30);

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
        let stage = question.stage;
        let answered = self.timed(stage, self.consult_untimed(leased, routing, question)).await?;
        leased.did(stage.phase());
        Ok(answered)
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
        let (stage, phase) = (question.stage, question.stage.phase());
        let part = leased.cast.get(&phase);
        let request = &*cast::by_its_model(part, phase, &leased.start.request);
        let prompt = Prompt::with(part, phase, request, question.words, &question.brief)?;
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
        let asked = Asked { part, phase, request, words: question.words, brief: &question.brief };
        let mut candidates = candidates(&route, asked)?;
        skip_who_was_unread(&mut candidates, &mut unread, leased.start.attempt);
        let (mut reason, mut failed) = so_far(&candidates, &unread, &route, &routing);
        let step = Consultation { leased, question: &question, route: &route, input };
        let (mut round, mut paid) = (0, !unread.why.is_empty());
        loop {
            let (mut soonest, mut anyone): (Option<Duration>, _) = (None, false);
            for candidate in candidates.iter_mut().filter(|candidate| !candidate.refused) {
                let CallFailed { error, called } =
                    match self.ask_until_read(&step, candidate, reason.as_deref(), &mut unread).await {
                        Ok(Ok(answered)) => return Ok(answered),
                        Ok(Err(failed)) => failed,
                        Err(Interruption::OverBudget(_, cap)) if stage.follows_the_draft() => {
                            return Err(self.tell(&step, candidate.model, cap.refusal()).await);
                        }
                        Err(stopped) => return Err(stopped),
                    };
                anyone |= called;
                paid |= !matches!(error.spent(), Spent::Nothing) || !unread.why.is_empty();
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
                let first = candidates.first().map(|first| first.model);
                return Err(self.nobody_can(&step, first, reason, failed, paid).await);
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
        if self.is_off(leased, &model.id.provider).await {
            let source = "it is switched off".into();
            let error = ProviderError::Unavailable { retry_after: Some(OFF), spent: Spent::Nothing, source };
            return Ok(Err(CallFailed { error, called: false }));
        }
        let why: Vec<&str> = reason.into_iter().chain(cut.as_deref()).collect();
        let routed = step.routed(model, (!why.is_empty()).then(|| why.join("; ")));
        if !question.is_optional() {
            return self.ask_once(step, model, prompt, routed, unread).await;
        }
        while unread.why.len() < MOST_UNREAD {
            if !self.has_time(leased, self.limits.call) {
                return Err(Interruption::OutOfTime);
            }
            let prompt = match unread.why.last() {
                None => Cow::Borrowed(prompt),
                Some(why) => Cow::Owned(prompt.once_more(why)),
            };
            let asked = self.ask(leased, question, model, &prompt, &step.input, routed.clone(), unread).await;
            match asked {
                Ok(Ok(Kept::Answered(answered))) => return Ok(Ok(answered)),
                Ok(Ok(Kept::Unread(more))) => *unread = more,
                Ok(Err(failed)) => return Ok(Err(failed)),
                Err(Interruption::OverBudget(..)) if !unread.why.is_empty() => {
                    unread.why.push("asking once more could cost more than is left".to_owned());
                }
                Err(stopped) => return Err(stopped),
            }
        }
        let reason = format!("{}: no answer that can be read: {}", model.id, unread.why.join("; once more: "));
        tracing::warn!(task_id = %leased.start.id, stage = question.stage.name(), reason, "a step is done without");
        Err(self.do_without(step, model, reason).await)
    }

    /// Whether an operator has switched it off since the task was claimed: an attempt may last for a quarter of an hour.
    async fn is_off(&self, leased: &LeasedTask<'_>, provider: &ProviderId) -> bool {
        let flags = self.flags.flags(&self.store, self.clock.now()).await;
        flags.providers_off(&leased.start.tenant).contains(provider)
    }

    /// Asks one model for what cannot be done without. Where its answer cannot be read, that is kept, and another is asked.
    async fn ask_once<T, R>(
        &self,
        step: &Consultation<'_, '_, R>,
        model: &Model,
        prompt: &Prompt,
        routed: Routed,
        unread: &mut Unread,
    ) -> Result<Result<Answered<T>, CallFailed>, Interruption>
    where
        T: Serialize + Send,
        R: Fn(&str, &str) -> Result<T, NoUse> + Send + Sync,
    {
        if !self.has_time(step.leased, self.limits.call) {
            return Err(Interruption::OutOfTime);
        }
        match self.ask(step.leased, step.question, model, prompt, &step.input, routed, unread).await? {
            Ok(Kept::Answered(answered)) => Ok(Ok(answered)),
            Ok(Kept::Unread(more)) => {
                let error = refused(more.why.last().cloned().unwrap_or_default());
                *unread = more;
                Ok(Err(CallFailed { error, called: true }))
            }
            Err(failed) => Ok(Err(failed)),
        }
    }

    /// What becomes of a step that everybody refused. What cost something is not found out again; what cost nothing may be
    /// asked for again by a later worker, for the reason may be gone.
    async fn nobody_can<R>(
        &self,
        step: &Consultation<'_, '_, R>,
        first: Option<&Model>,
        reason: Option<String>,
        failed: ProviderError,
        paid: bool,
    ) -> Interruption {
        match (first, failed) {
            (Some(first), ProviderError::Refused { reason: last, .. }) if step.question.is_optional() => {
                let reason = reason.unwrap_or(last);
                if paid { self.do_without(step, first, reason).await } else { self.tell(step, first, reason).await }
            }
            (_, failed) => Interruption::Failed(step.question.stage, failed),
        }
    }

    /// Has the task say why a step is done without. Nothing is kept of it: a later worker finds out for itself.
    async fn tell<R>(&self, step: &Consultation<'_, '_, R>, model: &Model, reason: String) -> Interruption {
        let (stage, now) = (step.question.stage, self.clock.now());
        let routed = step.routed(model, Some(format!("{}{reason}", Routed::WITHOUT)));
        let told = self.write(step.leased, |task| {
            let mut next = task.progressed(stage.progress(), now);
            match next.models.get_mut(&stage.phase()) {
                // Who did an earlier step of the phase did it all the same.
                Some(done) if done.answered() => done.reason = Some(format!("not again: {reason}")),
                _ => {
                    next.models.insert(stage.phase(), routed);
                }
            }
            Ok(Change::new(task.stamp(), next, Vec::new()))
        });
        match told.await {
            Ok(()) => Interruption::Failed(stage, refused(reason)),
            Err(stopped) => stopped,
        }
    }

    /// Keeps that a step is done without, and has the task say why: no later worker pays for finding it out again.
    async fn do_without<R>(&self, step: &Consultation<'_, '_, R>, model: &Model, reason: String) -> Interruption {
        let stage = step.question.stage;
        let routed = step.routed(model, Some(format!("{}{reason}", Routed::WITHOUT)));
        let given_up = Some(reason.clone());
        let kept = Kept::<()>::Unread(Unread { given_up, ..Unread::default() });
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

/// Who gave an answer that could not be read is not paid again for one. Where all did and a person has the task tried again, all are
/// asked anew: the first attempt after that finds what an earlier one has left.
fn skip_who_was_unread(candidates: &mut [Candidate<'_>], unread: &mut Unread, attempt: u32) {
    if unread.by.is_empty() {
        return;
    }
    let out = |candidate: &Candidate<'_>| candidate.refused || unread.by.contains(&candidate.model.id);
    if attempt == 1 && candidates.iter().all(out) {
        *unread = Unread::default();
        return;
    }
    for candidate in candidates {
        candidate.refused = candidate.refused || unread.by.contains(&candidate.model.id);
    }
}

/// Why nobody has answered before anybody is asked: as the task tells it, and as the attempt's error if it stays so.
fn so_far(
    candidates: &[Candidate<'_>],
    unread: &Unread,
    route: &Route,
    routing: &RoutingContext<'_>,
) -> (Option<String>, ProviderError) {
    if let (Some(model), Some(why)) = (unread.by.last(), unread.why.last()) {
        let source = format!("{model}: {why}");
        // Others may be there later, who were not asked yet.
        let error =
            ProviderError::Unavailable { retry_after: None, spent: Spent::Nothing, source: source.clone().into() };
        return (Some(source), error);
    }
    if !candidates.is_empty() && candidates.iter().all(|candidate| candidate.refused) {
        let error = refused("the prompt does not fit into the context of any model".to_owned());
        return (Some(DOES_NOT_FIT.to_owned()), error);
    }
    let error =
        ProviderError::Unavailable { retry_after: None, spent: Spent::Nothing, source: routing.nobody().into() };
    (route.instead.clone().or_else(|| moved(route, candidates)), error)
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
