//! Which model a phase asks, and whom it asks next when that one cannot. Pure: what is available is told to it.

use std::collections::BTreeSet;

use crate::{
    models::{
        ask::{Availability, Available},
        catalogue::{Catalogue, Model},
        id::{ModelId, ModelName, ProviderId},
        phase::Phase,
        price::Price,
    },
    task::request::TaskRequest,
};

/// Whom to ask for one phase, the best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub candidates: Vec<Model>,
    pub asked: Option<ModelName>,
    /// Why the model that was asked for is not the first, when it is not.
    pub instead: Option<String>,
}

/// What the router goes by.
#[derive(Clone, Copy, Debug)]
pub struct RoutingContext<'a> {
    pub catalogue: &'a Catalogue,
    /// Of the providers that are configured at all.
    pub availability: &'a [Availability],
    /// Providers that an operator has switched off.
    pub switched_off: &'a BTreeSet<ProviderId>,
    /// For models that a deployment's own endpoint serves without being in the catalogue.
    pub custom_price: Price,
}

impl RoutingContext<'_> {
    /// Whom a phase asks. No candidate: nobody can be asked now.
    ///
    /// `not_first` is the model that wrote what is to be judged: another judges it where there is another.
    pub fn route(&self, phase: Phase, request: &TaskRequest, not_first: Option<&ModelId>) -> Route {
        let asked = request.models_by_phase.get(&phase).or(request.model.as_ref());
        let preferred = self.preferred(phase, request);
        let (mut candidates, instead) = match asked.map(|name| self.resolve(name)) {
            None => (Vec::new(), None),
            Some(Ok(model)) => (vec![model], None),
            Some(Err(reason)) => (Vec::new(), Some(reason)),
        };
        let named = !candidates.is_empty();
        for model in preferred {
            if !candidates.iter().any(|known: &Model| known.id == model.id) {
                candidates.push(model);
            }
        }
        if !named && let Some(writer) = not_first {
            // Stable: the others keep their order.
            candidates.sort_by_key(|model| model.id == *writer);
        }
        Route { candidates, asked: asked.cloned(), instead }
    }

    /// Why a route has no candidate, for an operator.
    pub fn nobody(&self) -> &'static str {
        let unnamed = |one: &Availability| {
            one.provider == ProviderId::custom() && matches!(one.state, Available::Yes { models: None })
        };
        if self.availability.iter().any(unnamed) {
            "the deployment's own endpoint does not list its models, so its setting LlmModel must name one"
        } else {
            "no model can be asked now"
        }
    }

    fn preferred(&self, phase: Phase, request: &TaskRequest) -> Vec<Model> {
        let route = self.catalogue.routes.get(&request.quality_preference);
        let ids = route.map(|route| route.by_phase.get(&phase).unwrap_or(&route.usual).as_slice()).unwrap_or_default();
        let known = ids.iter().filter_map(|id| self.catalogue.model(id)).filter(|model| self.serves(&model.id).is_ok());
        let routed: Vec<Model> = known.cloned().collect();
        // An endpoint without a configured model is asked for the first that it serves.
        let own =
            self.first_of_custom().filter(|model| !routed.iter().any(|known| known.id.provider == model.id.provider));
        own.into_iter().chain(routed).collect()
    }

    fn first_of_custom(&self) -> Option<Model> {
        let custom = ProviderId::custom();
        if self.switched_off.contains(&custom) {
            return None;
        }
        let found = self.availability.iter().find(|one| one.provider == custom)?;
        let Available::Yes { models: Some(models) } = &found.state else { return None };
        let name: ModelName = models.first()?.clone().try_into().ok()?;
        Some(Catalogue::custom_model(name, self.custom_price))
    }

    /// The model that a client calls `name`, if it can be asked.
    fn resolve(&self, name: &ModelName) -> Result<Model, String> {
        let custom = || {
            let own: ModelName = name.as_str().strip_prefix("custom/")?.to_owned().try_into().ok()?;
            Some(Catalogue::custom_model(own, self.custom_price))
        };
        let model = self.catalogue.named(name).cloned().or_else(custom);
        let model = model.ok_or_else(|| format!("{} is no model of the catalogue", name.as_str()))?;
        self.serves(&model.id).map(|()| model)
    }

    /// Whether a model's provider can be asked for it, else why not.
    fn serves(&self, id: &ModelId) -> Result<(), String> {
        let provider = &id.provider;
        if self.switched_off.contains(provider) {
            return Err(format!("the provider {provider} is switched off"));
        }
        let Some(found) = self.availability.iter().find(|one| one.provider == *provider) else {
            return Err(format!("the provider {provider} is not configured"));
        };
        match &found.state {
            Available::No { reason } => Err(format!("the provider {provider} is not available: {reason}")),
            // A provider's list may name dated versions of what it also serves under a shorter name, so only an endpoint
            // of the deployment's own is held to what it says.
            // What the deployment itself names it is asked for, whatever the list says: it may be an alias.
            Available::Yes { models: Some(models) }
                if *provider == ProviderId::custom() && self.catalogue.model(id).is_none() =>
            {
                // Ollama lists `llama3.1:latest` and serves it as `llama3.1` too.
                let is_it = |model: &String| model.strip_suffix(":latest").unwrap_or(model) == id.name.as_str();
                if models.iter().any(|model| model == id.name.as_str() || is_it(model)) {
                    Ok(())
                } else {
                    Err(format!("the endpoint does not serve {}", id.name.as_str()))
                }
            }
            Available::Yes { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::models::catalogue::CustomEndpoint;

    fn up(provider: &str, models: Option<&[&str]>) -> Availability {
        let models = models.map(|models| models.iter().map(|model| (*model).to_owned()).collect());
        Availability { provider: provider.to_owned().try_into().unwrap(), state: Available::Yes { models } }
    }

    fn down(provider: &str) -> Availability {
        let state = Available::No { reason: "no answer".to_owned() };
        Availability { provider: provider.to_owned().try_into().unwrap(), state }
    }

    fn request(fields: &serde_json::Value) -> TaskRequest {
        let mut body = json!({"topic": "How HTTP caching works"});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn an_operator_is_told_why_nobody_can_be_asked() {
        let catalogue = Catalogue::built_in().unwrap();
        let nobody = |availability: &[Availability]| {
            let switched_off = BTreeSet::new();
            let custom_price = Price::default();
            RoutingContext { catalogue: &catalogue, availability, switched_off: &switched_off, custom_price }.nobody()
        };
        assert!(nobody(&[up("custom", None)]).contains("LlmModel"));
        assert!(!nobody(&[up("custom", Some(&["llama3.1"])), down("openai")]).contains("LlmModel"));
    }

    #[expect(clippy::needless_pass_by_value, reason = "so that the tests can write the fields in place")]
    fn route(availability: &[Availability], off: &[&str], phase: Phase, fields: serde_json::Value) -> Route {
        let catalogue = Catalogue::built_in().unwrap();
        let switched_off = off.iter().map(|name| (*name).to_owned().try_into().unwrap()).collect();
        let routing = RoutingContext {
            catalogue: &catalogue,
            availability,
            switched_off: &switched_off,
            custom_price: Price::default(),
        };
        routing.route(phase, &request(&fields), None)
    }

    fn ids(route: &Route) -> Vec<String> {
        route.candidates.iter().map(|model| model.id.to_string()).collect()
    }

    #[test]
    fn without_a_provider_nobody_is_asked() {
        assert!(route(&[], &[], Phase::Draft, json!({})).candidates.is_empty());
        assert!(route(&[down("openai")], &[], Phase::Draft, json!({})).candidates.is_empty());
        assert!(route(&[up("openai", None)], &["openai"], Phase::Draft, json!({})).candidates.is_empty());
    }

    #[test]
    fn the_preference_and_the_phase_choose_among_the_configured() {
        let both = [up("openai", None), up("anthropic", None)];
        assert_eq!(ids(&route(&both, &[], Phase::Draft, json!({})))[0], "openai/gpt-5-mini");
        let quality = json!({"quality_preference": "quality"});
        assert_eq!(ids(&route(&both, &[], Phase::Draft, quality.clone()))[0], "anthropic/claude-sonnet-4-5");
        assert_eq!(ids(&route(&both, &[], Phase::Outline, quality))[0], "openai/gpt-5-mini");
    }

    #[test]
    fn the_model_that_was_asked_for_comes_first_or_it_is_said_why_not() {
        let both = [up("openai", None), up("anthropic", None)];
        let asked = route(&both, &[], Phase::Draft, json!({"model": "claude-opus-4-5"}));
        assert_eq!((ids(&asked)[0].as_str(), asked.instead), ("anthropic/claude-opus-4-5", None));
        let by_phase = json!({"model": "gpt-5", "models_by_phase": {"refine": "claude-opus-4-5"}});
        assert_eq!(ids(&route(&both, &[], Phase::Refine, by_phase))[0], "anthropic/claude-opus-4-5");
        for (availability, off, reason) in [
            (vec![up("openai", None)], vec![], "not configured"),
            (vec![up("openai", None), down("anthropic")], vec![], "no answer"),
            (both.to_vec(), vec!["anthropic"], "switched off"),
        ] {
            let other = route(&availability, &off, Phase::Draft, json!({"model": "claude-opus-4-5"}));
            assert_eq!(ids(&other)[0], "openai/gpt-5-mini");
            assert!(other.instead.as_deref().unwrap().contains(reason), "{:?}", other.instead);
        }
    }

    #[test]
    fn another_model_judges_where_there_is_another() {
        let catalogue = Catalogue::built_in().unwrap();
        let routing = |availability: &[Availability]| {
            let routing = RoutingContext {
                catalogue: &catalogue,
                availability,
                switched_off: &BTreeSet::new(),
                custom_price: Price::default(),
            };
            let writer = "openai/gpt-5-mini".to_owned().try_into().unwrap();
            ids(&routing.route(Phase::Assess, &request(&json!({})), Some(&writer)))
        };
        assert_eq!(routing(&[up("openai", None), up("google", None)])[0], "google/gemini-2.5-flash");
        assert_eq!(routing(&[up("openai", None)])[0], "openai/gpt-5-mini");
    }

    #[test]
    fn the_model_that_a_deployment_names_is_asked_for_whatever_its_endpoint_lists() {
        let model = Some("alias".to_owned().try_into().unwrap());
        let endpoint = CustomEndpoint { base_url: "http://localhost:1/v1".to_owned(), model, price: Price::default() };
        let catalogue = Catalogue::built_in().unwrap().with_custom(&endpoint);
        let routing = RoutingContext {
            catalogue: &catalogue,
            availability: &[up("custom", Some(&["the-real-name"]))],
            switched_off: &BTreeSet::new(),
            custom_price: Price::default(),
        };
        let route = routing.route(Phase::Draft, &request(&json!({"model": "alias"})), None);
        assert_eq!((ids(&route), route.instead), (vec!["custom/alias".to_owned()], None));
    }

    #[test]
    fn an_endpoint_of_ones_own_serves_what_it_says() {
        let endpoint =
            CustomEndpoint { base_url: "http://localhost:1/v1".to_owned(), model: None, price: Price::default() };
        let catalogue = Catalogue::built_in().unwrap().with_custom(&endpoint);
        let availability = [up("custom", Some(&["qwen3:8b", "llama3.1"])), up("openai", None)];
        let routing = RoutingContext {
            catalogue: &catalogue,
            availability: &availability,
            switched_off: &BTreeSet::new(),
            custom_price: Price::default(),
        };
        let first = |fields| ids(&routing.route(Phase::Draft, &request(&fields), None))[0].clone();
        assert_eq!(first(json!({})), "custom/qwen3:8b");
        assert_eq!(first(json!({"model": "custom/llama3.1"})), "custom/llama3.1");
        let missing = routing.route(Phase::Draft, &request(&json!({"model": "custom/other"})), None);
        assert!(missing.instead.is_some_and(|why| why.contains("does not serve other")));
    }
}
