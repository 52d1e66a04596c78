//! Generation: from an accepted task to a draft that waits for a person. The phases are research, outline, draft, assess,
//! refine and finalize; what a type of content goes through stands in `recipe`, what a model is told in `prompts`. Each
//! finished step leaves a checkpoint, and a later attempt takes up where the last one stopped.

mod answers;
mod breakers;
pub(crate) mod calls;
mod ending;
mod finalize;
mod lease;
mod phases;
pub mod prompts;
mod recall;
pub mod recipe;
mod research;
mod stages;
pub mod worker;

use serde::{Deserialize, Serialize};

use crate::{content::blockers::Finish, revision::Author};

/// A text, before it is assessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub title: String,
    pub markdown: String,
    pub finish: Finish,
    pub author: Author,
}

impl Draft {
    /// Title and text, as a model reads and writes them.
    fn whole(&self) -> String {
        format!("# {}\n\n{}", self.title, self.markdown)
    }
}

/// What a text is to say, part by part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    pub title: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub heading: String,
    pub points: Vec<String>,
}

/// What is shown of a text where it is only named, as a model proposes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    pub title: String,
    pub description: String,
    pub keywords: Vec<String>,
    pub excerpt: String,
}
