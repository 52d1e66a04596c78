//! What went wrong, what to do about it, and the exit code: 1, 2 when somebody stopped it, 4 when a key is needed (as gh has it).

use std::{error::Error as _, io, iter, process::ExitCode};

use anstyle::{AnsiColor, Style};
use galley_client::{Error, api::problem::Problem as Known};
use serde_json::json;

use crate::{output::Output, say::safe};

#[derive(Debug)]
pub(crate) enum Failure {
    /// The API refused, or did not answer.
    Api(Error),
    /// There is no key, or none for this address.
    NoKey(String),
    /// Who signed in has to do it again.
    NoSession(String),
    /// Something on this machine: what, and what to do.
    Here {
        what: String,
        todo: Option<String>,
    },
    /// It was done, and the answer is no: a finding, a task that failed.
    No(String),
    Stopped,
    /// A failure, and what else is to be known: where something is kept, or what goes on.
    Noted(Box<Self>, String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Api(error)
    }
}

impl Failure {
    pub(crate) fn here(what: impl Into<String>) -> Self {
        Self::Here { what: what.into(), todo: None }
    }

    pub(crate) fn todo(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::Here { what: what.into(), todo: Some(todo.into()) }
    }

    /// What clap says: what is wrong, and after an empty line how it is said.
    pub(crate) fn said_wrong(said: &str) -> Self {
        let (what, how) = said.split_once("\n\n").unwrap_or((said, ""));
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::todo(one_line(what).trim_start_matches("error: "), one_line(how))
    }

    pub(crate) fn noting(self, note: impl Into<String>) -> Self {
        Self::Noted(Box::new(self), note.into())
    }

    /// Of a thing that the API does not know: where those that it knows are.
    pub(crate) fn missing(self, where_they_are: &str) -> Self {
        let is_missing = matches!(self.bare(), Self::Api(error) if error.is(Known::NotFound));
        if is_missing { self.noting(where_they_are) } else { self }
    }

    /// Without its notes.
    fn bare(&self) -> &Self {
        match self {
            Self::Noted(failure, _) => failure.bare(),
            bare => bare,
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self.bare() {
            Self::Stopped => 2,
            Self::NoKey(_) | Self::NoSession(_) => 4,
            Self::Api(error) if error.is_about_credentials() => 4,
            _ => 1,
        })
    }

    /// Says it on the error stream, as JSON where JSON was asked for.
    pub(crate) fn tell(&self, output: Output) {
        if output.is_json() {
            anstream::eprintln!("{}", self.to_json());
            return;
        }
        // Whoever stops what goes on for long wanted just that.
        if matches!(self, Self::Stopped) {
            anstream::eprintln!("stopped");
            return;
        }
        let bad = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        anstream::eprintln!("{bad}error{bad:#}: {}", safe(&self.what()));
        for line in self.lines() {
            anstream::eprintln!("  {}", safe(&line));
        }
        if let Some(todo) = self.next() {
            anstream::eprintln!("{}", safe(&todo));
        }
        if let Self::Api(error) = self.bare()
            && let Some(problem) = error.problem()
        {
            anstream::eprintln!("request {}", safe(problem.request_id()));
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self.bare() {
            Self::Api(Error::Problem(problem)) => json!({"error": problem.body, "todo": self.next()}),
            _ => json!({"error": {"title": self.what(), "status": self.status()}, "todo": self.next()}),
        }
    }

    pub(crate) fn status(&self) -> Option<u16> {
        match self.bare() {
            Self::Api(error) => error.status(),
            _ => None,
        }
    }

    pub(crate) fn what(&self) -> String {
        match self.bare() {
            Self::Api(Error::NoAnswer { host, source }) => format!("no answer from {host}: {}", unreached(source)),
            // Its detail names a field of the API; what to do about it names the argument.
            Self::Api(Error::Problem(problem)) if problem.known() == Some(Known::Blocked) => {
                problem.body.title.to_string()
            }
            Self::Api(error) => chain(error),
            Self::NoKey(what) | Self::NoSession(what) | Self::No(what) | Self::Here { what, .. } => what.clone(),
            Self::Stopped | Self::Noted(..) => "stopped".to_owned(),
        }
    }

    /// Fields and blockers.
    fn lines(&self) -> Vec<String> {
        let Self::Api(Error::Problem(problem)) = self.bare() else { return Vec::new() };
        let fields = problem.fields().iter().map(|error| match argument(&error.field) {
            Some(argument) => format!("{} ({argument}): {}", error.field, error.message),
            None => format!("{}: {}", error.field, error.message),
        });
        fields.chain(problem.blockers().iter().map(|held| format!("{}: {}", held.code, held.message))).collect()
    }

    fn next(&self) -> Option<String> {
        match self {
            Self::NoKey(_) => Some(
                "Run `galley login --key-file FILE` or `galley login --web --tenant NAME`, or set GALLEY_TOKEN."
                    .to_owned(),
            ),
            Self::NoSession(_) => Some("Sign in again: `galley login --web --tenant NAME`.".to_owned()),
            Self::Here { todo, .. } => todo.clone(),
            Self::Api(error) => next_after(error),
            Self::No(_) | Self::Stopped => None,
            Self::Noted(failure, note) => {
                Some(failure.next().into_iter().chain([note.clone()]).collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

/// The argument that sets a field whose name is another.
fn argument(field: &str) -> Option<&'static str> {
    Some(match field {
        "human_feedback" => "--message",
        "target_length" => "--length",
        "max_cost_usd" => "--max-cost",
        "publish_at" => "--at",
        "task_type" => "--type",
        "callback_url" => "--callback-url",
        "q" => "--search",
        _ => return None,
    })
}

fn next_after(error: &Error) -> Option<String> {
    if let Some(problem) = error.problem() {
        let wait = problem.retry_after.map(|wait| {
            let seconds = seconds(wait.as_secs());
            if error.is(Known::WritesHeld) {
                return format!("Try again in {seconds}: an operator holds writes, and `galley flags log` tells operators who and why.");
            }
            format!("Try again in {seconds}.")
        });
        if problem.known() == Some(Known::IllegalMove) && problem.body.state.as_deref() == Some("archived") {
            return Some(DOWN_FOR_GOOD.to_owned());
        }
        // What a conflict is about is told where it is not that somebody was faster.
        let is_told = problem.known() == Some(Known::Conflict) && problem.body.detail.is_some();
        return wait.or_else(|| problem.known().filter(|_| !is_told).and_then(todo).map(str::to_owned));
    }
    match error {
        Error::NoAnswer { .. } => {
            Some("Is the address right, and is it running? `galley profiles` shows the addresses, GALLEY_URL wins over them; `galley dev run` starts the local stack.".to_owned())
        }
        Error::Refused { status: 401, .. } => todo(Known::Unauthenticated).map(str::to_owned),
        Error::Refused { status: 403, .. } => {
            Some("The key is not known there, is revoked, or its tenant is suspended, which an operator sees in `galley tenants show`. `galley login` takes another key.".to_owned())
        }
        Error::Unreadable(_) | Error::NoStream(_) => Some("Is this the address of a Galley? `galley doctor` looks.".to_owned()),
        _ => None,
    }
}

/// What becomes of a text that was taken down.
pub(crate) const DOWN_FOR_GOOD: &str = "It is down for good. Its text stays in its history (`galley api GET /api/content/tasks/TASK/revisions`), and goes live again by a new task: `galley review edit NEW --file FILE`.";

fn seconds(count: u64) -> String {
    format!("{count} {}", if count == 1 { "second" } else { "seconds" })
}

const fn todo(known: Known) -> Option<&'static str> {
    match known {
        Known::Unauthenticated | Known::SignInOver => Some("Run `galley login`: there is no key, or it does not hold."),
        Known::Forbidden => {
            Some("`galley whoami` shows your role. Use a profile with a role that may: `galley profiles` lists them.")
        }
        Known::IllegalMove => {
            Some("`galley tasks show` tells what it has come to; operators see it with `galley inspect task`.")
        }
        Known::Conflict | Known::VersionMismatch => {
            Some("Somebody else changed it. Look again, with `galley review show` or `galley flags list`, then decide.")
        }
        Known::RevisionOutdated => {
            Some("There is a newer text. Read it with `galley review show`, then name its --revision.")
        }
        Known::RevisionUnnamed => Some("Name the text that you read: --revision N."),
        Known::Blocked => Some("Mend the text with `galley review edit`; an admin may --override-blockers."),
        Known::SignatureInvalid => Some(
            "Are name, --scheme and secret the source's own? A source that a tenant has made is --source TENANT/NAME. Its admin sees why: `galley sources refusals NAME`.",
        ),
        Known::KeyReused => Some("Take another --idempotency-key for another request."),
        _ => None,
    }
}

/// Why nobody answered: what the system says, where it says something, without the words of the libraries in between.
fn unreached(error: &reqwest::Error) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    let system =
        causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).find(|cause| cause.raw_os_error().is_some());
    match system {
        Some(system) => system.kind().to_string(),
        None if error.is_timeout() => "it takes too long".to_owned(),
        None => chain(error),
    }
}

/// An error and what is under it, each once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !told.contains(&text) {
            told.push_str(&format!(": {text}"));
        }
        source = cause.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_changes_neither_the_code_nor_what_is_said() {
        let refused = || Failure::Api(Error::Refused { status: 403, message: "Forbidden".into(), retry_after: None });
        let noted = refused().noting("Your text is in a.md.");
        assert_eq!((noted.what(), noted.status()), (refused().what(), Some(403)));
        assert_eq!(format!("{:?}", noted.code()), format!("{:?}", ExitCode::from(4)), "another key is needed");
        assert!(noted.next().is_some_and(|next| next.contains("galley login") && next.ends_with("is in a.md.")));
        assert_eq!(format!("{:?}", Failure::Stopped.noting("x").code()), format!("{:?}", ExitCode::from(2)));
    }

    #[test]
    fn what_was_said_wrong_is_told_to_a_program_in_its_language() {
        let said = "error: unexpected argument '--nome' found\n\n  tip: a similar argument exists: '--name'\n\nUsage: galley x\n";
        let told = Failure::said_wrong(said).to_json();
        assert_eq!(told["error"]["title"], "unexpected argument '--nome' found");
        assert_eq!(told["todo"], "tip: a similar argument exists: '--name' Usage: galley x");
    }

    fn problem(body: serde_json::Value) -> Failure {
        let body = serde_json::from_value(body).unwrap();
        Failure::Api(Error::Problem(Box::new(galley_client::Problem { body, retry_after: None })))
    }

    #[test]
    fn only_what_is_not_found_is_told_where_it_is() {
        let told = |kind: &str, status: u16| {
            let body = json!({"type": kind, "title": "No", "status": status, "instance": "/", "request_id": "r"});
            problem(body).missing("Look there.").next()
        };
        assert_eq!(told("urn:galley:problem:not-found", 404).as_deref(), Some("Look there."));
        assert!(told("urn:galley:problem:forbidden", 403).is_some_and(|next| next.contains("galley profiles")));
    }

    #[test]
    fn what_keeps_a_text_back_is_told_with_the_argument_alone() {
        let blocked = problem(
            json!({"type": "urn:galley:problem:blocked", "title": "The draft may not be published as it is",
            "detail": "an admin may publish it with override_blockers", "status": 409, "instance": "/", "request_id": "r"}),
        );
        assert_eq!(blocked.what(), "The draft may not be published as it is");
        assert!(blocked.next().is_some_and(|next| next.contains("--override-blockers")));
    }
}
