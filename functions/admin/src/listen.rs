//! Events that are pulled by whoever listens.

use galley_domain::{kernel::ids::ListenerName, outbox::listen::ListenStore};
use galley_edge::{
    api::{HeardList, HeardView},
    http::{call::Call, error::ApiError, reply::Reply},
};
use uuid::Uuid;

use crate::{App, Deps};

impl<D: Deps> App<D> {
    pub(super) async fn listen(&self, call: &Call) -> Result<Reply, ApiError> {
        let (tenant, listener) = (&call.principal()?.tenant, call.named::<ListenerName>("listener")?);
        let after = call.query("after").map(|text| text.parse::<Uuid>());
        let after = after.transpose().map_err(|_| ApiError::invalid("after", "must be a UUID"))?;
        let heard = self.store.heard(tenant, &listener, call.limit()?, after).await?;
        Ok(Reply::json(200, &HeardList { data: heard.into_iter().map(HeardView::from).collect() }))
    }
}
