//! The last answers with an `ETag`, so that what has not changed is not sent again.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::HeaderMap;

/// The oldest leaves first.
const MOST: usize = 128;
/// A larger answer is not kept.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) etag: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    kept: BTreeMap<String, Kept>,
    order: VecDeque<String>,
}

impl Cache {
    pub(crate) fn get(&self, url: &str) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kept.get(url).cloned()
    }

    pub(crate) fn put(&self, url: &str, kept: Kept) {
        if kept.body.len() > MOST_BYTES {
            return;
        }
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.kept.insert(url.to_owned(), kept).is_none() {
            inner.order.push_back(url.to_owned());
        }
        if inner.order.len() > MOST
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.kept.remove(&oldest);
        }
    }
}
