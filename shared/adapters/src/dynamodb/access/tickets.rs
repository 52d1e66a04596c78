//! Tickets for streams: one item for each, which is deleted by the stream that it opens.

use aws_sdk_dynamodb::types::ReturnValue;
use galley_domain::{
    access::tickets::{Ticket, TicketId, TicketStore},
    kernel::error::StoreError,
};

use crate::dynamodb::{
    errors::unavailable,
    items::{self, ttl},
    keys,
    table::Table,
};

impl TicketStore for Table {
    async fn keep_ticket(&self, id: &TicketId, ticket: &Ticket) -> Result<(), StoreError> {
        let mut item = items::item_at(keys::ticket(id), "ticket", ticket)?;
        item.insert("ttl".into(), ttl(ticket.expires_at, 0));
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.map_err(unavailable)?;
        Ok(())
    }

    async fn take_ticket(&self, id: &TicketId) -> Result<Option<Ticket>, StoreError> {
        let taken = self.delete(keys::ticket(id)).return_values(ReturnValue::AllOld).send().await;
        let item = taken.map_err(unavailable)?.attributes;
        item.map(|item| items::from_item("ticket", item)).transpose()
    }
}
