//! Sign-ins that have begun, and sessions.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use galley_domain::{
    access::sign_in::{Begun, Session, SessionStore},
    kernel::{error::StoreError, ids::SessionId},
};
use jiff::Timestamp;

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, n, s, ttl},
    keys,
    table::Table,
};

const REFRESH: &str = "SET refresh = :next";
const IS_PRESENT: &str = "refresh = :present AND ended = :no AND expires_ms > :now";
const END: &str = "SET ended = :yes";
const KNOWN: &str = "attribute_exists(pk)";

impl SessionStore for Table {
    async fn keep_begun(&self, state: &str, begun: &Begun) -> Result<(), StoreError> {
        let mut item = items::item_at(keys::begun(state), "sign-in", begun)?;
        item.insert("ttl".into(), ttl(begun.expires_at, 1));
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.map_err(unavailable)?;
        Ok(())
    }

    async fn take_begun(&self, state: &str) -> Result<Option<Begun>, StoreError> {
        let taken = self.delete(keys::begun(state)).return_values(ReturnValue::AllOld).send().await;
        let taken = taken.map_err(unavailable)?;
        taken.attributes.map(|item| items::from_item("sign-in", item)).transpose()
    }

    async fn start_session(&self, session: &Session) -> Result<(), StoreError> {
        let mut item = items::item_at(keys::session(&session.id), "session", session)?;
        item.insert("expires_ms".into(), n(session.expires_at.as_millisecond()));
        item.insert("ttl".into(), ttl(session.expires_at, 1));
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.map_err(unavailable)?;
        Ok(())
    }

    async fn session(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.get(keys::session(id)).await?.map(|item| items::from_item("session", item)).transpose()
    }

    async fn refresh_session(
        &self,
        id: &SessionId,
        present: &str,
        next: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let refreshed = self
            .update(keys::session(id))
            .update_expression(REFRESH)
            .condition_expression(IS_PRESENT)
            .expression_attribute_values(":next", s(next))
            .expression_attribute_values(":present", s(present))
            .expression_attribute_values(":no", AttributeValue::Bool(false))
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let item = refreshed.as_ref().ok().and_then(|answer| answer.attributes.clone());
        if !met(refreshed)? {
            return Ok(None);
        }
        item.map(|item| items::from_item("session", item)).transpose()
    }

    async fn end_session(&self, id: &SessionId) -> Result<(), StoreError> {
        let ended = self
            .update(keys::session(id))
            .update_expression(END)
            .condition_expression(KNOWN)
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await;
        met(ended).map(|_| ())
    }
}
