//! What the gate says of texts, by the formulas alone: a line of JSON in for each, a line out. `make gate FILE=…`.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

use std::{
    error::Error,
    io::{BufRead, stdin},
};

use galley_domain::{
    content::quality::{DEFAULT_QUALITY_BAR, Score},
    generation::verdict,
    task::request::TaskRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Line {
    id: Value,
    class: String,
    title: String,
    topic: String,
    markdown: String,
    target: u32,
    /// English, where it is left out.
    #[serde(default)]
    language: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    for line in stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        // A line may be about what no client can ask for; what it says is judged all the same.
        let topic: String = line.topic.chars().take(200).collect();
        let topic = if topic.chars().count() < 3 { "no topic".to_owned() } else { topic };
        let request: TaskRequest = serde_json::from_value(
            json!({"topic": &topic, "target_length": line.target.clamp(200, 5000), "language": line.language}),
        )?;
        let title = if line.title.chars().count() < 3 { &topic } else { &line.title };
        let verdict = verdict::of(&line.markdown, title, &request, Score::clamped(DEFAULT_QUALITY_BAR));
        println!(
            "{}",
            json!({"id": line.id, "class": line.class, "overall": verdict.overall, "blockers": verdict.blockers,
                   "removed": verdict.removed, "findings": verdict.findings, "quality": verdict.quality})
        );
    }
    Ok(())
}
