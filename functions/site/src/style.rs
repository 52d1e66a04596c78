//! The looks of every site, under a name that changes with them.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

pub(crate) const STYLE: &str = include_str!("../templates/site.css");

static NAME: LazyLock<String> = LazyLock::new(|| format!("site-{}.css", hash(STYLE)));

/// The name of `STYLE`.
pub(crate) fn name() -> &'static str {
    &NAME
}

/// The beginning of a hash, for the name of a file.
pub(crate) fn hash(text: &str) -> String {
    let mut hash = hex::encode(Sha256::digest(text.as_bytes()));
    hash.truncate(16);
    hash
}
