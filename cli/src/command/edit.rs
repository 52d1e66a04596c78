//! Writing a draft: the newest text in an editor, and back as a revision of one's own. What was written stays in a file until the
//! API has it, whatever goes wrong.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use galley_client::{Client, answer::Revision, api::route::Route, call::Call};
use serde_json::{Map, Value};

use crate::{
    context::{Context, changed, list, text},
    fail::Failure,
    output::Output,
    say,
};

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
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let (mut lasting, output) = (context.lasting()?, context.output);
        let client = lasting.client();
        let task = client.task(&self.task).await?;
        let newest = match task.revision {
            0 => None,
            revision => Some(client.revision(&self.task, revision).await?),
        };
        if let Some(file) = &self.file {
            let body = body(&read(file)?, written_in(file), newest.as_ref())?;
            return self.send(client, task.version, &body, output).await;
        }
        let newest = newest.ok_or_else(|| Failure::todo("there is no text yet", "Give one with --file FILE."))?;
        let editor = editor()?;
        let (before, written) = Draft::of(&newest);
        let mut kept = Kept::make(Path::new("."), &self.task, &before, written)?;
        let sent = match kept.edited(&editor, &before) {
            Ok(Some(text)) => match (body(&text, written, Some(&newest)), lasting.renew().await) {
                (Ok(body), Ok(_)) => self.send(lasting.client(), task.version, &body, output).await,
                (Err(wrong), _) | (_, Err(wrong)) => Err(wrong),
            },
            Ok(None) => {
                kept.remove();
                return Err(Failure::here("nothing was changed, so nothing is sent"));
            }
            Err(wrong) => Err(wrong),
        };
        match sent {
            Ok(()) => {
                kept.remove();
                Ok(())
            }
            // Nobody wrote anything.
            Err(failure) if kept.still_says(&before) => {
                kept.remove();
                Err(failure)
            }
            Err(failure) => Err(failure.noting(kept.told())),
        }
    }

    async fn send(&self, client: &Client, version: u64, body: &Value, output: Output) -> Result<(), Failure> {
        let call = Call::to(Route::EditDraft, &[&self.task]).if_version(version).json(body)?;
        let value: Value = client.read(&call).await?;
        changed(&value, output);
        if !output.is_json() {
            say::line(&format!("It is revision {}", text(&value, "revision")));
            let blockers: Vec<String> = list(&value, "blockers").map(|held| text(held, "code")).collect();
            if !blockers.is_empty() {
                say::line(&format!("kept back: {}", blockers.join(", ")));
            }
        }
        output.hint(&format!("Next: galley review show {}", self.task));
        Ok(())
    }
}

/// What is sent. The fields for search engines stay where a person wrote them; of what a model wrote the API makes others, that fit.
fn body(text: &str, written: Written, newest: Option<&Revision>) -> Result<Value, Failure> {
    let draft = Draft::parse(text)?;
    let name = if written == Written::Html { "html" } else { "markdown" };
    let mut body = Map::from_iter([("title".to_owned(), draft.title.into()), (name.to_owned(), draft.text.into())]);
    if !draft.excerpt.is_empty() {
        body.insert("excerpt".to_owned(), draft.excerpt.into());
    }
    let by_hand = newest.filter(|newest| newest.author.as_ref().is_some_and(|author| author.kind == "person"));
    if let Some(seo) = by_hand.and_then(|newest| newest.seo.clone()) {
        body.insert("seo".to_owned(), seo);
    }
    Ok(Value::Object(body))
}

/// A file of one's own text. Whoever stops the program is told where it is, too.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    task: String,
    is_told: bool,
}

impl Kept {
    /// Makes a new file in `folder`, or in the system's for such files where nothing may be written. What is there stays.
    fn make(folder: &Path, task: &str, text: &str, written: Written) -> Result<Self, Failure> {
        let name = task.replace(['/', '.'], "_");
        let made = Self::fresh(folder, &name, written).or_else(|_| Self::fresh(&std::env::temp_dir(), &name, written));
        let failed = |error: std::io::Error| Failure::here(format!("no file can be made to edit: {error}"));
        let (mut file, path) = made.map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Self { path, task: task.to_owned(), is_told: false })
    }

    fn fresh(folder: &Path, name: &str, written: Written) -> std::io::Result<(fs::File, PathBuf)> {
        let ending = written.ending();
        let mut nth = 1_u32;
        loop {
            let number = if nth == 1 { String::new() } else { format!("{nth}.") };
            let path = folder.join(format!("{name}.mine.{number}{ending}"));
            match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && nth < 1000 => nth += 1,
                made => return made.map(|file| (file, path)),
            }
        }
    }

    /// The text after somebody was at it with their editor; `None` when it is the same.
    fn edited(&self, editor: &str, before: &str) -> Result<Option<String>, Failure> {
        // As git has it: the variable may have arguments.
        let ended =
            Command::new("sh").args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(self.path.as_os_str()).status();
        let ended = ended.map(|status| status.code());
        // As a shell says that there is no such program, or none that it may run.
        if matches!(ended, Ok(Some(126 | 127))) {
            return Err(Failure::todo(
                format!("{editor} cannot be run"),
                "Set EDITOR, or give the text with --file FILE.",
            ));
        }
        let wrong = match &ended {
            Ok(Some(0)) => None,
            Ok(Some(code)) => Some(format!("ended with exit code {code}")),
            Ok(None) => Some("was stopped".to_owned()),
            Err(error) => Some(format!("cannot be run: {error}")),
        };
        if let Some(wrong) = wrong {
            return Err(Failure::here(format!("{editor} {wrong}, so nothing is sent")));
        }
        if self.still_says(before) {
            return Ok(None);
        }
        read(&self.path).map(Some)
    }

    fn still_says(&self, before: &str) -> bool {
        fs::read(&self.path).is_ok_and(|after| after == before.as_bytes())
    }

    fn says(&self) -> String {
        let path = self.path.display();
        format!("Your text is in {path}. Send it with: galley review edit {} --file {path}", self.task)
    }

    fn told(&mut self) -> String {
        self.is_told = true;
        self.says()
    }

    fn remove(&mut self) {
        self.is_told = true;
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.is_told {
            anstream::eprintln!("{}", say::safe(&self.says()));
        }
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
    fn of(newest: &Revision) -> (String, Written) {
        let (text, written) = match (&newest.markdown, &newest.content) {
            (Some(markdown), _) => (markdown.as_str(), Written::Markdown),
            (None, content) => (content.as_deref().unwrap_or_default(), Written::Html),
        };
        (format!("title: {}\nexcerpt: {}\n{LINE}\n{text}\n", newest.title, newest.excerpt), written)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let todo = "It begins with lines `title: …` and `excerpt: …`, then a line ---, then the text.";
        let text = text.replace("\r\n", "\n");
        let (head, body) = text
            .split_once(&format!("\n{LINE}\n"))
            .ok_or_else(|| Failure::todo("the file has no line --- after its head", todo))?;
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map(str::trim).unwrap_or_default().to_owned()
        };
        let known =
            |line: &&str| line.trim().is_empty() || ["title:", "excerpt:"].iter().any(|name| line.starts_with(name));
        if let Some(unknown) = head.lines().find(|line| !known(line)) {
            return Err(Failure::todo(format!("the head of the file has a line that is neither: {unknown}"), todo));
        }
        let title = field("title");
        if title.is_empty() {
            return Err(Failure::todo("the file has no title", todo));
        }
        Ok(Self { title, excerpt: field("excerpt"), text: body.trim().to_owned() })
    }
}

fn editor() -> Result<String, Failure> {
    let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    editor.ok_or_else(|| Failure::todo("no editor is set", "Set EDITOR, or give the text with --file FILE."))
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

    #[test]
    fn a_file_with_the_line_ends_of_windows_is_read() {
        let draft = Draft::parse("title: A\r\nexcerpt: b\r\n---\r\nOne\r\n\r\nTwo\r\n").unwrap();
        let expected = Draft { title: "A".into(), excerpt: "b".into(), text: "One\n\nTwo".into() };
        assert_eq!(draft, expected);
    }

    fn kept(folder: &Path) -> Kept {
        Kept::make(folder, "task_1", "title: A\nexcerpt: \n---\nb\n", Written::Markdown).unwrap()
    }

    #[test]
    fn no_text_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (kept(folder.path()), kept(folder.path()));
        assert_eq!(first.path, folder.path().join("task_1.mine.md"));
        assert_eq!(second.path, folder.path().join("task_1.mine.2.md"));
        assert!(kept(folder.path()).says().contains("task_1.mine.3.md"));
    }

    #[test]
    fn what_was_written_stays_whatever_the_editor_did() {
        let folder = tempfile::tempdir().unwrap();
        let before = "title: A\nexcerpt: \n---\nb\n";
        for (editor, stays) in [
            ("sh -c 'echo mine > \"$0\"; exit 1'", &b"mine\n"[..]),
            ("sh -c 'printf \"\\377\" > \"$0\"'", &b"\xff"[..]),
        ] {
            let kept = kept(folder.path());
            assert!(matches!(kept.edited(editor, before), Err(Failure::Here { .. })), "{editor}");
            assert_eq!(fs::read(&kept.path).unwrap(), stays);
        }
        for missing in ["no-such-editor", "/etc/passwd"] {
            assert!(matches!(kept(folder.path()).edited(missing, before), Err(Failure::Here { .. })), "{missing}");
        }
        assert!(matches!(kept(folder.path()).edited("true", before), Ok(None)));
        let failed = kept(folder.path()).edited("false", before);
        let told = "false ended with exit code 1, so nothing is sent";
        assert!(matches!(failed, Err(Failure::Here { ref what, .. }) if what == told), "{failed:?}");
    }

    #[test]
    fn the_fields_for_search_engines_stay_where_a_person_wrote_them() {
        let sent = |kind: &str| {
            let revision = serde_json::json!({"revision": 1, "title": "A", "excerpt": "", "word_count": 1,
                "created_at": "2026-11-20T12:00:00Z", "author": {"kind": kind},
                "seo": {"title": "For engines", "description": "", "keywords": []}});
            let newest: Revision = serde_json::from_value(revision).unwrap();
            body("title: B\n---\nText", Written::Markdown, Some(&newest)).unwrap()
        };
        let by_hand = sent("person");
        assert_eq!((by_hand["title"].as_str(), by_hand["seo"]["title"].as_str()), (Some("B"), Some("For engines")));
        assert!(by_hand.get("excerpt").is_none());
        for kind in ["outline", "model", "cleaner"] {
            assert!(sent(kind).get("seo").is_none(), "of {kind}: it spoke of another text");
        }
    }

    #[test]
    fn a_line_of_the_head_that_is_not_known_is_not_dropped() {
        let wrong = Draft::parse("title: A\nseo_title: B\n---\nText");
        assert!(matches!(wrong, Err(Failure::Here { ref what, .. }) if what.contains("seo_title: B")), "{wrong:?}");
    }
}
