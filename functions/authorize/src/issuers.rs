//! The issuers whose tokens are accepted, from configuration. No other issuer is trusted.

use std::collections::{BTreeMap, HashSet};

use galley_domain::{
    access::{foreign, role::Role, sign_in::ISSUER},
    kernel::ids::{Subject, TenantId},
};
use galley_edge::config::{ConfigError, Setting, Settings};
use jsonwebtoken::Algorithm;
use serde::Deserialize;

/// One issuer and how its tokens are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Must equal the token's `iss`, byte for byte.
    pub issuer: String,
    /// Must be among the token's `aud`.
    pub audience: String,
    /// The only algorithm accepted from this issuer, whatever a token's header says.
    pub algorithm: Algorithm,
    /// Where its public keys are; for every algorithm but HS256.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// The secret's name in Secrets Manager; for HS256.
    #[serde(default)]
    pub secret: Option<String>,
    /// The claims that identify the caller.
    #[serde(default = "tenant")]
    pub tenant_claim: String,
    #[serde(default = "subject")]
    pub subject_claim: String,
    #[serde(default = "role")]
    pub role_claim: String,
    /// What each of the provider's names of roles means here; without them, the names are ours.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// What its subjects begin with here, so that they are nobody else's.
    #[serde(default)]
    pub subject_prefix: String,
    /// The only tenants that it may issue tokens for; without them, every tenant except the reserved one.
    #[serde(default)]
    pub tenants: Option<Vec<TenantId>>,
    /// What the subjects of other issuers for its tenants begin with, where its own could too.
    #[serde(skip)]
    others: Vec<String>,
}

impl Issuer {
    /// The reserved tenant is for keys alone: no issuer makes an operator.
    pub fn speaks_for(&self, tenant: &TenantId) -> bool {
        !tenant.is_system() && self.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant))
    }

    /// Whether a subject of this form is another issuer's.
    pub fn is_of_another(&self, subject: &Subject) -> bool {
        self.others.iter().any(|prefix| subject.as_str().starts_with(prefix))
    }

    /// Whether there is a tenant that both may issue tokens for.
    fn shares_tenants(&self, other: &Self) -> bool {
        match (&self.tenants, &other.tenants) {
            (Some(own), Some(others)) => own.iter().any(|tenant| others.contains(tenant)),
            _ => true,
        }
    }
}

fn tenant() -> String {
    "tenant".to_owned()
}

fn subject() -> String {
    "sub".to_owned()
}

fn role() -> String {
    "role".to_owned()
}

#[derive(Debug, thiserror::Error)]
pub enum IssuersError {
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    #[error("{issuer} {rule}")]
    Invalid { issuer: String, rule: &'static str },
    #[error(
        "{issuer} needs another subject_prefix than {other}, which speaks for the same tenants: equal subjects of both would be one \
         person"
    )]
    SamePrefix { issuer: String, other: String },
}

/// All of them, found by their name.
#[derive(Clone, Debug, Default)]
pub struct Issuers(Vec<Issuer>);

impl Issuers {
    /// The issuers from the settings, and Galley itself as the issuer of session tokens.
    ///
    /// # Errors
    /// `Missing` or `Malformed`.
    pub fn from_settings<F: Fn(&str) -> Option<String>>(settings: &Settings<F>) -> Result<Self, ConfigError> {
        let setting = Setting::JwtIssuers;
        let issuers = Self::parse(settings.optional(setting).as_deref());
        let issuers = issuers.map_err(|error| ConfigError::Malformed { setting, rule: error.to_string() })?;
        Ok(issuers.with_sessions(settings.text(Setting::SessionSecret)?))
    }

    /// Reads the JSON array of the setting; none when it is not set.
    ///
    /// # Errors
    /// When the setting is malformed or weak; the function then does not start.
    pub fn parse(text: Option<&str>) -> Result<Self, IssuersError> {
        let issuers: Vec<Issuer> = text.map_or_else(|| Ok(Vec::new()), serde_json::from_str)?;
        let mut names = HashSet::new();
        for issuer in &issuers {
            let refuse = |rule| Err(IssuersError::Invalid { issuer: issuer.issuer.clone(), rule });
            if issuer.issuer.is_empty() || issuer.audience.is_empty() {
                return refuse("needs an issuer and an audience");
            }
            if !names.insert(&issuer.issuer) {
                return refuse("is there twice");
            }
            if issuer.issuer == ISSUER {
                return refuse("is Galley's own");
            }
            if foreign::subject(&issuer.subject_prefix, "auth0|1").is_none() {
                return refuse(
                    "needs a subject_prefix of at most 40 letters, digits, dots, underscores and hyphens, and not github- or webhook-",
                );
            }
            match (issuer.algorithm, &issuer.secret, &issuer.jwks_url) {
                (Algorithm::HS256, Some(_), None) => {}
                (Algorithm::HS256, ..) => return refuse("with HS256 needs a secret, and no jwks_url"),
                (Algorithm::HS384 | Algorithm::HS512, ..) => return refuse("may use HS256 or a public key"),
                (_, None, Some(_)) => {}
                (..) => return refuse("with a public key needs a jwks_url, and no secret"),
            }
        }
        told_apart(issuers).map(Self)
    }

    /// Adds Galley itself as an issuer; its session tokens are signed with the secret of this name.
    #[must_use]
    pub fn with_sessions(mut self, secret: String) -> Self {
        self.0.push(Issuer {
            issuer: ISSUER.to_owned(),
            audience: ISSUER.to_owned(),
            algorithm: Algorithm::HS256,
            jwks_url: None,
            secret: Some(secret),
            tenant_claim: tenant(),
            subject_claim: subject(),
            role_claim: role(),
            roles: BTreeMap::new(),
            subject_prefix: String::new(),
            tenants: None,
            others: Vec::new(),
        });
        self
    }

    pub fn get(&self, issuer: &str) -> Option<&Issuer> {
        self.0.iter().find(|known| known.issuer == issuer)
    }

    /// The URLs that public keys are read from.
    pub fn key_sets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|issuer| issuer.jwks_url.as_deref())
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Two issuers for one tenant need different prefixes. Where the one prefix begins the other, the issuer with the shorter one may name
/// nobody who has the longer one.
fn told_apart(issuers: Vec<Issuer>) -> Result<Vec<Issuer>, IssuersError> {
    let others_of = |(nth, issuer): (usize, &Issuer)| {
        let beside = issuers.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, other)| other);
        let beside: Vec<&Issuer> = beside.filter(|other| issuer.shares_tenants(other)).collect();
        if let Some(other) = beside.iter().find(|other| other.subject_prefix == issuer.subject_prefix) {
            return Err(IssuersError::SamePrefix { issuer: other.issuer.clone(), other: issuer.issuer.clone() });
        }
        let longer = beside.iter().filter(|other| other.subject_prefix.starts_with(&issuer.subject_prefix));
        Ok(longer.map(|other| other.subject_prefix.clone()).collect())
    };
    let others: Vec<Vec<String>> = issuers.iter().enumerate().map(others_of).collect::<Result<_, _>>()?;
    Ok(issuers.into_iter().zip(others).map(|(issuer, others)| Issuer { others, ..issuer }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(one: &str, other: &str) -> Result<Issuers, IssuersError> {
        let issuer = |name: &str, more: &str| {
            format!(r#"{{"issuer":"{name}","audience":"a","algorithm":"HS256","secret":"s"{more}}}"#)
        };
        Issuers::parse(Some(&format!("[{},{}]", issuer("first", one), issuer("second", other))))
    }

    #[test]
    fn two_issuers_whose_equal_subjects_would_be_one_person_are_refused() {
        let prefix = r#","subject_prefix":"corp-""#;
        for (one, other) in [
            ("", ""),
            (prefix, prefix),
            (r#","tenants":["acme"]"#, ""),
            (r#","tenants":["acme","rival"]"#, r#","tenants":["other","rival"]"#),
        ] {
            let refused = both(one, other).unwrap_err().to_string();
            assert!(refused.starts_with("second needs another subject_prefix than first"), "{refused}");
        }
        assert!(both(r#","tenants":["acme"]"#, r#","tenants":["rival"]"#).is_ok(), "no tenant has both");
        assert!(both("", prefix).is_ok());
    }

    #[test]
    fn an_issuer_names_nobody_whose_prefix_is_anothers() {
        let issuers = both("", r#","subject_prefix":"corp-""#).unwrap();
        let named =
            |issuer: &str, subject: &str| issuers.get(issuer).unwrap().is_of_another(&Subject::new(subject).unwrap());
        assert!(named("first", "corp-ana"));
        assert!(!named("first", "ana") && !named("second", "corp-ana"));
        let apart = both(r#","tenants":["acme"]"#, r#","subject_prefix":"corp-","tenants":["rival"]"#).unwrap();
        assert!(!apart.get("first").unwrap().is_of_another(&Subject::new("corp-ana").unwrap()), "they never meet");
    }

    #[test]
    fn weak_settings_are_refused_by_their_rule() {
        for (setting, rule) in [
            ("{}", "expected a sequence"),
            (r#"[{"issuer":"i","audience":"a","algorithm":"none"}]"#, "unknown variant"),
            (r#"[{"issuer":"i","audience":"a","algorithm":"HS256"}]"#, "needs a secret"),
            (
                r#"[{"issuer":"i","audience":"a","algorithm":"HS256","secret":"s","jwks_url":"https://x"}]"#,
                "no jwks_url",
            ),
            (r#"[{"issuer":"i","audience":"a","algorithm":"RS256","secret":"s"}]"#, "needs a jwks_url"),
            (r#"[{"issuer":"i","audience":"","algorithm":"HS256","secret":"s"}]"#, "an audience"),
            (r#"[{"issuer":"galley","audience":"a","algorithm":"HS256","secret":"s"}]"#, "Galley's own"),
            (r#"[{"issuer":"i","audience":"a","algorithm":"HS512","secret":"s"}]"#, "HS256 or a public key"),
            (r#"[{"issuer":"i","audience":"a","algorithm":"HS256","secret":"s","alg":"x"}]"#, "unknown field"),
            (
                r#"[{"issuer":"i","audience":"a","algorithm":"HS256","secret":"s","subject_prefix":"a b"}]"#,
                "a subject_prefix",
            ),
            (
                r#"[{"issuer":"i","audience":"a","algorithm":"HS256","secret":"s","roles":{"x":"owner"}}]"#,
                "unknown variant",
            ),
        ] {
            let error = Issuers::parse(Some(setting)).unwrap_err().to_string();
            assert!(error.contains(rule), "{error}");
        }
        assert!(Issuers::parse(None).unwrap().is_empty());
    }
}
