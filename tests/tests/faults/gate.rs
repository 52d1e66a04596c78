//! A gate in front of all that a process asks for: it counts every I/O, and at one of them a life ends or an answer gets lost.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use galley_adapters::aws::Aws;
use galley_local::{
    Options, Stack,
    fault_proxy::{Fault, FaultProxy},
};
use galley_tests::options;
use tokio::sync::Notify;

/// What happens at the I/O that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// The life ends, and nothing is done.
    Before,
    /// It is done, and the life ends.
    After,
    /// It is done, the answer gets lost, and the life goes on.
    Unheard,
}

#[derive(Debug, Default)]
pub(super) struct Gate {
    seen: AtomicUsize,
    end: Mutex<Option<(usize, When)>>,
    /// Rings once a call hangs; the fault proxy has its own bell.
    hung: Notify,
}

/// A stack that delivers nothing, and how its table and queues are asked: through the gate, and past it.
pub(super) async fn stack_behind(gate: &Arc<Gate>) -> (Stack, Aws, Aws) {
    let mut stack = Stack::start(Options { deliver: false, ..options() }).await.unwrap();
    let environment = stack.environment_through_fault_proxy("crashing").await.unwrap();
    let gated = Aws::from_vars(|name| environment.get(name).cloned()).unwrap();
    let environment = stack.environment();
    let ungated = Aws::from_vars(|name| environment.get(name).cloned()).unwrap();
    let counting = Arc::clone(gate);
    stack.fault_proxy().decide(move |_| counting.fault());
    (stack, gated, ungated)
}

impl Gate {
    pub(super) fn arm(&self, end: Option<(usize, When)>) {
        self.seen.store(0, Ordering::SeqCst);
        *self.end.lock().unwrap() = end;
    }

    pub(super) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    pub(super) fn next(&self) -> Option<When> {
        let nth = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        let end = *self.end.lock().unwrap();
        end.filter(|(at, _)| *at == nth).map(|(_, when)| when)
    }

    /// What the fault proxy does with the next call.
    pub(super) fn fault(&self) -> Fault {
        match self.next() {
            None => Fault::Passes,
            Some(When::Before) => Fault::Vanishes,
            Some(When::After) => Fault::IsNeverAnswered,
            Some(When::Unheard) => Fault::LosesItsAnswer,
        }
    }

    pub(super) async fn hang(&self) -> Infallible {
        self.hung.notify_one();
        std::future::pending().await
    }

    /// A life of some process: what it came to, or `None` when it died in the middle. On the heap: unoptimised, the future of a whole
    /// life is larger than a test's stack.
    pub(super) async fn life<T>(&self, fault_proxy: &FaultProxy, life: Pin<Box<impl Future<Output = T>>>) -> Option<T> {
        tokio::select! {
            biased;
            () = fault_proxy.hung() => None,
            () = self.hung.notified() => None,
            lived = life => Some(lived),
        }
    }
}
