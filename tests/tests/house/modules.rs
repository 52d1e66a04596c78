//! Every file of code is compiled into something. A test whose file no `mod` names would never fail.
#![allow(clippy::expect_used, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};

use galley_tests::{documents::sources, root};

/// The files that may name `file` as a module of theirs.
fn parents(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().expect("a folder");
    let above = if file.ends_with("mod.rs") { folder.parent().expect("a folder") } else { folder };
    let mut parents: Vec<PathBuf> = ["main.rs", "lib.rs", "mod.rs"].map(|name| above.join(name)).into();
    parents.push(above.with_extension("rs"));
    parents
}

/// What Cargo itself finds: libraries, programs, tests, examples.
fn is_entry(file: &Path) -> bool {
    let folder = file.parent().expect("a folder");
    let within = |name: &str| folder.ends_with(name);
    let test = within("tests") && folder.with_file_name("Cargo.toml").exists();
    let named = ["lib.rs", "main.rs", "build.rs"].iter().any(|name| file.ends_with(name));
    named || test || ["bin", "examples", "fuzz_targets"].into_iter().any(within)
}

fn is_named(file: &Path) -> bool {
    let stem = if file.ends_with("mod.rs") { file.parent().expect("a folder").file_name() } else { file.file_stem() };
    let name = stem.and_then(|name| name.to_str()).expect("a name");
    parents(file).iter().filter(|parent| *parent != file).any(|parent| {
        let code = std::fs::read_to_string(parent).unwrap_or_default();
        code.lines().any(|line| line.trim_start_matches(|c| c != 'm').contains(&format!("mod {name};")))
    })
}

#[test]
fn no_file_of_code_is_left_out() {
    let files: Vec<PathBuf> = ["shared", "functions", "local", "tests", "bench/hello", "fuzz"]
        .iter()
        .flat_map(|folder| sources(&root().join(folder)))
        .filter(|file| !file.components().any(|part| part.as_os_str() == "target"))
        .collect();
    assert!(files.len() > 200, "{}", files.len());
    let left_out: Vec<&PathBuf> = files.iter().filter(|file| !is_entry(file) && !is_named(file)).collect();
    assert!(left_out.is_empty(), "no module names these: {left_out:?}");
}

/// Programs are linked once, without a test harness (`test = false`): what they could test stands in their library.
#[test]
fn no_program_has_tests_that_are_not_run() {
    let manifests = ["functions", "local", "tests", "bench/hello"].map(|folder| root().join(folder));
    let mut programs = 0;
    for file in manifests
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|file| !file.components().any(|part| part.as_os_str() == "target"))
    {
        let folder = file.parent().expect("a folder");
        let program = folder.ends_with("bin") || (file.ends_with("main.rs") && folder.ends_with("src"));
        if program {
            let code = std::fs::read_to_string(&file).expect("code");
            assert!(!code.contains("#[test]") && !code.contains("cfg(test)"), "{}", file.display());
            programs += 1;
        }
    }
    assert!(programs > 12, "{programs}");
}

/// A library that has no tests of its own is not built a second time for them (`test = false`): it has none indeed.
#[test]
fn no_library_has_tests_that_are_not_run() {
    let mut untested = 0;
    for folder in
        ["functions", "shared"].iter().flat_map(|folder| std::fs::read_dir(root().join(folder)).expect("a folder"))
    {
        let folder = folder.expect("an entry").path();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let library = manifest.split("[lib]").nth(1).expect("a library").split("\n[").next().expect("its settings");
        if !library.lines().any(|line| line == "test = false") {
            continue;
        }
        untested += 1;
        for file in sources(&folder.join("src")) {
            let code = std::fs::read_to_string(&file).expect("code");
            assert!(!code.contains("test]") && !code.contains("cfg(test)"), "{}", file.display());
        }
    }
    assert!(untested > 6, "{untested}");
}
