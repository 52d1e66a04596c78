//! Writing a draft: the newest text in an editor, and back as a revision of one's own. Where somebody else was faster, both
//! texts are kept.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use galley_client::{Client, Error, answer::Revision, api::problem::Problem as Known, api::route::Route, call::Call};
use serde_json::{Value, json};

use super::tasks::changed;
use crate::{fail::Failure, output::Output};

/// Between the head of a file and its text.
const LINE: &str = "---";

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The task's id
    task: String,
    /// Take the text from this file: lines `title:` and `excerpt:`, a line ---, and Markdown (or HTML if it ends in .html)
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
struct Draft {
    title: String,
    excerpt: String,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Markdown,
    Html,
}

impl Edit {
    pub(crate) async fn run(&self, client: &Client, output: Output) -> Result<(), Failure> {
        let task = client.task(&self.task).await?;
        let (text, written) = match &self.file {
            Some(file) => (read(file)?, written_in(file)),
            None => match edited(client, &self.task, task.revision).await? {
                Some(edited) => edited,
                None => return Err(Failure::here("nothing was changed, so nothing is sent")),
            },
        };
        let draft = Draft::parse(&text)?;
        let mut body = json!({"title": draft.title});
        if let Some(fields) = body.as_object_mut() {
            let name = if written == Written::Html { "html" } else { "markdown" };
            fields.insert(name.to_owned(), draft.text.into());
            if !draft.excerpt.is_empty() {
                fields.insert("excerpt".to_owned(), draft.excerpt.into());
            }
        }
        let call = Call::to(Route::EditDraft, &[&self.task]).if_version(task.version).json(&body)?;
        match client.read::<Value>(&call).await {
            Ok(value) => {
                changed(&value, output);
                output.hint(&format!(
                    "It is revision {}. Next: galley review show {}",
                    crate::context::text(&value, "revision"),
                    self.task
                ));
                Ok(())
            }
            Err(error) => Err(self.kept(&text, written, error)),
        }
    }

    /// What was written is not lost, whatever the API says. A file is there still.
    fn kept(&self, text: &str, written: Written, error: Error) -> Failure {
        if self.file.is_some() {
            return error.into();
        }
        let name = format!("{}.mine.{}", self.task.replace(['/', '.'], "_"), written.ending());
        if let Err(failed) = fs::write(&name, text) {
            anstream::eprintln!("{text}");
            return Failure::here(format!("{error}, and {name} cannot be written: {failed}. Your text is above."));
        }
        let again = format!("Your text is in {name}. Send it with: galley review edit {} --file {name}", self.task);
        if error.is(Known::VersionMismatch) || error.is(Known::Conflict) {
            let what = "somebody else has changed the task in the meantime; their text stays the newest";
            return Failure::todo(what, format!("{again}\nRead theirs first: galley review show {}", self.task));
        }
        Failure::todo(crate::fail::chain(&error), again)
    }
}

impl Written {
    const fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::here(format!("{} cannot be read: {error}", file.display())))
}

fn written_in(file: &Path) -> Written {
    if file.extension().is_some_and(|ending| ending == "html") { Written::Html } else { Written::Markdown }
}

impl Draft {
    fn of(revision: &Revision, text: &str) -> String {
        format!("title: {}\nexcerpt: {}\n{LINE}\n{text}\n", revision.title, revision.excerpt)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let todo = "It begins with lines `title: …` and `excerpt: …`, then a line ---, then the text.";
        let (head, body) = text
            .split_once(&format!("\n{LINE}\n"))
            .ok_or_else(|| Failure::todo("the file has no line --- after its head", todo))?;
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map(str::trim).unwrap_or_default().to_owned()
        };
        let title = field("title");
        if title.is_empty() {
            return Err(Failure::todo("the file has no title", todo));
        }
        Ok(Self { title, excerpt: field("excerpt"), text: body.trim().to_owned() })
    }
}

/// The newest text after somebody was at it with their editor; `None` when it is the same.
async fn edited(client: &Client, id: &str, revision: u32) -> Result<Option<(String, Written)>, Failure> {
    let newest = client.revision(id, revision).await?;
    let (text, written) = match (&newest.markdown, &newest.content) {
        (Some(markdown), _) => (markdown.as_str(), Written::Markdown),
        (None, content) => (content.as_deref().unwrap_or_default(), Written::Html),
    };
    let before = Draft::of(&newest, text);
    let suffix = format!(".{}", written.ending());
    let file = tempfile::Builder::new().prefix("galley-").suffix(&suffix).tempfile();
    let file = file.map_err(|error| Failure::here(format!("no file can be made to edit: {error}")))?.into_temp_path();
    fs::write(&file, &before).map_err(|error| Failure::here(format!("no file can be made to edit: {error}")))?;
    let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    let editor =
        editor.ok_or_else(|| Failure::todo("no editor is set", "Set EDITOR, or give the text with --file FILE."))?;
    // As git has it: the variable may have arguments.
    let ended = Command::new("sh").args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(file.as_os_str()).status();
    match ended {
        Ok(status) if status.success() => (),
        _ => return Err(Failure::here(format!("{editor} did not end well, so nothing is sent"))),
    }
    let after = read(&file)?;
    Ok(if after == before { None } else { Some((after, written)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_title_an_excerpt_and_a_text() {
        let draft = Draft::parse("title: One: two\nexcerpt:\n---\n## A\n\n---\nb\n").unwrap();
        assert_eq!(
            (draft.title.as_str(), draft.excerpt.as_str(), draft.text.as_str()),
            ("One: two", "", "## A\n\n---\nb")
        );
        for wrong in ["", "title: x", "## A\n---\ntext", "title:\n---\ntext"] {
            assert!(matches!(Draft::parse(wrong), Err(Failure::Here { .. })), "{wrong}");
        }
    }
}
