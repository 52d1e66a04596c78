//! Tries placements: one message, one try.

use std::{pin::pin, time::Duration};

use futures_util::future::{self, Either};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::{
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
    },
    metrics::{
        self, Metric,
        stats::{StatStore, Tally},
    },
    outbox::{
        again,
        carry::{Halt, Reached, Run},
        placement::{Begun, Placement, PlacementState, PlacementStore, parse_message_id},
        port::{PublishingTarget, Site},
        target::{Target, TargetStore},
        trouble::{Effect, Trouble, Why},
    },
    queue::message::{Message, Queue},
    secrets::store::{SecretError, Secrets},
    task::store::TaskStore,
};

/// What is left of a process's time for writing down what a try came to.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceOutcome {
    /// It rests.
    Reached(PlacementState),
    /// The target is paused.
    Held,
    RetryIn(Duration),
    /// A duplicate, or nothing that is known.
    NothingToDo,
}

#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the target's secret could not be read")]
    Secret(#[from] SecretError),
}

/// Brings articles to targets.
#[derive(Clone, Debug)]
pub struct Placer<S, Q, X, C, P> {
    pub store: S,
    pub queue: Q,
    pub secrets: X,
    /// Names of targets' secrets begin with this.
    pub secret_prefix: String,
    pub clock: C,
    pub target: P,
}

impl<S: PlacementStore + TargetStore + TaskStore + StatStore, Q: Queue, X: Secrets, C: Clock, P: PublishingTarget>
    Placer<S, Q, X, C, P>
{
    /// Makes one try at the placement that `message` names, which ends before the `deadline` of this process: others work in it, too.
    ///
    /// # Errors
    /// See `PlaceError`; the message may be delivered again.
    pub async fn place(&self, message: &Message, deadline: Timestamp) -> Result<PlaceOutcome, PlaceError> {
        let Some((task, name)) = parse_message_id(&message.id) else { return Ok(PlaceOutcome::NothingToDo) };
        let found = self.store.placement(&task, &name).await?.filter(|found| found.tenant == message.tenant);
        let Some(found) = found else { return Ok(PlaceOutcome::NothingToDo) };
        let begun = match found.begun(self.clock.now()) {
            Begun::Nothing => return Ok(PlaceOutcome::NothingToDo),
            Begun::Busy(wait) => {
                again::send_after(&self.queue, &found.message(), Some(wait)).await;
                return Ok(PlaceOutcome::RetryIn(wait));
            }
            Begun::GivenUp(over) => return self.rest(over, found.version).await,
            Begun::Try(begun) => begun,
        };
        let target = match self.store.target(&found.tenant, &name).await? {
            None => {
                let over = found.reached(PlacementState::Failed, Some(Why::TargetRemoved), self.clock.now());
                return self.rest(over, found.version).await;
            }
            Some(target) if target.pause.is_some() => return self.hold(&found).await,
            Some(target) => target,
        };
        let secret = self.secret(&target).await?;
        // Whoever writes this first makes the try; a duplicate finds another version.
        if !self.store.keep_placement(&begun, found.version).await? {
            return Ok(PlaceOutcome::NothingToDo);
        }
        let (run, came_to) = match &secret {
            None => {
                let trouble = Trouble { effect: Effect::None, why: Why::NoSecret, after: None };
                (begun, Err(Halt::Trouble(trouble)))
            }
            Some(secret) => {
                let site = Site { target: &target, secret };
                let Self { store, clock, target: port, .. } = self;
                let mut run = Run { store, clock, target: port, placement: begun, site };
                let came_to = self.in_time(Box::pin(run.carry_out()), deadline).await;
                (run.placement, came_to)
            }
        };
        self.settle(run, &target, came_to).await
    }

    /// A slow target makes many calls long, each within its own limit. What the one under way does is not known then: the next try looks.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Halt>> + Unpin,
        deadline: Timestamp,
    ) -> Result<T, Halt> {
        let left = Duration::try_from(deadline.duration_since(self.clock.now()) - MARGIN).unwrap_or_default();
        match future::select(work, pin!(self.clock.sleep(left))).await {
            Either::Left((came_to, _)) => came_to,
            Either::Right(_) => Err(Trouble { effect: Effect::Unknown, why: Why::Timeout, after: None }.into()),
        }
    }

    /// Writes down what a try came to.
    async fn settle(
        &self,
        placement: Placement,
        target: &Target,
        came_to: Result<Reached, Halt>,
    ) -> Result<PlaceOutcome, PlaceError> {
        let now = self.clock.now();
        let (next, wait) = match came_to {
            Ok(Reached { state, told }) => {
                self.tell(target.went_well(), target).await;
                (placement.reached(state, told, now), None)
            }
            Err(Halt::Conflict(why)) => (placement.reached(PlacementState::Conflict, Some(why), now), None),
            Err(Halt::Overtaken) => {
                let next = placement.freed(now);
                (next, Some(Duration::ZERO))
            }
            Err(Halt::Trouble(trouble)) => {
                if trouble.why.blames_the_target() {
                    self.tell(target.failed(trouble.why, now), target).await;
                }
                placement.troubled(trouble, now)
            }
            Err(Halt::Lost) => return Ok(PlaceOutcome::NothingToDo),
            Err(Halt::Store(error)) => return Err(error.into()),
        };
        let (task, name, attempts) = (&next.task, &next.target, next.attempts);
        tracing::info!(task_id = %task, target_name = %name, attempts, state = ?next.state, why = ?next.last_error, "a target was tried");
        self.conclude(next, placement.version, wait).await
    }

    /// Keeps the end of a try. Where something else is wanted since, what is known of the copy is kept beside that, which is tried at once.
    async fn conclude(
        &self,
        mut next: Placement,
        mut over: u64,
        mut wait: Option<Duration>,
    ) -> Result<PlaceOutcome, PlaceError> {
        while !self.store.keep_placement(&next, over).await? {
            let found = self.store.placement(&next.task, &next.target).await?;
            let Some(found) = found.filter(|found| found.attempts == next.attempts) else {
                tracing::warn!(task_id = %next.task, "a try took longer than it may, another has begun");
                return Ok(PlaceOutcome::NothingToDo);
            };
            over = found.version;
            next = Placement { remote: next.remote, ..found.freed(self.clock.now()) };
            wait = Some(Duration::ZERO);
        }
        again::send_after(&self.queue, &next.message(), wait).await;
        Ok(wait.map_or(PlaceOutcome::Reached(next.state), PlaceOutcome::RetryIn))
    }

    async fn rest(&self, over: Placement, version: u64) -> Result<PlaceOutcome, PlaceError> {
        let kept = self.store.keep_placement(&over, version).await?;
        Ok(if kept { PlaceOutcome::Reached(over.state) } else { PlaceOutcome::NothingToDo })
    }

    async fn hold(&self, found: &Placement) -> Result<PlaceOutcome, PlaceError> {
        let kept = self.store.keep_placement(&found.held(self.clock.now()), found.version).await?;
        Ok(if kept { PlaceOutcome::Held } else { PlaceOutcome::NothingToDo })
    }

    /// `None`: it has none, or none that may be read.
    async fn secret(&self, target: &Target) -> Result<Option<SecretString>, SecretError> {
        let Some((id, generation)) = target.secret_at(&self.secret_prefix) else { return Ok(None) };
        match self.secrets.of_generation(&id, generation).await {
            Ok(versions) => Ok(versions.into_iter().next()),
            Err(error @ (SecretError::Missing | SecretError::Refused(_))) => {
                tracing::error!(target_name = %target.name, error = chain(&error), "a target's secret cannot be read");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes down how the target is. Where somebody else wrote it meanwhile, theirs counts: the next try says it again.
    async fn tell(&self, health: Option<Target>, was: &Target) {
        let Some(health) = health else { return };
        match self.store.keep_target(&health, was.version).await {
            Ok(true) if health.pause.is_some() => {
                let tally = Tally::one(Metric::TargetsPaused, &[health.settings.kind()]);
                metrics::count(Metric::TargetsPaused, &[health.settings.kind()]);
                if let Err(error) = self.store.tally(&tally, health.tenant.as_str(), self.clock.now()).await {
                    tracing::warn!(error = chain(&error), "a target that paused itself was not counted");
                }
                tracing::error!(target_name = %health.name, tenant = %health.tenant, pause = ?health.pause, "a target paused itself");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = chain(&error), "how a target is was not written"),
        }
    }
}
