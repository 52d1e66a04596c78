//! The looks of every site, under a name that changes with them.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

pub(crate) const STYLE: &str = include_str!("../templates/site.css");

static NAME: LazyLock<String> = LazyLock::new(|| {
    let mut hash = hex::encode(Sha256::digest(STYLE.as_bytes()));
    hash.truncate(16);
    format!("site-{hash}.css")
});

/// The name of `STYLE`.
pub(crate) fn name() -> &'static str {
    &NAME
}
