//! Generation: from an accepted task to a draft that waits for a person. The phases are research, outline, draft, assess,
//! refine and finalize; what a type of content goes through stands in `recipe`, what a model is told in `prompts`. Each
//! finished step leaves a checkpoint, and a later attempt takes up where the last one stopped.

use serde::{Deserialize, Serialize};

use crate::{
    content::{blockers::Finish, removed::Removed},
    task::revision::Author,
};

/// A text, before it is assessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub title: String,
    pub markdown: String,
    pub finish: Finish,
    pub author: Author,
    /// What of the answer was no part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
}

impl Draft {
    /// Title and text, as a model reads and writes them.
    pub(super) fn whole(&self) -> String {
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
