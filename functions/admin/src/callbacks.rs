//! The secret that a tenant's events are signed with.

use galley_domain::outbox::deliver;
use galley_edge::{
    api::CallbackSecretView,
    http::{call::Call, error::ApiError, reply::Reply},
};

use crate::{App, Deps};

impl<D: Deps> App<D> {
    /// May be shown more than once: it gives no access to Galley.
    pub(super) async fn show_callback_secret(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let keys = deliver::signing_keys(&self.secrets, &self.callback_secret, tenant).await;
        let mut keys = keys?.into_iter();
        let secret = keys.next().ok_or_else(|| ApiError::internal("the callback secret has no value"))?;
        Ok(Reply::json(200, &CallbackSecretView { secret, previous: keys.next() }))
    }
}
