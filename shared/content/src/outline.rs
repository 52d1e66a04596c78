//! The generator that needs no model: a text's skeleton in the form of its type, for trying Galley out and for starting
//! to write. It says at its top what it is, and a blocker holds it back from publication. It claims no facts and
//! names no sources, for it knows none.

mod brief;
mod languages;
mod sent;
mod translated;

pub use brief::{Article, Brief, OUTLINE_MARKER};

use self::brief::{head, named, title};
use crate::{
    kind::TaskType,
    shape::{Form, Shape},
};

/// Heading, opening line, and the questions that the section should answer. `{}` is the topic.
type Section = (&'static str, &'static str, [&'static str; 4]);

/// Of an article.
const SECTIONS: [Section; 11] = [
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

/// Of a newsletter.
const NEWS: [Section; 5] = [
    (
        "This time",
        "Say in two sentences what is new about {} and why it is worth the reader's time.",
        [
            "What happened since the last issue?",
            "Which part of it will still matter in a month?",
            "What can be left out?",
            "Whom does it concern most?",
        ],
    ),
    (
        "The main story",
        "Tell the one development of {} that readers will ask about.",
        [
            "What happened, when, and who says so?",
            "What was different before?",
            "What does it mean for the reader?",
            "What is not known yet?",
        ],
    ),
    (
        "In brief",
        "List three smaller pieces of news, a sentence and a source each.",
        [
            "What is each of them called?",
            "Where can one read more?",
            "Which of them is still uncertain?",
            "Which of them is for specialists only?",
        ],
    ),
    (
        "Worth trying",
        "Give the reader one thing to do about {} before the next issue.",
        [
            "How long does it take?",
            "What is needed for it?",
            "How does one see that it worked?",
            "Where is it described?",
        ],
    ),
    (
        "What comes next",
        "Say what to watch, and when the next issue comes.",
        [
            "Which date should be noted?",
            "What has been announced?",
            "What would change everything?",
            "How can readers answer?",
        ],
    ),
];

/// What holds for each section.
const ADVICE: [&str; 6] = [
    "Begin the section with an example that the reader could have met.",
    "Keep each paragraph to a single thought, and give your strongest one first.",
    "Where you state a figure, name where it comes from and when it was taken.",
    "Prefer a short table or list to a long sentence that counts things up.",
    "Ask yourself what a reader who disagrees would say, and answer that.",
    "End the section on what follows from it for the next one.",
];

/// In the brief's language, where there are sentences of it; else in English.
pub fn outline(brief: &Brief<'_>) -> Article {
    if let Some(in_words) = languages::of(&brief.language) {
        return translated::outline(brief, in_words);
    }
    match Shape::of(brief.task_type).form {
        Form::Article if brief.task_type == TaskType::Newsletter => chapters(brief, "newsletter", &NEWS),
        Form::Article => chapters(brief, "article", &SECTIONS),
        Form::Thread { .. } => sent::thread(brief),
        Form::Letter => sent::letter(brief),
    }
}

fn chapters(brief: &Brief<'_>, what: &str, sections: &[Section]) -> Article {
    let topic = named(brief.topic);
    let mut markdown = format!("{}\n\nIn each part:\n\n", head(brief, what));
    for advice in ADVICE {
        markdown.push_str(&format!("- {advice}\n"));
    }
    let wanted = usize::try_from(brief.target_length).unwrap_or(usize::MAX).min(2500) / sections.len();
    for (heading, opening, questions) in sections {
        markdown.push_str(&format!("\n## {}\n\n{}\n\n", heading.replace("{}", &topic), opening.replace("{}", &topic)));
        for question in questions {
            markdown.push_str(&format!("- {question}\n"));
        }
        markdown.push_str(&format!("\nWrite about {wanted} words here.\n"));
    }
    Article { title: title(brief.topic), markdown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        language::Language,
        markdown::to_html,
        parts::Parts,
        shape::Shape,
        text,
        topic::{Of, language_of},
    };

    fn brief(topic: &str, target_length: u32) -> Brief<'_> {
        Brief {
            task_type: TaskType::BlogPost,
            language: Language::ENGLISH,
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
    fn it_has_eleven_sections_and_a_mark_says_how_long_each_is_to_be_and_nothing_twice() {
        for (length, each) in [(200, 18), (800, 72), (1500, 136)] {
            let html = to_html(&outline(&brief("How HTTP caching works", length)).markdown).unwrap();
            let plain = text::plain_text(&html);
            assert!(plain.contains(OUTLINE_MARKER));
            assert_eq!(html.as_str().matches("<h2").count(), 11);
            let told = format!("Write about {each} words here.");
            assert_eq!(plain.matches(&told).count(), 11, "{length}");
            let mut seen = std::collections::HashSet::new();
            let twice: Vec<&str> =
                plain.lines().filter(|line| !line.is_empty() && *line != told && !seen.insert(*line)).collect();
            assert_eq!(twice, Vec::<&str>::new(), "{length}");
        }
    }

    #[test]
    fn each_types_outline_is_of_its_own_form() {
        let long = "How HTTP caching works and why that matters to you ".repeat(4);
        for topic in ["How HTTP caching works", &long[..200], "日本語の話題"] {
            for task_type in TaskType::ALL.iter().copied() {
                let shape = Shape::of(task_type);
                for length in [200, shape.most_words] {
                    let tags = ["web caches".to_owned()];
                    let asked = Brief { task_type, tags: &tags, ..brief(topic, length) };
                    let Article { title, markdown } = outline(&asked);
                    let html = to_html(&markdown).unwrap();
                    assert!(shape.has_form(&html), "{task_type:?}: {markdown}");
                    assert_eq!(shape.faults(&title, &html), Vec::<String>::new(), "{task_type:?}: {title}\n{markdown}");
                    assert!(text::plain_text(&html).contains(OUTLINE_MARKER), "{task_type:?}");
                }
            }
        }
    }

    #[test]
    fn an_outline_is_in_the_language_asked_and_of_its_types_form() {
        for (language, topic) in [
            ("de", "Wie HTTP-Caching funktioniert"),
            ("fr", "Comment fonctionne le cache HTTP"),
            ("es", "Cómo funciona la caché HTTP"),
            ("it", "Come funziona la cache HTTP"),
            ("pt", "Como funciona o cache HTTP"),
            ("nl", "Hoe HTTP-caching werkt"),
            ("pl", "Jak działa pamięć podręczna"),
            ("zh", "HTTP 缓存如何工作"),
            ("ja", "HTTPキャッシュの仕組み"),
            ("ar", "كيف يعمل التخزين المؤقت"),
        ] {
            let tags = ["web".to_owned()];
            let language: Language = language.parse().unwrap();
            for task_type in TaskType::ALL.iter().copied() {
                let asked =
                    Brief { task_type, language, tags: &tags, feedback: Some("# No\n- Vary"), ..brief(topic, 300) };
                let Article { title, markdown } = outline(&asked);
                let html = to_html(&markdown).unwrap();
                let shape = Shape::of(task_type);
                assert!(shape.has_form(&html), "{markdown}");
                assert_eq!(shape.faults(&title, &html), Vec::<String>::new(), "{language:?} {task_type:?}\n{markdown}");
                let plain = text::plain_text(&html);
                assert!(plain.contains(OUTLINE_MARKER) && plain.contains(topic), "{plain}");
                assert!(plain.contains("# No - Vary") && !plain.contains("{}"), "{plain}");
                let own = plain.lines().filter(|line| language_of(line, &language) == Of::This).count();
                let english = |line: &&str| language_of(line, &Language::ENGLISH) == Of::This;
                let foreign = plain.lines().filter(|line| !line.contains(OUTLINE_MARKER)).filter(english).count();
                assert!(own >= 4 && foreign < own, "{own} {foreign}: {plain}");
            }
        }
        assert!(text::plain_text(&to_html(&outline(&brief("Suomi", 300)).markdown).unwrap()).contains("Introduction"));
    }

    #[test]
    fn a_threads_outline_is_posts_and_an_emails_a_subject_and_a_body() {
        let parts = |task_type| {
            let asked = Brief { task_type, ..brief("How HTTP caching works", 200) };
            let Article { title, markdown } = outline(&asked);
            Parts::of(task_type, &title, to_html(&markdown).unwrap().as_str())
        };
        let Some(Parts::Thread { posts }) = parts(TaskType::SocialMedia) else { panic!("no thread") };
        assert!(posts.len() == 8 && posts[0].contains("How HTTP caching works"), "{posts:?}");
        assert!(posts[7].ends_with("#How"), "{posts:?}");
        let Some(Parts::Email { subject, body }) = parts(TaskType::Email) else { panic!("no e-mail") };
        assert!(subject == "How HTTP caching works" && body.starts_with("Dear reader,\n\n"), "{body}");
        assert!(body.contains("Kind regards,\n\nThe sender's name"), "{body}");
    }

    #[test]
    fn the_editors_words_reach_the_next_outline() {
        let with = Brief { feedback: Some("Please mention the Vary header"), ..brief("How HTTP caching works", 300) };
        assert!(text::plain_text(&to_html(&outline(&with).markdown).unwrap()).contains("Vary header"));
    }
}
