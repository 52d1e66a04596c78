//! What a model says in the middle of a text, of itself or to whoever asked.

use super::{
    text::Text,
    words::{begins, lower, words},
};

/// What nobody but a model says of itself, wherever it stands.
const OF_A_MODEL: [&str; 29] = [
    "my training data only goes",
    "my training data ends",
    "being a language model, i",
    "being an ai, i",
    "i am an ai assistant and",
    "as an ai language model, i ",
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
    "als ki-sprachmodell kann ich",
    "als ki-modell kann ich",
    "en tant que modèle de langage, je ",
    "como modelo de lenguaje, no puedo",
    "come modello linguistico, non posso",
    "como modelo de linguagem, não posso",
    "jako model językowy nie mogę",
    "作为一个人工智能语言模型，我",
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

/// Whether the text is to be about models: then it may say what they say.
pub(super) fn is_on_models(text: &Text<'_>) -> bool {
    let topic = lower(text.topic);
    let is_on_models = |word: &String| {
        word == "ai" || ["model", "llm", "chatgpt", "prompt"].iter().any(|begin| word.starts_with(begin))
    };
    words(&topic).iter().any(is_on_models)
}

/// Whether in the sentence `lower`, or in a remark that it is, a model speaks of itself. A quotation may do so.
pub(super) fn is_of_a_model(lower: &str) -> bool {
    let is_quotation = lower.starts_with(['"', '“', '\'', '‘']);
    let said = lower.trim_start_matches(['(', '*', '_']);
    let remarked = ["note: ", "note that ", "please note that "].iter().find_map(|begin| said.strip_prefix(begin));
    !is_quotation && begins(remarked.unwrap_or(said), &OF_A_MODEL)
}

pub(super) fn is_between(block: &str) -> bool {
    let lower = lower(block);
    let bare = lower.trim_start_matches(['*', '_']);
    BETWEEN.iter().any(|begin| bare.starts_with(begin)) && words(bare).len() <= 12
}
