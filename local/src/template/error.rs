//! Errors of a template.

#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("{path} cannot be read")]
    Unreadable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the template is not YAML: {0}")]
    NotYaml(#[from] yaml_serde::Error),
    #[error("{resource}: {problem}")]
    Invalid { resource: String, problem: String },
}

pub(super) fn invalid(resource: &str, problem: &str) -> TemplateError {
    TemplateError::Invalid { resource: resource.to_owned(), problem: problem.to_owned() }
}
