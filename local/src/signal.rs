//! Signals to a process of the stack: how tests pause one, or end it without a word.

use rustix::process::{Pid, kill_process};

pub use rustix::process::Signal;

/// Whether the process was there to get it.
pub fn send(pid: u32, signal: Signal) -> bool {
    i32::try_from(pid).ok().and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, signal).is_ok())
}
