//! How a tenant's site looks and what it is called.

use galley_domain::{content::language::Language, kernel::ids::TenantId, tenancy::settings::Settings};

#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) name: String,
    pub(crate) language: Language,
}

impl Look {
    pub(crate) fn of(tenant: &TenantId, settings: &Settings) -> Self {
        Self { name: tenant.as_str().to_owned(), language: settings.policy.language.unwrap_or_default() }
    }
}
