//! Answers that are asked for again.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, RwLock},
};

/// What a question came to, by all that its answer depends on: a search asks the same one in many thousand states.
#[derive(Clone, Debug)]
pub(super) struct Memo<K, V>(Arc<RwLock<HashMap<K, V>>>);

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn get(&self, key: K, answer: impl FnOnce() -> V) -> V {
        if let Some(known) = self.0.read().unwrap().get(&key) {
            return known.clone();
        }
        let found = answer();
        self.0.write().unwrap().insert(key, found.clone());
        found
    }
}
