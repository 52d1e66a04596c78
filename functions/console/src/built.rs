//! The files of the console, as build.rs has embedded them.

/// What `make console` has built.
#[derive(Debug)]
pub struct Built {
    pub page: &'static str,
    pub assets: &'static [Asset],
}

/// A file whose name changes with its content.
#[derive(Debug)]
pub struct Asset {
    pub name: &'static str,
    pub brotli: &'static [u8],
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/built.rs"));
