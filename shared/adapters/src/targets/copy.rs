//! What a copy of several posts is known by.

use galley_domain::outbox::port::{RemoteId, fingerprint_of};

/// `MARK#FROM#ID,ID,…`: what its first post is sought from, and the posts in their order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copy<'a> {
    pub(super) mark: &'a str,
    pub(super) from: &'a str,
    pub(super) ids: Vec<String>,
}

/// What may be part of a path.
pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

impl<'a> Copy<'a> {
    /// `None`: it is none of ours.
    pub(super) fn parse(RemoteId(id): &'a RemoteId) -> Option<Self> {
        let (mark, rest) = id.split_once('#')?;
        let (from, ids) = rest.split_once('#')?;
        let ids: Vec<String> = ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let is_ours = mark.starts_with("galley-") && is_id(mark) && is_id(from) && ids.iter().all(|id| is_id(id));
        is_ours.then_some(Self { mark, from, ids })
    }

    pub(super) fn id(&self) -> RemoteId {
        RemoteId(format!("{}#{}#{}", self.mark, self.from, self.ids.join(",")))
    }

    /// Of the request that makes its next post, and of no other.
    pub(super) fn key(&self, text: &str) -> String {
        let parent = self.ids.last().map_or(self.from, String::as_str);
        fingerprint_of([self.mark, &self.ids.len().to_string(), parent, text])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_of_ours_names_no_post() {
        for id in [
            "987654",
            "",
            "##",
            "galley-1",
            "galley-1#",
            "other#1#2",
            "galley-1##2",
            "galley-1#1#2/..",
            "galley-1#1#2?a",
        ] {
            assert_eq!(Copy::parse(&RemoteId(id.to_owned())), None, "{id}");
        }
        for id in ["galley-0f#0#", "galley-0f#115#116,117"] {
            let id = RemoteId(id.to_owned());
            assert_eq!(Copy::parse(&id).unwrap().id(), id);
        }
    }
}
