//! Targets: where a tenant's articles are published besides Galley. Their secrets are in the vault, never here.
//! Invariant: a secret belongs to one address. Whoever changes the address has to say the secret again.

use std::{collections::BTreeSet, future::Future};

use galley_api::rule::RuleBroken;
pub use galley_api::target::TargetSettings;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    content::kind::TaskType,
    idempotency::claim::{ClaimError, ClaimRecord},
    kernel::{
        error::StoreError,
        ids::{Generation, Subject, TargetName, TenantId},
        url::PublicUrl,
    },
    outbox::trouble::Why,
};

/// How many a tenant may have.
pub const MOST_TARGETS: usize = 20;
/// After so many tries in a row that the target is to blame for, it pauses itself.
pub const FAILURES_BEFORE_PAUSE: u32 = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub name: TargetName,
    pub tenant: TenantId,
    /// Where it is.
    pub url: PublicUrl,
    pub settings: TargetSettings,
    /// The types that go to it where a request does not say.
    pub default_for: BTreeSet<TaskType>,
    /// Of this address of this life of the name: what was published under another is not looked for here.
    pub site: Generation,
    /// Of its secret. None: it has none.
    pub secret: Option<Generation>,
    pub pause: Option<Pause>,
    /// Tries in a row that it is to blame for.
    pub failures: u32,
    /// Rises with every write.
    pub version: u64,
    pub created_at: Timestamp,
    pub created_by: Subject,
}

/// Why nothing is sent to a target for now. What waits for it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = TargetPause))]
pub struct Pause {
    pub since: Timestamp,
    /// What the last try met with. Null: a person paused it.
    pub because: Option<Why>,
}

/// What a target is opened with: a password of an application, a token, a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct TargetSecret(pub SecretString);

impl TargetSecret {
    const LEAST: usize = 8;
    const MOST: usize = 512;
}

impl TryFrom<String> for TargetSecret {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let strong = (Self::LEAST..=Self::MOST).contains(&text.len()) && text.trim() == text;
        if strong && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            Ok(Self(SecretString::from(text)))
        } else {
            Err(RuleBroken("must be 8 to 512 ASCII characters, without spaces around them"))
        }
    }
}

galley_api::schema::scalar!(
    TargetSecret,
    galley_api::schema::text()
        .pattern(Some("^[!-~]([ -~]*[!-~])?$"))
        .min_length(Some(TargetSecret::LEAST))
        .max_length(Some(TargetSecret::MOST))
);

/// A target that somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    /// Unique in the tenant.
    pub name: TargetName,
    /// The address of the site, without a query.
    pub url: PublicUrl,
    pub settings: TargetSettings,
    /// What it is opened with. It is not shown again.
    pub secret: TargetSecret,
    /// The types that go to it where a request does not say `publish_to`.
    #[serde(default)]
    pub default_for: BTreeSet<TaskType>,
}

/// A change of a target. What is left out stays, and so do address, settings and secret where they are null: they have no usual value.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TargetPatch {
    /// Another address drops the secret, unless a new one is said with it.
    #[serde(default)]
    pub url: Option<PublicUrl>,
    /// Of the same kind. Another repository or branch is another site.
    #[serde(default)]
    pub settings: Option<TargetSettings>,
    #[serde(default)]
    pub secret: Option<TargetSecret>,
    /// Null: none.
    #[serde(default, deserialize_with = "or_usual")]
    pub default_for: Option<BTreeSet<TaskType>>,
    /// True: nothing is sent to it, and what is to be sent waits. False, or null: it goes on.
    #[serde(default, deserialize_with = "or_usual")]
    pub paused: Option<bool>,
}

/// What is said, and the usual where it is null.
fn or_usual<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(value: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(value).map(|said| Some(said.unwrap_or_default()))
}

impl Target {
    /// The name of its secret, where all of them begin with `prefix`. Each secret has a name of its own, so that the one before is there until
    /// the target names the next.
    pub fn secret_at(&self, prefix: &str) -> Option<(String, &Generation)> {
        let generation = self.secret.as_ref()?;
        Some((format!("{prefix}{}/{}/{generation}", self.tenant, self.name), generation))
    }

    /// After a try that it is to blame for. `None`: there is nothing to write, for it pauses already.
    pub fn failed(&self, why: Why, now: Timestamp) -> Option<Self> {
        if self.pause.is_some() {
            return None;
        }
        let failures = self.failures + 1;
        let pause = (failures >= FAILURES_BEFORE_PAUSE).then_some(Pause { since: now, because: Some(why) });
        Some(Self { failures, pause, version: self.version + 1, ..self.clone() })
    }

    /// After one that went well. `None`: there is nothing to forget.
    pub fn went_well(&self) -> Option<Self> {
        (self.failures > 0).then(|| Self { failures: 0, version: self.version + 1, ..self.clone() })
    }
}

/// Targets of tenants.
pub trait TargetStore: Send + Sync {
    fn target(
        &self,
        tenant: &TenantId,
        name: &TargetName,
    ) -> impl Future<Output = Result<Option<Target>, StoreError>> + Send;

    /// All of a tenant's, by name.
    fn targets(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<Target>, StoreError>> + Send;

    /// Keeps a new target, its line in the tenant's directory, and the claim of the request. `false`: its name is taken.
    fn make_target(
        &self,
        target: &Target,
        claim: Option<ClaimRecord>,
    ) -> impl Future<Output = Result<bool, ClaimError>> + Send;

    /// Keeps a target over the version that was read, and its line in the directory. `false`: somebody else did.
    fn keep_target(&self, target: &Target, over: u64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes it, and its line. `false`: it has changed since it was read.
    fn remove_target(&self, target: &Target) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::kinds::wordpress::{UserName, WordPress};

    #[test]
    fn a_secret_that_cannot_be_sent_in_a_header_is_refused() {
        for text in ["short", "with\nlines in it", "schlüssel-der-nicht-geht", &"x".repeat(513)] {
            assert!(TargetSecret::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert!(TargetSecret::try_from("abcd EFGH 1234 ijkl MNOP 6789".to_owned()).is_ok());
    }

    #[test]
    fn a_target_pauses_itself_after_failures_in_a_row_and_not_before() {
        let now = Timestamp::UNIX_EPOCH;
        let mut target = a_target();
        for _ in 1..FAILURES_BEFORE_PAUSE {
            target = target.failed(Why::Unreachable, now).unwrap();
            assert_eq!(target.pause, None);
        }
        let well = target.went_well().unwrap();
        assert_eq!((well.failures, well.went_well()), (0, None));
        let paused = target.failed(Why::CredentialsRefused, now).unwrap();
        assert_eq!(paused.pause, Some(Pause { since: now, because: Some(Why::CredentialsRefused) }));
        assert_eq!(paused.failed(Why::Unreachable, now), None);
    }

    fn a_target() -> Target {
        Target {
            name: TargetName::new("blog").unwrap(),
            tenant: TenantId::new("acme").unwrap(),
            url: PublicUrl::try_from("https://blog.example.com".to_owned()).unwrap(),
            settings: TargetSettings::Wordpress(WordPress {
                username: UserName::try_from("ana".to_owned()).unwrap(),
                author: None,
            }),
            default_for: BTreeSet::new(),
            site: Generation::of([1; 32]),
            secret: None,
            pause: None,
            failures: 0,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            created_by: Subject::new("ana").unwrap(),
        }
    }
}
