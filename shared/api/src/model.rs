//! The names of providers and models.

use serde::Deserialize;
use serde::Serialize;
use std::fmt;

use crate::rule::{RuleBroken, text_field};

/// A provider's short name: 1 to 40 lower-case letters, digits and hyphens. The breaker and the ledger know it by this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderId(String);

impl ProviderId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The endpoint that a deployment names by its settings.
    pub fn custom() -> Self {
        Self("custom".to_owned())
    }
}

impl TryFrom<String> for ProviderId {
    type Error = RuleBroken;
    fn try_from(name: String) -> Result<Self, RuleBroken> {
        let fits = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits && (1..=40).contains(&name.len()) {
            Ok(Self(name))
        } else {
            Err(RuleBroken("must have a provider's name of 1 to 40 lower-case letters, digits and hyphens"))
        }
    }
}

impl From<ProviderId> for String {
    fn from(id: ProviderId) -> String {
        id.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A model of a provider, written `provider/name`; the name may have slashes of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId {
    pub provider: ProviderId,
    /// As the provider calls it.
    pub name: ModelName,
}

impl TryFrom<String> for ModelId {
    type Error = RuleBroken;
    fn try_from(text: String) -> Result<Self, RuleBroken> {
        let (provider, name) = text.split_once('/').ok_or(RuleBroken("must be written provider/name"))?;
        Ok(Self { provider: provider.to_owned().try_into()?, name: name.to_owned().try_into()? })
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> String {
        id.to_string()
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.name.as_str())
    }
}

text_field!(
    /// A model as its provider names it.
    ModelName,
    1..=100,
    "must be 1 to 100 characters, without control or hidden characters"
);

crate::schema::scalar!(ProviderId, crate::schema::text().pattern(Some("^[a-z0-9-]{1,40}$")));
crate::schema::scalar!(
    ModelId,
    crate::schema::text().pattern(Some("^[a-z0-9-]{1,40}/.{1,100}$")).examples(["openai/gpt-5-mini"])
);
