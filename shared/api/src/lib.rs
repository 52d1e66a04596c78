//! The API's routes, and the types of requests and answers, each of which enforces its own rules. Enough for a client. No use
//! cases, HTTP libraries, Lambda or AWS.

pub mod access;
pub mod act;
pub mod agent;
pub mod article;
pub mod bulk;
pub mod comment;
pub mod health;
pub mod ids;
pub mod intent;
pub mod kind;
pub mod language;
pub mod model;
pub mod page;
pub mod phase;
pub mod printable;
pub mod problem;
pub mod read;
pub mod review;
pub mod role;
pub mod route;
pub mod rule;
pub mod schedule;
pub mod schema;
pub mod seo;
pub mod site;
pub mod target;
pub mod task;
pub mod url;
pub mod usd;
