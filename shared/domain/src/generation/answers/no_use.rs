//! Why an answer is of no use: what the model is told when it is asked once more.

use crate::content::clean::TooMuch;

/// Why an answer is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::generation) enum NoUse {
    #[error("the answer has no text")]
    Empty,
    #[error("the answer is too long")]
    TooLong,
    #[error("the model thought and came to no answer")]
    Endless,
    #[error("the answer repeats what the model was told")]
    RepeatsThePrompt,
    #[error("the answer has no JSON object")]
    NoObject,
    #[error("the answer's JSON object breaks off or is not JSON")]
    BrokenObject,
    #[error("`{0}` is not a number from 0 to 100")]
    Score(&'static str),
    #[error("most of the scores are missing")]
    Scores,
    #[error("`{0}` is not a text")]
    Text(&'static str),
    #[error("`{0}` is not a list of the shape that was asked for, or too long")]
    List(&'static str),
    #[error("the text {0}")]
    TooMuch(TooMuch),
}
