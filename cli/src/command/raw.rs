//! Any request of the API, completion, man pages, and the clone's own stack.

use std::{
    fs::{self, File, TryLockError},
    io::{ErrorKind, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use clap::{Args, Subcommand, ValueEnum};
use galley_client::call::Call;
use http::Method;
use serde_json::Value;

use crate::{context::Context, fail::Failure, say};

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
    /// The folder that the pages go to
    folder: PathBuf,
}

impl Completion {
    pub(crate) fn run(&self, mut command: clap::Command) -> Result<(), Failure> {
        // Whoever reads may end early, which the generator takes for a fault.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "galley", &mut script);
        match std::io::stdout().write_all(&script) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::here(format!("standard output cannot be written: {error}")))
            }
            _ => Ok(()),
        }
    }
}

impl Man {
    pub(crate) fn run(&self, command: clap::Command) -> Result<(), Failure> {
        let written = fs::create_dir_all(&self.folder).and_then(|()| clap_mangen::generate_to(command, &self.folder));
        written.map_err(|error| Failure::here(format!("{} cannot be written: {error}", self.folder.display())))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Dev {
    /// Keep the whole stack running on port 8787, with the console
    Run,
    /// One task from the request to the live article
    Demo,
    /// The whole pipeline against made-up providers
    DemoPipeline,
    /// Remove what the stopped stack has kept in .galley
    Reset {
        /// What it takes: `all`, so that nothing goes by a slip of the hand
        #[arg(long, value_enum)]
        really: Option<Really>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Really {
    All,
}

impl Dev {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let here = std::env::current_dir().map_err(|error| Failure::here(error.to_string()))?;
        let clone = clone_around(&here)
            .ok_or_else(|| Failure::todo("there is no clone of Galley here or above", "Change to its folder."))?;
        let target = match self {
            Self::Run => "run",
            Self::Demo => "demo",
            Self::DemoPipeline => "demo-pipeline",
            Self::Reset { really } => return reset(clone, *really),
        };
        // Takes this program's place; it comes back only when it cannot be started.
        let error = Command::new("make").arg(target).current_dir(clone).exec();
        Err(Failure::here(format!("make cannot be started: {error}")))
    }
}

fn clone_around(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|folder| folder.join("local/Cargo.toml").is_file() && folder.join("template.yaml").is_file())
}

fn reset(clone: &Path, really: Option<Really>) -> Result<(), Failure> {
    let kept = clone.join(".galley");
    if !kept.exists() {
        say::line("There is nothing to remove.");
        return Ok(());
    }
    if really.is_none() {
        say::line(&format!("Would remove {}: tasks, articles, keys. Add --really all.", kept.display()));
        return Ok(());
    }
    let unusable = |error: std::io::Error| Failure::here(format!("{}: {error}", kept.display()));
    // A stack holds the lock of its folder for as long as it runs, whatever its port.
    let lock = File::options().create(true).truncate(false).write(true).open(kept.join("lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Failure::todo("a stack is running there", "Stop it with Ctrl-C first."));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    fs::remove_dir_all(&kept).map_err(unusable)?;
    say::line(&format!("Removed {}", kept.display()));
    Ok(())
}
