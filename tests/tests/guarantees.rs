//! The promises in `docs/guarantees.md` name the tests that hold them: each is there.
#![allow(clippy::panic, reason = "a broken test bed is a failed test")]

use galley_tests::root;

#[test]
fn every_promise_names_a_test_that_exists() {
    let page = root().join("docs/guarantees.md");
    let text = std::fs::read_to_string(&page).expect("the page");
    let mut links = 0;
    for link in text.split('[').skip(1).filter(|link| link.contains("](../")) {
        let (name, rest) = link.split_once("](").expect("a link");
        let (path, _) = rest.split_once(')').expect("an end");
        let file = page.parent().expect("a folder").join(path);
        let code = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{path} is not there"));
        assert!(code.contains(&format!("fn {name}(")), "{path} has no {name}");
        links += 1;
    }
    assert!(links > 20, "{links}");
    let promises = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise") && !line.starts_with("| ---"));
    for promise in promises {
        assert!(promise.contains("](../"), "nothing holds: {promise}");
    }
}
