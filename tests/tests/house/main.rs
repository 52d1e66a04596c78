//! What is written down, held against the code: documents, guarantees, template. Starts no stack.

mod alarms;
mod deploy;
mod docs;
mod guarantees;
mod guards;
mod locks;
mod modules;
mod prometheus;
mod template;
