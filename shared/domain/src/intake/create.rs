//! Accepting tasks. Two round trips to the table and one send: reserve, write, queue.
//! Invariant: whatever got a 201 is in the table with a `due_at`, so losing the message loses nothing.

use futures_util::{StreamExt, stream};

use crate::{
    access::{
        allowance::{Allowance, Refused, Taken, give_back},
        limits::{DayQuota, LimitStore, QuotaDay, RateState, Window},
        people::PersonStore,
        role::{Principal, Role},
    },
    agents::{cast, registry::Miscast, store::AgentStore},
    idempotency::{
        claim::{Claim, Claimed, KeyReused, SavedResponse},
        receipt::{Receipt, ReceiptOutcome},
    },
    intake::known_models::KnownModels,
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
        ids::{Subject, TargetName, TaskId, TenantId, TraceId},
    },
    publishing::near::{self, Near, NearStore, Sketch},
    queue::message::{Message, Queue},
    schedule::run::Ran,
    task::{
        audit::{Actor, Context},
        record::Task,
        replay::replay_or,
        request::TaskRequest,
        state::Generator,
        store::{Acceptance, CommitError, TaskStore},
    },
    tenancy::settings::{NearDuplicates, TaskDefaults},
};

/// How many tasks of a bulk are on their way at once.
const BULK_WIDTH: usize = 8;

/// One task to accept.
#[derive(Clone, Debug)]
pub struct Command {
    pub tenant: TenantId,
    pub requested_by: Subject,
    pub actor: Actor,
    pub request: TaskRequest,
    /// Of the tenant.
    pub defaults: TaskDefaults,
    /// Whether whoever asks may have what the tenant has nearly the same of already.
    pub may_repeat: bool,
    pub claim: Option<Claim>,
    /// The webhook that asks for it.
    pub receipt: Option<Receipt>,
    /// The occurrence of a schedule that asks for it.
    pub ran: Option<Box<Ran>>,
    /// What the tenant's day may hold.
    pub quota: DayQuota,
    pub trace_id: TraceId,
}

impl Command {
    pub fn by(
        principal: &Principal,
        quota: DayQuota,
        defaults: TaskDefaults,
        request: TaskRequest,
        claim: Option<Claim>,
        trace_id: TraceId,
    ) -> Self {
        Self {
            quota,
            tenant: principal.tenant.clone(),
            requested_by: principal.subject.clone(),
            actor: Actor::Person { subject: principal.subject.clone() },
            request,
            defaults,
            may_repeat: principal.role >= Role::Editor,
            claim,
            receipt: None,
            ran: None,
            trace_id,
        }
    }
}

#[derive(Clone, Debug)]
pub enum Created {
    New(Box<Task>),
    /// The same request came before; this was its answer.
    Replay(SavedResponse),
}

#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("too many requests in this minute")]
    RateLimited(RateState),
    #[error("the day's quota is used up")]
    QuotaExhausted { resets_in_s: u64 },
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    #[error("a request with this idempotency key is still running")]
    InFlight,
    /// A model that nobody here knows is named in these fields.
    #[error("{} must be a model that GET /api/models lists, or custom/<name>", .0.join(" and "))]
    UnknownModels(Vec<String>),
    /// Where the text is to be published the tenant has no such targets.
    #[error("must name targets of the tenant, and has none called {}", names(.0))]
    UnknownTargets(Vec<TargetName>),
    /// Agents are named that cannot do it, or that whoever asks may not name.
    #[error("{}", miscast(.0))]
    Miscast(Vec<Miscast>),
    /// The tenant has nearly the same, and refuses that.
    #[error("it is near to {}; {ALL_THE_SAME}", told(.0))]
    NearDuplicate(Vec<Near>),
    #[error("allow_near_duplicate is for editors and admins to say")]
    MayNotRepeat,
    /// The tenant `system` owns no content.
    #[error("this tenant owns no content")]
    NoContent,
    #[error("the webhook was processed before")]
    AlreadyProcessed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn names(targets: &[TargetName]) -> String {
    targets.iter().map(TargetName::as_str).collect::<Vec<_>>().join(" or ")
}

fn miscast(all: &[Miscast]) -> String {
    all.iter().map(|Miscast { field, rule }| format!("{field} {rule}")).collect::<Vec<_>>().join("; ")
}

/// How such a request is accepted.
pub const ALL_THE_SAME: &str = "an editor or an admin may ask for it all the same, with allow_near_duplicate";

/// The nearest, and how many more there are.
fn told(all: &[Near]) -> String {
    let nearest = all.first().map(|near| format!("{} ({}), {} %", near.task, near.title, near.likeness));
    let more = all.len().saturating_sub(1);
    nearest.unwrap_or_default() + &if more == 0 { String::new() } else { format!(", and to {more} more") }
}

/// What a create needs.
#[derive(Clone, Debug)]
pub struct Creator<S, Q, C> {
    pub store: S,
    pub queue: Q,
    pub clock: C,
    pub models: KnownModels,
}

impl<S: TaskStore + LimitStore + NearStore + AgentStore + PersonStore, Q: Queue, C: Clock> Creator<S, Q, C> {
    /// Accepts one task and counts it in its principal's window. How that stands is told with either answer.
    ///
    /// # Errors
    /// See `CreateError`. On any of them nothing was accepted and no quota is used.
    pub async fn create(
        &self,
        mut command: Command,
        window: Option<Window>,
        render: impl Fn(&Task) -> SavedResponse + Send,
    ) -> (Result<Created, CreateError>, Option<RateState>) {
        let now = self.clock.now();
        let fit = self.fit(&mut command);
        let day = QuotaDay::of(&command.tenant, &command.requested_by, now);
        // What is refused as it stands is counted, and asks for no place of the day.
        let asked = fit.is_ok().then(|| (day.clone(), command.quota));
        let Taken { place, rate } = Box::pin(Allowance { window, day: asked }.take(&self.store, now)).await;
        let result = match place.map_err(CreateError::from).and(fit) {
            Ok(()) => self.accept(command, &day, render).await,
            Err(refused) => self.replay_or(refused, &command).await,
        };
        (result, rate)
    }

    /// What was accepted once is not refused when it is repeated: models and targets may be gone since.
    async fn replay_or(&self, refused: CreateError, command: &Command) -> Result<Created, CreateError> {
        let saved = replay_or(refused, command.claim.as_ref(), &self.store, self.clock.now()).await;
        saved.map(Created::Replay)
    }

    /// Accepts one task that no window counts: an item of a bulk, or what a webhook asks for.
    ///
    /// # Errors
    /// As `create`.
    pub async fn create_uncounted(
        &self,
        mut command: Command,
        render: impl Fn(&Task) -> SavedResponse + Send,
    ) -> Result<Created, CreateError> {
        let now = self.clock.now();
        if let Err(refused) = self.fit(&mut command) {
            return self.replay_or(refused, &command).await;
        }
        let day = QuotaDay::of(&command.tenant, &command.requested_by, now);
        Allowance::of_day(day.clone(), command.quota).take(&self.store, now).await.place?;
        self.accept(command, &day, render).await
    }

    /// Whether a request can be accepted as it stands. From here on it says where its text is published: what the tenant says later is
    /// for later tasks.
    fn fit(&self, command: &mut Command) -> Result<(), CreateError> {
        let Command { request, defaults, may_repeat, .. } = command;
        if request.allow_near_duplicate && !*may_repeat {
            return Err(CreateError::MayNotRepeat);
        }
        let models = self.models.unknown(request);
        if !models.is_empty() {
            return Err(CreateError::UnknownModels(models));
        }
        let chosen = defaults.targets.chosen(request.publish_to.take(), request.task_type);
        request.publish_to = chosen.map_err(CreateError::UnknownTargets)?;
        Ok(())
    }

    /// Accepts one task that no client waits for, so there is no answer to save.
    ///
    /// # Errors
    /// As `create`.
    pub async fn create_unclaimed(&self, command: Command) -> Result<Created, CreateError> {
        let nothing = |_: &Task| SavedResponse { status: 201, location: None, etag: None, body: String::new() };
        self.create_uncounted(Command { claim: None, ..command }, nothing).await
    }

    /// Counts a bulk once in its window, then accepts its items side by side, answering in their order.
    ///
    /// # Errors
    /// `RateLimited` or `Store` for the whole; what happens to an item stands in its place.
    pub async fn create_bulk(
        &self,
        commands: Vec<Command>,
        window: Option<Window>,
        render: impl Fn(&Task) -> SavedResponse + Send + Sync,
    ) -> Result<(Vec<Result<Created, CreateError>>, Option<RateState>), CreateError> {
        let Taken { place, rate } = Allowance { window, day: None }.take(&self.store, self.clock.now()).await;
        place?;
        let render = &render;
        let results = stream::iter(commands)
            .map(|command| self.create_uncounted(command, render))
            .buffered(BULK_WIDTH)
            .collect()
            .await;
        Ok((results, rate))
    }

    /// The write and the send. The day's place is taken already and is given back if nothing comes of it.
    async fn accept(
        &self,
        command: Command,
        day: &QuotaDay,
        render: impl Fn(&Task) -> SavedResponse + Send,
    ) -> Result<Created, CreateError> {
        if command.tenant.is_system() {
            give_back(&self.store, day).await;
            return Err(CreateError::NoContent);
        }
        if let Err(refused) = self.acceptable(&command).await {
            give_back(&self.store, day).await;
            // The task that it is near to may be its own, and the agents may be gone since.
            return self.replay_or(refused, &command).await;
        }
        let (acceptance, task) = self.acceptance(command, render);
        if let Err(error) = self.store.accept(acceptance).await {
            return self.refused(error, day).await;
        }
        if task.request.generator == Generator::Internal {
            let message = Message::generate(task.tenant.clone(), &task.id, task.trace_id.clone());
            // The sweeper sends it again: the task is due until a worker claims it.
            if let Err(error) = self.queue.send(&message).await {
                tracing::warn!(task_id = %task.id, error = chain(&error), "task accepted, message left to the sweeper");
            }
        }
        Ok(Created::New(Box::new(task)))
    }

    /// Whether whom it names can do it, and nothing of the tenant's is near to it.
    async fn acceptable(&self, command: &Command) -> Result<(), CreateError> {
        let who = (&command.tenant, &command.requested_by);
        let miscast = cast::miscast(&self.store, who, &command.request).await?;
        if !miscast.is_empty() {
            return Err(CreateError::Miscast(miscast));
        }
        self.unlike_others(command).await
    }

    /// Whether nothing of the tenant's is near to it, where that matters: another five reads. Of two that are asked for at the same
    /// moment neither sees the other.
    async fn unlike_others(&self, command: &Command) -> Result<(), CreateError> {
        let Command { tenant, request, defaults, .. } = command;
        if defaults.near_duplicates == NearDuplicates::Tell || request.allow_near_duplicate {
            return Ok(());
        }
        let language = request.language.unwrap_or(defaults.language);
        let subject = Sketch::of_subject(request.topic.as_str(), &language);
        let near = near::before_asking(&self.store, tenant, subject).await?;
        if near.is_empty() { Ok(()) } else { Err(CreateError::NearDuplicate(near)) }
    }

    fn acceptance(&self, command: Command, render: impl Fn(&Task) -> SavedResponse) -> (Acceptance, Task) {
        let context = Context::now(&self.clock, command.actor, &command.trace_id);
        let id = TaskId::from_uuid(self.clock.uuid());
        let asked = command.request;
        let request = TaskRequest { language: Some(asked.language.unwrap_or(command.defaults.language)), ..asked };
        let (task, event) = Task::accept(id, command.tenant, command.requested_by, request, &context);
        let claim = command.claim.map(|claim| claim.record(render(&task), context.at));
        let processed = ReceiptOutcome::Processed { task_id: task.id.clone() };
        let receipt = command.receipt.map(|receipt| receipt.done(processed));
        let ran = command.ran.map(|ran| ran.made(&task.id));
        (Acceptance { task: task.clone(), event, claim, receipt, ran }, task)
    }

    async fn refused(&self, error: CommitError, day: &QuotaDay) -> Result<Created, CreateError> {
        // A lost answer may hide a write that happened: then the place is taken rightly, and at worst counted once too many.
        if !matches!(error, CommitError::Store(_)) {
            give_back(&self.store, day).await;
        }
        match error {
            CommitError::Claimed(Claimed::Replay(response)) => Ok(Created::Replay(response)),
            CommitError::Claimed(Claimed::KeyReused) => Err(KeyReused.into()),
            CommitError::AlreadyProcessed => Err(CreateError::AlreadyProcessed),
            CommitError::Store(error) => Err(CreateError::Store(error)),
            // A new task has no earlier version and no slug; an id that exists already is a clash of random numbers. Its schedule may have changed.
            CommitError::InFlight
            | CommitError::Stale
            | CommitError::Contended
            | CommitError::OverBudget(_)
            | CommitError::SlugTaken => Err(CreateError::InFlight),
        }
    }
}

impl From<Refused> for CreateError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::RateLimited(rate) => Self::RateLimited(rate),
            Refused::QuotaExhausted { resets_in_s } => Self::QuotaExhausted { resets_in_s },
            Refused::Store(error) => Self::Store(error),
        }
    }
}
