//! Errors of the local stack.

use std::path::PathBuf;

use crate::{folder::FolderError, template::TemplateError};

#[derive(Debug, thiserror::Error)]
pub enum StackError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("port {port} cannot be used; GALLEY_PORT, GALLEY_SITE_PORT and GALLEY_INVOKE_PORT name others")]
    Port {
        port: u16,
        #[source]
        source: std::io::Error,
    },
    #[error("{what} did not start: {why}")]
    Part { what: &'static str, why: String },
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the system refuses")]
    System(#[from] std::io::Error),
    #[error("the function {function} does not start: {why}")]
    Function { function: String, why: String },
    #[error("the function {0} is not built; run `make build`")]
    NotBuilt(PathBuf),
}
