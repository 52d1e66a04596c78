//! The whole stack from the outside: function processes behind the local front, or one program against its services.

mod access;
mod api_document;
mod api_examples;
mod bad_input;
mod browser;
mod callbacks;
mod console;
mod contract;
mod deployment;
mod documents;
mod doors;
mod events;
mod injections;
mod keys;
mod limits;
mod local;
mod moves;
mod pipeline;
mod privacy;
mod sign_in;
mod sources;
mod spine;
mod stream;
mod telemetry;
mod tls;
mod webhooks;
