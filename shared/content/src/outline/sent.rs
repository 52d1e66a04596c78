//! Outlines of what is sent: a thread's posts, an e-mail's paragraphs.

use crate::{
    outline::brief::{Article, Brief, head, named, title},
    shape::SUBJECT_CHARS,
    text,
};

/// About so many words stand in a post.
const WORDS_IN_A_POST: u32 = 25;

/// What each post of a thread is to say. `{}` is the topic.
const POSTS: [&str; 8] = [
    "Open with the one thing about {} that nobody expects.",
    "Say why it matters now, and to whom.",
    "Give one figure, with where it comes from.",
    "Tell what most people get wrong about it.",
    "Show one example that fits into two sentences.",
    "Name what it costs, in money or in time.",
    "Say what to do first, in one step that anyone can take today.",
    "Ask the readers a question that they can answer in a line.",
];

/// What each paragraph of an e-mail is to say.
const PARAGRAPHS: [(&str, [&str; 2]); 4] = [
    (
        "Say in the first sentence why {} concerns this reader.",
        ["What has changed for them?", "Why do they hear of it today?"],
    ),
    ("Tell them the one thing that they have to know.", ["What is new?", "From when on does it hold?"]),
    ("Say what they gain by it.", ["What will be easier?", "What happens if they do nothing?"]),
    ("Take away the doubt that keeps them from it.", ["What does it cost?", "How do they get out of it again?"]),
];

pub(super) fn thread(brief: &Brief<'_>) -> Article {
    let topic = named(brief.topic);
    let wanted = usize::try_from(brief.target_length / WORDS_IN_A_POST).unwrap_or(POSTS.len()).clamp(3, POSTS.len());
    let mut markdown = format!("{}\n\n", head(brief, "thread"));
    // The question comes last, however many stand before it.
    let posts = POSTS.iter().take(wanted - 1).chain(POSTS.last());
    for (nth, post) in posts.enumerate() {
        let end = if nth + 1 == wanted { format!(" {}", hashtag(brief)) } else { String::new() };
        markdown.push_str(&format!("{}. {}{end}\n", nth + 1, post.replace("{}", &topic)));
    }
    Article { title: title(brief.topic), markdown }
}

/// Of the first tag, else of the topic's first word.
pub(super) fn hashtag(brief: &Brief<'_>) -> String {
    let word = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let of_a_tag = brief.tags.iter().map(|tag| word(tag)).find(|word| !word.is_empty());
    let word = of_a_tag.or_else(|| brief.topic.split_whitespace().map(word).find(|word| !word.is_empty()));
    format!("\\#{}", word.unwrap_or_else(|| "thread".to_owned()))
}

/// An e-mail's subject line.
pub(super) fn subject(topic: &str) -> String {
    text::excerpt(&title(topic), SUBJECT_CHARS)
}

pub(super) fn letter(brief: &Brief<'_>) -> Article {
    let topic = named(brief.topic);
    let mut markdown = format!("Dear reader,\n\n{}\n", head(brief, "e-mail"));
    for (opening, questions) in PARAGRAPHS {
        markdown.push_str(&format!("\n{} {}\n", opening.replace("{}", &topic), questions.join(" ")));
    }
    markdown.push_str(
        "\n**Say here, in one line, what the reader is to do, and link it.**\n\nKind regards,\n\nThe sender's name\n",
    );
    Article { title: subject(brief.topic), markdown }
}
