//! What is left of how a text was made: a refusal, words to whoever asked, the brief, instructions, placeholders. Quotations and
//! code may hold any of it, so only sentences of the text's own are looked at, and most need more than one sign.

use std::collections::HashSet;

use super::{
    commission, declined, half_way,
    text::{Finding, Text},
    words::{begins, lower},
};
use crate::{
    blockers::Blocker,
    blocks::Kind,
    chatter::{self, For},
};

/// How a model says that it does not write, at the beginning of a sentence.
const EXCUSES: [&str; 46] = [
    "i'm sorry, but i can",
    "i am sorry, but i can",
    "sorry, but i can",
    "i apologize, but i",
    "as an ai,",
    "as an ai language",
    "as an ai model",
    "as an ai assistant",
    "as an ai i ",
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
/// What models and templates leave behind, outside of code.
const RESIDUE: [&str; 44] = [
    "<<<<<<< ",
    "diff --git ",
    "<function=",
    "action input:",
    "[tool result",
    "[replace with ",
    "[include a ",
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
    "[product]",
    "[product name",
    "[add quote",
    "[add link",
    "[add source",
    "[citation needed",
    "[end of section",
    "[section continues",
    "[statistic",
    "[source]",
];
/// As it is written for oneself: "todo:" is a word of Spanish.
const OWN_NOTE: &str = "TODO:";
/// A refusal in the middle of a text stands among the last sentences: it ends there.
const AT_THE_END: usize = 4;

pub(super) fn refusal(text: &Text<'_>) -> Option<Finding> {
    let mut found = Vec::new();
    let mut nth = 0;
    let is_on_models = half_way::is_on_models(text);
    for sentence in &text.sentences {
        let (at, lower, sentence) = (sentence.at, sentence.lower.as_str(), sentence.text);
        let is_quoted = || text.blocks.get(at).is_some_and(|block| block.is_quoted);
        if !is_on_models && half_way::is_of_a_model(lower) && !is_quoted() {
            return Some(text.finding(Blocker::Refusal, at, sentence));
        }
        let is_excuse = begins(lower, &EXCUSES);
        if is_excuse || begins(lower, &CANNOT) {
            found.push((at, sentence, nth, is_excuse));
        }
        nth += 1;
    }
    if let Some(found) = declined::found(text) {
        return Some(found);
    }
    let (at, sentence, first, _) = found.first().copied()?;
    // Somebody may once be unable to do something. Who begins with it, says it again, or ends with an excuse, refuses.
    let ends = found.iter().find(|(_, _, at, is_excuse)| *is_excuse && at + AT_THE_END >= nth);
    let at_the_end = ends.map(|(at, sentence, ..)| text.finding(Blocker::Refusal, *at, sentence));
    let refuses = first < 3 || found.len() >= 3;
    if refuses { Some(text.finding(Blocker::Refusal, at, sentence)) } else { at_the_end }
}

/// Who speaks, in a conversation with a model.
const SPEAKERS: [&str; 10] =
    ["user:", "assistant:", "system:", "human:", "ai:", "chatgpt:", "bot:", "chatbot:", "<|user", "<|assistant"];

pub(super) fn chatter(text: &Text<'_>) -> Option<Finding> {
    let turns: Vec<(usize, &str)> = text
        .prose()
        .filter(|(_, block)| begins(&lower(&block.text), &SPEAKERS))
        .map(|(at, block)| (at, block.text.as_str()))
        .collect();
    if let [(at, turn), _, ..] = turns.as_slice() {
        return Some(text.finding(Blocker::Chatter, *at, turn));
    }
    if let Some((at, block)) = text.prose().find(|(_, block)| !block.is_quoted && half_way::is_between(&block.text)) {
        return Some(text.finding(Blocker::Chatter, at, &block.text));
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
    let own = blocks.windows(4.min(blocks.len().max(1))).find_map(|near| {
        let signs = near.iter().flat_map(|(_, signs)| signs).collect::<HashSet<_>>().len();
        let (at, _) = near.iter().find(|(_, signs)| !signs.is_empty())?;
        let quote = text.blocks.get(*at).map(|block| block.text.as_str()).unwrap_or_default();
        (signs >= 3).then(|| text.finding(Blocker::BriefLeaked, *at, quote))
    });
    own.or_else(|| commission::leaked(text))
}

pub(super) fn residue(text: &Text<'_>) -> Option<Finding> {
    if has_residue(text.title) {
        return Some(text.finding(Blocker::TemplateResidue, 0, text.title));
    }
    text.blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.kind != Kind::Code)
        .find(|(_, block)| has_residue(&unquoted(&block.outside_code)) || is_bare_mark(&block.outside_code))
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
        || has_number(&lower)
        || lower.split_whitespace().any(is_blank)
}

/// The number of a source, as it stood in a prompt: `[#1]`. A label may begin so, too: `[#weather]`.
fn has_number(text: &str) -> bool {
    text.match_indices("[#").any(|(at, mark)| {
        text.get(at + mark.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// A word in whose place another was to be put: `{name}`, `%name%`, `${topic}`, `xx%`. A path's and a set's braces hold on to something, or
/// hold more; a form's lines are drawn on purpose.
fn is_blank(word: &str) -> bool {
    let bare =
        word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '“' | '”' | '*' | '(' | ')'));
    let is_name = |name: &str| {
        name.len() >= 3
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let between = |begin: &str, end: &str| bare.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
    let is_named =
        [("{", "}"), ("%", "%"), ("${", "}")].iter().any(|(begin, end)| between(begin, end).is_some_and(is_name));
    is_named || matches!(bare, "xx%" | "$xx")
}

/// A block without what it quotes of others: a form that readers are to fill in has placeholders.
fn unquoted(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once('“') {
        kept.push_str(before);
        // A quotation that is never closed goes on in the next block.
        rest = after.split_once('”').map_or("", |(_, after)| after);
    }
    kept + rest
}

/// The part of a long block in which a placeholder stands.
fn around(text: &str) -> &str {
    let at = text.find(['[', '{', '<', '|']).unwrap_or(0);
    text.get(text.floor_char_boundary(at.saturating_sub(40))..).unwrap_or(text)
}
