//! Posts as records: their keys, how long they may be, and what in them is an address or a hashtag.

use galley_domain::outbox::{
    port::{Mark, Piece},
    posts::{characters, hashtags, links},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) const COLLECTION: &str = "app.bsky.feed.post";
/// What the lexicon of `app.bsky.feed.post` says of `text`.
const MOST_CHARACTERS: usize = 300;
const MOST_BYTES: usize = 3000;
/// Of a hashtag, without its `#`.
const MOST_OF_TAG: usize = 64;

const DIGITS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
/// Of a key, behind the microseconds.
const CLOCK_BITS: u32 = 10;

pub(super) fn fits(post: &str) -> bool {
    characters(post) <= MOST_CHARACTERS && post.len() <= MOST_BYTES
}

/// A TID (<https://atproto.com/specs/tid>): a bit of nothing, 53 bits of microseconds and 10 of whoever made it, in 13 digits that sort as they
/// rise.
fn written(number: u64) -> String {
    let digit = |nth: u32| DIGITS.get(usize::try_from((number >> (5 * nth)) & 31).unwrap_or_default());
    (0..13).rev().filter_map(digit).map(|digit| char::from(*digit)).collect()
}

fn read(key: &str) -> u64 {
    let value = |digit: u8| DIGITS.iter().position(|known| *known == digit).unwrap_or_default();
    key.bytes().fold(0, |number, digit| (number << 5) | u64::try_from(value(digit)).unwrap_or_default())
}

/// Of when the article went live, to the second, and of the mark: what an account posts in one second has keys of its own.
pub(super) fn first_key(mark: &Mark, piece: &Piece) -> String {
    let digest = Sha256::digest(mark.as_str());
    let salt = digest.iter().take(4).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let second = u64::try_from(piece.published_at.as_second()).unwrap_or_default();
    // Posts of a thread are a microsecond apart: the last thousand of a second is theirs.
    let micros = second * 1_000_000 + (salt >> CLOCK_BITS) % 999_000;
    written(((micros << CLOCK_BITS) | (salt & ((1 << CLOCK_BITS) - 1))) & (u64::MAX >> 1))
}

/// The key of the post after.
pub(super) fn after(key: &str) -> String {
    written(read(key).wrapping_add(1 << CLOCK_BITS) & (u64::MAX >> 1))
}

/// By their places in UTF-8, as `app.bsky.richtext.facet` has them.
pub(super) fn facets(text: &str) -> Vec<Value> {
    let at = |range: &std::ops::Range<usize>| json!({"byteStart": range.start, "byteEnd": range.end});
    let said = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or_default().to_owned();
    let link = |range: std::ops::Range<usize>| json!({"index": at(&range), "features": [{"$type": "app.bsky.richtext.facet#link", "uri": said(&range)}]});
    let tag = |range: std::ops::Range<usize>| {
        let tag = said(&range).trim_start_matches('#').to_owned();
        let is_one = characters(&tag) <= MOST_OF_TAG;
        is_one.then(|| json!({"index": at(&range), "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": tag}]}))
    };
    links(text).into_iter().map(link).chain(hashtags(text).into_iter().filter_map(tag)).collect()
}

#[cfg(test)]
mod tests {
    use galley_domain::kernel::ids::TaskId;
    use jiff::Timestamp;

    use super::*;
    use crate::targets::tests::a_piece;

    #[test]
    fn a_key_is_made_of_the_mark_and_the_hour_and_rises_with_each_post() {
        let mark = |name: &str| Mark::of(&TaskId::from_uuid(uuid::Uuid::nil()), &name.parse().unwrap());
        let piece = Piece { published_at: "2026-11-29T12:00:00Z".parse::<Timestamp>().unwrap(), ..a_piece() };
        let key = first_key(&mark("blog"), &piece);
        assert_eq!(key, first_key(&mark("blog"), &piece));
        assert_ne!(key, first_key(&mark("other"), &piece));
        let mut last = key;
        for _ in 0..20 {
            let next = after(&last);
            assert!(next > last && next.len() == 13, "{next} after {last}");
            assert!("234567abcdefghij".contains(&next[..1]), "the top bit is 0: {next}");
            last = next;
        }
        assert_eq!((written(0), read("3jzfcijpj2z2a")), ("2".repeat(13), read(&written(read("3jzfcijpj2z2a")))));
        let at = read(&last) >> CLOCK_BITS;
        assert_eq!(at / 1_000_000, 1_795_953_600, "it says when the article went live");
    }

    #[test]
    fn a_facet_is_where_its_bytes_are() {
        let text = "Größe 👩‍👩‍👧 https://example.com/ü (#Größe)";
        let all = facets(text);
        let said: Vec<&str> = all
            .iter()
            .map(|facet| {
                let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
                &text[at("byteStart")..at("byteEnd")]
            })
            .collect();
        assert_eq!(said, ["https://example.com/ü", "#Größe"]);
        assert_eq!(all[1]["features"][0], json!({"$type": "app.bsky.richtext.facet#tag", "tag": "Größe"}));
        assert_eq!(facets(&format!("#{}", "x".repeat(65))), Vec::<Value>::new(), "no hashtag to the network");
    }
}
