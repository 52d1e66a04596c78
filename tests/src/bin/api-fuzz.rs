//! Tries every operation two hundred times, or `EXAMPLES` times, in each role, or in that of `ROLE`. `SEED` chooses with what; without
//! it, one is drawn.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

use std::process::ExitCode;

use galley_tests::{
    Galley,
    api_tools::{Fuzzing, fuzz, unhurried},
    usage,
};

const ROLES: [&str; 5] = ["viewer", "author", "editor", "admin", "operator"];

/// How often each operation is tried. `None`: what is said of it is no such number.
fn examples() -> Option<u32> {
    let Ok(said) = std::env::var("EXAMPLES") else { return Some(200) };
    said.parse().ok().filter(|examples| (1..=10_000).contains(examples))
}

#[tokio::main]
async fn main() -> ExitCode {
    if usage::told(
        "Tries every operation of the API's document with what it says that it takes, and with what it refuses.\n\nUsage: api-fuzz\n\n  EXAMPLES=  of each operation, 200 where nothing is said\n  ROLE=      one role alone\n  SEED=      chooses with what",
    ) {
        return ExitCode::SUCCESS;
    }
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u32(..));
    let Some(examples) = examples() else {
        println!("EXAMPLES is a whole number from 1 to 10000");
        return ExitCode::FAILURE;
    };
    let Ok(place) = tempfile::tempdir() else { return ExitCode::FAILURE };
    let role = std::env::var("ROLE").ok();
    let roles: Vec<&str> = ROLES.into_iter().filter(|who| role.as_deref().is_none_or(|role| role == *who)).collect();
    if roles.is_empty() {
        println!("ROLE is one of {}", ROLES.join(", "));
        return ExitCode::FAILURE;
    }
    let mut is_clean = true;
    for who in roles {
        let galley = Galley::with(unhurried(place.path())).await;
        galley.published("HTTP caching in practice").await;
        println!("{who}, SEED={seed}, EXAMPLES={examples}");
        let told = fuzz(&galley, place.path(), Fuzzing { who, examples, seed }).await;
        is_clean &= told.is_ok();
        println!("{}", told.unwrap_or_else(|found| found));
    }
    if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
