//! What makes the clients in other languages and runs them: tools that `make client-tools` installs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::{documents::blocks, root};

fn tools() -> PathBuf {
    let tools = root().join(".tools/clients");
    assert!(tools.join(".installed").exists(), "no tools for the clients: run `make client-tools`");
    tools
}

/// What a program says that must succeed, on its standard output.
pub async fn ended(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().await.unwrap();
    let [said, complained] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{command:?}: {said}\n{complained}");
    said
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// A client in another language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Typescript,
    Python,
}

impl Language {
    const fn folder(self) -> &'static str {
        match self {
            Self::Typescript => "typescript",
            Self::Python => "python",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Typescript => "ts",
            Self::Python => "python",
        }
    }

    /// Begins what a line prints, at its end.
    const fn comment(self) -> &'static str {
        match self {
            Self::Typescript => "; // ",
            Self::Python => ")  # ",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Typescript => "ts",
            Self::Python => "py",
        }
    }
}

/// A client that is made of its sources and a document, in a folder of its own.
#[derive(Debug)]
pub struct Made {
    language: Language,
    pub folder: PathBuf,
}

/// The examples of a client's README.
#[derive(Clone, Debug)]
pub struct Examples {
    pub program: String,
    /// What they say that they print, line by line.
    pub prints: Vec<String>,
}

impl Made {
    pub async fn of(language: Language, document: &Path, place: &Path) -> Self {
        let made = Self { language, folder: place.join(language.folder()) };
        let sources = root().join("clients").join(language.folder());
        for entry in std::fs::read_dir(&sources).unwrap() {
            let name = entry.unwrap().file_name();
            if !["node_modules", "dist"].iter().any(|left_out| name == *left_out) {
                copy(&sources.join(&name), &made.folder.join(&name));
            }
        }
        ended(made.run("python").arg(root().join("clients/generate.py")).arg(document).arg(&made.folder)).await;
        if language == Language::Typescript {
            std::os::unix::fs::symlink(tools().join("node_modules"), made.folder.join("node_modules")).unwrap();
            ended(&mut made.run("tsc")).await;
        }
        made
    }

    /// The examples, put beside the other programs that use the client.
    pub fn examples(&self) -> Examples {
        let text = std::fs::read_to_string(self.folder.join("README.md")).unwrap();
        let program = blocks(&text, self.language.mark()).concat();
        let prints = program.lines().filter_map(|line| Some(line.rsplit_once(self.language.comment())?.1.to_owned()));
        let prints = prints.collect();
        std::fs::write(self.folder.join("test/examples").with_extension(self.language.suffix()), &program).unwrap();
        Examples { program, prints }
    }

    /// Whether the types of the programs that use the client agree with its own.
    pub async fn check(&self) {
        match self.language {
            Language::Typescript => ended(self.run("tsc").args(["--project", "test"])).await,
            Language::Python => ended(self.run("mypy").env("MYPYPATH", "src").args(["src", "test"])).await,
        };
    }

    /// One of the programs in `test`.
    pub fn program(&self, name: &str) -> Command {
        let file = Path::new("test").join(name).with_extension(self.language.suffix());
        match self.language {
            Language::Typescript => {
                let mut node = self.run("node");
                // Node leaves types out; a browser's `EventSource` it has on demand.
                node.args(["--no-warnings", "--experimental-eventsource"]).arg(file);
                node
            }
            Language::Python => {
                let mut python = self.run("python");
                python.env("PYTHONPATH", "src").arg(file);
                python
            }
        }
    }

    /// A tool, in the client's folder.
    fn run(&self, tool: &str) -> Command {
        let tools = tools();
        let places = [tools.join("bin"), tools.join("node_modules/.bin"), root().join(".tools/node/bin")];
        let found = places.iter().map(|place| place.join(tool)).find(|path| path.exists());
        let mut command = Command::new(found.unwrap_or_else(|| panic!("no tool is called {tool}")));
        let path = std::env::join_paths(places.into_iter().chain(["/usr/bin".into(), "/bin".into()])).unwrap();
        command.current_dir(&self.folder).env("PATH", path);
        command
    }
}
