//! What a model says in the middle of a text, of itself or to whoever asked.

use super::{
    text::Text,
    words::{begins, lower, words},
};

/// What nobody but a model says of itself, wherever it stands.
const OF_A_MODEL: [&str; 24] = [
    "as an ai language model",
    "as an ai, i ",
    "as an ai model, i ",
    "as an ai assistant, i ",
    "as a large language model, i ",
    "as a language model, i ",
    "as of my last knowledge update",
    "as of my last training update",
    "as of my knowledge cutoff",
    "i apologize, but i cannot continue",
    "i apologize for the confusion in my previous",
    "i'm sorry for the confusion in my previous",
    "i'm sorry, but i cannot continue",
    "in my previous response",
    "let me continue from where i left off",
    "unfortunately, i ran out of space",
    "als ki-sprachmodell",
    "als ki-modell kann ich",
    "en tant que modèle de langage",
    "como modelo de lenguaje",
    "come modello linguistico",
    "como modelo de linguagem",
    "jako model językowy",
    "作为一个人工智能语言模型",
];
/// What a model says to whoever asked when it stops half-way, as a block of its own.
const BETWEEN: [&str; 8] = [
    "would you like me to continue",
    "shall i continue",
    "should i continue",
    "do you want me to continue",
    "(section continues in the next part",
    "(continued in the next part",
    "word count so far",
    "(note: expand this section",
];

/// A sentence, or a remark within one, in which a model speaks of itself. What is quoted, and what was asked for, may do so.
pub(super) fn of_a_model<'a>(text: &'a Text<'_>) -> Option<(usize, &'a str)> {
    let topic = lower(text.topic);
    let is_on_models = |word: &String| {
        word == "ai" || ["model", "llm", "chatgpt", "prompt"].iter().any(|begin| word.starts_with(begin))
    };
    if words(&topic).iter().any(is_on_models) {
        return None;
    }
    let is_quoted = |at: usize| text.blocks.get(at).is_some_and(|block| block.is_quoted);
    let speaks = |sentence: &str| {
        let said = lower(sentence);
        let said = said.strip_prefix("note: ").unwrap_or(&said);
        begins(said, &OF_A_MODEL) && !sentence.starts_with(['"', '“', '\'', '‘'])
    };
    let found = text.sentences.iter().find(|sentence| speaks(sentence.text) && !is_quoted(sentence.at));
    found.map(|sentence| (sentence.at, sentence.text))
}

pub(super) fn is_between(block: &str) -> bool {
    let lower = lower(block);
    let bare = lower.trim_start_matches(['*', '_']);
    BETWEEN.iter().any(|begin| bare.starts_with(begin)) && words(bare).len() <= 12
}
