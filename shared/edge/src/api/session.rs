//! What people who sign in send and are answered.

use galley_domain::{
    access::role::Role,
    kernel::ids::{Subject, TenantId},
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use super::admin::exposed;

/// The answer to a sign-in or a refresh.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Tokens))]
pub struct TokensView {
    /// Send it as `Authorization: Bearer …`.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub access_token: SecretString,
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub refresh_token: SecretString,
}

/// A ticket for a stream; this answer alone shows it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = StreamTicket))]
pub struct StreamTicketView {
    /// Send it as `?ticket=…` to the task's stream.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub ticket: SecretString,
    pub expires_at: Timestamp,
}

/// The answer to a browser, whose refresh token is in a cookie that no script reads.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = BrowserToken))]
pub struct BrowserTokenView {
    /// Send it as `Authorization: Bearer …`.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub access_token: SecretString,
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
}

/// How a browser asks for its next token. That it is JSON keeps a form of another site from asking.
#[derive(Debug, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BrowserRenewal {
    /// As RFC 6749 calls it; the refresh token itself is in the cookie.
    pub grant_type: Grant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    RefreshToken,
}

/// The request for a new token.
#[derive(Debug, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub refresh_token: SecretString,
}

/// The end of a sign-in that a program has begun in a browser.
#[derive(Debug, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TerminalSignIn {
    /// As the browser brought it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512))]
    #[serde(deserialize_with = "within::<_, _, 1, 512>")]
    pub state: String,
    /// As the browser brought it; it works once.
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 1, max_length = 512))]
    #[serde(deserialize_with = "within::<_, _, 1, 512>")]
    pub code: SecretString,
    /// What the challenge was made of (RFC 7636).
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 43, max_length = 128))]
    #[serde(deserialize_with = "within::<_, _, 43, 128>")]
    pub verifier: SecretString,
}

/// A text of so many characters, as the document says.
fn within<'de, D, T, const LEAST: usize, const MOST: usize>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: From<String>,
{
    let text = <String as serde::Deserialize>::deserialize(from)?;
    if (LEAST..=MOST).contains(&text.chars().count()) {
        Ok(text.into())
    } else {
        Err(serde::de::Error::custom(format_args!("must be {LEAST} to {MOST} characters")))
    }
}

/// Who the caller is.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Me))]
pub struct MeView {
    pub tenant: TenantId,
    pub subject: Subject,
    pub role: Role,
    /// Where readers find what the tenant has published: a live article is at its slug behind this address and a `/`.
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub site_url: String,
}
