//! Why a model stopped, in the words of all protocols and of those who serve them. Only what is known to mean that the text is
//! whole counts as that: a new word is never taken for the best.

use galley_domain::{
    content::blockers::Finish,
    models::{
        ask::ProviderError,
        price::{Spent, Tokens},
    },
};

use super::{
    usage::spent,
    wire::{refused, unavailable},
};

/// How an answer ended, by the word that the provider gives for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The model came to its end.
    Whole,
    /// It may have gone on: the text is there, and breaks off.
    CutOff,
    /// The server gave up in the middle.
    Broken,
    /// The provider does not let the text through.
    Withheld,
    /// The model could not say it in the shape.
    Shapeless,
}

impl End {
    fn of(word: &str) -> Self {
        // Each writes the same words in its own way: `MAX_TOKENS`, `max_tokens`, `maxTokens`.
        let plain: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            ""
            | "stop"
            | "stopped"
            | "eos"
            | "eostoken"
            | "eot"
            | "stopsequence"
            | "stoptoken"
            | "endturn"
            | "endofturn"
            | "endoftext"
            | "end"
            | "complete"
            | "completed"
            | "tooluse"
            | "finishreasonunspecified" => Self::Whole,
            "error"
            | "abort"
            | "aborted"
            | "cancel"
            | "cancelled"
            | "canceled"
            | "interrupted"
            | "failed"
            | "timeout"
            | "insufficientsystemresource"
            | "unavailable"
            | "modelerror" => Self::Broken,
            "contentfilter"
            | "contentfiltered"
            | "refusal"
            | "guardrailintervened"
            | "safety"
            | "recitation"
            | "prohibitedcontent"
            | "blocklist"
            | "spii"
            | "language"
            | "other" => Self::Withheld,
            "malformedmodeloutput" | "malformedtooluse" | "malformedfunctioncall" | "unexpectedtoolcall" => {
                Self::Shapeless
            }
            _ => Self::CutOff,
        }
    }
}

/// Whether an answer that came is all of it; none at all where the provider says that there is none.
pub(super) fn of(word: Option<&str>, tokens: Option<Tokens>) -> Result<Finish, ProviderError> {
    match End::of(word.unwrap_or_default()) {
        End::Whole => Ok(Finish::Complete),
        End::CutOff => Ok(Finish::Truncated),
        End::Broken => {
            let spent = if tokens.is_some_and(|tokens| tokens.input > 0) { spent(tokens) } else { Spent::Unknown };
            Err(unavailable(None, spent, std::io::Error::other("the provider gave up in the middle of the answer")))
        }
        End::Withheld => Err(refused("the provider withheld the answer", spent(tokens))),
        End::Shapeless => Err(refused("the model did not keep to the shape", spent(tokens))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_knows_never_means_that_the_text_is_whole() {
        for word in [
            "length",
            "model_length",
            "max_tokens",
            "MAX_TOKENS",
            "max_output_tokens",
            "pause_turn",
            "model_context_window_exceeded",
            "tool_calls",
            "function_call",
            "IMAGE_OTHER",
            "whatever",
            "unstoppable",
        ] {
            assert_eq!(of(Some(word), None).unwrap(), Finish::Truncated, "{word}");
        }
    }

    #[test]
    fn what_the_server_broke_off_is_asked_for_again_and_what_is_withheld_is_not() {
        for word in ["error", "abort", "aborted", "cancelled", "insufficient_system_resource", "FAILED"] {
            let error = of(Some(word), None).unwrap_err();
            assert!(matches!(error, ProviderError::Unavailable { spent: Spent::Unknown, .. }), "{word}: {error:?}");
        }
        let tokens = Some(Tokens { input: 9, output: 3 });
        assert_eq!(of(Some("error"), tokens).unwrap_err().spent(), spent(tokens));
        for word in
            ["content_filter", "content_filtered", "refusal", "guardrail_intervened", "SAFETY", "malformed_tool_use"]
        {
            assert!(matches!(of(Some(word), None), Err(ProviderError::Refused { .. })), "{word}");
        }
    }

    #[test]
    fn the_words_for_a_whole_text_are_known_however_they_are_written() {
        for word in ["stop", "STOP", "eos", "eos_token", "stop_sequence", "end_turn", "endTurn", "tool_use", "", " "] {
            assert_eq!(of(Some(word), None).unwrap(), Finish::Complete, "{word}");
        }
        assert_eq!(of(None, None).unwrap(), Finish::Complete);
    }
}
