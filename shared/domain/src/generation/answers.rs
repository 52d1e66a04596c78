//! What is taken of a model's answer. It is text to be checked, and nothing in it is ever carried out.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::{
    content::{
        clean::{MAX_HTML_BYTES, TooMuch},
        gate, markdown,
        quality::Judgement,
        seo::Display,
    },
    generation::draft::Outline,
    kernel::printable,
};

/// So many words of the rules in a row are no chance.
const REPEATED_WORDS: usize = 8;
/// Of an outline's parts and of a critique's points, more are no help.
const MOST_LISTED: usize = 30;
const LONGEST_LINE: usize = 500;

/// Why an answer is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoUse {
    #[error("the answer has no text")]
    Empty,
    #[error("the answer is too long")]
    TooLong,
    #[error("the answer has control characters")]
    Control,
    #[error("the answer repeats what the model was told")]
    RepeatsThePrompt,
    #[error("the answer does not have the shape that was asked for")]
    Shape,
    #[error("the text {0}")]
    TooMuch(TooMuch),
}

/// An article that a model wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) title: String,
    pub(super) markdown: String,
    /// What was said to whoever asked, and taken off.
    pub(super) removed: Vec<String>,
}

/// What any answer must keep to, whatever it was to be.
fn checked<'a>(answer: &'a str, rules: &str) -> Result<&'a str, NoUse> {
    // First: all that follows takes time with its length, and no article can be longer.
    if answer.len() > MAX_HTML_BYTES {
        return Err(NoUse::TooLong);
    }
    if answer.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(NoUse::Control);
    }
    if repeats(answer, rules) {
        return Err(NoUse::RepeatsThePrompt);
    }
    match fenced(answer.trim()) {
        "" => Err(NoUse::Empty),
        text => Ok(text),
    }
}

/// What stands within the fence that some models put around an answer.
fn fenced(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let inner = inner.and_then(|inner| inner.split_once('\n')).filter(|(language, _)| !language.contains(' '));
    inner.map_or(text, |(_, inner)| inner.trim())
}

/// Takes an article out of an answer, if it is one. A model that forgets the title has written about the topic.
pub(super) fn article(answer: &str, rules: &str, topic: &str) -> Result<Written, NoUse> {
    let (text, removed) = without_chatter(checked(answer, rules)?);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (title, text) = match first.strip_prefix("# ").and_then(headline) {
        Some(title) => (title, rest.trim()),
        None => (printable::stripped(topic), text),
    };
    let written = Written { title, markdown: text.to_owned(), removed };
    if written.markdown.is_empty() {
        return Err(NoUse::Empty);
    }
    markdown::to_html(&written.markdown).map_err(NoUse::TooMuch)?;
    Ok(written)
}

/// The text without what the model said to whoever asked: before it, after it, and the rule between.
fn without_chatter(mut text: &str) -> (&str, Vec<String>) {
    let mut removed = Vec::new();
    if let Some((first, rest)) = text.split_once("\n\n")
        && gate::is_opener(first)
        && !rest.trim().is_empty()
    {
        removed.push(first.trim().to_owned());
        text = without_rule(rest.trim());
    }
    while let Some((rest, last)) = text.rsplit_once("\n\n")
        && gate::is_closer(last)
    {
        removed.push(last.trim().to_owned());
        text = without_rule(rest.trim());
    }
    (fenced(text), removed)
}

/// Without the lines of dashes that some models put between their words and the text.
fn without_rule(text: &str) -> &str {
    let text = text.strip_prefix("---").map_or(text, str::trim_start);
    text.strip_suffix("---").map_or(text, str::trim_end)
}

/// What of a line can be a title.
pub(super) fn headline(line: &str) -> Option<String> {
    let cut: String = line.replace("**", "").trim().chars().take(200).collect();
    let title = printable::stripped(&cut).trim().to_owned();
    (printable::seen_chars(&title) >= 3).then_some(title)
}

fn json<T: DeserializeOwned>(answer: &str, rules: &str) -> Result<T, NoUse> {
    serde_json::from_str(checked(answer, rules)?).map_err(|_| NoUse::Shape)
}

pub(super) fn outline(answer: &str, rules: &str) -> Result<Outline, NoUse> {
    let outline: Outline = json(answer, rules)?;
    let fits = (1..=MOST_LISTED).contains(&outline.parts.len())
        && outline.parts.iter().all(|part| part.points.len() <= MOST_LISTED && part.heading.len() <= LONGEST_LINE);
    if fits { Ok(outline) } else { Err(NoUse::Shape) }
}

pub(super) fn judgement(answer: &str, rules: &str) -> Result<Judgement, NoUse> {
    let mut judgement: Judgement = json(answer, rules)?;
    judgement.critique.truncate(MOST_LISTED);
    for point in &mut judgement.critique {
        *point = point.chars().take(LONGEST_LINE).collect();
    }
    judgement.critique.retain(|point| !point.trim().is_empty());
    Ok(judgement)
}

pub(super) fn display(answer: &str, rules: &str) -> Result<Display, NoUse> {
    json(answer, rules)
}

/// Whether `text` has eight words of the rules in a row, however it is spaced and marked up. The rules are no secret; an
/// answer that recites them obeyed somebody else.
fn repeats(text: &str, rules: &str) -> bool {
    let words = |text: &str| {
        let letters = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
        letters.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let rules: HashSet<Vec<String>> = words(rules).windows(REPEATED_WORDS).map(<[String]>::to_vec).collect();
    words(text).windows(REPEATED_WORDS).any(|window| rules.contains(window))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "You work for an editorial team. Answer with the finished text in Markdown and nothing else.";

    fn read(answer: &str) -> Result<Written, NoUse> {
        article(answer, RULES, "The topic")
    }

    #[test]
    fn what_no_item_takes_is_refused_before_it_is_read() {
        assert_eq!(read(&format!("# T\n\n{}", "word ".repeat(90_000))), Err(NoUse::TooLong));
        let long = read(&format!("# Long\n\n{}", "word ".repeat(30_000)));
        assert_eq!(long.unwrap().title, "Long");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(read("  \n"), Err(NoUse::Empty));
        assert_eq!(read("# A title alone"), Err(NoUse::Empty));
        assert_eq!(read("# T\n\nbell\u{7}"), Err(NoUse::Control));
        for told in [
            format!("# T\n\n{RULES}"),
            "# T\n\n> ANSWER  with *the finished* text, in Markdown (and nothing) else".to_owned(),
        ] {
            assert_eq!(read(&told), Err(NoUse::RepeatsThePrompt), "{told}");
        }
    }

    #[test]
    fn an_article_is_taken_with_or_without_its_title() {
        let with = read("```markdown\n# A **title**\n\nText.\n```").unwrap();
        assert_eq!((with.title.as_str(), with.markdown.as_str()), ("A title", "Text."));
        for unseen in ["# \u{200d}\u{200e}\u{fe0f}\n\nText.", "# **a**\n\nText.", "# \u{3164}\u{3164}\u{3164}\n\nText."]
        {
            assert_eq!(read(unseen).unwrap().title, "The topic", "{unseen:?}");
        }
        assert_eq!(article("Text.", RULES, "The\u{ad} topic").unwrap().title, "The topic");
        let without = read("Text for an editorial team, and nothing else.").unwrap();
        assert_eq!(without.title, "The topic");
    }

    #[test]
    fn a_judgement_that_is_none_is_refused() {
        let scored = |score: &str| {
            let names = ["clarity", "accuracy", "completeness", "relevance", "seo_quality", "readability"];
            let rest = names.map(|name| format!("\"{name}\": 80")).join(", ");
            judgement(&format!("{{{rest}, \"engagement\": {score}, \"critique\": [\"Say more.\", \" \"]}}"), RULES)
        };
        assert_eq!(scored("101"), Err(NoUse::Shape));
        assert_eq!(scored("-1"), Err(NoUse::Shape));
        assert_eq!(scored("\"good\""), Err(NoUse::Shape));
        assert_eq!(judgement("The text is good.", RULES), Err(NoUse::Shape));
        assert_eq!(judgement("{\"clarity\": 80", RULES), Err(NoUse::Shape), "it breaks off");
        assert_eq!(scored("70").unwrap().critique, ["Say more."]);
    }

    #[test]
    fn a_fence_around_json_is_no_part_of_it() {
        let read =
            outline("```json\n{\"title\": \"T\", \"parts\": [{\"heading\": \"H\", \"points\": []}]}\n```", RULES);
        assert_eq!(read.unwrap().parts.len(), 1);
        assert_eq!(outline("{\"title\": \"T\", \"parts\": []}", RULES), Err(NoUse::Shape));
    }
}
