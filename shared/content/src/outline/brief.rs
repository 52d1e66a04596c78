//! What an outline is made for, and what stands at the top of each.

use crate::{kind::TaskType, language::Language, markdown::escaped};

/// Marks a text as an outline; the blocker looks for it.
pub const OUTLINE_MARKER: &str = "This is an outline made by Galley's built-in generator";

#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    pub task_type: TaskType,
    pub language: Language,
    pub topic: &'a str,
    pub style: &'a str,
    pub tone: &'a str,
    pub audience: Option<&'a str>,
    pub keyword: Option<&'a str>,
    pub tags: &'a [String],
    pub target_length: u32,
    pub feedback: Option<&'a str>,
}

#[derive(Clone, Debug)]
pub struct Article {
    pub title: String,
    pub markdown: String,
}

/// What the text is, and what it is to become.
pub(super) fn head(brief: &Brief<'_>, what: &str) -> String {
    format!("> {OUTLINE_MARKER}; a person or a model has to write the {what}.\n\n{}", setting(brief, what))
}

/// What the client asked for, for whoever writes the text.
fn setting(brief: &Brief<'_>, what: &str) -> String {
    let mut text = format!("The {what} is to be {} in style and {} in tone", brief.style, brief.tone);
    if let Some(audience) = brief.audience {
        text.push_str(&format!(", written for {}", escaped(audience)));
    }
    text.push('.');
    if let Some(keyword) = brief.keyword {
        text.push_str(&format!(" Its keyword is {}.", escaped(keyword)));
    }
    if !brief.tags.is_empty() {
        text.push_str(&format!(" It belongs to {}.", escaped(&brief.tags.join(", "))));
    }
    if let Some(feedback) = brief.feedback {
        text.push_str(&format!(
            "\n\nThe editor asks for this change: {}",
            escaped(&feedback.replace(['\n', '\r'], " "))
        ));
        if !feedback.trim_end().ends_with(['.', '!', '?']) {
            text.push('.');
        }
    }
    text
}

/// The topic as it stands within a sentence, whatever words it begins with.
pub(super) fn named(topic: &str) -> String {
    format!("“{}”", escaped(topic))
}

pub(super) fn title(topic: &str) -> String {
    let mut chars = topic.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect::<String>())
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}
