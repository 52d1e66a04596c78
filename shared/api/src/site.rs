//! How a tenant's site is called and looks.

use serde::{Deserialize, Serialize};

use crate::{
    rule::{Hidden, RuleBroken, text_field},
    url::PublicUrl,
};

text_field!(
    /// How a site is called.
    SiteName, 1..=60, "must be one line of 1 to 60 characters, without control or hidden characters"
);
text_field!(
    /// What stands at the end of every page: one line of plain text.
    SiteFooter, 1..=300, "must be one line of 1 to 300 characters, without control or hidden characters"
);
text_field!(
    /// How a link of a site's navigation is called.
    LinkLabel, 1..=40, "must be one line of 1 to 40 characters, without control or hidden characters"
);

/// A colour: red, green and blue, two hex digits each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(String);

impl Colour {
    /// Without `#`, in lower case.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Colour {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits.map(|digits| Self(digits.to_ascii_lowercase())).ok_or(RuleBroken("must be a colour such as #0b57b0"))
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> String {
        format!("#{}", colour.0)
    }
}

crate::schema::scalar!(Colour, crate::schema::text().pattern(Some("^#[0-9A-Fa-f]{6}$")).examples(["#0b57b0"]));

/// A link of a site's navigation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct SiteLink {
    pub label: LinkLabel,
    pub url: PublicUrl,
}

/// The links of a site's navigation, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<SiteLink>", into = "Vec<SiteLink>")]
pub struct Navigation(Vec<SiteLink>);

impl Navigation {
    pub const MOST: usize = 8;

    pub fn links(&self) -> &[SiteLink] {
        &self.0
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<SiteLink>> for Navigation {
    type Error = RuleBroken;
    fn try_from(links: Vec<SiteLink>) -> Result<Self, RuleBroken> {
        if links.len() <= Self::MOST { Ok(Self(links)) } else { Err(RuleBroken("must have at most 8 entries")) }
    }
}

impl From<Navigation> for Vec<SiteLink> {
    fn from(navigation: Navigation) -> Self {
        navigation.0
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Navigation {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let link = utoipa::openapi::Ref::from_schema_name("SiteLink");
        let example = serde_json::json!([{"label": "About", "url": "https://example.com/about"}]);
        utoipa::openapi::schema::ArrayBuilder::new().items(link).max_items(Some(Self::MOST)).examples([example]).into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Navigation {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        schemas.push(("SiteLink".to_owned(), <SiteLink as utoipa::PartialSchema>::schema()));
        <SiteLink as utoipa::ToSchema>::schemas(schemas);
    }
}

/// All of it. What is not said is as usual: the tenant's id as name, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteLook {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<SiteName>,
    /// A picture beside the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<PublicUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    #[serde(skip_serializing_if = "Navigation::is_empty")]
    pub navigation: Navigation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<SiteFooter>,
}

impl SiteLook {
    /// The fields with hidden characters, as the settings name them.
    pub fn hides(&self) -> Vec<Hidden> {
        let lines = [
            ("site_name", self.name.as_ref().and_then(SiteName::hides)),
            ("site_footer", self.footer.as_ref().and_then(SiteFooter::hides)),
        ];
        let labels = self.navigation.links().iter().enumerate();
        let labels = labels.map(|(nth, link)| (format!("site_navigation[{nth}].label"), link.label.hides()));
        let all = lines.into_iter().map(|(field, rule)| (field.to_owned(), rule)).chain(labels);
        all.filter_map(|(field, rule)| Some(Hidden { field, rule: rule? })).collect()
    }
}
