//! Schedules: what makes tasks by itself, and what came of it.

use std::path::PathBuf;

use clap::Subcommand;
use galley_client::{Client, api::route::Route, call::Call};
use serde_json::{Value, json};

use crate::{
    command::{admin::Remove, tasks::object_in},
    context::{Context, items, text},
    fail::Failure,
    output::Output,
    say, table,
};

/// As many as a tenant may have.
const MOST: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Schedules {
    /// List the tenant's schedules
    List,
    /// Show a schedule
    Show {
        /// Its id
        schedule: String,
    },
    /// Make a schedule
    Create {
        /// What POST /api/schedules takes, as YAML or JSON; - reads standard input. Such as
        /// {name: Weekly, rule: {repeat: weekly, weekdays: [mon], at: "09:00", zone: Europe/Berlin}, request: {topic: "News of {{week}}"}}
        #[arg(short, long, value_name = "FILE", verbatim_doc_comment)]
        file: PathBuf,
    },
    /// Make nothing for now; what falls into the pause is left out
    Pause {
        /// Its id
        schedule: String,
    },
    /// Let a schedule go on; whoever says so is its owner from then on
    Resume {
        /// Its id
        schedule: String,
    },
    /// Make its next task now; what comes next stays
    Run {
        /// Its id
        schedule: String,
    },
    /// List what came of its occurrences, the last one first
    Runs {
        /// Its id
        schedule: String,
        /// So many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Leave out an occurrence that is to come
    Skip {
        /// Its id
        schedule: String,
        /// Which, as `next` shows it: 2026-12-01T09:00
        occurrence: String,
    },
    /// Remove a schedule; its tasks stay
    Remove(Remove),
}

impl Schedules {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (client, output) = (context.client()?, context.output);
        match self {
            Self::List => {
                let columns = [
                    ("schedule", "schedule_id"),
                    ("name", "name"),
                    ("repeats", "rule.repeat"),
                    ("next", "next"),
                    ("in", "rule.zone"),
                    ("paused because", "pause.because"),
                    ("made", "made"),
                    ("owner", "owner"),
                ];
                table::list(output, items(&client, Call::to(Route::ListSchedules, &[]), MOST).await?, &columns);
            }
            Self::Show { schedule } => {
                table::thing(output, &client.read(&Call::to(Route::GetSchedule, &[schedule])).await?);
            }
            Self::Create { file } => {
                let call = Call::to(Route::MakeSchedule, &[]).json(&object_in(file, "POST /api/schedules")?)?;
                let made: Value = client.read(&call).await?;
                table::thing(output, &made);
                output.hint(&format!("Next: galley schedules runs {}", text(&made, "schedule_id")));
            }
            Self::Pause { schedule } => paused(&client, output, schedule, true).await?,
            Self::Resume { schedule } => paused(&client, output, schedule, false).await?,
            Self::Run { schedule } => {
                let run: Value = client.read(&Call::to(Route::RunSchedule, &[schedule])).await?;
                told(output, &run, &text(&run, "task_id"));
            }
            Self::Runs { schedule, limit } => {
                let columns = [
                    ("due", "due_at"),
                    ("outcome", "outcome"),
                    ("task", "task_id"),
                    ("status", "task_status"),
                    ("cost", "cost_usd"),
                    ("why", "reason"),
                    ("missed before", "missed_before"),
                ];
                let call = Call::to(Route::ListRuns, &[schedule]);
                table::list(output, items(&client, call, *limit).await?, &columns);
            }
            Self::Skip { schedule, occurrence } => {
                let run: Value = client.read(&Call::to(Route::SkipOccurrence, &[schedule, occurrence])).await?;
                told(output, &run, &format!("{occurrence} is left out"));
            }
            Self::Remove(remove) => {
                return remove.run(&client, output, Route::RemoveSchedule, "remove the schedule").await;
            }
        }
        Ok(())
    }
}

async fn paused(client: &Client, output: Output, schedule: &str, pauses: bool) -> Result<(), Failure> {
    let call = Call::to(Route::PatchSchedule, &[schedule]).json(&json!({"paused": pauses}))?;
    let changed: Value = client.read(&call).await?;
    let name = text(&changed, "name");
    let goes_on = || format!("{name} goes on, next at {}", text(&changed, "next_at"));
    told(output, &changed, &if pauses { format!("{name} is paused") } else { goes_on() });
    Ok(())
}

fn told(output: Output, answer: &Value, line: &str) {
    if output.is_json() {
        say::json(answer);
    } else {
        say::line(line);
    }
}
