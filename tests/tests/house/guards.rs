//! The guards of `make` can fail: each is shown what it must refuse.
#![allow(clippy::expect_used, reason = "a broken test bed is a failed test")]

use std::{
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use galley_tests::root;

/// `make layers` with a Cargo that does as `script` says.
fn layers(script: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let cargo = folder.path().join("cargo");
    std::fs::write(&cargo, format!("#!/bin/sh\n{script}\n")).expect("a program");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("a program that runs");
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", folder.path().display());
    let mut command = Command::new("python3");
    command.args(["tools/layers.py", "dependencies"]).current_dir(root()).env("PATH", path);
    command.output().expect("Python runs")
}

fn passes(script: &str) -> bool {
    layers(script).status.success()
}

#[test]
fn layers_are_not_checked_by_a_cargo_that_fails() {
    assert!(passes("echo 'galley-domain v0.1.0 (/galley)'; echo 'serde v1.0.0'; echo 'http-body v1.0.0'"));
    assert!(!passes("exit 101"));
    assert!(!passes("echo 'galley-domain v0.1.0'; exit 101"));
    assert!(!passes("true"), "no answer says nothing");
}

#[test]
fn the_domain_may_have_no_aws_no_http_and_no_runtime() {
    for name in ["aws-sdk-sqs", "lambda_http", "http", "hyper", "tokio", "reqwest", "axum"] {
        let output = layers(&format!("echo 'galley-domain v0.1.0'; echo '{name} v1.0.0'"));
        assert!(!output.status.success(), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(name), "{name}");
    }
}
