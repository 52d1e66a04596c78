//! Sends signals to a process of the stack: tests use them to pause or kill one.

use rustix::process::{Pid, kill_process};

pub use rustix::process::Signal;

/// Sends a signal. Returns whether the process existed.
pub fn send(pid: u32, signal: Signal) -> bool {
    i32::try_from(pid).ok().and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, signal).is_ok())
}
