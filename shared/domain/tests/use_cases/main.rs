//! The use cases against stores and services in memory.

mod account;
mod agents;
mod allowance;
mod calendar;
mod deliver;
mod desk;
mod ended;
mod gate;
mod hand;
mod languages;
mod making;
mod making_sources;
mod making_targets;
mod moves;
mod near;
mod pipeline;
mod place;
mod privacy;
mod publish;
mod reading;
mod schedules;
mod secrets;
mod sign_in;
mod tenants;
mod worker;
