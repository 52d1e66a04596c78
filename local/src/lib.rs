//! The whole of Galley on one machine: embedded DynamoDB, SQS and Secrets Manager, the API Gateway front, the pumps
//! between queues, schedules and functions, and the functions themselves, each a process that speaks Lambda's Runtime
//! API. Functions, queues, routes and schedules are read from `template.yaml`.
#![expect(clippy::indexing_slicing, reason = "a missing field of a JSON value reads as null")]

mod aws_json;
mod dead_letters;
mod deployments;
mod door;
mod dynamodb;
mod error;
pub mod fake_providers;
pub mod fault_proxy;
pub mod folder;
pub mod front;
pub mod host;
mod net;
pub mod networks;
pub mod nights;
mod options;
mod parts;
mod pumps;
pub mod seed;
pub mod settings;
pub mod signal;
mod stack;
pub mod template;
mod vault;

pub use error::StackError;
pub use net::client;
pub use options::Options;
pub use stack::Stack;
