//! What an outline says, in one language. `{}` is the topic, or how many words are to be written.

/// What an outline is, and how its setting is named: style, tone, readers, keyword, labels, the editor's wish.
const SETTING: usize = 7;
/// Heading and sentence of each part of an article.
const PARTS: usize = 10;
/// The same of a newsletter.
const NEWS: usize = 6;
const POSTS: usize = 4;
/// Greeting, three paragraphs, what to do, and the end in two lines.
const LETTER: usize = 7;

/// One language's sentences, in the order of the constants above; the last says how much to write.
pub(crate) struct Sentences {
    pub(crate) setting: [&'static str; SETTING],
    pub(crate) parts: [&'static str; PARTS],
    pub(crate) news: [&'static str; NEWS],
    pub(crate) posts: [&'static str; POSTS],
    pub(crate) letter: [&'static str; LETTER],
    pub(crate) words: &'static str,
}
