//! Fault injection: in calls between functions and services, and in the functions' processes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use galley_local::{
    fault_proxy::Fault,
    signal::{self, Signal},
};

use crate::Galley;

/// The percentage of calls that get each kind of fault.
const PERCENT_EACH: u8 = 2;
/// The functions whose processes are killed; the worker twice as often as any other.
pub(super) const VICTIMS: [&str; 6] = [
    "WorkFunction",
    "WorkFunction",
    "CreateTaskFunction",
    "ApproveTaskFunction",
    "QueryTasksFunction",
    "SweepTasksFunction",
];

#[derive(Debug)]
pub(super) struct Faults {
    random: Mutex<fastrand::Rng>,
    counted: Mutex<BTreeMap<String, u64>>,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Mutex::new(fastrand::Rng::with_seed(seed)), counted: Mutex::default() }
    }

    pub(super) fn counted(&self) -> BTreeMap<String, u64> {
        self.counted.lock().unwrap().clone()
    }

    pub(super) fn count(&self, kind: &str) {
        *self.counted.lock().unwrap().entry(kind.to_owned()).or_default() += 1;
    }

    /// Starts injecting faults into the functions' calls.
    pub(super) fn strike(self: &Arc<Self>, galley: &Galley) {
        let faults = Arc::clone(self);
        galley.stack.fault_proxy().decide(move |_| faults.fate());
    }

    fn fate(&self) -> Fault {
        let (dice, wait) = {
            let mut random = self.random.lock().unwrap();
            (random.u8(0..100), random.u64(50..600))
        };
        let (fate, kind) = match dice / PERCENT_EACH {
            0 => (Fault::Throttled, "throttled"),
            1 => (Fault::Fails, "answered 500"),
            2 => (Fault::LosesItsAnswer, "done, answer lost"),
            3 => (Fault::Waits(Duration::from_millis(wait)), "delayed"),
            _ => return Fault::Passes,
        };
        self.count(kind);
        fate
    }
}

/// Kills a process every now and then, until it is stopped.
pub(super) async fn kill(faults: Arc<Faults>, galley: Arc<Galley>, victims: &[&str]) {
    loop {
        let (pause, function, nth) = {
            let mut random = faults.random.lock().unwrap();
            let function = victims[random.usize(0..victims.len())];
            (random.u64(100..700), function, random.usize(0..64))
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let pids = galley.stack.pids(function);
        let Some(pid) = pids.get(nth % pids.len().max(1)) else { continue };
        // The pid is always of this stack; the process may just have ended.
        if signal::send(*pid, Signal::KILL) {
            faults.count(&format!("{function} killed"));
        }
    }
}
