//! The calendar, with what the occurrences to come will cost: each schedule's task is priced as an estimate prices one.

use futures_util::future;
use galley_domain::{
    agents::cast::Cast,
    generation::{estimate, router::RoutingContext, services::Researcher},
    kernel::clock::Clock,
    models::ask::LanguageModel,
    plans::{
        calendar::{self, Estimated},
        span::{self, Span},
    },
    schedule::zone::Zone,
    task::request::TaskRequest,
    tenancy::{
        flags::{FlagStore, Flags},
        settings::TenantStore,
    },
};
use galley_edge::{
    api::CalendarView,
    http::{call::Call, error::ApiError, reply::Reply},
};
use jiff::{Timestamp, ToSpan};

use crate::{App, Deps, costs::day};

/// How far a calendar reaches that says no end.
const USUAL_DAYS: i64 = 30;

/// The days that are asked for.
fn asked(call: &Call, now: Timestamp) -> Result<Span, ApiError> {
    let zone = call.query("zone").unwrap_or_else(|| "UTC".to_owned());
    let zone = Zone::try_from(zone).map_err(|rule| ApiError::invalid("zone", rule.to_string()))?;
    let from = day(call, "from")?.unwrap_or_else(|| zone.day_of(now));
    let to = day(call, "to")?.unwrap_or_else(|| from.saturating_add(USUAL_DAYS.days()));
    let span = Span::new(from, to, zone)
        .ok_or_else(|| ApiError::invalid("to", "must not be before from, nor 92 days or more after it"))?;
    if span.is_within_reach(now) { Ok(span) } else { Err(ApiError::invalid("from", "must be at most 5 years ahead")) }
}

impl<D: Deps> App<D> {
    pub(super) async fn calendar(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, now) = (&call.principal()?.tenant, self.clock.now());
        let span = asked(call, now)?;
        let found = span::gather(&self.store, tenant, &span, now);
        let asked =
            future::join4(self.models.survey(), self.store.settings(tenant), self.web.price(), self.store.flags());
        let (found, (availability, settings, search, flags)) = future::join(found, asked).await;
        let (settings, switched_off) = (settings?, Flags::new(flags?).providers_off(tenant));
        let routing = RoutingContext {
            catalogue: &self.catalogue,
            availability: &availability,
            switched_off: &switched_off,
            custom_price: self.custom_price,
        };
        let cap = settings.limits.caps(self.caps).task;
        let price = |request: &TaskRequest| {
            if availability.is_empty() {
                // The outline generator, which costs nothing.
                return Some(Estimated::default());
            }
            let language = request.language.or(settings.policy.language).unwrap_or_default();
            let request = TaskRequest { language: Some(language), ..request.clone() };
            let phases =
                estimate::estimate(&routing, (&request, &Cast::new()), settings.policy.assessment, search, now)?;
            let expected = phases.iter().map(|phase| phase.expected).sum();
            let most = phases.iter().map(|phase| phase.most).sum();
            Some(Estimated { expected, most: cap.min(most) })
        };
        let calendar = calendar::arrange(found?, &span, now, price);
        Ok(Reply::json(200, &CalendarView::of(&span, calendar)).compressible())
    }
}
