//! Lists of entity tags, as conditional requests have them (RFC 9110, 8.8.3 and 13.1.1).

use lambda_http::http::{HeaderMap, header};

use super::encoding::{tag_in_gzip, takes_gzip};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) is_weak: bool,
    /// What is in the quotes.
    pub(super) opaque: &'a str,
}

/// The tags of a list, at least one. `None` if it is no such list.
pub(super) fn list(text: &str) -> Option<Vec<Tag<'_>>> {
    let (mut tags, mut left) = (Vec::new(), text.trim());
    loop {
        let (is_weak, quoted) = left.strip_prefix("W/").map_or((false, left), |rest| (true, rest));
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        tags.push(Tag { is_weak, opaque });
        match rest.trim_start() {
            "" => return Some(tags),
            rest => left = rest.strip_prefix(',')?.trim_start(),
        }
    }
}

/// Whether `If-None-Match` names `etag`, in a coding that the client takes: a cache that holds an answer in gzip alone has nothing for
/// a client that takes none.
pub(super) fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let in_gzip = takes_gzip(headers).then(|| tag_in_gzip(etag));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        let mut tags = known.split(',').map(str::trim).map(|one| one.trim_start_matches("W/"));
        tags.any(|one| one == "*" || one == etag || Some(one) == in_gzip.as_deref())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_tags_is_none() {
        for text in ["", "4", "\"4", "4\"", "w/\"4\"", "W/ \"4\"", "\"4\" \"5\"", "\"4\",", ",\"4\"", "\"a b\"", "*"] {
            assert_eq!(list(text), None, "{text}");
        }
    }

    #[test]
    fn each_tag_of_a_list_is_read() {
        let tag = |is_weak, opaque| Tag { is_weak, opaque };
        assert_eq!(list("\"4\""), Some(vec![tag(false, "4")]));
        assert_eq!(list(" W/\"4\" , \"a,b\",\"\""), Some(vec![tag(true, "4"), tag(false, "a,b"), tag(false, "")]));
    }
}
