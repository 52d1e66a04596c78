//! What a task will cost, before it is made: about, and at most. Pure arithmetic on the prompts that would be sent.

use jiff::Timestamp;

use crate::{
    agents::cast::{self, Cast},
    content::quality::Method,
    generation::{
        fitting::THINKING,
        prompts::{self, Brief, Prompt},
        recipe::{By, Recipe},
        router::RoutingContext,
    },
    kernel::usd::MicroUsd,
    models::{
        catalogue::Capability,
        phase::Phase,
        price::{Price, Tokens},
    },
    task::request::TaskRequest,
};

/// English has about so many words to three tokens, and bytes to a word and to a token.
const TOKENS_PER_WORD: (u64, u64) = (4, 3);
const BYTES_PER_WORD: u64 = 6;
const BYTES_PER_TOKEN: u64 = 4;
/// What a source adds to a prompt, in bytes, and how many there may be.
const SOURCES_BYTES: u64 = 10 * 700;
/// An answer in a shape, in tokens.
const SHAPED: u64 = 350;
/// What a model that thinks briefly thinks, in tokens.
const THOUGHT: u64 = 1000;

/// One phase's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseEstimate {
    pub phase: Phase,
    /// `provider/model`; for searches, the service.
    pub model: String,
    /// At most.
    pub calls: u64,
    pub expected: MicroUsd,
    pub most: MicroUsd,
    /// Of all calls together, in and out; searches have none. What costs nothing counts in the day's tokens all the same.
    pub expected_tokens: u64,
    pub most_tokens: u64,
    /// Why it is not the model that was asked for.
    pub note: Option<String>,
}

/// The phases of a task in their order, by those whom it names for them. `None`: no model can be asked for one of them.
pub fn estimate(
    routing: &RoutingContext<'_>,
    (request, agents): (&TaskRequest, &Cast),
    method: Option<Method>,
    search: Option<MicroUsd>,
    now: Timestamp,
) -> Option<Vec<PhaseEstimate>> {
    let recipe = Recipe::of(request.task_type, request.quality_preference);
    let words = recipe.shape.words(request.target_length);
    let text = u64::from(words) * BYTES_PER_WORD;
    let sources = if search.is_some() && !recipe.searches.is_empty() { SOURCES_BYTES } else { 0 };
    let judged = method.unwrap_or(recipe.method) != Method::Pattern;
    let refined = u64::from(recipe.refinements);
    let mut phases = Vec::new();
    if let Some(price) = search.filter(|_| !recipe.searches.is_empty()) {
        let calls = u64::try_from(recipe.searches.len()).unwrap_or(u64::MAX);
        let cost = MicroUsd::from_micros(price.micros().saturating_mul(calls));
        let model = "serper".to_owned();
        phases.push(PhaseEstimate {
            phase: Phase::Research,
            model,
            calls,
            expected: cost,
            most: cost,
            expected_tokens: 0,
            most_tokens: 0,
            note: None,
        });
    }
    // Phase, bytes of data beside the request's own, calls at most, calls as a rule. What has a shape may be asked for once more.
    let asked = [
        (Phase::Outline, sources, 2 * u64::from(recipe.plan), u64::from(recipe.plan)),
        (Phase::Draft, sources + 2000, 1, 1),
        (Phase::Assess, text, if judged { 2 * (1 + refined) } else { 0 }, u64::from(judged)),
        (Phase::Refine, sources + text + 2000, refined, 0),
        (Phase::Finalize, text, 2 * u64::from(recipe.display == By::Model), u64::from(recipe.display == By::Model)),
    ];
    for (phase, data, most_calls, usual_calls) in asked.into_iter().filter(|(_, _, calls, _)| *calls > 0) {
        let part = agents.get(&phase);
        let request = &*cast::by_its_model(part, phase, request);
        let route = routing.route(phase, request, None);
        let model = route.candidates.first()?;
        let price = model.price(now);
        let reasons = model.can(Capability::Reasoning);
        let prompt = Prompt::with(part, phase, request, words, &Brief::default()).ok()?;
        let schema = prompts::schema(phase);
        let most_input = prompt.most_input(schema.as_ref()) + data * 2;
        let most_output = prompts::most_output(phase, words) + if reasons { THINKING } else { 0 };
        let prose = u64::from(words) * TOKENS_PER_WORD.0 / TOKENS_PER_WORD.1;
        let output = if schema.is_some() { SHAPED } else { prose } + if reasons { THOUGHT } else { 0 };
        let input = (prompt.most_input(schema.as_ref()) + data) / BYTES_PER_TOKEN;
        let of = |tokens, calls: u64| MicroUsd::from_micros(cost(price, tokens).saturating_mul(calls));
        let usual = Tokens { input, output };
        let worst = Tokens { input: most_input, output: most_output.min(model.max_output_tokens) };
        phases.push(PhaseEstimate {
            phase,
            model: model.id.to_string(),
            calls: most_calls,
            expected: of(usual, usual_calls),
            most: of(worst, most_calls),
            expected_tokens: usual.total().saturating_mul(usual_calls),
            most_tokens: worst.total().saturating_mul(most_calls),
            note: route.instead,
        });
    }
    Some(phases)
}

fn cost(price: Price, tokens: Tokens) -> u64 {
    price.of(tokens).micros()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::models::{
        ask::{Availability, Available},
        catalogue::{Catalogue, CustomEndpoint},
    };

    fn of(fields: &serde_json::Value, search: Option<MicroUsd>) -> Option<Vec<PhaseEstimate>> {
        let mut body = json!({"topic": "How HTTP caching works"});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let request: TaskRequest = serde_json::from_value(body).unwrap();
        let up = |name: &str| Availability {
            provider: name.to_owned().try_into().unwrap(),
            state: Available::Yes { models: None },
        };
        let catalogue = Catalogue::built_in().unwrap();
        let routing = RoutingContext {
            catalogue: &catalogue,
            availability: &[up("openai"), up("anthropic")],
            switched_off: &BTreeSet::new(),
            custom_price: Price::default(),
        };
        estimate(&routing, (&request, &Cast::new()), None, search, "2026-11-20T12:00:00Z".parse().unwrap())
    }

    fn total(phases: &[PhaseEstimate]) -> (MicroUsd, MicroUsd) {
        (phases.iter().map(|phase| phase.expected).sum(), phases.iter().map(|phase| phase.most).sum())
    }

    #[test]
    fn more_words_and_more_quality_cost_more_and_never_less_than_expected() {
        let fast = total(&of(&json!({"quality_preference": "fast"}), None).unwrap());
        let balanced = total(&of(&json!({}), None).unwrap());
        let quality = total(&of(&json!({"quality_preference": "quality"}), None).unwrap());
        let long = total(&of(&json!({"quality_preference": "quality", "target_length": 5000}), None).unwrap());
        for (less, more) in [(fast, balanced), (balanced, quality), (quality, long)] {
            assert!(less.0 < more.0 && less.1 < more.1, "{less:?} {more:?}");
        }
        for (expected, most) in [fast, balanced, quality, long] {
            assert!(MicroUsd::ZERO < expected && expected < most);
        }
    }

    #[test]
    fn searches_count_where_somebody_can_be_asked() {
        let with = of(&json!({}), Some(MicroUsd::from_micros(1000))).unwrap();
        assert_eq!((with[0].phase, with[0].calls, with[0].most), (Phase::Research, 2, MicroUsd::from_micros(2000)));
        let email = of(&json!({"task_type": "email"}), Some(MicroUsd::from_micros(1000))).unwrap();
        assert_eq!(
            email.iter().map(|phase| phase.phase).collect::<Vec<_>>(),
            [Phase::Draft, Phase::Assess, Phase::Refine]
        );
    }

    #[test]
    fn a_model_that_costs_nothing_is_told_in_tokens() {
        let endpoint = CustomEndpoint {
            base_url: "http://localhost:11434/v1".to_owned(),
            model: Some("llama3.1".to_owned().try_into().unwrap()),
            price: Price::default(),
        };
        let catalogue = Catalogue::built_in().unwrap().with_custom(&endpoint);
        let custom =
            Availability { provider: "custom".to_owned().try_into().unwrap(), state: Available::Yes { models: None } };
        let routing = RoutingContext {
            catalogue: &catalogue,
            availability: &[custom],
            switched_off: &BTreeSet::new(),
            custom_price: Price::default(),
        };
        let request: TaskRequest = serde_json::from_value(json!({"topic": "How HTTP caching works"})).unwrap();
        let phases =
            estimate(&routing, (&request, &Cast::new()), None, None, "2026-11-20T12:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(total(&phases), (MicroUsd::ZERO, MicroUsd::ZERO));
        for PhaseEstimate { phase, expected_tokens, most_tokens, .. } in &phases {
            assert!(*most_tokens > 0 && expected_tokens <= most_tokens, "{phase:?}: {expected_tokens} {most_tokens}");
        }
        let draft = phases.iter().find(|one| one.phase == Phase::Draft).unwrap();
        assert!(draft.expected_tokens > 1500, "as many as the words that were asked for: {}", draft.expected_tokens);
    }

    #[test]
    fn a_model_that_cannot_be_asked_is_noted() {
        let phases = of(&json!({"quality_preference": "fast", "model": "gemini-2.5-pro"}), None).unwrap();
        assert!(phases[0].note.as_deref().is_some_and(|note| note.contains("not configured")), "{phases:?}");
    }
}
