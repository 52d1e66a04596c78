//! What every other module stands on: ids, time, errors, paging, rules of fields. Knows nothing of the product.

pub mod backoff;
pub mod clock;
pub mod error;
pub mod literals;
pub mod mask;
pub mod net;
pub mod paging;
pub mod reason;
pub mod timings;

// Names, rules of fields and money are the wire's words too, so they stand in its crate.
pub use galley_api::{ids, printable, rule, url, usd};
