//! What is taken of a model's answer. It is text to be checked, and nothing in it is ever carried out. Every answer goes the
//! same way: what was thought comes off first, then characters that show nothing are replaced, then the block around it and the
//! words to whoever asked go, and what is left is read. What came off is told.

mod fence;
mod reasoning;
mod title;

use std::collections::HashSet;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    content::{
        clean::{MAX_HTML_BYTES, TooMuch},
        gate, markdown,
        quality::Judgement,
        removed::{Place, Removed, What},
        seo::Display,
    },
    generation::draft::Outline,
    kernel::{literals, printable},
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
    #[error("the model thought and came to no answer")]
    Endless,
    #[error("the answer repeats what the model was told")]
    RepeatsThePrompt,
    #[error("the answer does not have the shape that was asked for")]
    Shape,
    #[error("the text {0}")]
    TooMuch(TooMuch),
}

/// An article that a model wrote. A checkpoint of before has the title and the text alone, in a list.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    pub(super) title: String,
    pub(super) markdown: String,
    /// What was no part of it, and was taken off.
    #[serde(default)]
    pub(super) removed: Vec<Removed>,
}

/// An answer without what was thought before it.
struct Spoken {
    text: String,
    removed: Vec<Removed>,
}

/// What any answer must keep to, whatever it was to be.
fn spoken(answer: &str, rules: &str) -> Result<Spoken, NoUse> {
    // What was thought may recite the rules, and may be long.
    let (text, thought) = reasoning::without(answer).map_err(|reasoning::Endless| NoUse::Endless)?;
    // First: all that follows takes time with its length, and no article can be longer.
    if text.len() > MAX_HTML_BYTES {
        return Err(NoUse::TooLong);
    }
    if repeats(&text, rules) {
        return Err(NoUse::RepeatsThePrompt);
    }
    let (text, replaced) = seen(&text);
    let mut removed = Vec::new();
    if thought > 0 {
        removed.push(Removed::counted(What::Reasoning, Place::Before, thought));
    }
    if replaced > 0 {
        removed.push(Removed::counted(What::ControlCharacters, Place::Within, replaced));
    }
    let text = text.trim();
    if text.is_empty() { Err(NoUse::Empty) } else { Ok(Spoken { text: text.to_owned(), removed }) }
}

/// `text` with a sign for each character that shows nothing, and how many there are. Lines end as Unix ends them.
fn seen(text: &str) -> (String, usize) {
    let mut replaced = 0;
    let seen = |c: char| match c {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\n' | '\t' => c,
        c if c.is_control() => {
            replaced += 1;
            char::REPLACEMENT_CHARACTER
        }
        c => c,
    };
    let text = text.replace("\r\n", "\n").chars().map(seen).collect();
    (text, replaced)
}

/// Takes an article out of an answer, if it is one. A model that forgets the title has written about the topic.
pub(super) fn article(answer: &str, rules: &str, topic: &str) -> Result<Written, NoUse> {
    let Spoken { mut text, mut removed } = spoken(answer, rules)?;
    // Each may be within another: words before a block, and others in it.
    for _ in 0..3 {
        let before = removed.len();
        text = without_chatter(&text, &mut removed).to_owned();
        text = unfenced(&text, &mut removed)?;
        if removed.len() == before {
            break;
        }
    }
    let (title, text) = match title::of(&text) {
        Some((title, rest)) => (title, without_blank_lines(rest)),
        None => (printable::stripped(topic), text.as_str()),
    };
    let written = Written { title, markdown: text.to_owned(), removed };
    if written.markdown.is_empty() {
        return Err(NoUse::Empty);
    }
    markdown::to_html(&written.markdown).map_err(NoUse::TooMuch)?;
    Ok(written)
}

/// The text within the block that some models put around an answer.
fn unfenced(text: &str, removed: &mut Vec<Removed>) -> Result<String, NoUse> {
    let Some(fence::Fenced { before, inner, after }) = fence::around(text, speaks) else { return Ok(text.to_owned()) };
    removed.push(Removed::quoted(
        What::Fence,
        Place::Before,
        text.lines().find(|line| fence::begins(line)).unwrap_or_default(),
    ));
    let (inner, thought) = reasoning::without(inner).map_err(|reasoning::Endless| NoUse::Endless)?;
    if thought > 0 {
        removed.push(Removed::counted(What::Reasoning, Place::Within, thought));
    }
    if !after.is_empty() {
        removed.push(Removed::quoted(What::Chatter, Place::After, after));
    }
    let inner = without_blank_lines(&inner);
    if fence::is_title(before) {
        return Ok(format!("{before}\n\n{inner}"));
    }
    if !before.is_empty() {
        removed.push(Removed::quoted(What::Chatter, Place::Before, before));
    }
    Ok(inner.to_owned())
}

fn speaks(words: &str) -> bool {
    words.split("\n\n").all(|block| gate::is_opener(block) || gate::is_closer(block))
}

/// The text without what the model said to whoever asked: before it, after it, and the rule between.
fn without_chatter<'a>(mut text: &'a str, removed: &mut Vec<Removed>) -> &'a str {
    if let Some((first, rest)) = text.split_once("\n\n")
        && gate::is_opener(first)
        && !rest.trim().is_empty()
    {
        removed.push(Removed::quoted(What::Chatter, Place::Before, first));
        text = without_rule(without_blank_lines(rest));
    }
    while let Some((rest, last)) = text.rsplit_once("\n\n")
        && gate::is_closer(last)
    {
        removed.push(Removed::quoted(What::Chatter, Place::After, last));
        text = without_rule(without_blank_lines(rest));
    }
    text
}

/// Without the lines of dashes that some models put between their words and the text.
fn without_rule(text: &str) -> &str {
    let text = text.strip_prefix("---\n").map_or(text, without_blank_lines);
    text.strip_suffix("\n---").map_or(text, without_blank_lines)
}

/// Without the blank lines around; what the first line is moved in by says what it is.
fn without_blank_lines(text: &str) -> &str {
    let text = text.trim_end();
    let begin = text.len() - text.trim_start().len();
    let line = text.get(..begin).and_then(|blank| blank.rfind('\n')).map_or(0, |at| at + 1);
    text.get(line..).unwrap_or(text)
}

/// What of a line can be a title.
pub(super) fn headline(line: &str) -> Option<String> {
    let cut: String = line.trim().chars().take(200).collect();
    let title = printable::stripped(&cut).trim().to_owned();
    (printable::seen_chars(&title) >= 3).then_some(title)
}

fn json<T: DeserializeOwned>(answer: &str, rules: &str) -> Result<T, NoUse> {
    let Spoken { text, .. } = spoken(answer, rules)?;
    let text = unfenced(&text, &mut Vec::new())?;
    serde_json::from_str(&text).or_else(|_| serde_json::from_str(&literals::mended(&text))).map_err(|_| NoUse::Shape)
}

pub(super) fn outline(answer: &str, rules: &str) -> Result<Outline, NoUse> {
    let outline: Outline = json(answer, rules)?;
    let fits = (1..=MOST_LISTED).contains(&outline.parts.len())
        && outline.parts.iter().all(|part| part.points.len() <= MOST_LISTED && part.heading.len() <= LONGEST_LINE);
    if fits { Ok(outline) } else { Err(NoUse::Shape) }
}

pub(super) fn judgement(answer: &str, rules: &str) -> Result<Judgement, NoUse> {
    let mut judgement: Judgement = json(answer, rules)?;
    if !judgement.quality.is_most() {
        return Err(NoUse::Shape);
    }
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
    use crate::content::quality::Score;

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
        assert_eq!(read("<think>Hm, hm"), Err(NoUse::Endless));
        assert_eq!(read("<think>All of it.</think>\n"), Err(NoUse::Empty));
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

    fn told(written: &Written) -> Vec<(What, Place, &str)> {
        written.removed.iter().map(|one| (one.what, one.place, one.text.as_str())).collect()
    }

    #[test]
    fn nothing_comes_off_an_article_without_a_trace() {
        let text =
            "Text of more words than stand beside it, so that it is the answer, and nothing but the answer; one more.";
        let answer = format!(
            "<think>Answer with the finished text in Markdown and nothing else, I know.</think>\nSure! Here is the article:\n\n\
             ~~~markdown\n# **A title** #\n\n{text} \u{7}\n~~~\n\nLet me know if you want any changes!"
        );
        let written = read(&answer).unwrap();
        assert_eq!(written.title, "A title");
        assert_eq!(written.markdown, format!("{text} \u{fffd}"));
        assert_eq!(
            told(&written),
            [
                (What::Reasoning, Place::Before, ""),
                (What::ControlCharacters, Place::Within, ""),
                (What::Chatter, Place::Before, "Sure! Here is the article:"),
                (What::Chatter, Place::After, "Let me know if you want any changes!"),
                (What::Fence, Place::Before, "~~~markdown"),
            ]
        );
        assert_eq!(read("# A title\n\nText.").unwrap().removed, []);
    }

    #[test]
    fn what_shows_nothing_is_replaced_and_loses_no_article() {
        assert_eq!(seen("a\r\nb\rc\u{c}d\te\u{0}f\u{9b}"), ("a\nb\nc\nd\te\u{fffd}f\u{fffd}".to_owned(), 2));
        assert_eq!(read("\u{feff}# Title\n\nText.").unwrap().title, "Title");
    }

    #[test]
    fn a_checkpoint_of_before_is_an_article() {
        let written: Written = serde_json::from_str(r#"["A title", "Text."]"#).unwrap();
        assert_eq!(
            (written.title.as_str(), written.markdown.as_str(), written.removed),
            ("A title", "Text.", Vec::new())
        );
    }

    #[test]
    fn the_first_lines_indent_survives() {
        assert_eq!(read("# Title\n\n    code\n\nText.").unwrap().markdown, "    code\n\nText.");
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
    fn a_number_that_is_none_costs_a_judgement_nothing_but_that_score() {
        let scored = |first: &str| {
            let names = ["accuracy", "completeness", "relevance", "seo_quality", "readability", "engagement"];
            let rest = names.map(|name| format!("\"{name}\": 80")).join(", ");
            judgement(&format!("{{{first}, {rest}, \"critique\": [\"Say \nmore.\", null]}}"), RULES)
        };
        for none in ["1e400", "-1e400", "NaN", "Infinity", "null", "undefined"] {
            let read = scored(&format!("\"clarity\": {none}")).unwrap();
            assert_eq!((read.quality.clarity, read.quality.accuracy), (None, Some(Score::clamped(80))), "{none}");
            assert_eq!(read.critique, ["Say \nmore."]);
            let beside = scored(&format!("\"clarity\": 70, \"confidence\": {none}")).unwrap();
            assert_eq!(beside.quality.clarity, Some(Score::clamped(70)), "{none}");
        }
        for (written, score) in [("90.5", 91), ("\"90\"", 90), ("9e1", 90), ("\" 90.0 \"", 90)] {
            let read = scored(&format!("\"clarity\": {written}")).unwrap();
            assert_eq!(read.quality.clarity, Some(Score::clamped(score)), "{written}");
        }
        assert_eq!(judgement("{\"clarity\": 80, \"critique\": []}", RULES), Err(NoUse::Shape), "most is missing");
    }

    #[test]
    fn a_fence_around_json_is_no_part_of_it() {
        let read =
            outline("```json\n{\"title\": \"T\", \"parts\": [{\"heading\": \"H\", \"points\": []}]}\n```", RULES);
        assert_eq!(read.unwrap().parts.len(), 1);
        assert_eq!(outline("{\"title\": \"T\", \"parts\": []}", RULES), Err(NoUse::Shape));
    }
}
