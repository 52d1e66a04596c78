//! The promises in `docs/guarantees.md` name the tests that hold them: each is there, and is run.
#![allow(clippy::panic, clippy::expect_used, reason = "a test fails by a panic")]

use std::collections::BTreeSet;

use galley_tests::{documents::sources, root};

/// How `code` has the test `name`: `None` where it would not be run.
fn attributes<'a>(code: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let lines: Vec<&str> = code.lines().collect();
    let at = lines.iter().position(|line| line.contains(&format!("fn {name}(")))?;
    let above = lines.get(..at).unwrap_or_default();
    Some(above.iter().rev().map(|line| line.trim()).take_while(|line| line.starts_with(['#', '/'])).collect())
}

fn is_run(attributes: &[&str]) -> bool {
    let test = |line: &&str| matches!(*line, "#[test]" | "#[tokio::test]") || line.starts_with("#[tokio::test(");
    attributes.iter().any(test) && !attributes.iter().any(|line| line.starts_with("#[ignore"))
}

/// A case of the contracts is no test, but a function that the contract calls for every store.
fn is_called(contracts: &str, name: &str) -> bool {
    contracts.lines().any(|line| line.contains(&format!("{name}(")) && !line.contains("fn "))
}

#[test]
fn every_promise_names_a_test_that_is_run() {
    let page = root().join("docs/guarantees.md");
    let text = std::fs::read_to_string(&page).expect("the page");
    let contracts: String = sources(&root().join("shared/testkit/src"))
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("code"))
        .collect();
    let mut links = 0;
    for link in text.split('[').skip(1).filter(|link| link.contains("](../")) {
        let (name, rest) = link.split_once("](").expect("a link");
        let (path, _) = rest.split_once(')').expect("an end");
        let file = page.parent().expect("a folder").join(path);
        let code = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{path} is not there"));
        let found = attributes(&code, name).unwrap_or_else(|| panic!("{path} has no {name}"));
        let case = path.starts_with("../shared/testkit/src/");
        assert!(if case { is_called(&contracts, name) } else { is_run(&found) }, "{path}: {name} is not run");
        links += 1;
    }
    assert!(links > 20, "{links}");
    let promises = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise") && !line.starts_with("| ---"));
    let mut told = BTreeSet::new();
    for promise in promises {
        assert!(told.insert(promise.split(" | ").next()), "a promise stands twice: {promise}");
        assert!(promise.contains("](../"), "nothing holds: {promise}");
    }
}

#[test]
fn a_test_that_is_not_run_holds_nothing() {
    let code = "/// Why.\n#[tokio::test]\n#[ignore = \"slow\"]\nasync fn ignored() {}\nfn helper() {}\n\n#[test]\nfn run() {}\n";
    let told = |name: &str| attributes(code, name).map(|found| is_run(&found));
    assert_eq!(["ignored", "helper", "run", "missing"].map(told), [Some(false), Some(false), Some(true), None]);
    assert!(is_called("async fn case(s) {}\n    money::case(store).await;\n", "case"));
    assert!(!is_called("async fn case(s) {}\n", "case"));
}
