//! What is left of how a text was made: a refusal, words to whoever asked, the brief, instructions, placeholders. Quotations and
//! code may hold any of it, so only sentences of the text's own are looked at, and most need more than one sign.

use std::collections::HashSet;

use super::{
    text::{Finding, Text},
    words::share,
};
use crate::content::{
    blockers::Blocker,
    blocks::Kind,
    chatter::{self, For},
};

/// How a model says that it does not write, at the beginning of a sentence.
const EXCUSES: [&str; 42] = [
    "i'm sorry, but i can",
    "i am sorry, but i can",
    "sorry, but i can",
    "i apologize, but i",
    "as an ai",
    "as a language model",
    "as a large language model",
    "es tut mir leid, aber ich kann",
    "je suis désolé, mais je ne",
    "lo siento, pero no puedo",
    "mi dispiace, ma non posso",
    "sinto muito, mas não posso",
    "przykro mi, ale nie mogę",
    "tut mir leid, aber ich kann",
    "als ki-modell",
    "désolé, mais je ne peux",
    "en tant que modèle de langage",
    "het spijt me, maar ik kan",
    "抱歉，我不能",
    "抱歉，我无法",
    "很抱歉，我",
    "申し訳ありませんが、",
    "عذرا، لا يمكنني",
    "عذرًا، لا يمكنني",
    "i apologise, but i",
    "i'm sorry, i can",
    "as an artificial intelligence",
    "als ki-sprachmodell",
    "als ki kann ich",
    "en tant qu'ia",
    "como modelo de lenguaje",
    "come modello linguistico",
    "como modelo de linguagem",
    "als taalmodel",
    "als ai-model",
    "jako model językowy",
    "作为一个人工智能",
    "作为人工智能",
    "作为ai",
    "aiとして",
    "كنموذج لغوي",
    "بصفتي نموذج",
];
/// What anybody may say who tells of themselves.
const CANNOT: [&str; 12] = [
    "i cannot write",
    "i can't write",
    "i cannot help with",
    "i can't help with",
    "i cannot assist",
    "i can't assist",
    "i'm unable to",
    "i am unable to",
    "i'm not able to",
    "i am not able to",
    "i don't have access to",
    "i do not have access to",
];
/// Fields and instructions of a brief.
const BRIEF: [&str; 64] = [
    "target length",
    "target_length",
    "target audience:",
    "target_audience",
    "tone:",
    "style:",
    "topic:",
    "keyword:",
    "primary_keyword",
    "word count:",
    "\"topic\"",
    "\"tone\"",
    "\"style\"",
    "task_type",
    "quality_preference",
    "write a blog post",
    "write an article",
    "write a newsletter",
    "write a post about",
    "write the text",
    "return only",
    "in markdown",
    "do not include",
    "answer with",
    "output:",
    "instructions:",
    "write the article",
    "write the post",
    "write the blog",
    "do not invent",
    "preamble",
    "your task is to",
    "output only",
    "respond only",
    "you are a careful",
    "you are an expert",
    "you are a professional",
    "you are a skilled",
    "you are an experienced",
    "you are a helpful",
    "schreibe einen artikel",
    "schreiben sie einen artikel",
    "du bist ein",
    "sie sind ein",
    "rédige un article",
    "rédigez un article",
    "tu es un",
    "vous êtes un",
    "escribe un artículo",
    "eres un",
    "scrivi un articolo",
    "sei un",
    "escreva um artigo",
    "você é um",
    "schrijf een artikel",
    "je bent een",
    "napisz artykuł",
    "jesteś",
    "写一篇",
    "你是一",
    "記事を書い",
    "あなたは",
    "اكتب مقال",
    "أنت كاتب",
];
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
/// What models and templates leave behind, outside of code.
const RESIDUE: [&str; 28] = [
    "[image-",
    "[insert ",
    "[your ",
    "[name]",
    "[company]",
    "[company name",
    "[link]",
    "[link to",
    "[date]",
    "[author]",
    "[author name",
    "lorem ipsum dolor",
    "[placeholder",
    "[todo",
    "<|",
    "|>",
    "[title]",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "[tool_calls]",
    "[system]",
    "<tool_call",
    "</tool_call",
    "<function_call",
    "<start_of_turn",
    "<end_of_turn",
    "[#",
];
/// As it is written for oneself: "todo:" is a word of Spanish.
const OWN_NOTE: &str = "TODO:";
/// Of a text's sentences, so many may sound like advice to writers: a text about writing has some.
const MOST_ADVICE: f64 = 0.25;
const LEAST_SENTENCES: usize = 4;
/// A refusal in the middle of a text stands among the last sentences: it ends there.
const AT_THE_END: usize = 4;

fn lower(sentence: &str) -> String {
    sentence.to_lowercase().replace('’', "'")
}

fn begins(sentence: &str, list: &[&str]) -> bool {
    let sentence = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    list.iter().any(|begin| sentence.starts_with(begin))
}

pub(super) fn refusal(text: &Text<'_>) -> Option<Finding> {
    let mut found = Vec::new();
    let mut nth = 0;
    for sentence in &text.sentences {
        let (at, sentence) = (sentence.at, sentence.text);
        let lower = lower(sentence);
        let is_excuse = begins(&lower, &EXCUSES);
        if is_excuse || begins(&lower, &CANNOT) {
            found.push((at, sentence, nth, is_excuse));
        }
        nth += 1;
    }
    let (at, sentence, first, _) = found.first().copied()?;
    // Somebody may once be unable to do something. Who begins with it, says it again, or ends with an excuse, refuses.
    let ends = found.iter().find(|(_, _, at, is_excuse)| *is_excuse && at + AT_THE_END >= nth);
    let at_the_end = ends.map(|(at, sentence, ..)| text.finding(Blocker::Refusal, *at, sentence));
    let refuses = first < 3 || found.len() >= 3;
    if refuses { Some(text.finding(Blocker::Refusal, at, sentence)) } else { at_the_end }
}

/// Who speaks, in a conversation with a model.
const SPEAKERS: [&str; 8] = ["user:", "assistant:", "system:", "human:", "ai:", "chatgpt:", "<|user", "<|assistant"];

pub(super) fn chatter(text: &Text<'_>) -> Option<Finding> {
    let turns: Vec<(usize, &str)> = text
        .prose()
        .filter(|(_, block)| begins(&lower(&block.text), &SPEAKERS))
        .map(|(at, block)| (at, block.text.as_str()))
        .collect();
    if let [(at, turn), _, ..] = turns.as_slice() {
        return Some(text.finding(Blocker::Chatter, *at, turn));
    }
    let (first_at, first) = text.prose().next()?;
    if chatter::opening(&first.text) != For::Readers {
        return Some(text.finding(Blocker::Chatter, first_at, &first.text));
    }
    let (last_at, last) = text.prose().filter(|(_, block)| !block.is_note).last()?;
    // Letters end with an offer of help, too.
    (chatter::closing(&last.text) == For::Asker).then(|| text.finding(Blocker::Chatter, last_at, &last.text))
}

/// The request, given back: three of its fields or instructions close together.
pub(super) fn brief(text: &Text<'_>) -> Option<Finding> {
    let signs_of = |text: &str| {
        let text = lower(text);
        let found = BRIEF.iter().enumerate().filter(|(_, sign)| text.contains(**sign));
        found.map(|(nth, _)| nth).collect::<Vec<_>>()
    };
    let blocks: Vec<(usize, Vec<usize>)> = text.prose().map(|(at, block)| (at, signs_of(&block.text))).collect();
    blocks.windows(4.min(blocks.len().max(1))).find_map(|near| {
        let signs = near.iter().flat_map(|(_, signs)| signs).collect::<HashSet<_>>().len();
        let (at, _) = near.iter().find(|(_, signs)| !signs.is_empty())?;
        let quote = text.blocks.get(*at).map(|block| block.text.as_str()).unwrap_or_default();
        (signs >= 3).then(|| text.finding(Blocker::BriefLeaked, *at, quote))
    })
}

/// A text that speaks of texts: how it, or any, should be written, what its parts are, what it was asked to be.
pub(super) fn about_writing(text: &Text<'_>) -> Option<Finding> {
    advice(text).or_else(|| of_itself(text))
}

fn of_itself(text: &Text<'_>) -> Option<Finding> {
    let topic = lower(text.topic);
    if ON_WRITING.iter().any(|word| topic.contains(word)) {
        return None;
    }
    let speaks = |text: &str| {
        let text = lower(text);
        OF_ITSELF.iter().any(|name| text.contains(name))
    };
    let found: Vec<_> = text.sentences.iter().filter(|sentence| speaks(sentence.text)).collect();
    let first = found.first()?;
    (found.len() >= LEAST_SENTENCES && share(found.len(), text.sentences.len()) > MOST_OF_ITSELF)
        .then(|| text.finding(Blocker::AboutWriting, first.at, first.text))
}

fn advice(text: &Text<'_>) -> Option<Finding> {
    let (mut all, mut found, mut named) = (0, 0, 0);
    let mut first = None;
    for sentence in &text.sentences {
        let (at, sentence) = (sentence.at, sentence.text);
        all += 1;
        let lower = lower(sentence);
        if begins(&lower, &ADVICE) || begins(&lower, &ANNOUNCES) {
            found += 1;
            named += usize::from(WRITING.iter().any(|word| lower.contains(word)));
            first = first.or(Some((at, sentence)));
        }
    }
    let (at, sentence) = first?;
    (found >= LEAST_SENTENCES && named >= 2 && share(found, all) > MOST_ADVICE)
        .then(|| text.finding(Blocker::AboutWriting, at, sentence))
}

pub(super) fn residue(text: &Text<'_>) -> Option<Finding> {
    if has_residue(text.title) {
        return Some(text.finding(Blocker::TemplateResidue, 0, text.title));
    }
    text.blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.kind != Kind::Code)
        .find(|(_, block)| has_residue(&block.outside_code) || is_bare_mark(&block.outside_code))
        .map(|(at, block)| text.finding(Blocker::TemplateResidue, at, around(&block.text)))
}

/// Whether a block begins with the mark of a heading that is none: `#Title`.
fn is_bare_mark(block: &str) -> bool {
    let first = block.split_whitespace().next().unwrap_or_default();
    matches!(
        lower(first).trim_end_matches(':'),
        "#title" | "##title" | "#titel" | "#titre" | "#título" | "#titolo" | "#tytuł"
    )
}

fn has_residue(text: &str) -> bool {
    let lower = lower(text);
    text.contains(OWN_NOTE)
        || RESIDUE.iter().any(|residue| lower.contains(residue))
        || (lower.contains("{{") && lower.contains("}}"))
        || has_variable(text)
}

/// Whether a name in braces stands where a word should: `{topic}`. A path's and a set's braces hold on to something, or hold more.
fn has_variable(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let bare = word
            .trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '“' | '”' | '*' | '(' | ')'));
        let name = bare.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        name.len() >= 3
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The part of a long block in which a placeholder stands.
fn around(text: &str) -> &str {
    let at = text.find(['[', '{', '<', '|']).unwrap_or(0);
    text.get(text.floor_char_boundary(at.saturating_sub(40))..).unwrap_or(text)
}
