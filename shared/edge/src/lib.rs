//! The edge of a function: turns Lambda events into commands, and the domain's results into replies. Knows
//! the wire formats; makes no decisions.

pub mod api;
pub mod config;
pub mod context;
pub mod cursor;
pub mod http;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod sqs;
pub mod telemetry;
pub mod trace;

/// A request allocates thousands of times. With glibc's allocator a create takes an eighth more instructions (ADR 22).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
