//! The guards of `make` can fail: each is shown what it must refuse.
#![allow(clippy::expect_used, reason = "a test fails by a panic")]

use std::{
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use galley_tests::root;

/// The checks of dependencies of `make layers`, with a Cargo that does as `script` says.
fn layers(script: &str) -> Output {
    layers_check("dependencies", script)
}

/// One check of `make layers`.
fn layers_check(check: &str, script: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let cargo = folder.path().join("cargo");
    std::fs::write(&cargo, format!("#!/bin/sh\n{script}\n")).expect("a program");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("a program that runs");
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", folder.path().display());
    let mut command = Command::new("python3");
    command.args(["tools/layers.py", check]).current_dir(root()).env("PATH", path);
    command.output().expect("Python runs")
}

fn passes(script: &str) -> bool {
    layers(script).status.success()
}

#[test]
fn layers_are_not_checked_by_a_cargo_that_fails() {
    // The third argument is the package.
    assert!(passes("echo \"$3 v0.1.0 (/galley)\"; echo 'serde v1.0.0'; echo 'http-body v1.0.0'"));
    assert!(!passes("exit 101"));
    assert!(!passes("echo \"$3 v0.1.0\"; exit 101"));
    assert!(!passes("true"), "no answer says nothing");
}

#[test]
fn what_tests_ask_of_a_dependency_the_programs_ask_too() {
    let passes = |script: &str| layers_check("features", script).status.success();
    // The fourth argument is the kind of edges.
    assert!(passes("echo 'url v2.5.8 [std]'; [ $4 = no-dev ] || echo 'feed-rs v3.0.0 [x]'"));
    assert!(!passes("if [ $4 = no-dev ]; then echo 'url v2.5.8 [std]'; else echo 'url v2.5.8 [serde,std]'; fi"));
    assert!(!passes("echo 'url v2.5.8 [std]'; exit 101"));
    assert!(!passes("true"), "no answer says nothing");
}

#[test]
fn the_domain_may_have_no_aws_no_http_and_no_runtime() {
    for name in ["aws-sdk-sqs", "lambda_http", "http", "hyper", "tokio", "reqwest", "axum"] {
        let output = layers(&format!("echo \"$3 v0.1.0\"; echo '{name} v1.0.0'"));
        assert!(!output.status.success(), "{name}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains(&format!("galley-domain depends on {name}")),
            "{name}"
        );
    }
}

#[test]
fn a_client_may_have_no_inside_of_galley_and_no_aws() {
    for name in ["galley-domain", "galley-edge", "galley-adapters", "galley-start", "aws-sdk-sqs", "lambda_http"] {
        let output = layers(&format!("echo \"$3 v0.1.0\"; echo '{name} v1.0.0'"));
        for client in ["galley-client", "galley-cli"] {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(&format!("{client} depends on {name}")), "{client} {name}: {said}");
        }
    }
}

/// What `make layers` says of the imports of a domain with these files.
fn imports(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    };
    write("tools/layers.py", &std::fs::read_to_string(root().join("tools/layers.py")).expect("the tool"));
    write("ARCHITECTURE.md", "# A\n\n## The domain\n\n| `kernel` | low |\n| `task` | high |\n\n## More\n");
    write("shared/domain/Cargo.toml", "");
    for (name, text) in [("lib.rs", "mod kernel;\nmod task;\n"), ("kernel.rs", ""), ("task.rs", "")].iter().chain(files)
    {
        write(&format!("shared/domain/src/{name}"), text);
    }
    let mut command = Command::new("python3");
    let output = command.args(["tools/layers.py", "imports"]).current_dir(folder.path()).output().expect("Python runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.success(), told.is_empty(), "{told}");
    told
}

#[test]
fn no_file_imports_in_a_circle_none_uses_what_stands_below_it_and_none_is_too_long() {
    assert_eq!(imports(&[("task.rs", "use crate::kernel;\n")]), "");
    let both = [
        ("task.rs", "mod one;\nmod other;\n"),
        ("task/one.rs", "use super::other::Thing;\n"),
        ("task/other.rs", "use crate::task::one;\n"),
    ];
    assert!(imports(&both).contains("a circle of 2 files"), "{}", imports(&both));
    let up = imports(&[("kernel.rs", "fn f() { crate::task::g() }\n")]);
    assert!(up.contains("kernel uses task, which stands below it"), "{up}");
    let long = imports(&[("task.rs", &"const _: () = ();\n".repeat(401))]);
    assert!(long.contains("401 lines of code"), "{long}");
    let tests = "#[cfg(test)]\nmod tests {\n    use crate::task::Thing;\n}\n";
    assert_eq!(imports(&[("kernel.rs", tests), ("task.rs", "use crate::kernel;\n")]), "", "tests may use anything");
}
