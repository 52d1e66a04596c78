//! Which models there are, whose they are, what they can do and what they cost. A file, `models.json`, is built in; a
//! deployment may bring its own in its place.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{literals, usd::MicroUsd},
    models::{
        id::{ModelId, ModelName, ProviderId},
        phase::{Phase, QualityPreference},
        price::Price,
    },
};

const BUILT_IN: &str = include_str!("../../models.json");

/// How a provider is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// `POST {base}/chat/completions`, as OpenAI, Ollama, vLLM, llama.cpp, LM Studio and many others serve it.
    OpenAi,
    /// `POST {base}/messages`.
    Anthropic,
    /// `POST {base}/models/{model}:generateContent`.
    Gemini,
    /// The Converse operation of Amazon Bedrock's runtime.
    Bedrock,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    pub protocol: Protocol,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Not asked at all without one.
    #[serde(default)]
    pub needs_key: bool,
}

/// A service that is paid by the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub base_url: String,
    pub usd_per_request: MicroUsd,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serper: Option<Service>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pexels: Option<Service>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Answers in a shape that is asked for.
    JsonSchema,
    /// Takes a temperature.
    Temperature,
    /// Thinks before it answers, and is paid for that.
    Reasoning,
}

/// What a model costs from a day on: dollars for a million tokens, and where that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedPrice {
    pub effective: Date,
    pub input: MicroUsd,
    pub output: MicroUsd,
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub id: ModelId,
    pub context_tokens: u64,
    pub max_output_tokens: u64,
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    pub prices: Vec<DatedPrice>,
}

impl Model {
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// What is in force on the day of `now`; before the first day, the first price.
    pub fn price(&self, now: Timestamp) -> Price {
        let today = now.to_zoned(TimeZone::UTC).date();
        let mut prices: Vec<&DatedPrice> = self.prices.iter().collect();
        prices.sort_by_key(|price| price.effective);
        let in_force = prices.iter().rev().find(|price| price.effective <= today).or(prices.first());
        in_force.map_or_else(Price::default, |price| Price { input: price.input, output: price.output })
    }
}

/// Which models are asked first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    pub usual: Vec<ModelId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_phase: BTreeMap<Phase, Vec<ModelId>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub providers: BTreeMap<ProviderId, Provider>,
    #[serde(default)]
    pub services: Services,
    pub models: Vec<Model>,
    pub routes: BTreeMap<QualityPreference, Preference>,
}

#[derive(Debug, thiserror::Error)]
pub enum InvalidCatalogue {
    #[error("the catalogue of models cannot be read")]
    Json(#[from] serde_json::Error),
    #[error("the catalogue's model {0} has no provider in it")]
    NoProvider(ModelId),
    #[error("the catalogue's model {0} has no price")]
    NoPrice(ModelId),
    #[error("the catalogue's routes name {0}, which is no model of it")]
    NoModel(ModelId),
    #[error("the number {0} would be read as another one")]
    OutOfRange(String),
}

/// The one endpoint that a deployment names by its settings.
#[derive(Clone, Debug)]
pub struct CustomEndpoint {
    pub base_url: String,
    /// Which model to ask for. `None`: the first that the endpoint says it serves.
    pub model: Option<ModelName>,
    pub price: Price,
}

/// Nothing is known of these, so the usual is taken for true.
const CUSTOM_CONTEXT: u64 = 32_768;
const CUSTOM_OUTPUT: u64 = 16_384;

impl Catalogue {
    /// # Errors
    /// When it is not JSON of this shape, or names what it does not have.
    pub fn read(json: &str) -> Result<Self, InvalidCatalogue> {
        // A price that is too small for a number must not make a model free.
        if let Some(number) = literals::out_of_range(json).next() {
            return Err(InvalidCatalogue::OutOfRange(number.to_owned()));
        }
        let catalogue: Self = serde_json::from_str(json)?;
        for model in &catalogue.models {
            if !catalogue.providers.contains_key(&model.id.provider) {
                return Err(InvalidCatalogue::NoProvider(model.id.clone()));
            }
            if model.prices.is_empty() {
                return Err(InvalidCatalogue::NoPrice(model.id.clone()));
            }
        }
        let routed =
            catalogue.routes.values().flat_map(|route| route.usual.iter().chain(route.by_phase.values().flatten()));
        match routed.into_iter().find(|id| catalogue.model(id).is_none()) {
            Some(unknown) => Err(InvalidCatalogue::NoModel(unknown.clone())),
            None => Ok(catalogue),
        }
    }

    /// # Errors
    /// Never, which a test holds.
    pub fn built_in() -> Result<Self, InvalidCatalogue> {
        Self::read(BUILT_IN)
    }

    pub fn model(&self, id: &ModelId) -> Option<&Model> {
        self.models.iter().find(|model| model.id == *id)
    }

    /// What a client may call a model: `provider/name`, or the name alone where only one provider has it or the
    /// deployment's own endpoint does.
    pub fn named(&self, name: &ModelName) -> Option<&Model> {
        let mut by_name = self.models.iter().filter(|model| model.id.name == *name);
        let exact = self.models.iter().find(|model| model.id.to_string() == name.as_str());
        let own = || by_name.clone().find(|model| model.id.provider == ProviderId::custom());
        exact.or_else(own).or_else(|| by_name.next().filter(|_| by_name.next().is_none()))
    }

    /// Whether a client may ask for this: a model of ours, or any that a deployment's own endpoint may serve.
    pub fn admits(&self, name: &ModelName) -> bool {
        self.named(name).is_some() || name.as_str().starts_with("custom/")
    }

    /// With the endpoint that a deployment names, which then is asked before all others.
    #[must_use]
    pub fn with_custom(mut self, endpoint: &CustomEndpoint) -> Self {
        let custom =
            Provider { protocol: Protocol::OpenAi, base_url: Some(endpoint.base_url.clone()), needs_key: false };
        self.providers.insert(ProviderId::custom(), custom);
        if let Some(name) = &endpoint.model {
            let model = Self::custom_model(name.clone(), endpoint.price);
            for preference in QualityPreference::ALL {
                let route = self.routes.entry(*preference).or_default();
                route.usual.insert(0, model.id.clone());
                for phase in route.by_phase.values_mut() {
                    phase.insert(0, model.id.clone());
                }
            }
            self.models.push(model);
        }
        self
    }

    /// A model of the deployment's own endpoint.
    pub fn custom_model(name: ModelName, price: Price) -> Model {
        Model {
            id: ModelId { provider: ProviderId::custom(), name },
            context_tokens: CUSTOM_CONTEXT,
            max_output_tokens: CUSTOM_OUTPUT,
            capabilities: vec![Capability::JsonSchema, Capability::Temperature],
            prices: vec![DatedPrice {
                effective: Date::ZERO,
                input: price.input,
                output: price.output,
                source: "the deployment's settings".to_owned(),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(text: &str) -> ModelName {
        text.to_owned().try_into().unwrap()
    }

    fn with(change: impl FnOnce(&mut serde_json::Value)) -> Result<Catalogue, InvalidCatalogue> {
        let mut json: serde_json::Value = serde_json::from_str(BUILT_IN).unwrap();
        change(&mut json);
        Catalogue::read(&json.to_string())
    }

    #[test]
    fn what_names_something_unknown_is_refused() {
        assert!(matches!(Catalogue::read("[]"), Err(InvalidCatalogue::Json(_))));
        let no_provider = with(|json| json["models"][0]["id"] = json!("nobody/m"));
        assert!(matches!(no_provider, Err(InvalidCatalogue::NoProvider(_))));
        let no_price = with(|json| json["models"][0]["prices"] = json!([]));
        assert!(matches!(no_price, Err(InvalidCatalogue::NoPrice(_))));
        let no_model = with(|json| json["routes"]["fast"]["usual"] = json!(["openai/gpt-0"]));
        assert!(matches!(no_model, Err(InvalidCatalogue::NoModel(_))));
        assert!(matches!(with(|json| json["models"][0]["free"] = json!(true)), Err(InvalidCatalogue::Json(_))));
    }

    #[test]
    fn a_price_too_small_for_a_number_makes_no_model_free() {
        let text = BUILT_IN.replacen("\"1.25\"", "1e-400", 1);
        assert!(matches!(Catalogue::read(&text), Err(InvalidCatalogue::OutOfRange(number)) if number == "1e-400"));
    }

    #[test]
    fn the_built_in_one_reads_and_routes_every_preference() {
        let catalogue = Catalogue::built_in().unwrap();
        for preference in QualityPreference::ALL {
            assert!(!catalogue.routes[preference].usual.is_empty(), "{preference:?}");
        }
        for model in &catalogue.models {
            assert!(model.prices.iter().all(|price| price.source.starts_with("https://")), "{}", model.id);
        }
    }

    #[test]
    fn a_model_is_found_by_its_id_and_by_its_name_where_that_is_enough() {
        let catalogue = Catalogue::built_in().unwrap();
        assert!(catalogue.named(&name("openai/gpt-5")).is_some() && catalogue.named(&name("gpt-5")).is_some());
        assert!(catalogue.named(&name("huggingface/openai/gpt-oss-120b")).is_some());
        assert!(!catalogue.admits(&name("gpt-0")));
        assert!(catalogue.admits(&name("custom/qwen3:8b")));
        let twice = with(|json| {
            let mut second = json["models"][0].clone();
            second["id"] = json!("huggingface/gpt-5");
            json["models"].as_array_mut().unwrap().push(second);
        });
        assert!(twice.unwrap().named(&name("gpt-5")).is_none(), "whose would it be?");
    }

    #[test]
    fn a_price_is_that_of_the_day() {
        let catalogue = with(|json| {
            let next = json!({"effective": "2026-06-01", "input": "9", "output": "9", "source": "https://example.com"});
            json["models"][0]["prices"].as_array_mut().unwrap().insert(0, next);
        });
        let model = catalogue.unwrap().models.remove(0);
        let on = |day: &str| model.price(format!("{day}T12:00:00Z").parse().unwrap()).input.to_string();
        assert_eq!(
            (on("2025-01-01"), on("2026-05-31"), on("2026-06-01")),
            ("1.25".into(), "1.25".into(), "9.00".into())
        );
    }

    #[test]
    fn a_deployments_own_endpoint_comes_first() {
        let endpoint = CustomEndpoint {
            base_url: "http://localhost:11434/v1".to_owned(),
            model: Some(name("llama3.1")),
            price: Price::default(),
        };
        let catalogue = Catalogue::built_in().unwrap().with_custom(&endpoint);
        for route in catalogue.routes.values() {
            assert_eq!(route.usual[0].to_string(), "custom/llama3.1");
        }
        assert!(catalogue.named(&name("llama3.1")).is_some());
        let same = CustomEndpoint { model: Some(name("gpt-5")), ..endpoint };
        let catalogue = Catalogue::built_in().unwrap().with_custom(&same);
        assert_eq!(catalogue.named(&name("gpt-5")).unwrap().id.to_string(), "custom/gpt-5");
    }
}
