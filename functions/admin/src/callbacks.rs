//! What a tenant's events are signed with.

use galley_domain::{outbox::deliver, secrets::store::Secrets};
use galley_edge::{
    api::CallbackSecretView,
    http::{call::Call, error::ApiError, reply::Reply},
};

#[derive(Debug)]
pub struct Callbacks<X> {
    pub secrets: X,
    pub secret_id: String,
}

impl<X: Secrets> Callbacks<X> {
    /// It may be shown again and again: it opens nothing of ours.
    pub(super) async fn secret(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let keys = deliver::signing_keys(&self.secrets, &self.secret_id, tenant).await;
        let mut keys = keys.map_err(|error| ApiError::unavailable(&error))?.into_iter();
        let secret = keys.next().ok_or_else(|| ApiError::internal("the callback secret has no value"))?;
        Ok(Reply::json(200, &CallbackSecretView { secret, previous: keys.next() }))
    }
}
