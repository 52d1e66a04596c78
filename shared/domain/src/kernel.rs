//! What every other module stands on: ids, time, errors, paging, rules of fields. Knows nothing of the product.

pub mod backoff;
pub mod clock;
pub mod error;
pub mod ids;
pub mod literals;
pub mod mask;
pub mod net;
pub mod paging;
pub mod printable;
pub mod rule;
pub mod timings;
pub mod url;
pub mod usd;
