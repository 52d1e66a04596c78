//! A place in a list as a part of an address. It is not secret and not signed: whoever makes one up reads the same public list from
//! another place.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use galley_domain::kernel::paging::PageKey;

/// Longer than every place in a list.
const LONGEST: usize = 1000;

pub(crate) fn written(key: &PageKey) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// `None` for what is no place.
pub(crate) fn read(text: &str) -> Option<PageKey> {
    if text.len() > LONGEST {
        return None;
    }
    let key: PageKey = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain(&key.sort) && is_plain(&key.id)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_place_is_not_read() {
        let empty = PageKey { sort: String::new(), id: "x".into() };
        let foreign = URL_SAFE_NO_PAD.encode("{\"sort\":\"a\\u0000\",\"id\":\"x\"}");
        for text in ["", "?", "AAAA", &written(&empty), &foreign, &"A".repeat(2000)] {
            assert_eq!(read(text), None, "{text}");
        }
        let key = PageKey { sort: "2026-11-20T12:00:00.000Z#task_1".into(), id: "acme#a-title".into() };
        assert_eq!(read(&written(&key)), Some(key));
    }
}
