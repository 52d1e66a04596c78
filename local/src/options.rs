//! Options of a stack.

use std::{collections::BTreeMap, path::PathBuf};

#[derive(Clone, Debug)]
pub struct Options {
    pub template: PathBuf,
    /// Where the functions' binaries are, e.g. `target/debug`.
    pub binaries: PathBuf,
    /// Where state is kept; with `None` a temporary folder, removed with the stack.
    pub data: Option<PathBuf>,
    /// 0 takes any free port.
    pub port: u16,
    /// Where the site is: another port is another origin.
    pub site_port: u16,
    /// Names, besides those of the loopback address, that the fronts are called by: a tunnel's, a proxy's, a domain of a site.
    pub hosts: Vec<String>,
    /// Where `cargo lambda invoke` is answered.
    pub invoke_port: u16,
    pub parameters: BTreeMap<String, String>,
    /// Keys of providers, by their name. They replace the keys of an earlier run.
    pub provider_keys: BTreeMap<String, String>,
    /// Values of the template's secrets, by their resource's name. What is not given stays as it is.
    pub secrets: BTreeMap<String, String>,
    /// Whether schedules fire by themselves.
    pub schedules: bool,
    /// Whether queues are read, and their messages brought to functions.
    pub deliver: bool,
    /// Most instances of one function.
    pub concurrency: usize,
}
