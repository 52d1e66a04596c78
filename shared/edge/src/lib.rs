//! The edge of a function: what comes from Lambda becomes a command, what the domain answers becomes a reply. Knows
//! the wire and its forms, decides nothing.

pub mod api;
pub mod config;
pub mod context;
pub mod cursor;
pub mod http;
pub mod openapi;
pub mod sqs;
pub mod telemetry;
pub mod trace;
