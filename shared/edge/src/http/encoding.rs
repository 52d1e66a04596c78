//! Compression of answers (RFC 9110, 8.4 and 12.5.3). Only what its handler marks is compressed: where a secret stands beside words of
//! somebody else, the length of what is compressed tells of the secret.
//! An answer in gzip has an entity tag of its own, `"4-gzip"` beside `"4"`: strong tags differ by coding (RFC 9110, 8.8.3.3).

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use lambda_http::http::{HeaderMap, header};

/// What is shorter goes in one packet anyway.
const LEAST_BYTES: usize = 1024;
/// What an entity tag has more in gzip.
const IN_GZIP: &str = "-gzip";

/// What a client can be sent, and which tags it has already.
#[derive(Clone, Debug, Default)]
pub(super) struct Asks {
    gzip: bool,
    known: Option<String>,
}

impl Asks {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { gzip: takes_gzip(headers), known }
    }

    /// The compressed body, where the client takes one and it is worth it.
    pub(super) fn encoded(&self, body: &[u8]) -> Option<Vec<u8>> {
        (self.gzip && body.len() > LEAST_BYTES).then(|| gzip(body)).flatten()
    }

    /// Whether the client has what `etag` names, in gzip.
    pub(super) fn has_in_gzip(&self, etag: &str) -> bool {
        let wanted = tag_in_gzip(etag);
        self.gzip && self.known.as_ref().is_some_and(|known| known.contains(&wanted))
    }
}

/// The entity tag of what is compressed.
pub(super) fn tag_in_gzip(etag: &str) -> String {
    etag.strip_suffix('"').map_or_else(|| etag.to_owned(), |opening| format!("{opening}{IN_GZIP}\""))
}

/// What a tag, without its quotes, names in whatever coding.
pub(super) fn uncoded(opaque: &str) -> &str {
    opaque.strip_suffix(IN_GZIP).unwrap_or(opaque)
}

/// Whether gzip is taken, and liked no less than what is not compressed. What cannot be read is not taken.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut named, mut any, mut plain) = (None, None, None);
    let lists = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    for coding in lists.flat_map(|list| list.split(',')) {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.next().map_or(Some(1000), thousandths).unwrap_or(0);
        match name.as_str() {
            "gzip" | "x-gzip" => named = Some(quality),
            "*" => any = Some(quality),
            "identity" => plain = Some(quality),
            _ => {}
        }
    }
    let gzip = named.or(any).unwrap_or(0);
    gzip > 0 && gzip >= plain.unwrap_or(0)
}

/// A weight: `q=`, and at most one with three decimals (RFC 9110, 12.4.2).
fn thousandths(weight: &str) -> Option<u32> {
    let (name, value) = weight.split_once('=')?;
    let quality: f32 = value.trim().parse().ok().filter(|quality| (0.0..=1.0).contains(quality))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
    name.trim().eq_ignore_ascii_case("q").then_some((quality * 1000.0).round() as u32)
}

/// `None` where the machine has failed us: then it goes as it is.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

/// The text that was compressed; of what is no such thing what could be read.
pub(super) fn text_of(stored: &[u8]) -> String {
    let mut text = String::new();
    if let Err(error) = GzDecoder::new(stored).read_to_string(&mut text) {
        tracing::error!(%error, "what is stored compressed cannot be read");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(lists: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(header::ACCEPT_ENCODING, list.parse().unwrap());
        }
        takes_gzip(&headers)
    }

    #[test]
    fn whoever_does_not_take_gzip_gets_none() {
        for lists in [
            &[][..],
            &[""],
            &["br"],
            &["identity"],
            &["gzip;q=0"],
            &["gzip; Q=0.000"],
            &["*;q=0"],
            &["gzip;q=0, *"],
            &["br, gzip;q=0.4, identity;q=0.5"],
            &["gzip;q=2"],
            &["gzip;q=NaN"],
            &["gzip;level=9"],
            &["gzipped"],
        ] {
            assert!(!takes(lists), "{lists:?}");
        }
    }

    #[test]
    fn whoever_takes_gzip_gets_it() {
        for lists in [
            &["gzip"][..],
            &["GZIP, deflate, br"],
            &["x-gzip"],
            &["*"],
            &["br;q=1, *;q=0.1"],
            &["gzip;q=0.001"],
            &["gzip;q=0.5, identity;q=0.5"],
            &["identity;q=0, *;q=1"],
            &["br", "gzip"],
        ] {
            assert!(takes(lists), "{lists:?}");
        }
    }

    #[test]
    fn what_is_stored_compressed_is_read_as_it_was() {
        assert_eq!(text_of(&gzip("A cache keeps copies.".as_bytes()).unwrap()), "A cache keeps copies.");
    }

    #[test]
    fn a_tag_in_gzip_is_another_and_names_the_same() {
        assert_eq!(tag_in_gzip("\"4\""), "\"4-gzip\"");
        assert_eq!((uncoded("4-gzip"), uncoded("4"), uncoded("4-gzip-gzip")), ("4", "4", "4-gzip"));
    }
}
