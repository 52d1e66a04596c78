//! `POST /api/content/tasks` and its bulk form: turns a body into a command and its outcome into an answer. What editors do with
//! schedules, which make tasks by the same way; and what is taken of what was proposed for a sentence.

mod intent;
mod schedules;

use galley_api::{bulk::MOST_ITEMS, route::CreateTaskRoute};
use galley_domain::{
    access::{acts::Recording, allowance::Refused, keys::KeyStore, limits::LimitStore, people::PersonStore},
    agents::{registry::Miscast, store::AgentStore},
    idempotency::claim::Claim,
    intake::create::{ALL_THE_SAME, Command, CreateError, Created},
    intent::store::IntentStore,
    kernel::clock::Clock,
    plans::fire::Firing,
    publishing::near::{Near, NearStore},
    queue::message::Queue,
    schedule::store::ScheduleStore,
    task::{request::TaskRequest, store::TaskStore},
    tenancy::settings::{Directory, TaskDefaults, TenantStore},
};
use galley_edge::{
    api::{self, BulkResult, BulkView},
    http::{
        body,
        call::Call,
        counting,
        error::{ApiError, FieldError, Problem},
        reply::Reply,
    },
};
use serde_json::{Map, Value};

const UNKNOWN_MODEL: &str = "must be a model that GET /api/models lists, or custom/<name>";

/// The parts of the table by which tasks and schedules are made.
pub trait MakingStore:
    TaskStore
    + LimitStore
    + TenantStore
    + ScheduleStore
    + PersonStore
    + KeyStore
    + NearStore
    + IntentStore
    + AgentStore
    + Recording
{
}

impl<T> MakingStore for T where
    T: TaskStore
        + LimitStore
        + TenantStore
        + ScheduleStore
        + PersonStore
        + KeyStore
        + NearStore
        + IntentStore
        + AgentStore
        + Recording
{
}

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, C> {
    /// Makes tasks, and those of schedules. Its quota is the usual one, for a tenant without its own.
    pub firing: Firing<S, Q, C>,
}

impl<S: MakingStore, Q: Queue + Clone, C: Clock + Clone> App<S, Q, C> {
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        match call.of::<CreateTaskRoute>()? {
            CreateTaskRoute::CreateTask => self.create(&call).await,
            CreateTaskRoute::BulkCreate => self.create_bulk(&call).await,
            CreateTaskRoute::RunSchedule => self.counted(&call, self.run_schedule(&call)).await,
            CreateTaskRoute::MakeSchedule => self.counted(&call, self.make_schedule(&call)).await,
            CreateTaskRoute::PatchSchedule => self.counted(&call, self.patch_schedule(&call)).await,
            CreateTaskRoute::RemoveSchedule => self.counted(&call, self.remove_schedule(&call)).await,
            CreateTaskRoute::ConfirmIntent => self.counted(&call, self.confirm_intent(&call)).await,
            CreateTaskRoute::SkipOccurrence => self.counted(&call, self.skip_occurrence(&call)).await,
        }
    }

    async fn create(&self, call: &Call) -> Result<Reply, ApiError> {
        let request: TaskRequest = body::parse(call.json_bytes()?)?;
        let defaults = self.defaults(call, std::slice::from_ref(&request)).await?;
        let command = self.command_of(call, defaults, request, call.claim()?)?;
        let (created, rate) = self.firing.creator.create(command, call.take_window(), api::created).await;
        let answered = created.map_err(refusal).map(|created| match created {
            Created::New(task) => {
                tracing::Span::current().record("task_id", task.id.as_str());
                Reply::saved(api::created(&task))
            }
            Created::Replay(saved) => Reply::replayed(saved),
        });
        counting::rated(answered, rate)
    }

    async fn create_bulk(&self, call: &Call) -> Result<Reply, ApiError> {
        let items = items(call.json_bytes()?)?;
        call.claim()?;
        let mut results: Vec<Option<BulkResult>> = Vec::with_capacity(items.len());
        let (mut requests, mut claims) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            match read_item(call, index, item) {
                Ok((request, claim)) => {
                    requests.push(request);
                    claims.push(claim);
                    results.push(None);
                }
                Err(error) => results.push(Some(failed(call, index, &error))),
            }
        }
        let defaults = self.defaults(call, &requests).await?;
        let commands = requests.into_iter().zip(claims);
        let commands: Result<Vec<Command>, ApiError> =
            commands.map(|(request, claim)| self.command_of(call, defaults.clone(), request, claim)).collect();
        let commands = commands?;
        let created = self.firing.creator.create_bulk(commands, call.take_window(), api::created).await;
        let (created, rate) = created.map_err(refusal)?;
        let mut created = created.into_iter();
        let results = results
            .into_iter()
            .enumerate()
            .filter_map(|(index, result)| result.or_else(|| Some(outcome(call, index, created.next()?))))
            .collect();
        Ok(Reply::json(200, &BulkView { results }).rated(rate))
    }

    /// What the tenant's settings say of tasks. The authorizer says them with who calls; only where it could not, or names no target that is
    /// asked for, because it was made within the last minute, one more read does.
    async fn defaults(&self, call: &Call, requests: &[TaskRequest]) -> Result<TaskDefaults, ApiError> {
        let known = |directory: &Directory| {
            requests.iter().flat_map(|request| &request.publish_to).all(|asked| directory.unknown(asked).is_empty())
        };
        let targets = call.targets().filter(|targets| known(targets));
        if let (Some(language), Some(targets), Some(near_duplicates)) =
            (call.language(), targets, call.near_duplicates())
        {
            return Ok(TaskDefaults { language, targets: targets.clone(), near_duplicates });
        }
        Ok(TaskDefaults::of(self.firing.creator.store.settings(&call.principal()?.tenant).await?))
    }

    fn command_of(
        &self,
        call: &Call,
        defaults: TaskDefaults,
        request: TaskRequest,
        claim: Option<Claim>,
    ) -> Result<Command, ApiError> {
        let quota = call.overrides().quota(self.firing.quota);
        Ok(Command::by(call.principal()?, quota, defaults, request, claim, call.trace_id.clone()))
    }
}

/// One item of a bulk.
fn read_item(call: &Call, index: usize, item: Value) -> Result<(TaskRequest, Option<Claim>), ApiError> {
    let bytes = serde_json::to_vec(&item).unwrap_or_default();
    let Value::Object(map) = item else {
        return Err(ApiError::invalid(&format!("tasks[{index}]"), "must be an object"));
    };
    let request: TaskRequest = body::from_object(map)
        .map_err(|errors| ApiError::invalid_fields(api::prefixed(errors, &format!("tasks[{index}]."))))?;
    Ok((request, call.item_claim(index, &bytes)?))
}

/// The items of `{"tasks":[…]}`.
fn items(bytes: &[u8]) -> Result<Vec<Value>, ApiError> {
    let mut object: Map<String, Value> = body::object(bytes)?;
    let Some(Value::Array(items)) = object.remove("tasks") else {
        return Err(ApiError::invalid("tasks", "must be an array of 1 to 100 tasks"));
    };
    if items.is_empty() || items.len() > MOST_ITEMS {
        return Err(ApiError::invalid("tasks", "must be an array of 1 to 100 tasks"));
    }
    match object.keys().next() {
        Some(name) => Err(ApiError::invalid(name, "is not a known field")),
        None => Ok(items),
    }
}

fn outcome(call: &Call, index: usize, created: Result<Created, CreateError>) -> BulkResult {
    let (saved, replayed) = match created {
        Ok(Created::New(task)) => (api::created(&task), false),
        Ok(Created::Replay(saved)) => (saved, true),
        Err(error) => return failed(call, index, &refusal(error)),
    };
    let task: Option<Value> = serde_json::from_str(&saved.body).ok();
    let id = task.as_ref().and_then(|task| task["task_id"].as_str()).map(str::to_owned);
    BulkResult { index, id, status: saved.status, replayed, task, problem: None }
}

fn failed(call: &Call, index: usize, error: &ApiError) -> BulkResult {
    let problem = error.body(call.request_id(), call.path());
    BulkResult { index, id: None, status: problem.status, replayed: false, task: None, problem: Some(problem) }
}

/// What a subject is near to.
fn like(Near { task, state, title, likeness, .. }: &Near) -> String {
    format!("is near to {task} ({}): {title}, {likeness} %", state.name())
}

pub(crate) fn refusal(error: CreateError) -> ApiError {
    match error {
        CreateError::RateLimited(rate) => Refused::RateLimited(rate).into(),
        CreateError::QuotaExhausted { resets_in_s } => Refused::QuotaExhausted { resets_in_s }.into(),
        CreateError::KeyReused(_) => ApiError::new(Problem::KeyReused),
        CreateError::InFlight | CreateError::AlreadyProcessed => ApiError::new(Problem::StillRunning).retry_after(1),
        CreateError::UnknownModels(fields) => ApiError::invalid_fields(
            fields.into_iter().map(|field| FieldError { field, message: UNKNOWN_MODEL.to_owned() }).collect(),
        ),
        CreateError::Miscast(wrong) => {
            let told = wrong.into_iter().map(|Miscast { field, rule }| FieldError::new(field, rule));
            ApiError::invalid_fields(told.collect())
        }
        CreateError::UnknownTargets(_) => ApiError::invalid("publish_to", error.to_string()),
        CreateError::NearDuplicate(near) => {
            let told = near.iter().map(|near| FieldError::new("topic", like(near))).collect();
            ApiError::new(Problem::NearDuplicate).detail(ALL_THE_SAME).errors(told)
        }
        CreateError::MayNotRepeat => ApiError::new(Problem::Forbidden).detail(error.to_string()),
        CreateError::NoContent => ApiError::new(Problem::Forbidden).detail("this tenant owns no content"),
        CreateError::Store(error) => error.into(),
    }
}
