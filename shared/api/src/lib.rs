//! The words of the API: its routes, and the types that requests and answers are made of, each with the rules that it holds
//! itself to. A client needs no more than this. Knows nothing of what is done with them, nor of HTTP's machinery, Lambda or AWS.

pub mod access;
pub mod bulk;
pub mod health;
pub mod ids;
pub mod kind;
pub mod model;
pub mod page;
pub mod phase;
pub mod printable;
pub mod problem;
pub mod review;
pub mod role;
pub mod route;
pub mod rule;
pub mod schema;
pub mod seo;
pub mod task;
pub mod url;
pub mod usd;
