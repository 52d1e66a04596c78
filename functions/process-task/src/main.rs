//! Wires the process-task function, which serves both queues, and runs it.

use aws_lambda_events::sqs::SqsEvent;
use galley_adapters::{
    aws::Aws,
    clock::SystemClock,
    dynamodb::Table,
    llm::ChatWriter,
    secrets::SecretsManager,
    sqs::{Queues, Records},
};
use galley_domain::{
    create::Creator,
    generate::{outline::OutlineWriter, worker::Worker, writers::EitherWriter},
    limits::DayQuota,
    webhook::process::Processor,
};
use galley_edge::{
    config::{self, ConfigError},
    telemetry,
};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use process_task::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let queues = Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?);
    let writer = match (settings.optional("GALLEY_LLM_BASE_URL"), settings.optional("GALLEY_LLM_MODEL")) {
        (Some(base_url), Some(model)) => {
            let secret_id = settings.optional("GALLEY_LLM_SECRET");
            EitherWriter::Model(ChatWriter::new(&base_url, &model, secret_id, SecretsManager::new(&aws))?)
        }
        (None, None) => EitherWriter::Outline(OutlineWriter),
        (Some(_), None) => return Err(ConfigError::Missing("GALLEY_LLM_MODEL").into()),
        (None, Some(_)) => return Err(ConfigError::Missing("GALLEY_LLM_BASE_URL").into()),
    };
    let quota = DayQuota {
        user: settings.limit("GALLEY_USER_TASKS_PER_DAY")?,
        organisation: settings.limit("GALLEY_ORG_TASKS_PER_DAY")?,
    };
    let creator = Creator { store: store.clone(), queue: queues.clone(), clock: SystemClock, quota };
    let app = &App {
        worker: Worker { store, queue: queues.clone(), clock: SystemClock, writer },
        processor: Processor { creator },
        records: Records::new(&aws, settings.text("GALLEY_OWN_QUEUE_URL")?, settings.text("GALLEY_DLQ_URL")?),
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = i64::try_from(event.context.deadline).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Ok::<_, Error>(app.handle(event.payload, deadline.unwrap_or_else(Timestamp::now)).await)
    }))
    .await
}
