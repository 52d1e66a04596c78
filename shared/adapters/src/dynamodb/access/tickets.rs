//! Tickets for streams: one item for each, which is deleted by the stream that it opens.

use aws_sdk_dynamodb::types::ReturnValue;
use galley_domain::{
    access::tickets::{Ticket, TicketId, TicketStore},
    kernel::{error::StoreError, ids::TaskId},
};
use jiff::Timestamp;

use crate::dynamodb::{
    errors::{met, unavailable},
    items::{self, n, s, ttl},
    keys,
    table::Table,
};

const IN_FORCE: &str = "task = :task AND expires_ms > :now";

impl TicketStore for Table {
    async fn keep_ticket(&self, id: &TicketId, ticket: &Ticket) -> Result<(), StoreError> {
        let mut item = items::item_at(keys::ticket(id), "ticket", ticket)?;
        item.insert("expires_ms".into(), n(ticket.expires_at.as_millisecond()));
        item.insert("ttl".into(), ttl(ticket.expires_at, 0));
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.map_err(unavailable)?;
        Ok(())
    }

    async fn take_ticket(&self, id: &TicketId, task: &TaskId, now: Timestamp) -> Result<Option<Ticket>, StoreError> {
        let taken = self
            .delete(keys::ticket(id))
            .condition_expression(IN_FORCE)
            .expression_attribute_values(":task", s(task.as_str()))
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let item = taken.as_ref().ok().and_then(|answer| answer.attributes.clone());
        if !met(taken)? {
            return Ok(None);
        }
        item.map(|item| items::from_item("ticket", item)).transpose()
    }
}
