//! Programs with a lock of their own, outside the workspace, are built from it: `--locked` refuses one that lags behind.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use galley_tests::root;
use serde_json::Value;

const LOCKS: [&str; 2] = ["fuzz/Cargo.lock", "bench/default/Cargo.lock"];

/// The names that a lock has beneath each package without a source: our own.
fn ours(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join(lock)).expect("a lock");
    let own = text.split("[[package]]").skip(1).filter(|package| !package.contains("\nsource = "));
    own.map(|package| {
        let name = package.split("name = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("a name");
        let names = package.split("dependencies = [").nth(1).unwrap_or_default().lines();
        let names = names.filter_map(|line| line.trim().strip_prefix('"')?.split([' ', '"']).next().map(str::to_owned));
        (name.to_owned(), names.collect())
    })
    .collect()
}

/// What each package of the workspace always needs.
fn needed() -> BTreeMap<String, BTreeSet<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root()).output();
    let metadata: Value = serde_json::from_slice(&output.expect("Cargo runs").stdout).expect("JSON");
    let name = |one: &Value| one["name"].as_str().expect("a name").to_owned();
    let always = |one: &&Value| one["kind"].is_null() && one["optional"] == false;
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies").iter();
            (name(package), all.filter(always).map(name).collect())
        })
        .collect()
}

#[test]
fn no_lock_outside_the_workspace_lags_behind_it() {
    let needed = needed();
    for lock in LOCKS {
        let ours = ours(lock);
        assert!(ours.len() > 1, "{lock} has none of our packages");
        for (package, locked) in &ours {
            let needs = needed.get(package).into_iter().flatten();
            let missing: Vec<&String> = needs.filter(|name| !locked.contains(*name)).collect();
            assert!(missing.is_empty(), "{lock}: {package} needs {missing:?}; run `cargo update -w` beside it");
        }
    }
}
