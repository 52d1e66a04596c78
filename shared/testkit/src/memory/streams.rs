//! Places of open streams.

use galley_domain::{
    access::streams::{Holder, Opened, StreamSlot, StreamStore, free_place},
    kernel::error::StoreError,
};
use jiff::Timestamp;

use super::MemoryStore;

impl StreamStore for MemoryStore {
    async fn open_stream(
        &self,
        holder: &Holder,
        most: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Opened, StoreError> {
        let mut held = self.held();
        let places = held.streams.entry(holder.clone()).or_default();
        let present: Vec<(u32, Timestamp)> = places.iter().map(|(number, until)| (*number, *until)).collect();
        if let Some((number, _)) = present.iter().find(|(_, held)| *held == until) {
            return Ok(Opened::Taken(StreamSlot { holder: holder.clone(), number: *number, until }));
        }
        Ok(match free_place(&present, most, now) {
            Err(free_at) => Opened::Full { free_at },
            Ok(number) => {
                places.insert(number, until);
                Opened::Taken(StreamSlot { holder: holder.clone(), number, until })
            }
        })
    }

    async fn close_stream(&self, place: &StreamSlot) -> Result<(), StoreError> {
        if let Some(places) = self.held().streams.get_mut(&place.holder)
            && places.get(&place.number) == Some(&place.until)
        {
            places.remove(&place.number);
        }
        Ok(())
    }
}
