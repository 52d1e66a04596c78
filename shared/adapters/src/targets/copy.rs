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

    /// Of the request that makes its next post, and of no other: whatever its first post is sought from.
    pub(super) fn key(&self, text: &str) -> String {
        let parent = self.ids.last().map_or("", String::as_str);
        fingerprint_of([self.mark, &self.ids.len().to_string(), parent, text])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_mark_number_text_and_what_it_answers() {
        let copy = |mark, from, ids: &[&str]| Copy { mark, from, ids: ids.iter().map(|id| (*id).to_owned()).collect() };
        let key = copy("galley-1", "115", &[]).key("One.");
        assert_eq!(key, copy("galley-1", "116", &[]).key("One."), "it answers none, whatever is newest there");
        for other in [copy("galley-2", "115", &[]).key("One."), copy("galley-1", "115", &[]).key("Two.")] {
            assert_ne!(key, other);
        }
        assert_ne!(key, copy("galley-1", "115", &["115"]).key("One."));
        assert_ne!(copy("galley-1", "115", &["7"]).key("Two."), copy("galley-1", "115", &["8"]).key("Two."));
    }

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
