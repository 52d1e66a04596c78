//! Any request of the API, completion and man pages.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::PathBuf,
};

use clap::Args;
use galley_client::call::Call;
use http::Method;
use serde_json::Value;

use crate::{context::Context, fail::Failure, output::Output, say};

#[derive(Debug, Args)]
pub(crate) struct Api {
    /// GET, POST, PUT, PATCH or DELETE
    method: String,
    /// With its query, such as /api/content/tasks?limit=5
    path: String,
    /// The body as JSON; @FILE reads a file, @- standard input
    #[arg(short, long, value_name = "JSON")]
    data: Option<String>,
    /// Only if the task is still at this version
    #[arg(long, value_name = "VERSION")]
    if_version: Option<u64>,
}

impl Api {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let method = Method::from_bytes(self.method.to_uppercase().as_bytes());
        let method = method.map_err(|_| Failure::here(format!("{} is no method", self.method)))?;
        if !self.path.starts_with('/') {
            return Err(Failure::here("the path must begin with /"));
        }
        let mut call = Call::raw(method, self.path.as_str());
        if let Some(data) = &self.data {
            call = call.bytes(body(data)?);
        }
        if let Some(version) = self.if_version {
            call = call.if_version(version);
        }
        // What is public needs no key.
        let reply = context.session.anonymous()?.send(&call).await?;
        match serde_json::from_slice::<Value>(&reply.body) {
            Ok(value) => say::json(&value),
            Err(_) => say::line(&String::from_utf8_lossy(&reply.body)),
        }
        Ok(())
    }
}

fn body(data: &str) -> Result<Vec<u8>, Failure> {
    match data.strip_prefix('@') {
        None => Ok(data.as_bytes().to_vec()),
        Some("-") => {
            let mut body = Vec::new();
            let read = std::io::Read::read_to_end(&mut std::io::stdin(), &mut body);
            read.map(|_| body).map_err(|error| Failure::here(format!("standard input cannot be read: {error}")))
        }
        Some(file) => fs::read(file).map_err(|error| Failure::here(format!("{file} cannot be read: {error}"))),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Completion {
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The command whose page is printed, such as `tasks create`; galley's own where none is named
    command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    folder: Option<PathBuf>,
}

impl Completion {
    pub(crate) fn run(&self, mut command: clap::Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "galley", &mut script);
        printed(&script)
    }
}

impl Man {
    pub(crate) fn run(&self, command: clap::Command, output: Output) -> Result<(), Failure> {
        if let Some(folder) = &self.folder {
            let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
            return written.map_err(|error| Failure::here(format!("{} cannot be written: {error}", folder.display())));
        }
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(self.named(command)?).render(&mut page);
        rendered.map_err(|error| Failure::here(format!("the page cannot be written: {error}")))?;
        printed(&page)?;
        output.hint("A page for man: galley man | man -l -");
        Ok(())
    }

    fn named(&self, command: clap::Command) -> Result<clap::Command, Failure> {
        let mut whole = command.disable_help_subcommand(true);
        // Only then a subcommand knows its whole name.
        whole.build();
        let named = self.command.iter().try_fold(&whole, |at, name| at.find_subcommand(name));
        named.cloned().ok_or_else(|| {
            let what = format!("there is no command {}", self.command.join(" "));
            Failure::todo(what, "`galley --help` lists them, `galley COMMAND --help` what is under each.")
        })
    }
}

/// Whoever reads may end early, which is no fault.
fn printed(text: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().write_all(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::here(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
