//! Wires the process-task function, which serves both queues, and runs it.

use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use galley_adapters::{
    aws::Aws,
    clock::SystemClock,
    courier::HttpCourier,
    dynamodb::Table,
    llm::{ChatOptions, ChatWriter},
    secrets::SecretsManager,
    sqs::{Queues, Records},
};
use galley_domain::{
    create::Creator,
    deliver::Deliverer,
    generate::{
        outline::OutlineWriter,
        worker::{WorkLimits, Worker},
        writers::EitherWriter,
    },
    ledger::Price,
    privacy::jobs::Clerk,
    webhook::process::Processor,
};
use galley_edge::{
    config::{self, ConfigError},
    context::deadline,
    telemetry,
};
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use process_task::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let settings = config::environment();
    let aws = Aws::from_environment()?;
    let store = Table::new(&aws, settings.text("GALLEY_TABLE")?);
    let queues =
        Queues::new(&aws).work(settings.text("GALLEY_WORK_QUEUE_URL")?).quick(settings.text("GALLEY_QUICK_QUEUE_URL")?);
    let secrets = SecretsManager::new(&aws);
    let clock = SystemClock { pace: settings.pace("GALLEY_LEASE_SECONDS")? };
    let chat = |base_url, model| {
        Ok::<_, Error>(ChatOptions {
            base_url,
            model,
            key_id: settings.optional("GALLEY_LLM_SECRET"),
            price: Price {
                input: settings.parsed("GALLEY_LLM_INPUT_PRICE")?,
                output: settings.parsed("GALLEY_LLM_OUTPUT_PRICE")?,
            },
            time_limit: Duration::from_secs(settings.limit("GALLEY_LLM_CALL_SECONDS")?.into()),
        })
    };
    let writer = match (settings.optional("GALLEY_LLM_BASE_URL"), settings.optional("GALLEY_LLM_MODEL")) {
        (Some(base_url), Some(model)) => EitherWriter::Model(ChatWriter::new(chat(base_url, model)?, secrets.clone())?),
        (None, None) => EitherWriter::Outline(OutlineWriter),
        (Some(_), None) => return Err(ConfigError::Missing("GALLEY_LLM_MODEL").into()),
        (None, Some(_)) => return Err(ConfigError::Missing("GALLEY_LLM_BASE_URL").into()),
    };
    let limits = WorkLimits {
        attempts: settings.limit("GALLEY_MAX_ATTEMPTS")?,
        attempt: SignedDuration::from_secs(settings.limit("GALLEY_ATTEMPT_SECONDS")?.into()),
    };
    let quota = settings.quota("GALLEY_USER_TASKS_PER_DAY", "GALLEY_ORG_TASKS_PER_DAY")?;
    let creator = Creator { store: store.clone(), queue: queues.clone(), clock };
    let deliverer = Deliverer {
        store: store.clone(),
        queue: queues.clone(),
        secrets,
        secret_id: settings.text("GALLEY_CALLBACK_SECRET")?,
        clock,
        courier: HttpCourier::new(settings.parsed_or_default("GALLEY_CALLBACK_STAND_INS")?),
    };
    let app = &App {
        clerk: Clerk { store: store.clone(), queue: queues.clone(), clock },
        worker: Worker { store, queue: queues.clone(), clock, writer, limits },
        processor: Processor { creator, quota },
        deliverer,
        records: Records::new(&aws, settings.text("GALLEY_OWN_QUEUE_URL")?, settings.text("GALLEY_DLQ_URL")?),
    };
    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = deadline(&event.context);
        Ok::<_, Error>(app.handle(event.payload, deadline).await)
    }))
    .await
}
