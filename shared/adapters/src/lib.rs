//! Adapters for the domain's ports: one module for each external system. SDK types do not leave this crate.

pub mod aws;
#[cfg(feature = "callback-sender")]
pub mod callback_sender;
pub mod clock;
#[cfg(feature = "deployments")]
pub mod deployments;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "github")]
pub mod github;
#[cfg(feature = "jwks")]
pub mod jwks;
#[cfg(feature = "llm")]
pub mod llm;
#[cfg(feature = "llm")]
pub mod provider_keys;
#[cfg(any(feature = "llm", feature = "targets"))]
mod retry_after;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(feature = "sqs")]
pub mod sqs;
#[cfg(feature = "targets")]
pub mod targets;
#[cfg(feature = "web-research")]
pub mod web_research;
