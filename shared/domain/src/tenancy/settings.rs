//! What is particular to one tenant. A tenant that nobody said anything about has none of it.

pub use galley_api::{
    article::Disclosure,
    site::{Colour, Navigation, SiteFooter, SiteLook, SiteName},
};
use serde::{Deserialize, Serialize};

use crate::kernel::{
    error::StoreError,
    ids::{TargetName, TenantId},
};
use crate::{
    access::limits::{DayQuota, RateClass},
    content::{
        kind::TaskType,
        language::Language,
        quality::{DEFAULT_QUALITY_BAR, Method, Score},
    },
    kernel::usd::MicroUsd,
    money::budget::Caps,
};
use galley_api::task::PublishTo;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub limits: Overrides,
    pub policy: Policy,
    /// What readers of an article are told of how it was made.
    pub disclosure: Option<Disclosure>,
    pub site: SiteLook,
    pub targets: Directory,
}

/// The names of a tenant's targets, and what is published to each of them where a request does not say. Kept with the settings,
/// so that accepting a task reads nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Directory(pub BTreeMap<TargetName, BTreeSet<TaskType>>);

impl Directory {
    /// Where a text goes.
    ///
    /// # Errors
    /// The names in `asked` that are no target's.
    pub fn chosen(&self, asked: Option<PublishTo>, task_type: TaskType) -> Result<Option<PublishTo>, Vec<TargetName>> {
        let Some(asked) = asked else {
            let usual = self.0.iter().filter(|(_, types)| types.contains(&task_type)).map(|(name, _)| name.clone());
            let usual: PublishTo = usual.collect();
            return Ok((usual != PublishTo::default()).then_some(usual));
        };
        let unknown = self.unknown(&asked);
        if unknown.is_empty() { Ok(Some(asked)) } else { Err(unknown) }
    }

    /// The names in `asked` that are no target's.
    pub fn unknown(&self, asked: &PublishTo) -> Vec<TargetName> {
        asked.iter().filter(|name| !self.0.contains_key(name)).cloned().collect()
    }
}

/// What of it counts for a task that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskDefaults {
    /// What the text is written in where the request does not say.
    pub language: Language,
    pub targets: Directory,
    pub near_duplicates: NearDuplicates,
}

impl TaskDefaults {
    pub fn of(Settings { policy, targets, .. }: Settings) -> Self {
        Self { language: policy.language.unwrap_or_default(), targets, near_duplicates: policy.near_duplicates }
    }
}

/// How a tenant wants its content made. Its own admins decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, as the API has them")]
pub struct Policy {
    /// What scores below is refined, and is not published without an override.
    pub quality_bar: Score,
    /// `None`: what the task's preference says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Method>,
    /// Whether what is said to models and by them is kept.
    pub keep_model_texts: bool,
    /// Whether a draft that asked for it (`publish_mode`) and that nothing speaks against is published without a person.
    pub auto_publish: bool,
    /// Whether the same question may get the answer that the tenant paid for within the last day.
    pub reuse_answers: bool,
    /// What texts are written in where their request does not say. `None`: English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whether a text is published by somebody else than whoever wrote it. Kept only where it is so: an older release reads the rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub four_eyes: bool,
    /// What becomes of what is near to something that the tenant has. Kept as `four_eyes` is.
    #[serde(skip_serializing_if = "NearDuplicates::is_usual")]
    pub near_duplicates: NearDuplicates,
}

galley_api::rule::choice!(
    /// What becomes of a request whose subject, or a machine's text, is near to something that the tenant has.
    NearDuplicates {
        /// The estimate and the reviewer's screen tell it.
        Tell => "tell",
        /// The request is refused, and a text waits for an admin.
        Refuse => "refuse",
    }
    default Tell
);

impl NearDuplicates {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Policy {
    /// As `Overrides::without`.
    #[must_use]
    pub fn without(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self {
            quality_bar: taken_back(&self.quality_bar, &before.quality_bar, &after.quality_bar)?,
            assessment: taken_back(&self.assessment, &before.assessment, &after.assessment)?,
            keep_model_texts: taken_back(&self.keep_model_texts, &before.keep_model_texts, &after.keep_model_texts)?,
            auto_publish: taken_back(&self.auto_publish, &before.auto_publish, &after.auto_publish)?,
            reuse_answers: taken_back(&self.reuse_answers, &before.reuse_answers, &after.reuse_answers)?,
            language: taken_back(&self.language, &before.language, &after.language)?,
            four_eyes: taken_back(&self.four_eyes, &before.four_eyes, &after.four_eyes)?,
            near_duplicates: taken_back(&self.near_duplicates, &before.near_duplicates, &after.near_duplicates)?,
        })
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            quality_bar: Score::clamped(DEFAULT_QUALITY_BAR),
            assessment: None,
            keep_model_texts: false,
            auto_publish: false,
            reuse_answers: false,
            language: None,
            four_eyes: false,
            near_duplicates: NearDuplicates::default(),
        }
    }
}

/// Limits in place of those of the deployment. Only an operator sets them: no tenant raises its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_per_minute: Option<Limit>,
    /// Of people who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_read_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeliver_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_tasks_per_day: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_tasks_per_day: Option<Limit>,
    /// Dollars, as a decimal string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd_per_task: Option<MicroUsd>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd_per_day: Option<MicroUsd>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd_per_month: Option<MicroUsd>,
    /// Of models without a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_day: Option<u64>,
}

galley_api::rule::bounded_number! {
    Limit: u32, 1..=1_000_000, "must be 1 to 1000000"
}

/// The limits of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub create_per_minute: u32,
    pub read_per_minute: u32,
    /// Of a person who signed in: a page that is looked at asks for more than a script.
    pub session_read_per_minute: u32,
    pub bulk_per_minute: u32,
    pub decide_per_minute: u32,
    pub edit_per_minute: u32,
    pub admin_per_minute: u32,
    pub estimate_per_minute: u32,
    pub redeliver_per_minute: u32,
    pub quota: DayQuota,
}

impl Limits {
    /// As they are for a person who signed in.
    #[must_use]
    pub const fn of_session(self) -> Self {
        Self { read_per_minute: self.session_read_per_minute, ..self }
    }

    /// What a principal may ask for in a minute; `None` where it is no principal that is counted.
    pub const fn per_minute(&self, class: RateClass) -> Option<u32> {
        match class {
            RateClass::Create => Some(self.create_per_minute),
            RateClass::Read => Some(self.read_per_minute),
            RateClass::Bulk => Some(self.bulk_per_minute),
            RateClass::Decide => Some(self.decide_per_minute),
            RateClass::Edit => Some(self.edit_per_minute),
            RateClass::Admin => Some(self.admin_per_minute),
            RateClass::Estimate => Some(self.estimate_per_minute),
            RateClass::Redeliver => Some(self.redeliver_per_minute),
            RateClass::Webhook | RateClass::Feed | RateClass::Auth | RateClass::Open => None,
        }
    }
}

macro_rules! patched {
    ($($name:ident),+) => {
        impl Overrides {
            /// With what `said` says of the limits that are `named`: the usual one, where it says nothing. The others stay.
            #[must_use]
            pub fn patched(&self, said: &Self, named: &BTreeSet<String>) -> Self {
                Self { $($name: if named.contains(stringify!($name)) { said.$name } else { self.$name }),+ }
            }

            /// Without what a change from `before` to `after` did. `None`: what it changed has been changed again since.
            #[must_use]
            pub fn without(&self, before: &Self, after: &Self) -> Option<Self> {
                Some(Self { $($name: taken_back(&self.$name, &before.$name, &after.$name)?),+ })
            }
        }
    };
}

/// A field without a change. What the change did not touch stays as it is, and so does what has its old value again.
pub(super) fn taken_back<T: Clone + PartialEq>(present: &T, before: &T, after: &T) -> Option<T> {
    if before == after || present == before {
        Some(present.clone())
    } else {
        (present == after).then(|| before.clone())
    }
}

patched!(
    create_per_minute,
    read_per_minute,
    bulk_per_minute,
    session_read_per_minute,
    decide_per_minute,
    edit_per_minute,
    admin_per_minute,
    estimate_per_minute,
    redeliver_per_minute,
    user_tasks_per_day,
    org_tasks_per_day,
    usd_per_task,
    usd_per_day,
    usd_per_month,
    tokens_per_day
);

impl Overrides {
    pub fn create(&self, usual: u32) -> u32 {
        self.create_per_minute.map_or(usual, u32::from)
    }

    pub fn bulk(&self, usual: u32) -> u32 {
        self.bulk_per_minute.map_or(usual, u32::from)
    }

    pub fn quota(&self, usual: DayQuota) -> DayQuota {
        DayQuota {
            user: self.user_tasks_per_day.map_or(usual.user, u32::from),
            organisation: self.org_tasks_per_day.map_or(usual.organisation, u32::from),
        }
    }

    pub fn caps(&self, usual: Caps) -> Caps {
        Caps {
            task: self.usd_per_task.unwrap_or(usual.task),
            day: self.usd_per_day.unwrap_or(usual.day),
            month: self.usd_per_month.unwrap_or(usual.month),
            tokens: self.tokens_per_day.unwrap_or(usual.tokens),
        }
    }

    pub fn of(&self, usual: Limits) -> Limits {
        let or = |own: Option<Limit>, usual: u32| own.map_or(usual, u32::from);
        Limits {
            create_per_minute: self.create(usual.create_per_minute),
            read_per_minute: or(self.read_per_minute, usual.read_per_minute),
            // What an operator said of reading holds for people too, as it did before they had a limit of their own.
            session_read_per_minute: or(
                self.session_read_per_minute.or(self.read_per_minute),
                usual.session_read_per_minute,
            ),
            bulk_per_minute: self.bulk(usual.bulk_per_minute),
            decide_per_minute: or(self.decide_per_minute, usual.decide_per_minute),
            edit_per_minute: or(self.edit_per_minute, usual.edit_per_minute),
            admin_per_minute: or(self.admin_per_minute, usual.admin_per_minute),
            estimate_per_minute: or(self.estimate_per_minute, usual.estimate_per_minute),
            redeliver_per_minute: or(self.redeliver_per_minute, usual.redeliver_per_minute),
            quota: self.quota(usual.quota),
        }
    }
}

/// What is particular to a tenant.
pub trait TenantStore: Send + Sync {
    fn settings(&self, tenant: &TenantId) -> impl Future<Output = Result<Settings, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let quota = DayQuota { user: 1, organisation: 2 };
        let (create_per_minute, read_per_minute, session_read_per_minute, bulk_per_minute) = (3, 4, 5, 6);
        let (decide_per_minute, edit_per_minute, admin_per_minute) = (7, 8, 9);
        let (estimate_per_minute, redeliver_per_minute) = (10, 11);
        Limits {
            create_per_minute,
            read_per_minute,
            session_read_per_minute,
            bulk_per_minute,
            decide_per_minute,
            edit_per_minute,
            admin_per_minute,
            estimate_per_minute,
            redeliver_per_minute,
            quota,
        }
    }

    #[test]
    fn a_person_who_signed_in_reads_by_a_limit_of_their_own() {
        assert_eq!(limits().per_minute(RateClass::Read), Some(4));
        assert_eq!(limits().of_session().per_minute(RateClass::Read), Some(5));
        assert_eq!(limits().of_session().per_minute(RateClass::Edit), Some(8), "and in nothing else");
    }

    #[test]
    fn a_tenants_own_limit_of_reads_holds_for_its_people_unless_they_have_another() {
        let own = |text: &str| serde_json::from_str::<Overrides>(text).unwrap().of(limits());
        let of_all = own(r#"{"read_per_minute": 99}"#);
        assert_eq!((of_all.read_per_minute, of_all.session_read_per_minute), (99, 99));
        let of_each = own(r#"{"read_per_minute": 99, "session_read_per_minute": 98}"#);
        assert_eq!((of_each.read_per_minute, of_each.session_read_per_minute), (99, 98));
        assert_eq!(own(r#"{"session_read_per_minute": 98}"#).read_per_minute, 4);
    }

    #[test]
    fn a_limit_that_a_patch_does_not_name_stays() {
        let of = |text: &str| serde_json::from_str::<Overrides>(text).unwrap();
        let before = of(r#"{"create_per_minute": 50, "usd_per_day": "20.00", "tokens_per_day": 7}"#);
        let named = ["usd_per_day", "tokens_per_day"].map(str::to_owned).into();
        let after = before.patched(&of(r#"{"usd_per_day": "1"}"#), &named);
        assert_eq!(after, of(r#"{"create_per_minute": 50, "usd_per_day": "1"}"#));
        assert_eq!(before.patched(&Overrides::default(), &BTreeSet::new()), before);
    }

    #[test]
    fn taking_a_change_back_leaves_what_others_changed_since() {
        let of = |text: &str| serde_json::from_str::<Overrides>(text).unwrap();
        let (before, after) =
            (of(r#"{"read_per_minute": 5}"#), of(r#"{"create_per_minute": 50, "read_per_minute": 5}"#));
        let since = of(r#"{"create_per_minute": 50, "usd_per_day": "1"}"#);
        assert_eq!(since.without(&before, &after), Some(of(r#"{"usd_per_day": "1"}"#)));
        assert_eq!(of(r#"{"create_per_minute": 51}"#).without(&before, &after), None, "changed again");
        assert_eq!(before.without(&before, &after), Some(before), "it is as before already");
    }

    #[test]
    fn taking_a_change_of_the_policy_back_leaves_what_others_changed_since() {
        let before = Policy { auto_publish: true, ..Policy::default() };
        let after = Policy { keep_model_texts: true, ..before };
        let since = Policy { auto_publish: false, four_eyes: true, ..after };
        assert_eq!(since.without(&before, &after), Some(Policy { keep_model_texts: false, ..since }));
        let language = |text: &str| Policy { language: Some(serde_json::from_str(text).unwrap()), ..before };
        assert_eq!(language("\"fr\"").without(&before, &language("\"de\"")), None, "changed again");
    }

    #[test]
    fn an_operator_can_set_every_limit_of_a_tenant() {
        let names = ["create", "read", "session_read", "bulk", "decide", "edit", "admin", "estimate", "redeliver"];
        for name in names {
            let own: Overrides = serde_json::from_str(&format!("{{\"{name}_per_minute\": 99}}")).unwrap();
            assert_ne!(own.of(limits()), limits(), "{name}");
        }
    }
}
