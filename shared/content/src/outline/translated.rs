//! Outlines in another language than English: shorter, and each in the form of its type.

use crate::{
    kind::TaskType,
    markdown::escaped,
    outline::{
        brief::{Article, Brief, OUTLINE_MARKER, named, title},
        languages::Sentences,
        sent::{hashtag, subject},
    },
    shape::{Form, Shape},
};

pub(super) fn outline(brief: &Brief<'_>, in_words: &Sentences) -> Article {
    let head = head(brief, in_words);
    let topic = named(brief.topic);
    let filled = |sentence: &str| sentence.replace("{}", &topic);
    let form = Shape::of(brief.task_type).form;
    let markdown = match form {
        Form::Article if brief.task_type == TaskType::Newsletter => chapters(brief, head, in_words, &in_words.news),
        Form::Article => chapters(brief, head, in_words, &in_words.parts),
        Form::Thread { .. } => {
            let posts = in_words.posts.iter().enumerate().map(|(nth, post)| format!("{}. {}", nth + 1, filled(post)));
            format!("{head}\n\n{} {}\n", posts.collect::<Vec<_>>().join("\n"), hashtag(brief))
        }
        Form::Letter => {
            let [greeting, first, second, third, action, regards, sender] = in_words.letter.map(filled);
            format!("{greeting}\n\n{head}\n\n{first}\n\n{second}\n\n{third}\n\n**{action}**\n\n{regards}\n\n{sender}\n")
        }
    };
    let title = if form == Form::Letter { subject(brief.topic) } else { title(brief.topic) };
    Article { title, markdown }
}

fn chapters(brief: &Brief<'_>, head: String, in_words: &Sentences, parts: &[&str]) -> String {
    let topic = named(brief.topic);
    let (pairs, mut markdown) = (parts.chunks_exact(2), head);
    let wanted = usize::try_from(brief.target_length).unwrap_or(usize::MAX).min(2500) / pairs.len().max(1);
    for pair in pairs {
        let [heading, sentence] = pair else { continue };
        let (sentence, words) = (sentence.replace("{}", &topic), in_words.words.replace("{}", &wanted.to_string()));
        markdown.push_str(&format!("\n\n## {heading}\n\n{sentence}\n\n{words}"));
    }
    markdown + "\n"
}

/// What the text is, and what the client asked for.
fn head(brief: &Brief<'_>, in_words: &Sentences) -> String {
    let [made, style, tone, audience, keyword, tags, feedback] = in_words.setting;
    let joined = brief.tags.join(", ");
    let asked = [
        (style, Some(brief.style)),
        (tone, Some(brief.tone)),
        (audience, brief.audience),
        (keyword, brief.keyword),
        (tags, Some(joined.as_str()).filter(|tags| !tags.is_empty())),
        (feedback, brief.feedback),
    ];
    let told = asked.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let lines: Vec<String> =
        told.map(|(name, value)| format!("- {name}: {}", escaped(&value.replace(['\n', '\r'], " ")))).collect();
    // A thread's list is its posts, so what was asked for is no list there.
    let lines = match Shape::of(brief.task_type).form {
        Form::Thread { .. } => lines.iter().map(|line| line.trim_start_matches("- ")).collect::<Vec<_>>().join(" · "),
        Form::Article | Form::Letter => lines.join("\n"),
    };
    format!("> {OUTLINE_MARKER}. {made}\n\n{lines}")
}
