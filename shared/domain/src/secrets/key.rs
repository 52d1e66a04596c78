//! Keys that are long enough to be keys. A secret that is blank or short would make a signature that anyone can make too,
//! so what is too short stands for no secret at all, and every consumer of secrets asks for its keys here.

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::secrets::store::{SecretError, Secrets};

/// Bytes to sign or to verify with, at least `LEAST` of them.
#[derive(Clone, Debug)]
pub struct Key<const LEAST: usize>(SecretSlice<u8>);

/// What webhooks, callbacks and cursors are signed with.
pub type MacKey = Key<16>;
/// What tokens are signed with by HS256: no shorter than its hash (RFC 7518, 3.2).
pub type Hs256Key = Key<32>;

impl<const LEAST: usize> Key<LEAST> {
    /// What a secret's text stands for, as it is. White space around it, which editors and shells leave, is not counted.
    pub fn of_text(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret();
        Self::of(text).filter(|_| text.trim().len() >= LEAST)
    }

    /// `None`: too short.
    pub fn of(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (bytes.len() >= LEAST).then(|| Self(bytes.into()))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Every version of the secret `id` that is in force and long enough, the newest first. Never empty.
    ///
    /// # Errors
    /// `Missing` where there is none that is long enough.
    pub async fn active(secrets: &impl Secrets, id: &str) -> Result<Vec<Self>, SecretError> {
        let versions = secrets.active(id).await?;
        let keys: Vec<Self> = versions.iter().filter_map(Self::of_text).collect();
        if keys.len() < versions.len() {
            tracing::warn!(secret = id, least_bytes = LEAST, "a secret is too short to be used");
        }
        if keys.is_empty() { Err(SecretError::Missing) } else { Ok(keys) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_print() {
        let key = MacKey::of(*b"sixteen bytes...").unwrap();
        assert!(!format!("{key:?}").contains("115"), "{key:?}");
    }
}
