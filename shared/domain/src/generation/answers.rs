//! What is taken of a model's answer. It is text to be checked, and nothing in it is ever carried out. Every answer goes the
//! same way: what was thought comes off first, then characters that show nothing are replaced, then the block around it and the
//! words to whoever asked go, and what is left is read. What came off is told.

mod fence;
mod frame;
mod no_use;
mod object;
mod reasoning;
mod signs;
mod title;

pub(super) use no_use::NoUse;
use signs::seen;
pub(super) use title::headline;

use std::collections::HashSet;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Map, Value};

use crate::{
    content::{
        chatter::{self, For},
        clean::{Cleaned, MAX_HTML_BYTES},
        kind::TaskType,
        markdown,
        quality::{Judged, Judgement},
        removed::{Place, Removed, What},
        seo::Display,
    },
    generation::draft::{Outline, Part},
    kernel::printable,
};

/// Thinking and text together are no longer than so many texts.
const MOST_SPOKEN: usize = 4;
/// So many words of the rules in a row are no chance.
const REPEATED_WORDS: usize = 8;
/// Of an outline's parts and of a critique's points, more are no help.
const MOST_LISTED: usize = 30;
const LONGEST_LINE: usize = 500;
/// So many things stand around an article within one another.
const MOST_AROUND: usize = 6;
/// More of what was taken off is counted with the last.
const MOST_REMOVED: usize = 20;

/// An article that a model wrote. A checkpoint of before has the title and the text alone, in a list.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Written {
    pub(super) title: String,
    pub(super) markdown: String,
    /// What was no part of it, and was taken off.
    #[serde(default)]
    pub(super) removed: Vec<Removed>,
}

/// In the form of before where nothing was taken off: while two releases run side by side, the older one finds a draft that is paid for.
impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.removed.is_empty() {
            return (&self.title, &self.markdown).serialize(serializer);
        }
        let mut whole = serializer.serialize_struct("Written", 3)?;
        whole.serialize_field("title", &self.title)?;
        whole.serialize_field("markdown", &self.markdown)?;
        whole.serialize_field("removed", &self.removed)?;
        whole.end()
    }
}

/// An answer without what was thought before it.
struct Spoken {
    text: String,
    removed: Vec<Removed>,
}

/// What any answer must keep to, whatever it was to be.
fn spoken(answer: &str, rules: &str) -> Result<Spoken, NoUse> {
    // What was thought may recite the rules, and may be long; so long is no thought, and would take its time to read.
    if answer.len() > MOST_SPOKEN * MAX_HTML_BYTES {
        return Err(NoUse::TooLong);
    }
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

/// Takes an article out of an answer, if it is one. A model that forgets the title has written about the topic.
pub(super) fn article(answer: &str, rules: &str, topic: &str, kind: TaskType) -> Result<Written, NoUse> {
    cleaned(answer, rules, topic, kind).map(|(written, _)| written)
}

/// As `article`, with what its Markdown becomes.
pub(super) fn cleaned(answer: &str, rules: &str, topic: &str, kind: TaskType) -> Result<(Written, Cleaned), NoUse> {
    let Spoken { text, mut removed } = spoken(&frame::unquoted(answer), rules)?;
    let mut text = frame::with_line_ends(&text).into_owned();
    // Each may be within another: words before a block, and others in it.
    for _ in 0..MOST_AROUND {
        let before = removed.len();
        text = frame::without_matter(&text, &mut removed).into_owned();
        text = without_chatter(&text, kind, &mut removed).to_owned();
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
    let cleaned = markdown::told(&written.markdown).map_err(NoUse::TooMuch)?;
    Ok((written, cleaned))
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
    let is_spoken = |block| chatter::opening(block) != For::Readers || chatter::closing(block) != For::Readers;
    words.split("\n\n").all(is_spoken)
}

/// The text without what the model said to whoever asked: before it, after it, and the rule between. Letters speak to their
/// readers as models do to whoever asked; of them goes only what speaks of the text itself.
fn without_chatter<'a>(mut text: &'a str, kind: TaskType, removed: &mut Vec<Removed>) -> &'a str {
    let (first, rest) = first_block(text);
    let goes = match chatter::opening(first) {
        For::Asker => !rest.trim().is_empty(),
        For::AskerPerhaps => begins_a_text(rest.trim_start()),
        For::Readers => false,
    };
    if goes {
        // What a model thinks aloud has paragraphs, and ends where a title begins.
        let title = || text.match_indices("\n# ").find(|_| chatter::thinks(first)).map(|(at, _)| at);
        let (first, rest) = title().and_then(|at| text.split_at_checked(at)).unwrap_or((first, rest));
        removed.push(Removed::quoted(What::Chatter, Place::Before, first));
        text = without_rule(without_blank_lines(rest));
    }
    let is_letter = matches!(kind, TaskType::Email | TaskType::Newsletter | TaskType::SocialMedia);
    while let Some((rest, last)) = text.rsplit_once("\n\n") {
        if last.lines().any(|line| fence::begins(line.trim())) {
            break;
        }
        match chatter::closing(last) {
            For::Asker => {}
            For::AskerPerhaps if !is_letter => {}
            For::AskerPerhaps | For::Readers => break,
        }
        told(removed, Removed::quoted(What::Chatter, Place::After, last));
        text = without_rule(without_blank_lines(rest));
    }
    text
}

/// Adds to what was taken off. A model that goes on and on is told of once.
fn told(removed: &mut Vec<Removed>, next: Removed) {
    let is_full = removed.len() >= MOST_REMOVED;
    match removed.last_mut() {
        Some(last) if is_full => last.length = last.length.saturating_add(next.length),
        _ => removed.push(next),
    }
}

/// The first block of a text; a title or a rule begins the next one without a blank line, too.
fn first_block(text: &str) -> (&str, &str) {
    let (block, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    match block.split_once('\n') {
        Some((line, more)) if begins_a_text(more) => (line, text.get(line.len()..).unwrap_or_default()),
        _ => (block, rest),
    }
}

/// Whether `text` begins as only a text of its own does: what stood before was about it.
fn begins_a_text(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.starts_with("---") || line.starts_with("***") || fence::begins(line) || title::of(text).is_some()
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

/// Reads the object that an answer has, by `read`.
fn object<T>(answer: &str, rules: &str, read: impl Fn(&Map<String, Value>) -> Result<T, NoUse>) -> Result<T, NoUse> {
    // Some write the object as a string.
    let unquoted: Option<String> = serde_json::from_str(answer).ok();
    object::read(&spoken(unquoted.as_deref().unwrap_or(answer), rules)?.text, read)
}

pub(super) fn outline(answer: &str, rules: &str) -> Result<Outline, NoUse> {
    object(answer, rules, |object| {
        let parts = match object.get("parts") {
            Some(Value::Array(parts)) if (1..=MOST_LISTED).contains(&parts.len()) => parts.iter().map(part).collect(),
            _ => Err(NoUse::List("parts")),
        };
        Ok(Outline { title: object::text(object, "title")?, parts: parts? })
    })
}

fn part(part: &Value) -> Result<Part, NoUse> {
    let part = match part {
        Value::String(heading) => Part { heading: seen(heading).0, points: Vec::new() },
        Value::Object(part) => Part { heading: object::text(part, "heading")?, points: object::texts(part, "points")? },
        _ => return Err(NoUse::List("parts")),
    };
    let fits = part.points.len() <= MOST_LISTED && part.heading.len() <= LONGEST_LINE;
    if fits { Ok(part) } else { Err(NoUse::List("parts")) }
}

pub(super) fn judgement(answer: &str, rules: &str) -> Result<Judgement, NoUse> {
    object(answer, rules, |object| {
        let score = |name| object::score(object, name);
        let quality = Judged {
            clarity: score("clarity")?,
            accuracy: score("accuracy")?,
            completeness: score("completeness")?,
            relevance: score("relevance")?,
            seo_quality: score("seo_quality")?,
            readability: score("readability")?,
            engagement: score("engagement")?,
        };
        if !quality.is_most() {
            return Err(NoUse::Scores);
        }
        let points = object::texts(object, "critique")?.into_iter().take(MOST_LISTED);
        let points = points.map(|point| point.chars().take(LONGEST_LINE).collect::<String>());
        Ok(Judgement { quality, critique: points.filter(|point| !point.trim().is_empty()).collect() })
    })
}

pub(super) fn display(answer: &str, rules: &str) -> Result<Display, NoUse> {
    object(answer, rules, |object| {
        let keywords = object::texts(object, "keywords")?;
        // Some write the list as one line.
        let keywords = match keywords.as_slice() {
            [line] => line.split([',', ';', '、', '，', '،']).map(|word| word.trim().to_owned()).collect(),
            _ => keywords,
        };
        Ok(Display {
            title: object::text(object, "title")?,
            description: object::text(object, "description")?,
            keywords: keywords.into_iter().filter(|word| !word.is_empty()).collect(),
            excerpt: object::text(object, "excerpt")?,
        })
    })
}

/// Whether `text` has eight words of the rules in a row, however it is spaced and marked up. The rules are no secret; an
/// answer that recites them obeyed somebody else.
fn repeats(text: &str, rules: &str) -> bool {
    let words = |text: &str| {
        let letters = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
        letters.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let rules = words(rules);
    let runs: HashSet<&[String]> = rules.windows(REPEATED_WORDS).collect();
    !runs.is_empty() && words(text).windows(REPEATED_WORDS).any(|window| runs.contains(window))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::quality::Score;

    const RULES: &str = "You work for an editorial team. Answer with the finished text in Markdown and nothing else.";

    fn read(answer: &str) -> Result<Written, NoUse> {
        article(answer, RULES, "The topic", TaskType::BlogPost)
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
        assert_eq!(article("Text.", RULES, "The\u{ad} topic", TaskType::BlogPost).unwrap().title, "The topic");
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
    fn an_article_keeps_the_lines_that_are_its_own() {
        for text in [
            "Here is the text of the speech:\n\nFour score and seven years ago.",
            "Here is the article:\n\nIt stood in the paper of that day.",
            "# A title\n\nHere is the text of the speech:\n\n> Four score.",
        ] {
            assert_eq!(read(text).unwrap().removed, [], "{text}");
        }
        let letter = "# Thursday\n\nHello,\n\nPlease let me know if you have any questions.";
        let kept = article(letter, RULES, "The topic", TaskType::Email).unwrap();
        assert!(kept.markdown.ends_with("questions.") && kept.removed.is_empty());
        let offered = format!("{letter}\n\nWould you like me to adjust the tone?");
        let read = article(&offered, RULES, "The topic", TaskType::Email).unwrap();
        assert_eq!((read.markdown, read.removed.len()), (kept.markdown, 1));
    }

    #[test]
    fn words_to_whoever_asked_come_off_before_a_text_begins() {
        for answer in [
            "Here is the article:\n\n# A title\n\nText.",
            "Sure!\n# A title\n\nText.",
            "Here is the article:\n---\n# A title\n\nText.",
            "Gerne! Hier ist der Artikel:\n\n# A title\n\nText.\n\n---\n\nSoll ich den Ton ändern?",
        ] {
            let written = read(answer).unwrap();
            assert_eq!((written.title.as_str(), written.markdown.as_str()), ("A title", "Text."), "{answer}");
            assert!(!written.removed.is_empty(), "{answer}");
        }
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
        for score in ["101", "-1", "\"good\""] {
            assert_eq!(scored(score), Err(NoUse::Score("engagement")), "{score}");
        }
        assert_eq!(judgement("The text is good.", RULES), Err(NoUse::NoObject));
        assert_eq!(judgement("{\"clarity\": 80", RULES), Err(NoUse::BrokenObject), "it breaks off");
        assert_eq!(judgement("<think>Is it 80?", RULES), Err(NoUse::Endless));
        let read = scored("70.5").unwrap();
        assert_eq!((read.quality.engagement, read.critique), (Some(Score::clamped(71)), vec!["Say more.".to_owned()]));
    }

    #[test]
    fn a_line_of_keywords_is_a_list_and_a_line_for_lists_has_all_its_fields() {
        let read = |rest: &str| display(&format!("{{\"title\": \"T\", \"description\": \"D\"{rest}}}"), RULES);
        assert_eq!(read(""), Err(NoUse::Text("excerpt")));
        assert_eq!(read(", \"excerpt\": \"E\", \"keywords\": 7"), Err(NoUse::List("keywords")));
        let shown = read(", \"excerpt\": \"E\", \"keywords\": \"caching, copies\"").unwrap();
        assert_eq!(shown.keywords, ["caching", "copies"]);
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
        assert_eq!(judgement("{\"clarity\": 80, \"critique\": []}", RULES), Err(NoUse::Scores), "most is missing");
    }

    #[test]
    fn a_fence_around_json_is_no_part_of_it() {
        let read =
            outline("```json\n{\"title\": \"T\", \"parts\": [{\"heading\": \"H\", \"points\": []}]}\n```", RULES);
        assert_eq!(read.unwrap().parts.len(), 1);
        assert_eq!(outline("{\"title\": \"T\", \"parts\": []}", RULES), Err(NoUse::List("parts")));
    }

    #[test]
    fn a_release_of_before_reads_a_draft_of_which_nothing_was_taken_off() {
        let written = read("# A title\n\nThe text.").unwrap();
        let stored = serde_json::to_value(&written).unwrap();
        let before: (String, String) = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(before, ("A title".to_owned(), "The text.".to_owned()));
        assert_eq!(serde_json::from_value::<Written>(stored).unwrap(), written);
        let spoken = read("Sure! Here is the article you asked for:\n\n# A title\n\nThe text.").unwrap();
        let stored = serde_json::to_value(&spoken).unwrap();
        assert_eq!(serde_json::from_value::<Written>(stored).unwrap(), spoken);
    }

    #[test]
    fn a_block_of_code_at_the_end_is_no_word_to_whoever_asked() {
        let markdown = "# T\n\nWrite:\n\n```text\nHello Ana,\n\nLet me know if you want to change the date.\n```";
        assert!(read(markdown).unwrap().markdown.ends_with("```"));
    }

    #[test]
    fn a_model_that_goes_on_and_on_is_told_of_in_short() {
        let answer = format!("# T\n\nThe text is here.{}", "\n\nI hope this helps!".repeat(500));
        let removed = read(&answer).unwrap().removed;
        assert!(removed.len() <= MOST_REMOVED, "{}", removed.len());
    }

    #[test]
    fn a_loop_of_marks_or_blanks_is_read_in_no_time() {
        let began = galley_testkit::clock::on_processor();
        let marks = format!("a\n{}", "<think>x\n".repeat(20_000));
        let blanks = format!("{{{}}}", "\n ".repeat(90_000));
        assert!(read(&marks).is_ok(), "marks within lines are words");
        assert!(judgement(&blanks, "").is_err());
        assert!(read(&"x".repeat(5 * MAX_HTML_BYTES)).is_err());
        let took = galley_testkit::clock::on_processor().saturating_sub(began);
        assert!(took < std::time::Duration::from_secs(20), "{took:?}");
    }
}
