//! The models and their availability, and the estimate of a task's cost.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures_util::future;
use galley_domain::{
    agents::cast::{self, Cast, CastError},
    generation::{
        breaker::{Breaker, BreakerStore},
        estimate,
        router::RoutingContext,
        services::Researcher,
    },
    intake::known_models::KnownModels,
    kernel::{clock::Clock, ids::TenantId, usd::MicroUsd},
    models::{
        ask::{Availability, Available, LanguageModel},
        catalogue::Catalogue,
        id::ProviderId,
    },
    publishing::near::{self, Near, Sketch},
    task::request::TaskRequest,
    tenancy::{
        flags::{FlagStore, Flags},
        settings::{Settings, TenantStore},
    },
};
use galley_edge::{
    api::{
        NearView,
        models::{EstimateView, ModelList, ModelView, PhaseView, Stands},
    },
    http::{
        body,
        call::Call,
        error::{ApiError, FieldError, Problem},
        reply::Reply,
    },
};
use jiff::Timestamp;

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn list_models(&self, tenant: &TenantId) -> Result<Reply, ApiError> {
        let now = self.clock.now();
        let providers: Vec<&str> = self.catalogue.providers.keys().map(ProviderId::as_str).collect();
        let looked = future::join3(self.models.survey(), self.store.breakers(&providers), self.store.flags()).await;
        let (availability, breakers, flags) = (looked.0, looked.1?, looked.2?);
        let switched_off = Flags::new(flags).providers_off(tenant);
        let stands = |id: &ProviderId| Stands {
            found: availability.iter().find(|one| one.provider == *id).map(|one| &one.state),
            breaker_open: breakers.get(id.as_str()).is_some_and(Breaker::is_open),
            switched_off: switched_off.contains(id),
        };
        let mut data: Vec<ModelView> =
            self.catalogue.models.iter().map(|model| ModelView::of(model, stands(&model.id.provider), now)).collect();
        // A deployment's own endpoint may serve models that the catalogue does not list.
        let custom = ProviderId::custom();
        if let Some(Available::Yes { models: Some(names) }) = stands(&custom).found {
            for name in names.iter().filter_map(|name| name.clone().try_into().ok()) {
                let model = Catalogue::custom_model(name, self.custom_price);
                if self.catalogue.model(&model.id).is_none() {
                    data.push(ModelView::of(&model, stands(&custom), now));
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
        let (near, pricing) = future::join(near, self.pricing(tenant)).await;
        let (near, pricing) = (near?, pricing?);
        let cast = self.cast_of(call, &request).await?;
        match self.priced(&pricing, (request, &cast), near) {
            Some(estimate) => Ok(Reply::json(200, &estimate)),
            None => Err(ApiError::new(Problem::Unavailable).detail(self.routing(&pricing).nobody())),
        }
    }

    /// Whom a request names, as if it were accepted now. No read where it names nobody.
    async fn cast_of(&self, call: &Call, request: &TaskRequest) -> Result<Cast, ApiError> {
        let by = call.principal()?;
        let miscast = cast::miscast(&self.store, (&by.tenant, &by.subject), request).await?.into_iter();
        let miscast: Vec<FieldError> = miscast.map(|wrong| FieldError::new(wrong.field, wrong.rule)).collect();
        if !miscast.is_empty() {
            return Err(ApiError::invalid_fields(miscast));
        }
        cast::cast(&self.store, &by.tenant, request, (1, &BTreeMap::new())).await.map_err(|error| match error {
            CastError::Store(error) => error.into(),
            gone @ CastError::Gone { .. } => ApiError::new(Problem::Conflict).detail(gone.to_string()),
        })
    }

    /// What all estimates of a tenant's are made of.
    pub(super) async fn pricing(&self, tenant: &TenantId) -> Result<Pricing, ApiError> {
        let asked = future::join3(self.models.survey(), self.store.settings(tenant), self.web.price());
        let (availability, settings, search) = asked.await;
        let settings = settings?;
        // The outline generator needs no model, and costs nothing.
        let flags = if availability.is_empty() { BTreeMap::new() } else { self.store.flags().await? };
        let switched_off = Flags::new(flags).providers_off(tenant);
        Ok(Pricing { availability, settings, search, switched_off, now: self.clock.now() })
    }

    fn routing<'a>(&'a self, pricing: &'a Pricing) -> RoutingContext<'a> {
        RoutingContext {
            catalogue: &self.catalogue,
            availability: &pricing.availability,
            switched_off: &pricing.switched_off,
            custom_price: self.custom_price,
        }
    }

    /// What a task would cost. `None`: no model can be asked.
    pub(super) fn priced(
        &self,
        pricing: &Pricing,
        (request, cast): (TaskRequest, &Cast),
        near: Vec<Near>,
    ) -> Option<EstimateView> {
        let Pricing { availability, settings, search, now, .. } = pricing;
        let language = request.language.or(settings.policy.language).unwrap_or_default();
        let request = TaskRequest { language: Some(language), ..request };
        let caps = settings.limits.caps(self.caps);
        let cap = request.max_cost_usd.map_or(caps.task, |cap| cap.amount().min(caps.task));
        let phases = if availability.is_empty() {
            Vec::new()
        } else {
            estimate::estimate(&self.routing(pricing), (&request, cast), settings.policy.assessment, *search, *now)?
        };
        let phases = phases.into_iter().map(PhaseView::from).collect();
        let near = near.into_iter().map(NearView::from).collect();
        Some(EstimateView { near, ..EstimateView::of(&request, phases, cap) })
    }
}

/// The models that can be asked at this moment, and what the tenant has set.
pub(super) struct Pricing {
    availability: Vec<Availability>,
    settings: Settings,
    search: Option<MicroUsd>,
    switched_off: BTreeSet<ProviderId>,
    now: Timestamp,
}
