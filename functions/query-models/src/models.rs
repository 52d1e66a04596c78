//! The models and their availability, and the estimate of a task's cost.

use std::sync::Arc;

use futures_util::future;
use galley_domain::{
    generation::{
        breaker::{Breaker, BreakerStore},
        estimate,
        router::RoutingContext,
        services::Researcher,
    },
    intake::known_models::KnownModels,
    kernel::clock::Clock,
    models::{
        ask::{Available, LanguageModel},
        catalogue::Catalogue,
        id::ProviderId,
    },
    publishing::near::{self, Sketch},
    task::request::TaskRequest,
    tenancy::{
        flags::{FlagStore, Flags},
        settings::TenantStore,
    },
};
use galley_edge::{
    api::{
        NearView,
        models::{EstimateView, ModelList, ModelView, PhaseView},
    },
    http::{
        body,
        call::Call,
        error::{ApiError, FieldError, Problem},
        reply::Reply,
    },
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn list_models(&self) -> Result<Reply, ApiError> {
        let now = self.clock.now();
        let availability = self.models.survey().await;
        let providers: Vec<&str> = self.catalogue.providers.keys().map(ProviderId::as_str).collect();
        let breakers = self.store.breakers(&providers).await?;
        let is_open = |id: &ProviderId| breakers.get(id.as_str()).is_some_and(Breaker::is_open);
        let state = |id: &ProviderId| availability.iter().find(|one| one.provider == *id).map(|one| &one.state);
        let mut data: Vec<ModelView> = self
            .catalogue
            .models
            .iter()
            .map(|model| ModelView::of(model, state(&model.id.provider), is_open(&model.id.provider), now))
            .collect();
        // A deployment's own endpoint may serve models that the catalogue does not list.
        let custom = ProviderId::custom();
        if let Some(Available::Yes { models: Some(names) }) = state(&custom) {
            for name in names.iter().filter_map(|name| name.clone().try_into().ok()) {
                let model = Catalogue::custom_model(name, self.custom_price);
                if self.catalogue.model(&model.id).is_none() {
                    data.push(ModelView::of(&model, state(&custom), is_open(&custom), now));
                }
            }
        }
        Ok(Reply::json(200, &ModelList { data }).compressible())
    }

    pub(super) async fn estimate(&self, call: &Call) -> Result<Reply, ApiError> {
        let request: TaskRequest = body::parse(call.json_bytes()?)?;
        let known = KnownModels { catalogue: Some(Arc::clone(&self.catalogue)), endpoint: None };
        let unknown = known.unknown(&request).into_iter();
        let unknown: Vec<FieldError> =
            unknown.map(|field| FieldError { field, message: "must be a known model".to_owned() }).collect();
        if !unknown.is_empty() {
            return Err(ApiError::invalid_fields(unknown));
        }
        let tenant = &call.principal()?.tenant;
        // In which language the topic is, the request says, or it is read as English: only small words depend on it.
        let subject = Sketch::of_subject(request.topic.as_str(), &request.language());
        let near = near::before_asking(&self.store, tenant, subject);
        let asked = future::join3(self.models.survey(), self.store.settings(tenant), self.web.price());
        let (near, (availability, settings, search)) = future::join(near, asked).await;
        let (near, settings) = (near?.into_iter().map(NearView::from).collect(), settings?);
        let language = request.language.or(settings.policy.language).unwrap_or_default();
        let request = TaskRequest { language: Some(language), ..request };
        let caps = settings.limits.caps(self.caps);
        let cap = request.max_cost_usd.map_or(caps.task, |cap| cap.amount().min(caps.task));
        if availability.is_empty() {
            // The outline generator, which costs nothing.
            return Ok(Reply::json(200, &EstimateView { near, ..EstimateView::of(&request, Vec::new(), cap) }));
        }
        let flags = self.store.flags().await?;
        let switched_off = Flags::new(flags).providers_off(tenant);
        let routing = RoutingContext {
            catalogue: &self.catalogue,
            availability: &availability,
            switched_off: &switched_off,
            custom_price: self.custom_price,
        };
        let method = settings.policy.assessment;
        let phases = estimate::estimate(&routing, &request, method, search, self.clock.now());
        let phases = phases.ok_or_else(|| ApiError::new(Problem::Unavailable).detail(routing.nobody()))?;
        let phases = phases.into_iter().map(PhaseView::from).collect();
        Ok(Reply::json(200, &EstimateView { near, ..EstimateView::of(&request, phases, cap) }))
    }
}
