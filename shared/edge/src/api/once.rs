//! What is kept of the answers of administration, for a replay: never a secret. Where the first answer showed one, the replay
//! says that it did.

use galley_domain::{
    access::keys::StoredKey,
    idempotency::claim::SavedResponse,
    outbox::{deliver::Delivery, placement::Placement, target::Target},
    privacy::jobs::Job,
    webhooks::source::Source,
};

use super::{
    admin::{JobView, MadeKeyView, SourceSecretView},
    delivery::DeliveryView,
    saved::saved,
    target::{PlacementView, TargetView},
};

fn at(location: String, answer: SavedResponse) -> SavedResponse {
    SavedResponse { location: Some(location), ..answer }
}

pub fn made_key(key: &StoredKey) -> SavedResponse {
    at(format!("/api/admin/keys/{}", key.id), saved(201, &MadeKeyView::shown_before(key.clone())))
}

pub fn made_source(source: &Source) -> SavedResponse {
    let location = format!("/api/admin/webhook-sources/{}", source.id());
    at(location, saved(201, &SourceSecretView::shown_before(source.clone())))
}

pub fn rotated(source: &Source) -> SavedResponse {
    saved(200, &SourceSecretView::shown_before(source.clone()))
}

pub fn accepted(job: &Job) -> SavedResponse {
    at(format!("/api/privacy/jobs/{}", job.id), saved(202, &JobView::from(job.clone())))
}

pub fn redelivered(delivery: &Delivery) -> SavedResponse {
    saved(202, &DeliveryView::from(delivery.clone()))
}

pub fn made_target(target: &Target) -> SavedResponse {
    at(format!("/api/admin/targets/{}", target.name), saved(201, &TargetView::from(target.clone())))
}

pub fn replaced(placement: &Placement) -> SavedResponse {
    saved(202, &PlacementView::from(placement.clone()))
}
