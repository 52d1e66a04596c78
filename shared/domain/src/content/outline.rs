//! The generator that needs no model: an article's skeleton in eleven sections, for trying Galley out and for starting
//! to write. It says at its top what it is, and a blocker holds it back from publication. It claims no facts and
//! names no sources, for it knows none.

use crate::content::markdown::escaped;

/// Marks a text as an outline; the blocker looks for it.
pub const OUTLINE_MARKER: &str = "This is an outline made by Galley's built-in generator";

#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
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

/// Heading, opening line, and the questions that the section should answer. `{}` is the topic.
const SECTIONS: [(&str, &str, [&str; 4]); 11] = [
    (
        "Introduction",
        "Open with the moment in which a reader first needs {}.",
        [
            "What happens without it?",
            "Why does it matter now?",
            "Who is affected first?",
            "What will the reader be able to do at the end?",
        ],
    ),
    (
        "Understanding {}",
        "Explain what {} is in words that need no background.",
        [
            "What problem was it made for?",
            "Which everyday thing does it resemble?",
            "Where does the likeness end?",
            "What is it often mistaken for?",
        ],
    ),
    (
        "Key concepts",
        "Name the few ideas that everything else about {} rests on.",
        [
            "Which terms must be defined?",
            "How do the ideas depend on each other?",
            "Which one is hardest, and why?",
            "What picture would show them together?",
        ],
    ),
    (
        "Best practices",
        "Collect what people who work with {} every day agree on.",
        [
            "What do they always do?",
            "What do they measure?",
            "Which default is right most of the time?",
            "When is it right to deviate?",
        ],
    ),
    (
        "Common pitfalls",
        "Tell how {} goes wrong, from the most frequent fault down.",
        [
            "How does each fault show itself?",
            "What causes it?",
            "How is it mended?",
            "How is it kept from coming back?",
        ],
    ),
    (
        "Advanced considerations",
        "Go on to what matters once the basics of {} are in place.",
        [
            "What changes at a larger scale?",
            "What does it cost?",
            "How does it behave when parts fail?",
            "What are its limits?",
        ],
    ),
    (
        "Outlook",
        "Say where {} is heading, and how sure one can be of that.",
        [
            "What is changing already?",
            "What is only announced?",
            "What would make it obsolete?",
            "What should a reader watch?",
        ],
    ),
    (
        "Implementation steps",
        "Lead through a first use of {} in steps that can be checked.",
        [
            "What must be there before the first step?",
            "How does one see that a step worked?",
            "Which step can be undone?",
            "How long does it take?",
        ],
    ),
    (
        "Measuring success",
        "Show how one knows that {} has helped.",
        [
            "Which figure should move?",
            "How is it measured before and after?",
            "What else could have moved it?",
            "When is it good enough?",
        ],
    ),
    (
        "Conclusion",
        "Return to the beginning and give the reader one thing to do about {}.",
        [
            "What is the one sentence to remember?",
            "What can be done today?",
            "What can wait?",
            "Whom could the reader ask?",
        ],
    ),
    (
        "Resources",
        "List what the author of the article has read about {}; the outline itself knows no sources.",
        [
            "Which primary source is there?",
            "Which overview is the most readable?",
            "Where do practitioners talk?",
            "What was left out, and where is it treated?",
        ],
    ),
];

/// Said once more in each section until the length asked for is reached.
const ADVICE: [&str; 6] = [
    "Begin the section with an example that the reader could have met.",
    "Keep each paragraph to a single thought, and give your strongest one first.",
    "Where you state a figure, name where it comes from and when it was taken.",
    "Prefer a short table or list to a long sentence that counts things up.",
    "Ask yourself what a reader who disagrees would say, and answer that.",
    "End the section on what follows from it for the next one.",
];

pub fn outline(brief: &Brief<'_>) -> Article {
    let topic = escaped(brief.topic);
    let mut markdown =
        format!("> {OUTLINE_MARKER}; a person or a model has to write the article.\n\n{}\n", setting(brief));
    let wanted = usize::try_from(brief.target_length).unwrap_or(usize::MAX).min(2500) / SECTIONS.len();
    for (heading, opening, questions) in SECTIONS {
        markdown.push_str(&format!("\n## {}\n\n{}\n\n", heading.replace("{}", &topic), opening.replace("{}", &topic)));
        for question in questions {
            markdown.push_str(&format!("- {question}\n"));
        }
        markdown.push('\n');
        let mut words =
            opening.split(' ').count() + questions.iter().map(|question| question.split(' ').count()).sum::<usize>();
        for advice in ADVICE.iter().cycle().take(64) {
            if words >= wanted {
                break;
            }
            markdown.push_str(advice);
            markdown.push(' ');
            words += advice.split(' ').count();
        }
        markdown.push('\n');
    }
    Article { title: title(brief.topic), markdown }
}

/// What the client asked for, for whoever writes the article.
fn setting(brief: &Brief<'_>) -> String {
    let mut text = format!("The article is to be {} in style and {} in tone", brief.style, brief.tone);
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

fn title(topic: &str) -> String {
    let mut chars = topic.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect::<String>())
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{markdown::to_html, text};

    fn brief(topic: &str, target_length: u32) -> Brief<'_> {
        Brief {
            topic,
            style: "technical",
            tone: "casual",
            audience: None,
            keyword: None,
            tags: &[],
            target_length,
            feedback: None,
        }
    }

    #[test]
    fn a_hostile_topic_stays_text() {
        for topic in ["<script>alert(1)</script>", "x](javascript:alert(1))", "# Heading", "a\u{2028}b `c` **d**"] {
            let html = to_html(&outline(&brief(topic, 500)).markdown).unwrap();
            assert_eq!(html.as_str().matches("<h2").count(), 11, "{topic}");
            assert!(!html.as_str().contains("<a ") && !html.as_str().contains("<h1"), "{topic}");
        }
    }

    #[test]
    fn it_has_eleven_sections_a_mark_and_most_of_the_length() {
        for length in [200, 800, 1500] {
            let html = to_html(&outline(&brief("How HTTP caching works", length)).markdown).unwrap();
            let plain = text::plain_text(&html);
            assert!(plain.contains(OUTLINE_MARKER));
            assert_eq!(html.as_str().matches("<h2").count(), 11);
            assert!(
                text::word_count(&plain) * 10 >= usize::try_from(length).unwrap() * 6,
                "{length}: {}",
                text::word_count(&plain)
            );
        }
    }

    #[test]
    fn the_editors_words_reach_the_next_outline() {
        let with = Brief { feedback: Some("Please mention the Vary header"), ..brief("How HTTP caching works", 300) };
        assert!(text::plain_text(&to_html(&outline(&with).markdown).unwrap()).contains("Vary header"));
    }
}
