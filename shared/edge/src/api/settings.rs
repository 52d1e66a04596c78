//! A tenant's settings, and a change of them.

use galley_api::url::PublicUrl;
use galley_domain::{
    content::{
        language::Language,
        quality::{Method, Score},
    },
    kernel::{ids::Subject, rule::Hidden},
    tenancy::{
        history::{Own, TenantChange, What},
        settings::{Colour, Disclosure, Navigation, NearDuplicates, Overrides, Policy, SiteFooter, SiteLook, SiteName},
    },
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A tenant's settings for its content.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Settings))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, as the API has them")]
pub struct SettingsView {
    /// A draft that scores below is refined, and is not published without an override.
    pub quality_bar: Score,
    /// Null: what the task's preference says.
    pub assessment: Option<Method>,
    /// Whether prompts and answers of models are kept, without personal data, for 30 days.
    pub keep_model_texts: bool,
    /// Whether a draft whose request says `publish_mode` `publish` goes live without a person, if it has no blocker.
    pub auto_publish: bool,
    /// Whether a question at temperature 0 may be answered with the answer to the same question in the last day.
    pub reuse_answers: bool,
    /// The language of a text whose request names none. Null: `en`.
    pub language: Option<Language>,
    /// Whether who wrote a revision may not approve it, whatever their role.
    pub four_eyes: bool,
    /// What becomes of a request, or of a machine's text, that is near to something that the tenant has.
    pub near_duplicates: NearDuplicates,
    /// What readers of an article are told that a machine had part in. Null: nothing.
    pub disclosure: Option<Disclosure>,
    /// How the site is called. Null: by the tenant's id.
    pub site_name: Option<SiteName>,
    /// A picture beside the name. Null: none.
    pub site_logo: Option<PublicUrl>,
    /// The colour of lines that stand out. Null: the theme's.
    pub site_accent: Option<Colour>,
    /// Links at the top of every page, in this order.
    pub site_navigation: Navigation,
    /// A line at the end of every page. Null: none.
    pub site_footer: Option<SiteFooter>,
}

impl From<Own> for SettingsView {
    fn from(Own { policy, disclosure, site }: Own) -> Self {
        let Policy {
            quality_bar,
            assessment,
            keep_model_texts,
            auto_publish,
            reuse_answers,
            language,
            four_eyes,
            near_duplicates,
        } = policy;
        let SiteLook { name, logo, accent, navigation, footer } = *site;
        Self {
            quality_bar,
            assessment,
            keep_model_texts,
            auto_publish,
            reuse_answers,
            language,
            four_eyes,
            near_duplicates,
            disclosure,
            site_name: name,
            site_logo: logo,
            site_accent: accent,
            site_navigation: navigation,
            site_footer: footer,
        }
    }
}

/// A change of the settings. Fields that are left out keep their value; `null` brings back the usual one.
#[derive(Clone, Debug, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingsPatch {
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Score>))]
    pub quality_bar: Option<Option<Score>>,
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Method>))]
    pub assessment: Option<Option<Method>>,
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    pub keep_model_texts: Option<Option<bool>>,
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    pub auto_publish: Option<Option<bool>>,
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    pub reuse_answers: Option<Option<bool>>,
    /// Null: `en`. Takes effect within a minute.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Language>))]
    pub language: Option<Option<Language>>,
    /// Takes effect within a minute.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>))]
    pub four_eyes: Option<Option<bool>>,
    /// Takes effect within a minute.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<NearDuplicates>))]
    pub near_duplicates: Option<Option<NearDuplicates>>,
    /// One line of plain text.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Disclosure>))]
    pub disclosure: Option<Option<Disclosure>>,
    /// One line of plain text. A site shows within six minutes what is said of it here.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<SiteName>))]
    pub site_name: Option<Option<SiteName>>,
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<PublicUrl>))]
    pub site_logo: Option<Option<PublicUrl>>,
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Colour>))]
    pub site_accent: Option<Option<Colour>>,
    /// All of them; null: none.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Navigation>))]
    pub site_navigation: Option<Option<Navigation>>,
    /// One line of plain text.
    #[serde(default, deserialize_with = "said")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<SiteFooter>))]
    pub site_footer: Option<Option<SiteFooter>>,
}

#[expect(clippy::option_option, reason = "nothing said is not the same as null")]
fn said<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    serde::Deserialize::deserialize(value).map(Some)
}

impl SettingsPatch {
    /// The fields with hidden characters.
    pub fn hides(&self) -> Vec<Hidden> {
        let line = self.disclosure.as_ref().and_then(Option::as_ref).and_then(Disclosure::hides);
        let line = line.map(|rule| Hidden { field: "disclosure".to_owned(), rule });
        line.into_iter().chain(self.looking(&SiteLook::default()).hides()).collect()
    }

    /// A look with what is said of it here.
    fn looking(&self, site: &SiteLook) -> SiteLook {
        let navigation = self.site_navigation.clone().map(Option::unwrap_or_default);
        SiteLook {
            name: self.site_name.clone().unwrap_or_else(|| site.name.clone()),
            logo: self.site_logo.clone().unwrap_or_else(|| site.logo.clone()),
            accent: self.site_accent.clone().unwrap_or_else(|| site.accent.clone()),
            navigation: navigation.unwrap_or_else(|| site.navigation.clone()),
            footer: self.site_footer.clone().unwrap_or_else(|| site.footer.clone()),
        }
    }

    pub fn of(&self, settings: &Own) -> Own {
        let (policy, usual) = (settings.policy, Policy::default());
        let on = |said: Option<Option<bool>>, kept, usual| said.map_or(kept, |said| said.unwrap_or(usual));
        let policy = Policy {
            quality_bar: self.quality_bar.map_or(policy.quality_bar, |said| said.unwrap_or(usual.quality_bar)),
            assessment: self.assessment.unwrap_or(policy.assessment),
            keep_model_texts: on(self.keep_model_texts, policy.keep_model_texts, usual.keep_model_texts),
            auto_publish: on(self.auto_publish, policy.auto_publish, usual.auto_publish),
            reuse_answers: on(self.reuse_answers, policy.reuse_answers, usual.reuse_answers),
            language: self.language.unwrap_or(policy.language),
            four_eyes: on(self.four_eyes, policy.four_eyes, usual.four_eyes),
            near_duplicates: self.near_duplicates.map_or(policy.near_duplicates, Option::unwrap_or_default),
        };
        let disclosure = self.disclosure.clone().unwrap_or_else(|| settings.disclosure.clone());
        Own { policy, disclosure, site: Box::new(self.looking(&settings.site)) }
    }
}

/// A change of a tenant's limits. Those that are left out keep their value; `null` brings back the usual one.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct LimitsPatch(pub Overrides);

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for LimitsPatch {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Overrides::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for LimitsPatch {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        Overrides::schemas(schemas);
    }
}

/// One change of a tenant's settings.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SettingsChange))]
pub struct SettingsChangeView {
    pub id: Uuid,
    pub before: SettingsView,
    pub after: SettingsView,
    pub by: Subject,
    pub at: Timestamp,
    /// The change that this one takes back.
    pub reverts: Option<Uuid>,
}

impl SettingsChangeView {
    /// `None`: the change is one of limits.
    pub fn of(TenantChange { id, what, by, at, reverts, .. }: TenantChange) -> Option<Self> {
        let What::Settings(turned) = what else { return None };
        Some(Self { id, before: turned.before.into(), after: turned.after.into(), by, at, reverts })
    }
}

/// One change of a tenant's limits. Those that are missing are the usual ones.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = LimitsChange))]
pub struct LimitsChangeView {
    pub id: Uuid,
    pub before: Overrides,
    pub after: Overrides,
    pub by: Subject,
    pub at: Timestamp,
    /// The change that this one takes back.
    pub reverts: Option<Uuid>,
}

impl LimitsChangeView {
    /// `None`: the change is one of settings.
    pub fn of(TenantChange { id, what, by, at, reverts, .. }: TenantChange) -> Option<Self> {
        let What::Limits(turned) = what else { return None };
        Some(Self { id, before: turned.before, after: turned.after, by, at, reverts })
    }
}
