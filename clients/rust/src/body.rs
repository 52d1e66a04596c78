//! Reads an answer's body, up to a size.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use crate::error::Error;

/// An article has at most 200 KiB, a page a hundred of what a list shows.
const MOST_BYTES: usize = 32 * 1024 * 1024;

pub(crate) async fn read(mut response: Response, host: &str) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    loop {
        let chunk = response.chunk().await.map_err(|source| Error::NoAnswer { host: host.to_owned(), source })?;
        let Some(chunk) = chunk else { return Ok(body.freeze()) };
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(Error::TooLong(MOST_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
}
