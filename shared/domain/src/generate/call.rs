//! Asking a model: written down before, settled after, never twice for the same thing while the first answer is kept.

use std::{pin::pin, time::Duration};

use futures_util::future::{self, Either};
use jiff::SignedDuration;

use super::{
    Draft, DraftBrief, GeneratorError,
    stages::Stage,
    worker::{Hold, RESERVE, Stopped, Worker},
};
use crate::{
    breaker::{Admission, Breaker},
    ids::TaskId,
    ledger::{CallOutcome, ModelCall, Quote, Settlement, Spent, Transcript},
    ports::{BreakerStore, Change, Clock, Ledger, Queue, TaskStore, TenantStore, TranscriptStore, Writer},
    report::chain,
    request::Phase,
    task::progress,
};

/// A worker makes the same call so often at most; what fails then, fails the attempt.
const TRIES: u32 = 3;
/// How often a breaker that others change at the same time is read again.
const BREAKER_TRIES: u8 = 5;

/// One call that came to nothing; another may do better.
struct CallFailed(GeneratorError);

impl<S: TaskStore + BreakerStore + TenantStore + TranscriptStore, Q: Queue, C: Clock, W: Writer> Worker<S, Q, C, W> {
    /// A draft, kept under `input`. What may pass is tried again, with the time that the provider asks for.
    pub(super) async fn ask(&self, hold: &mut Hold<'_>, brief: &DraftBrief, input: &str) -> Result<Draft, Stopped> {
        let mut tries = 0;
        loop {
            if !self.has_time(hold, self.writer.time_limit()) {
                return Err(Stopped::OutOfTime);
            }
            let CallFailed(error) = match self.ask_once(hold, brief, input).await? {
                Ok(draft) => return Ok(draft),
                Err(failed) => failed,
            };
            tries += 1;
            let GeneratorError::Unavailable { retry_after, .. } = &error else {
                return Err(Stopped::Failed(Stage::Draft, error));
            };
            let pace = self.clock.pace();
            let wait = pace.retry_soon(tries, self.clock.random()).max(retry_after.unwrap_or_default());
            if tries == TRIES || wait > pace.longest_wait() {
                return Err(Stopped::Failed(Stage::Draft, error));
            }
            tracing::warn!(task.id = %hold.task.id, tries, error = chain(&error), "the call is made again");
            self.clock.sleep(wait).await;
        }
    }

    async fn ask_once(
        &self,
        hold: &mut Hold<'_>,
        brief: &DraftBrief,
        input: &str,
    ) -> Result<Result<Draft, CallFailed>, Stopped> {
        let failed = |error| Stopped::Failed(Stage::Draft, error);
        let Some(quote) = self.writer.quote(brief).map_err(failed)? else {
            let draft = self.writer.draft(brief, self.clock.uuid()).await.map_err(failed)?;
            self.keep(hold, Stage::Draft, input.to_owned(), &draft, Ledger::None).await?;
            return Ok(Ok(draft));
        };
        self.admitted(&quote.provider).await.map_err(failed)?;
        let call = self.begin(hold, quote).await?;
        let answered = self.bounded(brief, &call).await;
        let latency = Duration::try_from(self.clock.now().duration_since(call.at)).unwrap_or_default();
        match answered {
            Ok(draft) => {
                let settlement = call.answered(draft.tokens, draft.cost, draft.response_sha256.clone(), latency);
                let ledger = Ledger::Settled(Box::new(settlement.clone()));
                // What was paid for comes first: nothing else is done between the answer and its keeping.
                let kept = self.keep(hold, Stage::Draft, input.to_owned(), &draft, ledger).await;
                if kept.is_err() {
                    // The task is another's, but the money is spent all the same.
                    self.settle(&hold.task.id, &settlement).await;
                }
                self.tell_breaker(&call.quote.provider, Breaker::succeeded).await;
                kept?;
                self.keep_texts(hold, &call, &draft).await;
                Ok(Ok(draft))
            }
            Err(error) => {
                let settlement = call.failed(error.spent(), &chain(&error), latency);
                self.settle(&hold.task.id, &settlement).await;
                if matches!(error, GeneratorError::Unavailable { .. }) {
                    let now = self.clock.now();
                    self.tell_breaker(&call.quote.provider, |breaker| Some(breaker.failed(now))).await;
                }
                Ok(Err(CallFailed(error)))
            }
        }
    }

    /// Keeps what was said, if the tenant wants that. The draft does not depend on it.
    async fn keep_texts(&self, hold: &Hold<'_>, call: &ModelCall, draft: &Draft) {
        let Some(said) = &draft.said else { return };
        let kept = match self.store.keeps_texts(&hold.task.tenant).await {
            Ok(true) => self.store.keep_transcript(&hold.task.id, call.id, &Transcript::of(said), call.at).await,
            wanted => wanted.map(|_| ()),
        };
        if let Err(error) = kept {
            tracing::warn!(task.id = %hold.task.id, error = chain(&error), "what was said in a call was not kept");
        }
    }

    /// The call, for as long as one may last: whatever the adapter's own limit is, the stage is not stuck in it.
    async fn bounded(&self, brief: &DraftBrief, call: &ModelCall) -> Result<Draft, GeneratorError> {
        let limit = self.writer.time_limit();
        let answer = pin!(self.writer.draft(brief, call.id));
        let time_up = pin!(self.clock.sleep(limit));
        match future::select(answer, time_up).await {
            Either::Left((answered, _)) => answered,
            Either::Right(_) => Err(GeneratorError::Unavailable {
                retry_after: None,
                spent: Spent::Unknown,
                source: format!("no answer within {} s", limit.as_secs()).into(),
            }),
        }
    }

    /// Whether a call of `limit` can end before this worker has to hand over.
    fn has_time(&self, hold: &Hold<'_>, limit: Duration) -> bool {
        let needed = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX).saturating_add(RESERVE);
        hold.deadline.duration_since(self.clock.now()) >= needed
    }

    /// Writes the call down, at the most that it can cost, and shows that the stage has begun.
    async fn begin(&self, hold: &mut Hold<'_>, quote: Quote) -> Result<ModelCall, Stopped> {
        let now = self.clock.now();
        let call = ModelCall {
            id: self.clock.uuid(),
            phase: Phase::Draft,
            round: hold.task.round,
            attempt: hold.task.attempt,
            at: now,
            cost: quote.reserved,
            quote,
            outcome: CallOutcome::Intent,
        };
        let stage = Stage::Draft;
        let next = hold.task.progressed(progress(stage.name(), stage.percentage(), "Writing the draft"), now);
        let ledger = Ledger::Intent(Box::new(call.clone()));
        self.write(hold, Change { ledger, ..Change::new(hold.task.stamp(), next, Vec::new()) }).await?;
        Ok(call)
    }

    async fn settle(&self, id: &TaskId, settlement: &Settlement) {
        if let Err(error) = self.store.settle(id, settlement).await {
            tracing::error!(task.id = %id, call.id = %settlement.call, error = chain(&error), "a call stays unsettled, at its reserved cost");
        }
    }

    /// Asks the provider's breaker. Without the table's answer the call is made: a breaker saves effort, it guards
    /// nothing.
    async fn admitted(&self, provider: &str) -> Result<(), GeneratorError> {
        for _ in 0..BREAKER_TRIES {
            let (breaker, version) = match self.store.breaker(provider).await {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(provider, error = chain(&error), "the breaker was not read");
                    return Ok(());
                }
            };
            match breaker.admit(self.clock.now(), self.writer.time_limit()) {
                Admission::Go => return Ok(()),
                Admission::Refused(wait) => return Err(breaker_open(Some(wait))),
                Admission::Trial(trying) => match self.store.keep_breaker(provider, &trying, version).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(_) => return Err(breaker_open(None)),
                },
            }
        }
        Err(breaker_open(None))
    }

    async fn tell_breaker(&self, provider: &str, change: impl Fn(&Breaker) -> Option<Breaker>) {
        for _ in 0..BREAKER_TRIES {
            let kept = match self.store.breaker(provider).await {
                Ok((breaker, version)) => match change(&breaker) {
                    None => return,
                    Some(next) => {
                        if next.is_open() && !breaker.is_open() {
                            tracing::error!(provider, "the circuit breaker opens");
                        }
                        self.store.keep_breaker(provider, &next, version).await
                    }
                },
                Err(error) => Err(error),
            };
            match kept {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(provider, error = chain(&error), "the breaker was not told");
                    return;
                }
            }
        }
    }
}

fn breaker_open(retry_after: Option<Duration>) -> GeneratorError {
    GeneratorError::Unavailable { retry_after, spent: Spent::Nothing, source: "its circuit breaker is open".into() }
}
