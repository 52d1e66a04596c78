//! What verified claims say: whether a token is in time, and whom it identifies. Providers name people and roles in forms of their
//! own; the issuer's configuration says where they are and what they mean.

use galley_domain::{
    access::{
        foreign,
        role::{Principal, Role},
        sign_in::ISSUER,
    },
    kernel::ids::{Subject, TenantId},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::issuers::Issuer;

/// Tolerated difference between clocks.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// The rule that a claim breaks. Only for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenClaim {
    #[error("exp is no time")]
    NoExpiry,
    #[error("exp is over")]
    Expired,
    #[error("nbf is no time")]
    NoBeginning,
    #[error("nbf has not come")]
    TooEarly,
    #[error("the claim of the tenant names none")]
    Tenant,
    #[error("the issuer does not speak for the tenant")]
    NotItsTenant,
    #[error("the claim of the subject names nobody")]
    Subject,
    #[error("the subject has the form of another issuer's")]
    NotItsSubject,
    #[error("the claim of the role has no role that is known")]
    Role,
    #[error("sid names no session")]
    Session,
}

/// The principal that the verified claims name, and until when they do.
pub(crate) fn principal(
    issuer: &Issuer,
    claims: &Map<String, Value>,
    now: Timestamp,
) -> Result<(Principal, Timestamp), BrokenClaim> {
    let expires_at = in_time(claims, now)?;
    let tenant = at(claims, &issuer.tenant_claim).and_then(Value::as_str);
    let tenant = tenant.and_then(|text| TenantId::new(text).ok()).ok_or(BrokenClaim::Tenant)?;
    if !issuer.speaks_for(&tenant) {
        return Err(BrokenClaim::NotItsTenant);
    }
    let subject = at(claims, &issuer.subject_claim).and_then(Value::as_str);
    let subject = subject.and_then(|text| subject_of(issuer, text)).ok_or(BrokenClaim::Subject)?;
    if issuer.is_of_another(&subject) {
        return Err(BrokenClaim::NotItsSubject);
    }
    let role = at(claims, &issuer.role_claim).and_then(|value| role_of(issuer, value)).ok_or(BrokenClaim::Role)?;
    Ok((Principal { tenant, subject, role }, expires_at))
}

/// Until when the claims hold, with what clocks may differ by.
fn in_time(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, BrokenClaim> {
    let expires = claims.get("exp").and_then(time).ok_or(BrokenClaim::NoExpiry)?;
    let expires = expires.checked_add(LEEWAY).unwrap_or(expires);
    if expires <= now {
        return Err(BrokenClaim::Expired);
    }
    let Some(begins) = claims.get("nbf") else { return Ok(expires) };
    let begins = time(begins).ok_or(BrokenClaim::NoBeginning)?;
    if begins.checked_sub(LEEWAY).is_ok_and(|at| at > now) { Err(BrokenClaim::TooEarly) } else { Ok(expires) }
}

/// RFC 7519 allows fractions of a second.
fn time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_f64().filter(|s| s.abs() < 1e12).map(whole))?;
    Timestamp::from_second(seconds).ok()
}

/// The claim of this name; or, where there is none, what is found along the dots of the name, as in `realm_access.roles`.
fn at<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let mut parts = name.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    })
}

/// Galley's own tokens name its own subjects.
fn subject_of(issuer: &Issuer, text: &str) -> Option<Subject> {
    if issuer.issuer == ISSUER { Subject::new(text).ok() } else { foreign::subject(&issuer.subject_prefix, text) }
}

/// The highest role that `value` has, one or several. What is no role of ours is another application's.
fn role_of(issuer: &Issuer, value: &Value) -> Option<Role> {
    let named = |value: &Value| {
        let name = value.as_str()?;
        if issuer.roles.is_empty() { Role::from_name(name) } else { issuer.roles.get(name).copied() }
    };
    match value {
        Value::Array(values) => values.iter().filter_map(named).max(),
        value => named(value),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "bounded by its caller")]
const fn whole(seconds: f64) -> i64 {
    seconds as i64
}
