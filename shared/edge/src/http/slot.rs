//! The window of one request.

use std::sync::{Arc, Mutex, PoisonError};

use galley_domain::access::limits::Window;

/// The window of one request, until it is taken for counting.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Window>>>);

impl Slot {
    pub(super) fn of(window: Option<Window>) -> Self {
        Self(Arc::new(Mutex::new(window)))
    }

    pub(super) fn take(&self) -> Option<Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
