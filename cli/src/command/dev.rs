//! The clone's own stack, and nights to practise on.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::Command,
};

use clap::{Subcommand, ValueEnum};

use crate::{fail::Failure, say};

/// What `galley-local practise` reads its night from, in the folder of its stack.
const NIGHT: &str = "night";
/// A practice has a folder of its own, whichever somebody's own stack has been given.
const FOLDER: (&str, &str) = ("GALLEY_DATA", ".galley-practice");
/// Shorter times, so that a night comes in seconds. Whoever sets one of these is asked.
const TIMES: [(&str, &str); 2] = [("GALLEY_LEASE_SECONDS", "15"), ("GALLEY_LLM_CALL_SECONDS", "60")];

#[derive(Debug, Subcommand)]
pub(crate) enum Dev {
    /// Keep the whole stack running on port 8787, with the console
    Run,
    /// One task from the request to the live article
    Demo,
    /// The whole pipeline against made-up providers
    DemoPipeline,
    /// As run, with made-up providers that fail when told: bad nights to practise on
    ///
    /// It keeps all in .galley-practice, whatever GALLEY_DATA says, so that nothing of yours is touched, and its times are
    /// short. Then, in another terminal of the clone: log in with .galley-practice/keys.json, begin a night with
    /// `galley dev night`, and find what is wrong with `galley doctor`. docs/runbook.md#practising has the nights, what
    /// each shows, and when it is over.
    Practise,
    /// Begin a bad night on the stack of `galley dev practise`, or end it
    Night {
        /// What goes wrong
        #[arg(value_enum)]
        night: Night,
    },
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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Night {
    /// Nothing: the providers answer again
    Calm,
    /// All providers answer 503
    Down,
    /// All providers take calls and answer none
    Hangs,
    /// A dead letter comes that no release can read
    Letter,
}

impl Dev {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let here = std::env::current_dir().map_err(|error| Failure::here(error.to_string()))?;
        let clone = clone_around(&here)
            .ok_or_else(|| Failure::todo("there is no clone of Galley here or above", "Change to its folder."))?;
        match self {
            Self::Run => make(clone, "run", None, &[]),
            Self::Demo => make(clone, "demo", None, &[]),
            Self::DemoPipeline => make(clone, "demo-pipeline", None, &[]),
            Self::Practise => make(clone, "practise", Some(FOLDER), &TIMES),
            Self::Night { night } => night.begin(clone),
            Self::Reset { really } => reset(clone, *really),
        }
    }
}

/// Takes this program's place; it comes back only when it cannot be started.
fn make(clone: &Path, target: &str, always: Option<(&str, &str)>, usual: &[(&str, &str)]) -> Result<(), Failure> {
    let mut command = Command::new("make");
    let unset = usual.iter().filter(|(name, _)| std::env::var_os(name).is_none());
    let error = command.arg(target).current_dir(clone).envs(always).envs(unset.copied()).exec();
    Err(Failure::here(format!("make cannot be started: {error}")))
}

fn clone_around(folder: &Path) -> Option<&Path> {
    folder
        .ancestors()
        .find(|folder| folder.join("local/Cargo.toml").is_file() && folder.join("template.yaml").is_file())
}

impl Night {
    fn begin(self, clone: &Path) -> Result<(), Failure> {
        let (_, folder) = FOLDER;
        let data = clone.join(folder);
        let file = data.join(NIGHT);
        let unusable = |error: io::Error| Failure::here(format!("{}: {error}", data.display()));
        // What an ended practice has left is there, and nobody reads it.
        if !file.is_file() || free(&data).map_err(unusable)?.is_some() {
            let todo = "`galley dev practise` in another terminal keeps one running.";
            return Err(Failure::todo(format!("no stack to practise on runs in {}", data.display()), todo));
        }
        let (word, shows) = match self {
            Self::Calm => ("calm", "Breakers stay open until a task asks: galley tasks create \"…\""),
            Self::Down => ("down", "Ask for some tasks, then look: galley doctor"),
            Self::Hangs => ("hangs", "Ask for a task, wait half a minute, then look: galley stuck"),
            Self::Letter => ("letter", "Look: galley health"),
        };
        fs::write(&file, format!("{word}\n"))
            .map_err(|error| Failure::here(format!("{} cannot be written: {error}", file.display())))?;
        say::line(&format!("It is so: {word}. {shows}"));
        Ok(())
    }
}

/// The lock of a folder where no stack runs: it holds that for as long as it runs, whatever its port.
fn free(data: &Path) -> io::Result<Option<File>> {
    let lock = File::options().create(true).truncate(false).write(true).open(data.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
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
    let unusable = |error: io::Error| Failure::here(format!("{}: {error}", kept.display()));
    let Some(_lock) = free(&kept).map_err(unusable)? else {
        return Err(Failure::todo("a stack is running there", "Stop it with Ctrl-C first."));
    };
    fs::remove_dir_all(&kept).map_err(unusable)?;
    say::line(&format!("Removed {}", kept.display()));
    Ok(())
}
