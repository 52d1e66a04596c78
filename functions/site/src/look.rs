//! How a tenant's site looks and what it is called.

use galley_domain::{
    content::language::Language,
    kernel::ids::TenantId,
    tenancy::settings::{Navigation, Settings, SiteFooter},
};

#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) logo: Option<String>,
    /// The name of the style that sets the tenant's colour.
    pub(crate) accent: Option<String>,
    pub(crate) navigation: Navigation,
    pub(crate) footer: Option<SiteFooter>,
}

impl Look {
    pub(crate) fn of(tenant: &TenantId, settings: Settings) -> Self {
        let site = settings.site;
        Self {
            name: site.name.map_or_else(|| tenant.as_str().to_owned(), String::from),
            language: settings.policy.language.unwrap_or_default(),
            logo: site.logo.map(String::from),
            accent: site.accent.map(|colour| format!("{BEGINS}{}{ENDS}", colour.digits())),
            navigation: site.navigation,
            footer: site.footer,
        }
    }
}

const BEGINS: &str = "accent-";
const ENDS: &str = ".css";

/// The style of this name, which sets a colour, whosever it is. A page has no style within itself, so a colour is a file.
pub(crate) fn accent(name: &str) -> Option<String> {
    let digits = name.strip_prefix(BEGINS)?.strip_suffix(ENDS)?;
    let is_colour = digits.len() == 6 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_colour.then(|| format!("@media screen {{ :root {{ --accent: #{digits}; }} }}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_colour_is_a_style() {
        assert!(accent("accent-0b57b0.css").is_some_and(|style| style.contains("--accent: #0b57b0;")));
        for name in ["accent-.css", "accent-0B57B0.css", "accent-0b57b0;x.css", "accent-0b57b", "accent-url(x).css", ""]
        {
            assert_eq!(accent(name), None, "{name}");
        }
    }
}
