//! A prompt as a model can hold it. What does not fit is cut before it is paid for, the least needed first: the last sources, then
//! the previous draft; for what is shown in lists the beginning of a draft is enough. What a text is made from is never cut.

use std::slice;

use crate::{
    agents::cast::Part,
    generation::prompts::{self, Brief, Prompt},
    models::{
        ask::Schema,
        catalogue::{Capability, Model},
        phase::Phase,
    },
    task::request::TaskRequest,
};

/// What a model that thinks may think, in tokens, beside its answer.
pub(crate) const THINKING: u64 = 8192;
/// Of a text that is shortened, so much is left each time.
const HALVES: [usize; 4] = [2, 4, 8, 16];

/// A prompt, and what was left out of it.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) prompt: Prompt,
    pub(super) cut: Option<String>,
}

/// What a phase asks about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// Who does it, where it is not Galley's own.
    pub(super) part: Option<&'a Part>,
    pub(super) phase: Phase,
    pub(super) request: &'a TaskRequest,
    pub(super) words: u32,
    pub(super) brief: &'a Brief<'a>,
}

/// Whether `model` holds all of `prompt` and has room for the answer.
pub(super) fn holds(model: &Model, phase: Phase, words: u32, prompt: &Prompt) -> bool {
    let schema = schema(model, phase);
    prompt.likely_input(schema.as_ref()).saturating_add(room(model, phase, words)) <= model.context_tokens
}

/// The most that an answer may have of `model`, once it has read `prompt`.
pub(super) fn most_output(model: &Model, phase: Phase, words: u32, prompt: &Prompt) -> u64 {
    let schema = schema(model, phase);
    let left = model.context_tokens.saturating_sub(prompt.likely_input(schema.as_ref()));
    let most = prompts::most_output(phase, words) + thinking(model);
    most.min(model.max_output_tokens).min(left.max(1))
}

pub(super) fn schema(model: &Model, phase: Phase) -> Option<Schema> {
    prompts::schema(phase).filter(|_| model.can(Capability::JsonSchema))
}

/// What an answer needs at least: what may be written is twice what usually is.
fn room(model: &Model, phase: Phase, words: u32) -> u64 {
    (prompts::most_output(phase, words) / 2 + thinking(model)).min(model.max_output_tokens)
}

fn thinking(model: &Model) -> u64 {
    if model.can(Capability::Reasoning) { THINKING } else { 0 }
}

/// The prompt with as much of the brief as `model` holds. `None`: it does not hold what is needed.
pub(super) fn fitted(model: &Model, asked: Asked<'_>) -> Result<Option<Fitted>, serde_json::Error> {
    let Asked { part, phase, request, words, brief } = asked;
    let tried = |brief: &Brief<'_>, cut: Option<String>| {
        let prompt = Prompt::with(part, phase, request, words, brief)?;
        Ok(holds(model, phase, words, &prompt).then_some(Fitted { prompt, cut }))
    };
    if let Some(whole) = tried(brief, None)? {
        return Ok(Some(whole));
    }
    let mut shorter = brief.clone();
    let (mut cut, mut left_out) = (Vec::new(), 0);
    while let Some((_, fewer)) = shorter.sources.and_then(<[_]>::split_last) {
        left_out += 1;
        shorter.sources = Some(fewer).filter(|fewer| !fewer.is_empty());
        let said = format!("the last {left_out} of the sources");
        if let Some(fitted) = tried(&shorter, Some(without(slice::from_ref(&said))))? {
            return Ok(Some(fitted));
        }
        cut = vec![said];
    }
    if let Some(previous) = brief.previous_draft {
        cut.push("a part of the previous draft".to_owned());
        for part in HALVES {
            shorter.previous_draft = Some(beginning(previous, part));
            if let Some(fitted) = tried(&shorter, Some(without(&cut)))? {
                return Ok(Some(fitted));
            }
        }
    }
    let (Phase::Finalize, Some(draft)) = (phase, brief.draft) else { return Ok(None) };
    cut.push("a part of the draft".to_owned());
    for part in HALVES {
        shorter.draft = Some(beginning(draft, part));
        if let Some(fitted) = tried(&shorter, Some(without(&cut)))? {
            return Ok(Some(fitted));
        }
    }
    Ok(None)
}

fn without(cut: &[String]) -> String {
    format!("to fit its context it was not told {}", cut.join(" and "))
}

/// One of so many parts of a text, from its beginning.
fn beginning(text: &str, parts: usize) -> &str {
    text.get(..text.floor_char_boundary(text.len() / parts)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::content::references::Reference;

    fn model(context: u64) -> Model {
        serde_json::from_value(json!({
            "id": "scripted/first", "context_tokens": context, "max_output_tokens": 4000, "capabilities": ["json_schema"],
            "prices": [{"effective": "2026-01-01", "input": "1", "output": "1", "source": "the test"}],
        }))
        .unwrap()
    }

    fn request() -> TaskRequest {
        serde_json::from_value(json!({"topic": "How HTTP caching works"})).unwrap()
    }

    fn sources(count: usize) -> Vec<Reference> {
        let source = |nth: usize| Reference {
            title: format!("Source {nth} "),
            url: format!("https://example.com/{nth}"),
            snippet: "It keeps a copy. ".repeat(40),
            published: None,
        };
        (1..=count).map(source).collect()
    }

    fn told(model: &Model, phase: Phase, brief: &Brief<'_>) -> Option<Fitted> {
        let request = request();
        let fitted = fitted(model, Asked { part: None, phase, request: &request, words: 500, brief }).unwrap();
        if let Some(Fitted { prompt, .. }) = &fitted {
            assert!(holds(model, phase, 500, prompt));
            let most = most_output(model, phase, 500, prompt);
            let schema = schema(model, phase);
            assert!(most > 500 && most + prompt.likely_input(schema.as_ref()) <= model.context_tokens);
        }
        fitted
    }

    #[test]
    fn what_a_text_is_made_from_is_never_cut() {
        let draft = "One more sentence of it. ".repeat(2000);
        for phase in [Phase::Assess, Phase::Refine] {
            assert!(told(&model(8000), phase, &Brief { draft: Some(&draft), ..Brief::default() }).is_none());
        }
        assert!(told(&model(1000), Phase::Draft, &Brief::default()).is_none(), "no room for the rules");
    }

    #[test]
    fn the_last_sources_go_first_and_then_the_previous_draft() {
        let (sources, previous) = (sources(10), "A sentence of the previous draft. ".repeat(200));
        let brief = Brief { sources: Some(&sources), previous_draft: Some(&previous), ..Brief::default() };
        let whole = told(&model(100_000), Phase::Draft, &brief).unwrap();
        assert!(whole.cut.is_none() && whole.prompt.user.contains("Source 10 "));
        let some = told(&model(5500), Phase::Draft, &brief).unwrap();
        assert!(some.prompt.user.contains("Source 1 ") && !some.prompt.user.contains("Source 10 "), "{:?}", some.cut);
        assert!(some.prompt.user.contains(&previous) && some.cut.unwrap().contains("of the sources"));
        let little = told(&model(3500), Phase::Draft, &brief).unwrap();
        assert!(!little.prompt.user.contains("Source 1 ") && !little.prompt.user.contains(&previous));
        assert!(little.prompt.user.contains("A sentence of the previous draft."));
        assert_eq!(
            little.cut.as_deref(),
            Some("to fit its context it was not told the last 10 of the sources and a part of the previous draft")
        );
    }

    #[test]
    fn what_is_shown_in_lists_is_made_from_the_beginning_where_the_whole_does_not_fit() {
        let draft = format!("The beginning. {}", "One more sentence of it. ".repeat(2000));
        let fitted = told(&model(8000), Phase::Finalize, &Brief { draft: Some(&draft), ..Brief::default() }).unwrap();
        assert!(fitted.prompt.user.contains("The beginning.") && fitted.cut.unwrap().ends_with("a part of the draft"));
    }

    #[test]
    fn letters_of_other_scripts_take_more_room() {
        let (latin, chinese) = ("word ".repeat(1000), "\u{7f13}".repeat(5000));
        let prompt = |draft: &str| {
            let brief = Brief { draft: Some(draft), ..Brief::default() };
            Prompt::of(Phase::Refine, &request(), 500, &brief).unwrap().likely_input(None)
        };
        assert!(prompt(&chinese) > 2 * prompt(&latin));
    }
}
