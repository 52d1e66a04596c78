//! Which models a client may name. Asked only when one is named, so that what is not asked costs no start.

use std::sync::{Arc, LazyLock};

use crate::{
    models::{catalogue::Catalogue, id::ModelName},
    task::request::TaskRequest,
};

static BUILT_IN: LazyLock<Option<Catalogue>> = LazyLock::new(|| Catalogue::built_in().ok());

#[derive(Clone, Debug, Default)]
pub struct KnownModels {
    /// A deployment's own catalogue, in place of the built-in one.
    pub catalogue: Option<Arc<Catalogue>>,
    /// The model of the deployment's own endpoint.
    pub endpoint: Option<ModelName>,
}

impl KnownModels {
    /// Whether it is one that can be asked.
    pub fn admits(&self, name: &ModelName) -> bool {
        let catalogue = self.catalogue.as_deref().or(BUILT_IN.as_ref());
        self.endpoint.as_ref() == Some(name) || catalogue.is_some_and(|catalogue| catalogue.admits(name))
    }

    /// Everybody who may be asked for something, whether configured or not.
    pub fn providers(&self) -> Vec<String> {
        let catalogue = self.catalogue.as_deref().or(BUILT_IN.as_ref());
        let models = catalogue.into_iter().flat_map(|catalogue| catalogue.providers.keys().map(ToString::to_string));
        models.chain(["custom", "serper", "pexels"].map(str::to_owned)).collect()
    }

    /// The fields of a request that name a model which nobody here knows.
    pub fn unknown(&self, request: &TaskRequest) -> Vec<String> {
        let whole = request.model.iter().map(|name| ("model".to_owned(), name));
        let phases = request.models_by_phase.iter();
        let all = whole.chain(phases.map(|(phase, name)| (format!("models_by_phase.{}", phase.name()), name)));
        all.filter(|(_, name)| !self.admits(name)).map(|(field, _)| field).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_can_be_asked_may_be_named() {
        let request: TaskRequest = serde_json::from_value(json!({
            "topic": "How HTTP caching works", "model": "llama3.1",
            "models_by_phase": {"draft": "gpt-5", "assess": "gpt-0", "refine": "custom/any"},
        }))
        .unwrap();
        assert_eq!(KnownModels::default().unknown(&request), ["model", "models_by_phase.assess"]);
        let endpoint = Some("llama3.1".to_owned().try_into().unwrap());
        assert_eq!(KnownModels { endpoint, catalogue: None }.unknown(&request), ["models_by_phase.assess"]);
    }
}
