//! A client of Galley's API.
//!
//! It speaks HTTP and the types of `galley-api`, and links neither the domain nor AWS. Every create carries an
//! `Idempotency-Key`, so that a request whose answer was lost can be repeated; what cannot be repeated is not.
//!
//! ```no_run
//! use galley_client::{Client, task::NewTask};
//!
//! # async fn example() -> Result<(), galley_client::Error> {
//! let client = Client::builder("https://api.example.com")?.token("galley_…".into()).build()?;
//! let task = client.create_task(&NewTask::about("How HTTP caching works")).await?;
//! let draft = client.wait_until(&task.task_id, std::time::Duration::from_mins(5), |task| !task.status.moves()).await?;
//! println!("{} {}", draft.task_id, draft.status);
//! # Ok(())
//! # }
//! ```

pub mod answer;
mod body;
mod cache;
pub mod call;
mod client;
mod error;
mod follow;
mod pages;
mod retry;
mod sse;
pub mod task;
pub mod webhook;

pub use client::{Builder, Client, Reply};
pub use error::{AddressError, Error, Problem};
pub use follow::Followed;
pub use galley_api as api;
pub use retry::Retries;
pub use secrecy::SecretString;
