//! Cursors: a position in a list, authenticated together with the list it belongs to. A changed cursor, or one of another
//! tenant or another filter, is refused.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::{
    kernel::paging::{Page, PageKey},
    secrets::{key::MacKey, store::Secrets},
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::{
    api,
    http::{
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
};

const TAG_BYTES: usize = 16;

/// Makes cursors with the newest secret; also reads those made with the previous one.
#[derive(Clone, Debug)]
pub struct Cursors<X> {
    pub secrets: X,
    pub secret_id: String,
}

impl<X: Secrets> Cursors<X> {
    /// Where the page begins that `call` asks for, of the list that `scope` names.
    ///
    /// # Errors
    /// 400 when its cursor is not one of ours for this list.
    pub async fn after(&self, call: &Call, scope: &str) -> Result<Option<PageKey>, ApiError> {
        match call.query("cursor") {
            None => Ok(None),
            Some(cursor) => self.open(&cursor, scope).await.map(Some),
        }
    }

    /// The answer with a page of the list that `scope` names.
    ///
    /// # Errors
    /// 503 when the key cannot be had.
    pub async fn page<T: Serialize>(&self, page: Page<T>, scope: &str) -> Result<Reply, ApiError> {
        let next_cursor = self.next(page.next.as_ref(), scope).await?;
        Ok(Reply::json(200, &api::Page { data: page.items, next_cursor }).compressible())
    }

    /// The cursor of the next page, if there is one.
    ///
    /// # Errors
    /// 503 when the key cannot be had.
    pub async fn next(&self, key: Option<&PageKey>, scope: &str) -> Result<Option<String>, ApiError> {
        match key {
            None => Ok(None),
            Some(key) => self.seal(key, scope).await.map(Some),
        }
    }

    async fn seal(&self, key: &PageKey, scope: &str) -> Result<String, ApiError> {
        let secrets = self.secrets().await?;
        let secret = secrets.first().ok_or_else(|| ApiError::internal("the cursor secret has no value"))?;
        Ok(seal(key, scope, secret))
    }

    async fn open(&self, cursor: &str, scope: &str) -> Result<PageKey, ApiError> {
        let secrets = self.secrets().await?;
        open(cursor, scope, &secrets).ok_or_else(|| ApiError::new(Problem::InvalidCursor))
    }

    async fn secrets(&self) -> Result<Vec<MacKey>, ApiError> {
        Ok(MacKey::active(&self.secrets, &self.secret_id).await?)
    }
}

fn tag(payload: &[u8], scope: &str, secret: &MacKey) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).ok()?;
    mac.update(&scope.len().to_be_bytes());
    mac.update(scope.as_bytes());
    mac.update(payload);
    Some(mac)
}

/// A cursor for `key` in the list that `scope` names.
pub fn seal(key: &PageKey, scope: &str, secret: &MacKey) -> String {
    let payload = serde_json::to_vec(key).unwrap_or_default();
    let tag = tag(&payload, scope, secret).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
    let bytes: Vec<u8> = tag.into_iter().take(TAG_BYTES).chain(payload).collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that `cursor` names, if one of `secrets` made it for this list.
pub fn open(cursor: &str, scope: &str, secrets: &[MacKey]) -> Option<PageKey> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (given, payload) = bytes.split_at_checked(TAG_BYTES)?;
    let genuine = secrets
        .iter()
        .filter_map(|secret| tag(payload, scope, secret))
        .any(|mac| mac.verify_truncated_left(given).is_ok());
    if genuine { serde_json::from_slice(payload).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PageKey {
        PageKey { sort: "2026-11-20T12:00:00.000Z#task_1".into(), id: "task_1".into() }
    }

    fn secret(text: &str) -> MacKey {
        MacKey::of(format!("{text:.<16}")).unwrap()
    }

    #[test]
    fn a_changed_cursor_is_refused() {
        let cursor = seal(&key(), "tasks/acme", &secret("s"));
        for at in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(open(&changed, "tasks/acme", &[secret("s")]).filter(|_| changed != cursor), None);
        }
        for cursor in ["", "AAAA", "not base64!"] {
            assert_eq!(open(cursor, "tasks/acme", &[secret("s")]), None);
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = seal(&key(), "tasks/acme", &secret("s"));
        assert_eq!(open(&cursor, "tasks/other", &[secret("s")]), None);
    }

    #[test]
    fn a_cursor_outlives_one_rotation() {
        let cursor = seal(&key(), "tasks/acme", &secret("old"));
        assert_eq!(open(&cursor, "tasks/acme", &[secret("new"), secret("old")]), Some(key()));
        assert_eq!(open(&cursor, "tasks/acme", &[secret("new"), secret("newer")]), None);
    }
}
