//! `galley`: Galley in the terminal. A client of the public API, like any other.
#![allow(clippy::doc_markdown, reason = "a command's comments are its help, and are shown as they stand")]

mod args;
mod command;
mod context;
mod fail;
mod help;
mod output;
mod profiles;
mod say;
mod session;
mod sign_in;
mod table;
mod text;

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::{args::Arguments, fail::Failure, output::Output};

fn main() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(said) => return usage(&said),
    };
    let output = arguments.output();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(output);
            failure.code()
        }
    }
}

/// Help and version are no failures; 2 is for what somebody stopped.
fn usage(said: &clap::Error) -> ExitCode {
    if matches!(said.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = said.print();
        return ExitCode::SUCCESS;
    }
    // What cannot be read says all the same whether a program reads the answer.
    if std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json") {
        Failure::said_wrong(&said.to_string()).tell(Output::Json);
    } else {
        let _ = said.print();
    }
    ExitCode::FAILURE
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::here(format!("the runtime cannot start: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            done = command::run(arguments) => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::Stopped),
        }
    })
}
