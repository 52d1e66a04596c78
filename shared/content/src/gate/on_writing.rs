//! Texts that speak of texts and not of their subject: advice to whoever writes, announcements, and words about their own parts.

use super::{
    review,
    text::{Finding, Text},
    words::{begins, lower, share},
};
use crate::blockers::Blocker;

/// How one tells a writer what to do, at the beginning of a sentence.
const ADVICE: [&str; 34] = [
    "write ",
    "use a ",
    "use an ",
    "use clear",
    "use the keyword",
    "start with a",
    "begin with a",
    "end with a",
    "include a ",
    "include the ",
    "make sure the article",
    "make sure the post",
    "make sure the text",
    "ensure that the article",
    "ensure that the text",
    "ensure the",
    "the article should",
    "the post should",
    "the text should",
    "the introduction should",
    "the conclusion should",
    "the writer",
    "your article",
    "your text should",
    "your introduction",
    "your conclusion",
    "this article should",
    "keep the tone",
    "avoid using",
    "add a ",
    "provide a ",
    "summarize the",
    "explain the",
    "describe the",
];
/// What such advice names; a recipe says "add a spoonful", too.
const WRITING: [&str; 12] = [
    "article",
    "post",
    "text",
    "introduction",
    "conclusion",
    "tone",
    "section",
    "paragraph",
    "headline",
    "keyword",
    "example",
    "reader",
];
/// What announces a text and is none.
const ANNOUNCES: [&str; 14] = [
    "this article will",
    "this article discusses",
    "this article explores",
    "this article provides",
    "this blog post will",
    "this text will",
    "the article will",
    "the text will",
    "the article discusses",
    "the text discusses",
    "this section will",
    "the following text",
    "the following article",
    "this article is about",
];
/// How a text speaks of itself or of another that was to be written, and not of its subject.
const OF_ITSELF: [&str; 60] = [
    "this article",
    "the article",
    "my article",
    "this text",
    "this paragraph",
    "this draft",
    "this blog post",
    "this introduction",
    "this essay",
    "the brief ",
    "the brief,",
    "the brief.",
    "the briefing",
    "my brief",
    "the outline",
    "an outline",
    "opening sentence",
    "opening paragraph",
    "first sentence",
    "second sentence",
    "third sentence",
    "last sentence",
    "next sentence",
    "first paragraph",
    "second paragraph",
    "last paragraph",
    "next paragraph",
    "first line",
    "second line",
    "bullet point",
    "rest of the text",
    "number of words",
    "number of sentences",
    "dieser artikel",
    "dieser absatz",
    "dieser text",
    "der erste satz",
    "cet article",
    "ce paragraphe",
    "cette phrase",
    "este artículo",
    "este párrafo",
    "este texto",
    "questo articolo",
    "questo paragrafo",
    "este artigo",
    "este parágrafo",
    "dit artikel",
    "deze alinea",
    "ten artykuł",
    "tego artykułu",
    "ten akapit",
    "这篇文章",
    "本段",
    "这段文字",
    "この記事",
    "この段落",
    "この文章",
    "هذا المقال",
    "هذه الفقرة",
];
/// Of a text's sentences, so many may do so. People's posts and documents stay under a fifth of it, but for the shortest.
const MOST_OF_ITSELF: f64 = 0.15;
/// Whoever was asked for a text on writing has to speak of texts.
const ON_WRITING: [&str; 16] = [
    "writ",
    "article",
    "text",
    "brief",
    "outline",
    "paragraph",
    "sentence",
    "draft",
    "essay",
    "blog",
    "schreib",
    "artikel",
    "écri",
    "escrib",
    "scriv",
    "edit",
];
/// Of a text's sentences, so many may sound like advice to writers: a text about writing has some.
const MOST_ADVICE: f64 = 0.25;
const LEAST_SENTENCES: usize = 4;

/// A text that speaks of texts: how it, or any, should be written, what its parts are, what it was asked to be.
pub(super) fn about_writing(text: &Text<'_>) -> Option<Finding> {
    advice(text).or_else(|| of_itself(text)).or_else(|| review::in_place_of_text(text))
}

fn of_itself(text: &Text<'_>) -> Option<Finding> {
    let topic = lower(text.topic);
    if ON_WRITING.iter().any(|word| topic.contains(word)) {
        return None;
    }
    let speaks = |lower: &str| OF_ITSELF.iter().any(|name| lower.contains(name));
    let found: Vec<_> = text.sentences.iter().filter(|sentence| speaks(&sentence.lower)).collect();
    let first = found.first()?;
    (found.len() >= LEAST_SENTENCES && share(found.len(), text.sentences.len()) > MOST_OF_ITSELF)
        .then(|| text.finding(Blocker::AboutWriting, first.at, first.text))
}

fn advice(text: &Text<'_>) -> Option<Finding> {
    let (mut all, mut found, mut named) = (0, 0, 0);
    let mut first = None;
    for sentence in &text.sentences {
        let (at, lower, sentence) = (sentence.at, sentence.lower.as_str(), sentence.text);
        all += 1;
        if begins(lower, &ADVICE) || begins(lower, &ANNOUNCES) {
            found += 1;
            named += usize::from(WRITING.iter().any(|word| lower.contains(word)));
            first = first.or(Some((at, sentence)));
        }
    }
    let (at, sentence) = first?;
    (found >= LEAST_SENTENCES && named >= 2 && share(found, all) > MOST_ADVICE)
        .then(|| text.finding(Blocker::AboutWriting, at, sentence))
}
