//! What Galley does, without how: tasks and their moves, who may do what, money, content, use cases and the
//! ports they call. Knows no AWS, no HTTP and no runtime; reads no clock and no random source of its own.

pub mod access;
pub mod api_keys;
pub mod audit;
pub mod backoff;
pub mod breaker;
pub mod claim;
pub mod content;
pub mod create;
pub mod decide;
pub mod deliver;
pub mod generate;
pub mod ids;
pub mod ledger;
pub mod limits;
pub mod message;
pub mod money;
pub mod net;
pub mod pace;
pub mod ports;
pub mod privacy;
pub mod publish;
pub mod redrive;
pub mod report;
pub mod request;
pub mod revision;
pub mod route;
pub mod sign_in;
pub mod state;
pub mod stats;
pub mod stuck;
pub mod sweep;
pub mod task;
pub mod tenant;
pub mod webhook;
