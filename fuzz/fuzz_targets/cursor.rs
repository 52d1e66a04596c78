//! No cursor opens but one that was sealed for the same list, and that one gives back its place.
#![no_main]

use galley_domain::{kernel::paging::PageKey, secrets::key::MacKey};
use galley_edge::cursor::{open, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str, &str, u16)| {
    let (forged, scope, sort, id, flip) = input;
    let secrets = [*b"the newest of all", *b"the one before it"].map(|text| MacKey::of(text).unwrap());
    // Another secret than the ones below seal with: the fuzzer learns those cursors from the comparisons it watches.
    assert_eq!(open(forged, scope, &[MacKey::of(*b"it seals nothing.").unwrap()]), None, "{forged:?}");
    let key = PageKey { sort: sort.to_owned(), id: id.to_owned() };
    let cursor = seal(&key, scope, &secrets[1]);
    assert_eq!(open(&cursor, scope, &secrets), Some(key));
    assert_eq!(open(&cursor, &format!("{scope}x"), &secrets), None);
    let mut bytes = cursor.clone().into_bytes();
    let at = usize::from(flip) % bytes.len();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(bytes).unwrap();
    assert!(changed == cursor || open(&changed, scope, &secrets).is_none());
});
